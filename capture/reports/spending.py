"""What was spent: files of costs from the ad platforms and from hand, in one currency with set rates."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from types import MappingProxyType

from sqlalchemy import delete, func, insert, select

from capture import currencies
from capture.db import session
from capture.errors import NotFound, UploadRefused
from capture.handoff import dates, layouts, money, spreadsheet
from capture.handoff.dates import DateOrder
from capture.handoff.layouts import ColumnsUnknown, Layout, Purpose, Said
from capture.languages import Phrase, numeral, quoted, say
from capture.reports.models import Spend, SpendImport, SpendKind

MOST_ROWS = 200_000
MOST_FAULTS = 20

# Headers that the files of Google Ads, LinkedIn Ads and of people use for each thing, in lower case.
HEADERS: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "day": ("day", "date", "start date (in utc)", "start date", "from", "tag", "von"),
        "until": ("end date (in utc)", "end date", "until", "to", "bis"),
        "campaign": ("campaign", "campaign name", "utm_campaign", "kampagne"),
        "amount": ("cost", "amount", "total spent", "spend", "amount spent", "kosten"),
        "currency": ("currency code", "currency", "account currency", "währung"),
        "source": ("source", "utm_source", "quelle"),
        "kind": ("kind", "type", "art"),
    }
)
PURPOSE = Purpose(
    "costs",
    HEADERS,
    lambda told: {"campaign", "amount"} <= told,
    say("There is no row with the headers Day, Campaign and Cost in the first 30 lines."),
)
MOST_DAYS = 400  # over which one row is spread
_OF_LINKEDIN = "start date (in utc)"  # its files say the month first, whatever else they hold
_EXPONENT = re.compile(r"\d[eE][+-]?\d")  # 1.2E+03, as a spreadsheet shortens it
# A sum of the lines above, as Google Ads and people write it; a campaign may begin with the word.
_TOTAL = re.compile(r"(?:grand )?(?:totals?|gesamt(?:summe)?|summe)(?:\s*:.*|\s+[-–]\s.*)?", re.IGNORECASE)
_PERIOD = re.compile(r"(.+?)\s+[-–]\s+(.+)")  # the line above the headers by which Google Ads says it


@dataclass(frozen=True, slots=True)
class Rates:
    """The currency of the reports, and what one unit of each other one is worth in it."""

    currency: str
    worth: Mapping[str, Decimal]

    def of(self, currency: str) -> Decimal | None:
        """None for a currency without a rate."""
        return Decimal(1) if currency == self.currency else self.worth.get(currency)

    def exchanged(self, minor: int, currency: str, worth: Decimal) -> int:
        """Minor units of a currency as those of the reports' one, at this rate."""
        return currencies.minor(currencies.whole(minor, currency) * worth, self.currency)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one day cost for one campaign, in minor units of the reports' currency; no kind: nobody kept it."""

    day: date
    source: str
    campaign: str
    amount: int
    kind: str = ""


@dataclass(frozen=True, slots=True)
class SpendRow:
    """A line of a file of costs; `amount` is in minor units of `currency`."""

    day: date
    kind: SpendKind
    source: str
    campaign: str
    amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class Period:
    """From one day to another, both included: over them a row without a day is spread."""

    since: date
    until: date

    def days(self) -> list[date]:
        """Each of them."""
        return [self.since + timedelta(days=number) for number in range((self.until - self.since).days + 1)]


@dataclass(frozen=True, slots=True)
class Preview:
    """A file of costs as it was read: its rows, the first faults by line, and what it adds up to by currency.

    `counts` is by currency how many lines of the file the rows are, each spread over its days; `period` that of lines
    without a day.
    """

    rows: Sequence[SpendRow]
    faults: Sequence[str]
    totals: Mapping[str, int]
    layout: Layout
    counts: Mapping[str, int]
    period: Period | None

    @property
    def lines(self) -> int:
        """How many lines of the file the rows are."""
        return sum(self.counts.values())

    def uncounted(self, rates: Rates) -> int:
        """How many of these lines no report counts, since their currency has no rate."""
        return sum(number for code, number in self.counts.items() if rates.of(code) is None)

    @property
    def columns(self) -> Mapping[str, str]:
        """The header of each thing that was found."""
        return {name: self.layout.headers[place] for name, place in self.layout.places.items()}


def between(since: date, until: date, rates: Rates) -> list[Cost]:
    """The costs of these days, converted; one query. What has no rate counts as nothing and is listed by `unrated`."""
    query = (
        select(Spend.day, Spend.source, Spend.campaign, Spend.kind, Spend.currency, func.sum(Spend.amount))
        .where(Spend.day >= since, Spend.day <= until)
        .group_by(Spend.day, Spend.source, Spend.campaign, Spend.kind, Spend.currency)
    )
    return [
        Cost(day, source, campaign, rates.exchanged(int(amount), currency, worth), kind)
        for day, source, campaign, kind, currency, amount in session().execute(query)
        if (worth := rates.of(currency)) is not None
    ]


