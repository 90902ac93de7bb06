"""The files themselves: CSV or a spreadsheet, in parts where the destination has a limit, never whole in memory."""

import csv
import io
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Protocol
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, or_, select

from capture.db import session
from capture.handoff import dispositions, feed, spreadsheet
from capture.handoff.destinations import conversions, sources
from capture.handoff.destinations.conversions import Tellings
from capture.handoff.destinations.judging import OVER, Judge, Judged, tells_conversions
from capture.handoff.destinations.sources import WON_VALUE
from capture.handoff.destinations.tables import Destination, Rule
from capture.handoff.models import Mql
from capture.handoff.rows import FeedRow
from capture.handoff.spreadsheet import Cell, Separator
from capture.leads import consents
from capture.leads.models import Lead

MOST_ROWS_OF_A_SHEET = 1_048_575  # what a spreadsheet holds below its headers
MOST_LETTERS_OF_A_CELL = 32_767
MOST_BYTES_OF_A_SHEET = 2_000_000_000  # unpacked; from 2 GiB on its container is one that spreadsheet programs repair
_BYTES_AROUND_A_CELL = 80
MOST_REMARKS = 100
MOST_LOOKED_AT = 100
MOST_SHOWN = 200
_WINDOW = 200
_DAY, _TIME = "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"  # how a spreadsheet shows them


class Form(StrEnum):
    CSV = "csv"  # raw, for machines
    PEOPLE = "people"  # CSV in which no cell is taken for a formula
    XLSX = "xlsx"


@dataclass(frozen=True, slots=True)
class Span:
    """MQLs handed over, or decided about, from `since` to before `until`; None is without end."""

    since: datetime | None = None
    until: datetime | None = None


@dataclass(slots=True)
class Report:
    """How many rows there were, how many stand in the file, and what was done about the others: the first remarks.

    `over`: how many were left out for what sales said. `total`: how many MQLs the file is about, of which only the
    newest may be read. `barred`: how many stand in the file whom one may not mail. `told`: what an
    advertiser hears by the file, where that is to be kept. `idless` are the first remarks of rows whose owner has no id
    there, and `lacking` says of whom Team has none, and of how many rows.
    """

    total: int = 0
    read: int = 0
    written: int = 0
    changed: int = 0
    over: int = 0
    barred: int = 0
    others: list[tuple[FeedRow, str]] = field(default_factory=list)
    idless: list[tuple[FeedRow, str]] = field(default_factory=list)
    lacking: Counter[str] = field(default_factory=Counter)
    paths: list[Path] = field(default_factory=list)
    told: Tellings | None = None

    @property
    def left_out(self) -> int:
        return self.read - self.written

    @property
    def is_empty(self) -> bool:
        """Whether it is known that no row stands in the file."""
        return not self.written and self.total <= self.read

    @property
    def remarks(self) -> list[tuple[FeedRow, str]]:
        return [*self.others, *self.idless]

    def note(self, judged: Judged) -> None:
        self.read += 1
        self.written += judged.cells is not None
        self.over += judged.is_over
        self.barred += bool(judged.barred)
        self.changed += judged.cells is not None and len(judged.remarks) > len(judged.idless)
        if judged.idless and judged.row.owner is not None:
            self.lacking[judged.row.owner.name] += 1
        for remark in judged.remarks:
            kept = self.idless if remark in judged.idless else self.others
            if len(kept) < MOST_REMARKS:
                kept.append((judged.row, remark))


