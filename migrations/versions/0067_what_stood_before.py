"""what a value took the place of, so that a replay knows what people were once

Revision ID: 0067
Revises: 0066
"""

import sqlalchemy as sa
from alembic import op

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None

CHANGED = sa.text("before IS NOT NULL")
# Of each value what was said last before it, where that is another; what was proven is displaced by what is proven alone.
TAKEN = """
    UPDATE lead_value SET before = changed.stood FROM (
        SELECT said.id, said.stood FROM (
            SELECT id, lead_id, value, at, verified,
                lag(value, 1, '') OVER (PARTITION BY lead_id, key ORDER BY at, id) AS stood,
                max(CASE WHEN verified THEN 1 ELSE 0 END) OVER (
                    PARTITION BY lead_id, key ORDER BY at, id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                ) AS proven
            FROM lead_value
        ) AS said JOIN lead ON lead.id = said.lead_id
        WHERE said.stood <> said.value AND said.at > lead.created_at AND (said.verified OR coalesce(said.proven, 0) = 0)
    ) AS changed WHERE changed.id = lead_value.id
"""


def upgrade() -> None:
    op.add_column("lead_value", sa.Column("before", sa.Text()))
    op.execute(TAKEN)
    op.create_index(
        "ix_lead_value_changes",
        "lead_value",
        ["lead_id", "key", "at"],
        sqlite_where=CHANGED,
        postgresql_where=CHANGED,
    )


def downgrade() -> None:
    op.drop_index("ix_lead_value_changes", table_name="lead_value")
    op.drop_column("lead_value", "before")
