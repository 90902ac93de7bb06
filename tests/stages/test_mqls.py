import gc
import math
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import inspect

from capture.db import transaction
from capture.engagement.models import EventKind
from capture.errors import PersonErased
from capture.handoff import feed, kinds, mqls
from capture.handoff.models import FeedEntry, Mql, Reason
from capture.handoff.reps import Work
from capture.handoff.rows import FeedRow
from capture.journey import sales
from capture.leads.models import Lead
from capture.outbox.models import OutboxMessage
from capture.scoring import scores
from tests.factories import NOON, a_good_lead, a_lead, a_page, a_salesperson, an_event, an_mql, every
from tests.stories import the_zone

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


def interest(lead: Lead, at: datetime = NOON) -> None:
    """Enough engagement for an MQL."""
    for kind in (EventKind.FORM_SUBMITTED, EventKind.MAGNET_DOWNLOADED, EventKind.WEBINAR_ATTENDED):
        an_event(kind, lead, a_page(), at=at)


def qualified(lead: Lead, *, hand_raised: bool = False, at: datetime = NOON) -> Mql | None:
    with transaction():
        score = scores.after(lead.id, at=at)
        return mqls.qualify(lead.id, score, sla_hours=24, hand_raised=hand_raised, at=at)


def test_the_reasons_add_up_to_the_points_where_some_faded_by_a_trace(app: Flask) -> None:
    lead = a_good_lead()
    interest(lead)

    mql = qualified(lead, at=NOON + 4 * SECOND)

    assert mql is not None
    then = [told["points_then"] for told in mql.explanation if told["axis"] == "engagement"]
    assert mql.engagement == math.floor(math.fsum(then)) == 54
    assert sum(map(round, then)) == 55, "each rounded alone they say more"


def test_a_lead_over_both_thresholds_is_handed_over_with_its_reasons(app: Flask) -> None:
    lead = a_good_lead()
    interest(lead)

    mql = qualified(lead)

    assert mql is not None
    assert (mql.reason, mql.priority, mql.due_at) == (Reason.SCORE, 2, NOON + 24 * HOUR)
    assert (mql.fit, mql.engagement) == (70, 55)
    assert "Joined the webinar “One pipeline”" in [told["because"] for told in mql.explanation]
    assert sum(told["points_then"] for told in mql.explanation if told["axis"] == "engagement") == 55
    [message] = every(OutboxMessage)
    assert (message.kind, message.payload) == ("mql_alert", {"mql_id": mql.id})


def test_a_lead_becomes_an_mql_once(app: Flask) -> None:
    lead = a_good_lead()
    interest(lead)

    made = [qualified(lead, at=NOON + hour * HOUR) for hour in range(3)]

    assert [mql is not None for mql in made] == [True, False, False]
    assert len(every(FeedEntry)) == len(every(OutboxMessage)) == 1


def test_one_axis_alone_hands_nobody_over(app: Flask) -> None:
    fitting, keen = a_good_lead(), a_lead("someone@gmail.com")
    interest(keen)

    assert qualified(fitting) is None
    assert qualified(keen) is None
    assert every(Mql) == []


def test_who_asks_to_be_contacted_is_handed_over_at_once_whatever_the_score(app: Flask) -> None:
    lead = a_lead("someone@gmail.com")

    mql = qualified(lead, hand_raised=True)

    assert mql is not None
    assert (mql.reason, mql.priority) == (Reason.HAND_RAISED, 1)


def test_who_asks_after_being_handed_over_comes_first_and_sales_is_told_again(app: Flask) -> None:
    lead = a_good_lead()
    interest(lead)
    qualified(lead)

    for hour in (1, 2):
        assert qualified(lead, hand_raised=True, at=NOON + hour * HOUR) is None

    [mql] = every(Mql)
    assert mql.priority == 1
    assert len(every(OutboxMessage)) == 2
    assert feed.rows(0, 1, zone=the_zone())[0].why.endswith("; has asked to be contacted since")


def test_who_asks_after_being_handed_over_is_answered_no_later_and_sooner_where_the_owner_is_there_by_now(
    app: Flask,
) -> None:
    ann, lead, other = a_salesperson("Ann"), a_good_lead(), a_good_lead()
    for one in (lead, other):
        interest(one)
    qualified(lead)
    qualified(lead, hand_raised=True, at=NOON + 20 * HOUR)
    away = Work(zone="Europe/Berlin", off="2026-09-16 to 2026-09-20")
    sales.set_work(ann.public_id, away, actor="cli", at=NOON)
    qualified(other)
    sales.set_work(ann.public_id, Work(), actor="cli", at=NOON)
    qualified(other, hand_raised=True, at=NOON + HOUR)

    first, second = every(Mql)

    assert (first.due_at, first.promised_at, first.remind_at) == (NOON + 24 * HOUR,) * 2 + (NOON + 18 * HOUR,)
    assert (second.due_at, second.promised_at, second.remind_at) == (NOON + 25 * HOUR,) * 2 + (NOON + 19 * HOUR,)


