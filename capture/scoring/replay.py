"""The whole history once more under other rules: columns of plain numbers, no object for a lead or an event.

What comes out is what `counting` gives for each lead (a test holds the two together). Without the ledger,
a million events take a second or two. Fit is what is known of the lead today.
"""

import json
import math
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Double, Select, Text, case, cast, extract, func, select, type_coerce

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
from capture.scoring.rules import EngagementRule, Per, Rules

AT_ONCE = 5_000  # leads that are in memory with their events
_ALIKE = (Question.WORK_EMAIL, Question.THROWAWAY_EMAIL, Question.DOMAINS)  # these look at an address's host alone
_OWN = ("email", *LEAD_FIELDS)
_NAME, _FIRST, _LAST = (_OWN.index(name) for name in ("name", "first_name", "last_name"))

Acts = Sequence[tuple[int, float, Any]]  # lead, day and what it was about, in the order of time


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


def play(rules: Rules, *, until_day: float) -> Replay:
    """The history up to now under these rules."""
    return play_each([rules], until_day=until_day)[0]


def play_each(several: Sequence[Rules], *, until_day: float) -> list[Replay]:
    """The history up to now under each of these rules; it is read once."""
    told = _said({rule.when.field for rules in several for rule in rules.fit})
    offers = _Offers.of(several)
    loops = [_Loop(rules, offers, until_day) for rules in several]
    for leads, acts in _blocks(offers):
        for loop in loops:
            loop.live(leads, acts, told)
    return [loop.done for loop in loops]


# How a rule is looked at in the loop: name, points, place of the half-life, how often, days, place of its room, cap.
_Compiled = tuple[str, int, int, int, float, int, tuple[str, int, float] | None]


_Ways = list[tuple[str, int, float, int]]  # what gave points: rule, points, day, place of the half-life


class _Loop:
    """One set of rules, and what becomes of the leads under it."""

    def __init__(self, rules: Rules, offers: "_Offers", until: float) -> None:
        self.done = Replay()
        self._rules, self._offers, self._until = rules, offers, until
        self._halves = sorted({rule.half_life for rule in rules.engagement if rule.half_life and rule.points > 0})
        self._judge = _Judge(rules)
        self._matching: dict[Any, Sequence[_Compiled]] = {}
        self._rooms: dict[tuple[str, object], int] = {}

    def live(self, leads: Sequence[Sequence[Any]], acts: Mapping[int, Acts], told: "_Told") -> None:
        """The lives of some leads, one after the other."""
        done, rules = self.done, self._rules
        results = outcomes.newest(rules, [lead[0] for lead in leads]) if outcomes.asked_for(rules) else {}
        for lead_id, since, *values in leads:
            fit, bar, given = self._judge.of(lead_id, values, told, results.get(lead_id, {}))
            done.leads.append(lead_id)
            done.fits.append(fit)
            done.barred.append(bar)
            mine = acts.get(lead_id, ())
            done.events += len(mine)
            needed = rules.engagement_threshold - GRAIN if fit >= rules.fit_threshold and not bar else math.inf
            done.latest.append(self._act(lead_id, since, needed, given, mine) if mine else 0.0)
            done.first.append(len(done.steps_day))

    def _act(self, lead_id: int, since: float, needed: float, fit: Mapping[str, int], acts: Acts) -> float:
        """One lead's acts; gives what is left of its engagement at the end.

        Between two acts that count a score only falls, so that only those are looked at.
        """
        matching, halves, done = self._matching, self._halves, self.done
        sums = [0.0] * len(halves)
        stays = top = last = 0.0
        rooms: dict[Any, Any] = {}
        ways: _Ways = []
        is_new = False  # points that no score has shown yet
        for _, day, about in acts:
            rules = matching.get(about)
            if rules is None:
                rules = matching[about] = self._match(about)
            for name, points, half, most, span, room, cap in rules:
                if most == 1:
                    before = rooms.get(room)
                    if before is not None and before > day - span:
                        continue
                    rooms[room] = day
                elif most and not _take(rooms, room, most, span, 1, day):
                    continue
                worth = points if cap is None else _take(rooms, *cap, points, day)
                if not worth:
                    continue
                is_new = True
                if half < 0:
                    stays += worth
                else:
                    if day > last:
                        sums = _faded(sums, halves, day - last)
                        last = day
                    sums[half] += worth
                if top < needed:
                    ways.append((name, worth, day, half))
            if not is_new or day < since:
                continue
            is_new = False
            if day > last:
                sums = _faded(sums, halves, day - last)
                last = day
            score = stays + sum(sums)
            if score > top:
                if top < needed <= score:
                    done.given[lead_id] = self._left(ways, fit, day)
                top = score
                done.steps_day.append(day)
                done.steps_score.append(score)
        return stays + sum(_faded(sums, halves, max(0.0, self._until - last)))

    def _left(self, ways: _Ways, fit: Mapping[str, int], day: float) -> dict[str, float]:
        """What each rule has given, as it is at that day."""
        given: dict[str, float] = dict(fit)
        for name, worth, when, half in ways:
            left = worth if half < 0 else worth * math.exp2((when - day) / self._halves[half])
            given[name] = given.get(name, 0.0) + left
        return given

    def _match(self, about: Any) -> Sequence[_Compiled]:
        """The rules that such an act may fulfil."""
        act = self._offers.act(about)
        return [
            self._compile(rule, act)
            for rule in self._rules.engagement
            if rule.event == act.kind
            and all(
                not wanted or value in wanted
                for value, wanted in (
                    (act.page, rule.pages),
                    (act.magnet, rule.magnets),
                    (act.magnet_kind, rule.magnet_kinds),
                    (act.section, rule.sections),
                    (act.campaign, rule.campaigns),
                )
            )
        ]

    def _compile(self, rule: EngagementRule, act: "_Act") -> _Compiled:
        half = self._halves.index(rule.half_life) if rule.half_life and rule.points > 0 else -1
        unit = {Per.LEAD: "", Per.PAGE: act.page, Per.MAGNET: act.magnet}[rule.per]
        room = self._rooms.setdefault((rule.key, unit), len(self._rooms))
        most = self._rules.caps.get(rule.group) if rule.points > 0 else None
        cap = (rule.group, most.points, float(most.days or math.inf)) if most else None
        return rule.key, rule.points, half, rule.at_most or 0, float(rule.days or math.inf), room, cap


