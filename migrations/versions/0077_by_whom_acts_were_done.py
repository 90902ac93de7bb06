"""the visitor in the index that scoring reads: the campaign of an act is found without its row

Revision ID: 0077
Revises: 0076
"""

from alembic import op

revision = "0077"
down_revision = "0076"
branch_labels = None
depends_on = None

_REPLAY = "ix_engagement_event_replay"
_BEFORE = ["lead_id", "at", "id", "kind", "verdict", "page_id", "magnet_id"]


def upgrade() -> None:
    _index([*_BEFORE, "visitor_id"])


def downgrade() -> None:
    _index(_BEFORE)


def _index(columns: list[str]) -> None:
    op.drop_index(_REPLAY, table_name="engagement_event")
    op.create_index(_REPLAY, "engagement_event", columns, unique=False)
