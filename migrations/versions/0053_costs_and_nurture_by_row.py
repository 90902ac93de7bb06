"""costs and nurture by row

Revision ID: 0053
Revises: 0052
"""

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WAY = "page_id, channel, source, campaign"


def upgrade() -> None:
    op.create_table(
        "daily_nurture",
        sa.Column("id", KEY, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("dimension", sa.String(length=20), nullable=False),
        sa.Column("value", sa.String(length=320), nullable=False),
        sa.Column("durations", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_daily_nurture")),
        sa.UniqueConstraint("dimension", "day", "value", name=op.f("uq_daily_nurture_dimension_day_value")),
    )
    op.create_index(op.f("ix_daily_nurture_day"), "daily_nurture", ["day"])
    start = (
        "date({}, 'start of month')"
        if op.get_bind().dialect.name == "sqlite"
        else "CAST(date_trunc('month', {}) AS date)"
    )
    month = start.format("day")
    for table, days in (("monthly_way", "daily_figure"), ("closed_way", "closed_figure")):
        op.create_table(
            table,
            sa.Column("id", KEY, nullable=False),
            sa.Column("month", sa.Date(), nullable=False),
            sa.Column("page_id", KEY, nullable=False),
            *(sa.Column(name, sa.String(length=320), nullable=False) for name in ("channel", "source", "campaign")),
            sa.Column("visits", sa.Integer(), nullable=False),
            sa.Column("leads", sa.Integer(), nullable=False),
            sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
            sa.UniqueConstraint(
                "month",
                "page_id",
                "channel",
                "source",
                "campaign",
                name=op.f(f"uq_{table}_month_page_id_channel_source_campaign"),
            ),
        )
        op.execute(
            f"INSERT INTO {table} (month, {WAY}, visits, leads) "  # noqa: S608
            f"SELECT {month}, {WAY}, sum(visits), sum(leads) FROM {days} GROUP BY {month}, {WAY} "
            "HAVING sum(visits) > 0 OR sum(leads) > 0"
        )
    op.execute("DELETE FROM tally")  # the worker counts every day again, call by call; what is kept stands until then


def downgrade() -> None:
    for table in ("closed_way", "monthly_way", "daily_nurture"):
        op.drop_table(table)
