"""What acts are worth under rules, and the scores that come of it: many leads at once, in columns of numbers.

It gives what `counting` gives with an object for each act (a test holds the two together). Where the order of time
matters, the first rows of all groups are looked at together, then all second ones, and so on. No database.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from capture.attribution import patterns
from capture.scoring.decay import DAY
from capture.scoring.rules import EngagementRule, Per, Rules

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

MICROS = round(DAY * 1e6)  # of a day: instants are whole microseconds since 1970
_EVER = 1 << 61  # a span without end, in microseconds


@dataclass(frozen=True, slots=True)
class About:
    """What an act was about, as rules look at it."""

    kind: str
    page: str = ""
    magnet: str = ""
    magnet_kind: str = ""
    title: str = ""
    section: str | None = ""  # None: one that no rule names
    campaign: str = ""  # or another one that every rule takes alike


@dataclass(frozen=True, slots=True)
class Acts:
    """What some leads did, a row for each act: lead after lead, the acts of each in the order of time."""

    who: Ints  # the place of the lead among these
    at: Ints
    about: Ints  # a place in the list of Abouts
    keys: Ints  # of the events, where they are asked for
    still: int = 0  # rows at which nothing was done: there a score is looked at

    def __len__(self) -> int:
        return len(self.who)


@dataclass(frozen=True, slots=True)
class Spans:
    """The time of leads in spans, those of each in order: in each, one thing is known of it."""

    whose: Ints  # of each: the place of its lead
    since: Ints  # of each: when it begins; a lead's first when that became known

    @property
    def first(self) -> Ints:
        """The first one of each lead."""
        return np.flatnonzero(np.append(True, self.whose[1:] != self.whose[:-1])[: len(self.whose)])

    def only(self, chosen: Flags) -> "Spans":
        """Some of them."""
        return Spans(self.whose[chosen], self.since[chosen])

    def of(self, acts: Acts) -> Ints:
        """In which span each act was; what was before a lead's first counts to it."""
        later = np.ones(len(self.whose), bool)
        later[self.first] = False
        begins = np.bincount(_rows_from(acts, self.whose[later], self.since[later]), minlength=len(acts) + 1)
        return acts.who + np.cumsum(begins)[: len(acts)]

    def unseen(self, acts: Acts) -> Flags:
        """Which spans begin while nothing is done, and something was before: scores change by what is known alone."""
        if not len(acts):
            return np.zeros(len(self.whose), bool)
        row = _rows_from(acts, self.whose, self.since)
        here = np.minimum(row, len(acts) - 1)
        is_act = (acts.who[here] == self.whose) & (acts.at[here] == self.since)
        found: Flags = (row > np.searchsorted(acts.who, self.whose)) & ~is_act
        return found

    def among(self, acts: Acts, about: int) -> tuple[Acts, Ints]:
        """Acts with a row about nothing for the beginning of each span, and before which rows these come."""
        row = _rows_from(acts, self.whose, self.since)
        columns = (acts.who, self.whose), (acts.at, self.since), (acts.about, about)
        who, at, of = (np.insert(column, row, moments) for column, moments in columns)
        return replace(acts, who=who, at=at, about=of, still=acts.still + len(row)), row


def _rows_from(acts: Acts, whose: Ints, at: Ints) -> Ints:
    """Of some leads, the row of the first act from an instant on; where there is none, that of what follows."""
    low, high = np.searchsorted(acts.who, whose), np.searchsorted(acts.who, whose, side="right")
    while (open_ := low < high).any():
        middle = (low + high) // 2
        early = open_ & (acts.at[np.minimum(middle, len(acts) - 1)] < at)
        low, high = np.where(early, middle + 1, low), np.where(open_ & ~early, middle, high)
    return low


@dataclass(frozen=True, slots=True)
class Struck:
    """What people took back by hand of the points of some leads, by the keys of rules."""

    known: Sequence[tuple[int, str, bool, int]] = ()  # the place of the lead, the rule, whether it bars, and when
    done: Sequence[tuple[int, str, int]] = ()  # the row of the act, the rule, and the row of the moment


