"""pages that fall silent

Revision ID: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op

import capture.db

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "page_incident",
        sa.Column("id", KEY, nullable=False),
        sa.Column("page_id", KEY, nullable=False),
        sa.Column(
            "kind",
            sa.Enum("fills", "deliveries", name="kind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("open_key", sa.String(length=320), nullable=True),
        sa.Column("began_at", capture.db.Instant(), nullable=False),
        sa.Column("ended_at", capture.db.Instant(), nullable=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("usual", sa.Integer(), nullable=False),
        sa.Column("usual_of", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["page_id"], ["page.id"], name=op.f("fk_page_incident_page_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_page_incident")),
        sa.UniqueConstraint("open_key", name=op.f("uq_page_incident_open_key")),
    )
    op.create_index(op.f("ix_touch_at"), "touch", ["at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_touch_at"), table_name="touch")
    op.drop_table("page_incident")
