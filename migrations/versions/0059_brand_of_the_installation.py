"""the brand of the installation, and pages that show it without a draft

Revision ID: 0059
Revises: 0058
"""

import sqlalchemy as sa
from alembic import op

import capture.db

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "installation_brand",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("definition", capture.db.Json(), nullable=False),
        sa.Column("files", capture.db.Json(), nullable=False),
        sa.Column("changed_at", capture.db.Instant(), nullable=False),
        sa.Column("changed_by", sa.String(length=320), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation_brand")),
    )
    for table in ("proof", "proof_page"):
        with op.batch_alter_table(table) as batch:
            batch.alter_column("draft_id", existing_type=_KEY, nullable=True)


def downgrade() -> None:
    for table in ("proof", "proof_page"):
        op.execute(f"DELETE FROM {table} WHERE draft_id IS NULL")  # noqa: S608  names of ours
        with op.batch_alter_table(table) as batch:
            batch.alter_column("draft_id", existing_type=_KEY, nullable=False)
    op.drop_table("installation_brand")
