"""The seven figures that marketing and sales share, each with its one definition, for a span of days."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, func, select, union_all
from sqlalchemy.orm import InstrumentedAttribute

from capture.attribution import campaigns, vocabulary
from capture.attribution.campaigns import COUNTED_AS
from capture.attribution.models import WordKind
from capture.attribution.patterns import Aliases, shown
from capture.catalogue.models import Edition
from capture.db import JsonObject, session
from capture.languages import Phrase, say
from capture.pages.models import Page
from capture.reports import closed, daily, nurtures, responses, sharing, spending
from capture.reports.daily import ALL, COUNTED, MEASURES, Way
from capture.reports.models import ClosedFigure, ClosedMonth, DailyTotal, SpendKind, WeeklyTotal
from capture.reports.sharing import Brought
from capture.reports.spelling import Spelling, carried
from capture.reports.spending import Cost, Rates

MOST_ROWS = 50  # on a screen; files hold all of them
RIPE_AFTER = timedelta(days=14)  # until so long after its end, a week's leads may still become MQLs in numbers


class By(StrEnum):
    """What the rows of a report are."""

    WEEK = "week"
    CHANNEL = "channel"
    SOURCE = "source"
    CAMPAIGN = "campaign"
    PAGE = "page"


@dataclass(frozen=True, slots=True)
class Definition:
    """How something is counted: the same words stand beside it in the studio and in the documentation."""

    title: str
    words: str


@dataclass(frozen=True, slots=True)
class Whole(Definition):
    """A figure's definition in its parts: what is divided by what, by which day, by whose touch, and who counts."""

    numerator: str
    denominator: str
    day: str
    touch: str
    people: str


_FIRST_TOUCH = say("The lead's first touch, which may be a list's, and the page that he filled first.")
_NEW, EACH_HAND_OVER = say("New leads only."), say("New and known leads: each hand-over counts.")
_SHARED_COSTS = say(
    "Costs go by their campaign; by page, channel and source each campaign of a month is shared by the visits that it "
    "brought there in that month. Leads and MQLs go by the lead's first touch."
)
_SPENT = say("What was spent, in the currency of the reports at the set rates.")

