"""what was struck is found at once: it is struck under each new version

Revision ID: 0065
Revises: 0064
"""

import sqlalchemy as sa
from alembic import op

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None

STRUCK = sa.text("rule_key = 'struck'")


def upgrade() -> None:
    op.create_index(
        "ix_score_entry_struck",
        "score_entry",
        ["lead_id", "rule_version"],
        sqlite_where=STRUCK,
        postgresql_where=STRUCK,
    )


def downgrade() -> None:
    op.drop_index("ix_score_entry_struck", table_name="score_entry")
