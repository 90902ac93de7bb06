"""Who comes back to sales, and by what: what shows interest does, and nobody who wants no contact."""

from datetime import datetime, timedelta

import pytest
from flask import Flask

from capture import clock
from capture.config import Settings
from capture.db import transaction
from capture.engagement.models import EventKind
from capture.errors import DispositionRefused
from capture.handoff import mqls
from capture.handoff.models import BY_SCORE, HAND_RAISED, Mql, Outcome, Reason
from capture.journey import merging, privacy, sales
from capture.leads import consents, values
from capture.leads.consents import MARKETING_EMAIL, Agreement
from capture.leads.models import Lead
from capture.outbox.models import OutboxMessage
from capture.scoring import scores
from tests.factories import NOON, a_lead, a_page, an_event, an_mql, every
from tests.stages.test_dispositions import DAY, a_keen_lead, decide, does_something, qualify


def given_back(reason: str = "unreachable", *, at: datetime = NOON) -> Lead:
    """Somebody whom sales got and rejected."""
    lead = a_keen_lead()
    qualify(lead, at=at)
    decide(every(Mql)[-1], Outcome.REJECTED, reason=reason, at=at)
    return lead


def comes_again(lead: Lead, *, at: datetime) -> bool:
    """Whether a score that is enough hands the lead over at that time."""
    with transaction():
        return mqls.qualify(lead.id, scores.current(lead.id, at=NOON), sla_hours=24, at=at) is not None


# To be met counts once a list that says so is let go.
NO_SIGNS = (EventKind.CONTACT_WITHDRAWN, EventKind.LINK_FORWARDED, EventKind.MET_IN_PERSON)


@pytest.mark.parametrize("kind", list(EventKind))
def test_what_shows_interest_brings_somebody_back_and_what_does_not_does_not(app: Flask, kind: EventKind) -> None:
    lead, bystander = given_back(), given_back()
    an_event(kind, lead, a_page(), at=NOON + 10 * DAY)

    came = [comes_again(one, at=NOON + 31 * DAY) for one in (lead, bystander)]

    assert came == [kind not in NO_SIGNS, False]


def test_who_withdrew_meanwhile_does_not_come_back_on_the_day_whatever_else_he_did(app: Flask) -> None:
    said_at = clock.now() - 30 * DAY
    lead = a_keen_lead()
    does_something(lead, at=said_at - DAY)
    decide(every(Mql)[0], Outcome.REJECTED, reason="unreachable", at=said_at)
    [message] = [one for one in every(OutboxMessage) if one.kind == sales.RETURN]
    does_something(lead, at=said_at + 28 * DAY)
    privacy.withdraw(lead.public_id, at=said_at + 29 * DAY)

    sales.look_again(app.extensions["lodestone"], message.payload)

    assert [one.cycle for one in every(Mql)] == [1]


def test_who_wants_no_contact_comes_back_by_score_once_he_agrees_again_himself(app: Flask) -> None:
    lead = given_back()
    privacy.withdraw(lead.public_id, at=NOON + DAY)
    an_event(EventKind.WEBINAR_ATTENDED, lead, a_page(), at=NOON + 31 * DAY)

    silent = comes_again(lead, at=NOON + 32 * DAY)
    agreed = [Agreement(MARKETING_EMAIL, "Yes, write to me.")]
    with transaction():
        consents.give(lead.id, agreed, page_version_id=None, submission_id=None, at=NOON + 33 * DAY)

    assert (silent, comes_again(lead, at=NOON + 33 * DAY)) == (False, True)


def test_who_asked_to_be_contacted_after_he_wanted_none_comes_back_at_once_and_later_by_score(app: Flask) -> None:
    lead = given_back()
    privacy.withdraw(lead.public_id, at=NOON + DAY)
    an_event(EventKind.CONTACT_REQUESTED, lead, a_page(), at=NOON + 2 * DAY)

    at_once = qualify(lead, hand_raised=True, at=NOON + 2 * DAY)
    decide(every(Mql)[1], Outcome.REJECTED, reason="unreachable", at=NOON + 3 * DAY)
    an_event(EventKind.WEBINAR_ATTENDED, lead, a_page(), at=NOON + 4 * DAY)

    assert (at_once, comes_again(lead, at=NOON + 33 * DAY)) == (2, True)


def test_mended_data_bring_nobody_back_who_wants_no_contact(app: Flask) -> None:
    leads = [given_back("wrong_data"), given_back("wrong_data")]
    privacy.withdraw(leads[0].public_id, at=NOON + DAY)
    with transaction() as writing:
        for lead in leads:
            known = writing.get_one(Lead, lead.id)
            values.learn(known, {"company": "Alder Castings Ltd"}, submission_id=None, at=NOON + 2 * DAY)

    assert [comes_again(lead, at=NOON + 2 * DAY) for lead in leads] == [False, True]


