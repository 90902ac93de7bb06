"""Somebody is erased: nothing of him is left anywhere, figures stay, and sales hears of it with the ids that it has."""

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Column, Enum, LargeBinary, String, Table, func, select, update

from capture import cli, clock
from capture.accounts.models import AuditEntry, Role
from capture.attribution.models import Exposure
from capture.cli.common import installation
from capture.db import Base, Json, db, is_sqlite, session, transaction
from capture.delivery.links import Purpose
from capture.delivery.models import BenchmarkPerson, Grant
from capture.engagement.models import FormStart
from capture.errors import NotFound, PersonErased
from capture.handoff import feed, kinds
from capture.handoff import rows as rows_module
from capture.handoff.dispositions import Decision, Teller
from capture.handoff.models import FeedEntry, HeldBack, Mql, Outcome, Source
from capture.handoff.webhooks import deliveries
from capture.handoff.webhooks.models import WebhookAttempt, WebhookDelivery
from capture.journey import merging, privacy, reader, reporting, sales
from capture.leads import persons, submissions
from capture.leads.models import Exclusion, ExclusionKind, Lead, LeadImportRow, LeadVisitor, Submission
from capture.leads.persons import Person
from capture.outbox import mail
from capture.pages.models import Experiment, Variant
from capture.reports import held
from capture.reports.models import DailyFigure, SavedView
from capture.scoring import preset, rulesets, scores
from capture.worker import Worker
from tests.factories import every
from tests.stories import a_fill, a_page, a_webinar, an_arrival, download, settings, submit, the_zone
from tests.web import everything, hostile
from tests.web.everything import first
from tests.web.studio import Studio

GRACE = "grace@compiler.example"
MARK = "zyxwhoever"
STRINGS = (MARK, "grace@", "compiler.example", "Hopper")

# Columns of a person's rows that stay as they are when he is erased, and why.
STAYS: Mapping[str, str] = {
    "consent.wording": "our words: that somebody agreed to them, on which page and when, stays provable",
    "touch.channel": "days are counted by it",
    "touch.source": "days are counted by it; an address in it is not taken for one",
    "touch.medium": "days are counted by it",
    "touch.campaign": "days are counted by it; an address in it is not taken for one",
    "touch.named_by": "days are counted by it: ids of campaigns; an address in it is not taken for one",
    "touch.landing_path": "the address of a page of ours",
    "touch.device": "one of four words",
    "engagement_event.reason": "our words",
    "link_opening.device": "one of four words",
    "form_start.field": "a field of our form",
    "form_start.channel": "days are counted by it",
    "form_start.source": "days are counted by it; an address in it is not taken for one",
    "form_start.campaign": "days are counted by it; an address in it is not taken for one",
    "quarantined_fill.reason": "our words",
    "disposition.actor": "who of us decided",
    "lead_merge.actor": "who of ours did it, by a random id",
    "disposition.reason": "a key of our list",
    "webhook_delivery.kind": "one of our words",
    "feed_entry.kind": "one of our words",
}
ALSO_MARKED = {"form_key", "address_key", "pattern", "disposition.dedupe_key"}


def texts(table: Table) -> Iterator[Column[Any]]:
    """The columns that may hold what somebody wrote."""
    for column in table.columns:
        if isinstance(column.type, String | Json | LargeBinary) and not isinstance(column.type, Enum):
            yield column


def mark(person: Person) -> set[str]:
    """Put the mark into every text of the person's rows, and give the columns that hold it."""
    marked = set()
    for kind, mine in held.OF_A_PERSON.items():
        table = Base.metadata.tables[kind.__tablename__]
        for row in session().execute(select(table).where(mine(person))).mappings().all():
            changes = {}
            for column in texts(table):
                if str(column) in STAYS or not (hostile.is_free(column) or {column.name, str(column)} & ALSO_MARKED):
                    continue
                number = "-".join(str(row[key.name]) for key in table.primary_key)
                changes[column.name] = marked_value(column, row[column.name], f"{MARK}-{table.name}-{number}")
                marked.add(str(column))
            if changes:
                session().execute(
                    update(table).where(*(key == row[key.name] for key in table.primary_key)).values(changes)
                )
    return marked


def marked_value(column: Column[Any], value: Any, text: str) -> Any:
    """A value of the same shape with the mark in it; the person's addresses go on being his."""
    if column.name in ("email", "address", "address_key", "pattern", "form_key"):
        return value if "@" in str(value) else f"{MARK}{value}"
    if isinstance(column.type, Json):
        return [*value, text] if isinstance(value, list) else {**(value or {}), MARK: text}
    return text


def left_over() -> list[str]:
    """Where in the whole database one of the person's strings stands."""
    found = []
    for table in Base.metadata.sorted_tables:
        for row in session().execute(select(table)).mappings():
            for column in texts(table):
                value = row[column.name]
                told = value.decode("latin-1") if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False)
                found += [f"{column}: {told[:80]}" for one in STRINGS if one.lower() in told.lower()]
    return found


