"""daily responses

Revision ID: 0036
Revises: 0035
"""

import sqlalchemy as sa
from alembic import op

import capture.db

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "daily_response",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("handed_over", sa.Integer(), nullable=False),
        sa.Column("in_time", sa.Integer(), nullable=False),
        sa.Column("first_answers", sa.LargeBinary(), nullable=False),
        sa.Column("nurtures", sa.LargeBinary(), nullable=False),
        sa.Column("rejections", capture.db.Json(), nullable=False),
        sa.Column("rules", capture.db.Json(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_daily_response")),
        sa.UniqueConstraint("day", name=op.f("uq_daily_response_day")),
    )
    op.execute("DELETE FROM tally")  # the worker counts every day again, call by call; until then from the facts


def downgrade() -> None:
    op.drop_table("daily_response")
