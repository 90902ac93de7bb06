"""when each webhook endpoint was last reached, and how many tries have failed since

Revision ID: 0069
Revises: 0068
"""

import sqlalchemy as sa
from alembic import op

import capture.db

revision = "0069"
down_revision = "0068"
branch_labels = None
depends_on = None

_OURS = "FROM webhook_delivery AS d JOIN webhook_attempt AS a ON a.delivery_id = d.id WHERE d.endpoint_id = e.id"


def upgrade() -> None:
    op.add_column("webhook_endpoint", sa.Column("reached_at", capture.db.Instant()))
    op.add_column("webhook_endpoint", sa.Column("failures", sa.Integer(), nullable=False, server_default="0"))
    told = f"SELECT max(a.id) {_OURS} AND a.status BETWEEN 200 AND 299"
    op.execute(
        f"UPDATE webhook_endpoint AS e SET reached_at = (SELECT a.at {_OURS} AND a.id = ({told})),"  # noqa: S608
        f" failures = (SELECT count(*) {_OURS} AND a.id > coalesce(({told}), 0))"
    )


def downgrade() -> None:
    op.drop_column("webhook_endpoint", "failures")
    op.drop_column("webhook_endpoint", "reached_at")
