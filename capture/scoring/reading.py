"""What rules look at, read in columns: leads with their values and answers, and their human events."""

import json
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import compress
from operator import itemgetter
from typing import Any

import numpy as np
from sqlalchemy import BigInteger, ColumnElement, Select, Text, case, cast, extract, func, literal, select, type_coerce

from capture.attribution import patterns
from capture.catalogue.models import Magnet
from capture.db import is_sqlite, session
from capture.engagement import history
from capture.engagement.models import EngagementEvent, Verdict
from capture.leads import leads as leads_of
from capture.leads import ours
from capture.leads.leads import members
from capture.leads.models import CHANGED, Lead, LeadValue, Submission
from capture.pages.models import Page
from capture.pages.permissions import versions_with
from capture.scoring import ledger, outcomes, people
from capture.scoring.ahead import one_ahead
from capture.scoring.columns import About, Acts, Flags, Ints, Spans, Struck, distinct
from capture.scoring.ledger import Strike
from capture.scoring.models import Axis
from capture.scoring.people import OWN, Alike, Changes, People
from capture.scoring.rules import EngagementRule, Rules

AT_ONCE = 10_000  # leads that are in memory with their events
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LIVING = Lead.erased_at.is_(None), Lead.merged_into_id.is_(None)
_NO_KEYS: Ints = np.zeros(0, np.int64)
_BETWEEN = "\n"  # JSON as the databases write it has none


@dataclass(frozen=True, slots=True)
class Named:
    """What rules name of one thing that few acts have, such as a section: each is a number, and so is all else."""

    kinds: Set[str]  # of acts about which they name any
    texts: Sequence[str]

    @classmethod
    def of(cls, named: Iterable[tuple[str, Sequence[str]]]) -> "Named":
        """Those that rules name, for the kinds of acts for which they do."""
        some = [(kind, texts) for kind, texts in named if texts]
        return cls({kind for kind, _ in some}, list(dict.fromkeys(text for _, texts in some for text in texts)))

    @property
    def many(self) -> int:
        return len(self.texts) + 1

    def text(self, number: int) -> str | None:
        """What a number stands for; None: nothing that a rule names."""
        return self.texts[number] if number < len(self.texts) else None

    def number(self, text: ColumnElement[str]) -> ColumnElement[int]:
        """The number of a text in SQL."""
        places = {text: place for place, text in enumerate(self.texts)}
        return _of_kinds(self.kinds, case(places, value=func.coalesce(text, ""), else_=len(places)), len(places))


def _of_kinds(kinds: Set[str], column: ColumnElement[Any], otherwise: Any) -> ColumnElement[Any]:
    """A column in a query of events, for these kinds alone: of others nothing is looked up."""
    return case((EngagementEvent.kind.in_(sorted(kinds)), column), else_=otherwise)


@dataclass(slots=True)
class Campaigns:
    """What rules name of campaigns: those that every rule takes alike are one number, which comes up with the first."""

    kinds: Set[str]  # of acts about which they name any
    named: Sequence[tuple[str, ...]]  # the patterns of each rule
    firsts: list[str] = field(default_factory=list)  # by number
    _numbers: dict[str, int] = field(default_factory=dict)
    _alike: dict[tuple[bool, ...], int] = field(default_factory=dict)

    @classmethod
    def of(cls, rules: Sequence[EngagementRule]) -> "Campaigns":
        """Those of rules that name any."""
        some = [rule for rule in rules if rule.campaigns]
        return cls({rule.event for rule in some}, list(dict.fromkeys(rule.campaigns for rule in some)))

    def numbers(self, campaigns: Sequence[str]) -> Ints:
        """The numbers of campaigns as they came."""
        for one in {*campaigns} - self._numbers.keys():
            takes = tuple(patterns.is_of(one, several) for several in self.named)
            if takes not in self._alike:
                self._alike[takes] = len(self.firsts)
                self.firsts.append(one)
            self._numbers[one] = self._alike[takes]
        return np.fromiter(map(self._numbers.__getitem__, campaigns), np.int64, len(campaigns))


