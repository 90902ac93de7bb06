"""campaigns

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

import capture.db

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "campaign",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("name", sa.String(length=320), nullable=False),
        sa.Column("budget", sa.BigInteger(), nullable=True),
        sa.Column("begins", sa.Date(), nullable=True),
        sa.Column("ends", sa.Date(), nullable=True),
        sa.Column("created_at", capture.db.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
        sa.UniqueConstraint("name", name=op.f("uq_campaign_name")),
        sa.UniqueConstraint("public_id", name=op.f("uq_campaign_public_id")),
    )
    op.create_table(
        "campaign_alias",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("campaign_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("pattern", sa.String(length=320), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_alias_campaign_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_alias")),
        sa.UniqueConstraint("pattern", name=op.f("uq_campaign_alias_pattern")),
    )
    with op.batch_alter_table("campaign_alias", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_campaign_alias_campaign_id"), ["campaign_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("campaign_alias", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_campaign_alias_campaign_id"))

    op.drop_table("campaign_alias")
    op.drop_table("campaign")
