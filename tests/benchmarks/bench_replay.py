"""The replay of history and the simulator beside a loop that only reads the same rows, and new rules being written.

CPU seconds of one thread are those of the clock where nothing else runs. New rules are written by two processes: there
the clock counts, and what the two took stands beside it; whoever writes something small meanwhile is timed too.

LODESTONE_BENCH_LEADS=1000000 (`make bench-large`) adds the larger size, which takes minutes to fill.
"""

import os
import resource
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Event, Thread
from time import perf_counter, process_time, sleep
from zoneinfo import ZoneInfo

from flask import Flask, current_app
from sqlalchemy import text

from capture.db import db, transaction
from capture.journey import rules
from capture.reports import simulation
from capture.scoring import preset, replay, rescoring, rulesets
from capture.scoring.rules import Rules
from tests.benchmarks import history
from tests.benchmarks.history import NOW

SIZES = ((100_000, 1_000_000, 2.0), (1_000_000, 5_000_000, 20.0))
"""Leads, events, and the seconds that are the goal."""

TURNS = 3
OTHERS = replace(
    preset.DEFAULT, engagement=tuple(replace(rule, points=rule.points + 1) for rule in preset.DEFAULT.engagement)
)


def _narrowed(event: str, *, campaigns: Sequence[str] = (), sections: Sequence[str] = ()) -> Rules:
    """The preset, where a rule names a campaign or a section."""
    return replace(
        preset.DEFAULT,
        engagement=tuple(
            replace(rule, campaigns=tuple(campaigns), sections=tuple(sections)) if rule.event == event else rule
            for rule in preset.DEFAULT.engagement
        ),
    )


NARROWED = {
    "campaign": _narrowed("page_viewed", campaigns=("campaign3",)),
    "section": _narrowed("link_followed", sections=("What it costs",)),
}
MOST_TIMES = 1.3  # of the replay under rules that name neither


def main() -> None:
    print("\nThe whole history replayed, and simulated under rules beside those in force: CPU seconds of one thread;")
    print("and a new version written for everybody by two processes: seconds of the clock. SQLite")
    for leads, events, goal in SIZES:
        if leads <= int(os.environ.get("LODESTONE_BENCH_LEADS", "100000")):
            with tempfile.TemporaryDirectory() as folder:
                _compare(Path(folder), leads, events, goal)


def _compare(folder: Path, leads: int, events: int, goal: float) -> None:
    with history.past(folder, leads, events) as file:
        jobs: tuple[Callable[[], object], ...] = (
            lambda: _read(file),
            lambda: replay.play(preset.DEFAULT, until_day=NOW.timestamp() / 86_400),
            lambda: simulation.simulate(OTHERS, preset.DEFAULT, zone=ZoneInfo("UTC"), at=NOW),
            *(partial(replay.play, rules, until_day=NOW.timestamp() / 86_400) for rules in NARROWED.values()),
        )
        times = [[_timed(job) for job in jobs] for _ in range(TURNS)]
        rescored = [_rescored() for _ in range(TURNS)]
        wrote, rows, size = min(_wrote(file, again) for again in range(TURNS))
    read, took, simulated, *narrowed = (min(turns) for turns in zip(*times, strict=True))
    print(f"{leads:,} leads, {events:,} events: the same rows read by the driver in {read:.2f} s")
    _tell("replay", took, goal, f"{took / read:.1f} of reading alone")
    _tell("simulate", simulated, goal, f"{simulated / read:.1f} of reading alone")
    for name, one in zip(NARROWED, narrowed, strict=True):
        _tell(name, one, MOST_TIMES * took, f"{one / took:.2f} of the replay: a rule names one")
    clock, here, beside, longest = min(rescored)
    _tell(
        "rescore",
        clock,
        goal,
        f"CPU {here:.1f} s in the process that writes and {beside:.1f} s in the one beside it, "
        f"{(here + beside) / (read + wrote):.1f} of the driver reading what it looks at and writing the same "
        f"{rows:,} rows; a fill waits for {longest * 1000:.0f} ms at most, {size / 1e6:.0f} MB",
    )


def _tell(name: str, took: float, goal: float, beside: str) -> None:
    print(f"{name:>12}{took:>9.2f} s   {'met' if took < goal else 'MISSED'}: under {goal:.1f} s   {beside}")


def _rescored() -> tuple[float, float, float, float]:
    """A new version for everybody: the time, the CPU time here and in the process beside, and how long a fill waits."""
    with transaction():
        number = rulesets.create(OTHERS, at=NOW)
    since, here, beside = perf_counter(), process_time(), _of_children()
    with closing(rescoring.ahead(number)) as ahead, _waiting() as waits:
        while rules._prepare(number, next(ahead, None), at=NOW):
            sleep(rules.BREATH)
    return perf_counter() - since, process_time() - here, _of_children() - beside, max(waits)


def _of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@contextmanager
def _waiting() -> Iterator[list[float]]:
    """Somebody who wants to write again and again, and how long he waited for each turn."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    waits, over = [0.0], Event()

    def wait() -> None:
        with app.app_context():
            while not over.wait(0.02):
                since = perf_counter()
                with transaction() as writing:
                    writing.execute(text("UPDATE feed_counter SET position = position"))
                    waits.append(perf_counter() - since)

    somebody = Thread(target=wait)
    somebody.start()
    try:
        yield waits
    finally:
        over.set()
        somebody.join()


def _wrote(file: Path, again: int) -> tuple[float, int, int]:
    """The rows that were written just now once more, under another number, by the driver; how many, and their bytes."""
    took, count, before = 0.0, 0, file.stat().st_size
    with closing(sqlite3.connect(file, isolation_level=None)) as raw:
        raw.execute("PRAGMA synchronous=FULL")
        raw.execute("PRAGMA foreign_keys=ON")  # as the product has it
        raw.execute("PRAGMA cache_size=-32000")
        newest = raw.execute("SELECT max(version) FROM rule_set").fetchone()[0]
        for table, keys in (("score_opening", "lead_id"), ("score_sum", "lead_id, kind")):
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
