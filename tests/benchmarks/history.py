"""A made-up past, of any size, to measure with: filled by SQL on SQLite in seconds, the same at every run."""

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from capture import schema
from capture.app import create_app
from capture.catalogue.models import MagnetKind
from capture.config import Settings
from capture.db import db, transaction
from capture.reports import daily, nurtures, responses
from tests.factories import a_page

NOW = datetime(2026, 9, 15, 12, 0, tzinfo=UTC)
DAYS = 365
ZONE = ZoneInfo("Europe/Berlin")
TITLES = ("CTO", "Head of Marketing", "Engineer", "Student", "VP Sales", "Teamleiter Vertrieb", "Account manager", "")
COMPANY_SIZES = ("1-9", "10-49", "50-249", "250-999", "1000+", "")
KINDS = (*["page_viewed"] * 5, *["form_submitted"] * 2, "magnet_downloaded", "link_followed", "webinar_registered")
SECTIONS = ("What it costs", "Who pays", "When", "Before you begin", "In short")
HURDLES = ("Nobody reads it", "Sales says no", "", "Time")
OUTCOMES = ("accepted", "rejected", "qualified", "accepted", "won", "rejected", "")
FIT = ("work_email", "company_known", "title_known", "title_top", "size_medium", "country_known")
ENGAGEMENT = ("page_viewed", "form_submitted", "downloaded", "link_followed")
CHANNELS = ("Paid social", "Organic search", "E-mail", "Direct", "Referral")

_DAY = 86_400_000_000  # microseconds
_NOW = int(NOW.timestamp()) * 1_000_000
_BEGIN = _NOW - DAYS * _DAY
_PAGES = 8
_CAMPAIGNS = 8


@contextmanager
def past(folder: Path, leads: int, events: int, *, mqls_each: int = 20) -> Iterator[Path]:
    """The file of an installation with this past, inside its application; every `mqls_each`-th lead is an MQL."""
    folder.mkdir(exist_ok=True)
    app = create_app(Settings(data=folder, secret_keys=("k" * 64,), base_url="http://localhost:8000"))
    file = folder / "lodestone.sqlite"
    with app.app_context():
        if not file.exists():
            schema.upgrade()
            for number in range(1, _PAGES + 1):
                kind = (MagnetKind.EBOOK, MagnetKind.CHECKLIST, MagnetKind.WEBINAR)[number % 3]
                a_page(f"p{number}", kind=kind, title=f"Guide {number}", at=NOW - timedelta(days=DAYS))
            db.session.remove()
            _fill(file, leads, events, mqls_each)
            if mqls_each > 1:
                _answered_days()
        yield file
        db.session.remove()
        db.engine.dispose()


def _fill(file: Path, leads: int, events: int, mqls_each: int) -> None:
    chance = random.Random(9)
    with closing(sqlite3.connect(file)) as raw:
        raw.execute("PRAGMA synchronous=OFF")
        raw.create_function("chance", 0, chance.random)
        indexes = _without_indexes(raw)
        _people(raw, leads)
        _acts(raw, leads, events)
        _handed_over(raw, mqls_each)
        for statement in indexes:
            raw.execute(statement)
        if mqls_each > 1:
            _ledger(raw)
            _counted_days(raw)
        raw.commit()
        raw.execute("ANALYZE")


def _people(raw: sqlite3.Connection, leads: int) -> None:
    created = f"{_BEGIN} + n * {(DAYS - 90) * _DAY // max(1, leads)}"
    _insert(raw, "visitor", leads, cookie_hash="'cookie' || n", created_at=created)
    _insert(
        raw,
        "touch",
        leads,
        at=created,
        visitor_id="n",
        page_id=f"1 + n % {_PAGES}",
        source=f"'source' || (n % {len(CHANNELS)})",
        channel=_one_of(CHANNELS, "n"),
        campaign="'campaign' || (n % 20)",
        device="'desktop'",
        click_ids="'{}'",
    )
    _insert(
        raw,
        "lead",
        leads,
        public_id="'lead' || n",
        email="'person' || n || '@company' || (n % 5000) || '.example'",
        first_name="'Ada'",
        last_name="'Person ' || n",
        company="'Company ' || (n % 5000)",
        job_title=_one_of(TITLES),
        company_size=_one_of(COMPANY_SIZES),
        country="'DE'",
        created_at=created,
        first_touch_id="n",
        last_touch_id="n",
    )


