"""The whole feed told, and written as files for a CRM, beside the raw driver reading the same facts.

Each export runs in a process of its own, so that its memory is its own: the peak beside what the idle product takes.
The first row is waited for by the clock. LODESTONE_BENCH_MQLS=1000000 (`make bench-large`) measures the size of the
goal: three minutes to fill, and an hour of reading.
"""

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import timedelta
from http import HTTPStatus
from itertools import islice
from pathlib import Path
from time import perf_counter, process_time
from zoneinfo import ZoneInfo

from flask import current_app

from capture.handoff import export, feed
from capture.handoff.destinations import files, tables
from capture.handoff.destinations.files import Span
from capture.handoff.export import Form
from tests.benchmarks import history
from tests.benchmarks.history import NOW
from tests.factories import a_token

FLAT = 80  # MB over the idle product
AT_ONCE = 1.0  # seconds until the first row, or until what is looked at is there
EVENTS_EACH = 5
ZONE = ZoneInfo("UTC")


def main() -> None:
    mqls = int(os.environ.get("LODESTONE_BENCH_MQLS", "20000"))
    print(f"\n{mqls:,} MQLs told to the last one, beside the raw driver reading the same facts (SQLite, CPU seconds)")
    print(f"{'':>22}{'rows':>11}{'took':>10}{'ratio':>8}{'first row':>11}{'over idle':>11}   goal")
    with tempfile.TemporaryDirectory() as folder:
        with history.past(Path(folder), mqls, mqls * EVENTS_EACH, mqls_each=1) as file:
            alone = _read(file)
        print(f"{'the raw driver':>22}{mqls:>11,}{alone:>8.1f} s")
        for name in WAYS:
            _tell(name, _of_its_own(name, Path(folder), mqls), alone)


def _tell(name: str, told: dict[str, float], alone: float) -> None:
    met = told["over"] < FLAT and (name in FILES or told["first"] < AT_ONCE)
    first, goal = ("", "") if name in FILES else (f"{told['first']:.2f} s", f"under {AT_ONCE:.0f} s and ")
    print(
        f"{name:>22}{told['rows']:>11,.0f}{told['took']:>8.1f} s{told['took'] / alone:>8.1f}{first:>11}"
        f"{told['over']:>8.0f} MB   {'met' if met else 'MISSED'}: {goal}{'within ' if name in FILES else ''}{FLAT} MB",
        flush=True,
    )


def _of_its_own(name: str, folder: Path, mqls: int) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.benchmarks.bench_export", name, str(folder), str(mqls)]
    told: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return told


def _export(name: str, folder: Path, mqls: int) -> None:
    """One export in this process, with what it took, as JSON."""
    with history.past(folder, mqls, mqls * EVENTS_EACH, mqls_each=1):
        feed.newest()
        idle, begun, began = _megabytes("VmRSS"), process_time(), perf_counter()
        first, rows = 0.0, 0
        for rows, _ in enumerate(WAYS[name](folder), 1):  # noqa: B007
            first = first or perf_counter() - began
        took = process_time() - begun
    print(json.dumps({"rows": rows, "took": took, "first": first, "over": _megabytes("VmHWM") - idle}))


def _megabytes(what: str) -> float:
    """Of this process: VmRSS is what it takes now, VmHWM the most it ever took."""
    told = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text("ascii").splitlines())
    return int(told[what].split()[0]) / 1024


def _answer(_folder: Path) -> Iterator[object]:
    """Asked for as a machine does it, over HTTP and with a token."""
    asked = {"Authorization": f"Bearer {a_token()}"}
    answer = current_app.test_client().get("/api/v1/mqls?limit=all&format=ndjson", headers=asked)
    if answer.status_code != HTTPStatus.OK:
        raise AssertionError(answer.text)
    for piece in answer.iter_encoded():
        yield from piece.splitlines()


def _lines(_folder: Path) -> Iterator[object]:
    return export.text(feed.stream(zone=ZONE), Form.NDJSON, zone=ZONE)


def _cells(_folder: Path) -> Iterator[object]:
    return islice(
        export.text(feed.stream(zone=ZONE), Form.CSV, zone=ZONE), 1, None
    )  # the first line is that of the headers


def _contacts(folder: Path) -> Iterable[object]:
    """All of them as a CRM takes them, which refuses an address that stands twice."""
    return _file(folder / "contacts.csv", "hubspot", files.Form.CSV)


def _sheet(folder: Path) -> Iterable[object]:
    return _file(folder / "book.xlsx", "generic", files.Form.XLSX)


def _file(path: Path, destination: str, form: files.Form) -> Iterable[object]:
    report = files.write(path, tables.DESTINATIONS[destination], form, Span(), zone=ZONE, at=NOW)
    for part in report.paths:
        part.unlink()
    return range(report.written)


def _year(_folder: Path) -> Iterable[object]:
    """The beginning of a long span."""
    return islice(files.judged(tables.DESTINATIONS["salesforce"], YEAR, zone=ZONE, at=NOW), 1000)


def _late_days(_folder: Path) -> Iterable[object]:
    return files.judged(tables.DESTINATIONS["salesforce"], LATE, zone=ZONE, at=NOW)


def _looked_at(_folder: Path) -> Iterable[object]:
    """What the studio says of a long span before a file is made."""
    report = files.lint(tables.DESTINATIONS["hubspot"], YEAR, zone=ZONE, at=NOW)
    return range(report.read)


YEAR, LATE = Span(since=NOW - timedelta(days=history.DAYS - 5)), Span(since=NOW - timedelta(days=40))
WAYS = {
    "the API's answer": _answer,
    "NDJSON": _lines,
    "CSV": _cells,
    "contacts for HubSpot": _contacts,
    "spreadsheet": _sheet,
    "1,000 of a long span": _year,
    "late days": _late_days,
    "looked at": _looked_at,
}
FILES = ("contacts for HubSpot", "spreadsheet")
"""Finished before anybody gets them."""


def _read(file: Path) -> float:
    """The facts of every row, window by window as the feed is read, with nothing made of them."""
    begun = process_time()
    with closing(sqlite3.connect(file)) as raw:
        after = 0
        while leads := [
            row[0]
            for row in raw.execute(
                "SELECT mql.lead_id, feed_entry.*, mql.*, lead.*, touch.* FROM feed_entry JOIN mql ON mql.id = mql_id "
                "JOIN lead ON lead.id = lead_id JOIN touch ON touch.id = first_touch_id WHERE position > ? "
                "ORDER BY position LIMIT 200",
                (after,),
            )
        ]:
            theirs = ", ".join(map(str, leads))
            for table in ("submission", "engagement_event"):
                for _row in raw.execute(f"SELECT * FROM {table} WHERE lead_id IN ({theirs})"):  # noqa: S608
                    pass
            after += len(leads)
    return process_time() - begun


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _export(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
    else:
        main()
