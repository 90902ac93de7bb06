"""What somebody worked on who left sales is passed on in one step, and nothing else of it changes."""

from datetime import timedelta

import pytest
from flask import Flask

from capture.accounts.models import AuditEntry, Role, Staff
from capture.db import transaction
from capture.errors import NotFound
from capture.handoff import feed, kinds, mail
from capture.handoff.dispositions import Decision, Teller
from capture.handoff.models import Disposition, FeedEntry, Mql, Outcome, Source
from capture.journey import sales
from capture.journey import staff as staff_journey
from capture.journey.sales import HandedOn
from capture.leads.models import Lead
from capture.outbox.mail import Mail
from capture.outbox.models import OutboxMessage
from tests import stories
from tests.factories import NOON, a_lead, a_salesperson, an_mql, every
from tests.stories import the_zone

HOUR = timedelta(hours=1)
LATER = NOON + 100 * HOUR
OPEN = (Outcome.ACCEPTED, Outcome.QUALIFIED, Outcome.OPPORTUNITY)


def answered(outcome: Outcome, *, of: Lead | None = None, hours: int = 1) -> Mql:
    mql = an_mql(of)
    decision = Decision(outcome, reason="no_need" if outcome is Outcome.REJECTED else None)
    sales.decide(mql.public_id, decision, Teller("cli", Source.STUDIO), at=NOON + hours * HOUR)
    return mql


def leaves(person: Staff) -> HandedOn:
    staff_journey.add_person("boss@northwind.example", "Boss", Role.ADMIN, actor="cli", at=NOON)
    return staff_journey.disable(person.public_id, sla_hours=24, actor="boss", at=NOON + 2 * HOUR)


def pass_on(person: Staff, to: str) -> HandedOn:
    return sales.pass_work_on(person.public_id, to, sla_hours=24, actor="boss", at=LATER)


def the_letter(message: OutboxMessage) -> Mail | None:
    return mail.work_passed_on(stories.settings(), message.payload | {"key": message.idempotency_key})


def state(mql: Mql) -> tuple[object, ...]:
    return mql.cycle, mql.due_at, mql.remind_at, mql.promised_at, mql.answered_at, mql.outcome, mql.outcome_at


@pytest.mark.parametrize(
    ("by_rules", "because"),
    [(False, "its owner left sales; passed on by hand"), (True, "its owner left sales; round robin")],
)
def test_all_that_is_open_goes_to_one_colleague_or_by_the_rules_and_is_told(
    app: Flask, by_rules: bool, because: str
) -> None:
    ann = a_salesperson("Ann")
    for outcome in (*OPEN, Outcome.WON, Outcome.LOST, Outcome.REJECTED):
        answered(outcome)
    bob = a_salesperson("Bob")
    told = leaves(ann)
    before, entries = [state(mql) for mql in every(Mql)], len(every(FeedEntry))

    assert told == HandedOn(answered=3)
    assert pass_on(ann, "" if by_rules else bob.public_id) == HandedOn(taken=3)

    mqls = every(Mql)
    assert [mql.owner_id for mql in mqls] == [bob.id] * 3 + [ann.id] * 3
    assert {mql.routed_by for mql in mqls[:3]} == {because}
    assert [state(mql) for mql in mqls] == before
    assert len(every(Disposition)) == 6
    new = every(FeedEntry)[entries:]
    assert [(entry.kind, entry.mql_id) for entry in new] == [(kinds.PASSED_ON, mql.id) for mql in mqls[:3]]
    assert {row.owner.name for row in feed.rows(new[0].position - 1, 9, zone=the_zone()) if row.owner} == {"Bob"}
    noted = [entry for entry in every(AuditEntry) if entry.action == "mql.passed_on"]
    assert [(entry.actor, entry.detail) for entry in noted] == [("boss", {"to": bob.public_id})] * 3
    assert pass_on(ann, bob.public_id) == HandedOn()


