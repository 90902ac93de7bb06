"""Every screen of the studio with many pages and leads, beside itself with a hundredth of them.

LODESTONE_BENCH_LEADS=1000000 (`make bench-large`) takes the size of the goal, which takes minutes to fill;
LODESTONE_BENCH_POSTGRES=1 measures on PostgreSQL too. A screen is asked for five times, after once.
"""

import importlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

from flask import Flask

from capture import clock, schema
from capture.accounts.models import Role
from capture.app import create_app
from capture.config import Settings
from capture.db import db
from tests import crowd, screens
from tests.web.studio import Studio

LEADS_OF_A_PAGE = 500
TURNS = 5
GOAL_MS = 200
ANOTHER_WAY = 3  # statements more, once: where many leads are put in order of a score, or an empty list has some
COMPUTED = ("/studio/scoring/propose", "/studio/scoring/simulate")
"""These replay the whole history the first time, see bench_replay; for some minutes their answer is at hand."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a screen took: milliseconds the first time and at the median of the others, and statements."""

    first: float
    milliseconds: float
    statements: int


def main() -> None:
    leads = int(os.environ.get("LODESTONE_BENCH_LEADS", "100000"))
    _on("SQLite", "", leads)
    if os.environ.get("LODESTONE_BENCH_POSTGRES"):
        with importlib.import_module("tools.check").postgresql() as url:  # no package: mypy knows it by another name
            _on("PostgreSQL", url, leads)


def _on(name: str, url: str, leads: int) -> None:
    print(f"\nEvery screen of the studio on {name}: medians of {TURNS}, slowest first; goal: under {GOAL_MS} ms")
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            data=Path(folder),
            database_url=url,
            secret_keys=("k" * 64,),
            base_url="http://localhost:8000",
            privacy_url="http://localhost:8000/about/privacy",
            legal_url="http://localhost:8000/about/legal-notice",
            rate_limits="",
        )
        app = create_app(settings)
        with app.app_context():
            schema.upgrade()
            _compare(app, leads)
            db.session.remove()
            db.engine.dispose()


def _compare(app: Flask, leads: int) -> None:
    studio, at = Studio(app, Role.ADMIN), clock.now()
    crowd.settle(studio, at=at)
    told = []
    for size in (leads // 100, leads):
        pages, began = max(12, size // LEADS_OF_A_PAGE), perf_counter()
        crowd.grow(pages=pages, leads=size, at=at)
        crowd.answer(at=at)
        print(f"{pages:>8,} pages, {size:>9,} leads, written in {perf_counter() - began:.0f} s")
        told.append({address: _measure(studio, address) for address in screens.addresses(app)})
    few, many = told
    print(f"{'few':>10}{'many':>13}{'ratio':>8}{'statements':>14}")
    for address, one in sorted(many.items(), key=lambda pair: -pair[1].milliseconds):
        less = few[address]
        print(
            f"{less.milliseconds:>7.1f} ms{one.milliseconds:>10.1f} ms{one.milliseconds / less.milliseconds:>8.1f}"
            f"{less.statements:>7}{one.statements:>7}  {address}{_faults(less, one)}"
        )
    for address in COMPUTED:
        print(f"the first time {many[address].first / 1000:.1f} s: {address}")


def _faults(less: Measured, one: Measured) -> str:
    slow = "   MISSED" if one.milliseconds >= GOAL_MS else ""
    return slow + ("   GROWS" if one.statements > less.statements + ANOTHER_WAY else "")


def _measure(studio: Studio, address: str) -> Measured:
    times: list[float] = []
    for _turn in range(TURNS + 1):
        with screens.statements() as asked:
            began = perf_counter()
            answer = studio.open("GET", address)
            times.append((perf_counter() - began) * 1000)
        if answer.status_code >= 500:
            raise AssertionError((address, answer.status_code))
    return Measured(times[0], median(times[1:]), len(asked))


if __name__ == "__main__":
    main()