def lint(destination: Destination, span: Span, *, zone: ZoneInfo, at: datetime, with_over: bool = False) -> Report:
    """What the destination would say of the newest MOST_LOOKED_AT rows of a file, without writing it.

    Those that are left out for what sales said are counted, and none of them is looked at. As many queries, however
    many MQLs there are.
    """
    instant, *which = _which(destination, span)
    over = 0
    if not with_over and not tells_conversions(destination):
        over = _number(*which, Mql.outcome.in_(list(OVER)), Mql.lead_id.not_in(_ERASED))
        which.append(or_(Mql.outcome.is_(None), Mql.outcome.not_in(list(OVER))))
    # The few of the erased are taken off: leaving each out would look at the lead of every MQL.
    others = _number(*which) - _number(*which, Mql.lead_id.in_(_ERASED))
    report = Report(total=others + over, read=over if others <= MOST_LOOKED_AT else 0, over=over)
    rows = feed.latest(instant, *which, Mql.lead_id.not_in(_ERASED), zone=zone, limit=MOST_LOOKED_AT)
    with closing(Judge(destination, zone=zone, at=at, with_over=with_over)) as judge:
        for row in _judge(judge, rows):
            report.note(row)
    return report


@dataclass(frozen=True, slots=True)
class Rows:
    """What becomes of the newest MOST_SHOWN rows of a file, the newest first; and of how many there are in all."""

    judged: Sequence[Judged]
    report: Report

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """What was done, and to how many of these rows, the most frequent first."""
        return Counter(remark for row in self.judged for remark in row.told).most_common()


def newest(destination: Destination, span: Span, *, zone: ZoneInfo, at: datetime, with_over: bool = False) -> Rows:
    """The report that `looked_at` gives, of the newest MOST_SHOWN rows alone. A fixed number of queries."""
    instant, *which = _which(destination, span)
    rows = feed.latest(instant, *which, Mql.lead_id.not_in(_ERASED), zone=zone, limit=MOST_SHOWN)
    report = Report(total=_number(*which) - _number(*which, Mql.lead_id.in_(_ERASED)))
    with closing(Judge(destination, zone=zone, at=at, with_over=with_over)) as judge:
        judged = list(_judge(judge, rows))
    for row in judged:
        report.note(row)
    return Rows(judged[::-1], report)


def size(destination: Destination, span: Span) -> int:
    """About how many MQLs the file is."""
    return _number(*_which(destination, span)[1:])


def looked_at(
    destination: Destination, span: Span, *, zone: ZoneInfo, at: datetime, with_over: bool = False
) -> Iterator[Sequence[Cell]]:
    """What becomes of every row of the file, as cells, without writing it: headers, rows with what was done, the sum.

    Closes the session that it reads in, as it goes on.
    """
    report = Report()
    yield REMARKED
    for row in judged(destination, span, zone=zone, at=at, with_over=with_over):
        report.note(row)
        yield from _remarked(row)
    yield _sum(report)


REMARKED = ("MQL ID", "Lead ID", "Person", "E-mail", "In the file", "What was done")


def _remarked(judged: Judged) -> Iterator[Sequence[Cell]]:
    row = judged.row
    stands = "no" if judged.cells is None else "yes"
    for remark in judged.told:
        yield row.mql_id, row.lead_id, row.person.name, row.person.email, stands, str(remark)


def _sum(report: Report) -> Sequence[Cell]:
    """The last line: without it the report is cut off."""
    told = f"{report.read} read, {report.written} in the file, {report.left_out} left out, {report.changed} changed"
    return ("", "", "", "", "", told)


class _Remarks:
    """The report beside a file that is being written."""

    def __init__(self, path: Path, separator: Separator) -> None:
        self._separator = separator
        self._file = path.open("w", encoding="utf-8", newline="")
        self._add(REMARKED, before="\ufeff")

    def add(self, judged: Judged) -> None:
        for cells in _remarked(judged):
            self._add(cells)

    def close(self, report: Report) -> None:
        self._add(_sum(report))
        self._file.close()

    def _add(self, cells: Sequence[Cell], before: str = "") -> None:
        self._file.write(before + _line([spreadsheet.safe(str(cell)) for cell in cells], self._separator))


