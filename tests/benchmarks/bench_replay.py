"""The replay of history and the simulator beside a loop that only reads the same rows, and new rules being written.

LODESTONE_BENCH_LEADS=1000000 adds the larger size, which takes minutes to fill.
"""

import os
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from time import perf_counter, process_time
from zoneinfo import ZoneInfo

from capture.db import db, transaction
from capture.reports import simulation
from capture.scoring import preset, replay, rescoring, rulesets
from tests.benchmarks import history
from tests.benchmarks.history import NOW

SIZES = ((100_000, 1_000_000, 2.0), (1_000_000, 5_000_000, 20.0))
"""Leads, events, and the seconds that are the goal."""

TURNS = 3
OTHERS = replace(
    preset.DEFAULT, engagement=tuple(replace(rule, points=rule.points + 1) for rule in preset.DEFAULT.engagement)
)


def main() -> None:
    print(
        "\nThe whole history replayed, simulated under other rules beside those in force, and a new version written for"
    )
    print("for everybody; SQLite, CPU seconds of one thread, which are those of the clock where nothing else runs")
    for leads, events, goal in SIZES:
        if leads <= int(os.environ.get("LODESTONE_BENCH_LEADS", "100000")):
            with tempfile.TemporaryDirectory() as folder:
                _compare(Path(folder), leads, events, goal)


def _compare(folder: Path, leads: int, events: int, goal: float) -> None:
    with history.past(folder, leads, events) as file:
        jobs = (
            lambda: _read(file),
            lambda: replay.play(preset.DEFAULT, until_day=NOW.timestamp() / 86_400),
            lambda: simulation.simulate(OTHERS, preset.DEFAULT, zone=ZoneInfo("UTC"), at=NOW),
        )
        times = [[_timed(job) for job in jobs] for _ in range(TURNS)]
        rescored = [_rescored() for _ in range(TURNS)]
        wrote, rows, size = min(_wrote(file, again) for again in range(TURNS))
    read, took, simulated = (min(turns) for turns in zip(*times, strict=True))
    print(f"{leads:,} leads, {events:,} events: the same rows read by the driver in {read:.2f} s")
    _tell("replay", took, goal, f"{took / read:.1f} of reading alone")
    _tell("simulate", simulated, goal, f"{simulated / read:.1f} of reading alone")
    written, longest = (min(turns) for turns in zip(*rescored, strict=True))
    beside = f"{written / (read + wrote):.1f} of the driver reading what it looks at and writing the same {rows:,} rows"
    _tell("rescore", written, goal, f"{beside}; a fill waits for {longest * 1000:.0f} ms at most, {size / 1e6:.0f} MB")


def _tell(name: str, took: float, goal: float, beside: str) -> None:
    print(f"{name:>12}{took:>9.2f} s   {'met' if took < goal else 'MISSED'}: under {goal:.0f} s   {beside}")


def _rescored() -> tuple[float, float]:
    """A new version for everybody: the CPU time, and how long the longest transaction was by the clock."""
    with transaction():
        number = rulesets.create(OTHERS, at=NOW)
    longest, goes_on, begun = 0.0, True, process_time()
    ahead = rescoring.Ahead(number)
    while goes_on:
        read = ahead.read()
        since = perf_counter()
        with transaction():
            goes_on = rescoring.batch(number, at=NOW, read=read)
        longest = max(longest, perf_counter() - since)
    return process_time() - begun, longest


def _wrote(file: Path, again: int) -> tuple[float, int, int]:
    """The rows that were written just now once more, under another number, by the driver; how many, and their bytes."""
    took, count, before = 0.0, 0, file.stat().st_size
    with closing(sqlite3.connect(file, isolation_level=None)) as raw:
        raw.execute("PRAGMA synchronous=FULL")
        raw.execute("PRAGMA foreign_keys=ON")  # as the product has it
        raw.execute("PRAGMA cache_size=-32000")
        newest = raw.execute("SELECT max(version) FROM rule_set").fetchone()[0]
        for table, keys in (("score_opening", "lead_id"), ("score_sum", "lead_id, axis, half_life_days")):
            names = [
                row[1] for row in raw.execute(f"PRAGMA table_info({table})") if row[1] not in ("id", "rule_version")
            ]
            rows = raw.execute(
                f"SELECT {1000 + again}, {', '.join(names)} FROM {table} WHERE rule_version = ? ORDER BY {keys}",  # noqa: S608
                (newest,),
            ).fetchall()
            marks = ", ".join("?" * (len(names) + 1))
            put = f"INSERT INTO {table} (rule_version, {', '.join(names)}) VALUES ({marks})"  # noqa: S608
            part = -(-len(rows) * rescoring.AHEAD // max(1, raw.execute("SELECT count(*) FROM lead").fetchone()[0]))
            begun = process_time()
            for first in range(0, len(rows), part):
                raw.execute("BEGIN IMMEDIATE")
                raw.executemany(put, rows[first : first + part])
                raw.execute("COMMIT")
            took, count = took + process_time() - begun, count + len(rows)
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return took, count, file.stat().st_size - before


def _timed(job: Callable[[], object]) -> float:
    begun = process_time()
    job()
    took = process_time() - begun
    db.session.remove()
    return took


def _read(file: Path) -> None:
    with closing(sqlite3.connect(file)) as raw:
        for query in (
            "SELECT id, created_at, email, job_title, company, company_size, country FROM lead ORDER BY id",
            "SELECT lead_id, at, kind, page_id, magnet_id FROM engagement_event ORDER BY lead_id, at, id",
            "SELECT lead_id, at, json_extract(answers, '$.biggest_hurdle') FROM submission ORDER BY at, id",
        ):
            for _row in raw.execute(query):
                pass


if __name__ == "__main__":
    main()