def _acts(raw: sqlite3.Connection, leads: int, events: int) -> None:
    """Events in the order of time; some leads do much, most do little; every human fill is a submission.

    The first one makes the lead. Every tenth one has another job after two months.
    """
    at = f"{_BEGIN} + n * {DAYS * _DAY // max(1, events)}"
    _insert(
        raw,
        "engagement_event",
        events,
        public_id="'event' || n",
        kind=_one_of(KINDS),
        at=at,
        lead_id=f"1 + CAST(chance() * chance() * {leads} AS INTEGER)",
        page_id=f"1 + n * 7 % {_PAGES}",
        magnet_id=f"1 + n * 7 % {_PAGES}",
        detail="'{}'",
        verdict="CASE WHEN n % 11 = 0 THEN 'machine' ELSE 'human' END",
    )
    raw.execute("UPDATE engagement_event SET visitor_id = lead_id WHERE id % 5 > 0")
    section = f"json_object('section', {_one_of(SECTIONS, 'id')})"
    raw.execute(f"UPDATE engagement_event SET detail = {section} WHERE kind = 'link_followed'")  # noqa: S608
    fills = raw.execute("SELECT count(*) FROM engagement_event WHERE kind = 'form_submitted'").fetchone()[0]
    raw.execute("CREATE TEMP TABLE fill AS SELECT * FROM engagement_event WHERE kind = 'form_submitted' ORDER BY at")
    _insert(
        raw,
        "submission",
        fills,
        of="JOIN fill ON fill.rowid = numbers.n",
        public_id="'fill' || n",
        lead_id="fill.lead_id",
        page_id="fill.page_id",
        page_version_id="fill.page_id",
        touch_id="fill.lead_id",
        form_key="'key' || n",
        answers="json_object('email', 'person@company.example', 'company', 'Company', 'biggest_hurdle', "
        f"{_one_of(HURDLES)})",
        at="fill.at",
    )
    first = "(SELECT lead_id, min(at) AS at FROM submission GROUP BY lead_id)"
    raw.execute(f"UPDATE lead SET created_at = known.at FROM {first} AS known WHERE known.lead_id = lead.id")  # noqa: S608
    _insert(
        raw,
        "lead_value",
        leads // 10,
        of="JOIN lead ON lead.id = numbers.n * 10",
        lead_id="lead.id",
        key="'job_title'",
        value="lead.job_title",
        before="'Engineer'",
        verified="0",
        at=f"lead.created_at + {60 * _DAY}",
    )


def _handed_over(raw: sqlite3.Connection, mqls_each: int) -> None:
    leads = raw.execute("SELECT count(*) FROM lead").fetchone()[0]
    mqls = leads // mqls_each
    reason = (
        '{"axis": "engagement", "points": 15, "points_then": 15.0, "because": "Filled in the form", '
        '"at": "2026-03-01T10:00:00+00:00"}'
    )
    _insert(
        raw,
        "mql",
        mqls,
        of=f"JOIN lead ON lead.id = numbers.n * {mqls_each}",
        public_id="'mql' || n",
        lead_id="lead.id",
        cycle="1",
        reason="'score'",
        priority="2",
        fit="40",
        engagement="50",
        fit_threshold="30",
        engagement_threshold="45",
        rule_version="1",
        explanation=f"'[{reason}, {reason}]'",
        late_ids="'[]'",
        qualified_at=f"lead.created_at + CAST(chance() * {60 * _DAY} AS INTEGER)",
        due_at=f"lead.created_at + {61 * _DAY}",
        promised_at=f"lead.created_at + {61 * _DAY}",
    )
    told = f"qualified_at + CAST(chance() * {2 * _DAY} AS INTEGER)"
    raw.execute(f"UPDATE mql SET answered_at = {told}, outcome = {_one_of(OUTCOMES, 'id - 1')} WHERE id % 7 > 0")  # noqa: S608
    raw.execute("UPDATE mql SET outcome_at = answered_at")
    _insert(
        raw,
        "disposition",
        mqls,
        of="JOIN mql ON mql.id = numbers.n AND mql.outcome IS NOT NULL",
        public_id="'said' || n",
        mql_id="mql.id",
        outcome="mql.outcome",
        reason="CASE WHEN mql.outcome = 'rejected' THEN 'no_budget' END",
        actor="'cli'",
        source="'api'",
        at="mql.answered_at",
        recorded_at="mql.answered_at",
    )
    _insert(
        raw,
        "feed_entry",
        mqls,
        position="n",
        kind="'mql.created'",
        mql_id="n",
        at=f"{_BEGIN} + n * {DAYS * _DAY // mqls}",
    )
    raw.execute("INSERT INTO feed_counter (id, position) VALUES (1, ?)", (mqls,))


