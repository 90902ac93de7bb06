"""what_follows

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

import capture.db

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "feed_reader",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("token_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", capture.db.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["token_id"], ["api_token.id"], name=op.f("fk_feed_reader_token_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_reader")),
        sa.UniqueConstraint("token_id", name=op.f("uq_feed_reader_token_id")),
    )
    with op.batch_alter_table("feed_entry", schema=None) as batch_op:
        batch_op.add_column(sa.Column("dedupe_key", sa.String(length=320), nullable=True))
        batch_op.create_index(batch_op.f("ix_feed_entry_dedupe_key"), ["dedupe_key"], unique=True)


def downgrade() -> None:
    with op.batch_alter_table("feed_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_feed_entry_dedupe_key"))
        batch_op.drop_column("dedupe_key")

    op.drop_table("feed_reader")