@pytest.mark.parametrize("by_rules", [False, True])
def test_whoever_gets_it_is_told_of_all_of_it_by_one_letter(
    app: Flask, monkeypatch: pytest.MonkeyPatch, by_rules: bool
) -> None:
    monkeypatch.setattr(mail, "MOST_NAMED", 2)
    ann = a_salesperson("Ann")
    for name, outcome in zip(("Ada", "Grace", "Mary"), OPEN, strict=True):
        answered(outcome, of=a_lead(first_name=name, company="Alder"))
    bob = a_salesperson("Bob")
    answered(Outcome.ACCEPTED, of=a_lead(first_name="Bystander"))
    leaves(ann)
    before = len(every(OutboxMessage))
    pass_on(ann, "" if by_rules else bob.public_id)

    [message] = every(OutboxMessage)[before:]

    assert (message.kind, message.due_at > LATER) == ("work_passed_on", True)
    letter = the_letter(message)
    assert letter is not None
    assert (letter.to, letter.subject) == (bob.email, "Yours now: 3 MQLs of Ann")
    assert "Ann is not in sales any more. 3 MQLs that they worked on are yours now" in letter.text
    assert "- Ada, Alder: accepted" in letter.text
    assert "- Grace, Alder: qualified (SQL)" in letter.text
    assert "and 1 more" in letter.text
    assert "Bystander" not in letter.text
    staff_journey.choose_language(bob.public_id, "de")
    assert "Ann ist nicht mehr im Vertrieb. 3 MQLs" in getattr(the_letter(message), "text", "")
    for mql in every(Mql)[:3]:
        sales.pass_on(mql.public_id, a_salesperson("Cid").public_id, sla_hours=24, actor="cli", at=LATER + HOUR)
    assert the_letter(message) is None


@pytest.mark.parametrize(
    ("language", "subject", "words"),
    [
        ("en", "Yours now: ", "is yours now, with what sales said so far: opportunity. Nobody waits"),
        ("de", "Jetzt Ihrer: ", "mit dem, was der Vertrieb bisher gesagt hat: Opportunity. Niemand wartet"),
    ],
)
def test_whoever_gets_one_that_is_answered_reads_what_sales_said_and_of_no_time_that_is_over(
    app: Flask, language: str, subject: str, words: str
) -> None:
    a_salesperson("Ann")
    mql = answered(Outcome.OPPORTUNITY)
    bob = a_salesperson("Bob")
    staff_journey.choose_language(bob.public_id, language)
    sales.pass_on(mql.public_id, bob.public_id, sla_hours=24, actor="cli", at=LATER)

    message = every(OutboxMessage)[-1]
    letter = mail.mql_alert(stories.settings(), message.payload | {"key": message.idempotency_key})

    assert letter is not None
    assert words in letter.text
    assert letter.subject.startswith(subject)
    assert "Please answer by" not in letter.text


def test_where_nobody_is_free_it_stays_and_only_a_salesperson_gets_it(app: Flask) -> None:
    ann = a_salesperson("Ann")
    answered(Outcome.ACCEPTED)
    leaves(ann)
    boss = next(person for person in every(Staff) if person.name == "Boss")

    assert pass_on(ann, "") == HandedOn(stay=1)
    for nobody in (boss.public_id, ann.public_id, "nobody"):
        with pytest.raises(NotFound):
            pass_on(ann, nobody)
    assert every(Mql)[0].owner_id == ann.id


def test_what_somebody_who_may_answer_works_on_is_nobodys_to_pass_on(app: Flask) -> None:
    ann = a_salesperson("Ann")
    answered(Outcome.ACCEPTED)
    bob = a_salesperson("Bob")
    leaves(ann)
    staff_journey.enable(ann.public_id, actor="boss", at=LATER)

    assert pass_on(ann, bob.public_id) == HandedOn()
    with transaction() as writing:
        writing.get_one(Staff, ann.id).role = Role.ADMIN
    assert pass_on(ann, bob.public_id) == HandedOn()
    with transaction() as writing:
        writing.get_one(Staff, ann.id).role = Role.MARKETER
    assert pass_on(ann, bob.public_id) == HandedOn(taken=1)