@dataclass(slots=True)
class Offers:
    """Kinds of acts, pages and magnets, and one number for all three: a row is read and looked up faster so."""

    kinds: Sequence[str]
    pages: Mapping[int, tuple[str, int | None]]
    magnets: Mapping[int, tuple[str, str, str]]  # slug, kind and title
    sections: Named
    campaigns: Campaigns
    abouts: list[About] = field(default_factory=list)  # all that came up so far
    _places: dict[tuple[int, int] | None, int] = field(default_factory=dict)

    @classmethod
    def of(cls, several: Sequence[Rules]) -> "Offers":
        """Those that the rules look at."""
        rules = [rule for one in several for rule in one.engagement]
        pages = session().execute(select(Page.id, Page.slug, Page.magnet_id))
        magnets = session().execute(select(Magnet.id, Magnet.slug, Magnet.kind, history.newest_title()))
        return cls(
            list(dict.fromkeys(rule.event for rule in rules)),  # in their order: rules begin with what is frequent
            {key: (slug, magnet) for key, slug, magnet in pages},
            {key: (slug, kind.value, title or "") for key, slug, kind, title in magnets},
            Named.of((rule.event, rule.sections) for rule in rules),
            Campaigns.of(rules),
        )

    @property
    def _bases(self) -> tuple[int, int]:
        return max(self.pages, default=0) + 1, max(self.magnets, default=0) + 1

    def number(self) -> ColumnElement[int]:
        """The number of an event, in SQL; less than 0 where no rule looks at its kind."""
        event, (pages, magnets) = EngagementEvent, self._bases
        if not self.kinds:
            return literal(-1, BigInteger)
        offers = pages * magnets  # of each kind
        kind = case({kind: place * offers for place, kind in enumerate(self.kinds)}, value=event.kind, else_=-offers)
        of_page, of_magnet = func.coalesce(event.page_id, 0) * magnets, func.coalesce(event.magnet_id, 0)
        number = cast(kind, BigInteger) + of_page + of_magnet
        if not self.sections.texts:
            return number
        section = event.detail["section"].as_string()
        return number * self.sections.many + self.sections.number(section)

    def more(self) -> list[ColumnElement[str]]:
        """What SQL cannot number of an event: its campaign, where a rule names any for its kind."""
        came_by = _of_kinds(self.campaigns.kinds, history.last_campaign(), "").label("campaign")
        return [came_by] if self.campaigns.named else []

    def places(self, number: Ints, campaigns: Sequence[str]) -> Ints:
        """The places of acts among `abouts`, by their numbers and, where rules name any, campaigns; -1: no rule looks
        at it."""
        of_campaign = self.campaigns.numbers(campaigns) if len(number) and campaigns else np.zeros_like(number)
        many = max(1, len(self.campaigns.firsts))
        told, places = distinct(number * many + of_campaign)
        found = [self._place(*divmod(one, many)) for one in told.tolist()]
        return np.array(found, np.int64)[places]

    def _place(self, number: int, campaign: int) -> int:
        if number < 0:
            return -1
        found = self._places.get((number, campaign))
        if found is None:
            found = self._places[number, campaign] = len(self.abouts)
            self.abouts.append(self._about(number, campaign))
        return found

    def nothing(self) -> int:
        """The place of what no rule looks at."""
        found = self._places.get(None)
        if found is None:
            found = self._places[None] = len(self.abouts)
            self.abouts.append(About(""))
        return found

    def _about(self, number: int, campaign: int) -> About:
        pages, magnets = self._bases
        rest, section = divmod(number, self.sections.many)
        rest, magnet_id = divmod(rest, magnets)
        kind, page_id = divmod(rest, pages)
        page, of_page = self.pages.get(page_id, ("", None))
        magnet, magnet_kind, title = self.magnets.get(magnet_id or of_page or 0, ("", "", ""))
        came_by = self.campaigns.firsts[campaign] if self.campaigns.firsts else ""
        return About(self.kinds[kind], page, magnet, magnet_kind, title, self.sections.text(section), came_by)


