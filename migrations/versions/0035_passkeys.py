"""passkeys

Revision ID: 0035
Revises: 0034
"""

import sqlalchemy as sa
from alembic import op

import capture.db

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "passkey",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("staff_id", KEY, nullable=False),
        sa.Column("credential_id", sa.String(length=1400), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("transports", capture.db.Json(), nullable=False),
        sa.Column("name", sa.String(length=320), nullable=False),
        sa.Column("created_at", capture.db.Instant(), nullable=False),
        sa.Column("last_used_at", capture.db.Instant(), nullable=True),
        sa.Column("challenged_at", capture.db.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_passkey_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkey_credential_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_passkey_public_id")),
    )
    op.create_index(op.f("ix_passkey_staff_id"), "passkey", ["staff_id"])


def downgrade() -> None:
    op.drop_table("passkey")
