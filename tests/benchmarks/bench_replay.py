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
REWRITTEN = 10  # transactions of leads for whom new rules are written
OTHERS = replace(
    preset.DEFAULT, engagement=tuple(replace(rule, points=rule.points + 1) for rule in preset.DEFAULT.engagement)
)


def main() -> None:
    print("\nThe whole history replayed under the preset, and simulated under others beside it; SQLite, CPU seconds")
    print(f"{'leads':>10}{'events':>11}{'read alone':>12}{'replay':>10}{'ratio':>8}{'simulate':>12}{'ratio':>8}   goal")
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
        written, wrote = _rescored(), _wrote(file)
    read, took, simulated = (min(cpu for cpu, _ in turns) for turns in zip(*times, strict=True))
    wall = min(turn[1][1] for turn in times)
    print(
        f"{leads:>10,}{events:>11,}{read:>10.2f} s{took:>8.2f} s{took / read:>8.1f}{simulated:>10.2f} s"
        f"{simulated / read:>8.1f}   {'met' if wall < goal else 'MISSED'}: replay in {wall:.1f} s, under {goal:.0f} s"
    )
    print(
        f"{'':>21} a new version written for {REWRITTEN * rescoring.BATCH:,} leads, a transaction for "
        f"{rescoring.BATCH}: {written:.2f} s, {written / wrote:.1f} of the raw driver writing the same rows; "
        f"all leads: {written / REWRITTEN / rescoring.BATCH * leads:,.0f} s"
    )


def _rescored() -> float:
    with transaction():
        number = rulesets.create(OTHERS, at=NOW)
    begun = process_time()
    for _ in range(REWRITTEN):
        with transaction():
            assert rescoring.batch(number, at=NOW)
    return process_time() - begun


def _wrote(file: Path) -> float:
    """The rows that were written just now once more, under another number, by the raw driver."""
    with closing(sqlite3.connect(file, isolation_level=None)) as raw:
        raw.execute("PRAGMA synchronous=FULL")
        names = [row[1] for row in raw.execute("PRAGMA table_info(score_entry)") if row[1] not in ("id", "dedupe_key")]
        rows = raw.execute(
            f"SELECT {', '.join(names)}, 'again' || id FROM score_entry "  # noqa: S608
            "WHERE rule_version = (SELECT max(version) FROM rule_set)"
        ).fetchall()
        put = f"INSERT INTO score_entry ({', '.join(names)}, dedupe_key) VALUES ({', '.join('?' * (len(names) + 1))})"  # noqa: S608
        part = len(rows) // REWRITTEN + 1
        begun = process_time()
        for first in range(0, len(rows), part):
            raw.execute("BEGIN IMMEDIATE")
            raw.executemany(put, rows[first : first + part])
            raw.execute("COMMIT")
        return process_time() - begun


def _timed(job: Callable[[], object]) -> tuple[float, float]:
    """CPU seconds, which a busy machine changes less, and seconds of the clock."""
    begun, cpu = perf_counter(), process_time()
    job()
    took = process_time() - cpu, perf_counter() - begun
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