def blocks(asked: set[str], offers: Offers, alike: Alike) -> Iterator[tuple[People, Acts, Struck]]:
    """Every prospect in spans of time, in the order of keys, what they did, and what of it was struck: many at a time.

    While some are looked at, a thread waits for the next, in the same transaction: ask it nothing else meanwhile.
    """
    return one_ahead(_blocks(asked, offers, alike))


def _blocks(asked: set[str], offers: Offers, alike: Alike) -> Generator[tuple[People, Acts, Struck]]:
    strikes, last = ledger.strikes(), 0
    while block := _prospects(last, asked, offers, alike, strikes):
        yield block
        last = int(block[0].leads[-1])


def _prospects(
    last: int, asked: set[str], offers: Offers, alike: Alike, strikes: Sequence[Strike]
) -> tuple[People, Acts, Struck] | None:
    ids, *more = _leads(asked, ours.is_prospect(), Lead.id > last)
    if not ids:
        return None
    places = {lead_id: place for place, lead_id in enumerate(ids)} if strikes else {}
    struck = [one for one in strikes if one.person in places]
    known = [
        (places[one.lead_id], one.rule_key, one.axis is Axis.BAR, _since_1970(one.at))
        for one in struck
        if one.event_id is None and one.lead_id in places  # what is known was said by each lead for itself
    ]
    place, at = np.array([(place, at) for place, *_, at in known], np.int64).reshape(-1, 2).T
    by_hand = Changes(place, at, ())
    people, acts = _both((ids, *more), asked, offers, _between(last, ids[-1]), alike, [by_hand])
    told = Spans(people.whose, people.since)
    unseen = told.unseen(acts) & ~_by_hand_alone(people, known)
    acts, done = _with_moments(acts, people.leads, offers, [one for one in struck if one.event_id is not None])
    acts, before = told.only(unseen).among(acts, offers.nothing())
    moved = [(act + _earlier(before, act), key, moment + _earlier(before, moment)) for act, key, moment in done]
    return people, acts, Struck(known, moved)


def _earlier(rows: Ints, row: int) -> int:
    """How many of these come before a row, or at its place."""
    return int(np.searchsorted(rows, row, side="right"))


def _by_hand_alone(people: People, known: Sequence[tuple[int, str, bool, int]]) -> Flags:
    """The rows that begin where people took something back: by that, nobody reaches anything."""
    quiet = np.zeros(len(people.whose), bool)
    for place, *_, at in known:
        first, last = np.searchsorted(people.whose, (place, place + 1)).tolist()
        quiet[first + 1 : last] |= people.since[first + 1 : last] == at
    return quiet


def _with_moments(
    acts: Acts, leads: Ints, offers: Offers, strikes: Sequence[Strike]
) -> tuple[Acts, list[tuple[int, str, int]]]:
    """The same with rows for the moments at which people struck something that was done; see `Struck.done`."""
    if not strikes:
        return acts, []
    theirs = sorted({one.person for one in strikes})
    keyed = _acts(offers, leads, lambda lead: lead.in_(theirs), with_keys=True)
    row_of = {key: row for row, key in enumerate(keyed.keys.tolist())}
    strikes = [one for one in strikes if one.event_id in row_of]
    others = ~np.isin(acts.who, keyed.who)
    who = np.array([np.searchsorted(leads, one.person) for one in strikes], np.int64)
    at = np.array([_since_1970(one.at) for one in strikes], np.int64)
    about = np.full(len(who), offers.nothing())
    cells = (acts.who, keyed.who, who), (acts.at, keyed.at, at), (acts.about, keyed.about, about)
    whose, when, about = (np.concatenate([plain[others], mine, moments]) for plain, mine, moments in cells)
    order = np.lexsort((when, whose))
    row = np.empty_like(order)
    row[order] = np.arange(len(order))
    row, begin = row[int(others.sum()) :], len(keyed)
    done = [(int(row[row_of[one.event_id]]), one.rule_key, int(row[begin + n])) for n, one in enumerate(strikes)]
    return Acts(whose[order], when[order], about[order], _NO_KEYS, still=len(who)), done


