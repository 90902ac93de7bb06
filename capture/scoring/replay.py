"""The whole history once more under other rules: columns of plain numbers, no object for a lead or an event.

What comes out is what `counting` gives for each lead (a test holds the two together). Without the ledger,
a million events take a second or two. Fit is what is known of the lead today.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sqlalchemy import BigInteger, ColumnElement, Select, Text, case, cast, extract, func, literal, select, type_coerce

from capture.catalogue.models import Magnet
from capture.db import is_sqlite, session
from capture.engagement import history
from capture.engagement.models import EngagementEvent, Verdict
from capture.leads import ours
from capture.leads.models import Lead, Submission
from capture.pages.fields import LEAD_FIELDS
from capture.pages.models import Page
from capture.scoring import outcomes
from capture.scoring.columns import MICROS, About, Acts, Flags, Floats, Ints, Lives, Scorer
from capture.scoring.conditions import Condition, Question
from capture.scoring.decay import GRAIN
from capture.scoring.rules import Rules

AT_ONCE = 10_000  # leads that are in memory with their events
_BETWEEN = "\n"  # JSON as the databases write it has none
_ALIKE = (Question.WORK_EMAIL, Question.THROWAWAY_EMAIL, Question.DOMAINS)  # these look at an address's host alone
_OWN = ("email", *LEAD_FIELDS)


@dataclass(frozen=True, slots=True)
class Replay:
    """What became of every lead under some rules. Days count from 1970; a lead is its place in `leads`.

    `steps_who`, `steps_day` and `steps_score` hold, lead after lead, each moment at which its engagement was higher
    than ever before. `given` holds for each lead that reached the thresholds, in a row, what each rule (`keys`, in a
    column) gave it, as it was at that moment.
    """

    leads: Ints
    fits: Ints
    barred: Flags
    steps_who: Ints
    steps_day: Floats
    steps_score: Floats
    latest: Floats
    keys: Sequence[str]
    qualified: Ints
    given: Floats
    events: int

    def fitting(self, fit: int) -> Flags:
        """Which leads reach this fit, and are not disqualified."""
        return (self.fits >= fit) & ~self.barred

    def reached(self, fit: int, engagement: int) -> dict[int, float]:
        """Who reached both thresholds, and the day on which it happened first."""
        high = np.flatnonzero((self.steps_score >= engagement - GRAIN) & self.fitting(fit)[self.steps_who])
        who, first = np.unique(self.steps_who[high], return_index=True)
        return dict(zip(self.leads[who].tolist(), self.steps_day[high[first]].tolist(), strict=True))

    def over(self, fit: int, engagement: int) -> list[int]:
        """Who is at or over both thresholds at the end."""
        found: list[int] = self.leads[self.fitting(fit) & (self.latest >= engagement - GRAIN)].tolist()
        return found

    def peaks(self, fit: int) -> list[tuple[float, int]]:
        """The highest engagement that leads of this fit ever had, with the lead, the highest first."""
        peaks = np.zeros(len(self.leads))
        peaks[self.steps_who] = self.steps_score  # the last one of a lead, which is the highest, stays
        some = np.flatnonzero(self.fitting(fit) & (peaks > 0))
        order = some[np.argsort(-peaks[some], kind="stable")]
        return list(zip(peaks[order].tolist(), self.leads[order].tolist(), strict=True))

    def brought(self, keys: Sequence[str], threshold: int) -> dict[str, tuple[list[int], int]]:
        """Of those who reached the thresholds, for each rule of an axis: whom it gave points, and how many would not
        have reached the axis's threshold without."""
        columns = [self.keys.index(key) for key in keys]
        totals = self.given[:, columns].sum(axis=1)
        brought = {}
        for key, column in zip(keys, columns, strict=True):
            points = self.given[:, column]
            given = points != 0
            decisive = given & (totals - points < threshold - GRAIN)
            brought[key] = self.leads[self.qualified[given]].tolist(), int(decisive.sum())
        return brought

    def given_to(self, lead_id: int) -> dict[str, float]:
        """What each rule had given a lead when it reached the thresholds."""
        [line] = np.flatnonzero(self.leads[self.qualified] == lead_id)
        return {key: points for key, points in zip(self.keys, self.given[line].tolist(), strict=True) if points}


def play(rules: Rules, *, until_day: float) -> Replay:
    """The history up to now under these rules."""
    return play_each([rules], until_day=until_day)[0]


