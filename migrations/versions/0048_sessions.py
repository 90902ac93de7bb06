"""sessions

Revision ID: 0048
Revises: 0047
"""

import sqlalchemy as sa
from alembic import op

import capture.db

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "staff_session",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("staff_id", KEY, nullable=False),
        sa.Column("session_mark", sa.String(length=320), nullable=False),
        sa.Column("browser", sa.String(length=320), nullable=False),
        sa.Column("begun_at", capture.db.Instant(), nullable=False),
        sa.Column("seen_at", capture.db.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_session_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_session")),
        sa.UniqueConstraint("public_id", name=op.f("uq_staff_session_public_id")),
    )
    op.create_index(op.f("ix_staff_session_staff_id"), "staff_session", ["staff_id"])


def downgrade() -> None:
    op.drop_table("staff_session")