def test_a_disqualified_or_erased_lead_is_never_handed_over(app: Flask) -> None:
    competitor, gone = a_good_lead(disqualified="works for a competitor"), a_good_lead()
    with transaction() as writing:
        writing.get_one(Lead, gone.id).erased_at = NOON
    for lead in (competitor, gone):
        interest(lead)

    for raised in (True, False):
        assert qualified(competitor, hand_raised=raised) is None
        with pytest.raises(PersonErased):
            qualified(gone, hand_raised=raised)
    assert every(Mql) == []


def test_salespeople_take_turns_and_who_left_gets_nothing(app: Flask) -> None:
    ann, bob = a_salesperson("Ann"), a_salesperson("Bob")
    a_salesperson("Cid", disabled_at=NOON - HOUR)

    owners = [mql.owner_id for _ in range(4) if (mql := qualified(a_lead(), hand_raised=True))]

    assert owners == [ann.id, bob.id, ann.id, bob.id]


def test_without_salespeople_an_mql_has_no_owner(app: Flask) -> None:
    mql = qualified(a_lead(), hand_raised=True)

    assert mql is not None
    assert mql.owner_id is None


def test_a_stream_holds_one_window_of_rows_however_many_there_are(app: Flask) -> None:
    mql = an_mql()
    copied = {column.name: getattr(mql, column.name) for column in inspect(Mql).columns if column.name != "id"}
    with transaction() as writing:
        more = [Mql(**(copied | {"cycle": cycle, "public_id": f"mql-{cycle}"})) for cycle in range(2, 1002)]
        writing.add_all(more)
        writing.flush()
        writing.add_all(FeedEntry(position=1 + row.cycle, kind=kinds.CREATED, mql_id=row.id, at=NOON) for row in more)
    del more
    gc.freeze()  # what was there before is no row of this stream, and takes long to look through

    most, number = 0, 0
    for number, _ in enumerate(feed.stream(zone=the_zone()), 1):
        if number % 100 == 0:
            gc.collect()
            most = max(most, sum(type(held) in (FeedRow, Mql) for held in gc.get_objects()))

    assert number == 1001
    assert most <= 2 * 201 + 1
    assert (
        len({row.mql_id for row in feed.handed_over(Mql.qualified_at, zone=the_zone())}) == 1001
    )  # though all are of one moment


def test_a_stream_ends_where_the_feed_ended_when_it_began(app: Flask) -> None:
    first, second = (an_mql().public_id for _ in range(2))
    told = feed.stream(zone=the_zone())

    begun = next(told).mql_id
    an_mql()

    assert [begun, *(row.mql_id for row in told)] == [first, second]


def test_a_stream_up_to_a_position_tells_nothing_behind_it(app: Flask) -> None:
    told = [an_mql().public_id for _ in range(4)]

    assert [row.mql_id for row in feed.stream(1, 3, zone=the_zone())] == told[1:3]
    assert feed.number(1, 3) == 2


def test_days_are_found_in_the_feed_without_reading_what_came_before_and_after(app: Flask) -> None:
    for days in range(4):
        an_mql(a_lead(), at=NOON + timedelta(days=days))
    since, until = NOON + timedelta(days=1), NOON + timedelta(days=3)

    told = feed.handed_over(Mql.qualified_at, Mql.qualified_at >= since, Mql.qualified_at < until, zone=the_zone())

    assert [row.qualified_at for row in told] == [since, since + timedelta(days=1)]
    assert list(feed.handed_over(Mql.qualified_at, Mql.qualified_at >= NOON + timedelta(days=9), zone=the_zone())) == []


def test_the_feed_gives_each_mql_once_in_order(app: Flask) -> None:
    made = [mql.public_id for _ in range(7) if (mql := qualified(a_lead(), hand_raised=True))]

    pages, after = [], 0
    while window := feed.rows(after, 3, zone=the_zone()):
        pages.append([row.mql_id for row in window])
        after = window[-1].position

    assert [len(page) for page in pages] == [3, 3, 1]
    assert [mql_id for page in pages for mql_id in page] == made == [row.mql_id for row in feed.stream(zone=the_zone())]
