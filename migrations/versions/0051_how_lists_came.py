"""how the people of a list came

Revision ID: 0051
Revises: 0050
"""

from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # In place: on SQLite a table that others refer to is not made anew.
    kind = "BIGINT" if op.get_bind().dialect.name == "postgresql" else "INTEGER"
    op.execute(
        f"ALTER TABLE lead_import ADD COLUMN touch_id {kind} CONSTRAINT fk_lead_import_touch_id REFERENCES touch (id)"
    )


def downgrade() -> None:
    op.drop_column("lead_import", "touch_id")
