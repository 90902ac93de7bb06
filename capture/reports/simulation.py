"""The simulator: the whole history under other rules, beside what sales said about the leads that it had."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from operator import neg
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select

from capture.db import session
from capture.handoff import exclusions, gate
from capture.handoff.models import Disposition, Mql, Outcome, Reason
from capture.languages import Phrase, again, say
from capture.leads import leads, ours
from capture.leads.models import Lead, LeadAddress
from capture.reports.daily import ACCEPTED, came_to
from capture.scoring import ledger, rulewords
from capture.scoring.decay import GRAIN
from capture.scoring.rules import EngagementRule, FitRule, Rules, untitled

if TYPE_CHECKING:
    from capture.scoring.replay import Replay

FEW = 30  # answers; with fewer, a share says little
NAMED = 25
STEPS = 25  # points of the curve
WEEKS = 26  # that are told at first
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
    email: str
    company: str
    said: str
    reached_on: date | None  # the day on which both thresholds were reached first


@dataclass(frozen=True, slots=True)
class LeadsBehind:
    """The leads behind a number, the latest first, and when each reached both thresholds (days since 1970)."""

    title: str
    leads: Sequence[int]
    reached: Mapping[int, float]
    said: Said
    zone: ZoneInfo

    @property
    def count(self) -> int:
        """How many."""
        return len(self.leads)


@dataclass(frozen=True, slots=True)
class Point:
    """One threshold of the curve."""

    threshold: int
    mqls: int
    precision: Share
    recall: Share


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one rule brings: for which MQLs it gave points, which got over by it, what sales said."""

    key: str
    because: str
    worth: str
    disqualifies: bool
    given_to: Sequence[int]
    needed_by: Sequence[int]
    accepted: Share

    @property
    def mqls(self) -> int:
        """For how many it gave points."""
        return len(self.given_to)

    @property
    def decisive(self) -> int:
        """How many would not have got over at that moment without."""
        return len(self.needed_by)


@dataclass(frozen=True, slots=True)
class Apart:
    """Leads who stand in no other number: see the properties of `Simulation`."""

    raised: frozenset[int]
    kept_back: frozenset[int]
    waiting: frozenset[int]


NUMBERS: Mapping[str, str] = {
    "mqls": say("MQLs"),
    "accepted": say("MQLs accepted by sales"),
    "rejected": say("MQLs rejected by sales"),
    "won": say("MQLs won"),
    "unanswered": say("MQLs without an answer"),
}
_Found = tuple[str, Iterable[int], Mapping[int, float]]


