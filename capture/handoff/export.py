"""The feed as text: JSON, one object a line (NDJSON), or CSV, row by row and never as a whole in memory."""

import csv
import io
import json
import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

from capture.handoff import feed, rows, spreadsheet
from capture.handoff.columns import COLUMNS, Cell
from capture.handoff.rows import FeedRow


class Form(StrEnum):
    """How the rows are written."""

    JSON = "json"
    NDJSON = "ndjson"
    CSV = "csv"


def write(path: Path, form: Form, *, zone: ZoneInfo, for_people: bool = False) -> int:
    """Write the whole feed to a file and give the number of rows, which the reader can check.

    The file appears when it is complete, or not at all. `for_people` (CSV) makes every cell text for spreadsheets.
    Reads in a session that it closes: not for requests.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    counted = Counted(feed.stream(zone=zone))
    try:
        with beside.open("w", encoding="utf-8", newline="") as file:
            file.writelines(text(counted, form, zone=zone, for_people=for_people))
            file.write(ending(counted, form))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return counted.number


END = "feed.end"  # the event of the last line, behind which nothing is missing


class Counted:
    """Counts the rows that pass, and keeps the cursor of the last one."""

    def __init__(self, passing: Iterable[FeedRow]) -> None:
        self._passing = passing
        self.number = 0
        self.cursor = ""

    def __iter__(self) -> Iterator[FeedRow]:
        for row in self._passing:
            self.number += 1
            self.cursor = row.cursor
            yield row


def whole(told: Iterable[FeedRow], form: Form, *, zone: ZoneInfo, for_people: bool = False) -> Iterator[str]:
    """The rows in pieces of text, and the line that says how many they were."""
    counted = Counted(told)
    yield from text(counted, form, zone=zone, for_people=for_people)
    yield ending(counted, form)


def ending(counted: Counted, form: Form) -> str:
    """The last line, once all have passed: how many there were. JSON has none: its bracket closes it."""
    if form is Form.NDJSON:
        return json.dumps({"event": END, "rows": counted.number, "cursor": counted.cursor}) + "\n"
    told = {"cursor": counted.cursor, "event": END, "what": f"{counted.number} rows"}
    return _line(told.get(column.name, "") for column in COLUMNS) if form is Form.CSV else ""


def text(told: Iterable[FeedRow], form: Form, *, zone: ZoneInfo, for_people: bool = False) -> Iterator[str]:
    """The rows in pieces of text."""
    if form is Form.CSV:
        return _csv(told, zone=zone, for_people=for_people)
    return _ndjson(told) if form is Form.NDJSON else _json(told)


def _ndjson(told: Iterable[FeedRow]) -> Iterator[str]:
    for row in told:
        yield json.dumps(rows.to_json(row), ensure_ascii=False) + "\n"


def _json(told: Iterable[FeedRow]) -> Iterator[str]:
    before = "[\n"
    for row in told:
        yield before + json.dumps(rows.to_json(row), ensure_ascii=False)
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def _csv(told: Iterable[FeedRow], *, zone: ZoneInfo, for_people: bool) -> Iterator[str]:
    if for_people:
        yield "\ufeff"  # without it Excel takes UTF-8 for its own old code page
    yield _line(column.name for column in COLUMNS)
    for row in told:
        yield _line(_cell(column.take(row, zone), for_people=for_people) for column in COLUMNS)


def _line(cells: Iterable[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue()


def _cell(value: Cell, *, for_people: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat()
    return spreadsheet.safe(value) if for_people and isinstance(value, str) else str(value)
