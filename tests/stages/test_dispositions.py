from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError

from capture.config import Settings
from capture.db import transaction
from capture.engagement.models import EventKind, Verdict
from capture.errors import DispositionRefused, KeyUsed, WentOn
from capture.handoff import dispositions, feed, mqls
from capture.handoff.dispositions import Decision, Teller
from capture.handoff.models import Disposition, Mql, Outcome, Source
from capture.journey import merging, sales
from capture.journey.sales import Decided
from capture.leads import values
from capture.leads.models import Lead
from capture.scoring import scores
from tests.factories import NOON, a_good_lead, a_lead, a_page, an_event, an_mql, every
from tests.stories import the_zone

DAY = timedelta(days=1)
CRM = Teller("token:crm", Source.API)
SAM = Teller("sam", Source.STUDIO)


def decide(
    mql: Mql, outcome: Outcome, *, by: Teller = SAM, key: str | None = None, at: datetime = NOON, **told: object
) -> Decided:
    return sales.decide(mql.public_id, Decision(outcome, **told), by, key=key, at=at)  # type: ignore[arg-type]


def a_keen_lead() -> Lead:
    """A lead over both thresholds."""
    lead = a_good_lead()
    for kind in (EventKind.FORM_SUBMITTED, EventKind.MAGNET_DOWNLOADED, EventKind.WEBINAR_ATTENDED):
        an_event(kind, lead, a_page(), at=NOON - DAY)
    return lead


def qualify(lead: Lead, *, hand_raised: bool = False, at: datetime = NOON) -> int | None:
    """The cycle of a new MQL, or None where there was none."""
    with transaction():
        mql = mqls.qualify(lead.id, scores.after(lead.id, at=at), sla_hours=24, hand_raised=hand_raised, at=at)
        return mql.cycle if mql else None


def does_something(lead: Lead, *, at: datetime) -> int | None:
    """The cycle of the MQL that comes of new activity, or None where none does."""
    an_event(EventKind.CONTACT_REQUESTED, lead, a_page(), at=at)
    for kind in (EventKind.FORM_SUBMITTED, EventKind.MAGNET_DOWNLOADED, EventKind.WEBINAR_ATTENDED):
        an_event(kind, lead, a_page(), at=at)
    return qualify(lead, at=at)


def test_every_decision_is_kept_with_who_when_and_by_which_way_and_the_newest_stands(app: Flask) -> None:
    mql, bystander = an_mql(), an_mql()

    decide(mql, Outcome.ACCEPTED, at=NOON + DAY)
    decide(mql, Outcome.WON, by=CRM, value=1_250_000, currency="EUR", crm_id="006-1", at=NOON + 9 * DAY)

    told = [(row.outcome, row.actor, row.source, row.at, row.value, row.currency) for row in every(Disposition)]
    assert told == [
        (Outcome.ACCEPTED, "sam", Source.STUDIO, NOON + DAY, None, None),
        (Outcome.WON, "token:crm", Source.API, NOON + 9 * DAY, 1_250_000, "EUR"),
    ]
    won, untouched = every(Mql)
    assert (won.outcome, won.outcome_at, won.answered_at) == (Outcome.WON, NOON + 9 * DAY, NOON + DAY)
    assert won.crm_id == "006-1"
    assert (untouched.id, untouched.outcome, untouched.answered_at) == (bystander.id, None, None)


def test_a_decision_that_is_heard_of_late_does_not_undo_a_newer_one(app: Flask) -> None:
    mql = an_mql()
    decide(mql, Outcome.WON, at=NOON + 5 * DAY)

    sales.decide(mql.public_id, Decision(Outcome.QUALIFIED), CRM, decided=NOON + DAY, at=NOON + 6 * DAY)

    assert (every(Mql)[0].outcome, every(Mql)[0].answered_at) == (Outcome.WON, NOON + DAY)


def test_of_two_decisions_of_one_moment_the_one_that_was_heard_of_last_stands(app: Flask) -> None:
    mql = an_mql()

    for outcome, value in ((Outcome.QUALIFIED, None), (Outcome.WON, 0)):
        decision = Decision(outcome, value=value, currency=None if value is None else "EUR")
        sales.decide(mql.public_id, decision, CRM, decided=NOON + DAY, at=NOON + 2 * DAY)

    assert every(Mql)[0].outcome is Outcome.WON
    [row] = feed.rows(0, 1, zone=the_zone())
    assert (row.outcome, row.outcome_value, row.outcome_currency) == ("won", 0, "EUR")


@pytest.mark.parametrize(
    ("reasons", "returns"), [(("competitor", "no_budget"), True), (("no_budget", "competitor"), False)]
)
def test_of_two_rejections_of_one_instant_what_follows_from_the_one_that_was_heard_of_last_holds(
    app: Flask, reasons: tuple[str, str], returns: bool
) -> None:
    lead = a_keen_lead()
    qualify(lead)
    [mql] = every(Mql)

    for reason in reasons:
        sales.decide(mql.public_id, Decision(Outcome.REJECTED, reason), CRM, decided=NOON + DAY, at=NOON + 2 * DAY)

    assert [row.reason for row in dispositions.history([mql.id])[mql.id]] == [*reversed(reasons)]
    assert (does_something(lead, at=NOON + 300 * DAY) is not None) == returns


