"""Whoever accepts an MQL in the studio has it from then on, and whoever had it before is told."""

from datetime import timedelta

import pytest
from flask import Flask

from capture.accounts.models import AuditEntry, Staff
from capture.db import transaction
from capture.handoff import feed, mail
from capture.handoff.dispositions import Decision, Teller
from capture.handoff.models import FeedEntry, Mql, Outcome, Source
from capture.journey import sales
from capture.outbox.mail import Mail
from capture.outbox.models import OutboxMessage
from tests import stories
from tests.factories import NOON, a_good_lead, a_salesperson, an_mql, every
from tests.stories import the_zone

HOUR = timedelta(hours=1)
ACCEPTED = Decision(Outcome.ACCEPTED)


def accept(mql: Mql, person: Staff, *, at: int = 1, key: str | None = None) -> None:
    sales.decide(mql.public_id, ACCEPTED, Teller(person.public_id, Source.STUDIO), key=key, at=NOON + at * HOUR)


def told() -> list[OutboxMessage]:
    return [message for message in every(OutboxMessage) if message.kind == "mql_taken"]


def the_letter() -> Mail | None:
    [message] = told()
    return mail.mql_taken(stories.settings(), message.payload | {"key": message.idempotency_key})


def test_who_accepts_what_a_colleague_had_takes_it_over_and_log_and_feed_say_so(app: Flask) -> None:
    ann = a_salesperson("Ann")
    mql, bystander = an_mql(), an_mql()
    bob = a_salesperson("Bob")

    accept(mql, bob, key="press")
    accept(mql, bob, key="press")

    taken, other = every(Mql)
    assert (taken.owner_id, taken.routed_by, taken.outcome) == (bob.id, "accepted it", Outcome.ACCEPTED)
    assert (other.id, other.owner_id) == (bystander.id, ann.id)
    assert [entry.kind for entry in every(FeedEntry)] == [
        "mql.created",
        "mql.created",
        "mql.passed_on",
        "mql.answered",
    ]
    assert [(row.owner.name, row.routed_by) for row in feed.rows(2, 9, zone=the_zone()) if row.owner] == [
        ("Bob", "accepted it")
    ] * 2
    [entry] = [entry for entry in every(AuditEntry) if entry.action == "mql.taken_over"]
    assert (entry.actor, entry.subject, entry.detail) == (
        bob.public_id,
        f"mql:{mql.public_id}",
        {"former": ann.public_id},
    )


def test_the_former_owner_learns_by_mail_who_has_it_now(app: Flask) -> None:
    ann = a_salesperson("Ann")
    mql = an_mql(a_good_lead("ada@alder.example", name="Ada Byron"))
    accept(mql, a_salesperson("Bob"))

    letter = the_letter()

    assert letter is not None
    assert (letter.to, letter.subject) == (ann.email, "Bob has taken over Ada Byron, Alder Castings")
    assert "Ada Byron of Alder Castings was yours. Bob has accepted and works on it from now on" in letter.text
    assert f"/studio/mqls/{mql.public_id}" in letter.text


def test_who_has_it_again_by_then_is_not_told(app: Flask) -> None:
    ann = a_salesperson("Ann")
    mql = an_mql()
    accept(mql, a_salesperson("Bob"))

    sales.pass_on(mql.public_id, ann.public_id, sla_hours=24, actor="cli", at=NOON + 2 * HOUR)

    assert the_letter() is None


@pytest.mark.parametrize(
    ("decision", "source"),
    [
        (ACCEPTED, Source.API),
        (ACCEPTED, Source.REPORT),
        (Decision(Outcome.QUALIFIED), Source.STUDIO),
        (Decision(Outcome.REJECTED, "no_need"), Source.STUDIO),
    ],
)
def test_another_answer_or_one_of_a_program_leaves_it_with_its_owner(
    app: Flask, decision: Decision, source: Source
) -> None:
    ann = a_salesperson("Ann")
    mql = an_mql()
    bob = a_salesperson("Bob")

    sales.decide(mql.public_id, decision, Teller(bob.public_id, source), at=NOON + HOUR)

    assert (every(Mql)[0].owner_id, told()) == (ann.id, [])
    assert [entry.kind for entry in every(FeedEntry)] == ["mql.created", "mql.answered"]


def test_who_has_it_already_takes_nothing_over(app: Flask) -> None:
    ann = a_salesperson("Ann")
    mql = an_mql()

    accept(mql, ann)

    assert (every(Mql)[0].routed_by, told(), len(every(FeedEntry))) == ("round robin", [], 2)


def test_what_was_nobodys_is_theirs_who_accept_it_and_nobody_is_told(app: Flask) -> None:
    mql = an_mql()
    ann = a_salesperson("Ann")

    accept(mql, ann)

    assert (every(Mql)[0].owner_id, told()) == (ann.id, [])
    assert [row.owner.name for row in feed.rows(1, 9, zone=the_zone()) if row.owner] == ["Ann", "Ann"]


def test_a_correction_leaves_what_is_worked_on_with_its_owner_and_what_was_given_back_is_taken(app: Flask) -> None:
    ann = a_salesperson("Ann")
    mql = an_mql()
    accept(mql, ann)
    bob = a_salesperson("Bob")

    accept(mql, bob, at=2)
    assert every(Mql)[0].owner_id == ann.id

    back = Decision(Outcome.RECYCLED), Teller(ann.public_id, Source.STUDIO)
    sales.decide(mql.public_id, *back, at=NOON + 3 * HOUR)
    accept(mql, bob, at=4)
    assert every(Mql)[0].owner_id == bob.id


def test_a_former_owner_without_access_is_not_written_to(app: Flask) -> None:
    ann = a_salesperson("Ann")
    mql = an_mql()
    accept(mql, a_salesperson("Bob"))
    with transaction() as writing:
        writing.get_one(Staff, ann.id).disabled_at = NOON + HOUR

    assert the_letter() is None