def write(
    path: Path,
    destination: Destination,
    form: Form,
    span: Span,
    *,
    zone: ZoneInfo,
    at: datetime,
    remarks: Path | None = None,
    with_over: bool = False,
    separator: Separator = Separator.COMMA,
) -> Report:
    """Write the file, or NAME-1, NAME-2, … where the destination takes no more in one; gives what came of it.

    Without rows it holds the headers only. What sales rejected or lost is in it only `with_over`, or where it is for an
    advertiser. `remarks` is where to write what was done to each row, all of it. `separator` parts what is for people:
    a system gets commas. Closes the session that it reads in:
    for a command, or a file that is sent afterwards.
    """
    report, parts = Report(), [_part(path, 1, destination, form, zone, separator)]
    beside = _Remarks(remarks, separator) if remarks else None
    if tells_conversions(destination):
        report.told = Tellings(with_value=any(column.source == WON_VALUE for column in destination.columns))
    try:
        for row in judged(destination, span, zone=zone, at=at, with_over=with_over):
            report.note(row)
            if beside:
                beside.add(row)
            if row.cells is None:
                continue
            if parts[-1].is_full_for(row.cells):
                parts[-1].close()
                parts.append(_part(path, len(parts) + 1, destination, form, zone, separator))
            parts[-1].add(row.cells)
            if report.told is not None:
                report.told.add(row.row)
    finally:
        parts[-1].close()
        if beside:
            beside.close(report)
    report.paths = [parts[0].path.replace(path)] if len(parts) == 1 else [part.path for part in parts]
    return report


def judged(
    destination: Destination, span: Span, *, zone: ZoneInfo, at: datetime, with_over: bool = False
) -> Iterator[Judged]:
    """Row by row what becomes of each, in the order in which they were handed over, or decided about.

    Closes the session that it reads in.
    """
    told = feed.handed_over(*_which(destination, span), Mql.lead_id.not_in(_ERASED), zone=zone)
    with closing(Judge(destination, zone=zone, at=at, with_over=with_over)) as judge:
        while window := list(islice(told, _WINDOW)):
            yield from _judge(judge, window)


def _judge(judge: Judge, window: Sequence[FeedRow]) -> Iterator[Judged]:
    people = {row.lead_id for row in window}
    return judge.rows(
        window, tracked=consents.agreeing(people, consents.TRACKING), customers=dispositions.customers(people)
    )


_ERASED = select(Lead.id).where(Lead.erased_at.is_not(None))  # by the index of those few; they are in no file


def _number(*wanted: ColumnElement[bool]) -> int:
    return session().scalar(select(func.count()).select_from(Mql).where(*wanted)) or 0


def _which(destination: Destination, span: Span) -> tuple[feed.Instants, *tuple[ColumnElement[bool], ...]]:
    """Which MQLs the file is about: the instant that lies in the span, and what else is true of them."""
    adjusts = Rule.ADJUSTS in destination.rules
    instant = Mql.outcome_at if adjusts else Mql.qualified_at
    found: list[ColumnElement[bool]] = []
    if adjusts:
        found += [Mql.outcome_at.is_not(None), conversions.to_adjust(once_more=span != Span())]
    if span.since is not None:
        found.append(instant >= span.since)
    if span.until is not None:
        found.append(instant < span.until)
    return instant, *found


class _Part(Protocol):
    """One file that is being written."""

    path: Path

    def is_full_for(self, cells: Sequence[str]) -> bool: ...
    def add(self, cells: Sequence[str]) -> None: ...
    def close(self) -> None: ...


def _part(path: Path, number: int, destination: Destination, form: Form, zone: ZoneInfo, separator: Separator) -> _Part:
    beside = path.with_name(f"{path.stem}-{number}{path.suffix}")
    if form is Form.XLSX:
        return _Sheet(beside, destination, zone)
    return _Lines(beside, destination, zone, separator if form is Form.PEOPLE else None)


