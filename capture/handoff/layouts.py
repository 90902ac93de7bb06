"""Which column of somebody's file is which: found by its header, or said by a person and remembered for such files."""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import select

from capture.db import session, upsert
from capture.errors import UploadRefused
from capture.handoff import spreadsheet
from capture.handoff.dates import DateOrder
from capture.handoff.models import KnownLayout
from capture.languages import say
from capture.leads import lists

SEARCHED = 30  # lines in which the headers may stand
UNUSED = ""


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a kind of file is read for: what its columns may be, by the headers that are known for each, in lower case.

    `is_enough` says whether such columns make sense of a file, `without` what is missing where they do not.
    """

    key: str
    headers: Mapping[str, Sequence[str]]
    is_enough: Callable[[Set[str]], bool]
    without: str


@dataclass(frozen=True, slots=True)
class Layout:
    """The line of the headers, from 0, what each column is (UNUSED: nothing), and the order of dates with slashes.

    `order` is None where nobody has said it.
    """

    line: int
    headers: tuple[str, ...]
    means: tuple[str, ...]
    order: DateOrder | None = None

    @property
    def places(self) -> dict[str, int]:
        """Where each thing stands."""
        return {meaning: place for place, meaning in enumerate(self.means) if meaning}

    def cells(self, row: Sequence[str]) -> dict[str, str]:
        """A row by what its cells are."""
        return {name: row[place].strip() if place < len(row) else "" for name, place in self.places.items()}


@dataclass(frozen=True, slots=True)
class Said:
    """What a person says of a file: the line of its headers, what each column is, and the order of its dates."""

    line: int
    means: Sequence[str]
    order: DateOrder | None


class ColumnsUnknown(UploadRefused):
    """Nobody has said yet which columns of the file are which; `layout` is what was found of them."""

    def __init__(self, why: str, layout: Layout) -> None:
        super().__init__(why)
        self.layout = layout


def found(table: Sequence[Sequence[str]], purpose: Purpose) -> Layout:
    """As a person said of such a file, else by the headers. Raises ColumnsUnknown, or UploadRefused for no table."""
    lines = [_trimmed(cells) for cells in islice(table, SEARCHED)]
    keys = {lists.header_key(cells): line for line, cells in reversed([*enumerate(lines)]) if len(cells) > 1}
    query = select(KnownLayout).where(KnownLayout.purpose == purpose.key, KnownLayout.headers_key.in_(keys))
    for known in session().scalars(query.order_by(KnownLayout.id.desc())):
        line = keys[known.headers_key]
        return Layout(line, tuple(lines[line]), tuple(known.means), known.date_order)
    for line, cells in enumerate(lines):
        layout = Layout(line, tuple(cells), _guessed(cells, purpose))
        if purpose.is_enough(set(layout.places)):
            return layout
    widest = max(range(len(lines)), key=lambda line: (sum(map(bool, lines[line])), -line), default=None)
    if widest is None or sum(map(bool, lines[widest])) < 2:
        raise UploadRefused(purpose.without)
    raise ColumnsUnknown(purpose.without, Layout(widest, tuple(lines[widest]), _guessed(lines[widest], purpose)))


def said(table: Sequence[Sequence[str]], purpose: Purpose, told: Said) -> Layout:
    """As a person says it now. Raises ColumnsUnknown where that makes no sense of the file."""
    if not 0 <= told.line < len(table):
        return found(table, purpose)
    headers = _trimmed(table[told.line])
    means = [meaning if meaning in purpose.headers else UNUSED for meaning in [*told.means, *[UNUSED] * len(headers)]]
    layout = Layout(told.line, tuple(headers), tuple(means[: len(headers)]), told.order)
    twice = {meaning for meaning in layout.means if meaning and layout.means.count(meaning) > 1}
    if twice:
        first = next(header for header, meaning in zip(layout.headers, layout.means, strict=True) if meaning in twice)
        raise ColumnsUnknown(
            say("“%(column)s” and another column are said to be the same; choose one.", column=first), layout
        )
    if not purpose.is_enough(set(layout.places)):
        raise ColumnsUnknown(purpose.without, layout)
    return layout


def named(data: bytes, purpose: Purpose, names: Mapping[str, str], order: DateOrder | None) -> Said | None:
    """What a command says of the columns, by their headers; None where it says nothing.

    Raises UploadRefused, naming a header that is not there or a meaning that there is not.
    """
    if not names and order is None:
        return None
    table = spreadsheet.table(data)
    try:
        layout = found(table, purpose)
    except ColumnsUnknown as unknown:
        layout = unknown.layout
    means = dict(zip(layout.headers, layout.means, strict=True))
    for header, meaning in names.items():
        if header not in means or meaning not in purpose.headers:
            known = ", ".join(purpose.headers)
            raise UploadRefused(
                say(
                    "“%(header)s=%(meaning)s”: the file has no such column, or it is none of %(known)s.",
                    header=header,
                    meaning=meaning,
                    known=known,
                )
            )
        means = {one: UNUSED if told == meaning else told for one, told in means.items()} | {header: meaning}
    return Said(layout.line, [means[header] for header in layout.headers], order or layout.order)


def remember(layout: Layout, purpose: Purpose) -> None:
    """Read the next file with these headers in the same way."""
    row = {"means": list(layout.means), "date_order": layout.order}
    insertion = upsert(KnownLayout).values(purpose=purpose.key, headers_key=lists.header_key(layout.headers), **row)
    session().execute(insertion.on_conflict_do_update(index_elements=["purpose", "headers_key"], set_=row))


def _trimmed(cells: Sequence[str]) -> list[str]:
    told = [" ".join(cell.split()) for cell in cells]
    while told and not told[-1]:
        told.pop()
    return told


def _guessed(cells: Sequence[str], purpose: Purpose) -> tuple[str, ...]:
    """By the first header that is known for each thing."""
    lower = [cell.lower() for cell in cells]
    means = [UNUSED] * len(lower)
    for meaning, names in purpose.headers.items():
        place = next((lower.index(name) for name in names if name in lower), None)
        if place is not None and not means[place]:
            means[place] = meaning
    return tuple(means)
