"""The whole history once more under other rules: columns of plain numbers, no object for a lead or an event.

What comes out is what `counting` gives for each lead (a test holds the two together). Without the ledger,
a million events take a second or two. Fit is what is known of the lead today.
"""

import math
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import BigInteger, Double, Select, case, cast, extract, select, type_coerce

from capture.catalogue.models import Magnet
from capture.db import is_sqlite, session
from capture.engagement import history
from capture.engagement.models import EngagementEvent, Verdict
from capture.leads import ours
from capture.leads.models import Lead, Submission
from capture.pages.fields import LEAD_FIELDS
from capture.pages.models import Page
from capture.scoring import outcomes
from capture.scoring.conditions import Condition, Question
from capture.scoring.decay import DAY, GRAIN
from capture.scoring.rules import EngagementRule, FitRule, Per, Rules

AT_ONCE = 10_000
_BY_HOST = (Question.WORK_EMAIL, Question.THROWAWAY_EMAIL, Question.DOMAINS)


@dataclass(slots=True)
class Replay:
    """What became of every lead under some rules. Days count from 1970; a lead is its place in `leads`.

    `steps_day` and `steps_score` hold, one lead after the other, each moment at which its engagement was higher than
    ever before; those of lead n begin at `first[n]`. `given` holds for each lead that reached the thresholds what each
    rule gave it, as it was at that moment.
    """

    leads: "array[int]" = field(default_factory=lambda: array("q"))
    fits: "array[int]" = field(default_factory=lambda: array("q"))
    barred: bytearray = field(default_factory=bytearray)
    first: "array[int]" = field(default_factory=lambda: array("q", [0]))
    steps_day: "array[float]" = field(default_factory=lambda: array("d"))
    steps_score: "array[float]" = field(default_factory=lambda: array("d"))
    latest: "array[float]" = field(default_factory=lambda: array("d"))
    given: dict[int, dict[str, float]] = field(default_factory=dict)
    events: int = 0

    def peak(self, number: int) -> float:
        """The highest engagement that a lead ever had when it did something."""
        last = self.first[number + 1]
        return self.steps_score[last - 1] if last > self.first[number] else 0.0

    def reached(self, fit: int, engagement: int) -> Iterator[tuple[int, float]]:
        """Who reached both thresholds, and the day on which it happened first."""
        wanted = engagement - GRAIN
        days, scores, first = self.steps_day, self.steps_score, self.first
        for number, has in enumerate(self.fits):
            end = first[number + 1]
            if has < fit or self.barred[number] or end == first[number] or scores[end - 1] < wanted:
                continue
            for step in range(first[number], end):
                if scores[step] >= wanted:
                    yield self.leads[number], days[step]
                    break


# How a rule is looked at in the loop: name, points, place of the half-life, how often, days, per what, group.
_Compiled = tuple[str, int, int, int | None, float, int, str]
_PER = {Per.LEAD: 0, Per.PAGE: 1, Per.MAGNET: 2}


def play(rules: Rules, *, until_day: float) -> Replay:
    """The history up to now under these rules."""
    done = Replay()
    leads = _leads(rules)
    _Loop(rules, done, leads, until_day).run(_events(rules))
    return done


