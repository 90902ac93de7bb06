"""Who comes back to sales, and by what: what shows interest does, and nobody who wants no contact."""

from datetime import datetime

import pytest
from flask import Flask

from capture import clock
from capture.db import transaction
from capture.engagement.models import EventKind
from capture.handoff import mqls
from capture.handoff.models import Mql, Outcome
from capture.journey import privacy, sales
from capture.leads import consents, values
from capture.leads.consents import MARKETING_EMAIL, Agreement
from capture.leads.models import Lead
from capture.outbox.models import OutboxMessage
from capture.scoring import scores
from tests.factories import NOON, a_page, an_event, every
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


@pytest.mark.parametrize("kind", list(EventKind))
def test_what_shows_interest_brings_somebody_back_and_what_does_not_does_not(app: Flask, kind: EventKind) -> None:
    lead, bystander = given_back(), given_back()
    an_event(kind, lead, a_page(), at=NOON + 10 * DAY)

    came = [comes_again(one, at=NOON + 31 * DAY) for one in (lead, bystander)]

    assert came == [kind not in (EventKind.CONTACT_WITHDRAWN, EventKind.LINK_FORWARDED), False]


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