def play_each(several: Sequence[Rules], *, until_day: float) -> list[Replay]:
    """The history up to now under each of these rules; it is read once."""
    asked = {rule.when.field for rules in several for rule in rules.fit}
    offers = _Offers.of(several)
    judges = {_about_fit(rules): _Judge(rules) for rules in several}  # rules that change often have the same fit
    plays = [_Play(rules, until_day) for rules in several]
    for people, acts in _blocks(offers, asked):
        judged = {same: judge.of(people) for same, judge in judges.items()}
        for rules, one in zip(several, plays, strict=True):
            one.go_on(people, judged[_about_fit(rules)], acts, offers.abouts)
    return [one.done() for one in plays]


def _about_fit(rules: Rules) -> object:
    return rules.fit, tuple(rules.caps.items())


@dataclass(frozen=True, slots=True)
class _People:
    """Some leads, in the order of their keys."""

    leads: Ints
    since: Ints
    own: Mapping[str, Sequence[str]]  # by field: the value of each
    told: Mapping[str, Sequence[str]]  # by field: the newest answer of each, as JSON; "" for none


class _Play:
    """One set of rules, and what becomes of the leads under it."""

    def __init__(self, rules: Rules, until: float) -> None:
        self._rules, self._until = rules, until
        self._scorer = Scorer(rules)
        self._parts: list[tuple[Ints, Ints, Flags, Lives]] = []
        self._given: list[Floats] = []
        self._events = 0

    def go_on(self, people: _People, judged: "_Judged", acts: Acts, abouts: Sequence[About]) -> None:
        """The lives of some more leads."""
        rules, (fits, barred, by_rule) = self._rules, judged
        can = (fits >= rules.fit_threshold) & ~barred
        needed = np.where(can, rules.engagement_threshold - GRAIN, np.inf)
        lives = self._scorer.lives(abouts, acts, people.since, needed, until=self._until)
        self._parts.append((people.leads, fits, barred, lives))
        self._given.append(np.hstack([by_rule[lives.reached], lives.given]))
        self._events += len(acts)

    def done(self) -> Replay:
        """All of them."""
        before = np.cumsum([0, *(len(leads) for leads, *_ in self._parts)]).tolist()
        lives = [part[3] for part in self._parts]
        keys = [*(rule.key for rule in self._rules.fit), *(rule.key for rule in self._rules.engagement)]
        return Replay(
            leads=_joined((leads for leads, *_ in self._parts), np.int64),
            fits=_joined((fits for _, fits, *_ in self._parts), np.int64),
            barred=_joined((barred for _, _, barred, _ in self._parts), np.bool_),
            steps_who=_joined((one.steps_who + base for one, base in zip(lives, before, strict=False)), np.int64),
            steps_day=_joined((one.steps_at / MICROS for one in lives), np.float64),
            steps_score=_joined((one.steps_score for one in lives), np.float64),
            latest=_joined((one.latest for one in lives), np.float64),
            keys=keys,
            qualified=_joined((one.reached + base for one, base in zip(lives, before, strict=False)), np.int64),
            given=np.vstack([np.zeros((0, len(keys))), *self._given]),
            events=self._events,
        )


def _joined(parts: Iterable[Any], kind: Any) -> Any:
    return np.concatenate([np.zeros(0, kind), *parts])


# --- columns ----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Offers:
    """Kinds of acts, pages and magnets, and one number for all three: a row is read and looked up faster so."""

    kinds: Sequence[str]
    pages: Mapping[int, tuple[str, int | None]]
    magnets: Mapping[int, tuple[str, str]]
    in_detail: bool  # whether rules look at sections or campaigns
    abouts: list[About] = field(default_factory=list)  # all that came up so far
    _places: dict[tuple[Any, ...], int] = field(default_factory=dict)

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
        """The number of an event, in SQL; less than 0 where no rule looks at its kind."""
        event, (pages, magnets) = EngagementEvent, self._bases
        kind = case({kind: place for place, kind in enumerate(self.kinds)}, value=event.kind, else_=-1)
        return (cast(kind, BigInteger) * pages + func.coalesce(event.page_id, 0)) * magnets + func.coalesce(
            event.magnet_id, 0
        )

    def place(self, *about: Any) -> int:
        """The place of an act's number, section and campaign among `abouts`; -1 where no rule looks at it."""
        if about[0] < 0:
            return -1
        found = self._places.get(about)
        if found is None:
            found = self._places[about] = len(self.abouts)
            self.abouts.append(self._about(*about))
        return found

    def _about(self, number: int, *more: str | None) -> About:
        pages, magnets = self._bases
        rest, magnet_id = divmod(number, magnets)
        kind, page_id = divmod(rest, pages)
        page, of_page = self.pages.get(page_id, ("", None))
        magnet, magnet_kind = self.magnets.get(magnet_id or of_page or 0, ("", ""))
        return About(self.kinds[kind], page, magnet, magnet_kind, *(text or "" for text in more))


