"""Whoever is away has nothing that waits for him alone: an absence that is entered later lets it go on."""

from datetime import timedelta

import pytest
from flask import Flask

from capture.accounts.models import AuditEntry, Staff
from capture.handoff import absences, feed, kinds, mail
from capture.handoff.dispositions import Decision, Teller
from capture.handoff.models import FeedEntry, Mql, Outcome, Source
from capture.handoff.reps import Work
from capture.journey import sales
from capture.journey.sales import HandedOn
from capture.outbox.models import OutboxMessage
from tests import stories
from tests.factories import NOON, a_salesperson, an_mql, every
from tests.stories import the_zone

HOUR = timedelta(hours=1)
TODAY, TOMORROW, LATER = "2026-09-15", "2026-09-16", "2026-09-20 to 2026-10-04"


def is_off(person: Staff, days: str) -> None:
    sales.set_work(person.public_id, Work(zone="Europe/Berlin", off=days), actor="cli", at=NOON)


def cover(person: Staff, at: int = 1) -> HandedOn:
    return sales.cover(person.public_id, sla_hours=24, actor="admin", at=NOON + at * HOUR)


@pytest.mark.parametrize("days", [TODAY, TOMORROW, f"{TODAY} to 2026-09-30"])
def test_what_waits_for_whoever_is_away_now_or_when_it_is_due_goes_on_with_its_whole_time(
    app: Flask, days: str
) -> None:
    ann = a_salesperson("Ann")
    mine = an_mql()
    bob = a_salesperson("Bob")
    his = an_mql()
    is_off(ann, days)

    assert absences.waiting(at=NOON + HOUR) == {ann.id: [mine.public_id]}
    assert cover(ann) == HandedOn(taken=1)

    went, stayed = every(Mql)
    assert (went.owner_id, went.due_at, went.promised_at) == (bob.id, NOON + 25 * HOUR, NOON + 24 * HOUR)
    assert (went.routed_by, stayed.routed_by) == ("its owner is away; round robin", his.routed_by)
    assert [entry.kind for entry in every(FeedEntry)][2:] == [kinds.PASSED_ON]
    assert [row.owner.name for row in feed.rows(2, 9, zone=the_zone()) if row.owner] == ["Bob"]
    alert = every(OutboxMessage)[-1]
    letter = mail.mql_alert(stories.settings(), alert.payload | {"key": alert.idempotency_key})
    assert letter is not None
    assert letter.to == bob.email
    [noted] = [entry for entry in every(AuditEntry) if entry.action == "mql.passed_on"]
    assert (noted.actor, noted.subject, noted.detail) == ("admin", f"mql:{went.public_id}", {"to": bob.public_id})
    assert cover(ann) == HandedOn()


@pytest.mark.parametrize("days", ["", LATER, "2026-09-01 to 2026-09-14"])
def test_whoever_is_there_now_and_when_it_is_due_keeps_it(app: Flask, days: str) -> None:
    ann = a_salesperson("Ann")
    an_mql()
    a_salesperson("Bob")
    is_off(ann, days)

    assert (absences.waiting(at=NOON), cover(ann)) == ({}, HandedOn())
    assert every(Mql)[0].owner_id == ann.id


def test_what_is_answered_stays_and_what_is_late_goes_on_only_while_its_owner_is_away(app: Flask) -> None:
    ann = a_salesperson("Ann")
    answered, late = an_mql(), an_mql()
    bob = a_salesperson("Bob")
    sales.decide(answered.public_id, Decision(Outcome.ACCEPTED), Teller("cli", Source.STUDIO), at=NOON)
    is_off(ann, TOMORROW)

    assert absences.waiting(at=NOON + 47 * HOUR) == {}
    assert absences.waiting(at=NOON + 25 * HOUR) == {ann.id: [late.public_id]}
    assert cover(ann, at=25) == HandedOn(taken=1)
    assert [mql.owner_id for mql in every(Mql)] == [ann.id, bob.id]


def test_where_nobody_else_is_free_it_stays_and_its_owner_is_reminded_as_before(app: Flask) -> None:
    ann = a_salesperson("Ann")
    mql = an_mql()
    bob = a_salesperson("Bob")
    is_off(ann, TODAY)
    is_off(bob, TODAY)

    assert cover(ann) == HandedOn(stay=1)

    [stayed] = every(Mql)
    assert (stayed.owner_id, stayed.due_at, stayed.remind_at) == (ann.id, mql.due_at, mql.remind_at)
    assert [entry.kind for entry in every(FeedEntry)] == [kinds.CREATED]
