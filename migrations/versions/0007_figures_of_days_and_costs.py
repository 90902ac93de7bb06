"""figures of days and costs

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

import capture.db

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "daily_figure",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("page_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("channel", sa.String(length=320), nullable=False),
        sa.Column("source", sa.String(length=320), nullable=False),
        sa.Column("campaign", sa.String(length=320), nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.Column("fills", sa.Integer(), nullable=False),
        sa.Column("leads", sa.Integer(), nullable=False),
        sa.Column("ripened", sa.Integer(), nullable=False),
        sa.Column("mqls", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("sqls", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_daily_figure")),
        sa.UniqueConstraint(
            "day",
            "page_id",
            "channel",
            "source",
            "campaign",
            name=op.f("uq_daily_figure_day_page_id_channel_source_campaign"),
        ),
    )
    op.create_table(
        "spend_import",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("name", sa.String(length=320), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(length=320), nullable=False),
        sa.Column("at", capture.db.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spend_import")),
        sa.UniqueConstraint("digest", name=op.f("uq_spend_import_digest")),
        sa.UniqueConstraint("public_id", name=op.f("uq_spend_import_public_id")),
    )
    op.create_table(
        "tally",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("counted_until", sa.Date(), nullable=False),
        sa.Column("looked_at", capture.db.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tally")),
    )
    op.create_table(
        "spend",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("import_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "ads", "booth", "agency", "other", name="kind", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("source", sa.String(length=320), nullable=False),
        sa.Column("campaign", sa.String(length=320), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["spend_import.id"], name=op.f("fk_spend_import_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spend")),
    )
    with op.batch_alter_table("spend", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_spend_day"), ["day"], unique=False)
        batch_op.create_index(batch_op.f("ix_spend_import_id"), ["import_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("spend", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_spend_import_id"))
        batch_op.drop_index(batch_op.f("ix_spend_day"))

    op.drop_table("spend")
    op.drop_table("tally")
    op.drop_table("spend_import")
    op.drop_table("daily_figure")
