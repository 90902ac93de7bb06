import csv
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event, text

from capture.accounts import tokens
from capture.db import db, session, transaction
from capture.engagement.models import EventKind, Verdict
from capture.errors import BadCursor
from capture.handoff import cursors, export, feed, mail, spreadsheet
from capture.handoff.columns import COLUMNS
from capture.handoff.destinations.sources import SOURCES
from capture.handoff.dispositions import Decision, Teller
from capture.handoff.export import Form
from capture.handoff.models import Outcome, Source
from capture.handoff.reps import Work
from capture.handoff.rows import Answer, FeedRow
from capture.journey import sales
from capture.leads import consents
from capture.leads.consents import Agreement
from capture.leads.models import Lead
from capture.scoring import scores
from tests.factories import (
    NOON,
    a_good_lead,
    a_lead,
    a_page,
    a_salesperson,
    a_submission,
    a_token,
    a_touch,
    an_event,
    an_mql,
    every,
)
from tests.stories import settings, the_zone

DAY = timedelta(days=1)


def agreed(lead: Lead, purpose: str = consents.MARKETING_EMAIL, at: datetime = NOON) -> None:
    with transaction():
        agreement = Agreement(purpose, "You may send me notes.")
        consents.give(lead.id, [agreement], page_version_id=None, submission_id=None, at=at)


def only_row() -> FeedRow:
    [row] = feed.rows(0, 10, zone=the_zone())
    return row