def _blocks(offers: _Offers, asked: set[str]) -> Iterator[tuple[_People, Acts]]:
    """Leads with those of their own fields that are asked for, in the order of keys, and what they did."""
    names = [name for name in _OWN if name in asked or ("name" in asked and name in ("first_name", "last_name"))]
    columns = [Lead.id, _micros(Lead.created_at), *(getattr(Lead, name) for name in names)]
    counted = Lead.erased_at.is_(None), Lead.merged_into_id.is_(None), ours.is_prospect()
    living = select(*columns).where(*counted)
    last = 0
    while rows := _rows(living.where(Lead.id > last).order_by(Lead.id).limit(AT_ONCE)):
        ids, since, *values = zip(*rows, strict=True)
        own = dict(zip(names, values, strict=True))
        if "name" in own:
            full = zip(own["name"], own["first_name"], own["last_name"], strict=True)
            own["name"] = tuple(name or f"{first} {family}".strip() for name, first, family in full)
        leads = np.array(ids, np.int64)
        yield _People(leads, np.array(since, np.int64), own, _told(asked, last, leads)), _acts(offers, last, leads)
        last = ids[-1]


def _acts(offers: _Offers, after: int, leads: Ints) -> Acts:
    """What these leads did; others may lie between them."""
    event = EngagementEvent
    human = case((event.verdict == Verdict.HUMAN, 1), else_=0) == 1  # keeps SQLite on the index by lead
    theirs = (
        select(event.lead_id.label("lead"), _micros(event.at).label("at"), offers.number().label("number"))
        .where(event.lead_id > after, event.lead_id <= int(leads[-1]), human)
        .order_by(event.lead_id, event.at, event.id)
    )
    lead, at, about = _in_detail(theirs, offers) if offers.in_detail else _in_numbers(theirs, offers)
    who = np.searchsorted(leads, lead)
    counts = (about >= 0) & (leads[who] == lead)
    return Acts(who[counts], at[counts], about[counts])


def _told(asked: set[str], after: int, leads: Ints) -> dict[str, list[str]]:
    """The newest answers of these leads to those of the fields that are not their own."""
    names = sorted(name for name in asked - set(_OWN) if "." not in name)
    if not names:
        return {}
    answers = [
        func.coalesce(cast(Submission.answers.op("->")(literal(name, Text)), Text), "").label(f"answer{number}")
        for number, name in enumerate(names)
    ]
    theirs = (
        select(Submission.lead_id, *answers)
        .where(Submission.lead_id > after, Submission.lead_id <= int(leads[-1]))
        .order_by(Submission.lead_id, Submission.at, Submission.id)
    )
    lead, *columns = _texts(theirs)
    who = np.fromstring(lead, np.int64, sep=",").tolist()
    told = {}
    for name, column in zip(names, columns, strict=True):
        texts = column.split(_BETWEEN) if who else []
        newest = {lead_id: answer for lead_id, answer in zip(who, texts, strict=True) if answer}
        told[name] = [newest.get(lead_id, "") for lead_id in leads.tolist()]
    return told


def _in_numbers(theirs: Select[*tuple[Any, ...]], offers: _Offers) -> tuple[Ints, Ints, Ints]:
    lead, at, number = (np.fromstring(text, np.int64, sep=",") for text in _texts(theirs))
    numbers, places = np.unique(number, return_inverse=True)
    return lead, at, np.array([offers.place(number) for number in numbers.tolist()], np.int64)[places]


def _in_detail(theirs: Select[*tuple[Any, ...]], offers: _Offers) -> tuple[Ints, Ints, Ints]:
    rows = _rows(theirs.add_columns(EngagementEvent.detail["section"].as_string(), history.last_campaign()))
    table = np.array([(lead_id, at, offers.place(*about)) for lead_id, at, *about in rows], np.int64)
    lead, at, about = table.reshape(-1, 3).T
    return lead, at, about


def _micros(instant: Any) -> Any:
    """Microseconds since 1970 in SQL."""
    if is_sqlite():
        return type_coerce(instant, BigInteger())
    return cast(extract("epoch", instant) * 1_000_000, BigInteger)


