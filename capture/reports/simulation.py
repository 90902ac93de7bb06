"""The simulator: the whole history under other rules, beside what sales said about the leads that it had."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, select

from capture.db import session
from capture.handoff import exclusions, gate
from capture.handoff.models import Mql, Outcome, Reason
from capture.languages import say
from capture.leads import leads, ours
from capture.leads.models import Lead, LeadAddress
from capture.reports.daily import ACCEPTED, came_to
from capture.scoring import rulefile
from capture.scoring.decay import GRAIN
from capture.scoring.rules import EngagementRule, FitRule, Rules

if TYPE_CHECKING:
    from capture.scoring.replay import Replay

FEW = 30  # answers; with fewer, a share says little
NAMED = 25
STEPS = 25  # points of the curve
WEEKS = 26
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_Z = 1.959964  # 95 %


@dataclass(frozen=True, slots=True)
class Share:
    """`part` of `whole`, with the interval in which the true share lies with 95 % (Wilson)."""

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        """0 to 1; None of nothing."""
        return self.part / self.whole if self.whole else None

    @property
    def interval(self) -> tuple[float, float]:
        """https://en.wikipedia.org/wiki/Binomial_proportion_confidence_interval#Wilson_score_interval"""
        if not self.whole:
            return 0.0, 1.0
        share, extra = self.part / self.whole, _Z * _Z / self.whole
        middle = share + extra / 2
        spread = _Z * math.sqrt(share * (1 - share) / self.whole + extra / (4 * self.whole))
        return max(0.0, (middle - spread) / (1 + extra)), min(1.0, (middle + spread) / (1 + extra))

    @property
    def is_thin(self) -> bool:
        """Whether the numbers are too small to tell."""
        return self.whole < FEW


@dataclass(frozen=True, slots=True)
class Said:
    """What sales said about leads: of how many it said something, and what."""

    accepted: frozenset[int]
    rejected: frozenset[int]
    won: frozenset[int]
    had: frozenset[int]  # every lead that sales ever had
    raised: frozenset[int]  # of these, those who asked to be contacted: no score brought them

    def but_for_raised(self) -> "Said":
        """What tells anything of a threshold."""
        told = {name: getattr(self, name) - self.raised for name in ("accepted", "rejected", "won")}
        return replace(self, **told)


@dataclass(frozen=True, slots=True)
class Answers:
    """What sales had said about those who would be MQLs."""

    mqls: int
    accepted: int
    rejected: int
    won: int
    precision: Share  # accepted among those that sales answered
    recall: Share  # of all that sales accepted, how many are among them

    @property
    def unanswered(self) -> int:
        """Leads that sales never had, or has not answered."""
        return self.mqls - self.accepted - self.rejected


@dataclass(frozen=True, slots=True)
class Person:
    """A lead who would be one or would be none any more."""

    public_id: str
    name: str
    company: str
    said: str


@dataclass(frozen=True, slots=True)
class Change:
    """Leads on one side only: how many, and the latest of them by name."""

    count: int
    people: Sequence[Person]


