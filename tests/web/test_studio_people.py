"""People of the studio: invitations, roles, passwords, the audit log, exports."""

import html
import io
import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import event

from capture import clock
from capture.accounts import audit, staff
from capture.accounts.models import ApiToken, AuditEntry, Role, Staff, StaffSession
from capture.attribution.kept_links import Words
from capture.config import Settings
from capture.db import db, transaction
from capture.engagement.models import EventKind
from capture.handoff import mail as alerts_of
from capture.handoff.dispositions import Decision, Teller
from capture.handoff.models import FeedEntry, Mql, Outcome, Source
from capture.journey import linking, privacy, sales
from capture.journey import staff as staff_journey
from capture.journey import webhooks as webhooks_journey
from capture.leads.models import LeadImport
from capture.outbox import mail
from capture.outbox.models import OutboxMessage
from capture.reports.models import SavedView
from capture.scoring.models import ScoreEntry
from capture.web.studio import auditing
from capture.worker import Worker
from tests.factories import NOON, a_good_lead, a_lead, a_salesperson, an_event, an_mql, every
from tests.factories import a_page as a_published_page
from tests.stories import a_fill, a_page, submit
from tests.web.studio import Studio


def test_somebody_invited_gets_a_mail_whose_link_logs_in_once(app: Flask, settings: Settings) -> None:
    studio = Studio(app, Role.ADMIN)
    studio.post("/studio/people/", email="Sam@northwind.example", name="Sam Ode", role="sales")
    [message] = [message for message in every(OutboxMessage) if message.kind == "login_mail"]

    Worker(app).do_one("mail")

    [sam] = [person for person in every(Staff) if person.name == "Sam Ode"]
    assert (sam.email, sam.role) == ("sam@northwind.example", Role.SALES)
    links = (link for kept in mail.kept(settings) if kept.to == sam.email for link in kept.links)
    link = next(link for link in links if "/studio/login/" in link)
    assert link.rpartition("/")[2] not in str(message.payload)
    assert app.test_client().get(link.removeprefix(settings.base_url)).status_code == 200


def test_two_who_add_one_person_at_once_get_the_same(app: Flask) -> None:
    with transaction():
        first = staff.add("Sam@northwind.example", "Sam Ode", Role.SALES, at=NOON)
        second = staff.add("sam@northwind.example", "S. Ode", Role.ADMIN, at=NOON)

    assert (second.id, second.name, second.role) == (first.id, "Sam Ode", Role.SALES)
    assert len(every(Staff)) == 1


def test_an_invitation_without_an_address_is_asked_for_again(app: Flask) -> None:
    studio = Studio(app, Role.ADMIN)

    assert "Write an e-mail address" in studio.post("/studio/people/", 422, email="nobody", name="Sam", role="sales")


def test_a_role_that_is_taken_away_is_gone_with_the_next_request(app: Flask) -> None:
    admin, studio = Studio(app, Role.ADMIN, "ada@northwind.example"), Studio(app)
    [mara] = [person for person in every(Staff) if person.email == "mara@northwind.example"]

    admin.post_seen(f"/studio/people/{mara.public_id}/role", on="/studio/people/", role="sales")
    studio.get("/studio/pages", 403)
    admin.post(f"/studio/people/{mara.public_id}/disable")
    studio.get("/studio/mqls", 303)
    admin.post(f"/studio/people/{mara.public_id}/enable")
    studio.get("/studio/mqls")


def test_access_is_taken_away_after_one_question_that_names_the_person_and_what_follows_for_oneself(app: Flask) -> None:
    admin = Studio(app, Role.ADMIN, "ada@northwind.example")
    sam = a_salesperson("Sam")
    [ada] = [person for person in every(Staff) if person.email == "ada@northwind.example"]

    listed = admin.get("/studio/people/")

    def asked(person: Staff) -> str:
        action = f'action="/studio/people/{person.public_id}/disable"'
        return listed.partition(action)[0].rpartition("<details")[2]

    assert "Take access away…" in asked(sam)
    assert "Sam is logged out" in asked(sam)
    assert "This is you: you are logged out at once" in asked(ada)
    assert "This is you" not in asked(sam)