@dataclass(frozen=True, slots=True)
class Simulation:
    """The history up to `at` under `rules`, beside the same under those in force. It names nobody: see `people`."""

    rules: Rules
    at: datetime
    leads: int
    events: int
    present: Answers
    then: Answers
    weeks: Sequence[tuple[date, int, int]]  # Monday, MQLs under the rules in force, MQLs under these
    entering: LeadsBehind  # those who are none under the rules in force
    leaving: LeadsBehind  # those who would be none any more
    apart: "Apart"
    curve: Sequence[Point]
    contributions: Sequence[Contribution]
    reached: tuple[Mapping[int, float], Mapping[int, float]]  # who, and on which day: now, and then
    said: Said
    zone: ZoneInfo

    @property
    def recent(self) -> Sequence[tuple[date, int, int]]:
        """The last weeks."""
        return self.weeks[-WEEKS:]

    @property
    def earlier(self) -> Sequence[tuple[date, int, int]]:
        """The weeks before these."""
        return self.weeks[:-WEEKS]

    @property
    def made_earlier(self) -> tuple[int, int]:
        """The MQLs of the earlier weeks: under the rules in force, and under these."""
        return sum(now for _, now, _ in self.earlier), sum(then for _, _, then in self.earlier)

    @property
    def raised(self) -> int:
        """Leads who asked to be contacted: they go over at any threshold, and stand in no other number."""
        return len(self.apart.raised)

    @property
    def kept_back(self) -> int:
        """Leads who reach the thresholds and are kept back, as by a list of whom sales does not get."""
        return len(self.apart.kept_back)

    @property
    def waiting(self) -> int:
        """Over the thresholds now, and never handed over: what an activation has to decide about."""
        return len(self.apart.waiting)

    def behind(self, who: str) -> LeadsBehind | None:
        """The leads of a number: `now-mqls`, `then-accepted`, `entering`, `rule-KEY`; None: there is no such number.

        Also `now-2026-09-07` for the week of that Monday, `needed-KEY` for those who got over by a rule.
        """
        found = self._now_or_then(who) or self._by_rule(who) or self._apart(who)
        if found is None:
            return None
        title, some, days = found
        among = some if isinstance(some, Set) else frozenset(some)
        order = [lead_id for lead_id in days if lead_id in among]
        return LeadsBehind(title, [*order, *sorted(among - days.keys())], days, self.said, self.zone)

    def _now_or_then(self, who: str) -> "_Found | None":
        side, _, what = who.partition("-")
        if side not in ("now", "then"):
            return None
        days = self.reached[side == "then"]
        told = self.said.accepted | self.said.rejected
        some: Mapping[str, Iterable[int]] = {
            "mqls": days,
            "accepted": days.keys() & self.said.accepted,
            "rejected": days.keys() & self.said.rejected,
            "won": days.keys() & self.said.won,
            "unanswered": days.keys() - told,
        }
        if what in some:
            rules = say("under the rules in force") if side == "now" else say("under these rules")
            return say("%(what)s %(rules)s", what=NUMBERS[what], rules=rules), some[what], days
        if not any(week.isoformat() == what for week, _, _ in self.weeks):
            return None
        monday = date.fromisoformat(what)
        begin, end = (_midnight(day, self.zone) for day in (monday, monday + timedelta(weeks=1)))
        mine = [lead_id for lead_id, day in days.items() if begin <= day < end]
        week = Phrase(lambda language: language.calendar_day(monday))
        title = say("MQLs of the week of %(week)s, in force", week=week)
        return title if side == "now" else say("MQLs of the week of %(week)s, these rules", week=week), mine, days

    def _by_rule(self, who: str) -> "_Found | None":
        how, _, key = who.partition("-")
        rule = next((one for one in self.contributions if one.key == key), None)
        if rule is None or how not in ("rule", "needed"):
            return None
        because = again(rule.because)
        if how == "rule":
            return say("MQLs with points for “%(rule)s”", rule=because), rule.given_to, self.reached[1]
        return say("MQLs that got over by “%(rule)s”", rule=because), rule.needed_by, self.reached[1]

    def _apart(self, who: str) -> "_Found | None":
        now, then = self.reached
        found: Mapping[str, _Found] = {
            "entering": (self.entering.title, self.entering.leads, then),
            "leaving": (self.leaving.title, self.leaving.leads, now),
            "raised": (say("Asked to be contacted"), self.apart.raised, {}),
            "kept-back": (say("Over the thresholds, and kept back by a list"), self.apart.kept_back, {}),
            "waiting": (say("Over the thresholds now, and never handed over yet"), self.apart.waiting, then),
        }
        return found.get(who)

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
    asks_nothing = 0 in (rules.engagement_threshold, in_force.engagement_threshold)
    back = _kept_back([one.fitting(0) if asks_nothing else one.engaged(0) for one in (done, before)], said)
    over = done.reached(rules.fit_threshold, rules.engagement_threshold).keys()
    done, before = (one.without(said.raised | back) for one in (done, before))
    then = done.reached(rules.fit_threshold, rules.engagement_threshold)
    now = before.reached(in_force.fit_threshold, in_force.engagement_threshold)
    apart = Apart(
        said.raised,
        back & over,
        frozenset(gate.new_to_sales({*done.over(rules.fit_threshold, rules.engagement_threshold)} - said.had)),
    )
    of_scores = said.but_for_raised()
    return Simulation(
        rules=rules,
        at=at,
        leads=len(done.leads),
        events=done.events,
        present=_answers(now, of_scores),
        then=_answers(then, of_scores),
        weeks=_weeks(now, then, zone, at),
        entering=_only(say("Would enter"), then, now, said, zone),
        leaving=_only(say("Would leave"), now, then, said, zone),
        apart=apart,
        curve=_curve(done, rules, of_scores),
        contributions=_contributions(done, rules, of_scores),
        reached=(now, then),
        said=said,
        zone=zone,
    )


def answers() -> tuple[int, int, int]:
    """What grows with each MQL, each answer of sales and each strike: where it is the same, a simulation still tells
    the truth of what people said."""
    mqls, said, struck = select(func.max(Mql.id)), select(func.max(Disposition.id)), ledger.strikes_made()
    counts = select(mqls.scalar_subquery(), said.scalar_subquery(), struck.scalar_subquery())
    mql, answer, strikes = session().execute(counts).one()
    return mql or 0, answer or 0, strikes


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


def _kept_back(perhaps: Sequence[Set[int]], said: Said) -> frozenset[int]:
    """Those who might have been MQLs in either history, and are never handed over. Whom sales had counts all the same:
    a customer may have become one by it."""
    some = set().union(*perhaps) - said.had
    disqualified = set(session().scalars(select(Lead.id).where(Lead.disqualified != "")))
    return frozenset(some & (disqualified | _listed(some)))


