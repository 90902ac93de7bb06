"""Files of spreadsheet programs: cells that none of them runs, and tables as they write them."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum

from capture.leads import lists

Cell = str | float | None


class Separator(StrEnum):
    """What parts the cells of a CSV file. Where decimals have a comma, spreadsheets expect semicolons between cells."""

    COMMA = ","
    SEMICOLON = ";"

    def decimal(self, number: str) -> str:
        """A number with a point in it as the same spreadsheets read it."""
        return number.replace(".", ",") if self is Separator.SEMICOLON else number


_PART = 64_000  # characters that are written before they are given out

# What makes Excel, LibreOffice or Google Sheets read a cell as a formula, in narrow and full width, also after spaces.
# https://owasp.org/www-community/attacks/CSV_Injection
_RUNS = re.compile(r"'*\s*[=+\-@\t\r\n＝＋－＠]")
_MARK = "'"


def safe(text: str) -> str:
    """The text as it may stand in a file for people: with an apostrophe before it where a program might run it.

    A telephone number such as +49 30 1234567 gets one too: without it the program makes a number of it and drops the +.
    """
    return _MARK + text if _RUNS.match(text) else text


def plain(cell: str) -> str:
    """What `safe` was given."""
    return cell[1:] if cell.startswith(_MARK) and _RUNS.match(cell[1:]) else cell


def csv_of(rows: Iterable[Sequence[Cell]], separator: Separator = Separator.COMMA) -> Iterator[str]:
    """A CSV file for Excel, part by part: nothing in it can run there, and numbers stay numbers."""
    part = io.StringIO("\ufeff")  # so that Excel reads UTF-8
    part.seek(0, io.SEEK_END)
    lines = csv.writer(part, delimiter=separator)
    for row in rows:
        lines.writerow([_written(cell, separator) for cell in row])
        if part.tell() > _PART:
            yield part.getvalue()
            part.seek(0)
            part.truncate()
    yield part.getvalue()


def _written(cell: Cell, separator: Separator) -> Cell:
    if isinstance(cell, float):
        return separator.decimal(str(cell))
    return safe(cell) if isinstance(cell, str) else cell


def table(data: bytes) -> list[list[str]]:
    """The cells of a CSV, whichever mark parts them and in whichever of the usual encodings. Raises UploadRefused."""
    return list(lists.table(data))
