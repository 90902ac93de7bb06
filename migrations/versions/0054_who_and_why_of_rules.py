"""who made a version of the rules and why, and the file as it was written

Revision ID: 0054
Revises: 0053
"""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("rule_set") as batch:
        batch.add_column(sa.Column("created_by", sa.String(length=320), server_default="", nullable=False))
        batch.add_column(sa.Column("note", sa.Text(), server_default="", nullable=False))
        batch.add_column(sa.Column("text", sa.Text(), server_default="", nullable=False))
    with op.batch_alter_table("rule_draft") as batch:
        batch.add_column(sa.Column("text", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("rule_draft") as batch:
        batch.drop_column("text")
    with op.batch_alter_table("rule_set") as batch:
        batch.drop_column("text")
        batch.drop_column("note")
        batch.drop_column("created_by")