def of(lead_ids: Sequence[int], asked: set[str], offers: Offers) -> tuple[People, Acts]:
    """These leads and what they did, with the keys of the events, and with answers to their own fields as well."""
    return _both(_leads(asked, Lead.id.in_(lead_ids)), asked, offers, lambda lead: lead.in_(lead_ids))


def following(after: int, asked: set[str], offers: Offers, *, upto: int | None = None) -> tuple[People, Acts] | None:
    """The same of the leads with the next keys, AT_ONCE of them, up to one; None when nobody is left."""
    ids, *more = _leads(asked, Lead.id > after, *(() if upto is None else (Lead.id <= upto,)))
    return _both((ids, *more), asked, offers, _between(after, ids[-1])) if ids else None


def last_of(most: int, after: int) -> int | None:
    """The key of the last of so many leads with the next keys; None where fewer are left."""
    keys = select(Lead.id).where(*_LIVING, Lead.id > after).order_by(Lead.id)
    return session().scalar(keys.offset(most - 1).limit(1))


def _since_1970(instant: datetime) -> int:
    return (instant - _EPOCH) // _MICROSECOND


_Within = Callable[[Any], ColumnElement[bool]]  # whether a lead is among those that are read


def _between(above: int, upto: int) -> _Within:
    return lambda lead: (lead > above) & (lead <= upto)


def _both(
    columns: Sequence[Sequence[Any]],
    asked: set[str],
    offers: Offers,
    within: _Within,
    alike: Alike | None = None,
    others: Sequence[Changes] = (),
) -> tuple[People, Acts]:
    """As all is now, and the events by their keys; or, told what is alike, in spans of time."""
    ids, since, *values = columns
    own = dict(zip(_names(asked), values, strict=True))
    leads = np.array(ids, np.int64)
    displaced = {} if alike is None else _displaced(asked, leads, np.array(since, np.int64), within)
    lacking = {name: lacks for name in asked & own.keys() if (lacks := _lacking(own[name], displaced.get(name))).any()}
    answers = _answers(asked - {*OWN} | lacking.keys(), leads, within) | _results(asked, leads)
    answers |= {name: _only(answers[name], lacks) for name, lacks in lacking.items()}
    newest = {name: _newest(one, len(leads)) for name, one in answers.items()}
    known = np.array(since, np.int64)
    results = {name: newest.pop(name) for name in asked if "." in name}
    found = People(leads, np.arange(len(leads)), known, own, newest, results)
    if alike is not None:
        later = {name: people.changes(name, *one, known, alike) for name, one in answers.items()}
        found = found.apart(displaced, later, later, others)
    if "name" in own:
        full = zip(found.own["name"], found.own["first_name"], found.own["last_name"], strict=True)
        names = [name or f"{first} {family}".strip() for name, first, family in full]
        found = replace(found, own={**found.own, "name": names})
    return found, _acts(offers, leads, within, with_keys=alike is None)


def _lacking(own: Sequence[str], displaced: Changes | None) -> Flags:
    """Which leads have, or once had, nothing of their own in a field."""
    lacks = np.array([not value for value in own], bool)
    if displaced is not None:
        lacks[displaced.whose[[not value for value in displaced.before]]] = True
    return lacks


def _only(answers: "_Answers", those: Flags) -> "_Answers":
    place, at, values = answers
    return place[those[place]], at[those[place]], [*compress(values, those[place])]


def _leads(asked: set[str], *which: ColumnElement[bool]) -> list[list[Any]]:
    columns = [Lead.id, _micros(Lead.created_at), *(getattr(Lead, name) for name in _names(asked))]
    lines = select(*columns).where(*_LIVING, *which).order_by(Lead.id).limit(AT_ONCE).subquery()
    listed = func.json_group_array if is_sqlite() else func.json_agg
    return [json.loads(text or "[]") for text in _rows(select(*(cast(listed(column), Text) for column in lines.c)))[0]]


