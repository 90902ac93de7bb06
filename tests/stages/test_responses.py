"""What sales made of its MQLs: days that are kept add up to what the facts say, whatever happens later."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from statistics import median

import pytest
from flask import Flask

from capture.config import Settings
from capture.db import session, transaction
from capture.handoff import mqls
from capture.handoff.dispositions import Decision, Teller
from capture.handoff.models import Disposition, Mql, Outcome, Source
from capture.journey import reporting, sales
from capture.leads.models import ExclusionKind, Lead
from capture.reports import daily, durations, responses
from capture.reports.models import DailyResponse
from capture.reports.responses import Responses
from capture.scoring import ledger, scores
from capture.scoring.models import Axis, ScoreEntry
from tests.factories import NOON, a_good_lead, a_lead, every

REASONS = ("no_fit", "no_budget")
MANY = 25


@dataclass
class Story:
    """Some weeks of a team: time only goes forward, but what sales says may be about long ago."""

    settings: Settings
    now: datetime = NOON
    leads: list[Lead] = field(default_factory=list)
    mqls: list[Mql] = field(default_factory=list)

    def comes(self, good: bool) -> None:
        make = a_good_lead if good else a_lead
        self.leads.append(make(f"p{len(self.leads)}@company{len(self.leads) % 2}.example", at=self.now))

    def is_handed_over(self, which: int) -> None:
        fresh = [lead for lead in self.leads if all(mql.lead_id != lead.id for mql in self.mqls)]
        if fresh:
            lead_id = fresh[which % len(fresh)].id
            with transaction():
                score = scores.after(lead_id, at=self.now)
                mql = mqls.qualify(lead_id, score, sla_hours=24, hand_raised=True, at=self.now)
            self.mqls += [mql] if mql else []  # none of our own people is

    def is_struck(self, which: int) -> None:
        if self.leads:
            lead = self.leads[which % len(self.leads)]
            with transaction():
                scores.after(lead.id, at=self.now)
            entries = ledger.standing(ledger.of(lead.id, 1))
            with transaction():
                for entry in entries[which % 3 : which % 3 + 1]:
                    ledger.strike(entry, lead.id, 1, because="Struck", at=self.now)

    def is_decided(self, which: int, outcome: Outcome, days_ago: float) -> None:
        if self.mqls:
            reason = REASONS[which % 2] if outcome is Outcome.REJECTED else None
            mql, by = self.mqls[which % len(self.mqls)], Teller("cli", Source.REPORT)
            decided = max(self.now - timedelta(days=days_ago), mql.qualified_at)
            sales.decide(mql.public_id, Decision(outcome, reason), by, decided=decided, at=self.now)

    def becomes_ours(self, domain: str) -> None:
        sales.never_hand_over(ExclusionKind.STAFF, domain.encode(), actor="cli", at=self.now)

    def waits(self, days: float) -> None:
        self.now += timedelta(days=days)

    def is_counted(self) -> None:
        reporting.count_days(self.settings, at=self.now)

    def says(self, since: date, until: date) -> dict[str, object]:
        """All figures of the days, however they come about."""
        told = responses.between(since, until, zone=self.settings.zone)
        return plain(told) | {"nurture": responses.nurture_days(since, until, zone=self.settings.zone)}


def plain(told: Responses) -> dict[str, object]:
    return {
        "handed over": told.handed_over,
        "in time": told.in_time,
        "first answer": durations.median(told.first_answers),
        "rejections": {reason: number for reason, number in told.rejections.items() if number},
        "rules": {key: (one.mqls, one.accepted, one.answered) for key, one in told.rules.items()},
    }


def by_hand(since: date, until: date, settings: Settings) -> dict[str, object]:
    """The same, one fact after the other."""
    session().expire_all()
    ours = {lead.id for lead in every(Lead) if lead.is_ours}
    handed = [m for m in every(Mql) if since <= daily.day_of(m.qualified_at, settings.zone) <= until]
    handed = [mql for mql in handed if mql.lead_id not in ours]
    created = {lead.id: lead.created_at for lead in every(Lead)}
    said = {mql.id: [one for one in every(Disposition) if one.mql_id == mql.id] for mql in handed}
    ripened = [(mql.qualified_at - created[mql.lead_id]) / timedelta(days=1) for mql in handed]
    waited = [mql.answered_at - mql.qualified_at for mql in handed if mql.answered_at]
    stands = {mql.id: max(said[mql.id], key=lambda one: (one.at, one.id), default=None) for mql in handed}
    rejected = Counter(one.reason for one in stands.values() if one and one.reason)
    rules: dict[str, tuple[int, int, int]] = {}
    for mql in handed:
        outcomes = {one.outcome for one in said[mql.id]}
        is_rejected = mql.outcome is Outcome.REJECTED
        is_accepted = bool(outcomes & set(daily.ACCEPTED)) and not is_rejected
        for key in _rules_of(mql):
            mqls, accepted, answered = rules.get(key, (0, 0, 0))
            rules[key] = (mqls + 1, accepted + is_accepted, answered + (is_accepted or is_rejected))
    return {
        "handed over": len(handed),
        "in time": sum(mql.answered_at is not None and mql.answered_at <= mql.due_at for mql in handed),
        "first answer": median(wait // timedelta(microseconds=1) for wait in waited) if waited else None,
        "rejections": dict(rejected),
        "rules": rules,
        "nurture": median(ripened) if ripened else None,
    }


def _rules_of(mql: Mql) -> set[str]:
    known = [one for one in every(ScoreEntry) if one.lead_id == mql.lead_id and one.recorded_at <= mql.qualified_at]
    back = {one.reverses_id for one in known}
    points: Counter[str] = Counter()
    for one in known:
        if one.axis is not Axis.BAR and one.reverses_id is None and one.id not in back:
            points[one.rule_key] += one.points
    return {key for key, number in points.items() if number > 0}


SOME = ("company0.example", "company1.example", "else.example")
OUTCOMES = (Outcome.ACCEPTED, Outcome.WON, Outcome.REJECTED, Outcome.REJECTED)


def steps(chance: Random) -> Iterator[tuple[str, tuple[object, ...]]]:
    """One after another at random, behind some that nearly every history has."""
    yield from (("comes", (good,)) for good in (True, False, True))
    yield from (("is_struck", (0,)), ("waits", (0.1,)), ("is_handed_over", (0,)), ("is_handed_over", (0,)))
    yield from (("waits", (2.0,)), ("is_counted", ()), ("is_decided", (0, Outcome.REJECTED, 0.5)))
    could = {
        "comes": lambda: (chance.random() < 0.5,),
        "is_handed_over": lambda: (chance.randrange(9),),
        "is_struck": lambda: (chance.randrange(9),),
        "is_decided": lambda: (chance.randrange(9), chance.choice(OUTCOMES), chance.choice((0.0, 0.5, 3.0))),
        "becomes_ours": lambda: (chance.choice(SOME),),
        "waits": lambda: (chance.choice((0.1, 0.7, 2.0)),),
        "is_counted": lambda: (),
    }
    for _ in range(MANY):
        step = chance.choice([*could, "waits", "is_handed_over", "is_decided"])
        yield step, could[step]()


@pytest.mark.parametrize("seed", range(4))
def test_days_that_are_kept_add_up_to_what_every_fact_says(app: Flask, settings: Settings, seed: int) -> None:
    story = Story(settings)
    for step, facts in steps(Random(seed)):  # noqa: S311
        getattr(story, step)(*facts)
    today = daily.day_of(story.now, settings.zone)
    spans = [(NOON.date(), today), (NOON.date() + timedelta(days=1), today - timedelta(days=1))]

    half_counted = [story.says(*span) for span in spans]
    while reporting.count_days(settings, at=story.now + timedelta(seconds=1)):
        pass

    assert half_counted == [story.says(*span) for span in spans] == [by_hand(*span, settings) for span in spans]
    kept = sum(row.handed_over for row in every(DailyResponse))
    assert kept == responses.between(NOON.date(), today - timedelta(days=1), zone=settings.zone).handed_over > 0
