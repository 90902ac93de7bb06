"""when an MQL was passed on, so that it counts for whoever got it then

Revision ID: 0068
Revises: 0067
"""

import sqlalchemy as sa
from alembic import op

import capture.db

revision = "0068"
down_revision = "0067"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mql", sa.Column("passed_at", capture.db.Instant()))
    op.execute(
        "UPDATE mql SET passed_at ="
        " (SELECT max(at) FROM feed_entry WHERE feed_entry.mql_id = mql.id AND feed_entry.kind = 'mql.passed_on')"
        " WHERE id IN (SELECT mql_id FROM feed_entry WHERE kind = 'mql.passed_on')"
    )
    op.create_index("ix_mql_passed_at", "mql", ["passed_at"])


def downgrade() -> None:
    op.drop_index("ix_mql_passed_at", table_name="mql")
    op.drop_column("mql", "passed_at")
