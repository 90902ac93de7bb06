import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from capture import clock
from capture.accounts.models import AuditEntry, Role
from capture.journey import staff as staff_journey
from capture.leads.models import Lead
from tests import stories
from tests.factories import every
from tests.stories import a_fill, a_page, submit

SCREENS = ("/studio/pages", "/studio/leads", "/studio/mqls")


def a_person(role: Role = Role.MARKETER, email: str = "mara@northwind.example") -> str:
    staff_journey.add_person(email, "Mara Lind", role, actor="cli", at=clock.now())
    return email


def a_login(email: str) -> str:
    return "/studio/login/" + staff_journey.make_login_link(email, actor="cli", at=clock.now())


def csrf(page: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found
    return found[1]


@pytest.fixture
def marketer(client: FlaskClient) -> FlaskClient:
    address = a_login(a_person())
    client.post(address, data={"csrf_token": csrf(client.get(address).text)})
    return client


def test_a_login_link_logs_in_by_its_button_once(client: FlaskClient, app: Flask) -> None:
    address = a_login(a_person())
    page = client.get(address)
    assert client.get("/studio/pages").status_code == 303

    entered = client.post(address, data={"csrf_token": csrf(page.text)})

    assert entered.status_code == 303
    assert client.get("/studio/pages").status_code == 200
    assert app.test_client().get(address).status_code == 410
    assert "staff.logged_in" in [entry.action for entry in every(AuditEntry)]


def test_a_password_logs_in_and_a_wrong_one_says_nothing_about_the_account(client: FlaskClient) -> None:
    email = a_person()
    [person_id] = [entry.subject for entry in every(AuditEntry)]
    staff_journey.choose_password(person_id, "correct horse battery", at=clock.now())

    def attempt(email: str, password: str) -> tuple[int, str]:
        token = csrf(client.get("/studio/login").text)
        answer = client.post("/studio/login", data={"csrf_token": token, "email": email, "password": password})
        return answer.status_code, re.sub(r'value="[^"]*"', "", answer.text)

    assert attempt(email, "wrong password") == attempt("nobody@northwind.example", "wrong password")
    assert attempt(email, "correct horse battery")[0] == 303


@pytest.mark.parametrize("path", ["/studio/logout", "/studio/login/abc", "/studio/login"])
def test_a_change_without_its_token_is_refused(marketer: FlaskClient, path: str) -> None:
    assert marketer.post(path).status_code in (403, 422)
    assert marketer.get("/studio/pages").status_code == 200


@pytest.mark.parametrize("path", SCREENS)
def test_without_a_login_there_is_only_the_login(client: FlaskClient, path: str) -> None:
    answer = client.get(path)

    assert (answer.status_code, answer.location) == (303, f"/studio/login?next={path}")


@pytest.mark.parametrize(
    "wanted", ["https://evil.example/studio/", "//evil.example", "/\\evil.example", "javascript:1"]
)
def test_a_login_leads_on_to_nowhere_else(client: FlaskClient, wanted: str) -> None:
    address = a_login(a_person())

    entered = client.post(f"{address}?next={wanted}", data={"csrf_token": csrf(client.get(address).text)})

    assert entered.location == "/studio/"


def test_sales_sees_what_was_handed_over_and_nothing_else(client: FlaskClient) -> None:
    page = a_page()
    submit(page)
    submit(page, a_fill(email="grace@compiler.example", first_name="Grace", talk=True), form_key="key-2")
    ada, grace = every(Lead)
    address = a_login(a_person(Role.SALES))
    client.post(address, data={"csrf_token": csrf(client.get(address).text)})

    assert client.get("/studio/pages").status_code == 403
    refused = client.get("/studio/leads")
    assert refused.status_code == 403
    assert "This screen is for colleagues with another role" in refused.text
    assert "Grace" in client.get("/studio/mqls").text
    assert client.get(f"/studio/leads/{grace.public_id}").status_code == 200
    assert client.get(f"/studio/leads/{ada.public_id}").status_code == 404


def test_a_marketer_sees_what_the_page_brought(marketer: FlaskClient) -> None:
    submit(a_page())

    row = marketer.get("/studio/pages").text

    assert "Pricing guide" in row
    assert re.search(r'data-label="Fills">1<', row)


def test_a_lead_is_found_by_name_and_explained(marketer: FlaskClient) -> None:
    page = a_page()
    submit(page, a_fill(news=True, job_title="Head of Pricing"))
    submit(page, a_fill(email="grace@compiler.example", first_name="Grace"), form_key="key-2")

    found = marketer.get("/studio/leads?q=byron ada").text

    assert "ada@analytical.example" in found
    assert "grace@compiler.example" not in found
    [lead] = [lead for lead in every(Lead) if lead.email.startswith("ada")]
    story = marketer.get(f"/studio/leads/{lead.public_id}").text
    assert stories.MARKETING in story
    assert "Head of Pricing" in story


@pytest.mark.parametrize("path", SCREENS)
def test_an_empty_list_says_what_it_is_for(marketer: FlaskClient, path: str) -> None:
    assert 'class="empty"' in marketer.get(path).text


def test_pages_are_found_by_title_and_address_and_many_come_in_parts(
    marketer: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("capture.reports.pages.PAGE_SIZE", 2)
    for number, slug in enumerate(("pricing-guide", "hiring-guide", "answer-fast")):
        a_page(slug, at=clock.now() + timedelta(minutes=number))

    first, second = marketer.get("/studio/pages").text, marketer.get("/studio/pages?page=2").text

    assert [slug in first for slug in ("answer-fast", "hiring-guide", "pricing-guide")] == [True, True, False]
    assert "pricing-guide" in second
    assert "/hiring-guide" in marketer.get("/studio/pages?q=HIRING").text
    assert "answer-fast" not in marketer.get("/studio/pages?q=HIRING").text
    assert "No page found" in marketer.get("/studio/pages?q=100%25").text


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>'])
def test_markup_in_a_fill_is_text_on_every_screen(marketer: FlaskClient, hostile: str) -> None:
    submit(a_page(), a_fill(first_name=hostile, company=hostile, job_title=hostile, talk=True))
    [lead] = every(Lead)

    for path in (*SCREENS, f"/studio/leads/{lead.public_id}"):
        assert hostile not in marketer.get(path).text


def test_the_days_of_a_page_are_reached_from_its_visitors_and_say_what_to_do_while_nobody_came(
    marketer: FlaskClient,
) -> None:
    page = a_page()
    assert f"/studio/days/{page.slug}" in marketer.get("/studio/pages").text
    assert "Nobody came yet" in marketer.get(f"/studio/days/{page.slug}").text
    assert "still being counted" not in marketer.get("/studio/reports/").text
    assert marketer.get("/studio/days/nothing").status_code == 404

    marketer.get(f"/{page.slug}?utm_source=google&utm_medium=cpc", headers={"User-Agent": stories.PERSON})

    assert "Paid search" in marketer.get(f"/studio/days/{page.slug}").text
