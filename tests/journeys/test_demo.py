from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

from flask import Flask

from capture.config import Settings
from capture.demo import cast, playing
from capture.engagement.models import EngagementEvent
from capture.handoff import absences, owners, reps
from capture.handoff.models import Mql, Outcome, Reason
from capture.journey import sales
from capture.leads.models import Lead
from capture.outbox.models import OutboxMessage, Status
from capture.pages import pages
from capture.webinars.models import WebinarSession
from tests.conftest import share_what_is_set
from tests.factories import a_page, every


def furnish(settings: Settings, data: Path, at: datetime) -> bool:
    return playing.furnish(replace(settings, data=data), at=at, tell=lambda sentence: None)


def test_the_demo_is_a_company_in_the_middle_of_its_month(
    app: Flask, settings: Settings, tmp_path: Path, shelf: Path, now: datetime
) -> None:
    share_what_is_set(tmp_path, shelf)

    assert furnish(settings, tmp_path, now)

    assert {page.slug for page in pages.all_live(at=now)} == {bundle.name for bundle in playing.bundles()}
    assert {lead.email for lead in every(Lead)} == {person.email for person in cast.people()}
    assert {mql.reason for mql in every(Mql)} == set(Reason)
    assert {Outcome.ACCEPTED, Outcome.WON, Outcome.REJECTED, None} <= {mql.outcome for mql in every(Mql)}
    waiting = [mql for mql in every(Mql) if mql.outcome is None]
    assert all(mql.due_at > now or (mql.escalated_at and len(mql.late_ids) == 2) for mql in waiting)
    assert all(mql.outcome_at <= now for mql in every(Mql) if mql.outcome_at)
    assert all(event.at <= now for event in every(EngagementEvent))
    assert all(webinar.starts_at > now + timedelta(days=8) for webinar in every(WebinarSession))
    assert {message.status for message in every(OutboxMessage) if message.due_at <= now} == {Status.DONE}
    assert {message.kind for message in every(OutboxMessage) if message.due_at > now} == {sales.RETURN}
    assert not furnish(settings, tmp_path, now)

    people = owners.salespeople()
    work = reps.of([one.id for one in people])
    assert len(people) == len({own.zone for own in work.values()}) == 3
    assert {mql.owner_id for mql in every(Mql)} == {one.id for one in people}
    [days] = [own.off for own in work.values() if own.off]
    assert now.date() + timedelta(days=7) < date.fromisoformat(days[:10])
    assert absences.away([one.id for one in people], at=now) == {}


def test_nothing_is_added_to_pages_of_somebodys_own(
    app: Flask, settings: Settings, tmp_path: Path, now: datetime
) -> None:
    a_page()

    assert not furnish(settings, tmp_path, now)

    assert every(Lead) == []


def test_everybody_of_the_demo_lives_on_an_example_domain() -> None:
    addresses = [person.email for person in cast.people()]

    assert len(set(addresses)) == len(addresses) >= 36
    assert all(address.isascii() and address.endswith(".example") for address in addresses)