def _texts(query: Select[*tuple[Any, ...]]) -> list[str]:
    """Each column as one text: numbers with commas, texts with _BETWEEN.

    A row takes a driver far longer than to write down numbers and read them again.
    """
    columns = query.subquery().c
    between = [_BETWEEN if isinstance(column.type, Text) else "," for column in columns]
    [texts] = _rows(
        select(
            *(func.aggregate_strings(cast(column, Text), mark) for column, mark in zip(columns, between, strict=True))
        )
    )
    return [text or "" for text in texts]


def _rows(query: Select[*tuple[Any, ...]]) -> list[Any]:
    """Rows as the driver has them: an object for each of a million would take longer than everything else."""
    connection = session().connection()
    text = str(query.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True}))
    cursor = connection.connection.cursor()
    try:
        cursor.execute(text.replace("%%", "%"))
        return list(cursor.fetchall())
    finally:
        cursor.close()


# --- fit --------------------------------------------------------------------------------------------------------------


class _Reader(dict[str, tuple[int, ...]]):
    """Which fit rules a value of one field fulfils: each value is looked at once."""

    def __init__(self, name: str, conditions: Sequence[tuple[int, Condition]]) -> None:
        super().__init__()
        self._conditions = conditions
        self._is_json = name not in _OWN and "." not in name
        asked = {condition.asks for _, condition in conditions}
        self._by_host = name in _OWN and asked <= {*_ALIKE, Question.KNOWN}
        self._by_being = name in _OWN and asked == {Question.KNOWN}

    def __missing__(self, value: str) -> tuple[int, ...]:
        values = _values(value) if self._is_json else (value,)
        found = tuple(number for number, condition in self._conditions if condition.holds({condition.field: values}))
        self[value] = found
        return found

    def read(self, values: Sequence[str]) -> list[tuple[int, ...]]:
        """For each value. Often a part of it is enough to know."""
        if self._by_being:
            return [self[value.strip()[:1]] for value in values]
        if self._by_host:
            return [self[value.rpartition("@")[2]] for value in values]
        return [self[value] for value in values]


def _values(answer: str) -> tuple[str, ...]:
    told = json.loads(answer or "null")
    values = told if isinstance(told, list) else [told]
    return tuple(str(value) for value in values if value not in (None, "", False))


class _Numbered(dict[Any, int]):
    """Numbers things in the order in which they come up."""

    def __missing__(self, key: Any) -> int:
        number = self[key] = len(self)
        return number


_Judged = tuple[Ints, Flags, Ints]  # of some leads: fit, whether disqualified, and in a column each rule's points


class _Judge:
    """Fit under some rules, from leads' own fields, answers and results; each combination is judged once."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        fields: dict[str, list[tuple[int, Condition]]] = defaultdict(list)
        for number, rule in enumerate(rules.fit):
            fields[rule.when.field].append((number, rule.when))
        self._readers = {name: _Reader(name, found) for name, found in fields.items()}
        self._known = _Numbered()
        self._judged: list[list[int]] = []  # fit, whether disqualified, and the points of each rule

    def of(self, people: _People) -> _Judged:
        """Of each of these leads."""
        columns: list[list[tuple[int, ...]]] = []
        leads = people.leads.tolist()
        results = outcomes.newest(self._rules, leads) if outcomes.asked_for(self._rules) else {}
        for name, reader in self._readers.items():
            if name in _OWN:
                columns.append(reader.read(people.own[name]))
            elif name in people.told:
                columns.append(reader.read(people.told[name]))
            else:
                columns.append([reader[results.get(lead_id, {}).get(name, "")] for lead_id in leads])
        rows = zip(*columns, strict=True) if columns else ((),) * len(leads)
        places = np.array([self._known[row] for row in rows])
        for row in list(self._known)[len(self._judged) :]:
            self._judged.append(self._count({number for numbers in row for number in numbers}))
        table = np.array(self._judged)[places]
        return table[:, 0], table[:, 1] > 0, table[:, 2:]

    def _count(self, held: set[int]) -> list[int]:
        """As `counting.fit` counts."""
        rules = self._rules
        left = {group: cap.points for group, cap in rules.caps.items()}
        given = [0] * len(rules.fit)
        for number, rule in enumerate(rules.fit):
            if number not in held or rule.disqualifies:
                continue
            given[number] = rule.points
            if rule.group in left and rule.points > 0:
                given[number] = min(rule.points, left[rule.group])
                left[rule.group] -= given[number]
        return [sum(given), any(rules.fit[number].disqualifies for number in held), *given]