def furnish(app: Flask) -> Person:
    """An installation with everything in it, in which one person left traces in every table."""
    everything.places(app)
    page = a_page("pricing-again")
    receipt = submit(page, a_fill(email=GRACE, first_name="Grace", last_name="Hopper", news=True), form_key="key-9")
    submit(a_webinar("another-live"), a_fill(email=GRACE), form_key="key-11")
    download(receipt)
    submit(page, a_fill(email="Grace@Compiler.example", last_name="Hopper"), form_key="key-10", suspicion="too fast")
    lead = first(Lead, email=GRACE)
    mql = first(Mql, lead_id=lead.id)
    admin = Studio(app, Role.ADMIN, "root@northwind.example")
    admin.post("/studio/leads/views", name="Her", q="GRACE@compiler.example ")
    no = Decision(Outcome.REJECTED, reason="no_fit", note="Grace Hopper", crm_id="grace@")
    sales.decide(mql.public_id, no, Teller("cli", Source.API), key=f"api:x:{GRACE}", at=clock.now())
    with transaction() as writing:
        writing.get_one(Lead, lead.id).name = "Grace Hopper"
        writing.add(FormStart(form_key="key-9", page_id=page.page_id, field="company", at=clock.now()))
        writing.add(Exclusion(kind=ExclusionKind.COMPETITOR, pattern=GRACE, loaded_at=clock.now()))
        browser = writing.scalars(select(LeadVisitor.visitor_id).where(LeadVisitor.lead_id == lead.id)).first()
        seen = {"experiment_id": first(Experiment).id, "variant_id": first(Variant).id, "visitor_id": browser}
        writing.add(Exposure(**seen, at=clock.now()))
        writing.add(HeldBack(lead_id=lead.id, rule_version=1))
        writing.add(BenchmarkPerson(magnet_id=page.magnet_id, question_set="x", lead_id=lead.id))
        deliveries.promise(first(FeedEntry, mql_id=mql.id).position, kinds.CREATED, at=clock.now())
        sent = writing.scalars(select(WebhookDelivery).order_by(WebhookDelivery.id.desc())).first()
        assert sent is not None
        said = {"status": 200, "answer": f"Thanks for {GRACE}", "bytes": 9, "digest": "x", "headers": {"id": "x"}}
        writing.add(WebhookAttempt(delivery_id=sent.id, at=clock.now(), **said))
        waiting = first(LeadImportRow, lead_id=None)
        writing.add(
            LeadImportRow(import_id=waiting.import_id, number=99, cells=["mailto:GRACE@compiler.example", "Hopper"])
        )
    reader.note_unknown_reader(receipt.grant, an_arrival(), at=clock.now())
    submit(page, a_fill(email="grace@navy.example", last_name="Hopper"), form_key="key-12")
    other, note = first(Lead, email="grace@navy.example").public_id, "Grace Hopper told me"
    merging.merge(lead.public_id, other, note=note, settings=settings(), actor="cli", at=clock.now())
    worker = Worker(app)
    while worker.do_one("mail"):
        pass
    with transaction():
        scores.prepare(rulesets.create(preset.DEFAULT, at=clock.now()), [lead.id], at=clock.now())
    return persons.of(GRACE)


@pytest.mark.real_commits
def test_nothing_of_an_erased_person_is_left_in_any_column_and_figures_stay(app: Flask, data: Path) -> None:
    person = furnish(app)
    with transaction():
        marked = mark(person)
    person = persons.of(GRACE)
    untold = {kind.__tablename__ for kind, mine in held.OF_A_PERSON.items() if not rows_of(kind, mine(person))}
    assert untold == set()
    assert marked > {"submission.answers", "lead.phone", "lead_value.value", "mql.explanation", "disposition.note"}
    told = json.dumps(privacy.give_data(GRACE, actor="cli", at=clock.now()))
    addresses = {"lead_address.address", "lead_address.address_key", "exclusion.pattern", "form_start.form_key"}
    assert {column for column in marked - addresses if f"{MARK}-{column.partition('.')[0]}-" not in told} == set()
    assert GRACE in told
    assert any("Hopper" in str(kept) or GRACE in kept.to for kept in mail.kept(settings()))
    before, fills = figures(), len(every(Submission))
    session().commit()

    done = privacy.erase(GRACE, actor="cli", at=clock.now())

    assert done.mqls == 1
    assert left_over() == []
    assert figures() == before
    assert len(every(Submission)) == fills
    worker = Worker(app)
    db.session.remove()
    while worker.do_one("slow"):
        pass
    assert not [kept for kept in mail.kept(settings()) if GRACE in kept.to]
    if is_sqlite():
        files = [file for file in data.iterdir() if file.name.startswith(Path(db.engine.url.database or "").name)]
        assert files
        assert [one for file in files for one in STRINGS if one.encode() in file.read_bytes()] == []


