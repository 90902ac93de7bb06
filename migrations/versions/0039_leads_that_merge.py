"""leads that merge

Revision ID: 0039
Revises: 0038
"""

import sqlalchemy as sa
from alembic import op

from capture.db import Instant, Json

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
HAS_PHONE = sa.text("phone <> ''")


def upgrade() -> None:
    op.create_table(
        "lead_merge",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("kept_id", KEY, nullable=False),
        sa.Column("merged_id", KEY, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("actor", sa.String(length=320), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("moved", Json(), nullable=False),
        sa.Column("undone_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["kept_id"], ["lead.id"], name=op.f("fk_lead_merge_kept_id")),
        sa.ForeignKeyConstraint(["merged_id"], ["lead.id"], name=op.f("fk_lead_merge_merged_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_merge")),
        sa.UniqueConstraint("public_id", name=op.f("uq_lead_merge_public_id")),
    )
    op.create_index(op.f("ix_lead_merge_kept_id"), "lead_merge", ["kept_id"])
    op.create_index(op.f("ix_lead_merge_merged_id"), "lead_merge", ["merged_id"])
    op.create_index(op.f("ix_lead_phone"), "lead", ["phone"], sqlite_where=HAS_PHONE, postgresql_where=HAS_PHONE)
    op.create_index(op.f("ix_link_opening_visitor_id"), "link_opening", ["visitor_id"])
    op.add_column("mql", sa.Column("continues_id", KEY, nullable=True))


def downgrade() -> None:
    op.drop_column("mql", "continues_id")
    op.drop_index(op.f("ix_link_opening_visitor_id"), table_name="link_opening")
    op.drop_index(op.f("ix_lead_phone"), table_name="lead")
    op.drop_table("lead_merge")
