"""Whatever two leads did before and after they became one: the score is the sum of both ledgers; parting undoes it."""

from collections import Counter
from datetime import timedelta

from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from capture.db import session
from capture.journey import merging
from capture.leads import leads
from capture.leads.models import Lead
from capture.scoring import counting, ledger, rulesets, scores, standings
from capture.scoring.models import Axis
from tests import stories
from tests.factories import a_lead, a_page, every
from tests.stages.test_ledger_property import Story, days, from_scratch, steps, sum_of_ledger

Steps = list[tuple[str, object]]


def lives(first: Steps, second: Steps) -> tuple[Story, Story]:
    pages = [a_page(), a_page(), a_page()]
    kept, merged = Story(a_lead(), pages), Story(a_lead(job_title="CTO"), pages)
    for one, told in ((kept, first), (merged, second)):
        for step, *facts in told:
            getattr(one, step)(*facts)
        kept.now = merged.now = max(kept.now, merged.now)
    for one in (kept, merged):
        one.is_settled()
    return kept, merged


def merge(kept: Story, merged: Story) -> str:
    ids = [session().get_one(Lead, one.lead.id).public_id for one in (kept, merged)]
    return merging.merge(*ids, note="", settings=stories.settings(), actor="cli", at=kept.now).merge_id


def points(lead: Lead, story: Story, moments: list[float]) -> list[float]:
    told = []
    for ago in (*moments, 0.0, -40.0):
        at = story.now - timedelta(days=ago)
        score = scores.current(lead.id, at=at)
        told += [round(score.exact_fit, 6), round(score.exact_engagement, 6)]
    return told


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=steps, second=steps, after=steps, moments=st.lists(days, min_size=1, max_size=3))
@from_scratch
def test_the_score_of_a_person_is_the_sum_of_both_ledgers_at_every_moment(
    app: Flask, first: Steps, second: Steps, after: Steps, moments: list[float]
) -> None:
    kept, merged = lives(first, second)
    merge(kept, merged)
    for step, *facts in after:
        getattr(kept, step)(*facts)
    kept.is_settled()

    for at in [kept.now, *(kept.now - timedelta(days=ago) for ago in moments)]:
        score = scores.current(kept.lead.id, at=at)
        for axis, shown in ((Axis.FIT, score.exact_fit), (Axis.ENGAGEMENT, score.exact_engagement)):
            of_both = sum_of_ledger(kept.lead, axis, at) + sum_of_ledger(merged.lead, axis, at)
            assert abs(shown - of_both) < 1e-6
    version = rulesets.in_force(at=kept.now)
    ranked = standings.scores(version.number, at=kept.now)
    listed = {row.lead_id: row for row in session().execute(select(ranked))}
    assert merged.lead.id not in listed
    now = scores.current(kept.lead.id, at=kept.now)
    if kept.lead.id in listed:
        assert abs(listed[kept.lead.id].engagement - now.exact_engagement) < 1e-5
    if not any(step == "is_struck" for step, *_ in (*first, *second, *after)):
        whose = leads.members([kept.lead.id])
        known = scores.facts(session().get_one(Lead, kept.lead.id), {})
        due = counting.fit(version.rules, known)
        due += counting.engagement(version.rules, scores.occurrences(whose, version.rules)[kept.lead.id])
        stands = [e for e in ledger.standing(ledger.of(kept.lead.id, version.number)) if e.axis is not Axis.BAR]
        assert Counter((entry.rule_key, entry.event_id, entry.points) for entry in stands) == Counter(
            (one.rule_key, one.event_id, one.points) for one in due
        )


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=steps, second=steps, moments=st.lists(days, min_size=1, max_size=3))
@from_scratch
def test_parting_leaves_no_trace_in_any_score(app: Flask, first: Steps, second: Steps, moments: list[float]) -> None:
    kept, merged = lives(first, second)
    before = [points(one.lead, kept, moments) for one in (kept, merged)]
    fields = [{name: getattr(lead, name) for name in ("job_title", "company_size", "name")} for lead in every(Lead)]

    merging.part(merge(kept, merged), actor="cli", at=kept.now)
    session().expire_all()

    assert [points(one.lead, kept, moments) for one in (kept, merged)] == before
    assert fields == [
        {name: getattr(lead, name) for name in ("job_title", "company_size", "name")} for lead in every(Lead)
    ]