def _names(asked: set[str]) -> list[str]:
    """Those of leads' own fields that are asked for, and what else a full name is made of."""
    return [name for name in OWN if name in asked or ("name" in asked and name in ("first_name", "last_name"))]


def _acts(offers: Offers, leads: Ints, within: _Within, *, with_keys: bool) -> Acts:
    """What these leads did; others may lie between them."""
    event = EngagementEvent
    human = case((event.verdict == Verdict.HUMAN, 1), else_=0) == 1  # keeps SQLite on the index by lead
    columns = [event.lead_id.label("lead"), _micros(event.at).label("at"), offers.number().label("number")]
    theirs = select(*columns, *([event.id] if with_keys else []), *offers.more()).where(human)
    theirs = theirs.order_by(event.lead_id, event.at, event.id)
    lead, at, about, *keys = _in_numbers(theirs.where(within(event.lead_id)), offers)
    if merged := _merged(within):
        whose, *more = _in_numbers(theirs.where(event.lead_id.in_(merged)), offers)
        kept = np.array([merged[one] for one in whose.tolist()], np.int64)
        cells = [np.concatenate(both) for both in zip((lead, at, about, *keys), (kept, *more), strict=True)]
        order = np.lexsort((*([cells[3]] if keys else []), cells[1], cells[0]))
        lead, at, about, *keys = (cell[order] for cell in cells)
    who = np.searchsorted(leads, lead)
    counts = (about >= 0) & (leads[np.minimum(who, len(leads) - 1)] == lead)
    return Acts(who[counts], at[counts], about[counts], keys[0][counts] if keys else _NO_KEYS)


def _merged(within: _Within) -> dict[int, int]:
    """The leads that were merged into some of these, and into which."""
    theirs = select(Lead.id, Lead.merged_into_id).where(Lead.merged_into_id.is_not(None), within(Lead.merged_into_id))
    return {lead_id: kept for lead_id, kept in session().execute(theirs) if kept is not None}


_Answers = tuple[Ints, Ints, Sequence[str]]  # to one field: whose (a place), when, and what; in the order of time


def _answers(asked: set[str], leads: Ints, within: _Within) -> dict[str, _Answers]:
    """What these leads answered to these fields, as JSON."""
    names = sorted(name for name in asked if "." not in name)
    if not names or not len(leads):
        return {}
    permissions = versions_with(names)
    answers = [_answer(name, permissions.get(name)).label(f"answer{number}") for number, name in enumerate(names)]
    columns = _micros(Submission.at).label("at"), *answers
    theirs = select(Submission.lead_id, *columns).where(within(Submission.lead_id))
    if merged := _merged(within):
        theirs = select(leads_of.whose().label("lead_id"), *columns).join(Lead, Lead.id == Submission.lead_id)
        theirs = theirs.where(within(Submission.lead_id) | Submission.lead_id.in_(merged))
    lead, at, *texts = _texts(theirs.order_by(theirs.selected_columns[0], Submission.at, Submission.id))
    whose = _numbers(lead)
    place = np.searchsorted(leads, whose)
    here = leads[np.minimum(place, len(leads) - 1)] == whose
    when = _numbers(at)[here]
    split = (column.split(_BETWEEN) if len(whose) else [] for column in texts)
    kept: Iterator[Sequence[str]] = (column if here.all() else [*compress(column, here)] for column in split)
    return {name: (place[here], when, column) for name, column in zip(names, kept, strict=True)}


def _answer(name: str, permissions: Sequence[int] | None) -> ColumnElement[str]:
    """The answer to a field in SQL, empty where it is a permission by the version of the page."""
    given = func.coalesce(cast(Submission.answers.op("->")(literal(name, Text)), Text), "")
    if not permissions:
        return given
    return case((Submission.page_version_id.in_(permissions), literal("", Text)), else_=given)