def said(lead: Lead, *, verified: bool = False, at: datetime, **told: str) -> None:
    """Something becomes known of a lead, by a form."""
    with transaction() as writing:
        values.learn(writing.get_one(Lead, lead.id), told, submission_id=None, verified=verified, at=at)


def with_data(field: str | None = None, *, at: datetime = NOON) -> Lead:
    """Somebody with a company and a proven telephone number, whom sales rejected because of wrong data."""
    lead = a_keen_lead()
    with transaction() as writing:
        writing.get_one(Lead, lead.id).created_at = at - 3 * DAY
    said(lead, company="Alder Castings Works", at=at - 2 * DAY)
    said(lead, phone="+4930901820", verified=True, at=at - DAY)
    qualify(lead, at=at)
    decide(every(Mql)[-1], Outcome.REJECTED, reason="wrong_data", wrong=field, at=at)
    return lead


@pytest.mark.parametrize(
    ("field", "told", "is_mended"),
    [
        ("phone", {"phone": "+4930901821", "verified": True}, True),
        ("phone", {"phone": "+4930901821"}, False),  # the proven one still stands
        ("phone", {"phone": "+4930901820", "verified": True}, False),
        ("phone", {"company": "Alder Works"}, False),
        ("company", {"company": "Alder Works"}, True),
        ("company", {"company": "Alder Castings Works"}, False),
        (None, {"company": "Alder Works"}, True),
        (None, {"phone": "+4930901821"}, False),
        ("name", {"last_name": "Byron"}, True),
    ],
)
def test_wrong_data_are_mended_once_something_else_stands_on_the_lead_where_it_was_wrong(
    app: Flask, field: str | None, told: dict[str, str], is_mended: bool
) -> None:
    lead = with_data(field)

    said(lead, at=NOON + DAY, **told)  # type: ignore[arg-type]

    assert qualify(lead, at=NOON + DAY) == (2 if is_mended else None)


def test_what_was_known_before_the_one_that_was_wrong_mends_it(app: Flask) -> None:
    lead = a_keen_lead()
    said(lead, company="Alder Castings Works", at=NOON - 3 * DAY)
    said(lead, company="Elder Castings Works", at=NOON - 2 * DAY)
    qualify(lead)
    decide(every(Mql)[0], Outcome.REJECTED, reason="wrong_data", wrong="company")

    said(lead, company="Alder Castings Works", at=NOON + DAY)

    assert qualify(lead, at=NOON + DAY) == 2


@pytest.mark.parametrize(("proven", "cycle"), [(DAY, 2), (-DAY, None)])
def test_a_wrong_address_is_mended_once_it_is_proven(app: Flask, proven: timedelta, cycle: int | None) -> None:
    lead = with_data("email")
    said(lead, company="Alder Works", at=NOON + DAY)
    with transaction() as writing:
        writing.get_one(Lead, lead.id).verified_at = NOON + proven

    assert qualify(lead, at=NOON + 2 * DAY) == cycle


def test_a_wrong_address_is_mended_once_the_person_is_another_lead(app: Flask, settings: Settings) -> None:
    wrong_one, right_one = with_data("email"), a_keen_lead()

    before = qualify(wrong_one, at=NOON + DAY)
    merging.merge(right_one.public_id, wrong_one.public_id, note="", settings=settings, actor="cli", at=NOON + DAY)

    assert (before, qualify(right_one, at=NOON + 2 * DAY), every(Mql)[-1].lead_id) == (None, 1, right_one.id)


def test_what_is_wrong_is_said_with_a_reason_that_waits_for_it_and_by_its_name(app: Flask) -> None:
    lead = a_keen_lead()
    qualify(lead)

    for reason, field in (("no_fit", "phone"), ("wrong_data", "shoe size")):
        with pytest.raises(DispositionRefused) as refused:
            decide(every(Mql)[0], Outcome.REJECTED, reason=reason, wrong=field)
        assert refused.value.field == "wrong"
    assert every(Mql)[0].outcome is None


def test_who_had_asked_comes_back_as_one_who_asks_whatever_the_points_once_the_data_are_mended(app: Flask) -> None:
    asked, by_score = a_lead(at=NOON - DAY), with_data("phone")
    an_mql(asked)
    decide(every(Mql)[-1], Outcome.REJECTED, reason="wrong_data", wrong="phone")

    before = qualify(asked, at=NOON + DAY)
    for lead in (asked, by_score):
        said(lead, phone="+4930901821", verified=True, at=NOON + DAY)
        qualify(lead, at=NOON + DAY)

    assert before is None
    told = {mql.lead_id: (mql.cycle, mql.reason, mql.priority) for mql in every(Mql)}
    assert told == {asked.id: (2, Reason.HAND_RAISED, HAND_RAISED), by_score.id: (2, Reason.SCORE, BY_SCORE)}
    assert every(Mql)[-2].due_at <= NOON + 2 * DAY
