"""weekly totals

Revision ID: 0047
Revises: 0046
"""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

MEASURES = ("visits", "fills", "leads", "ripened", "mqls", "accepted", "rejected", "sqls")


def upgrade() -> None:
    op.create_table(
        "weekly_total",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("monday", sa.Date(), nullable=False),
        sa.Column("dimension", sa.String(length=20), nullable=False),
        sa.Column("value", sa.String(length=320), nullable=False),
        *(sa.Column(measure, sa.Integer(), nullable=False) for measure in MEASURES),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_weekly_total")),
        sa.UniqueConstraint("dimension", "monday", "value", name=op.f("uq_weekly_total_dimension_monday_value")),
    )
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    monday = "date(day, '-6 days', 'weekday 1')" if is_sqlite else "CAST(date_trunc('week', day) AS date)"
    sums = ", ".join(f"sum({measure})" for measure in MEASURES)
    op.execute(
        f"INSERT INTO weekly_total (monday, dimension, value, {', '.join(MEASURES)}) "  # noqa: S608
        f"SELECT {monday}, dimension, value, {sums} FROM daily_total GROUP BY {monday}, dimension, value"
    )


def downgrade() -> None:
    op.drop_table("weekly_total")
