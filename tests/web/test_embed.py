"""A form inside another site: who may show it, what it takes, and what it tells."""

import re

from flask.testing import FlaskClient

from capture.attribution.models import Touch
from capture.engagement.models import FormStart
from capture.leads.models import Lead, Submission
from capture.web import static
from tests.factories import every
from tests.stories import PERSON, a_page

SITE = "https://www.northwind.example"
HERE = {"Origin": SITE, "Sec-Fetch-Site": "cross-site"}


def test_a_site_of_the_list_shows_the_form_and_its_fill_is_kept_with_where_it_came_from(client: FlaskClient) -> None:
    a_page(embed_on=(SITE,))

    form = client.get("/embed/pricing-guide", headers=HERE)
    told = {"email": "ada@analytical.example", "host_query": "?utm_source=LinkedIn&utm_medium=cpc"}
    answer = client.post("/embed/pricing-guide", headers=HERE, data=told)

    assert form.headers["Access-Control-Allow-Origin"] == SITE
    assert 'name="form_key"' in form.get_json()["html"]
    assert "Open your copy" in answer.get_json()["html"]
    assert not answer.headers.getlist("Set-Cookie")
    assert [lead.email for lead in every(Lead)] == ["ada@analytical.example"]
    assert [touch.channel for touch in every(Touch)] == ["Paid social"]


def test_a_mistake_comes_back_beside_its_field_with_what_was_typed(client: FlaskClient) -> None:
    a_page(embed_on=(SITE,))

    answer = client.post("/embed/pricing-guide", headers=HERE, data={"email": "ada", "company": "Analytical"})

    assert answer.status_code == 422
    assert 'id="field-email-error"' in answer.get_json()["html"]
    assert 'value="Analytical"' in answer.get_json()["html"]


def test_any_other_site_gets_no_form_and_its_fills_are_refused(client: FlaskClient) -> None:
    a_page(embed_on=(SITE,))
    told = {"email": "ada@analytical.example"}

    for headers in ({"Origin": "https://rival.example"}, {"Origin": "null"}, {}):
        form = client.get("/embed/pricing-guide", headers=headers)
        assert form.status_code == client.post("/embed/pricing-guide", headers=headers, data=told).status_code == 403
        assert "Access-Control-Allow-Origin" not in form.headers
    assert every(Submission) == []


def test_a_form_that_is_begun_there_is_noted_and_only_there(client: FlaskClient) -> None:
    a_page(embed_on=(SITE,))
    html = client.get("/embed/pricing-guide", headers=HERE).get_json()["html"]
    told = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', html)) | {"field": "email"}
    agent = {"User-Agent": PERSON}

    refused = client.post("/embed/pricing-guide/started", headers={"Origin": "https://rival.example"}, data=told)
    assert (refused.status_code, every(FormStart)) == (403, [])
    noted = client.post("/embed/pricing-guide/started", headers=HERE | agent, data=told)

    assert (noted.status_code, noted.headers["Access-Control-Allow-Origin"]) == (204, SITE)
    assert [begun.field for begun in every(FormStart)] == ["email"]
    assert not noted.headers.getlist("Set-Cookie")


def test_the_script_may_be_loaded_by_any_site(client: FlaskClient) -> None:
    for path in ("/embed.js", "/embed.css"):
        assert client.get(path).headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    for path in ("embed/form.js", "js/steps.js"):
        assert client.get(static.asset(path)).headers["Access-Control-Allow-Origin"] == "*"
