"""Whatever happens to a lead, and whenever one asks: the score is the sum of its ledger."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from dataclasses import replace as changed
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, cast

import pytest
from flask import Flask
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from capture.db import db, session, transaction
from capture.engagement import events
from capture.engagement.models import EventKind, Verdict
from capture.leads import persons
from capture.leads.models import Lead
from capture.pages.models import Page
from capture.reports import held
from capture.scoring import counting, ledger, preset, rulesets, scores, standings
from capture.scoring.conditions import Condition, Question
from capture.scoring.models import Axis, RuleSet, ScoreEntry, ScoreOpening, ScoreSum
from capture.scoring.rules import FitRule, Rules
from tests.factories import NOON, a_lead, a_page, an_event, every

TITLES = ("", "Student", "Head of Marketing", "CTO", "Engineer", "VP Sales, manager")
SIZES = ("", "1-9", "51–200", "1,000+", "many")
KINDS = tuple(EventKind)
NO_LEARNERS = FitRule(
    "no_learners", "Is in training", 0, Condition(Question.SENIORITY, "job_title", ("learner",)), disqualifies=True
)


def from_scratch(test: Callable[..., None]) -> Callable[..., None]:
    """What an example leaves is taken back: rules that come into force in its future are no other's."""

    @wraps(test)
    def alone(*args: object, **drawn: object) -> None:
        taken_back = cast("Connection", db.engine).begin_nested()
        try:
            test(*args, **drawn)
        finally:
            db.session.remove()
            taken_back.rollback()

    return alone


@dataclass
class Story:
    """One lead's life: time only goes forward, but what is learnt may be about long ago."""

    lead: Lead
    pages: list[Page]
    now: datetime = NOON
    events: list[int] = field(default_factory=list)

    def happens(self, kind: EventKind, page: int, verdict: Verdict, days_ago: float) -> None:
        at = self.now - timedelta(days=days_ago)
        self.events.append(an_event(kind, self.lead, self.pages[page], at=at, verdict=verdict))

    def is_judged_again(self, which: int, verdict: Verdict) -> None:
        self.is_settled()
        if self.events:
            with transaction():
                events.revise([self.events[which % len(self.events)]], verdict, reason="seen again")

    def says(self, title: str, size: str) -> None:
        with transaction() as writing:
            lead = writing.get_one(Lead, self.lead.id)
            lead.job_title, lead.company_size = title, size

    def is_settled(self) -> None:
        with transaction():
            scores.after(self.lead.id, at=self.now)

    def is_struck(self, which: int) -> None:
        self.is_settled()
        version = rulesets.in_force(at=self.now).number
        entries = ledger.standing(ledger.of(self.lead.id, version))
        if entries:
            with transaction():
                entry = entries[which % len(entries)]
                ledger.strike(entry, self.lead.id, version, because="Struck by Sam: a test of ours", at=self.now)

    def gets_new_rules(self, half_life: int, points: int) -> None:
        with transaction():
            number = rulesets.create(rules_with(half_life, points), at=self.now)
            scores.prepare(number, [self.lead.id], at=self.now)
            rulesets.activate(number, at=self.now)

    def waits(self, days: float) -> None:
        self.now += timedelta(days=days)


def rules_with(half_life: int, points: int) -> Rules:
    engagement = tuple(
        changed(rule, half_life=half_life if index % 3 else None, points=points if index % 2 else rule.points)
        for index, rule in enumerate(preset.DEFAULT.engagement)
    )
    return changed(preset.DEFAULT, engagement=engagement, fit=(*preset.DEFAULT.fit, NO_LEARNERS))


days = st.floats(0, 500, allow_nan=False).map(lambda number: round(number, 6))
verdicts = st.sampled_from([Verdict.HUMAN, Verdict.HUMAN, Verdict.MACHINE, Verdict.UNPROVEN])
steps = st.lists(
    st.one_of(
        st.tuples(st.just("happens"), st.sampled_from(KINDS), st.integers(0, 2), verdicts, days),
        st.tuples(st.just("is_judged_again"), st.integers(0, 50), verdicts),
        st.tuples(st.just("says"), st.sampled_from(TITLES), st.sampled_from(SIZES)),
        st.tuples(st.just("is_struck"), st.integers(0, 50)),
        st.tuples(st.just("gets_new_rules"), st.integers(7, 400), st.integers(-30, 60)),
        st.tuples(st.just("waits"), days),
        st.tuples(st.just("is_settled")),
    ),
    min_size=3,
    max_size=16,
)

