"""owners hours

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

import capture.db

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rep",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("zone", sa.String(length=320), nullable=False),
        sa.Column("week", sa.Text(), nullable=False),
        sa.Column("off", sa.Text(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("weekly", sa.Integer(), nullable=True),
        sa.Column("crm_ids", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_rep_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rep")),
        sa.UniqueConstraint("staff_id", name=op.f("uq_rep_staff_id")),
    )
    with op.batch_alter_table("mql", schema=None) as batch_op:
        batch_op.add_column(sa.Column("remind_at", capture.db.Instant(), nullable=True))
        batch_op.add_column(sa.Column("escalated_at", capture.db.Instant(), nullable=True))
        batch_op.add_column(sa.Column("escalations", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("mql", "escalations")
    op.drop_column("mql", "escalated_at")
    op.drop_column("mql", "remind_at")
    op.drop_table("rep")
