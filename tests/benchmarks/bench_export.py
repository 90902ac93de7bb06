"""The whole feed written out, and a late span of it as a file for a CRM, beside the raw driver reading the same facts.

Each export runs in a process of its own, so that its memory is its own: the peak beside what the idle product takes.
LODESTONE_BENCH_MQLS=1000000 measures the size of the goal.
"""

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from itertools import islice
from pathlib import Path
from time import process_time
from zoneinfo import ZoneInfo

from capture.handoff import export, feed
from capture.handoff.destinations import files, tables
from capture.handoff.destinations.files import Span
from capture.handoff.export import Form
from tests.benchmarks import history
from tests.benchmarks.history import NOW

FLAT = 80  # MB over the idle product
AT_ONCE = 1.0  # seconds until the first row
EVENTS_EACH = 10


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
    met = told["first"] < AT_ONCE and told["over"] < FLAT
    print(
        f"{name:>22}{told['rows']:>11,.0f}{told['took']:>8.1f} s{told['took'] / alone:>8.1f}{told['first']:>9.2f} s"
        f"{told['over']:>8.0f} MB   {'met' if met else 'MISSED'}: under {AT_ONCE:.0f} s and {FLAT} MB"
    )


def _of_its_own(name: str, folder: Path, mqls: int) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.benchmarks.bench_export", name, str(folder), str(mqls)]
    told: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return told


def _export(name: str, folder: Path, mqls: int) -> None:
    """One export in this process, with what it took, as JSON."""
    with history.past(folder, mqls, mqls * EVENTS_EACH, mqls_each=1):
        feed.newest()
        idle, begun = _megabytes("VmRSS"), process_time()
        first, rows = 0.0, 0
        for rows, _ in enumerate(WAYS[name](), 1):  # noqa: B007
            first = first or process_time() - begun
        took = process_time() - begun
    print(json.dumps({"rows": rows, "took": took, "first": first, "over": _megabytes("VmHWM") - idle}))


def _megabytes(what: str) -> float:
    """Of this process: VmRSS is what it takes now, VmHWM the most it ever took."""
    told = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text("ascii").splitlines())
    return int(told[what].split()[0]) / 1024


def _lines() -> Iterator[object]:
    return export.text(feed.stream(), Form.NDJSON)


def _cells() -> Iterator[object]:
    return islice(export.text(feed.stream(), Form.CSV), 1, None)  # the first line is that of the headers


def _late_days() -> Iterator[object]:
    """The newest MQLs, as a CRM takes them."""
    span = Span(since=NOW - timedelta(days=40))
    return files.judged(tables.DESTINATIONS["salesforce"], span, zone=ZoneInfo("UTC"), at=NOW)


WAYS = {"NDJSON": _lines, "CSV": _cells, "days for Salesforce": _late_days}


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
