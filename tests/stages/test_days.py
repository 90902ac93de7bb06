"""The last weeks of a page, day by day and by channel: the days that are over as they are kept, and today."""

from datetime import datetime, timedelta

from flask import Flask

from capture.attribution.models import Touch
from capture.config import Settings
from capture.db import transaction
from capture.engagement.models import EventKind, Verdict
from capture.journey import reporting
from capture.leads.models import Submission
from capture.pages.models import Page
from capture.reports import days
from tests.factories import a_lead, a_page, a_submission, a_touch, an_event, an_mql

DAY = timedelta(days=1)


def came(page: Page, *, at: datetime, channel: str = "Paid social") -> Touch:
    touch = a_touch(at=at, channel=channel)
    with transaction() as writing:
        writing.merge(touch).page_id = page.id
    return touch


def filled(page: Page, *, at: datetime, channel: str = "Paid social") -> None:
    """Somebody comes and fills, and downloads."""
    touch, lead = came(page, at=at, channel=channel), a_lead(at=at)
    fill = a_submission(lead, page, at=at)
    with transaction() as writing:
        writing.get_one(Submission, fill.id).touch_id = touch.id
    an_event(EventKind.MAGNET_DOWNLOADED, lead, page, at=at)
    an_mql(lead, at=at)


def test_a_page_is_told_day_by_day_and_by_channel_with_today(app: Flask, settings: Settings, now: datetime) -> None:
    page, bystander = a_page(slug="guide", at=now - 40 * DAY), a_page(at=now - 40 * DAY)
    for at in (now - 3 * DAY, now):
        filled(page, at=at)
        came(page, at=at, channel="Direct")
        filled(bystander, at=at)
    filled(page, at=now - 35 * DAY)
    an_event(EventKind.MAGNET_DOWNLOADED, None, page, at=now, verdict=Verdict.MACHINE)
    while reporting.count_days(settings, at=now):
        pass

    told, everything = (days.of(slug, zone=settings.zone, at=now) for slug in ("guide", None))

    assert told
    assert everything
    assert (told.whole.visits, told.whole.fills, told.downloads, told.uncounted) == (4, 2, 2, 0)
    assert [(name, line.visits, line.fills) for name, line in told.channels] == [
        ("Paid social", 2, 2),
        ("Direct", 2, 0),
    ]
    assert len(told.days) == days.DAYS
    assert {str(day): line.visits for day, line in told.days if line.visits} == {"2026-09-12": 2, "2026-09-15": 2}
    assert (everything.whole.visits, everything.whole.fills, everything.downloads) == (6, 4, 4)
    assert days.of("nothing", zone=settings.zone, at=now) is None
