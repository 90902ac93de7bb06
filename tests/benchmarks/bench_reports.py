"""The reports over a long past, beside the raw driver adding up the days that are kept.

The screen is waited for by the clock, with months that are closed. LODESTONE_BENCH_LEADS=1000000 (`make bench-large`)
measures the size of the goal, which takes minutes to fill.
"""

import os
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path
from time import perf_counter, process_time

from flask import current_app

from capture.accounts.models import Role
from capture.db import db
from capture.journey import reporting
from capture.reports import answers, days, kpis
from capture.reports.kpis import By
from capture.reports.spending import Rates
from tests.benchmarks import history
from tests.benchmarks.history import NOW, ZONE
from tests.web.studio import Studio

GOAL = 300  # ms
TURNS = 5
SIZES = {100_000: 1_000_000, 1_000_000: 5_000_000}
"""Events by leads."""

TODAY = NOW.date()


def main() -> None:
    leads = int(os.environ.get("LODESTONE_BENCH_LEADS", "100000"))
    print(f"\nReports over {SIZES[leads]:,} events, beside the raw driver adding up the same kept days (SQLite, CPU)")
    print(f"{'':>36}{'took':>10}{'ratio':>8}   goal")
    with tempfile.TemporaryDirectory() as folder, history.past(Path(folder), leads, SIZES[leads]) as file:
        for number in (90, 365):
            alone = _best(partial(_read, file, number))
            print(f"{f'the raw driver, {number} days':>36}{alone:>7.0f} ms")
            for name, report in _reports(number).items():
                _tell(name, _best(report), alone)
        settings = current_app.extensions["lodestone"]
        months = reporting.close_months(settings, at=NOW)
        studio, since = Studio(current_app, Role.MARKETER), TODAY - timedelta(days=90)
        took = _best(lambda: studio.get(f"/studio/reports/?since={since}&until={TODAY}"), perf_counter)
        _tell(f"the screen, {months} months closed", took, alone)


def _tell(name: str, took: float, alone: float) -> None:
    met = "met" if took < GOAL else "MISSED"
    print(f"{name:>36}{took:>7.0f} ms{took / alone:>8.1f}   {met}: under {GOAL} ms")


def _reports(number: int) -> dict[str, Callable[[], object]]:
    since = TODAY - timedelta(days=number)
    rates = Rates("EUR", {})
    told: dict[str, Callable[[], object]] = {
        f"figures by {by.value}, {number} days": partial(kpis.report, since, TODAY, by, zone=ZONE, rates=rates, at=NOW)
        for by in (By.WEEK, By.CAMPAIGN, By.PAGE, By.SOURCE)
    }
    told[f"how sales answered, {number} days"] = lambda: answers.between(since, TODAY, zone=ZONE, at=NOW)
    if number <= 90:
        told["days of a page"] = lambda: days.of("p1", zone=ZONE, at=NOW)
        told["days of all pages"] = lambda: days.of(None, zone=ZONE, at=NOW)
    return told


def _best(job: Callable[[], object], clock: Callable[[], float] = process_time) -> float:
    """Milliseconds, of the CPU by default: a busy machine changes them less than those of the clock."""
    took = []
    for _ in range(TURNS):
        begun = clock()
        job()
        took.append((clock() - begun) * 1000)
        db.session.remove()
    return min(took)


def _read(file: Path, number: int) -> None:
    since = (TODAY - timedelta(days=number)).isoformat()
    with closing(sqlite3.connect(file)) as raw:
        raw.execute(
            "SELECT day, sum(visits), sum(fills), sum(leads), sum(ripened), sum(mqls), sum(accepted), sum(rejected), "
            "sum(sqls) FROM daily_figure WHERE day >= ? GROUP BY day",
            (since,),
        ).fetchall()


if __name__ == "__main__":
    main()
