"""The list of leads puts the best first, by either score."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from capture.db import transaction
from capture.engagement.models import EventKind
from capture.reports import finding
from capture.reports.finding import Order, Sought
from capture.scoring import scores
from tests.factories import NOON, a_good_lead, a_lead, a_page, an_event


@pytest.mark.parametrize(
    ("order", "first"),
    [(None, "new@gmail.com"), (Order.ENGAGEMENT, "busy@gmail.com"), (Order.FIT, "fit@alder.example")],
)
def test_the_best_lead_stands_first(app: Flask, order: Order | None, first: str) -> None:
    fit = a_good_lead("fit@alder.example", at=NOON - timedelta(days=9))
    busy = a_lead("busy@gmail.com", at=NOON - timedelta(days=8))
    a_lead("new@gmail.com")  # without a single entry
    an_event(EventKind.WEBINAR_ATTENDED, busy, a_page(), at=NOON - timedelta(days=1))
    for lead in (fit, busy):
        with transaction():
            scores.after(lead.id, at=NOON)

    found = finding.listing(Sought(order=order), zone=ZoneInfo("UTC"), at=NOON)

    assert [found.total, len(found.rows)] == [3, 3]
    assert found.rows[0].email == first