def test_what_waits_for_somebody_goes_on_at_once_when_the_access_or_the_role_goes(app: Flask) -> None:
    admin = Studio(app, Role.ADMIN, "ada@northwind.example")
    ann, bob = a_salesperson("Ann"), a_salesperson("Bob")
    mqls = [an_mql() for _ in range(5)]  # Ann, Bob, Ann, Bob, Ann
    sales.decide(mqls[0].public_id, Decision(Outcome.ACCEPTED), Teller("cli", Source.STUDIO), at=NOON)

    told = admin.get(admin.post(f"/studio/people/{ann.public_id}/disable"))

    assert "2 open MQLs went on to colleagues" in told
    assert [mql.owner_id for mql in every(Mql)] == [ann.id, *[bob.id] * 4]
    alerts = [message for message in every(OutboxMessage) if message.kind == "mql_alert"]
    assert [message.payload["mql_id"] for message in alerts[5:]] == [mqls[2].id, mqls[4].id]
    assert [entry.kind for entry in every(FeedEntry)][-2:] == ["mql.passed_on"] * 2
    passed = [entry for entry in every(AuditEntry) if entry.action == "mql.passed_on"]
    assert [entry.detail for entry in passed] == [{"to": bob.public_id}] * 2

    place = f"/studio/people/{bob.public_id}/role"
    told = admin.get(admin.post_seen(place, on="/studio/people/", role="marketer"))

    assert "4 open MQLs are nobody’s now" in told
    assert [mql.owner_id for mql in every(Mql)] == [ann.id, *[None] * 4]
    written = alerts_of.mql_alert(app.extensions["lodestone"], every(OutboxMessage)[-1].payload | {"key": "x"})
    assert written
    assert written.to == "ada@northwind.example"


def test_the_last_admin_stays_one(app: Flask) -> None:
    admin = Studio(app, Role.ADMIN)
    [ada] = every(Staff)

    place = f"/studio/people/{ada.public_id}"
    assert "only admin" in admin.post_seen(f"{place}/role", 422, on="/studio/people/", role="sales")
    assert "only admin" in admin.post(f"{place}/disable", 422)


def test_a_password_is_chosen_by_oneself_and_a_short_one_is_refused(app: Flask) -> None:
    studio = Studio(app, Role.SALES)

    assert "Use at least" in studio.post("/studio/people/me", 422, password="short", again="short")
    assert "differ" in studio.post("/studio/people/me", 422, password="correct horse battery", again="correct horse")
    studio.post("/studio/people/me", password="correct horse battery", again="correct horse battery")

    person = staff_journey.log_in("mara@northwind.example", "correct horse battery", at=every(Staff)[0].created_at)
    assert person.name == "Mara Lind"


def test_one_sees_where_one_is_logged_in_and_ends_one_session_or_all_others(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    agents = ("Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/140.0", "Mozilla/5.0 (iPhone; CPU) Safari/605", "")
    here, phone, third = (Studio(app, Role.SALES, agent=agent) for agent in agents)
    other = Studio(app, Role.SALES, "sam@northwind.example")
    mine, phones, _, others = [one.public_id for one in every(StaffSession)]
    me = "/studio/people/me"

    listed = here.get(me)
    here.post(f"{me}/sessions/{others}/end")  # somebody else's
    told = here.get(here.post(f"{me}/sessions/{phones}/end"))

    for name in ("Firefox, Windows", "Safari, iPhone", "Another browser"):
        assert name in listed
    assert listed.count("This one") == 1
    assert f"{me}/sessions/{mine}/end" not in listed
    assert "1 session is over" in told
    assert "Safari, iPhone" not in told
    assert "9 sessions are over" in here.get(f"{me}?ended={'9' * 40}")
    phone.get(me, 303)
    other.get(me)
    third.get(me)
    here.post(f"{me}/sessions/end")
    third.get(me, 303)
    other.get(me)

    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(days=29))
    here.get(me)  # a visit: it goes on from then
    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(days=40))
    here.get(me)
    other.get(me, 303)
    here.post("/studio/logout")
    assert mine not in [one.public_id for one in every(StaffSession)]


