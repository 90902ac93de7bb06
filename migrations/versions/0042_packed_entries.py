"""packed entries: what a version's ledger opens with in one row for each lead, and sums that are kept by their key alone

Revision ID: 0042
Revises: 0041
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from struct import iter_unpack
from typing import Any

import sqlalchemy as sa
from alembic import op

import capture.db

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AT_ONCE = 1000
INDEX = "ix_score_sum_rule_version_axis_half_life_days_points"


def axis() -> sa.Enum:
    return sa.Enum(
        "fit", "engagement", "bar", name=op.f("ck_axis"), native_enum=False, create_constraint=False, length=40
    )


def check(table: str) -> sa.CheckConstraint:
    return sa.CheckConstraint("axis IN ('fit', 'engagement', 'bar')", name=op.f(f"ck_{table}_axis"))


def upgrade() -> None:
    op.create_table(
        "score_reason",
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("axis", axis(), nullable=False),
        sa.Column("rule_key", sa.String(length=320), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("half_life_days", sa.Integer(), nullable=True),
        check("score_reason"),
        sa.PrimaryKeyConstraint("rule_version", "number", name=op.f("pk_score_reason")),
    )
    op.create_table(
        "score_opening",
        sa.Column("id", KEY, nullable=False),
        sa.Column("lead_id", KEY, nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("recorded_at", capture.db.Instant(), nullable=False),
        sa.Column("known", sa.LargeBinary(), nullable=False),
        sa.Column("done", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_score_opening_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_score_opening")),
        sa.UniqueConstraint("lead_id", "rule_version", name=op.f("uq_score_opening_lead_id_rule_version")),
        sqlite_autoincrement=True,
    )
    _write_sums_anew(sqlite_with_rowid=False)


def downgrade() -> None:
    _write_sums_anew()
    _unpack()
    op.drop_table("score_opening")
    op.drop_table("score_reason")


def _write_sums_anew(**kept: Any) -> None:
    """On SQLite a table's kind is given when it is made."""
    if op.get_bind().dialect.name != "sqlite":
        return
    op.drop_index(op.f(INDEX), table_name="score_sum")
    op.rename_table("score_sum", "score_sum_before")
    op.create_table(
        "score_sum",
        sa.Column("lead_id", KEY, nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("axis", axis(), nullable=False),
        sa.Column("half_life_days", sa.Integer(), nullable=False),
        sa.Column("points", sa.Double(), nullable=False),
        check("score_sum"),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_score_sum_lead_id")),
        sa.PrimaryKeyConstraint("lead_id", "rule_version", "axis", "half_life_days", name=op.f("pk_score_sum")),
        **kept,
    )
    op.execute(
        "INSERT INTO score_sum SELECT lead_id, rule_version, axis, half_life_days, points FROM score_sum_before "
        "ORDER BY lead_id, rule_version, axis, half_life_days"
    )
    op.drop_table("score_sum_before")
    op.create_index(op.f(INDEX), "score_sum", ["rule_version", "axis", "half_life_days", "points"])


def _unpack() -> None:
    """Entries become rows of their own again: nothing of the ledger is lost."""
    connection = op.get_bind()
    reasons = {(row.rule_version, row.number): row for row in connection.execute(sa.text("SELECT * FROM score_reason"))}
    instants: dict[str, Any] = {"recorded_at": capture.db.Instant()}
    packed = sa.text("SELECT * FROM score_opening WHERE id > :last ORDER BY id LIMIT :most").columns(**instants)
    into = sa.table(
        "score_entry",
        *(sa.column(name) for name in ("id", "lead_id", "axis", "rule_key", "rule_version", "points", "because")),
        *(sa.column(name, capture.db.Instant()) for name in ("occurred_at", "recorded_at")),
        *(sa.column(name) for name in ("half_life_days", "event_id", "dedupe_key")),
    )
    last = 0
    while openings := connection.execute(packed, {"last": last, "most": AT_ONCE}).all():
        rows = [row for opening in openings for row in _rows(opening, reasons)]
        if rows:
            connection.execute(sa.insert(into), rows)
        last = openings[-1].id


def _rows(opening: Any, reasons: dict[tuple[int, int], Any]) -> Iterator[dict[str, Any]]:
    known = [(reason, points, None, opening.recorded_at) for reason, points in iter_unpack("<ii", opening.known)]
    done = [
        (reason, points, event_id, datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at))
        for reason, points, event_id, at in iter_unpack("<iiqq", opening.done)
    ]
    for place, (number, points, event_id, at) in enumerate(known + done):
        why = reasons[opening.rule_version, number]
        yield {
            "id": place - opening.id * (1 << 24),
            "lead_id": opening.lead_id,
            "axis": why.axis,
            "rule_key": why.rule_key,
            "rule_version": opening.rule_version,
            "points": points,
            "because": why.because,
            "occurred_at": at,
            "recorded_at": opening.recorded_at,
            "half_life_days": why.half_life_days,
            "event_id": event_id,
            "dedupe_key": f"{opening.rule_version}:{opening.lead_id}:{why.axis}:{why.rule_key}:{event_id or ''}",
        }
