"""daily totals

Revision ID: 0031
Revises: 0031
"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

MEASURES = ("visits", "fills", "leads", "ripened", "mqls", "accepted", "rejected", "sqls")
DIMENSIONS = {"all": "''", "channel": "channel", "source": "source", "campaign": "campaign", "page": "page_id"}


def upgrade() -> None:
    op.create_table(
        "daily_total",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("dimension", sa.String(length=20), nullable=False),
        sa.Column("value", sa.String(length=320), nullable=False),
        *(sa.Column(measure, sa.Integer(), nullable=False) for measure in MEASURES),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_daily_total")),
        sa.UniqueConstraint("dimension", "value", "day", name=op.f("uq_daily_total_dimension_value_day")),
    )
    op.create_index(op.f("ix_daily_total_dimension_day"), "daily_total", ["dimension", "day"])
    for dimension, column in DIMENSIONS.items():
        op.execute(_added_up(dimension, f"CAST({column} AS TEXT)"))


def _added_up(dimension: str, value: str) -> str:
    sums = ", ".join(f"sum({measure})" for measure in MEASURES)
    return (
        f"INSERT INTO daily_total (day, dimension, value, {', '.join(MEASURES)}) "  # noqa: S608
        f"SELECT day, '{dimension}', {value}, {sums} FROM daily_figure GROUP BY day, {value}"
    )


def downgrade() -> None:
    op.drop_table("daily_total")