def _results(asked: set[str], leads: Ints) -> dict[str, _Answers]:
    """What came of the assessments that are asked for."""
    names = [name for name in asked if "." in name]
    places = {lead_id: place for place, lead_id in enumerate(leads.tolist())}
    every = outcomes.each(asked, members(leads.tolist())) if names else ()
    told = sorted(((places[lead_id], at, facts) for lead_id, at, facts in every), key=itemgetter(0))
    found: dict[str, _Answers] = {}
    for name in names:
        mine = [(place, _since_1970(at), facts[name]) for place, at, facts in told if name in facts]
        whose, when = (np.array([row[column] for row in mine], np.int64) for column in (0, 1))
        found[name] = whose, when, [value for *_, value in mine]
    return found


def _newest(answers: _Answers, leads: int) -> list[str]:
    """Of each lead the newest answer that says something."""
    whose, _, values = answers
    says = np.array([*map(bool, values)], bool)
    newest: Any = np.full(leads, "", object)
    newest[whose[says]] = np.array([*filter(None, values)], object)  # of several, the last one stays
    told: list[str] = newest.tolist()
    return told


def _displaced(asked: set[str], leads: Ints, since: Ints, within: _Within) -> dict[str, Changes]:
    """Where leads' own fields became something else."""
    value, names = LeadValue, [name for name in _names(asked) if name != "email"]
    if not names:
        return {}
    theirs = select(value.lead_id, _micros(value.at), value.key, value.before).where(CHANGED, value.key.in_(names))
    rows = _rows(theirs.where(within(value.lead_id)).order_by(value.lead_id, value.at, value.id))
    found = {}
    for name in names:
        mine = [(lead_id, at, before) for lead_id, at, key, before in rows if key == name]
        whose, when = (np.array([row[place] for row in mine], np.int64) for place in (0, 1))
        place = np.minimum(np.searchsorted(leads, whose), len(leads) - 1)
        here = (leads[place] == whose) & (when > since[place])
        found[name] = Changes(place[here], when[here], [*compress((row[2] for row in mine), here)])
    return found


def _in_numbers(theirs: Select[*tuple[Any, ...]], offers: Offers) -> Sequence[Ints]:
    columns = _texts(theirs)
    campaigns = columns.pop().split(_BETWEEN) if offers.campaigns.named else []
    lead, at, number, *more = map(_numbers, columns)
    return lead, at, offers.places(number, campaigns), *more


def _micros(instant: Any) -> Any:
    """Microseconds since 1970 in SQL."""
    if is_sqlite():
        return type_coerce(instant, BigInteger())
    return cast(extract("epoch", instant) * 1_000_000, BigInteger)


def _texts(query: Select[*tuple[Any, ...]]) -> list[str]:
    """Each column as one text: numbers as `_numbers` reads them, texts with _BETWEEN.

    A row takes a driver far longer than to write down numbers and read them again.
    """
    return [text or "" for text in _rows(select(*(_as_one(column) for column in query.subquery().c)))[0]]


def _as_one(column: ColumnElement[Any]) -> ColumnElement[str]:
    if isinstance(column.type, Text):
        return func.aggregate_strings(column, _BETWEEN)
    if is_sqlite():
        return func.json_group_array(column)  # which it is faster with
    return func.aggregate_strings(cast(column, Text), ",")


def _numbers(text: str) -> Ints:
    return np.fromstring(text.strip("[]"), np.int64, sep=",")


def _rows(query: Select[*tuple[Any, ...]]) -> list[Any]:
    """Rows as the driver has them: an object for each of a million would take longer than everything else."""
    connection = session().connection()
    text = str(query.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True}))
    cursor = connection.connection.cursor()
    try:
        cursor.execute(text if is_sqlite() else text.replace("%%", "%"))  # doubled for a driver that fills it in
        return list(cursor.fetchall())
    finally:
        cursor.close()
