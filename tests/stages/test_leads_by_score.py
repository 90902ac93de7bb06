"""The list of leads puts the best first, by either score."""

from datetime import timedelta
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import true

from capture.db import session, transaction
from capture.engagement.models import EventKind
from capture.reports import finding
from capture.reports.finding import Order, Sought
from capture.scoring import preset, rulesets, scores, standings
from capture.scoring.models import Axis, ScoreSum
from tests.factories import NOON, a_good_lead, a_lead, a_page, an_event

NUMBER = count()
# A half-life, and what a sum of it comes to on the day that is asked for: many are nearly alike.
near, far = st.floats(19, 22), st.one_of(st.floats(0, 200), st.floats(1e-320, 1e-290), st.floats(1e9, 1e12))
whole = st.tuples(st.just(0), st.lists(st.integers(-30, 120).map(float), min_size=1, max_size=12))
several = st.one_of(st.lists(near, min_size=5, max_size=12), st.lists(st.one_of(near, far), min_size=1, max_size=9))
fading = st.tuples(st.sampled_from([7, 30]), several)


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


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    alike=st.lists(st.one_of(whole, fading, fading), min_size=1, max_size=2),
    most=st.integers(1, 4),
    days=st.integers(0, 90),
)
def test_the_best_are_found_by_bands_as_they_are_by_looking_at_everybody(
    app: Flask, alike: list[tuple[int, list[float]]], most: int, days: int
) -> None:
    sums = [(half, now) for half, several in alike for now in several]
    leads = [a_lead(f"number{next(NUMBER)}@alder.example") for _ in sums]
    at = NOON + timedelta(days=days)
    with transaction() as writing:
        version = rulesets.create(preset.DEFAULT, at=NOON)
        for lead, (half, now) in zip(leads, sums, strict=True):
            points = now * 2 ** (days / half) if half else now
            for axis, some in ((Axis.ENGAGEMENT, points), (Axis.FIT, 30.0)):
                kind = standings.kind(axis, half)
                writing.add(ScoreSum(lead_id=lead.id, rule_version=version, kind=kind, points=some))

    first = standings.leading(version, Axis.ENGAGEMENT, true(), most=most, at=at)
    over = session().execute(standings.qualifying(version, fit=30, engagement=20, at=at)).all()

    told = [(half, now, lead.id) for lead, (half, now) in zip(leads, sums, strict=True)]
    for half in {half for half, _ in sums}:
        ranked = sorted(((now, key) for one, now, key in told if one == half), reverse=True)[:most]
        assert sum(now >= ranked[-1][0] for one, now, key in told if one == half and key in first) >= len(ranked)
    assert {row.lead_id for row in over} == {key for _, now, key in told if now >= 20 - 1e-6}
