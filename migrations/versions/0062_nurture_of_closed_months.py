"""nurture of closed months by row

Revision ID: 0062
Revises: 0061
"""

import sqlalchemy as sa
from alembic import op

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "closed_nurture",
        sa.Column("id", KEY, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("dimension", sa.String(length=20), nullable=False),
        sa.Column("value", sa.String(length=320), nullable=False),
        sa.Column("durations", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closed_nurture")),
        sa.UniqueConstraint("dimension", "day", "value", name=op.f("uq_closed_nurture_dimension_day_value")),
    )
    op.create_index(op.f("ix_closed_nurture_day"), "closed_nurture", ["day"])
    op.add_column("closed_month", sa.Column("keeps_nurtures", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("closed_month", "keeps_nurtures")
    op.drop_table("closed_nurture")