def _faded(sums: Sequence[float], halves: Sequence[int], days: float) -> list[float]:
    return [left and left * math.exp2(-days / half) for left, half in zip(sums, halves, strict=True)]


def _take(rooms: dict[Any, Any], unit: object, most: int, span: float, wanted: int, day: float) -> int:
    """What is left in a room at that day, of what is wanted; it is taken. See `counting._Room`."""
    room = rooms.get(unit)
    if room is None:
        rooms[unit] = [min(wanted, most), [(day, min(wanted, most))]]
        return min(wanted, most)
    while room[1] and room[1][0][0] <= day - span:
        room[0] -= room[1].pop(0)[1]
    taken: int = min(wanted, most - room[0])
    if taken <= 0:
        return 0
    room[0] += taken
    room[1].append((day, taken))
    return taken


# --- columns ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Act:
    """What an act was about, as rules look at it."""

    kind: str
    page: str
    magnet: str
    magnet_kind: str
    section: str = ""
    campaign: str = ""


@dataclass(frozen=True, slots=True)
class _Offers:
    """Kinds of acts, pages and magnets, and one number for all three: a row is read and looked up faster so."""

    kinds: Sequence[str]
    pages: Mapping[int, tuple[str, int | None]]
    magnets: Mapping[int, tuple[str, str]]
    in_detail: bool  # whether rules look at sections or campaigns; then an act is about (number, section, campaign)

    @classmethod
    def of(cls, several: Sequence[Rules]) -> "_Offers":
        """Those that the rules look at."""
        rules = [rule for one in several for rule in one.engagement]
        pages = session().execute(select(Page.id, Page.slug, Page.magnet_id))
        magnets = session().execute(select(Magnet.id, Magnet.slug, Magnet.kind))
        return cls(
            list(dict.fromkeys(rule.event for rule in rules)),  # in their order: rules begin with what is frequent
            {key: (slug, magnet) for key, slug, magnet in pages},
            {key: (slug, kind.value) for key, slug, kind in magnets},
            any(rule.sections or rule.campaigns for rule in rules),
        )

    @property
    def _bases(self) -> tuple[int, int]:
        return max(self.pages, default=0) + 1, max(self.magnets, default=0) + 1

    def number(self) -> ColumnElement[int]:
        """The number of an event, in SQL."""
        event, (pages, magnets) = EngagementEvent, self._bases
        kind = case({kind: place for place, kind in enumerate(self.kinds)}, value=event.kind)
        return (kind * pages + func.coalesce(event.page_id, 0)) * magnets + func.coalesce(event.magnet_id, 0)

    def act(self, about: Any) -> _Act:
        """What stands behind such a number."""
        number, *more = about if self.in_detail else (about,)
        pages, magnets = self._bases
        rest, magnet_id = divmod(number, magnets)
        kind, page_id = divmod(rest, pages)
        page, of_page = self.pages.get(page_id, ("", None))
        magnet, magnet_kind = self.magnets.get(magnet_id or of_page or 0, ("", ""))
        return _Act(self.kinds[kind], page, magnet, magnet_kind, *(text or "" for text in more))


def _blocks(offers: _Offers) -> Iterator[tuple[Sequence[Sequence[Any]], Mapping[int, Acts]]]:
    """Leads with their own fields, in the order of ids, and what they did."""
    columns = [Lead.id, _day(Lead.created_at), *(getattr(Lead, name) for name in _OWN)]
    counted = Lead.erased_at.is_(None), Lead.merged_into_id.is_(None), ours.is_prospect()
    living = select(*columns).where(*counted)
    last = 0
    while leads := _rows(living.where(Lead.id > last).order_by(Lead.id).limit(AT_ONCE)):
        acts = _acts(offers, last, leads[-1][0]) if offers.kinds else []
        last = leads[-1][0]
        yield leads, {lead_id: list(mine) for lead_id, mine in groupby(acts, itemgetter(0))}


