"""closed months

Revision ID: 0026
Revises: 0027
"""

import sqlalchemy as sa
from alembic import op

import capture.db

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MEASURES = ("visits", "fills", "leads", "ripened", "mqls", "accepted", "rejected", "sqls")


def upgrade() -> None:
    op.create_table(
        "closed_month",
        sa.Column("id", KEY, nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("closed_at", capture.db.Instant(), nullable=False),
        sa.Column("nurture_days", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closed_month")),
        sa.UniqueConstraint("month", name=op.f("uq_closed_month_month")),
    )
    op.create_table(
        "closed_figure",
        sa.Column("id", KEY, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("page_id", KEY, nullable=False),
        sa.Column("channel", sa.String(length=320), nullable=False),
        sa.Column("source", sa.String(length=320), nullable=False),
        sa.Column("campaign", sa.String(length=320), nullable=False),
        *(sa.Column(measure, sa.Integer(), nullable=False) for measure in MEASURES),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closed_figure")),
        sa.UniqueConstraint(
            "day",
            "page_id",
            "channel",
            "source",
            "campaign",
            name=op.f("uq_closed_figure_day_page_id_channel_source_campaign"),
        ),
    )
    op.create_table(
        "closed_cost",
        sa.Column("id", KEY, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("source", sa.String(length=320), nullable=False),
        sa.Column("campaign", sa.String(length=320), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closed_cost")),
    )
    op.create_index(op.f("ix_closed_cost_day"), "closed_cost", ["day"])


def downgrade() -> None:
    op.drop_table("closed_cost")
    op.drop_table("closed_figure")
    op.drop_table("closed_month")