# What is taken back long after it happened has decayed by then, and so must what takes it back.
LONG_AGO = [("happens", EventKind.FORM_SUBMITTED, 0, Verdict.HUMAN, 100.0)]


def version_in_force(at: datetime) -> int:
    activated = [(row.activated_at, row.version) for row in session().scalars(select(RuleSet)) if row.activated_at]
    return max(((since, version) for since, version in activated if since <= at), default=(at, 1))[1]


def sum_of_ledger(lead: Lead, axis: Axis, at: datetime) -> float:
    total = 0.0
    for entry in ledger.of_people({lead.id: lead.id}, version_in_force(at))[lead.id]:  # its own, and of nobody merged
        if entry.axis is axis and entry.recorded_at <= at:
            age = max(0.0, (at - entry.occurred_at) / timedelta(days=1))
            total += entry.points * (0.5 ** (age / entry.half_life_days) if entry.half_life_days else 1)
    return total


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps, moments=st.lists(days, min_size=1, max_size=4))
@example(steps=[*LONG_AGO, ("is_judged_again", 0, Verdict.MACHINE), ("waits", 9.0), ("is_settled",)], moments=[3.0])
@example(steps=[*LONG_AGO, ("is_settled",), ("is_struck", 1), ("waits", 9.0)], moments=[3.0])
@example(steps=[("says", "Student", ""), ("gets_new_rules", 30, 9), ("waits", 9.0)], moments=[3.0])
@from_scratch
def test_the_score_is_the_sum_of_the_ledger_at_every_moment(
    app: Flask, steps: list[tuple[str, object]], moments: list[float]
) -> None:
    story = Story(a_lead(), [a_page(), a_page(), a_page()])
    bystander = Story(a_lead(), story.pages)
    bystander.happens(EventKind.FORM_SUBMITTED, 0, Verdict.HUMAN, 0)
    bystander.is_settled()
    for step, *facts in steps:
        getattr(story, step)(*facts)

    later = story.now + timedelta(days=40)
    for at in [story.now, *(story.now - timedelta(days=ago) for ago in moments), later]:
        score = scores.current(story.lead.id, at=at)
        assert score.is_disqualified is (sum_of_ledger(story.lead, Axis.BAR, at) > 0)
        reasons = scores.explain(story.lead.id, at=at)
        for axis, shown in ((Axis.FIT, score.exact_fit), (Axis.ENGAGEMENT, score.exact_engagement)):
            assert abs(shown - sum_of_ledger(story.lead, axis, at)) < 1e-6
            assert abs(shown - sum(reason.points_now for reason in reasons if reason.axis is axis)) < 1e-6
    for at in (story.now, later):
        kept = sums_kept(story.lead, at)
        assert kept == pytest.approx([sum_of_ledger(story.lead, axis, at) for axis in Axis], abs=1e-5)


def sums_kept(lead: Lead, at: datetime) -> list[float]:
    """What lists and turns go by, for each axis; a lead without entries is in none."""
    kept = standings.scores(version_in_force(at), at=at)
    rows = session().execute(select(*(kept.c[axis.value] for axis in Axis)).where(kept.c.lead_id == lead.id)).all()
    return [*rows[0]] if rows else [0.0 for _ in Axis]


def told(story: Story, moments: list[datetime]) -> list[object]:
    """All that anybody is told of a lead's ledger: its entries, sums and scores, and what the lead is given of it."""
    number = {event_id: place for place, event_id in enumerate(story.events)}
    found: list[object] = []
    for version in session().scalars(select(RuleSet.version).order_by(RuleSet.version)):
        entries = ledger.of(story.lead.id, version)
        place = {entry.id: number for number, entry in enumerate(entries)}
        found += [
            changed(
                entry,
                id=place[entry.id],
                lead_id=0,
                event_id=entry.event_id and number[entry.event_id],
                reverses_id=entry.reverses_id and place[entry.reverses_id],
            )
            for entry in entries
        ]
    person = persons.of(story.lead.email)
    rows = held.of(person, at=story.now)
    found += [{name: row[name] for name in row if not name.endswith("id")} for row in rows["score_entry"]]
    for at in moments:
        found += [changed(reason, entry_id=0) for reason in scores.explain(story.lead.id, at=at)]
    return found


