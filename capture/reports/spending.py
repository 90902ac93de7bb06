"""What was spent: files of costs from the ad platforms and from hand, in one currency with set rates."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from types import MappingProxyType

from sqlalchemy import delete, func, insert, select

from capture.db import session
from capture.errors import NotFound, UploadRefused
from capture.handoff import spreadsheet
from capture.languages import numeral, say
from capture.reports.models import Spend, SpendImport, SpendKind

MOST_ROWS = 200_000
MOST_FAULTS = 20

# Headers that the files of Google Ads, LinkedIn Ads and of people use for each thing, in lower case.
HEADERS: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "day": ("day", "date", "start date (in utc)", "start date", "tag"),
        "campaign": ("campaign", "campaign name", "utm_campaign", "kampagne"),
        "amount": ("cost", "amount", "total spent", "spend", "amount spent", "kosten"),
        "currency": ("currency code", "currency", "account currency", "währung"),
        "source": ("source", "utm_source", "quelle"),
        "kind": ("kind", "type", "art"),
    }
)
NEEDED = ("day", "campaign", "amount")
_DAY_FORMATS = ("%Y-%m-%d", "%m/%d/%Y", "%d.%m.%Y", "%b %d, %Y", "%d %B %Y")


@dataclass(frozen=True, slots=True)
class Rates:
    """The currency of the reports, and what one unit of each other one is worth in it."""

    currency: str
    worth: Mapping[str, Decimal]

    def of(self, currency: str) -> Decimal | None:
        """None for a currency without a rate."""
        return Decimal(1) if currency == self.currency else self.worth.get(currency)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one day cost for one campaign, in minor units of the reports' currency."""

    day: date
    source: str
    campaign: str
    amount: int


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
class Preview:
    """A file of costs as it was read: its rows, the first faults by line, and what it adds up to by currency."""

    rows: Sequence[SpendRow]
    faults: Sequence[str]
    totals: Mapping[str, int]
    columns: Mapping[str, str]


def between(since: date, until: date, rates: Rates) -> list[Cost]:
    """The costs of these days, converted; one query. What has no rate counts as nothing and is listed by `unrated`."""
    query = (
        select(Spend.day, Spend.source, Spend.campaign, Spend.currency, func.sum(Spend.amount))
        .where(Spend.day >= since, Spend.day <= until)
        .group_by(Spend.day, Spend.source, Spend.campaign, Spend.currency)
    )
    return [
        Cost(day, source, campaign, _whole(int(amount) * worth))
        for day, source, campaign, currency, amount in session().execute(query)
        if (worth := rates.of(currency)) is not None
    ]


def unrated(rates: Rates) -> list[str]:
    """The currencies of costs that have no rate."""
    return sorted(code for code in session().scalars(select(Spend.currency).distinct()) if rates.of(code) is None)


def read(data: bytes, *, currency: str, kind: SpendKind = SpendKind.ADS) -> Preview:
    """Read a file of costs: the headers are found wherever they stand, totals and empty lines are passed over.

    `currency` and `kind` hold for rows that do not say so themselves. Raises UploadRefused for what is no such file.
    """
    table = spreadsheet.table(data)
    at, columns = _headers(table)
    rows, faults = [], []
    for number, cells in enumerate(table[at + 1 :], at + 2):
        told = {name: cells[place].strip() if place < len(cells) else "" for name, place in columns.items()}
        if not told["day"] or told["day"].lower().startswith("total"):
            continue
        try:
            rows.append(_row(told, currency, kind))
        except ValueError as fault:
            faults.append(say("Line %(number)s: %(fault)s", number=number, fault=str(fault)))
    if len(rows) > MOST_ROWS:
        raise UploadRefused(
            say("This file has more than %(most_rows)s rows; load it in parts.", most_rows=numeral(MOST_ROWS))
        )
    totals: dict[str, int] = {}
    for row in rows:
        totals[row.currency] = totals.get(row.currency, 0) + row.amount
    named = {name: table[at][place].strip() for name, place in columns.items()}
    return Preview(rows, faults[:MOST_FAULTS], totals, named)


def load(data: bytes, preview: Preview, name: str, *, by: str, at: datetime) -> SpendImport | None:
    """Keep the rows of a file. None where this very file was loaded before: nothing is counted twice."""
    digest = hashlib.sha256(data).hexdigest()
    if session().scalar(select(SpendImport.id).where(SpendImport.digest == digest)) is not None:
        return None
    loaded = SpendImport(name=name[:300], digest=digest, rows=len(preview.rows), by=by, at=at)
    session().add(loaded)
    session().flush()
    if preview.rows:
        session().execute(insert(Spend), [{**asdict(row), "import_id": loaded.id} for row in preview.rows])
    return loaded


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


def _headers(table: Sequence[Sequence[str]]) -> tuple[int, dict[str, int]]:
    """The row with the headers, and where each column stands; files of platforms have lines of their own above it."""
    for at, cells in enumerate(table[:30]):
        places = {name: place for name in HEADERS if (place := _place(cells, HEADERS[name])) is not None}
        if all(name in places for name in NEEDED):
            return at, places
    raise UploadRefused(say("There is no row with the headers Day, Campaign and Cost in the first 30 lines."))


def _place(cells: Sequence[str], names: Iterable[str]) -> int | None:
    lower = [cell.strip().lower() for cell in cells]
    return next((lower.index(name) for name in names if name in lower), None)


def _row(told: Mapping[str, str], currency: str, kind: SpendKind) -> SpendRow:
    code = told.get("currency", "").upper() or currency
    if len(code) != 3 or not code.isalpha():
        raise ValueError(say("%(code)s is not a currency such as EUR", code=repr(code)))
    named = told.get("kind", "").lower()
    if named and named not in list(SpendKind):
        raise ValueError(say("%(named)s is not one of %(kinds)s", named=repr(named), kinds=", ".join(SpendKind)))
    return SpendRow(
        day=_day(told["day"]),
        kind=SpendKind(named) if named else kind,
        source=told.get("source", "").lower()[:300],
        campaign=told["campaign"][:300],
        amount=_minor(told["amount"]),
        currency=code,
    )


def _day(text: str) -> date:
    for form in _DAY_FORMATS:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007  a day has no zone
        except ValueError:
            continue
    raise ValueError(say("%(text)s is not a day such as 2026-11-25", text=repr(text)))


def _minor(text: str) -> int:
    """Minor units of an amount in either way of writing: 1,234.50 and 1.234,50."""
    digits = "".join(sign for sign in text if sign.isdecimal() or sign in ",.-")
    if not any(sign.isdecimal() for sign in digits):
        raise ValueError(say("%(text)s is not an amount", text=repr(text)))
    whole, part = digits, ""
    last = max(digits.rfind(","), digits.rfind("."))
    if last >= 0 and (len(digits) - last - 1 != 3 or (digits.count(digits[last]) == 1 and digits[0] == "0")):
        whole, part = digits[:last], digits[last + 1 :]
    try:
        amount = Decimal(whole.replace(",", "").replace(".", "") + "." + (part or "0"))
    except InvalidOperation:
        raise ValueError(say("%(text)s is not an amount", text=repr(text))) from None
    if amount < 0:
        raise ValueError(say("%(text)s is less than nothing", text=repr(text)))
    return _whole(amount * 100)


def _whole(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))
