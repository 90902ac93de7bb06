"""audit searched

Revision ID: 0046
Revises: 0045
"""

from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

COLUMNS = ("actor", "action", "subject")


def upgrade() -> None:
    for column in COLUMNS:
        op.create_index(op.f(f"ix_audit_entry_{column}_id"), "audit_entry", [column, "id"])


def downgrade() -> None:
    for column in reversed(COLUMNS):
        op.drop_index(op.f(f"ix_audit_entry_{column}_id"), table_name="audit_entry")