def test_links_of_an_erased_person_say_so_sales_is_told_once_and_the_address_comes_back_as_somebody_new(
    app: Flask, client: FlaskClient
) -> None:
    page = a_page()
    given = submit(page, a_fill(talk=True, news=True))
    seat = submit(a_webinar(), form_key="key-2")
    waits = submit(page, a_fill(email="Ada@Analytical.EXAMPLE"), form_key="key-3", suspicion="too fast")
    lead, mql = first(Lead), first(Mql)
    links_given = [
        f"/thanks/{everything.link(Purpose.THANKS, given.grant)}",
        f"/get/{everything.link(Purpose.MAIL, given.grant)}",
        f"/get/{everything.link(Purpose.MAIL, waits.grant)}",
        f"/confirm/{everything.link(Purpose.CONFIRM, given.grant)}",
        f"/withdraw/{everything.link(Purpose.WITHDRAW, lead.public_id)}",
        f"/join/{seat.registration}",
        f"/l/{first(Grant).token}/1-0",
    ]

    privacy.erase("ADA@analytical.example", actor="cli", at=clock.now())

    for way in links_given:
        answer = client.get(way)
        assert (answer.status_code, "Nothing is kept here any more" in answer.text) == (410, True), way
    assert client.post(links_given[1], data={"answer": "me"}).status_code == 410
    rows = feed.rows(0, 10, zone=the_zone())
    assert [row.event for row in rows] == [kinds.CREATED, kinds.ERASED]
    for row in rows:
        said = rows_module.to_json(row)
        assert (said["mql_id"], said["lead_id"]) == (mql.public_id, lead.public_id)
        assert (said["person"]["email"], said["answers"], said["owner"], said["offer"]) == ("", [], None, None)
        assert not said["consent"]["may_mail"]
        assert "Analytical" not in str(said)
    with pytest.raises(PersonErased):
        sales.decide(mql.public_id, Decision(Outcome.WON), Teller("cli", Source.API), at=clock.now())
    for again in ("ada@analytical.example", lead.public_id):
        with pytest.raises(NotFound):
            privacy.erase(again, actor="cli", at=clock.now())
    assert len(feed.rows(0, 10, zone=the_zone())) == 2

    submit(page, a_fill(), an_arrival(cookie=given.new_cookie), form_key="key-4")

    new = every(Lead)[-1]
    assert (new.email, new.public_id == lead.public_id) == ("ada@analytical.example", False)
    assert len(submissions.of_lead(new.id)) == 1


def test_a_marketer_gives_out_a_persons_data_and_an_admin_erases_with_an_audit_entry_without_them(app: Flask) -> None:
    submit(a_page(), a_fill(talk=True))
    lead = first(Lead)
    marketer, admin = Studio(app), Studio(app, Role.ADMIN, "root@northwind.example")
    marketer.post("/studio/leads/views", name="Her", q="ada  BYRON")
    marketer.post("/studio/leads/views", name="Others", q="ada")
    place = f"/studio/leads/{lead.public_id}"

    told = json.loads(marketer.open("POST", f"{place}/data.json").text)

    assert told["submission"][0]["answers"]["email"] == "ada@analytical.example"
    assert told["submission"][0]["page"] == "pricing-guide"
    assert told["mql"]
    assert "token" not in told["grant"][0]
    assert "An admin can erase" in marketer.get(place)
    assert marketer.open("POST", f"{place}/erase").status_code == 403
    assert "Sales is told to erase its copy too." in admin.get(place)
    assert "Erased." in admin.get(admin.post(f"{place}/erase"))
    assert admin.open("GET", place).status_code == 404
    log = [(entry.action, entry.subject, entry.detail) for entry in every(AuditEntry)]
    assert ("person.exported", f"lead:{lead.public_id}", {}) in log
    assert ("person.erased", f"lead:{lead.public_id}", {}) in log
    assert [view.name for view in every(SavedView)] == ["Others"]


def test_the_command_shows_and_erases_and_asks_once(tmp_path: Path) -> None:
    def run(*words: str, code: int = 0, typed: str = "") -> str:
        done = CliRunner().invoke(cli.main, ["leads", *words, "--data", str(tmp_path)], input=typed)
        assert done.exit_code == code, done.output
        return done.output

    with installation(tmp_path):
        submit(a_page(), suspicion="too fast")

    assert "ada@analytical.example" in run("show", "Ada@analytical.example")
    assert json.loads(run("show", "ada@analytical.example", "--format", "json"))["quarantined_fill"]
    assert "Aborted" in run("erase", "ada@analytical.example", code=1, typed="n\n")
    assert "1 fills emptied" in run("erase", "ada@analytical.example", "--yes")
    assert "no such person" in run("erase", "ada@analytical.example", "--yes", code=1)


def rows_of(kind: type[Base], mine: Any) -> bool:
    return bool(session().execute(select(func.count()).select_from(kind).where(mine)).scalar())


def figures() -> list[tuple[object, ...]]:
    reporting.count_days(settings(), at=clock.now() + timedelta(days=40))
    return sorted(
        (row.day, row.channel, row.source, row.campaign, row.visits, row.fills, row.leads, row.mqls, row.rejected)
        for row in every(DailyFigure)
    )
