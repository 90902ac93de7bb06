"""sought

Revision ID: 0037
Revises: 0036
"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

SOUGHT = "lower(email || ' ' || first_name || ' ' || last_name || ' ' || name || ' ' || company)"


def upgrade() -> None:
    kept = "STORED" if op.get_bind().dialect.name == "postgresql" else "VIRTUAL"  # SQLite adds no other
    op.execute(f"ALTER TABLE lead ADD COLUMN sought TEXT GENERATED ALWAYS AS ({SOUGHT}) {kept}")
    op.create_index(op.f("ix_lead_sought"), "lead", ["sought"], postgresql_where=sa.text("false"))


def downgrade() -> None:
    op.drop_index(op.f("ix_lead_sought"), table_name="lead")
    op.execute("ALTER TABLE lead DROP COLUMN sought")