@dataclass(frozen=True, slots=True)
class Point:
    """One threshold of the curve."""

    threshold: int
    mqls: int
    precision: Share
    recall: Share


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one rule brings: for how many MQLs it gave points, how many would be none without, what sales said."""

    because: str
    worth: str
    mqls: int
    decisive: int
    accepted: Share


@dataclass(frozen=True, slots=True)
class Simulation:
    """The history under `rules`, beside the same history under those in force."""

    rules: Rules
    leads: int
    events: int
    present: Answers
    then: Answers
    weeks: Sequence[tuple[date, int, int]]  # Monday, MQLs under the rules in force, MQLs under these
    entering: Change
    leaving: Change
    raised: int  # leads who asked to be contacted: they go over at any threshold, and stand in no other number
    kept_back: int  # leads who reach the thresholds and are never handed over: on a list, or disqualified
    waiting: int  # over the thresholds now, and never handed over: what an activation has to decide about
    curve: Sequence[Point]
    contributions: Sequence[Contribution]

    @property
    def answered(self) -> int:
        """Of how many MQLs sales said anything."""
        return self.present.precision.whole


def simulate(rules: Rules, in_force: Rules, *, zone: ZoneInfo, at: datetime) -> Simulation:
    """Play the history once, under the rules and those in force, and compare. Seconds for a million events."""
    from capture.scoring import replay  # and with it numpy: 20 MB that a process without a simulation does not need

    until = (at - _EPOCH) / timedelta(days=1)
    is_same = replace(rules, fit_threshold=0, engagement_threshold=0) == replace(
        in_force, fit_threshold=0, engagement_threshold=0
    )
    done, *others = replay.play_each([rules] if is_same else [rules, in_force], until_day=until)
    before = others[0] if others else done
    said = _said()
    back = _kept_back(done, before, said)
    over = done.reached(rules.fit_threshold, rules.engagement_threshold).keys()
    done, before = (one.without(said.raised | back) for one in (done, before))
    then = done.reached(rules.fit_threshold, rules.engagement_threshold)
    now = before.reached(in_force.fit_threshold, in_force.engagement_threshold)
    raised, said = len(said.raised), said.but_for_raised()
    return Simulation(
        rules=rules,
        leads=len(done.leads),
        events=done.events,
        present=_answers(now, said),
        then=_answers(then, said),
        weeks=_weeks(now, then, zone, at),
        entering=_change(then, now, said),
        leaving=_change(now, then, said),
        raised=raised,
        kept_back=len(back & over),
        waiting=len(gate.new_to_sales({*done.over(rules.fit_threshold, rules.engagement_threshold)} - said.had)),
        curve=_curve(done, rules, said),
        contributions=_contributions(done, rules, said),
    )


def waiting(rules: Rules, *, at: datetime) -> int:
    """How many leads would be over the thresholds of these rules now whom sales never had."""
    from capture.scoring import replay  # see `simulate`

    done = replay.play(rules, until_day=(at - _EPOCH) / timedelta(days=1))
    return len(gate.new_to_sales(done.over(rules.fit_threshold, rules.engagement_threshold)))


def _said() -> Said:
    accepted = _leads_with(came_to(ACCEPTED))
    return Said(
        accepted=accepted,
        rejected=_leads_with(Mql.outcome == Outcome.REJECTED) - accepted,
        won=_leads_with(came_to([Outcome.WON])),
        had=frozenset(session().scalars(select(leads.whose()).join(Mql, Mql.lead_id == Lead.id))),
        raised=_leads_with(Mql.reason == Reason.HAND_RAISED) - _leads_with(Mql.reason == Reason.SCORE),
    )


def _kept_back(done: "Replay", before: "Replay", said: Said) -> frozenset[int]:
    """Those who might have been MQLs in either history, and are never handed over. Whom sales had counts all the same:
    a customer may have become one by it."""
    some = {lead_id for one in (done, before) for _, lead_id in one.peaks(0)} - said.had
    disqualified = set(session().scalars(select(Lead.id).where(Lead.disqualified != "")))
    return frozenset(some & (disqualified | _listed(some)))


def _listed(lead_ids: Set[int]) -> set[int]:
    if not exclusions.any_listed():
        return set()
    every = session().execute(select(LeadAddress.lead_id, LeadAddress.address_key))
    return exclusions.kept_back((lead_id, address) for lead_id, address in every if lead_id in lead_ids)


def _leads_with(which: ColumnElement[bool]) -> frozenset[int]:
    """The prospects with an MQL that is so."""
    query = select(leads.whose()).join(Mql, Mql.lead_id == Lead.id)
    return frozenset(session().scalars(query.where(which, Mql.lead_id.not_in(ours.leads()))))


def _answers(mqls: Mapping[int, float], said: Said) -> Answers:
    accepted, rejected = len(said.accepted & mqls.keys()), len(said.rejected & mqls.keys())
    return Answers(
        mqls=len(mqls),
        accepted=accepted,
        rejected=rejected,
        won=len(said.won & mqls.keys()),
        precision=Share(accepted, accepted + rejected),
        recall=Share(accepted, len(said.accepted)),
    )


def _weeks(
    now: Mapping[int, float], then: Mapping[int, float], zone: ZoneInfo, at: datetime
) -> list[tuple[date, int, int]]:
    def monday(instant: datetime) -> date:
        day = instant.astimezone(zone).date()
        return day - timedelta(days=day.weekday())

    counts = [Counter(monday(_EPOCH + timedelta(days=day)) for day in reached.values()) for reached in (now, then)]
    last = monday(at)
    first = min([*counts[0], *counts[1]], default=last)
    weeks = [last - timedelta(weeks=back) for back in range(WEEKS) if last - timedelta(weeks=back) >= first]
    return [(week, counts[0][week], counts[1][week]) for week in reversed(weeks)]


def _change(here: Mapping[int, float], there: Mapping[int, float], said: Said) -> Change:
    only = sorted((lead_id for lead_id in here if lead_id not in there), key=lambda lead_id: -here[lead_id])
    rows = {lead.id: lead for lead in session().scalars(select(Lead).where(Lead.id.in_(only[:NAMED])))}
    people = [
        Person(rows[one].public_id, rows[one].full_name or rows[one].email, rows[one].company, _word(one, said))
        for one in only[:NAMED]
        if one in rows
    ]
    return Change(len(only), people)


def _word(lead_id: int, said: Said) -> str:
    for word, some in ((say("Won"), said.won), (say("Accepted"), said.accepted), (say("Rejected"), said.rejected)):
        if lead_id in some:
            return word
    return say("No answer yet") if lead_id in said.had else say("Sales never had this lead")


def _curve(done: "Replay", rules: Rules, said: Said) -> list[Point]:
    peaks = done.peaks(rules.fit_threshold)
    most = int(max([peak for peak, _ in peaks[:1]], default=0))
    step = max(1, math.ceil(max(most, rules.engagement_threshold) / STEPS))
    wanted = sorted({rules.engagement_threshold, *range(step, most + 1, step)}, reverse=True)
    points, place, accepted, rejected = [], 0, 0, 0
    for threshold in wanted:
        while place < len(peaks) and peaks[place][0] >= threshold - GRAIN:
            accepted += peaks[place][1] in said.accepted
            rejected += peaks[place][1] in said.rejected
            place += 1
        shares = Share(accepted, accepted + rejected), Share(accepted, len(said.accepted))
        points.append(Point(threshold, place, *shares))
    return points[::-1]


def _contributions(done: "Replay", rules: Rules, said: Said) -> list[Contribution]:
    told: list[Contribution] = []
    axes: tuple[tuple[Sequence[FitRule | EngagementRule], int], ...] = (
        (rules.fit, rules.fit_threshold),
        (rules.engagement, rules.engagement_threshold),
    )
    for axis, threshold in axes:
        brought = done.brought([rule.key for rule in axis], threshold)
        told += [_contribution(rule, *brought[rule.key], said) for rule in axis]
    return sorted(told, key=lambda one: (-one.decisive, -one.mqls))


def _contribution(rule: FitRule | EngagementRule, with_it: Sequence[int], decisive: int, said: Said) -> Contribution:
    accepted = len(said.accepted.intersection(with_it))
    answered = accepted + len(said.rejected.intersection(with_it))
    because = rule.because.replace("{title}", "…")
    return Contribution(because, rulefile.worth(rule), len(with_it), decisive, Share(accepted, answered))
