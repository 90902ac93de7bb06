"""Many handoffs at once, with real commits: each lead once, each row once, none passed over."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from flask import Flask

from capture.db import db, journey, session
from capture.engagement import events
from capture.engagement.models import EventKind, Verdict
from capture.handoff import feed, mqls
from capture.handoff.models import FeedEntry, Mql
from capture.outbox.models import OutboxMessage
from capture.scoring import ledger, scores
from tests.factories import NOON, a_good_lead, a_page, every
from tests.stories import the_zone

pytestmark = pytest.mark.real_commits

RACES = 60
RIVALS = 4


@journey
def attend(lead_id: int, page_id: int, magnet_id: int, key: str, *, at: datetime) -> str | None:
    """What the last act of a lead does: it is recorded, scored, and hands the lead over if that is due."""
    for kind in (EventKind.FORM_SUBMITTED, EventKind.WEBINAR_REGISTERED, EventKind.WEBINAR_ATTENDED):
        events.record(
            kind,
            at=at,
            verdict=Verdict.HUMAN,
            reason="pressed the button",
            lead_id=lead_id,
            page_id=page_id,
            magnet_id=magnet_id,
            dedupe_key=f"{kind}:{key}",
        )
    mql = mqls.qualify(lead_id, scores.after(lead_id, at=at), sla_hours=24, at=at)
    return mql.public_id if mql else None


def at_once(app: Flask, calls: Sequence[Callable[[], str | None]]) -> list[str | None]:
    """All calls from threads of their own, begun together."""
    together = threading.Barrier(len(calls))

    def one(call: Callable[[], str | None]) -> str | None:
        with app.app_context():
            together.wait()
            return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(one, calls))


def test_sixty_races_for_sixty_leads_make_sixty_mqls(app: Flask) -> None:
    page = a_page()
    leads = [a_good_lead().id for _ in range(RACES)]
    calls = [
        lambda lead_id=lead_id, rival=rival: attend(lead_id, page.id, page.magnet_id, f"{lead_id}:{rival}", at=NOON)
        for lead_id in leads
        for rival in range(RIVALS)
    ]

    made = [told for begin in range(0, len(calls), 60) for told in at_once(app, calls[begin : begin + 60]) if told]

    assert len(made) == len(set(made)) == RACES
    assert len(every(Mql)) == len(every(FeedEntry)) == len(every(OutboxMessage)) == RACES
    for lead_id in leads:
        assert Counter(entry.rule_key for entry in ledger.standing(ledger.of(lead_id, 1)) if entry.event_id) == {
            "form_submitted": 1,
            "webinar_registered": 1,
            "webinar_attended": 1,
        }
    db.session.remove()


def test_who_follows_the_cursor_while_sixty_hand_over_misses_and_repeats_nothing(app: Flask) -> None:
    page = a_page()
    leads = [a_good_lead().id for _ in range(2 * RACES)]
    done = threading.Event()
    read: list[str] = []

    def follow() -> None:
        after = 0
        while True:
            was_done = done.is_set()
            with app.app_context():
                window = feed.rows(after, 7, zone=the_zone())
                session().rollback()
            read.extend(row.mql_id for row in window)
            after = window[-1].position if window else after
            if was_done and not window:
                return
            if not window:
                done.wait(0.002)  # who asks without a breath takes the time of those who hand over

    reader = threading.Thread(target=follow)
    reader.start()
    calls = [
        lambda lead_id=lead_id: attend(lead_id, page.id, page.magnet_id, str(lead_id), at=NOON) for lead_id in leads
    ]
    made = at_once(app, calls[:RACES]) + at_once(app, calls[RACES:])
    done.set()
    reader.join()

    assert len(read) == 2 * RACES
    assert sorted(read) == sorted(told for told in made if told)
    assert [entry.position for entry in every(FeedEntry)] == list(range(1, 2 * RACES + 1))
    db.session.remove()
