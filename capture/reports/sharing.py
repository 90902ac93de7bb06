"""What a campaign cost, told by page, channel and source: shared by what it brought there in the same month."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from capture.attribution.patterns import Aliases
from capture.db import JsonObject, session
from capture.reports.daily import Way
from capture.reports.models import ClosedMonth, ClosedWay, MonthlyWay
from capture.reports.spending import Cost

NOWHERE = Way(0, "", "", "")  # what brought nobody


@dataclass(frozen=True, slots=True)
class Brought:
    """What a month brought by one way; its campaign is the name that takes the raw value."""

    month: date
    way: Way
    visits: int
    leads: int


def known(since: date, until: date, names: Aliases, today: Sequence[JsonObject]) -> list[Brought]:
    """What every month of the span brought as a whole, by what is known now; `today` is a day that is not kept yet."""
    rows = [*_between(MonthlyWay, since, until)]
    for row in today:
        way = Way(*(row[name] for name in Way._fields))
        rows.append((row["day"].replace(day=1), way, row["visits"], row["leads"]))
    labels = {raw: names.label_of(raw) for raw in {way.campaign for _, way, *_ in rows}}
    return [Brought(month, way._replace(campaign=labels[way.campaign]), *told) for month, way, *told in rows]


def as_closed(since: date, until: date) -> list[Brought]:
    """The same of closed months, as they were closed."""
    return [Brought(month, way, *told) for month, way, *told in _between(ClosedWay, since, until)]


def without(brought: Iterable[Brought], shut: Sequence[ClosedMonth]) -> list[Brought]:
    """What the months brought that are not closed."""
    gone = {one.month for one in shut}
    return [one for one in brought if one.month not in gone]


def shared(costs: Iterable[Cost], brought: Iterable[Brought], row: Callable[[Way], str]) -> dict[str, int]:
    """What was spent for each row, to the last minor unit.

    Each campaign of a month is shared by the visits that it brought there in that month, by its leads where nobody
    visited, such as those of a list; of a source that the file names, by those of that source where it has any.
    """
    by_campaign: dict[tuple[date, str], list[Brought]] = defaultdict(list)
    for one in brought:
        by_campaign[one.month, one.way.campaign.casefold()].append(one)
    sums: Counter[tuple[date, str, str]] = Counter()
    for cost in costs:
        sums[cost.day.replace(day=1), cost.campaign.casefold(), cost.source.casefold()] += cost.amount
    spent: Counter[str] = Counter()
    for (month, campaign, source), amount in sums.items():
        mine = by_campaign[month, campaign]
        mine = [one for one in mine if source and one.way.source.casefold() == source] or mine
        spent.update(_split(amount, _weights(mine, row)) or {row(NOWHERE): amount})
    return dict(spent)


def _weights(brought: Iterable[Brought], row: Callable[[Way], str]) -> Mapping[str, int]:
    visits: Counter[str] = Counter()
    leads: Counter[str] = Counter()
    for one in brought:
        visits[row(one.way)] += one.visits
        leads[row(one.way)] += one.leads
    return visits if visits.total() else leads


def _split(amount: int, weights: Mapping[str, int]) -> Mapping[str, int]:
    """In whole units that add up to the amount: what is left over goes to those that lost most by rounding down."""
    whole = sum(weights.values())
    if not whole:
        return {}
    parts = {key: divmod(amount * weight, whole) for key, weight in weights.items()}
    left = amount - sum(part for part, _ in parts.values())
    most = sorted(parts, key=lambda key: (-parts[key][1], key))[:left]
    return {key: part + (key in most) for key, (part, _) in parts.items() if part or key in most}


def _between(table: type[MonthlyWay | ClosedWay], since: date, until: date) -> Iterable[tuple[Any, ...]]:
    columns = (getattr(table, name) for name in ("month", *Way._fields, "visits", "leads"))
    rows = session().execute(select(*columns).where(table.month >= since.replace(day=1), table.month <= until))
    return ((month, Way(*way), visits, leads) for month, *way, visits, leads in rows)