def unrated(rates: Rates, *, looked_at: Iterable[str] = ()) -> list[str]:
    """The currencies that have no rate, of costs that are kept and of those that somebody looks at."""
    known = {*session().scalars(select(Spend.currency).distinct()), *looked_at}
    return sorted(code for code in known if rates.of(code) is None)


def read(
    data: bytes,
    *,
    currency: str,
    kind: SpendKind = SpendKind.ADS,
    period: Period | None = None,
    said: Said | None = None,
) -> Preview:
    """Read a file of costs: the headers are found wherever they stand, totals and empty lines are passed over.

    `currency` and `kind` hold for rows that do not say so themselves, and `period` for those without a day; `said` is
    which column is which, where a person says it. Raises UploadRefused for what is no such file, and ColumnsUnknown
    where somebody has to say it first.
    """
    table = spreadsheet.table(data)
    layout = layouts.found(table, PURPOSE) if said is None else layouts.said(table, PURPOSE, said)
    period = period or _period(table[: layout.line], layout.order)
    if "day" not in layout.places and period is None:
        raise ColumnsUnknown(say("No column has the day: choose one, or say for which days the file is."), layout)
    lines = [(number, layout.cells(cells)) for number, cells in enumerate(table[layout.line + 1 :], layout.line + 2)]
    lines = [(number, told) for number, told in lines if _says_something(told, table[number - 1])]
    order = layout.order or _order(layout, [told for _, told in lines])
    rows, faults, counts = [], [], Counter[str]()
    for number, told in lines:
        try:
            row = _row(told, currency, kind)
            rows += _spread(row, _days(told, period, order))
            counts[row.currency] += 1
        except ValueError as fault:
            faults.append(say("Line %(number)s: %(fault)s", number=number, fault=str(fault)))
    if len(rows) > MOST_ROWS:
        raise UploadRefused(
            say("This file has more than %(most_rows)s rows; load it in parts.", most_rows=numeral(MOST_ROWS))
        )
    totals: dict[str, int] = {}
    for row in rows:
        totals[row.currency] = totals.get(row.currency, 0) + row.amount
    return Preview(rows, faults[:MOST_FAULTS], totals, layout, counts, period)


def load(data: bytes, preview: Preview, name: str, *, by: str, at: datetime) -> SpendImport | None:
    """Keep the rows of a file, and how it was read. None where it was loaded before, however it was saved."""
    if is_loaded(data):
        return None
    layouts.remember(preview.layout, PURPOSE)
    loaded = SpendImport(name=name[:300], digest=_digest(_cells(data)), rows=preview.lines, by=by, at=at)
    session().add(loaded)
    session().flush()
    if preview.rows:
        session().execute(insert(Spend), [{**asdict(row), "import_id": loaded.id} for row in preview.rows])
    return loaded


def is_loaded(data: bytes) -> bool:
    """Whether this very file was loaded before, however it was saved."""
    digests = _digest(_cells(data)), _digest(data)
    return session().scalar(select(SpendImport.id).where(SpendImport.digest.in_(digests)).limit(1)) is not None


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _cells(data: bytes) -> bytes:
    """What stands in a file, whatever parts its cells and in whichever encoding."""
    rows = ("\x1f".join(cell.strip() for cell in cells) for cells in spreadsheet.table(data))
    return "\n".join(row for row in rows if row.strip("\x1f")).encode()


@dataclass(frozen=True, slots=True)
class Held:
    """What a loaded file holds: its first and last day, and by kind and currency the sums in minor units."""

    since: date
    until: date
    sums: Sequence[tuple[str, str, int]]


def held(loaded: Sequence[SpendImport]) -> Mapping[int, Held]:
    """Of each of these files; one query."""
    sums = func.min(Spend.day), func.max(Spend.day), func.sum(Spend.amount)
    query = select(Spend.import_id, Spend.kind, Spend.currency, *sums)
    query = query.where(Spend.import_id.in_([one.id for one in loaded])).order_by(Spend.kind, Spend.currency)
    found: dict[int, Held] = {}
    for key, kind, currency, since, until, amount in session().execute(
        query.group_by(Spend.import_id, Spend.kind, Spend.currency)
    ):
        before = found.get(key, Held(since, until, ()))
        found[key] = Held(
            min(before.since, since), max(before.until, until), (*before.sums, (kind, currency, int(amount)))
        )
    return found


@dataclass(frozen=True, slots=True)
class Twice:
    """A file that was loaded and has costs of the same days, campaigns, sources and kinds as another one."""

    name: str
    since: date
    until: date

    @property
    def days(self) -> Phrase:
        """The first and the last of these days, in words."""
        if self.since == self.until:
            return Phrase(lambda language: language.calendar_day(self.since))
        return Phrase(lambda language: language.days(self.since, self.until))