@pytest.mark.parametrize(
    ("outcome", "told", "field"),
    [
        (Outcome.REJECTED, {}, "reason"),
        (Outcome.REJECTED, {"reason": "bored"}, "reason"),
        (Outcome.ACCEPTED, {"reason": "no_need"}, "reason"),
        (Outcome.WON, {"value": 5}, "currency"),
        (Outcome.WON, {"value": 5, "currency": "eur"}, "currency"),
        (Outcome.WON, {"value": -5, "currency": "EUR"}, "value"),
        (Outcome.LOST, {"value": 5, "currency": "EUR"}, "value"),
        (Outcome.ACCEPTED, {"crm_id": ""}, "crm_id"),
        (Outcome.ACCEPTED, {"note": "x" * 2001}, "note"),
    ],
)
def test_what_does_not_hold_together_is_refused_by_name(
    app: Flask, outcome: Outcome, told: dict[str, object], field: str
) -> None:
    mql = an_mql()

    with pytest.raises(DispositionRefused) as refusal:
        sales.decide(mql.public_id, Decision(outcome, **told), SAM, at=NOON)  # type: ignore[arg-type]

    assert refusal.value.field == field
    assert every(Disposition) == []


def test_a_decision_of_tomorrow_is_refused(app: Flask) -> None:
    mql = an_mql()

    with pytest.raises(DispositionRefused, match="future"):
        sales.decide(mql.public_id, Decision(Outcome.WON), CRM, decided=NOON + DAY, at=NOON)


def test_a_clock_that_is_a_little_ahead_means_now(app: Flask) -> None:
    mql = an_mql()

    decided = sales.decide(mql.public_id, Decision(Outcome.WON), CRM, decided=NOON + timedelta(minutes=5), at=NOON)

    assert decided.decided_at == NOON


def test_what_was_decided_of_an_mql_that_goes_on_in_another_may_be_older_than_that(app: Flask) -> None:
    old, new = an_mql(at=NOON), an_mql(at=NOON + DAY)
    with transaction() as writing:
        writing.get_one(Mql, old.id).continues_id = new.id

    sales.decide(old.public_id, Decision(Outcome.ACCEPTED), CRM, decided=NOON + timedelta(hours=1), at=NOON + 2 * DAY)

    assert (every(Mql)[1].outcome, every(Mql)[1].outcome_at) == (Outcome.ACCEPTED, NOON + timedelta(hours=1))
    with pytest.raises(DispositionRefused, match="2026-09-16"):
        sales.decide(new.public_id, Decision(Outcome.WON), CRM, decided=NOON, at=NOON + 2 * DAY)


def test_a_key_that_is_known_gives_the_first_answer_whatever_is_refused_by_now(app: Flask) -> None:
    mql = an_mql()
    first = sales.decide(mql.public_id, Decision(Outcome.ACCEPTED), CRM, decided=NOON, key="k", at=NOON)
    with transaction() as writing:
        writing.get_one(Mql, mql.id).qualified_at = NOON + DAY

    again = sales.decide(mql.public_id, Decision(Outcome.ACCEPTED), CRM, decided=NOON, key="k", at=NOON + DAY)

    assert again == first


def test_the_database_itself_refuses_a_rejection_without_a_reason(app: Flask) -> None:
    row = Disposition(mql_id=an_mql().id, outcome=Outcome.REJECTED, actor="", source=Source.API, at=NOON)
    row.recorded_at = NOON

    with pytest.raises(IntegrityError), transaction() as writing:
        writing.add(row)


def test_the_same_key_again_gives_what_was_recorded_first_and_another_decision_under_it_is_refused(app: Flask) -> None:
    mql, other = an_mql(), an_mql()
    first = decide(mql, Outcome.REJECTED, reason="no_need", key="k", at=NOON + DAY)

    assert decide(mql, Outcome.REJECTED, reason="no_need", key="k", at=NOON + 2 * DAY) == first
    with pytest.raises(KeyUsed):
        decide(mql, Outcome.ACCEPTED, key="k")
    with pytest.raises(KeyUsed):
        decide(other, Outcome.REJECTED, reason="no_need", key="k")

    assert len(every(Disposition)) == 1


def test_no_answer_hands_nobody_over_again_and_is_no_yes(app: Flask) -> None:
    lead = a_keen_lead()

    assert [qualify(lead), qualify(lead, at=NOON + 400 * DAY)] == [1, None]
    assert every(Mql)[0].outcome is None


def test_who_was_rejected_for_some_days_comes_back_after_them_with_new_activity_only(app: Flask) -> None:
    lead = a_keen_lead()
    qualify(lead)
    decide(every(Mql)[0], Outcome.REJECTED, reason="unreachable")

    assert qualify(lead, at=NOON + DAY) is None
    assert does_something(lead, at=NOON + 29 * DAY) is None
    assert qualify(lead, at=NOON + 30 * DAY) == 2
    assert [mql.cycle for mql in every(Mql)] == [1, 2]