@contextmanager
def counted_queries() -> Iterator[list[str]]:
    told: list[str] = []

    def tell(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        told.append(statement)

    engine = db.engine
    event.listen(engine, "before_cursor_execute", tell)
    try:
        yield told
    finally:
        event.remove(engine, "before_cursor_execute", tell)


def a_full_lead() -> Lead:
    lead, page = a_good_lead("ada@rivers.example", name="Ada Lovelace", phone="+49301234567"), a_page("one-pipeline")
    a_submission(lead, page, hurdle="slow", country="IE", name="Ada Lovelace", marketing_email=True, unasked="kept")
    first, last = a_touch(), a_touch(channel="Organic search", source="google")
    with transaction() as writing:
        found = writing.get_one(Lead, lead.id)
        found.first_touch_id, found.last_touch_id = first.id, last.id
    agreed(lead)
    for kind in (EventKind.PAGE_VIEWED, EventKind.FORM_SUBMITTED, EventKind.WEBINAR_ATTENDED):
        an_event(kind, lead, page)
    return lead


def test_a_row_says_everything_that_sales_needs_to_call(app: Flask) -> None:
    sam = a_salesperson("Sam")
    sales.set_work(sam.public_id, Work(crm_ids="HubSpot = 41629779"), actor="cli", at=NOON)
    lead = a_full_lead()
    mql = an_mql(lead, hand_raised=False)

    row = only_row()

    assert (row.mql_id, row.lead_id, row.event) == (mql.public_id, lead.public_id, "mql.created")
    assert row.why == "Both scores reached their thresholds: fit 70 (30 needed), engagement 53 (45 needed)"
    assert (row.qualified_at, row.due_at, row.priority) == (NOON, NOON + DAY, 2)
    assert row.owner is not None
    assert (row.owner.name, row.owner.email, row.owner.ids) == ("Sam", sam.email, {"hubspot": "41629779"})
    assert (row.person.email, row.person.name, row.person.phone) == (
        "ada@rivers.example",
        "Ada Lovelace",
        "+49301234567",
    )
    assert (row.company.name, row.company.domain) == ("Alder Castings", "rivers.example")
    assert Answer("hurdle", "What is your biggest hurdle?", "Nobody follows up in time") in row.answers
    assert Answer("country", "Country", "Ireland") in row.answers
    assert Answer("unasked", "unasked", "kept") in row.answers
    assert "marketing_email" not in [answer.key for answer in row.answers]
    assert row.first_touch is not None
    assert row.last_touch is not None
    assert (row.first_touch.channel, row.last_touch.channel) == ("Paid social", "Organic search")
    assert row.first_touch.click_ids == {"li_fat_id": "abc"}
    assert row.offer is not None
    assert (row.offer.page, row.offer.kind, row.offer.title) == ("one-pipeline", "ebook", "One pipeline")
    assert row.timeline.summary == "1 page view, 1 form filled in, 1 webinar joined"
    assert "Joined the webinar “One pipeline”" in [why.because for why in row.scores.reasons]
    assert row.consent.may_mail
    assert row.consent.mail == "Yes, agreed on 15 September 2026: “You may send me notes.”"
    assert (row.consent.may_call, row.consent.call) == (False, "No, never agreed")


def test_who_asked_to_be_contacted_may_be_answered_until_he_withdraws(app: Flask) -> None:
    lead = a_lead()
    an_event(EventKind.CONTACT_REQUESTED, lead, verdict=Verdict.UNPROVEN)
    an_mql(lead)
    assert (only_row().consent.may_mail, only_row().consent.may_call) == (False, False)
    an_event(EventKind.CONTACT_REQUESTED, lead)

    assert only_row().consent.may_call
    assert only_row().consent.call == "Yes, to answer the request of 15 September 2026; nothing else was agreed"

    with transaction():
        consents.withdraw(lead.id, wording="Please do not contact me any more.", at=NOON + DAY)
    consent = only_row().consent
    assert (consent.may_mail, consent.may_call) == (False, False)
    assert consent.mail == "No, withdrawn on 16 September 2026"


def test_a_permission_tells_the_day_that_it_was_in_the_zone_of_the_installation(app: Flask, tmp_path: Path) -> None:
    a_salesperson()
    lead, after_midnight = a_lead(), NOON + timedelta(hours=11)  # of Berlin
    an_event(EventKind.CONTACT_REQUESTED, lead, at=after_midnight)
    mql = an_mql(lead)
    asked = "Yes, to answer the request of 16 September 2026; nothing else was agreed"
    assert (only_row().consent.mail, only_row().consent.call) == (asked, asked)

    agreed(lead, at=after_midnight)
    told = "Yes, agreed on 16 September 2026: “You may send me notes.”"
    assert only_row().consent.mail == told
    export.write(tmp_path / "feed.json", Form.JSON, zone=the_zone())
    assert told in (tmp_path / "feed.json").read_text(encoding="utf-8")
    letter = mail.mql_alert(settings(), {"mql_id": mql.id, "key": "mql_alert:1"})
    assert letter is not None
    assert told in letter.text

    with transaction():
        consents.withdraw(lead.id, wording="Please do not contact me any more.", at=after_midnight + DAY)
    assert only_row().consent.mail == "No, withdrawn on 17 September 2026"


def test_a_lead_of_whom_little_is_known_has_a_row_too(app: Flask) -> None:
    an_mql(a_lead("someone@gmail.com"))

    row = only_row()

    assert row.company.domain == ""
    assert (row.owner, row.first_touch, row.offer, row.answers) == (None, None, None, ())


def test_the_number_of_queries_does_not_grow_with_the_rows(app: Flask) -> None:
    a_salesperson()
    an_mql(a_full_lead(), hand_raised=False)
    for number in range(8):
        lead, page = a_good_lead(), a_page()
        a_submission(lead, page, hurdle="few")
        an_event(EventKind.PAGE_VIEWED, lead, page)
        agreed(lead)
        an_mql(lead, at=NOON + number * DAY)

    costs = []
    for limit in (1, 9):
        session().close()
        with counted_queries() as told:
            assert len(feed.rows(0, limit, zone=the_zone())) == limit
            costs.append(len(told))
        session().close()
    ids = [lead.id for lead in every(Lead)]
    with counted_queries() as told:
        scores.for_leads(ids, at=NOON)

    assert costs[0] == costs[1] <= 14
    assert len(told) == 2


@pytest.mark.parametrize("bad", ["x", "MToy", "MTotMQ", "MTo5OTk", "1", "MToxx", "MTowMQ", "\x00", "Ⅷ", "=" * 500])
def test_a_cursor_that_was_never_given_out_is_refused(app: Flask, bad: str) -> None:
    an_mql()

    with pytest.raises(BadCursor):
        feed.position_of(bad)


def test_a_cursor_means_the_same_for_ever(app: Flask) -> None:
    an_mql()

    assert feed.position_of("") == 0
    assert feed.position_of(cursors.encode(1)) == 1
    assert cursors.encode(1) == "MTox"


@pytest.mark.parametrize("form", list(Form))
def test_an_export_has_every_row_and_says_how_many(app: Flask, tmp_path: Path, form: Form) -> None:
    an_mql(a_full_lead(), hand_raised=False)
    made = [an_mql().public_id for _ in range(3)]

    path = tmp_path / f"mqls.{form}"
    number = export.write(path, form, zone=the_zone())

    assert number == 4
    told = path.read_text(encoding="utf-8")
    rows = {
        Form.JSON: lambda: json.loads(told),
        Form.NDJSON: lambda: [json.loads(line) for line in told.splitlines()],
        Form.CSV: lambda: list(csv.DictReader(told.splitlines())),
    }[form]()
    if form is not Form.JSON:
        end = rows.pop()
        assert (end["event"], end["cursor"]) == ("feed.end", rows[-1]["cursor"])
        assert end.get("rows", 4) == 4
    assert [row["mql_id"] for row in rows][1:] == made
    assert list(tmp_path.iterdir()) == [path]


def test_an_export_of_an_empty_feed_is_a_file_all_the_same(app: Flask, tmp_path: Path) -> None:
    numbers = [export.write(tmp_path / form, form, zone=the_zone()) for form in Form]

    assert numbers == [0, 0, 0]
    assert json.loads((tmp_path / "json").read_text()) == []
    assert len((tmp_path / "csv").read_text().splitlines()) == 2  # the headers, and that it is the end
    assert json.loads((tmp_path / "ndjson").read_text()) == {"event": "feed.end", "rows": 0, "cursor": ""}


def test_a_file_for_people_runs_nothing_and_a_file_for_machines_is_raw(app: Flask, tmp_path: Path) -> None:
    evil = '=HYPERLINK("http://evil.example")'
    an_mql(a_lead("ada@rivers.example", name=evil, company="＝1+1", phone="+49301234567", job_title="Chief, of\nall"))

    export.write(tmp_path / "people.csv", Form.CSV, zone=the_zone(), for_people=True)
    export.write(tmp_path / "machines.csv", Form.CSV, zone=the_zone())

    with (tmp_path / "people.csv").open(encoding="utf-8-sig", newline="") as file:
        people, _ = csv.DictReader(file)
    with (tmp_path / "machines.csv").open(encoding="utf-8", newline="") as file:
        machines, _ = csv.DictReader(file)
    assert (machines["name"], machines["company"], machines["phone"]) == (evil, "＝1+1", "+49301234567")
    assert (people["name"], people["company"], people["phone"]) == ("'" + evil, "'＝1+1", "'+49301234567")
    assert {name: spreadsheet.plain(cell) for name, cell in people.items()} == machines
    assert machines["job_title"] == "Chief, of\nall"
    assert list(machines) == [column.name for column in COLUMNS]


def test_a_csv_says_what_sales_answered_and_what_of_it_goes_on(app: Flask, tmp_path: Path) -> None:
    mql = an_mql(a_lead("ada@rivers.example"))
    sales.decide(
        mql.public_id, Decision(Outcome.WON, value=1_250_050, currency="EUR"), Teller("cli", Source.STUDIO), at=NOON
    )

    export.write(tmp_path / "feed.csv", Form.CSV, zone=the_zone())

    with (tmp_path / "feed.csv").open(encoding="utf-8", newline="") as file:
        *_, answered, _ = csv.DictReader(file)
    names = "event", "outcome", "outcome_at", "outcome_value", "outcome_currency", "continues_as", "owner_ids"
    assert [answered[name] for name in names] == ["mql.answered", "won", NOON.isoformat(), "1250050", "EUR", "", ""]


def test_a_csv_tells_the_days_of_the_timeline_in_the_zone_of_the_installation(app: Flask, tmp_path: Path) -> None:
    lead, after_midnight = a_lead(), NOON + timedelta(hours=11)  # of Berlin
    an_event(EventKind.WEBINAR_ATTENDED, lead, a_page(), at=after_midnight)
    an_mql(lead, at=after_midnight)

    export.write(tmp_path / "feed.csv", Form.CSV, zone=the_zone())

    with (tmp_path / "feed.csv").open(encoding="utf-8", newline="") as file:
        told, _ = csv.DictReader(file)
    assert told["timeline_latest"].startswith("2026-09-16: ")
    assert told["last_active_at"] == after_midnight.isoformat()
    assert SOURCES["timeline_latest"].take(only_row(), the_zone()) == told["timeline_latest"]


def test_a_token_is_kept_as_its_hash_only(app: Flask) -> None:
    token = a_token()

    [row] = session().execute(text("SELECT * FROM api_token")).all()
    assert token not in repr(row)
    assert tokens.check(token, "mqls:read") is not None