class _Lines:
    """A CSV file. For people every cell is safe and parted as they want; for machines it is as it was given."""

    def __init__(self, path: Path, destination: Destination, zone: ZoneInfo, for_people: Separator | None) -> None:
        self.path = path
        self._for_people = for_people
        self._decimals = {number for number, one in enumerate(destination.columns) if one.source == WON_VALUE}
        self._most_rows = destination.most_rows or math.inf
        self._most_bytes = destination.most_bytes or math.inf
        self._rows = 0
        self._file = path.open("w", encoding="utf-8", newline="")
        before = "\ufeff" if for_people else ""  # without it Excel takes UTF-8 for its own old code page
        if destination.first_line:
            before += destination.first_line.format(zone=zone.key) + "\r\n"
        self._bytes = 0
        self._write(before + self._text([column.header for column in destination.columns]))

    def is_full_for(self, cells: Sequence[str]) -> bool:
        return self._rows >= self._most_rows or self._bytes + len(self._text(cells).encode()) > self._most_bytes

    def add(self, cells: Sequence[str]) -> None:
        self._write(self._text(cells))
        self._rows += 1

    def close(self) -> None:
        self._file.close()

    def _text(self, cells: Sequence[str]) -> str:
        separator = self._for_people
        if separator is None:
            return _line(cells)
        told = (separator.decimal(cell) if number in self._decimals else cell for number, cell in enumerate(cells))
        return _line([spreadsheet.safe(cell) for cell in told], separator)

    def _write(self, text: str) -> None:
        self._file.write(text)
        self._bytes += len(text.encode())


class _Sheet:
    """A spreadsheet of text, so that nothing in it is run and +49 stays +49, and of days and times.

    Who takes conversions takes times as they are written, and gets them as text.
    """

    def __init__(self, path: Path, destination: Destination, zone: ZoneInfo) -> None:
        import xlsxwriter  # slow to import, for the few who take workbooks

        self.path = path
        above = int(bool(destination.first_line))
        self._most_rows = min(destination.most_rows or MOST_ROWS_OF_A_SHEET, MOST_ROWS_OF_A_SHEET - above)
        self._most_bytes = min(destination.most_bytes or MOST_BYTES_OF_A_SHEET, MOST_BYTES_OF_A_SHEET)
        self._bytes = 0
        self._book = xlsxwriter.Workbook(
            str(path), {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        )
        self._sheet = self._book.add_worksheet("MQLs")
        if above:
            self._sheet.write_string(0, 0, destination.first_line.format(zone=zone.key))
        self._sheet.freeze_panes(above + 1, 0)
        bold = self._book.add_format({"bold": True})
        is_exact = tells_conversions(destination)
        self._zone, self._sources = zone, ["" if is_exact else column.source for column in destination.columns]
        self._day, self._time = (self._book.add_format({"num_format": told}) for told in (_DAY, _TIME))
        for at, column in enumerate(destination.columns):
            self._sheet.set_column(at, at, max(12, min(40, len(column.header) + 4)))
            self._sheet.write_string(above, at, column.header, bold)
        self._rows, self._above = 0, above

    def is_full_for(self, cells: Sequence[str]) -> bool:
        return self._rows >= self._most_rows or self._bytes + _unpacked(cells) > self._most_bytes

    def add(self, cells: Sequence[str]) -> None:
        self._rows += 1
        self._bytes += _unpacked(cells)
        line = self._above + self._rows
        for at, (cell, source) in enumerate(zip(cells, self._sources, strict=True)):
            told = sources.moment(source, cell, self._zone)
            if told is None:
                self._sheet.write_string(line, at, _fitting(cell))
            else:
                self._sheet.write_datetime(line, at, told, self._day if source == sources.DAY else self._time)

    def close(self) -> None:
        self._book.close()


def _fitting(cell: str) -> str:
    """As much of it as a cell of a spreadsheet holds, where an emoji counts as two letters."""
    if 2 * len(cell) <= MOST_LETTERS_OF_A_CELL:
        return cell
    return cell.encode("utf-16-le")[: 2 * MOST_LETTERS_OF_A_CELL].decode("utf-16-le", "ignore")


def _unpacked(cells: Sequence[str]) -> int:
    """Bytes that a row takes in a sheet; the file, which is packed, never takes more."""
    return sum(_BYTES_AROUND_A_CELL + len(escape(_fitting(cell)).encode()) for cell in cells)


def _line(cells: Sequence[str], separator: Separator = Separator.COMMA) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=separator).writerow(cells)
    return buffer.getvalue()
