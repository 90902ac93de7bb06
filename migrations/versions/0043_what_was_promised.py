"""what was promised

Revision ID: 0043
Revises: 0042
"""

import sqlalchemy as sa
from alembic import op

import capture.db

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A table that others refer to is not made anew on SQLite: there a column that must be told needs a default.
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    told = {"nullable": False, "server_default": sa.text("0")} if is_sqlite else {"nullable": True}
    op.add_column("mql", sa.Column("promised_at", capture.db.Instant(), **told))
    # Of what went to somebody else since, the promise is not known any more; that it was broken is.
    op.execute(
        "UPDATE mql SET promised_at = CASE WHEN escalations = 0 THEN due_at ELSE COALESCE(escalated_at, qualified_at) END"
    )
    if not is_sqlite:
        op.alter_column("mql", "promised_at", nullable=False)
    op.execute("DELETE FROM daily_response")
    op.execute("DELETE FROM tally")  # the worker counts every day again, call by call; until then from the facts


def downgrade() -> None:
    op.drop_column("mql", "promised_at")
