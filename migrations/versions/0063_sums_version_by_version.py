"""sums of the ledger version by version: new ones go to the end of the table, and each costs less to look over

Revision ID: 0063
Revises: 0062
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BY_LEAD = ["lead_id", "rule_version", "axis", "half_life_days"]
BY_VERSION = ["rule_version", "lead_id", "axis", "half_life_days"]
AMONG = "axis IN ('fit', 'engagement', 'bar')"
ONE_OF = "axis = 'fit' OR axis = 'engagement' OR axis = 'bar'"
BAND = (
    "CASE WHEN half_life_days = 0 THEN CAST(floor(points) AS INTEGER) "
    "WHEN points > 1e-300 THEN CAST(floor(ln(points) * 16) AS INTEGER) ELSE -20000 END"
)
RANKS = ["rule_version", "axis", "half_life_days", "band", "lead_id", "points"]


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _write_anew(BY_VERSION, ONE_OF)
        return
    op.drop_constraint(op.f("fk_score_sum_lead_id"), "score_sum", type_="foreignkey")
    _change(BY_VERSION, ONE_OF)


def downgrade() -> None:
    lead = {"columns": ["lead_id"], "refcolumns": ["lead.id"], "name": op.f("fk_score_sum_lead_id")}
    if op.get_bind().dialect.name == "sqlite":
        _write_anew(BY_LEAD, AMONG, sa.ForeignKeyConstraint(**lead))
        return
    _change(BY_LEAD, AMONG)
    op.create_foreign_key(lead["name"], "score_sum", "lead", ["lead_id"], ["id"])


def _change(key: list[str], check: str) -> None:
    op.drop_constraint(op.f("pk_score_sum"), "score_sum", type_="primary")
    op.create_primary_key(op.f("pk_score_sum"), "score_sum", key)
    op.drop_constraint(op.f("ck_score_sum_axis"), "score_sum", type_="check")
    op.create_check_constraint(op.f("ck_score_sum_axis"), "score_sum", check)


def _write_anew(key: list[str], check: str, *more: Any) -> None:
    """SQLite changes neither the key nor the constraints of a table."""
    op.drop_index("ix_score_sum_ranks", table_name="score_sum")
    op.rename_table("score_sum", "score_sum_before")
    op.create_table(
        "score_sum",
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("lead_id", KEY, nullable=False),
        sa.Column("axis", sa.String(length=40), nullable=False),
        sa.Column("half_life_days", sa.Integer(), nullable=False),
        sa.Column("points", sa.Double(), nullable=False),
        sa.Column("band", sa.Integer(), sa.Computed(BAND), nullable=False),
        sa.CheckConstraint(check, name=op.f("ck_score_sum_axis")),
        *more,
        sa.PrimaryKeyConstraint(*key, name=op.f("pk_score_sum")),
        sqlite_with_rowid=False,
    )
    into = "rule_version, lead_id, axis, half_life_days, points"
    op.execute(
        f"INSERT INTO score_sum ({into}) SELECT {into} FROM score_sum_before ORDER BY {', '.join(key)}"  # noqa: S608
    )
    op.drop_table("score_sum_before")
    op.create_index("ix_score_sum_ranks", "score_sum", RANKS)