def _ledger(raw: sqlite3.Connection) -> None:
    """What gave each MQL its points under the preset."""
    cells = "lead_id, axis, rule_key, rule_version, points, because, occurred_at, recorded_at, dedupe_key"
    for axis, keys in (("fit", FIT), ("engagement", ENGAGEMENT)):
        values = ", ".join(f"('{key}')" for key in keys)
        raw.execute(
            f"INSERT INTO score_entry ({cells}) SELECT lead_id, '{axis}', key, 1, 5, 'Because of ' || key, "  # noqa: S608
            f"qualified_at, qualified_at, '{axis}' || key || lead_id FROM mql, (SELECT column1 AS key FROM "
            f"(VALUES {values}))"
        )


def _counted_days(raw: sqlite3.Connection) -> None:
    """Every day that is over, for each page and each way to it."""
    ways = _PAGES * len(CHANNELS) * _CAMPAIGNS
    _insert(raw, "spend_import", 1)
    _insert(
        raw,
        "spend",
        DAYS * _CAMPAIGNS,
        day=f"date('{NOW.date()}', '-' || ((n - 1) / {_CAMPAIGNS}) || ' days')",
        import_id="1",
        kind="'ads'",
        source="''",
        campaign=f"'campaign' || (n % {_CAMPAIGNS})",
        amount="1000 + n % 977",
        currency="'EUR'",
    )
    _insert(
        raw,
        "daily_figure",
        DAYS * ways,
        day=f"date('{NOW.date()}', '-' || (1 + (n - 1) / {ways}) || ' days')",
        page_id=f"1 + (n - 1) % {_PAGES}",
        channel=_one_of(CHANNELS, f"(n - 1) / {_PAGES}"),
        source=f"'source' || ((n - 1) / {_PAGES} % {len(CHANNELS)})",
        campaign=f"'campaign' || ((n - 1) % {ways} / {_PAGES * len(CHANNELS)})",
        visits="n % 97",
        fills="n % 13",
        leads="n % 7",
        ripened="n % 3",
        mqls="n % 2",
    )
    sums = ", ".join(f"sum({measure})" for measure in daily.MEASURES)
    for dimension, column in daily.DIMENSIONS.items():
        value = column or "''"
        raw.execute(
            f"INSERT INTO daily_total (day, dimension, value, {', '.join(daily.MEASURES)}) "  # noqa: S608
            f"SELECT day, '{dimension}', {value}, {sums} FROM daily_figure GROUP BY day, {value}"
        )
    raw.execute(
        "INSERT INTO tally (id, counted_until, looked_at) VALUES (1, date(?, '-1 day'), ?)", (str(NOW.date()), _NOW)
    )


def _answered_days() -> None:
    """What sales made of the MQLs of every day that is over, counted as the product does."""
    with transaction():
        for number in range(1, DAYS + 1):
            day = daily.a_day(NOW.date() - timedelta(days=number), ZONE)
            responses.keep(day)
            nurtures.keep(day)
        for week in range(DAYS // 7 + 2):
            daily.keep_week(daily.monday_of(NOW.date()) - timedelta(weeks=week))
            daily.keep_month((NOW.date() - timedelta(weeks=week)).replace(day=1))


def _one_of(values: tuple[str, ...], number: str = "CAST(chance() * 1000000 AS INTEGER)") -> str:
    """One of the values in SQL: by a number, or by chance."""
    choices = " ".join(f"WHEN {place} THEN '{value}'" for place, value in enumerate(values))
    return f"CASE ({number}) % {len(values)} {choices} END"


def _insert(raw: sqlite3.Connection, table: str, count: int, *, of: str = "", **cells: str) -> None:
    """Rows from 1 to `count`, each cell an expression of SQL in n; what must not be empty and is not named gets 0."""
    for _, name, kind, required, default, key in raw.execute(f"PRAGMA table_info({table})").fetchall():
        if name not in cells and key:
            cells[name] = "n"
        elif name not in cells and required and default is None:
            cells[name] = "0" if "INT" in kind.upper() or "BOOL" in kind.upper() else "''"
    raw.execute(
        f"WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count}) "  # noqa: S608
        f"INSERT INTO {table} ({', '.join(cells)}) SELECT {', '.join(cells.values())} FROM numbers {of}"
    )


def _without_indexes(raw: sqlite3.Connection) -> list[str]:
    """Take the indexes away, and give the statements that make them again: rows come in faster so."""
    filled = ("touch", "lead", "engagement_event", "submission", "mql", "disposition", "feed_entry")
    known = raw.execute("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
    mine = [(name, statement) for name, table, statement in known.fetchall() if table in filled]
    for name, _ in mine:
        raw.execute(f"DROP INDEX {name}")
    return [statement for _, statement in mine]
