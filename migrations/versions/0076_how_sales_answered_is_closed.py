"""how sales answered is closed with a month

Revision ID: 0076
Revises: 0075
"""

import sqlalchemy as sa
from alembic import op

import capture.db

revision = "0076"
down_revision = "0075"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("closed_month", sa.Column("keeps_answers", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "closed_response",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("handed_over", sa.Integer(), nullable=False),
        sa.Column("in_time", sa.Integer(), nullable=False),
        sa.Column("first_answers", sa.LargeBinary(), nullable=False),
        sa.Column("rejections", capture.db.Json(), nullable=False),
        sa.Column("rules", capture.db.Json(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closed_response")),
        sa.UniqueConstraint("day", name=op.f("uq_closed_response_day")),
    )


def downgrade() -> None:
    op.drop_table("closed_response")
    op.drop_column("closed_month", "keeps_answers")
