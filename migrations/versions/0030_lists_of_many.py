"""lists of many

Revision ID: 0026
Revises: 0029
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

INDEXES = (
    ("lead", ("created_at", "id"), "erased_at IS NULL AND merged_into_id IS NULL"),
    ("lead", ("merged_into_id",), "merged_into_id IS NOT NULL"),
    ("lead", ("first_touch_id",), ""),
    ("touch", ("channel",), ""),
    ("engagement_event", ("page_id", "kind", "at", "visitor_id", "verdict", "lead_id"), ""),
    ("engagement_event", ("magnet_id", "at", "verdict", "lead_id", "visitor_id"), "kind = 'magnet_downloaded'"),
    ("mql", ("outcome_at",), ""),
)
REPLACED = (("lead", ("merged_into_id",)), ("engagement_event", ("page_id", "kind", "at")))


def upgrade() -> None:
    for table, columns in REPLACED:
        op.drop_index(_name(table, columns), table_name=table)
    for table, columns, where in INDEXES:
        which = sa.text(where) if where else None
        op.create_index(_name(table, columns), table, list(columns), sqlite_where=which, postgresql_where=which)


def downgrade() -> None:
    for table, columns, _ in reversed(INDEXES):
        op.drop_index(_name(table, columns), table_name=table)
    for table, columns in REPLACED:
        op.create_index(_name(table, columns), table, list(columns))


def _name(table: str, columns: tuple[str, ...]) -> str:
    return op.f(f"ix_{table}_{'_'.join(columns)}")
