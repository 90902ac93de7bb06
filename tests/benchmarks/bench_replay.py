"""The replay of history behind the simulator, beside the raw driver reading the same rows.

LODESTONE_BENCH_LEADS=1000000 adds the larger size, which takes minutes to fill.
"""

import os
import random
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from capture import schema
from capture.app import create_app
from capture.config import Settings
from capture.db import db, public_id
from capture.scoring import preset, replay

SIZES = ((100_000, 1_000_000, 2.0), (1_000_000, 5_000_000, 20.0))
"""Leads, events, and the seconds that are the goal."""

TURNS = 3
NOW = datetime(2026, 9, 15, 12, 0, tzinfo=UTC).timestamp()
TITLES = ("CTO", "Head of Marketing", "Engineer", "Student", "VP Sales", "Teamleiter Vertrieb", "Account manager", "")
COMPANY_SIZES = ("1-9", "10-49", "50-249", "250-999", "1000+", "")
KINDS = (*["page_viewed"] * 5, *["form_submitted"] * 2, "magnet_downloaded", "link_followed", "webinar_registered")


def main() -> None:
    print("\nThe whole history replayed under the preset, beside a loop that only reads the same rows (SQLite)")
    print(f"{'leads':>10}{'events':>11}{'read alone':>12}{'replay':>10}{'ratio':>8}   goal")
    for leads, events, goal in SIZES:
        if leads <= int(os.environ.get("LODESTONE_BENCH_LEADS", "100000")):
            with tempfile.TemporaryDirectory() as folder:
                _compare(Path(folder), leads, events, goal)


def _compare(folder: Path, leads: int, events: int, goal: float) -> None:
    settings = Settings(data=folder, secret_keys=("k" * 64,), base_url="http://localhost:8000")
    app = create_app(settings)
    with app.app_context():
        schema.upgrade()
        db.session.remove()
        _fill(folder / "lodestone.sqlite", leads, events)
        reads, replays = [], []
        for _ in range(TURNS):
            reads.append(_read(folder / "lodestone.sqlite"))
            begun = perf_counter()
            done = replay.play(replace(preset.DEFAULT), until_day=NOW / 86_400)
            replays.append(perf_counter() - begun)
            db.session.remove()
        assert len(done.leads) == leads
        db.engine.dispose()
    read, took = min(reads), min(replays)
    met = "met" if took < goal else "MISSED"
    print(f"{leads:>10,}{events:>11,}{read:>10.2f} s{took:>8.2f} s{took / read:>8.1f}   {met}: under {goal:.0f} s")


def _read(file: Path) -> float:
    begun = perf_counter()
    with closing(sqlite3.connect(file)) as raw:
        for query in (
            "SELECT id, created_at, email, job_title, company, company_size, country FROM lead ORDER BY id",
            "SELECT lead_id, at, kind, page_id, magnet_id FROM engagement_event ORDER BY lead_id, at, id",
        ):
            for _row in raw.execute(query):
                pass
    return perf_counter() - begun


def _fill(file: Path, leads: int, events: int) -> None:
    chance = random.Random(9)
    with closing(sqlite3.connect(file)) as raw:
        raw.execute("PRAGMA synchronous=OFF")
        for number in range(1, 9):
            kind = ("ebook", "checklist", "webinar")[number % 3]
            raw.execute(
                "INSERT INTO magnet (id, public_id, slug, kind, created_at) VALUES (?,?,?,?,0)",
                (number, public_id(), f"m{number}", kind),
            )
            _page(raw, number)
        begun = NOW - 365 * 86_400
        raw.executemany(
            "INSERT INTO lead (id, public_id, email, first_name, last_name, name, company, job_title, phone, country, "
            "company_size, website, created_at, disqualified) VALUES (?,?,?,'','','',?,?,'','DE',?,'',?,'')",
            (
                (
                    n,
                    f"lead{n}",
                    f"person{n}@company{n % 5000}.example",
                    f"Company {n % 5000}",
                    chance.choice(TITLES),
                    chance.choice(COMPANY_SIZES),
                    int(begun * 1e6),
                )
                for n in range(1, leads + 1)
            ),
        )
        raw.executemany(
            "INSERT INTO engagement_event (id, public_id, kind, at, lead_id, page_id, magnet_id, detail, verdict, "
            "reason) VALUES (?,?,?,?,?,?,?,'{}',?,'')",
            (
                (
                    n,
                    f"event{n}",
                    chance.choice(KINDS),
                    int((begun + chance.random() * 365 * 86_400) * 1e6),
                    chance.randint(1, leads),
                    page := chance.randint(1, 8),
                    page,
                    "machine" if n % 10 == 0 else "human",
                )
                for n in range(1, events + 1)
            ),
        )
        raw.commit()
        raw.execute("ANALYZE")


def _page(raw: sqlite3.Connection, number: int) -> None:
    columns = {row[1]: row for row in raw.execute("PRAGMA table_info(page)")}
    given = {
        "id": number,
        "public_id": public_id(),
        "slug": f"p{number}",
        "magnet_id": number,
        "created_at": 0,
        "status": "live",
    }
    for name, row in columns.items():
        if row[3] and name not in given:
            given[name] = 0 if "INT" in row[2].upper() else "en"
    names = ", ".join(given)
    raw.execute(f"INSERT INTO page ({names}) VALUES ({', '.join('?' * len(given))})", tuple(given.values()))  # noqa: S608


if __name__ == "__main__":
    main()
