"""routing

Revision ID: 0022
Revises: 0021
"""

import sqlalchemy as sa
from alembic import op

import capture.db

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "routing_rule",
        sa.Column("id", KEY, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=320), nullable=False),
        sa.Column("conditions", capture.db.Json(), nullable=False),
        sa.Column("staff_ids", capture.db.Json(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_routing_rule")),
        sa.UniqueConstraint("name", name=op.f("uq_routing_rule_name")),
    )
    op.create_table(
        "named_account",
        sa.Column("id", KEY, nullable=False),
        sa.Column("domain", sa.String(length=320), nullable=False),
        sa.Column("owner_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["staff.id"], name=op.f("fk_named_account_owner_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_named_account")),
        sa.UniqueConstraint("domain", name=op.f("uq_named_account_domain")),
    )
    op.add_column("rep", sa.Column("daily", sa.Integer(), nullable=True))
    op.add_column("mql", sa.Column("routed_by", sa.Text(), nullable=False, server_default=""))
    op.add_column("mql", sa.Column("late_ids", capture.db.Json(), nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("mql", "late_ids")
    op.drop_column("mql", "routed_by")
    op.drop_column("rep", "daily")
    op.drop_table("named_account")
    op.drop_table("routing_rule")
