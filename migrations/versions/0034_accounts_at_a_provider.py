"""accounts at a provider

Revision ID: 0034
Revises: 0033
"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

COLUMNS = ("provider_issuer", "provider_subject")


def upgrade() -> None:
    for column in COLUMNS:
        op.add_column("staff", sa.Column(column, sa.String(length=320), nullable=True))
    op.create_index(op.f("ix_staff_provider_issuer_provider_subject"), "staff", list(COLUMNS), unique=True)


def downgrade() -> None:
    op.drop_index(op.f("ix_staff_provider_issuer_provider_subject"), table_name="staff")
    for column in COLUMNS:
        op.drop_column("staff", column)
