"""erased leads

Revision ID: 0038
Revises: 0037
"""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

ERASED = sa.text("erased_at IS NOT NULL")


def upgrade() -> None:
    op.create_index(op.f("ix_lead_erased_at"), "lead", ["erased_at"], sqlite_where=ERASED, postgresql_where=ERASED)


def downgrade() -> None:
    op.drop_index(op.f("ix_lead_erased_at"), table_name="lead")
