"""indexes for large histories

Revision ID: 0024
Revises: 0026
"""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_BEFORE = "ix_engagement_event_lead_id_at_kind_verdict_page_id_magnet_id"
_REPLAY = "ix_engagement_event_replay"


def upgrade() -> None:
    op.create_index(
        _REPLAY, "engagement_event", ["lead_id", "at", "id", "kind", "verdict", "page_id", "magnet_id"], unique=False
    )
    op.drop_index(op.f(_BEFORE), table_name="engagement_event")
    op.create_index(op.f("ix_submission_at"), "submission", ["at"], unique=False)
    op.create_index(op.f("ix_disposition_recorded_at"), "disposition", ["recorded_at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_disposition_recorded_at"), table_name="disposition")
    op.drop_index(op.f("ix_submission_at"), table_name="submission")
    op.create_index(
        op.f(_BEFORE), "engagement_event", ["lead_id", "at", "kind", "verdict", "page_id", "magnet_id"], unique=False
    )
    op.drop_index(_REPLAY, table_name="engagement_event")
