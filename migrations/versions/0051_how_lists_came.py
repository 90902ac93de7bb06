"""how the people of a list came

Revision ID: 0051
Revises: 0050
"""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("lead_import") as batch:
        batch.add_column(sa.Column("touch_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True))
        batch.create_foreign_key(batch.f("fk_lead_import_touch_id_touch"), "touch", ["touch_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("lead_import") as batch:
        batch.drop_constraint(batch.f("fk_lead_import_touch_id_touch"), type_="foreignkey")
        batch.drop_column("touch_id")