Fulfilled = tuple[Ints, Ints]
"""The acts that fulfil rules as often as these let them count: the row of each, and the match (see Scorer.sources)."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What gave points: a row for each act and rule."""

    act: Ints  # the row of the act
    match: Ints  # see Scorer.sources
    worth: NDArray[Any]


@dataclass(frozen=True, slots=True)
class Lives:
    """What became of these leads' engagement, in spans of their time."""

    steps_span: Ints  # each moment at which a lead's engagement was higher than ever before in a span, in order
    steps_at: Ints
    steps_score: Floats
    latest: Floats  # of each lead, what is left at the end
    reached: Ints  # of each lead that reached what it needed, the span in which it did first
    given: Floats  # a row for each of them, a column for each rule: what it had given, as it was at that moment


class Scorer:
    """The engagement rules of a set, held against what acts were about: each kind of act is looked at once."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._halves = sorted({rule.half_life for rule in rules.engagement if rule.half_life and rule.points > 0})
        self._groups = list(rules.caps)
        self._rooms: dict[tuple[str, str], int] = {}
        self._matches: list[tuple[int, ...]] = []  # a rule that an act of some kind may fulfil: see _Match
        self._first: list[int] = [0]  # those of the kind n begin here
        self._known = _Match.of([])

    @property
    def asks(self) -> object:
        """What its rules look at and how often they count: the same acts fulfil rules that ask the same."""
        return tuple(replace(rule, points=1, half_life=None, group="", because="") for rule in self._rules.engagement)

    def fulfilled(self, abouts: Sequence[About], acts: Acts) -> Fulfilled:
        """Which acts fulfil which rules, as often as these let them count."""
        self._learn(abouts)
        row, match = self._matching(acts.about)
        known = self._known
        room = acts.who[row] * (len(self._rooms) + 1) + known.room[match]
        free = _in_time(room, acts.at[row], known.most[match], known.span[match])
        return row[free], match[free]

    def counted(self, abouts: Sequence[About], acts: Acts, fulfilled: Fulfilled | None = None) -> Counted:
        """Which acts give how many points by which rules; `fulfilled` as other rules that ask the same have found."""
        row, match = fulfilled or self.fulfilled(abouts, acts)
        self._learn(abouts)
        who, at, known = acts.who[row], acts.at[row], self._known
        worth = _under_caps(
            who * (len(self._groups) + 1) + known.cap[match],
            at,
            known.points[match],
            known.cap_points[match],
            known.cap_span[match],
        )
        some = worth != 0
        return Counted(row[some], match[some], worth[some])

    def sources(self, abouts: Sequence[About]) -> list[tuple[EngagementRule, About]]:
        """For each match, the rule, and what the act was about."""
        told = zip(abouts, self._first, self._first[1:], strict=False)
        of_match = [about for about, first, last in told for _ in range(first, last)]
        rules = (self._rules.engagement[number] for number, *_ in self._matches)
        return list(zip(rules, of_match, strict=True))

    def lives(
        self, acts: Acts, counted: Counted, struck: Struck, spans: Spans, needed: Floats, *, until: float
    ) -> Lives:
        """The lives of some leads. `needed`: of each span, the score that counts as reached in it.

        No score is shown to anybody before a lead is known. `until` is the day of the end.
        """
        quiet = np.array([moment for _, _, moment in struck.done], np.int64)
        return self._scores(acts, self._without(struck, acts, counted), quiet, spans, needed, until)

    def _without(self, struck: Struck, acts: Acts, counted: Counted) -> Counted:
        """The same, and at its moment what people took back of it: by that alone, nobody reaches anything."""
        if not struck.done:
            return counted
        number = {rule.key: number for number, rule in enumerate(self._rules.engagement)}
        quiet = {moment for _, _, moment in struck.done}
        back: list[tuple[int, int, float]] = []
        for act, key, moment in struck.done:
            first, last = np.searchsorted(counted.act, (act, act + 1)).tolist()
            for place in range(first, last):
                match = int(counted.match[place])
                if int(self._known.rule[match]) == number.get(key):
                    half = [*self._halves, math.inf][int(self._known.half[match])]  # -1: the last one
                    left = counted.worth[place] * 2.0 ** ((acts.at[act] - acts.at[moment]) / MICROS / half)
                    back.append((moment, match, -left))
                    behind = moment + 1
                    while behind in quiet:
                        behind += 1
                    if left < 0 and behind < len(acts) and acts.who[behind] == acts.who[moment]:
                        back.append((behind, match, 0.0))
        moments, matches, points = np.array(back, np.float64).reshape(-1, 3).T
        return Counted(
            np.append(counted.act, moments.astype(np.int64)),
            np.append(counted.match, matches.astype(np.int64)),
            np.append(counted.worth, points),
        )

    def _learn(self, abouts: Sequence[About]) -> None:
        if len(self._first) > len(abouts):
            return
        for about in abouts[len(self._first) - 1 :]:
            self._matches += [
                self._match(number, rule, about)
                for number, rule in enumerate(self._rules.engagement)
                if _is_about(rule, about)
            ]
            self._first.append(len(self._matches))
        self._known = _Match.of(self._matches)

    def _match(self, number: int, rule: EngagementRule, about: About) -> tuple[int, ...]:
        half = self._halves.index(rule.half_life) if rule.half_life and rule.points > 0 else -1
        unit = {Per.LEAD: "", Per.PAGE: about.page, Per.MAGNET: about.magnet}[rule.per]
        room = self._rooms.setdefault((rule.key, unit), len(self._rooms)) if rule.at_most else len(self._rooms)
        cap = self._rules.caps.get(rule.group) if rule.points > 0 else None
        return (
            number,
            rule.points,
            half,
            room,
            rule.at_most or 0,
            rule.days * MICROS if rule.days else _EVER,
            self._groups.index(rule.group) if cap else -1,
            cap.points if cap else 0,
            (cap.days * MICROS if cap.days else _EVER) if cap else 0,
        )

    def _matching(self, about: Ints) -> tuple[Ints, Ints]:
        """A row for each rule that an act may fulfil: the act, and the match; in the order of acts and of rules."""
        first = np.asarray(self._first)
        return ranges(first[about], np.diff(first)[about])

    def _scores(self, acts: Acts, counted: Counted, quiet: Ints, spans: Spans, needed: Floats, until: float) -> Lives:
        """Between two acts that count a score only falls, so that only those are looked at; `quiet` are none."""
        row, match, worth = counted.act, counted.match, counted.worth
        half = self._known.half[match]
        known = spans.since[spans.first]
        shown, span = acts.at >= known[acts.who], spans.of(acts)
        shown[quiet] = False
        moments = _moments(acts.who, span, row, shown)
        place = np.cumsum(moments)[row] - 1
        moment = np.flatnonzero(moments)
        added = [
            np.bincount(place[half == number], worth[half == number], len(moment))
            for number in range(-1, len(self._halves))
        ]
        who, at, shown, span = acts.who[moment], acts.at[moment], shown[moment], span[moment]
        day = at / MICROS
        first, size = _longest_first(*_runs(who))
        mine = who[first]
        sums = [np.zeros(len(first)) for _ in added]
        last, top, within = np.zeros(len(first)), np.zeros(len(first)), np.full(len(first), -1)
        is_step, is_reached, scores = np.zeros(len(who), bool), np.zeros(len(who), bool), np.zeros(len(who))
        for here in _turns(first, size):
            n = len(here)
            now = day[here]
            for number, (total, points) in enumerate(zip(sums, added, strict=True)):
                if number:
                    total[:n] *= np.exp2((last[:n] - now) / self._halves[number - 1])
                total[:n] += points[here]
            last[:n] = now
            score = sums[0][:n] + sum(total[:n] for total in sums[1:])
            top[:n] *= within[:n] == span[here]
            within[:n] = span[here]
            higher, enough = shown[here] & (score > top[:n]), needed[span[here]]
            is_step[here], scores[here] = higher, score
            is_reached[here] = higher & (top[:n] < enough) & (score >= enough)
            top[:n] = np.where(higher, score, top[:n])
        age = np.maximum(until - last, 0.0)
        latest = np.zeros(len(known))
        latest[mine] = sums[0] + sum(
            total * np.exp2(-age / days) for total, days in zip(sums[1:], self._halves, strict=True)
        )
        reached = np.flatnonzero(is_reached)
        reached = reached[np.unique(who[reached], return_index=True)[1]]
        given = self._given(acts, counted, moment[reached])
        return Lives(span[is_step], at[is_step], scores[is_step], latest, span[reached], given)

    def _given(self, acts: Acts, counted: Counted, reached: Ints) -> Floats:
        """What each rule gave up to these acts, one of a lead."""
        row, match, worth = counted.act, counted.match, counted.worth
        lines = np.full(int(acts.who[-1]) + 1 if len(acts) else 0, -1)
        lines[acts.who[reached]] = np.arange(len(reached))
        line = lines[acts.who[row]]
        counts = (line >= 0) & (row <= np.append(reached, 0)[line])
        row, match, worth, line = row[counts], match[counts], worth[counts], line[counts]
        half = np.array([*self._halves, math.inf])[self._known.half[match]]  # -1: the last one
        left = worth * np.exp2((acts.at[row] - acts.at[reached[line]]) / MICROS / half)
        rules = len(self._rules.engagement)
        given: Floats = np.zeros((len(reached), rules))
        np.add.at(given, (line, self._known.rule[match]), left)
        return given


@dataclass(frozen=True, slots=True)
class _Match:
    """Columns of what matters of a rule for one kind of act."""

    rule: Ints
    points: Ints
    half: Ints  # its place among the half-lives; -1: it stays
    room: Ints  # what is counted together
    most: Ints  # 0: every time
    span: Ints
    cap: Ints  # the place of its group; -1: none
    cap_points: Ints
    cap_span: Ints

    @classmethod
    def of(cls, matches: Sequence[tuple[int, ...]]) -> "_Match":
        return cls(*np.array(matches, np.int64).reshape(-1, 9).T)


def _is_about(rule: EngagementRule, about: About) -> bool:
    if rule.campaigns and not patterns.is_of(about.campaign, rule.campaigns):
        return False
    return rule.event == about.kind and all(
        not wanted or value in wanted
        for value, wanted in (
            (about.page, rule.pages),
            (about.magnet, rule.magnets),
            (about.magnet_kind, rule.magnet_kinds),
            (about.section, rule.sections),
        )
    )


def _in_time(key: Ints, at: Ints, most: Ints, span: Ints) -> Flags:
    """Which rows still count where those with one key do so `most` times in any span (0: every time)."""
    free = np.ones(len(key), bool)
    limited = np.flatnonzero(most)
    order, first, size = _grouped(key, limited)
    at, most, span = at[order], most[order], span[order]
    many = size > most[first]
    first, size = _longest_first(first[many], size[many])
    most, span = most[first], span[first]
    kept, taken, count = np.ones(len(at), bool), np.zeros_like(at), np.zeros_like(first)
    for here in _turns(first, size):
        n = len(here)
        now = at[here]
        oldest = taken[first[:n] + np.maximum(count[:n] - most[:n], 0)]
        open_ = (count[:n] < most[:n]) | (oldest <= now - span[:n])
        kept[here] = open_
        taken[(first[:n] + count[:n])[open_]] = now[open_]
        count[:n] += open_
    free[order] = kept
    return free


def _under_caps(key: Ints, at: Ints, points: Ints, most: Ints, span: Ints) -> Ints:
    """What rows are worth where those with one key give `most` points in any span (a span of 0: no cap)."""
    worth = points.copy()
    order, first, size = _grouped(key, np.flatnonzero(span))
    if not len(order):
        return worth
    at, points, most, span = at[order], points[order], most[order], span[order]
    tight = np.add.reduceat(points, first) > most[first]
    first, size = _longest_first(first[tight], size[tight])
    most, span = most[first], span[first]
    room = np.zeros(len(at) + 1, np.int64)
    given, given_at, left = room, room.copy(), points.copy()  # those of a group stand where its rows do
    used, oldest, count = (np.zeros_like(first) for _ in range(3))
    for here in _turns(first, size):
        n = len(here)
        now = at[here]
        while True:
            head = first[:n] + oldest[:n]
            over = (oldest[:n] < count[:n]) & (given_at[head] <= now - span[:n])
            if not over.any():
                break
            used[:n] -= np.where(over, given[head], 0)
            oldest[:n] += over
        taken = np.clip(most[:n] - used[:n], 0, points[here])
        left[here] = taken
        some = taken > 0
        end = (first[:n] + count[:n])[some]
        given[end], given_at[end] = taken[some], now[some]
        used[:n] += taken
        count[:n] += some
    worth[order] = left
    return worth


def _moments(who: Ints, span: Ints, row: Ints, shown: Flags) -> Flags:
    """The acts at which a score is looked at: those with points; where these were early, the first that shows; and the
    first of a later span."""
    moments = np.zeros(len(who), bool)
    moments[1:] = (span[1:] != span[:-1]) & (who[1:] == who[:-1]) & shown[1:]
    moments[row] = True
    early = np.zeros(int(who[-1]) + 1 if len(who) else 0, bool)
    early[who[row[~shown[row]]]] = True
    later = np.flatnonzero(shown & early[who])
    moments[later[_runs(who[later])[0]]] = True
    return moments


# --- groups of rows ---------------------------------------------------------------------------------------------------


def _grouped(key: Ints, rows: Ints) -> tuple[Ints, Ints, Ints]:
    """These rows by their keys, those of one key in their order; where each group begins, and how many it has."""
    order = rows[np.argsort(key[rows], kind="stable")]
    return order, *_runs(key[order])


def ranges(first: Ints, size: Ints) -> tuple[Ints, Ints]:
    """Whole numbers from each first one on, so many: of each the place of its range, and itself."""
    place = np.repeat(np.arange(len(size)), size)
    return place, np.arange(len(place)) + (first - np.cumsum(size) + size)[place]


def distinct(numbers: Ints) -> tuple[Ints, Ints]:
    """As `numpy.unique` with the inverse, which sorts; numbers that lie close together need none of it."""
    low = numbers.min(initial=0)
    above = numbers - low
    span = int(above.max(initial=0)) + 1
    if span > 4 * len(numbers):
        return np.unique(numbers, return_inverse=True)
    is_there = np.zeros(span, bool)
    is_there[above] = True
    return np.flatnonzero(is_there) + low, (np.cumsum(is_there) - 1)[above]


def _runs(values: Ints) -> tuple[Ints, Ints]:
    """Where each run of equal values begins, and how long it is."""
    if not len(values):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    first = np.flatnonzero(np.concatenate(([True], values[1:] != values[:-1])))
    return first, np.diff(np.append(first, len(values)))


def _longest_first(first: Ints, size: Ints) -> tuple[Ints, Ints]:
    order = np.argsort(-size, kind="stable")
    return first[order], size[order]


def _turns(first: Ints, size: Ints) -> Iterator[Ints]:
    """The first rows of all groups, then the second rows, and so on; the longest groups come first."""
    ascending: Any = size[::-1]
    for turn in range(int(size[0]) if len(size) else 0):
        yield first[: len(size) - int(np.searchsorted(ascending, turn, side="right"))] + turn