def _acts(offers: _Offers, after: int, last: int) -> Sequence[Any]:
    event = EngagementEvent
    columns: list[Any] = [event.lead_id, _day(event.at), offers.number()]
    if offers.in_detail:
        columns += [event.detail["section"].as_string(), history.last_campaign()]
    human = case((event.verdict == Verdict.HUMAN, 1), else_=0) == 1  # keeps SQLite on the index by lead
    query = select(*columns).where(event.lead_id > after, event.lead_id <= last, human, event.kind.in_(offers.kinds))
    rows = _rows(query.order_by(event.lead_id, event.at, event.id))
    return [(lead_id, day, tuple(about)) for lead_id, day, *about in rows] if offers.in_detail else rows


def _day(instant: Any) -> Any:
    """Days since 1970 in SQL."""
    if is_sqlite():
        return type_coerce(instant, BigInteger()) / (DAY * 1e6)
    return cast(extract("epoch", instant), Double) / DAY


def _rows(query: Select[*tuple[Any, ...]]) -> Sequence[Any]:
    """Rows as the driver has them: an object for each of a million would take longer than everything else."""
    connection = session().connection()
    text = str(query.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True}))
    cursor = connection.connection.cursor()
    try:
        cursor.execute(text.replace("%%", "%"))
        rows: Sequence[Any] = cursor.fetchall()
        return rows
    finally:
        cursor.close()


# --- fit --------------------------------------------------------------------------------------------------------------

_Told = Mapping[str, Mapping[int, tuple[str, ...]]]  # by field: each lead's newest answer


def _said(asked: set[str]) -> _Told:
    """The newest answers to fields that are not the lead's own; equal ones are one object."""
    names = sorted(name for name in asked - set(_OWN) if "." not in name)
    said: dict[str, dict[int, tuple[str, ...]]] = {name: {} for name in names}
    known: dict[str, tuple[str, ...]] = {}
    for name in names:
        answer = Submission.answers[name]
        query = select(Submission.lead_id, cast(answer, Text)).where(cast(answer, Text) != "null")
        for lead_id, text in _rows(query.order_by(Submission.at, Submission.id)):
            texts = known.get(text)
            if texts is None:
                texts = known[text] = _texts(text)
            said[name][lead_id] = texts
    return said


def _texts(text: str) -> tuple[str, ...]:
    answer = json.loads(text)
    values = answer if isinstance(answer, list) else [answer]
    return tuple(str(value) for value in values if value not in (None, "", False))


class _Reader(dict[Any, tuple[int, ...]]):
    """Which fit rules a value of one field fulfils: each value is looked at once."""

    def __init__(self, conditions: Sequence[tuple[int, Condition]]) -> None:
        super().__init__()
        self._conditions = conditions
        asked = {condition.asks for _, condition in conditions}
        self.by_host = asked <= {*_ALIKE, Question.KNOWN}
        self.by_being = asked == {Question.KNOWN}

    def __missing__(self, value: str | tuple[str, ...]) -> tuple[int, ...]:
        values = (value,) if isinstance(value, str) else value
        found = tuple(number for number, condition in self._conditions if condition.holds({condition.field: values}))
        self[value] = found
        return found

    def alike(self) -> Callable[[str], str]:
        """What of a value is enough to know."""
        if self.by_being:
            return lambda value: value.strip()[:1]
        return (lambda value: value.rpartition("@")[2]) if self.by_host else str


class _Judge:
    """Fit under some rules, from a lead's own fields, its answers and its results; each combination is judged once."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        fields: dict[str, list[tuple[int, Condition]]] = defaultdict(list)
        for number, rule in enumerate(rules.fit):
            fields[rule.when.field].append((number, rule.when))
        self._readers = readers = {name: _Reader(found) for name, found in fields.items()}
        self._own = [(_OWN.index(name), readers[name], readers[name].alike()) for name in _OWN if name in readers]
        self._others = [(name, reader) for name, reader in readers.items() if name not in _OWN]
        self._known: dict[tuple[tuple[int, ...], ...], tuple[int, bool, Mapping[str, int]]] = {}

    def of(
        self, lead_id: int, values: list[str], told: _Told, results: Mapping[str, str]
    ) -> tuple[int, bool, Mapping[str, int]]:
        """Fit, whether disqualified, and the points of each rule."""
        if "name" in self._readers and not values[_NAME]:
            values[_NAME] = f"{values[_FIRST]} {values[_LAST]}".strip()
        held = [reader[alike(values[place])] for place, reader, alike in self._own if values[place]]
        for name, reader in self._others:
            answer = told[name].get(lead_id) if name in told else results.get(name)
            if answer:
                held.append(reader[answer])
        key = tuple(held)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._count({number for numbers in held for number in numbers})
        return known

    def _count(self, held: set[int]) -> tuple[int, bool, Mapping[str, int]]:
        """As `counting.fit` counts."""
        rules = self._rules
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
