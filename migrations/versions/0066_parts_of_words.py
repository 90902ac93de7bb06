"""parts of words of leads are found by an index, where PostgreSQL has one for them

Revision ID: 0066
Revises: 0065
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.exc import DBAPIError

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None

INDEX = "ix_lead_sought"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.create_index(op.f(INDEX), "lead", ["sought"], sqlite_where=sa.text("false"))
        return
    try:
        with op.get_bind().begin_nested():
            op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            op.create_index(
                op.f(INDEX), "lead", ["sought"], postgresql_using="gin", postgresql_ops={"sought": "gin_trgm_ops"}
            )
    except DBAPIError:  # not installed, or not for this user: then a search reads all leads; docs/deployment.md
        pass


def downgrade() -> None:
    op.execute(f"DROP INDEX IF EXISTS {INDEX}")