def test_without_anything_new_a_lead_does_not_come_back(app: Flask) -> None:
    lead = a_keen_lead()
    qualify(lead)
    decide(every(Mql)[0], Outcome.REJECTED, reason="unreachable")
    an_event(EventKind.PAGE_VIEWED, lead, a_page(), at=NOON + 30 * DAY, verdict=Verdict.MACHINE)

    with transaction():
        score = scores.current(lead.id, at=NOON)
        assert score.qualifies
        assert mqls.qualify(lead.id, score, sla_hours=24, at=NOON + 31 * DAY) is None


@pytest.mark.parametrize(("reason", "cycle"), [("competitor", None), ("customer", None), ("no_budget", 2)])
def test_who_asks_to_be_contacted_has_not_to_wait_unless_he_is_never_to_come_back(
    app: Flask, reason: str, cycle: int | None
) -> None:
    lead = a_lead()
    qualify(lead, hand_raised=True)
    decide(every(Mql)[0], Outcome.REJECTED, reason=reason)

    assert qualify(lead, hand_raised=True, at=NOON + DAY) == cycle


@pytest.mark.parametrize("hand_raised", [False, True])
def test_who_is_never_to_come_back_by_what_was_said_late_of_an_older_mql_does_not(
    app: Flask, hand_raised: bool
) -> None:
    lead = a_keen_lead()
    qualify(lead)
    [first] = every(Mql)
    decide(first, Outcome.RECYCLED, at=NOON + DAY)
    an_event(EventKind.WEBINAR_ATTENDED, lead, a_page(), at=NOON + 32 * DAY)
    assert qualify(lead, at=NOON + 32 * DAY) == 2
    decide(first, Outcome.REJECTED, reason="competitor", at=NOON + 33 * DAY)
    decide(every(Mql)[1], Outcome.RECYCLED, at=NOON + 34 * DAY)
    an_event(EventKind.WEBINAR_ATTENDED, lead, a_page(), at=NOON + 70 * DAY)

    never = qualify(lead, at=NOON + 70 * DAY, hand_raised=hand_raised)
    decide(first, Outcome.RECYCLED, at=NOON + 71 * DAY)

    assert (never, qualify(lead, at=NOON + 71 * DAY, hand_raised=hand_raised)) == (None, 3)


def test_wrong_data_brings_a_lead_back_once_they_are_mended(app: Flask) -> None:
    lead = a_keen_lead()
    with transaction() as writing:
        values.learn(writing.get_one(Lead, lead.id), {"company": "Alder Castings"}, submission_id=None, at=NOON - DAY)
    qualify(lead)
    decide(every(Mql)[0], Outcome.REJECTED, reason="wrong_data")
    assert qualify(lead, at=NOON + DAY) is None

    answers = []
    for company in ("Alder Castings", "Alder Castings Ltd"):
        with transaction() as writing:
            values.learn(writing.get_one(Lead, lead.id), {"company": company}, submission_id=None, at=NOON + DAY)
        answers.append(qualify(lead, at=NOON + DAY))

    assert answers == [None, 2]


def test_a_customer_is_handed_over_again_by_asking_and_by_nothing_else(app: Flask) -> None:
    lead = a_keen_lead()
    qualify(lead)
    decide(every(Mql)[0], Outcome.WON)

    assert qualify(lead, at=NOON + DAY) is None
    assert qualify(lead, hand_raised=True, at=NOON + DAY) == 2
    assert qualify(lead, hand_raised=True, at=NOON + 2 * DAY) is None


@pytest.mark.parametrize("outcome", [Outcome.ACCEPTED, Outcome.QUALIFIED, Outcome.OPPORTUNITY])
def test_a_lead_that_sales_has_is_not_handed_over_again(app: Flask, outcome: Outcome) -> None:
    lead = a_keen_lead()
    qualify(lead)
    decide(every(Mql)[0], outcome)

    assert qualify(lead, hand_raised=True, at=NOON + DAY) is None


def test_after_a_merge_what_was_given_back_is_not_taken_up_beside_what_sales_works_on(
    app: Flask, settings: Settings
) -> None:
    one, other = a_lead(), a_lead()
    earlier, later = an_mql(one, at=NOON - 2 * DAY), an_mql(other, at=NOON - DAY)
    decide(later, Outcome.LOST)
    merging.merge(one.public_id, other.public_id, note="", settings=settings, actor="cli", at=NOON)

    with pytest.raises(WentOn, match=earlier.public_id):
        decide(later, Outcome.ACCEPTED, at=NOON + DAY)
    decide(earlier, Outcome.ACCEPTED, at=NOON + DAY)
    decide(earlier, Outcome.LOST, at=NOON + 2 * DAY)
    with pytest.raises(WentOn, match=later.public_id):
        decide(earlier, Outcome.ACCEPTED, at=NOON + 3 * DAY)
    decide(later, Outcome.ACCEPTED, at=NOON + 3 * DAY)

    assert [mql.outcome for mql in every(Mql)] == [Outcome.LOST, Outcome.ACCEPTED]