def test_the_audit_log_says_who_did_what(app: Flask) -> None:
    admin = Studio(app, Role.ADMIN)
    admin.post("/studio/people/", email="sam@northwind.example", name="Sam Ode", role="sales")

    log = admin.get("/studio/people/audit")

    assert "Staff invited" in log
    assert "Sam Ode" in log
    assert "Mara Lind" in log


def test_the_audit_log_is_searched_by_person_deed_thing_and_span_and_goes_on_by_keys(app: Flask) -> None:
    admin = Studio(app, Role.ADMIN)
    [mara] = every(Staff)
    with transaction():
        for number in range(120):
            at = NOON - timedelta(days=2 - number // 40)
            audit.record("cli" if number % 2 else mara.public_id, "campaign.changed", f"campaign:{number}", at=at)
            audit.record("cli", "costs.loaded", f"costs:{number}", at=at)
    log, today = "/studio/people/audit", f"{NOON:%Y-%m-%d}"

    def things(query: str) -> list[str]:
        return re.findall(r"\?of=((?:campaign|costs):\d+)\"", admin.get(f"{log}?{query}"))

    first = things(f"who={mara.public_id}&what=campaign.changed")
    older = re.search(r'rel="next" href="([^"]+)"', admin.get(f"{log}?who={mara.public_id}&what=campaign.changed"))
    assert older
    rest = things(html.unescape(older[1]).partition("?")[2])
    assert first + rest == [f"campaign:{number}" for number in range(118, -2, -2)]
    assert things("of=costs:7") == ["costs:7"]
    assert len(things(f"what=costs.loaded&since={today}")) == 40
    assert things(f"what=costs.loaded&until={NOON - timedelta(days=2):%Y-%m-%d}")[0] == "costs:39"
    assert "There is no such entry" in admin.get(f"{log}?what=costs.loaded&who={mara.public_id}")
    assert things("since=9999-99-99&before=x&who=%00")[:1]
    assert things(f"before={10**30}")[:1]
    assert "There is no such entry" in admin.get(f"{log}?before=-{10**30}")


def test_the_audit_log_names_people_and_things_links_to_them_and_says_why_points_were_struck(app: Flask) -> None:
    admin = Studio(app, Role.ADMIN)
    ada, bo = a_good_lead(name="Ada <Byron>"), a_lead("bo@company.example", name="Bo Gone")
    an_event(EventKind.FORM_SUBMITTED, ada, a_published_page())
    mqls = [an_mql(ada), an_mql(bo)]
    entry = every(ScoreEntry)[0]
    admin.post(f"/studio/scoring/strike/{ada.public_id}/{entry.id}", because="Not their own click")
    for mql in mqls:
        sales.decide(mql.public_id, Decision(Outcome.ACCEPTED), Teller("cli", Source.STUDIO), at=NOON)
    privacy.erase(bo.email, actor="cli", at=NOON)
    staff_journey.make_token("CRM reader", "mqls:read", actor="cli", at=NOON)
    [token] = every(ApiToken)
    staff_journey.revoke_token(token.public_id, actor="cli", at=NOON)
    with transaction():
        audit.record("cli", "staff.passkey_removed", "somebody", at=NOON, passkey="eokl")

    log = admin.get("/studio/people/audit")

    assert f'<a href="/studio/leads/{ada.public_id}">Ada &lt;Byron&gt;</a>' in log
    assert f'<a href="/studio/mqls/{mqls[0].public_id}">MQL of Ada &lt;Byron&gt;</a>' in log
    assert f'href="/studio/people/audit?of=mql:{mqls[0].public_id}"' in log
    assert "Reason: Struck by Mara Lind: Not their own click" in log
    assert str(entry.id) not in re.findall(r'data-label="Detail">([^<]*)', log)
    assert log.count(">This person was erased.</a>") == 2  # the MQL, and the erasure
    assert f"/studio/mqls/{mqls[1].public_id}" not in log
    assert "Bo Gone" not in log
    assert ">CRM reader</a>" in log
    assert "Passkey: one that is removed" in log
    assert "Of MQL of Ada" in admin.get(f"/studio/people/audit?of=mql:{mqls[0].public_id}")


def test_the_audit_log_names_pages_magnets_lists_links_and_views_with_their_screens(app: Flask) -> None:
    admin = Studio(app, Role.ADMIN)
    page = a_published_page()
    draft = admin.start("# Answer fast\n\nWords.\n").split("/")[3]
    admin.post("/studio/imports/", file=(io.BytesIO(b"Mail\nada@analytical.example\n"), "fair.csv"))
    [imported] = every(LeadImport)
    kept = linking.keep(page.slug, "The stand", Words("fair", "card", "", "", ""), actor="cli", at=NOON)
    for name in ("Warm ones", "Cold ones"):
        admin.post("/studio/leads/views", name=name, handed="never")
    warm, cold = every(SavedView)
    admin.post(f"/studio/leads/views/{cold.public_id}/remove")
    with transaction():
        audit.record("cli", "leads.imported", f"import:{imported.public_id}", at=NOON, rows=1)
        audit.record("cli", "closed", f"page:{page.slug}", at=NOON)
        audit.record("cli", "page.farewell", "page:other", at=NOON, to=page.slug)
        audit.record("cli", "leads.merged", "person", at=NOON, merge="rowofamerge")
        audit.record("cli", "rules.activated", "rules:2", at=NOON)
        audit.record("cli", "month.closed", "month:2026-10", at=NOON)

    log = admin.get("/studio/people/audit")

    for label, address in {
        "Answer fast": f"/studio/drafts/{draft}/",
        "fair.csv": f"/studio/imports/{imported.public_id}",
        "The stand": f"/studio/links/?page={page.slug}#kept",
        "Warm ones": "/studio/leads?handed=never",
        "Rules, version 2": "/studio/scoring/versions/2",
        "October 2026": "/studio/reports/months",
    }.items():
        assert f'<a href="{address}">{label}</a>' in log
    title = re.search(rf'<td data-label="Of what"><a href="/studio/days/{page.slug}">([^<]+)</a>', log)
    assert title
    assert f'data-label="Detail">To: <a href="/studio/days/{page.slug}">{title[1]}</a>' in log
    assert f'<a href="/studio/people/audit?of=view:{cold.public_id}">A view that is removed</a>' in log
    assert "rowofamerge" not in log
    shown = re.sub(r"<[^>]*>", "", log)
    assert set(auditing.SCREENS.values()) <= app.view_functions.keys()
    assert not [one for one in (draft, imported.public_id, kept, warm.public_id, cold.public_id) if one in shown]


def test_the_audit_log_names_the_delivery_that_was_sent_again(app: Flask) -> None:
    admin = Studio(app, Role.ADMIN)
    endpoint = "https://crm.example/hook"
    public_id, _ = webhooks_journey.add(endpoint, "CRM", ["mql.created"], trusted=["crm.example"], actor="cli", at=NOON)
    delivery = webhooks_journey.send_test(public_id, actor="cli", at=NOON)
    webhooks_journey.send_again(public_id, delivery, actor="cli", at=NOON)

    log = admin.get("/studio/people/audit")

    assert f'Delivery: <a href="/studio/webhooks/{public_id}/{delivery}">A test, to CRM</a>' in log
    assert f'<a href="/studio/webhooks/{public_id}">CRM</a>' in log


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


def test_whoever_takes_figures_rules_or_a_bundle_stands_in_the_log(app: Flask) -> None:
    studio = Studio(app)
    draft = studio.start()
    started = [entry for entry in every(AuditEntry) if entry.action == "exported"]

    for path in ("/studio/reports/figures.csv", "/studio/reports/figures.xlsx", "/studio/scoring/rules.toml"):
        studio.open("GET", path)
    studio.open("GET", f"{draft}/bundle.zip")

    noted = [entry.subject for entry in every(AuditEntry) if entry.action == "exported"]
    assert not started
    assert [subject.rpartition(".")[2] for subject in noted[:3]] == ["csv", "xlsx", "toml"]
    assert noted[3:] == [f"draft:{draft.rpartition('/')[2]}"]


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
        mql = an_mql(a_lead(f"l{number}@company.example"))
        sales.decide(mql.public_id, Decision(Outcome.ACCEPTED), Teller("cli", Source.STUDIO), at=NOON)
        privacy.give_data(f"l{number}@company.example", actor="cli", at=NOON)

    more(1)
    few = queries()
    for number in range(2, 6):
        more(number)

    assert queries() == few
