"""steps of days

Revision ID: 0050
Revises: 0049
"""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

DAYS = ("daily_figure", "daily_total", "weekly_total")
STEPS = ("starts", "downloads")
WAY = ("channel", "source", "campaign")


def upgrade() -> None:
    for table in DAYS:
        with op.batch_alter_table(table) as batch:
            for step in STEPS:
                batch.add_column(sa.Column(step, sa.Integer(), server_default="0", nullable=False))
    with op.batch_alter_table("form_start") as batch:
        for name in WAY:
            batch.add_column(sa.Column(name, sa.String(length=320), server_default="", nullable=False))
    op.execute("DELETE FROM tally")  # the worker counts every day again, call by call; what is kept stands until then


def downgrade() -> None:
    for table in DAYS:
        with op.batch_alter_table(table) as batch:
            for step in STEPS:
                batch.drop_column(step)
    with op.batch_alter_table("form_start") as batch:
        for name in WAY:
            batch.drop_column(name)
