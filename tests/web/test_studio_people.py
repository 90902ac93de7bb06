"""Who may do what in the studio: every route with every role; invitations, passwords, the audit log, exports."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import event
from werkzeug.routing import Rule

from capture.accounts.models import AuditEntry, Role, Staff
from capture.config import Settings
from capture.db import db
from capture.journey import staff as staff_journey
from capture.outbox import mail
from capture.outbox.models import OutboxMessage
from capture.worker import Worker
from tests.factories import every
from tests.stories import a_fill, a_page, submit
from tests.web.studio import Studio

OPEN = {
    "studio.login",
    "studio.log_in",
    "studio.login_link",
    "studio.redeem_login_link",
    "studio.log_out",
    "studio.home",
    "second_factor.ask",
    "second_factor.answer",
}
EVERYBODY = {"inbox.listing", "inbox.one", "reports.figures", "studio.lead", "people.me", "people.choose_password"}
EVERYBODY |= {"second_factor.mine", "second_factor.turn_on", "second_factor.turn_off", "second_factor.picture"}
SALES = {"inbox.decide", "inbox.pass_on"}
ADMINS = {
    "people.listing",
    "people.invite",
    "people.change_role",
    "people.disable",
    "people.enable",
    "people.audit_log",
    "people.reset_second_factor",
    "people.end_sessions",
    "inbox.team",
    "inbox.set_work",
}
ANYTHING = {"screen": "page", "move": "up", "revision": "1", "path": "chapters/01-a.md"}


def routes(app: Flask) -> Iterator[tuple[Rule, str, str]]:
    """Every route of the studio with each of its methods and an address that fits it."""
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/studio") and rule.endpoint not in OPEN:
            numbered = re.sub(r"<int:\w+>", "1", rule.rule)
            address = re.sub(r"<(?:[^<>]*:)?(\w+)>", lambda part: ANYTHING.get(part[1], "nothing"), numbered)
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                yield rule, method, address


def allowed(endpoint: str) -> set[Role]:
    if endpoint in ADMINS or endpoint.startswith(("webhooks.", "operations.")):
        return {Role.ADMIN}
    if endpoint in SALES:
        return {Role.ADMIN, Role.SALES}
    return set(Role) if endpoint in EVERYBODY else {Role.ADMIN, Role.MARKETER}


@pytest.mark.parametrize("role", list(Role))
def test_a_role_reaches_its_own_screens_and_no_other_by_any_route_and_method(app: Flask, role: Role) -> None:
    studio = Studio(app, role)

    for rule, method, address in routes(app):
        answer = studio.open(method, address)
        if role in allowed(rule.endpoint):
            assert answer.status_code != 403, (method, address)
        else:
            assert answer.status_code == 403, (method, address)


def test_without_a_login_every_route_leads_to_it(app: Flask) -> None:
    nobody = app.test_client()

    for _, method, address in routes(app):
        answer = nobody.open(address, method=method)
        assert answer.status_code in (303, 403), (method, address)
        if method == "GET":
            assert answer.location.startswith("/studio/login"), address


def test_every_change_without_its_token_is_refused(app: Flask) -> None:
    studio = Studio(app, Role.ADMIN)

    for _, method, address in routes(app):
        if method != "GET":
            assert studio.open(method, address, token="").status_code == 403, address
            assert studio.open(method, address, token="forged").status_code == 403, address


def test_somebody_invited_gets_a_mail_whose_link_logs_in_once(app: Flask, settings: Settings) -> None:
    studio = Studio(app, Role.ADMIN)
    studio.post("/studio/people/", email="Sam@northwind.example", name="Sam Ode", role="sales")
    [message] = [message for message in every(OutboxMessage) if message.kind == "login_mail"]

    Worker(app).do_one("mail")

    [sam] = [person for person in every(Staff) if person.name == "Sam Ode"]
    assert (sam.email, sam.role) == ("sam@northwind.example", Role.SALES)
    kept = next(kept for kept in mail.kept(settings) if kept.to == sam.email)
    link = next(link for link in kept.links if "/studio/login/" in link)
    assert link.rpartition("/")[2] not in str(message.payload)
    assert app.test_client().get(link.removeprefix(settings.base_url)).status_code == 200


def test_an_invitation_without_an_address_is_asked_for_again(app: Flask) -> None:
    studio = Studio(app, Role.ADMIN)

    assert "Write an e-mail address" in studio.post("/studio/people/", 422, email="nobody", name="Sam", role="sales")


def test_a_role_that_is_taken_away_is_gone_with_the_next_request(app: Flask) -> None:
    admin, studio = Studio(app, Role.ADMIN, "ada@northwind.example"), Studio(app)
    [mara] = [person for person in every(Staff) if person.email == "mara@northwind.example"]

    admin.post(f"/studio/people/{mara.public_id}/role", role="sales")
    studio.get("/studio/pages", 403)
    admin.post(f"/studio/people/{mara.public_id}/disable")
    studio.get("/studio/mqls", 303)
    admin.post(f"/studio/people/{mara.public_id}/enable")
    studio.get("/studio/mqls")


def test_the_last_admin_stays_one(app: Flask) -> None:
    admin = Studio(app, Role.ADMIN)
    [ada] = every(Staff)

    for change, data in (("role", {"role": "sales"}), ("disable", {})):
        assert "only admin" in admin.post(f"/studio/people/{ada.public_id}/{change}", 422, **data)


def test_a_password_is_chosen_by_oneself_and_a_short_one_is_refused(app: Flask) -> None:
    studio = Studio(app, Role.SALES)

    assert "Use at least" in studio.post("/studio/people/me", 422, password="short", again="short")
    assert "differ" in studio.post("/studio/people/me", 422, password="correct horse battery", again="correct horse")
    studio.post("/studio/people/me", password="correct horse battery", again="correct horse battery")

    person = staff_journey.log_in("mara@northwind.example", "correct horse battery", at=every(Staff)[0].created_at)
    assert person.name == "Mara Lind"


def test_the_audit_log_says_who_did_what(app: Flask) -> None:
    admin = Studio(app, Role.ADMIN)
    admin.post("/studio/people/", email="sam@northwind.example", name="Sam Ode", role="sales")

    log = admin.get("/studio/people/audit")

    assert "Staff invited" in log
    assert "Sam Ode" in log
    assert "Mara Lind" in log


def test_leads_are_taken_out_as_text_that_no_spreadsheet_runs_and_it_is_noted(app: Flask) -> None:
    submit(a_page(), a_fill(company='=HYPERLINK("https://evil.example")'))
    submit(a_page("other"), a_fill(email="grace@compiler.example", company="Compilers"), form_key="key-2")
    studio = Studio(app)

    answer = studio.open("POST", "/studio/leads.csv", q="analytical")

    assert answer.mimetype == "text/csv"
    assert "'=HYPERLINK" in answer.text
    assert "ada@analytical.example" in answer.text
    assert "grace@" not in answer.text
    [noted] = [entry for entry in every(AuditEntry) if entry.action == "exported"]
    assert (noted.subject, noted.detail) == ("leads", {"rows": 1})


@pytest.mark.parametrize("path", ["/studio/drafts/", "/studio/people/", "/studio/people/audit"])
def test_no_number_of_queries_grows_with_drafts_or_people(app: Flask, path: str) -> None:
    studio = Studio(app, Role.ADMIN)

    def queries() -> int:
        seen: list[str] = []

        def note(conn: object, cursor: object, statement: str, *rest: object) -> None:
            seen.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        studio.get(path)
        event.remove(db.engine, "before_cursor_execute", note)
        return len(seen)

    def more(number: int) -> None:
        studio.start(f"# Guide {number}\n\nWords.\n")
        studio.post("/studio/people/", email=f"p{number}@northwind.example", name=f"Person {number}", role="sales")

    more(1)
    few = queries()
    for number in range(2, 6):
        more(number)

    assert queries() == few