def _listed(lead_ids: Set[int]) -> set[int]:
    if not exclusions.any_listed():
        return set()
    every = session().execute(select(LeadAddress.lead_id, LeadAddress.address_key))
    return exclusions.kept_back((lead_id, address) for lead_id, address in every if lead_id in lead_ids)


def _leads_with(which: ColumnElement[bool]) -> frozenset[int]:
    """The prospects with an MQL that is so, but for who was erased: of them nothing can be replayed."""
    query = select(leads.whose()).join(Mql, Mql.lead_id == Lead.id).where(Lead.erased_at.is_(None))
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
    last = _monday((at - _EPOCH) / timedelta(days=1), zone)
    first = _monday(min([*now.values(), *then.values()]), zone) if now or then else last
    weeks = [first + timedelta(weeks=number) for number in range((last - first).days // 7 + 1)]
    begin = [_midnight(week, zone) for week in (*weeks, last + timedelta(weeks=1))]
    before = [[bisect_left(days, day) for day in begin] for days in (sorted(now.values()), sorted(then.values()))]
    counts = ([later - earlier for earlier, later in pairwise(side)] for side in before)
    return list(zip(weeks, *counts, strict=True))


def _midnight(day: date, zone: ZoneInfo) -> float:
    """When a day begins, in days since 1970."""
    return (datetime.combine(day, time(), zone) - _EPOCH) / timedelta(days=1)


def _monday(day: float, zone: ZoneInfo) -> date:
    """The week of a moment, in days since 1970."""
    local = _day(day, zone)
    return local - timedelta(days=local.weekday())


def _day(day: float, zone: ZoneInfo) -> date:
    return (_EPOCH + timedelta(days=day)).astimezone(zone).date()


def _only(title: str, here: Mapping[int, float], there: Mapping[int, float], said: Said, zone: ZoneInfo) -> LeadsBehind:
    return LeadsBehind(title, [lead_id for lead_id in here if lead_id not in there], here, said, zone)


def people(behind: LeadsBehind, first: int = 0, most: int = NAMED) -> list[Person]:
    """Some of the leads behind a number, in their order, but for those who were erased since. One query."""
    some = behind.leads[first : first + most]
    living = select(Lead).where(Lead.id.in_(some), Lead.erased_at.is_(None))
    rows = {lead.id: lead for lead in session().scalars(living)}
    return [_person(rows[lead_id], behind) for lead_id in some if lead_id in rows]


def _person(lead: Lead, behind: LeadsBehind) -> Person:
    day = behind.reached.get(lead.id)
    return Person(
        public_id=lead.public_id,
        name=lead.full_name or lead.email,
        email=lead.email,
        company=lead.company,
        said=_word(lead.id, behind.said),
        reached_on=None if day is None else _day(day, behind.zone),
    )


def _word(lead_id: int, said: Said) -> str:
    for word, some in ((say("Won"), said.won), (say("Accepted"), said.accepted), (say("Rejected"), said.rejected)):
        if lead_id in some:
            return word
    return say("No answer yet") if lead_id in said.had else say("Sales never had this lead")


def _curve(done: "Replay", rules: Rules, said: Said) -> list[Point]:
    peaks, whose = done.peaks(rules.fit_threshold)
    accepted = [place for place, lead_id in enumerate(whose) if lead_id in said.accepted]
    rejected = [place for place, lead_id in enumerate(whose) if lead_id in said.rejected]
    most = int(max(peaks[:1], default=0))
    step = max(1, math.ceil(max(most, rules.engagement_threshold) / STEPS))
    points = []
    for threshold in sorted({rules.engagement_threshold, *range(step, most + 1, step)}):
        mqls = bisect_right(peaks, GRAIN - threshold, key=neg)  # the highest come first
        yes, no = bisect_left(accepted, mqls), bisect_left(rejected, mqls)
        points.append(Point(threshold, mqls, Share(yes, yes + no), Share(yes, len(said.accepted))))
    return points


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


def _contribution(
    rule: FitRule | EngagementRule, with_it: Sequence[int], needed_by: Sequence[int], said: Said
) -> Contribution:
    accepted = len(said.accepted.intersection(with_it))
    answered = accepted + len(said.rejected.intersection(with_it))
    return Contribution(
        rule.key,
        untitled(rule.because),
        rulewords.worth(rule),
        isinstance(rule, FitRule) and rule.disqualifies,
        with_it,
        needed_by,
        Share(accepted, answered),
    )