def twice(rows: Sequence[SpendRow]) -> list[Twice]:
    """Which files hold already what these rows are about, the newest first; one query, none for none."""
    if not rows:
        return []
    of_rows = {(row.day, row.campaign.casefold(), row.source, row.kind) for row in rows}
    days = [row.day for row in rows]
    query = select(SpendImport.id, SpendImport.name, Spend.day, Spend.campaign, Spend.source, Spend.kind).distinct()
    query = query.join(Spend, Spend.import_id == SpendImport.id).where(Spend.day.between(min(days), max(days)))
    found: dict[int, tuple[str, list[date]]] = {}
    for key, name, day, campaign, source, kind in session().execute(query.order_by(SpendImport.id.desc())):
        if (day, campaign.casefold(), source, kind) in of_rows:
            found.setdefault(key, (name, []))[1].append(day)
    return [Twice(name, min(held), max(held)) for name, held in found.values()]


def imports() -> Sequence[SpendImport]:
    """The files that were loaded, the newest first."""
    return session().scalars(select(SpendImport).order_by(SpendImport.id.desc()).limit(100)).all()


def take_back(public_id: str) -> SpendImport:
    """Undo a file. Raises NotFound."""
    loaded = session().scalar(select(SpendImport).where(SpendImport.public_id == public_id))
    if loaded is None:
        raise NotFound("file of costs")
    session().execute(delete(Spend).where(Spend.import_id == loaded.id))
    session().delete(loaded)
    return loaded


def _says_something(told: Mapping[str, str], cells: Sequence[str]) -> bool:
    """Whether it is a line of costs, and no total, note or empty line below them."""
    first = next((cell.strip() for cell in cells if cell.strip()), "")
    is_dated = bool(told["day"]) if "day" in told else bool(told["campaign"] and told["amount"])
    return is_dated and not any(_TOTAL.fullmatch(cell) for cell in (first, told.get("day", "")))


def _order(layout: Layout, lines: Sequence[Mapping[str, str]]) -> DateOrder | None:
    """Which of day and month comes first, by what stands in the file; of LinkedIn's own it is known."""
    told = dates.order_of(line[name] for line in lines for name in ("day", "until") if line.get(name))
    is_linkedin = "day" in layout.places and layout.headers[layout.places["day"]].lower() == _OF_LINKEDIN
    return told or (DateOrder.MONTH if is_linkedin else None)


def _period(above: Sequence[Sequence[str]], order: DateOrder | None) -> Period | None:
    """The days that a line above the headers names."""
    for cells in above:
        for found in filter(None, (_PERIOD.fullmatch(cell.strip()) for cell in cells)):
            try:
                since, until = (dates.read(part, order).date() for part in found.groups())
            except ValueError:
                continue
            return Period(since, until) if since <= until else None
    return None


def _days(told: Mapping[str, str], period: Period | None, order: DateOrder | None) -> list[date]:
    if "day" not in told:
        assert period is not None  # noqa: S101  asked before
        return _checked(period).days()
    since = dates.read(told["day"], order).date()
    until = dates.read(told["until"], order).date() if told.get("until") else since
    return _checked(Period(since, until)).days()


def _checked(period: Period) -> Period:
    if period.until < period.since:
        raise ValueError(say("the last day lies before the first"))
    if (period.until - period.since).days >= MOST_DAYS:
        raise ValueError(say("a row may be spread over %(most)s days at most", most=MOST_DAYS))
    return period


def _spread(row: SpendRow, days: Sequence[date]) -> list[SpendRow]:
    """The same amount on each of the days, to the last minor unit."""
    bounds = [row.amount * number // len(days) for number in range(len(days) + 1)]
    return [
        replace(row, day=day, amount=end - begin) for day, begin, end in zip(days, bounds, bounds[1:], strict=False)
    ]


def _row(told: Mapping[str, str], currency: str, kind: SpendKind) -> SpendRow:
    code = told.get("currency", "").upper() or currency
    if len(code) != 3 or not code.isalpha():
        raise ValueError(say("%(code)s is not a currency such as EUR", code=quoted(code)))
    named = told.get("kind", "").lower()
    if named and named not in list(SpendKind):
        raise ValueError(say("%(named)s is not one of %(kinds)s", named=quoted(named), kinds=", ".join(SpendKind)))
    return SpendRow(
        day=date.min,  # each of its days follows
        kind=SpendKind(named) if named else kind,
        source=told.get("source", "").lower()[:300],
        campaign=told["campaign"][:300],
        amount=_minor_units(told["amount"], code),
        currency=code,
    )


def _minor_units(text: str, currency: str) -> int:
    """An amount in either way of writing: 1,234.50 and 1.234,50. What is less than a minor unit is rounded."""
    signs = "".join(sign for sign in text.replace("−", "-") if sign.isdecimal() or sign in ",.-")
    bare = signs.strip("-")
    is_negative = bare != signs or "(" in text  # as bookkeepers write it
    try:
        if _EXPONENT.search(text):
            raise InvalidOperation
        whole, part = money.parted(bare, digits=currencies.digits(currency))
        amount = Decimal(f"{re.sub('[,.]', '', whole)}.{part}")
    except (InvalidOperation, ValueError):
        raise ValueError(say("%(text)s is not an amount", text=quoted(text))) from None
    if is_negative and amount:
        raise ValueError(say("%(text)s is less than nothing", text=quoted(text)))
    return currencies.minor(amount, currency)