def numbers(story: Story, moments: list[datetime]) -> list[float]:
    """Scores at these moments, and the ledger added up as it is kept."""
    shown = [scores.current(story.lead.id, at=at) for at in moments]
    kept = session().scalars(select(ScoreSum).where(ScoreSum.lead_id == story.lead.id))
    sums = sorted((one.rule_version, one.kind, one.points) for one in kept)
    return [number for score in shown for number in (score.exact_fit, score.exact_engagement)] + [
        number for _, kind, points in sums for number in (kind, points)
    ]


NEW_RULES = [*LONG_AGO, *LONG_AGO, ("gets_new_rules", 30, 9), ("waits", 9.0)]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps, moments=st.lists(days, min_size=1, max_size=3))
@example(steps=[*NEW_RULES, ("is_struck", 1), ("waits", 9.0), ("is_settled",)], moments=[3.0, 12.0])
@example(steps=[*NEW_RULES, ("is_judged_again", 0, Verdict.MACHINE), ("waits", 1.0), ("is_settled",)], moments=[0.5])
@example(steps=[("gets_new_rules", 7, 0), ("gets_new_rules", 7, 0), ("is_struck", 0)], moments=[0.0])
@example(steps=[*NEW_RULES, ("says", "CTO", "1-9"), ("is_settled",), ("gets_new_rules", 7, -9)], moments=[0.0])
@from_scratch
def test_nobody_can_tell_packed_entries_from_rows(
    app: Flask, steps: list[tuple[str, object]], moments: list[float]
) -> None:
    pages = [a_page(title=f"Guide {number}") for number in range(3)]
    packed, loose = Story(a_lead(), pages), Story(a_lead(), pages)
    for step, *facts in steps:
        if step == "gets_new_rules":
            with transaction():
                number = rulesets.create(rules_with(*facts), at=packed.now)  # type: ignore[arg-type]
                scores.prepare(number, [packed.lead.id, loose.lead.id], at=packed.now)
                ledger.unpack([loose.lead.id], number)
                rulesets.activate(number, at=packed.now)
        else:
            getattr(packed, step)(*facts)
            getattr(loose, step)(*facts)

    at = [packed.now, *(packed.now - timedelta(days=ago) for ago in moments), packed.now + timedelta(days=40)]
    assert told(packed, at) == told(loose, at)
    assert numbers(packed, at) == pytest.approx(numbers(loose, at), abs=1e-6)
    with transaction():
        ledger.forget([packed.lead.id])
    left: list[Any] = [*every(ScoreEntry), *every(ScoreOpening), *every(ScoreSum)]
    assert packed.lead.id not in {one.lead_id for one in left}


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
@from_scratch
def test_what_stands_in_the_ledger_is_what_the_rules_give_however_it_came_about(
    app: Flask, steps: list[tuple[str, object]]
) -> None:
    story = Story(a_lead(), [a_page(), a_page(), a_page()])
    for step, *facts in steps:
        if step != "is_struck":
            getattr(story, step)(*facts)
    story.is_settled()

    version = rulesets.in_force(at=story.now)
    entries = ledger.of(story.lead.id, version.number)
    facts_now = scores.facts(session().get_one(Lead, story.lead.id), {})
    due = counting.fit(version.rules, facts_now) + counting.bars(version.rules, facts_now)
    due += counting.engagement(
        version.rules, scores.occurrences({story.lead.id: story.lead.id}, version.rules)[story.lead.id]
    )
    assert Counter((entry.rule_key, entry.event_id, entry.points) for entry in ledger.standing(entries)) == Counter(
        (one.rule_key, one.event_id, one.points) for one in due
    )
    story.is_settled()
    assert len(ledger.of(story.lead.id, version.number)) == len(entries)
