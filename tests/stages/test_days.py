"""The last weeks of a page, day by day and by channel: the days that are over as they are kept, and today."""

from datetime import datetime, timedelta

from flask import Flask

from capture.attribution.models import Touch
from capture.config import Settings
from capture.db import transaction
from capture.engagement import form_starts
from capture.engagement.models import EventKind, Verdict
from capture.journey import reporting, sales
from capture.leads.models import ExclusionKind, Lead, Submission
from capture.pages.models import Page
from capture.reports import behind, days
from capture.reports.behind import Behind, Counted
from tests.factories import a_lead, a_page, a_submission, a_touch, an_event, an_mql, every

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
        writing.get_one(Lead, lead.id).first_touch_id = touch.id
    an_event(EventKind.MAGNET_DOWNLOADED, lead, page, at=at)
    an_mql(lead, at=at)
    with transaction():
        form_starts.note(f"key-{fill.id}", page_id=page.id, field="email", way=touch, at=at)


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
    assert (told.whole.visits, told.whole.fills, told.whole.downloads, told.uncounted) == (4, 2, 2, 0)
    steps = [(name, line.visits, line.starts, line.fills, line.downloads, line.mqls) for name, line in told.channels]
    assert steps == [("Paid social", 2, 2, 2, 2, 2), ("Direct", 2, 0, 0, 0, 0)]
    assert len(told.days) == days.DAYS
    assert {str(day): line.visits for day, line in told.days if line.visits} == {"2026-09-12": 2, "2026-09-15": 2}
    assert (everything.whole.visits, everything.whole.fills, everything.whole.downloads) == (6, 4, 4)
    by_day = {str(day): (line.starts, line.downloads) for day, line in told.days if line.starts or line.downloads}
    assert by_day == {"2026-09-12": (1, 1), "2026-09-15": (1, 1)}
    assert days.of("nothing", zone=settings.zone, at=now) is None


def test_a_download_goes_by_the_fill_that_it_was_given_for(app: Flask, settings: Settings, now: datetime) -> None:
    page, lead = a_page(slug="guide", at=now - 9 * DAY), a_lead(at=now - 9 * DAY)
    for days_ago, channel in ((6, "Email"), (3, "Paid social"), (0, "Direct")):
        touch = came(page, at=now - days_ago * DAY, channel=channel)
        fill = a_submission(lead, page, at=now - days_ago * DAY)
        with transaction() as writing:
            writing.get_one(Submission, fill.id).touch_id = touch.id
    an_event(EventKind.MAGNET_DOWNLOADED, lead, page, at=now - 2 * DAY)
    while reporting.count_days(settings, at=now):
        pass

    told = days.of("guide", zone=settings.zone, at=now)

    assert told
    assert {name: line.downloads for name, line in told.channels} == {"Email": 0, "Paid social": 1, "Direct": 0}
    seen = behind.total(Behind(Counted.DOWNLOADS, channel="Paid social", page="guide"), settings.zone)
    assert (seen.number, seen.leads) == (1, 1)


def test_the_downloads_of_somebody_who_became_ours_leave_the_days(
    app: Flask, settings: Settings, now: datetime
) -> None:
    filled(a_page(slug="guide", at=now - 9 * DAY), at=now - 3 * DAY)
    reporting.count_days(settings, at=now)
    [lead] = every(Lead)

    sales.never_hand_over(ExclusionKind.STAFF, lead.email.encode(), actor="cli", at=now)
    reporting.count_days(settings, at=now + timedelta(minutes=1))

    told = days.of("guide", zone=settings.zone, at=now)
    assert told
    assert (told.whole.fills, told.whole.downloads) == (0, 0)
