"""Whom a list met: sales hears of it, and gets nobody by it, once somebody lets the list go and not before."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import event

from capture.accounts.models import Role
from capture.config import Settings
from capture.db import db, transaction
from capture.engagement.models import EventKind
from capture.handoff import feed, gate, mail
from capture.handoff.gate import Handover
from capture.handoff.models import HeldBack, Mql, Outcome
from capture.journey import acceptance, correcting, importing, rules, sales
from capture.journey import staff as staff_journey
from capture.leads import leads
from capture.leads.imports import Said
from capture.leads.models import ExclusionKind, Lead, LeadImport
from capture.outbox.mail import Mail
from capture.outbox.models import OutboxMessage
from capture.scoring import preset, rulesets, scores
from capture.scoring import rules as rule_sets
from capture.scoring.rules import EngagementRule
from tests.factories import NOON, a_good_lead, a_lead, a_page, a_salesperson, an_event, an_mql, every
from tests.stages.test_dispositions import DAY, decide, does_something
from tests.stories import the_zone

TODAY = date(2026, 9, 15)


def brought(settings: Settings, people: Sequence[str], *more: str, met_on: date = TODAY - timedelta(days=1)) -> str:
    """A list of these people, imported, with more of them, a column each; its id."""
    told = importing.look_at(
        "fair.csv", "\n".join([",".join(["Email", *more]), *people]).encode(), actor="cli", at=NOON
    )
    said = Said(["email", *more], "Autumn fair", met_on, "none", "")
    importing.describe(told.import_id, said, is_all=True, at=NOON)
    importing.begin(told.import_id, actor="cli", at=NOON)
    importing.run(settings, {"import_id": told.import_id})
    return told.import_id


def let_go(settings: Settings, list_id: str, choice: Handover = Handover.TRANCHES) -> None:
    """Let the list go to sales, and do all that is promised then."""
    importing.release(list_id, choice, daily=None, actor="cli", at=NOON)
    for message in every(OutboxMessage):
        if message.kind == importing.TELL:
            importing.tell(settings, message.payload)
        elif message.kind == rules.RELEASE:
            rules.release(settings, message.payload)


def given_back(*, days_ago: int, reason: str = "unreachable") -> Lead:
    """Somebody over both thresholds whom sales rejected."""
    at = NOON - days_ago * DAY
    lead = a_good_lead(at=at - DAY)
    for _ in range(3):
        does_something(lead, at=at - DAY)
    decide(every(Mql)[-1], Outcome.REJECTED, reason=reason, at=at)
    return lead


def the_days_are_over(settings: Settings) -> list[int]:
    """What follows on the day on which somebody may come again: the cycles of all MQLs."""
    for message in every(OutboxMessage):
        if message.kind == sales.RETURN:
            sales.look_again(settings, message.payload)
    return [mql.cycle for mql in every(Mql)]


def letters(settings: Settings) -> list[Mail]:
    found = [one for one in every(OutboxMessage) if one.kind == "list_notice"]
    told = [mail.list_notice(settings, one.payload | {"key": one.idempotency_key}) for one in found]
    return [letter for letter in told if letter]


@pytest.mark.parametrize(
    ("choice", "cycles"),
    [(None, [1]), (Handover.NONE, [1]), (Handover.EVIDENCE, [1, 2]), (Handover.TRANCHES, [1, 2])],
)
def test_whom_sales_gave_back_comes_again_by_a_meeting_of_a_list_once_that_is_let_go(
    app: Flask, settings: Settings, choice: Handover | None, cycles: list[int]
) -> None:
    lead = given_back(days_ago=30)
    list_id = brought(settings, [lead.email])
    if choice:
        importing.release(list_id, choice, daily=None, actor="cli", at=NOON)

    assert the_days_are_over(settings) == cycles


MET = EngagementRule("met", "Was met in person", 60, EventKind.MET_IN_PERSON)


def over_by_a_meeting(settings: Settings, *people: str) -> str:
    """A list of people whom the meeting brings over both thresholds."""
    with transaction():
        rules_then = replace(preset.DEFAULT, engagement=(*preset.DEFAULT.engagement, MET))
        rulesets.activate(rulesets.create(rules_then, at=NOON - 9 * DAY), at=NOON - 9 * DAY)
    fits = [f"{one},Head of Marketing,Alder Castings,50-249,IE" for one in people]
    return brought(settings, fits, "job_title", "company", "company_size", "country")


@pytest.mark.parametrize("choice", [None, Handover.EVIDENCE, Handover.NONE])
def test_who_is_known_by_a_list_alone_is_handed_over_by_nothing_that_the_house_mends(
    app: Flask, settings: Settings, choice: Handover | None
) -> None:
    list_id = over_by_a_meeting(settings, "ada@analytical.example")
    [lead] = every(Lead)
    if choice:
        importing.release(list_id, choice, daily=None, actor="cli", at=NOON)

    at = NOON + timedelta(hours=1)
    correcting.correct(lead.public_id, {"phone": "+353 1 555 0100"}, seen=None, settings=settings, actor="mara", at=at)

    assert scores.current(lead.id, at=at).qualifies
    assert every(Mql) == []


def test_of_a_list_that_is_let_go_to_nobody_those_stay_too_who_were_known_before(
    app: Flask, settings: Settings
) -> None:
    known = a_good_lead("known@analytical.example", at=NOON - 20 * DAY)
    list_id = over_by_a_meeting(settings, "ada@analytical.example", known.email)
    counted = gate.waiting_of(every(LeadImport)[0], rulesets.in_force(at=NOON), at=NOON)

    importing.release(list_id, Handover.NONE, daily=None, actor="cli", at=NOON)

    assert {held.lead_id for held in every(HeldBack)} == {*counted} == {lead.id for lead in every(Lead)}
    for lead in every(Lead):
        an_event(EventKind.PAGE_VIEWED, lead, a_page(), at=NOON + DAY)
        with transaction():
            acceptance.weigh(leads.hold(lead.id), settings=settings, at=NOON + DAY)
    assert every(Mql) == []


@pytest.mark.parametrize("choice", list(Handover))
def test_new_rules_do_not_hand_over_a_list_that_was_let_go_to_nobody_until_it_is_let_go(
    app: Flask, settings: Settings, choice: Handover
) -> None:
    list_id = over_by_a_meeting(settings, "ada@analytical.example")
    importing.release(list_id, Handover.NONE, daily=None, actor="cli", at=NOON)
    other = a_good_lead("other@analytical.example", at=NOON - DAY)
    an_event(EventKind.FORM_SUBMITTED, other, a_page(), at=NOON - DAY)
    easier = replace(rulesets.in_force(at=NOON).rules, engagement_threshold=10)

    revision = rules.draft(rule_sets.to_json(easier), 0, actor="cli", at=NOON)
    number = rules.activate(revision, choice, daily=9, actor="cli", at=NOON)
    rules.rescore(settings, {"version": number})
    rules.release(settings, {})

    [lead] = [one for one in every(Lead) if one.id != other.id]
    assert gate.blocks(lead.id)
    assert lead.id not in gate.waiting(rulesets.by_number(number), at=NOON)
    an_event(EventKind.PAGE_VIEWED, lead, a_page(), at=NOON + DAY)
    with transaction():
        acceptance.weigh(leads.hold(lead.id), settings=settings, at=NOON + DAY)
    assert [mql.lead_id for mql in every(Mql)] == ([other.id] if choice is Handover.TRANCHES else [])
    importing.release(list_id, Handover.EVIDENCE, daily=None, actor="cli", at=NOON + DAY)
    assert not gate.blocks(lead.id)


def test_a_meeting_before_sales_gave_somebody_back_is_nothing_new(app: Flask, settings: Settings) -> None:
    lead = given_back(days_ago=30)
    let_go(settings, brought(settings, [lead.email], met_on=TODAY - timedelta(days=31)))

    assert the_days_are_over(settings) == [1]


def test_whose_days_are_over_goes_with_his_list_and_is_counted_before(app: Flask, settings: Settings) -> None:
    over, runs, never = (
        given_back(days_ago=days, reason=reason)
        for days, reason in ((40, "unreachable"), (20, "unreachable"), (40, "competitor"))
    )
    list_id = brought(settings, [lead.email for lead in (over, runs, never)])
    imported = every(LeadImport)[0]

    counted = gate.waiting_of(imported, rulesets.in_force(at=NOON), at=NOON)
    let_go(settings, list_id)

    assert list(counted) == [over.id]
    assert [(mql.lead_id, mql.cycle) for mql in every(Mql) if mql.cycle > 1] == [(over.id, 2)]


def test_who_had_asked_and_is_mended_by_a_list_goes_with_it_first_and_asks_still(
    app: Flask, settings: Settings
) -> None:
    good, asked, wrong_still = given_back(days_ago=40), a_lead(at=NOON - 9 * DAY), a_lead(at=NOON - 9 * DAY)
    for lead in (asked, wrong_still):
        an_mql(lead, at=NOON - 8 * DAY)
        decide(every(Mql)[-1], Outcome.REJECTED, reason="wrong_data", wrong="phone", at=NOON - 7 * DAY)
    people = [f"{good.email},", f"{asked.email},+49 30 901821", f"{wrong_still.email},"]
    list_id = brought(settings, people, "phone")

    counted = gate.waiting_of(every(LeadImport)[0], rulesets.in_force(at=NOON), at=NOON)
    before = len(every(Mql))
    let_go(settings, list_id)

    assert (list(counted), before) == ([asked.id, good.id], 3)
    assert {mql.lead_id: mql.priority for mql in every(Mql)[3:]} == {asked.id: 1, good.id: 2}


def test_who_comes_again_by_turns_waits_among_the_others(app: Flask, settings: Settings) -> None:
    lead = given_back(days_ago=40)
    importing.release(brought(settings, [lead.email]), Handover.TRANCHES, daily=1, actor="cli", at=NOON)

    waiting = gate.queue()
    let_go_at = [row.release_at for row in every(HeldBack)]

    assert waiting is not None
    assert (waiting.leads, let_go_at) == (1, [NOON])


def test_sales_hears_of_meetings_with_whom_it_has_once_the_list_is_let_go(app: Flask, settings: Settings) -> None:
    accepted, waiting, gave_back, gone = (an_mql(a_lead(), at=NOON - 2 * DAY) for _ in range(4))
    decide(accepted, Outcome.ACCEPTED, at=NOON - DAY)
    decide(gave_back, Outcome.RECYCLED, at=NOON - DAY)
    an_mql(a_lead("elsewhere@fair.example"))
    emails = [lead.email for lead in every(Lead)][:3]
    list_id = brought(settings, [*emails, "new@fair.example"])

    def told() -> set[str]:
        return {row.mql_id for row in feed.rows(0, 99, zone=the_zone()) if row.event == "lead.active"}

    before = told()
    importing.release(list_id, Handover.NONE, daily=None, actor="cli", at=NOON)
    for_nobody = [one for one in every(OutboxMessage) if one.kind == importing.TELL]
    let_go(settings, list_id)
    importing.tell(settings, {"import_id": list_id})

    assert (before, for_nobody) == (set(), [])
    assert told() == {accepted.public_id, waiting.public_id}
    assert len([row for row in feed.rows(0, 99, zone=the_zone()) if row.event == "lead.active"]) == 2
    assert gone.public_id not in told()


def test_whoever_looks_after_customers_or_open_deals_gets_one_mail_for_a_list(app: Flask, settings: Settings) -> None:
    staff_journey.add_person("boss@northwind.example", "Boss", Role.ADMIN, actor="cli", at=NOON)
    ann = a_salesperson("Ann")
    customers = f"acme.example, {ann.email}\nelm.example, {ann.email}\noak.example, kim@partner.example\nash.example\n"
    sales.never_hand_over(ExclusionKind.CUSTOMER, customers.encode(), actor="cli", at=NOON)
    sales.never_hand_over(ExclusionKind.COMPETITOR, b"bad.example\n", actor="cli", at=NOON)
    people = [f"p{number:02}@acme.example" for number in range(25)]
    more = ["ada@elm.example", "kay@oak.example", "lee@ash.example", "spy@bad.example", "new@fair.example"]
    list_id = brought(settings, [*people, *more])

    before = letters(settings)
    let_go(settings, list_id)
    importing.tell(settings, {"import_id": list_id})

    assert before == []
    told = {letter.to: letter for letter in letters(settings)}
    assert len(letters(settings)) == 3
    assert told.keys() == {ann.email, "kim@partner.example", "boss@northwind.example"}
    assert told[ann.email].subject == "26 of your customers and open deals were met: Autumn fair"
    assert "26 people of customers or open deals were met at Autumn fair on 14 September 2026" in told[ann.email].text
    assert "- p00@acme.example" in told[ann.email].text
    assert "and 6 more" in told[ann.email].text
    assert "no owner is listed" in told["boss@northwind.example"].subject
    assert every(Mql) == []


def test_a_list_that_was_taken_back_meanwhile_tells_nobody(app: Flask, settings: Settings) -> None:
    mql = an_mql(a_lead("ada@acme.example"), at=NOON - DAY)
    list_id = brought(settings, ["ada@acme.example"])
    importing.release(list_id, Handover.TRANCHES, daily=None, actor="cli", at=NOON)
    importing.take_back(list_id, actor="cli", at=NOON)

    importing.tell(settings, {"import_id": list_id})

    assert [row.event for row in feed.rows(0, 9, zone=the_zone()) if row.mql_id == mql.public_id] == ["mql.created"]


def test_to_tell_of_a_list_takes_as_many_queries_however_many_are_nobodys(app: Flask, settings: Settings) -> None:
    numbers = []
    for size in (2, 40):
        list_id = brought(settings, [f"p{size}-{number}@fair.example" for number in range(size)])
        importing.release(list_id, Handover.EVIDENCE, daily=None, actor="cli", at=NOON)
        asked: list[str] = []
        listener = lambda *told, asked=asked: asked.append(told[2])  # noqa: E731
        event.listen(db.engine, "before_cursor_execute", listener)
        importing.tell(settings, {"import_id": list_id})
        event.remove(db.engine, "before_cursor_execute", listener)
        numbers.append(len(asked))

    assert numbers[0] == numbers[1] > 0
