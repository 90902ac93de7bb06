"""Whose MQL it is learns by mail what somebody else does with it."""

from datetime import timedelta

import pytest
from flask import Flask

from capture.accounts.models import Staff
from capture.handoff import mail
from capture.handoff.dispositions import Decision, Teller
from capture.handoff.models import Mql, Outcome, Source
from capture.journey import sales
from capture.outbox.mail import Mail
from capture.outbox.models import OutboxMessage
from tests import stories
from tests.factories import NOON, a_good_lead, a_salesperson, an_mql, every

HOUR = timedelta(hours=1)
REJECTED = Decision(Outcome.REJECTED, "no_need", note="They have one.")


def ada() -> Mql:
    return an_mql(a_good_lead("ada@alder.example", name="Ada Byron"))


def say(mql: Mql, decision: Decision, by: Staff, source: Source = Source.STUDIO, *, at: int = 1) -> None:
    sales.decide(mql.public_id, decision, Teller(by.public_id, source), at=NOON + at * HOUR)


def told() -> list[OutboxMessage]:
    return [message for message in every(OutboxMessage) if message.kind in ("mql_answered", "mql_passed_on")]


def the_letter() -> Mail | None:
    [message] = told()
    return getattr(mail, message.kind)(stories.settings(), message.payload | {"key": message.idempotency_key})


def test_an_owner_learns_what_a_colleague_said_of_his(app: Flask) -> None:
    ann = a_salesperson("Ann")
    mql = ada()
    say(mql, REJECTED, a_salesperson("Bob"))

    letter = the_letter()

    assert letter is not None
    assert (letter.to, letter.subject) == (ann.email, "Bob has answered Ada Byron, Alder Castings: rejected")
    assert "Ada Byron of Alder Castings is yours. Bob has said what became of it: rejected." in letter.text
    assert "The reason: No need now. “They have one.”" in letter.text
    assert f"/studio/mqls/{mql.public_id}" in letter.text


def test_what_stands_no_more_when_the_mail_goes_is_not_told(app: Flask) -> None:
    ann = a_salesperson("Ann")
    mql = ada()
    say(mql, REJECTED, a_salesperson("Bob"))
    say(mql, Decision(Outcome.QUALIFIED), ann, at=2)

    assert the_letter() is None


@pytest.mark.parametrize("source", [Source.API, Source.REPORT])
def test_what_a_program_or_a_file_says_and_what_an_owner_says_himself_is_mailed_to_nobody(
    app: Flask, source: Source
) -> None:
    ann = a_salesperson("Ann")
    mql = ada()
    bob = a_salesperson("Bob")

    say(mql, REJECTED, ann)
    say(mql, Decision(Outcome.QUALIFIED), bob, source, at=2)

    assert told() == []


@pytest.mark.parametrize(
    ("by", "said"),
    [
        ("Bob", "Bob has taken it over"),
        ("Cy", "Cy has passed it on to Bob"),
        ("cli", "It was passed on to Bob"),
    ],
)
def test_whoever_had_it_learns_who_passed_it_on_to_whom(app: Flask, by: str, said: str) -> None:
    ann = a_salesperson("Ann")
    mql = ada()
    bob = a_salesperson("Bob")
    actors = {"Bob": bob.public_id, "Cy": a_salesperson("Cy").public_id, "cli": "cli"}

    sales.pass_on(mql.public_id, bob.public_id, sla_hours=24, actor=actors[by], at=NOON + HOUR)

    letter = the_letter()
    assert letter is not None
    assert (letter.to, letter.subject) == (ann.email, "Ada Byron, Alder Castings, is with Bob now")
    assert f"was yours. {said}, so nobody waits for you there any more." in letter.text


def test_who_passes_on_his_own_or_has_it_again_is_told_nothing(app: Flask) -> None:
    ann = a_salesperson("Ann")
    mql = ada()
    bob = a_salesperson("Bob")

    sales.pass_on(mql.public_id, bob.public_id, sla_hours=24, actor=ann.public_id, at=NOON + HOUR)
    assert told() == []
    sales.pass_on(mql.public_id, ann.public_id, sla_hours=24, actor=ann.public_id, at=NOON + 2 * HOUR)
    sales.pass_on(mql.public_id, bob.public_id, sla_hours=24, actor=ann.public_id, at=NOON + 3 * HOUR)

    assert the_letter() is None
