"""our own people

Revision ID: 0024
Revises: 0024
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

import capture.db
from capture.pages import emails

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

TOLD = sa.text("ours_told_at IS NOT NULL")
OURS = sa.text("SELECT email FROM staff UNION SELECT pattern FROM exclusion WHERE kind = 'staff'")


def upgrade() -> None:
    op.add_column("lead", sa.Column("is_ours", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("lead", sa.Column("ours_told_at", capture.db.Instant(), nullable=True))
    _tell_apart()
    op.create_index(op.f("ix_lead_ours_told_at"), "lead", ["ours_told_at"], sqlite_where=TOLD, postgresql_where=TOLD)


def _tell_apart() -> None:
    """Who has access here, or stands on the list of our own people, is told apart now."""
    bind = op.get_bind()
    ours = set(bind.scalars(OURS))
    found = [
        {"key": lead_id}
        for lead_id, email in bind.execute(sa.text("SELECT id, email FROM lead"))
        if _is_one(email, ours)
    ]
    if found:
        at = sa.bindparam("at", datetime.now(UTC), type_=capture.db.Instant())
        bind.execute(
            sa.text("UPDATE lead SET is_ours = true, ours_told_at = :at WHERE id = :key").bindparams(at), found
        )


def _is_one(email: str, ours: set[str]) -> bool:
    return bool(email) and not ours.isdisjoint({email.lower(), emails.host(email), emails.company_domain(email)})


def downgrade() -> None:
    op.drop_index(op.f("ix_lead_ours_told_at"), table_name="lead")
    op.drop_column("lead", "ours_told_at")
    op.drop_column("lead", "is_ours")
