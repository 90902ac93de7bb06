"""Files of spreadsheet programs: cells that none of them runs, and tables as they write them."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence

from capture.leads import lists

Cell = str | float | None

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


def csv_of(rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """A CSV file for Excel, part by part: nothing in it can run there, and numbers stay numbers."""
    part = io.StringIO("\ufeff")  # so that Excel reads UTF-8
    part.seek(0, io.SEEK_END)
    lines = csv.writer(part)
    for row in rows:
        lines.writerow([safe(cell) if isinstance(cell, str) else cell for cell in row])
        if part.tell() > _PART:
            yield part.getvalue()
            part.seek(0)
            part.truncate()
    yield part.getvalue()


def table(data: bytes) -> list[list[str]]:
    """The cells of a CSV, whichever mark parts them and in whichever of the usual encodings. Raises UploadRefused."""
    return list(lists.table(data))