DEFINITIONS: Mapping[str, Whole] = MappingProxyType(
    {
        "leads": Whole(
            say("Leads captured"),
            say(
                "New leads, by the day of their first accepted fill, or of the import of the list that brought them. "
                "Somebody who was known before is not counted again."
            ),
            numerator=say("New leads."),
            denominator=say("None: it is a number."),
            day=say("The day of the first accepted fill, or of the import of a list."),
            touch=_FIRST_TOUCH,
            people=_NEW,
        ),
        "fill_rate": Whole(
            say("Form fill rate"),
            say(
                "Accepted fills divided by visits. A visit is an arrival at a page by something that does not "
                "say it is a machine, or that fills in the form; visits and fills go by their own touch, and known "
                "leads count in both. Who fills in two forms on one visit is two fills: so there can be more fills "
                "than visits."
            ),
            numerator=say("Accepted fills."),
            denominator=say("Visits."),
            day=say("The day of the visit, and that of the fill."),
            touch=say("The touch of the visit, and that of the fill."),
            people=say("New and known leads, and visitors whom nobody knows."),
        ),
        "to_mql": Whole(
            say("Conversion to MQL"),
            say(
                "Of the leads captured in the span, the share that has become an MQL by now. Weeks that ended "
                "less than "
                "14 days ago are marked: their leads may still ripen."
            ),
            numerator=say("Those of them who have been handed over to sales by now."),
            denominator=say("Leads captured."),
            day=say("The day of the first accepted fill, or of the import of a list, of both."),
            touch=_FIRST_TOUCH,
            people=_NEW,
        ),
        "to_sql": Whole(
            say("MQL to SQL"),
            say(
                "Of the MQLs handed over in the span, the share that sales has qualified by now (SQL, "
                "opportunity, won or "
                "lost). No answer is no yes."
            ),
            numerator=say("Those of them that sales has qualified by now."),
            denominator=say("MQLs handed over."),
            day=say("The day of the hand-over, of both."),
            touch=_FIRST_TOUCH,
            people=EACH_HAND_OVER,
        ),
        "cost_per_lead": Whole(
            say("Cost per lead"),
            say("What was spent on the days of the span divided by the leads captured in it."),
            numerator=_SPENT,
            denominator=say("Leads captured."),
            day=say("The day of the costs, and that of the first accepted fill or of the import of a list."),
            touch=_SHARED_COSTS,
            people=_NEW,
        ),
        "cost_per_mql": Whole(
            say("Cost per MQL"),
            say("What was spent on the days of the span divided by the MQLs handed over in it."),
            numerator=_SPENT,
            denominator=say("MQLs handed over."),
            day=say("The day of the costs, and that of the hand-over."),
            touch=_SHARED_COSTS,
            people=EACH_HAND_OVER,
        ),
        "nurture_days": Whole(
            say("Nurture duration"),
            say(
                "Days from the first accepted fill, or from the import of the list that brought the person, to the "
                "first hand-over, the median of the MQLs handed over in the span."
            ),
            numerator=say(
                "The time from the first accepted fill, or the import of a list, to the first hand-over, the median."
            ),
            denominator=say("None: it is a duration."),
            day=say("The day of the first hand-over."),
            touch=_FIRST_TOUCH,
            people=say("Leads who are handed over for the first time."),
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Figures:
    """What a row of a report counts. `spent` is in minor units of the reports' currency; None: nothing was loaded."""

    visits: int = 0
    fills: int = 0
    leads: int = 0
    ripened: int = 0
    mqls: int = 0
    accepted: int = 0
    rejected: int = 0
    sqls: int = 0
    spent: int | None = None
    starts: int = 0
    downloads: int = 0

    @property
    def fill_rate(self) -> float | None:
        return _share(self.fills, self.visits)

    @property
    def to_mql(self) -> float | None:
        return _share(self.ripened, self.leads)

    @property
    def to_sql(self) -> float | None:
        return _share(self.sqls, self.mqls)

    @property
    def acceptance(self) -> float | None:
        """Of those that sales answered with a yes or a no, the share of the yes."""
        return _share(self.accepted, self.accepted + self.rejected)

    @property
    def cost_per_lead(self) -> float | None:
        return None if self.spent is None else _share(self.spent, self.leads)

    @property
    def cost_per_mql(self) -> float | None:
        return None if self.spent is None else _share(self.spent, self.mqls)


NOTHING = Figures()


@dataclass(frozen=True, slots=True)
class Line:
    """One row: what it is, its figures, and whether its leads have had their time.

    `now`: what they would be by what is known now, where that differs from what was closed; `nurture_now` is always so.
    """

    key: str
    label: str
    figures: Figures
    is_ripe: bool = True
    now: Figures | None = None
    nurture_days: float | None = None
    nurture_now: float | None = None


Rows = dict[str, list[int]]  # by row: what is COUNTED in its order

_COLUMNS: Mapping[By, str] = MappingProxyType(
    {By.WEEK: "day", By.CHANNEL: "channel", By.SOURCE: "source", By.CAMPAIGN: "campaign", By.PAGE: "page_id"}
)


_SHARED = (By.CHANNEL, By.SOURCE, By.PAGE)  # rows to which costs come by way of their campaigns


@dataclass(frozen=True, slots=True)
class Report:
    """A span of days, both included: all of it, and by what was asked for.

    Days of `closed` months are told as they were closed; `now`, where it differs, and `nurture_now` are what is known
    now.
    """

    since: date
    until: date
    by: By
    whole: Figures
    nurture_days: float | None
    lines: Sequence[Line]
    unmatched: int  # spent for campaigns that no visit carried, in minor units
    uncounted: int  # days of the span that are over and still being counted
    closed: Sequence[ClosedMonth] = ()
    now: Figures | None = None
    nurture_now: float | None = None
    kind: SpendKind | None = None  # the costs that count; None: all of them
    spent_on: Mapping[str, int] = field(
        default_factory=dict
    )  # what was spent on each kind, also of those that do not count

    @property
    def has_changed(self) -> bool:
        """Whether anything is told otherwise now than it was closed."""
        changed = self.now is not None or self.nurture_now != self.nurture_days
        return changed or any(line.now is not None or line.nurture_now != line.nurture_days for line in self.lines)


@dataclass(frozen=True, slots=True)
class _Sums:
    """The figures of a span: all of it, and by row."""

    whole: Figures
    by_row: Mapping[str, Figures]


def report(
    since: date,
    until: date,
    by: By,
    *,
    zone: ZoneInfo,
    rates: Rates,
    at: datetime,
    most: int | None = MOST_ROWS,
    kind: SpendKind | None = None,
) -> Report:
    """The figures of these days, up to today, in `most` rows, with the costs of a kind or all of them.

    As many queries for a year as for a day.
    """
    today = daily.day_of(at, zone)
    until = min(until, today)
    names, shut = campaigns.aliases(), closed.months(since, until)
    now = _known(since, until, by, names, zone=zone, rates=rates, at=at)
    shut_costs = closed.costs(since, until, currency=rates.currency) if shut else []
    spent_on = _by_kind([*_still_open(now.costs, shut), *shut_costs])
    if kind is not None:
        now = replace(now, costs=[cost for cost in now.costs if cost.kind == kind])
        shut_costs = [cost for cost in shut_costs if cost.kind == kind]
    costs, rows = now.costs, _regrouped(now.rows, names.label_of) if by is By.CAMPAIGN else now.rows
    rows_then = _as_closed(since, until, by, now.rows, shut, names) if shut else rows
    name = _name(by, names, (rows, rows_then))
    present = told = _sums(_regrouped(rows, name), costs, by, now.brought)
    if shut:
        then = [*sharing.without(now.brought, shut), *sharing.as_closed(since, until)]
        told = _sums(_regrouped(rows_then, name), [*_still_open(costs, shut), *shut_costs], by, then)
    nurture = responses.nurture_days(since, until, zone=zone)
    lasted = _nurtures(since, until, by, name, names, zone=zone, at=at)
    lasted_then = _nurtures(since, until, by, name, names, zone=zone, at=at, shut=shut) if shut else lasted
    known = _campaigns(zone) if costs else frozenset()
    return Report(
        since=since,
        until=until,
        by=by,
        whole=told.whole,
        nurture_days=_nurture_as_closed(since, until, shut, zone=zone, at=at) if shut else nurture,
        lines=_lines(told.by_row, present.by_row, by, today, (lasted_then, lasted))[:most],
        unmatched=sum(cost.amount for cost in costs if not _is_known(cost.campaign, names, known)),
        uncounted=daily.uncounted(since, until, today=today, zone=zone),
        closed=shut,
        now=present.whole if present.whole != told.whole else None,
        nurture_now=nurture,
        kind=kind,
        spent_on=spent_on,
    )


def by_campaign(since: date, until: date, *, zone: ZoneInfo, rates: Rates, at: datetime) -> Mapping[str, Figures]:
    """What each campaign brought by what is known now, by its name or the raw value that none takes."""
    names = campaigns.aliases()
    now = _known(since, until, By.CAMPAIGN, names, zone=zone, rates=rates, at=at)
    rows = _regrouped(now.rows, names.label_of)
    rows = _regrouped(rows, _name(By.CAMPAIGN, names, (rows,)))
    return _sums(rows, now.costs, By.CAMPAIGN, now.brought).by_row


def _name(by: By, names: Aliases, rows: Iterable[Rows]) -> Callable[[str], str]:
    """What a value is called that may differ from others in capitals alone."""
    if by not in (By.SOURCE, By.CAMPAIGN):
        return str
    listed = names.names.values() if by is By.CAMPAIGN else vocabulary.words_of(WordKind.SOURCE)
    came: Rows = {}
    for told in rows:
        for value, numbers in told.items():
            _add(came, value, numbers)
    return Spelling(listed, came).of


@dataclass(frozen=True, slots=True)
class _Known:
    """Rows, what was spent, under the names of campaigns, and by which ways these brought what they brought."""

    rows: Rows
    costs: Sequence[Cost]
    brought: Sequence[Brought]


def _known(since: date, until: date, by: By, names: Aliases, *, zone: ZoneInfo, rates: Rates, at: datetime) -> _Known:
    """What is known now, today counted as it is."""
    today = daily.day_of(at, zone)
    rows = _kept(since, until, by)
    going_on = daily.count(daily.a_day(today, zone)) if since <= today <= until else []
    _add_today(rows, by, going_on)
    spent = spending.between(since, until, rates)
    costs = [replace(cost, campaign=names.name_of(cost.campaign) or cost.campaign) for cost in spent]
    brought = sharing.known(since, until, names, going_on) if costs and by in _SHARED else []
    return _Known(rows, costs, brought)


def _nurtures(
    since: date,
    until: date,
    by: By,
    name: Callable[[str], str],
    names: Aliases,
    *,
    zone: ZoneInfo,
    at: datetime,
    shut: Sequence[ClosedMonth] = (),
) -> Mapping[str, float]:
    def row_then(day: date, value: str) -> str:
        return _key(day) if by is By.WEEK else name(value)

    def row(day: date, value: str) -> str:
        return row_then(day, names.label_of(value) if by is By.CAMPAIGN else value)

    dimension = ALL if by is By.WEEK else by.value
    return nurtures.by_row(since, until, dimension, row, zone=zone, at=at, shut=shut, row_then=row_then)


def _nurture_as_closed(
    since: date, until: date, shut: Sequence[ClosedMonth], *, zone: ZoneInfo, at: datetime
) -> float | None:
    if len(shut) == 1 and (since, until) == (shut[0].month, shut[0].last_day):
        return shut[0].nurture_days
    return nurtures.by_row(since, until, ALL, lambda *_: ALL, zone=zone, at=at, shut=shut).get(ALL)


def _sums(rows: Rows, costs: Sequence[Cost], by: By, brought: Sequence[Brought]) -> _Sums:
    spent = _by_row(costs, by, rows, brought)
    return _Sums(
        whole=_figures(_total(rows.values()), sum(cost.amount for cost in costs) if costs else None),
        by_row={key: _figures(rows.get(key, [0] * len(COUNTED)), spent.get(key)) for key in {**rows, **spent}},
    )


def _as_closed(
    since: date,
    until: date,
    by: By,
    now: Rows,
    shut: Sequence[ClosedMonth],
    names: Aliases,
) -> Rows:
    """The span with the days of closed months as they were closed: in the place of what is known of them now."""
    mixed = dict(now)
    for key, numbers in _kept(since, until, by, among=closed.is_in(DailyTotal.day, shut)).items():
        _add(mixed, key, [-number for number in numbers])
    mixed = {key: numbers for key, numbers in mixed.items() if any(numbers)}
    if by is By.CAMPAIGN:
        mixed = _regrouped(mixed, names.label_of)
    for key, numbers in _kept_closed(since, until, by).items():
        _add(mixed, key, numbers)
    return mixed


def _still_open(costs: Iterable[Cost], shut: Sequence[ClosedMonth]) -> list[Cost]:
    return [cost for cost in costs if not any(one.month <= cost.day <= one.last_day for one in shut)]


def _by_kind(costs: Iterable[Cost]) -> Mapping[str, int]:
    """What was spent on each kind, the most first."""
    spent: Counter[str] = Counter()
    for cost in costs:
        spent[cost.kind] += cost.amount
    return dict(spent.most_common())


def _kept(since: date, until: date, by: By, among: ColumnElement[bool] | None = None) -> Rows:
    """What the kept days add up to, by row: whole weeks as they are kept, and the days before and after them."""
    column = DailyTotal.day if by is By.WEEK else DailyTotal.value
    which = DailyTotal.dimension == (ALL if by is By.WEEK else by.value), *([] if among is None else [among])
    begin, end = _weeks(since, until)
    if by is By.WEEK or among is not None or begin >= end:
        measures = COUNTED if among is None else MEASURES
        return _added_up(DailyTotal, column, since, until, *which, measures=measures)
    one_day = timedelta(days=1)
    parts = union_all(
        _parts(DailyTotal, DailyTotal.day, since, begin - one_day, by),
        _parts(WeeklyTotal, WeeklyTotal.monday, begin, end - one_day, by),
        _parts(DailyTotal, DailyTotal.day, end, until, by),
    ).subquery()
    query = select(parts.c.value, *(func.sum(parts.c[measure]) for measure in COUNTED)).group_by(parts.c.value)
    told = session().connection().execute(query).all()
    return {_key(value): [int(number) for number in numbers] for value, *numbers in told}


def _parts(
    table: type[DailyTotal | WeeklyTotal], day: InstrumentedAttribute[date], since: date, until: date, by: By
) -> Select[Any]:
    columns = (getattr(table, name) for name in ("value", *COUNTED))
    return select(*columns).where(table.dimension == by.value, day >= since, day <= until)


def _weeks(since: date, until: date) -> tuple[date, date]:
    """The first Monday of these days, and the one behind the last week that lies in them as a whole."""
    return daily.monday_of(since + timedelta(days=6)), daily.monday_of(until + timedelta(days=1))


def _kept_closed(since: date, until: date, by: By) -> Rows:
    """The same of closed months, as they were closed."""
    return _added_up(ClosedFigure, getattr(ClosedFigure, _COLUMNS[by]), since, until, measures=MEASURES)


def _added_up(
    table: type[DailyTotal | ClosedFigure],
    column: InstrumentedAttribute[Any],
    since: date,
    until: date,
    *which: ColumnElement[bool],
    measures: Sequence[str],
) -> Rows:
    """The sums by row. Closed months keep MEASURES alone: of their days the others stay as they are known now."""
    sums = (func.sum(getattr(table, measure)) for measure in measures)
    query = select(column, *sums).where(table.day >= since, table.day <= until, *which).group_by(column)
    rows: Rows = {}
    for value, *numbers in session().execute(query):
        told = dict(zip(measures, numbers, strict=True))
        _add(rows, _key(value), [int(told.get(measure, 0)) for measure in COUNTED])
    return rows


def _add_today(rows: Rows, by: By, told: Sequence[JsonObject]) -> None:
    for row in told:
        _add(rows, _key(row[_COLUMNS[by]]), [row[measure] for measure in COUNTED])


def _add(rows: Rows, key: str, numbers: Sequence[int]) -> None:
    rows[key] = [have + more for have, more in zip(rows.get(key, [0] * len(COUNTED)), numbers, strict=True)]


def _total(rows: Iterable[Sequence[int]]) -> list[int]:
    return [sum(numbers) for numbers in zip([0] * len(COUNTED), *rows, strict=True)]


def _figures(numbers: Sequence[int], spent: int | None) -> Figures:
    return Figures(**dict(zip(COUNTED, numbers, strict=True)), spent=spent)


def _key(value: object) -> str:
    return daily.monday_of(value).isoformat() if isinstance(value, date) else str(value)


def _lines(
    told: Mapping[str, Figures],
    present: Mapping[str, Figures],
    by: By,
    today: date,
    lasted: tuple[Mapping[str, float], Mapping[str, float]],
) -> list[Line]:
    """`lasted`: how long leads were nurtured, as it was closed and as it is known now."""
    keys = {**told, **present}
    differs = () if told is present else (key for key in keys if told.get(key, NOTHING) != present.get(key, NOTHING))
    now = {key: present.get(key, NOTHING) for key in differs}
    names = _page_titles(keys) if by is By.PAGE else {key: _week(key) for key in keys} if by is By.WEEK else {}
    lines = [
        Line(
            key,
            names.get(key, key),
            told.get(key, NOTHING),
            by is not By.WEEK or _is_ripe(key, today),
            now.get(key),
            *(one.get(key) for one in lasted),
        )
        for key in keys
    ]
    if by is By.WEEK:
        return sorted(lines, key=lambda line: line.key, reverse=True)
    return sorted(lines, key=lambda line: (-line.figures.leads, -line.figures.visits, line.label))


def _week(monday: str) -> str:
    """`16 to 22 November 2026`, or with both months where there are two."""
    first = date.fromisoformat(monday)
    last = first + timedelta(days=6)
    return Phrase(lambda language: language.days(first, last))


def _is_ripe(monday: str, today: date) -> bool:
    return date.fromisoformat(monday) + timedelta(days=7) + RIPE_AFTER <= today


def _page_titles(rows: Iterable[str]) -> dict[str, str]:
    newest = select(func.max(Edition.number)).where(Edition.magnet_id == Page.magnet_id).correlate(Page)
    query = (
        select(Page.id, Edition.title)
        .join(Edition, Edition.magnet_id == Page.magnet_id)
        .where(Page.id.in_([int(key) for key in rows]), Edition.number == newest.scalar_subquery())
    )
    return {str(page_id): title for page_id, title in session().execute(query)} | {"0": ""}


def _regrouped(rows: Rows, name: Callable[[str], str]) -> Rows:
    """The rows by what their values are called, such as raw values under the campaigns that their aliases name."""
    grouped: Rows = {}
    for value, numbers in rows.items():
        _add(grouped, name(value), numbers)
    return grouped


def _is_known(raw: str, names: Aliases, carried: Set[str]) -> bool:
    return raw.casefold() in carried or names.name_of(raw) is not None


def _by_row(costs: Sequence[Cost], by: By, rows: Iterable[str], brought: Sequence[Brought]) -> dict[str, int]:
    """What was spent for each row, all of it: what is of no row stands in the one without a name.

    Platforms and links disagree on capitals: a cost goes to the row that differs in nothing else.
    """
    alike = {key.casefold(): key for key in rows}
    told = [cost for cost in costs if by not in _SHARED or (by is By.SOURCE and cost.source)]
    parts = [({By.WEEK: _key(cost.day), By.CAMPAIGN: cost.campaign}.get(by, cost.source), cost.amount) for cost in told]
    if by in _SHARED:
        rest = [cost for cost in costs if not (by is By.SOURCE and cost.source)]
        parts += sharing.shared(rest, brought, lambda way: _row_of(way, by)).items()
    spent: dict[str, int] = {}
    for key, amount in parts:
        row = alike.setdefault(key.casefold(), key)
        spent[row] = spent.get(row, 0) + amount
    return spent


def _row_of(way: Way, by: By) -> str:
    return str(getattr(way, _COLUMNS[by]))


def _campaigns(zone: ZoneInfo) -> frozenset[str]:
    came = carried(By.CAMPAIGN.value, COUNTED_AS, zone)
    return frozenset(shown(campaign).casefold() for campaign in came) - {""}


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