class _Loop:
    """The state between two events: one lead's rooms, sums and highest score."""

    def __init__(
        self, rules: Rules, done: Replay, leads: Iterator[tuple[int, float, int, bool, Mapping[str, int]]], until: float
    ) -> None:
        self._done, self._leads, self._until = done, leads, until
        self._needs = rules.fit_threshold, rules.engagement_threshold - GRAIN
        self._halves = sorted({rule.half_life for rule in rules.engagement if rule.half_life and rule.points > 0})
        self._caps = {group: (cap.points, float(cap.days or 0)) for group, cap in rules.caps.items()}
        self._kinds: dict[str, list[tuple[EngagementRule, _Compiled]]] = defaultdict(list)
        for rule in rules.engagement:
            self._kinds[rule.event].append((rule, self._compile(rule)))
        self._pages, self._magnets = _offers()
        self._matching: dict[tuple[Any, ...], tuple[int | None, Sequence[_Compiled]]] = {}

    def _compile(self, rule: EngagementRule) -> _Compiled:
        half = self._halves.index(rule.half_life) if rule.half_life and rule.points > 0 else -1
        group = rule.group if rule.group in self._caps and rule.points > 0 else ""
        return rule.key, rule.points, half, rule.at_most, float(rule.days or 0), _PER[rule.per], group

    def _match(self, key: tuple[Any, ...]) -> tuple[int | None, Sequence[_Compiled]]:
        kind, page_id, magnet_id, section, campaign = key
        page, of_page = self._pages.get(page_id, ("", None))
        magnet_id = magnet_id if magnet_id is not None else of_page
        magnet, magnet_kind = self._magnets.get(magnet_id, ("", ""))
        about = (page, magnet, magnet_kind, section or "", campaign or "")
        found = [
            compiled
            for rule, compiled in self._kinds[kind]
            if all(
                not wanted or value in wanted
                for value, wanted in zip(
                    about, (rule.pages, rule.magnets, rule.magnet_kinds, rule.sections, rule.campaigns), strict=True
                )
            )
        ]
        return magnet_id, found

    def run(self, events: Iterable[Sequence[Any]]) -> None:
        """One pass: events come lead by lead, and in the order of time."""
        done = self._done
        halves, caps, matching = self._halves, self._caps, self._matching
        exp2, days_out, scores_out = math.exp2, done.steps_day, done.steps_score
        count = len(halves)
        current = -1
        since = -1.0
        is_fit = False
        sums: list[float] = []
        stays = top = last = 0.0
        rooms: dict[Any, Any] = {}
        ways: list[tuple[str, int, float, int]] = []
        fit_given: Mapping[str, int] = {}
        needed_fit, needed = self._needs
        number = -1
        upcoming = next(self._leads, None)
        seen = 0

        def close() -> None:
            now = stays + sum(sums[half] * exp2(-max(0.0, self._until - last) / halves[half]) for half in range(count))
            done.latest.append(now)
            done.first.append(len(days_out))

        for lead_id, day, *about in events:
            seen += 1
            if lead_id != current:
                if current >= 0 and number >= 0 and done.leads[number] == current:
                    close()
                current = lead_id
                while upcoming is not None and upcoming[0] < lead_id:
                    self._enter(upcoming)
                    done.latest.append(0.0)
                    done.first.append(len(days_out))
                    upcoming = next(self._leads, None)
                if upcoming is None or upcoming[0] != lead_id:
                    number = -1
                    continue
                number = self._enter(upcoming)
                since, is_fit = upcoming[1], upcoming[2] >= needed_fit and not upcoming[3]
                fit_given = upcoming[4]
                upcoming = next(self._leads, None)
                sums, stays, top, last = [0.0] * count, 0.0, 0.0, day
                rooms = {}
                ways = []
            elif number < 0:
                continue
            key = tuple(about)
            known = matching.get(key)
            if known is None:
                known = matching[key] = self._match((*key, *[""] * (5 - len(key))))
            magnet, rules = known
            if not rules:
                continue
            if day > last:
                for half in range(count):
                    if sums[half]:
                        sums[half] *= exp2((last - day) / halves[half])
                last = day
            for name, points, half, at_most, span, per, group in rules:
                if at_most is not None:
                    unit = name if not per else (name, about[1] if per == 1 else magnet)
                    if not _take(rooms, unit, at_most, span, 1, day):
                        continue
                worth = points
                if group:
                    cap, cap_days = caps[group]
                    worth = _take(rooms, group + " ", cap, cap_days, points, day)
                    if not worth:
                        continue
                if half < 0:
                    stays += worth
                else:
                    sums[half] += worth
                ways.append((name, worth, day, half))
            if day < since:
                continue
            score = stays
            for value in sums:
                score += value
            if score > top:
                if is_fit and top < needed <= score:
                    given: dict[str, float] = dict(fit_given)
                    for name, worth, when, half in ways:
                        left = worth if half < 0 else worth * exp2((when - day) / halves[half])
                        given[name] = given.get(name, 0.0) + left
                    done.given[lead_id] = given
                top = score
                days_out.append(day)
                scores_out.append(score)
        if current >= 0 and number >= 0:
            close()
        while upcoming is not None:
            self._enter(upcoming)
            done.latest.append(0.0)
            done.first.append(len(days_out))
            upcoming = next(self._leads, None)
        done.events = seen

    def _enter(self, lead: tuple[int, float, int, bool, Mapping[str, int]]) -> int:
        self._done.leads.append(lead[0])
        self._done.fits.append(lead[2])
        self._done.barred.append(lead[3])
        return len(self._done.leads) - 1


def _take(rooms: dict[Any, Any], unit: Any, most: int, span: float, wanted: int, day: float) -> int:
    """What is left in a room at that day, of what is wanted; it is taken. See `counting._Room`."""
    room = rooms.get(unit)
    if room is None:
        rooms[unit] = [min(wanted, most), [(day, min(wanted, most))]]
        return min(wanted, most)
    if span:
        while room[1] and room[1][0][0] <= day - span:
            room[0] -= room[1].pop(0)[1]
    taken: int = min(wanted, most - room[0])
    if taken <= 0:
        return 0
    room[0] += taken
    room[1].append((day, taken))
    return taken


# --- columns ----------------------------------------------------------------------------------------------------------


def _day(instant: Any) -> Any:
    """Days since 1970 in SQL."""
    if is_sqlite():
        return type_coerce(instant, BigInteger()) / (DAY * 1e6)
    return cast(extract("epoch", instant), Double) / DAY


def _events(rules: Rules) -> Iterator[Sequence[Any]]:
    kinds = sorted({rule.event for rule in rules.engagement})
    event = EngagementEvent
    columns: list[Any] = [event.lead_id, _day(event.at), event.kind, event.page_id, event.magnet_id]
    if any(rule.sections or rule.campaigns for rule in rules.engagement):
        columns += [event.detail["section"].as_string(), history.last_campaign()]
    human = case((event.verdict == Verdict.HUMAN, 1), else_=0) == 1  # keeps SQLite on the index by lead
    query = select(*columns).where(event.lead_id > 0, human, event.kind.in_(kinds))
    return _literal(query.order_by(event.lead_id, event.at, event.id))


