"""A form inside another site: who may show it, what it takes, and what it tells."""

import re

from flask import Flask
from flask.testing import FlaskClient

from capture.attribution.models import Touch
from capture.engagement.models import FormStart
from capture.leads.models import Lead, Submission
from capture.pages.definition import Cookies
from capture.pages.fields import Ask, Field, FieldKind
from capture.web import static
from tests.factories import every
from tests.stories import PERSON, a_definition, a_page
from tests.web.studio import Studio

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


def test_on_a_site_of_the_same_company_the_form_knows_its_visitor_and_on_any_other_nobody(app: Flask) -> None:
    queued = [Field(key, FieldKind.TEXT, key, required=True, ask=Ask.QUEUED) for key in ("role", "goal", "size")]
    fields = (*a_definition().fields[:1], *queued)
    for slug, cookies in (("first", Cookies.ALWAYS), ("silent", Cookies.NEVER)):
        a_page(slug, fields=fields, cookies=cookies, embed_on=(SITE,), ask_at_most=1)
    there, client = HERE | {"Sec-Fetch-Site": "same-site"}, app.test_client()
    told = {"email": "ada@analytical.example", "role": "Lead"}

    def asked(slug: str, headers: dict[str, str]) -> list[str]:
        form = client.get(f"/embed/{slug}", headers=headers)
        assert form.headers["Access-Control-Allow-Credentials"] == "true"
        return re.findall(r'id="field-(role|goal|size)"', form.get_json()["html"])

    for slug, headers in (("first", HERE), ("silent", there)):
        assert not client.post(f"/embed/{slug}", headers=headers, data=told).headers.getlist("Set-Cookie")
    assert [fill.visitor_id for fill in every(Submission)] == [None, None]
    assert asked("first", there) == ["role"]
    [cookie] = client.post("/embed/first", headers=there, data=told | {"role": "Head"}).headers.getlist("Set-Cookie")
    assert "SameSite=Lax" in cookie
    assert (asked("first", there), asked("first", HERE), asked("silent", there)) == (["goal"], ["role"], ["role"])
    client.post("/embed/first", headers=there, data={"email": "ada@analytical.example", "goal": "Fewer"})
    assert every(Submission)[-1].answers.keys() == {"email", "goal"}
    assert asked("first", there) == ["size"]


def test_a_mistake_comes_back_beside_its_field_with_what_was_typed(client: FlaskClient) -> None:
    a_page(embed_on=(SITE,))

    answer = client.post("/embed/pricing-guide", headers=HERE, data={"email": "ada", "company": "Analytical"})

    assert answer.status_code == 422
    assert 'id="field-email-error"' in answer.get_json()["html"]
    assert 'value="Analytical"' in answer.get_json()["html"]


def test_a_step_of_it_is_judged_for_a_site_of_the_list_alone(client: FlaskClient) -> None:
    a_page(embed_on=(SITE,))
    typed = {"email": "ada", "company": "Analytical"}

    told = client.post("/embed/pricing-guide/judged", headers=HERE, data=typed)
    refused = client.post("/embed/pricing-guide/judged", headers={"Origin": "https://rival.example"}, data=typed)

    assert told.get_json().keys() == {"field-email"}
    assert told.headers["Access-Control-Allow-Origin"] == SITE
    assert (refused.status_code, every(Submission)) == (403, [])


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


def test_the_studio_shows_how_it_looks_there_and_its_page_can_send_nothing(app: Flask) -> None:
    studio = Studio(app)
    draft = studio.start()

    for look in ("inline", "button", "slide-in"):
        screen = studio.get(f"{draft}/embed?look={look}")
        assert f"data-look=&#34;{look}&#34;" in screen or f'data-look="{look}" async&gt;' in screen
        preview = studio.client.get(f"{draft}/embed/{look}")
        policy = preview.headers["Content-Security-Policy"]
        assert f'data-look="{look}"' in preview.text
        assert 'name="form_key"' in preview.text
        assert "connect-src 'none'; form-action 'none'; frame-ancestors 'self'" in policy
        assert "sandbox allow-scripts allow-forms" in policy
        assert preview.headers["X-Frame-Options"] == "SAMEORIGIN"
    studio.get(f"{draft}/embed/other", 404)
    assert (every(FormStart), every(Submission), every(Touch)) == ([], [], [])


def test_a_site_that_is_not_on_the_list_is_named_and_let_in_by_one_button(app: Flask) -> None:
    studio = Studio(app)
    draft = studio.start()
    studio.save(f"{draft}/settings", **{"page-embed_on": SITE})

    told = studio.get(f"{draft}/embed?site=https://NORTHWIND.example/prices?x=1")
    assert "https://northwind.example is not on the list" in told
    assert f"{SITE} is, but to a browser that is another site" in told
    assert "may show it once this is published" in told
    assert "begin with https://" in studio.post(f"{draft}/embed", 422, site="http://northwind.example")
    studio.post(f"{draft}/embed", site="https://northwind.example")

    assert "https://northwind.example is on the list" in studio.get(f"{draft}/embed?site=northwind.example/prices")
    definition = studio.get(f"{draft}/text/magnet.toml").replace("&#34;", '"')
    assert f'"{SITE}",\n    "https://northwind.example",' in definition


def test_what_is_live_and_what_waits_for_the_next_publication_are_told_apart(app: Flask) -> None:
    studio = Studio(app)
    draft = studio.start()
    a_page("answer-fast", embed_on=(SITE,))

    assert f"{SITE} shows it until this is published" in studio.get(f"{draft}/embed")
    studio.post(f"{draft}/embed", site=SITE)

    assert "may show it now" in studio.get(f"{draft}/embed")