def _literal(query: Select[*tuple[Any, ...]]) -> Iterator[Sequence[Any]]:
    """Rows as the driver has them: an object for each of a million would take longer than everything else."""
    connection = session().connection()
    text = str(query.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True}))
    cursor = connection.connection.cursor()
    try:
        cursor.execute(text.replace("%%", "%"))
        while rows := cursor.fetchmany(AT_ONCE):
            yield from rows
    finally:
        cursor.close()


def _offers() -> tuple[dict[int, tuple[str, int | None]], dict[int | None, tuple[str, str]]]:
    pages: dict[int, tuple[str, int | None]] = {
        key: (slug, magnet) for key, slug, magnet in session().execute(select(Page.id, Page.slug, Page.magnet_id))
    }
    magnets: dict[int | None, tuple[str, str]] = {
        key: (slug, kind) for key, slug, kind in session().execute(select(Magnet.id, Magnet.slug, Magnet.kind))
    }
    return pages, magnets


def _leads(rules: Rules) -> Iterator[tuple[int, float, int, bool, Mapping[str, int]]]:
    """Id, day of the first fill, fit, whether disqualified, and what gave the fit, in the order of ids."""
    own = ("email", *LEAD_FIELDS)
    wanted = {rule.when.field for rule in rules.fit}
    said = _said(sorted(name for name in wanted - set(own) if "." not in name))
    results = outcomes.newest(rules)
    reading = _Reading(rules.fit)
    columns = [Lead.id, _day(Lead.created_at), *(getattr(Lead, name) for name in own)]
    living = Lead.erased_at.is_(None), Lead.merged_into_id.is_(None), ours.is_prospect()
    judged: dict[tuple[int, ...], tuple[int, bool, Mapping[str, int]]] = {}
    asked = [(place, name) for place, name in enumerate(own) if name in wanted]
    for lead_id, day, *values in _literal(select(*columns).where(*living).order_by(Lead.id)):
        held: tuple[int, ...] = ()
        for place, name in asked:
            value = values[place]
            if name == "name" and not value:
                value = f"{values[own.index('first_name')]} {values[own.index('last_name')]}".strip()
            if value:
                held += reading.of(name, value)
        for name, answers in said.get(lead_id, {}).items():
            for value in answers:
                held += reading.of(name, value)
        for name, value in results.get(lead_id, {}).items():
            held += reading.of(name, value)
        known = judged.get(held)
        if known is None:
            known = judged[held] = _judge(rules, set(held))
        yield lead_id, day, *known


class _Reading:
    """Which fit rules a value fulfils: each value is read once, an address by its host."""

    def __init__(self, rules: Sequence[FitRule]) -> None:
        self._rules: dict[str, list[tuple[int, Condition]]] = defaultdict(list)
        for number, rule in enumerate(rules):
            self._rules[rule.when.field].append((number, rule.when))
        self._by_host = {
            name: all(condition.asks in (*_BY_HOST, Question.KNOWN) for _, condition in found)
            for name, found in self._rules.items()
        }
        self._read: dict[tuple[str, str], tuple[int, ...]] = {}

    def of(self, name: str, value: str) -> tuple[int, ...]:
        known_by = value.rpartition("@")[2] if self._by_host.get(name) and "@" in value else value
        found = self._read.get((name, known_by))
        if found is None:
            facts = {name: (value,)}
            found = tuple(number for number, condition in self._rules[name] if condition.holds(facts))
            self._read[name, known_by] = found
        return found


def _judge(rules: Rules, held: set[int]) -> tuple[int, bool, Mapping[str, int]]:
    """Fit, whether disqualified, and the points of each rule; as `counting.fit` counts."""
    left = {group: cap.points for group, cap in rules.caps.items()}
    given: dict[str, int] = {}
    for number, rule in enumerate(rules.fit):
        if number not in held or rule.disqualifies:
            continue
        points = rule.points
        if rule.group in left and points > 0:
            points = min(points, left[rule.group])
            left[rule.group] -= points
        if points:
            given[rule.key] = points
    return sum(given.values()), any(rules.fit[number].disqualifies for number in held), given


def _said(names: Sequence[str]) -> dict[int, dict[str, tuple[str, ...]]]:
    """The newest answers to fields that are not the lead's own."""
    said: dict[int, dict[str, tuple[str, ...]]] = {}
    if not names:
        return said
    query = select(Submission.lead_id, *(Submission.answers[name] for name in names))
    for lead_id, *answers in session().execute(query.order_by(Submission.at, Submission.id)):
        for name, answer in zip(names, answers, strict=True):
            values = answer if isinstance(answer, list) else [answer]
            texts = tuple(str(value) for value in values if value not in (None, "", False))
            if texts:
                said.setdefault(lead_id, {})[name] = texts
    return said
