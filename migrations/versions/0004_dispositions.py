"""dispositions

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

import capture.db

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "disposition",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("mql_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "accepted",
                "qualified",
                "opportunity",
                "won",
                "lost",
                "rejected",
                "recycled",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=320), nullable=True),
        sa.Column("value", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("crm_id", sa.String(length=320), nullable=True),
        sa.Column("actor", sa.String(length=320), nullable=False),
        sa.Column(
            "source",
            sa.Enum(
                "studio",
                "api",
                "report",
                "product",
                name="source",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("at", capture.db.Instant(), nullable=False),
        sa.Column("recorded_at", capture.db.Instant(), nullable=False),
        sa.Column("dedupe_key", sa.String(length=320), nullable=True),
        sa.CheckConstraint("(outcome = 'rejected') = (reason IS NOT NULL)", name=op.f("ck_disposition_reason")),
        sa.CheckConstraint("(value IS NULL) = (currency IS NULL)", name=op.f("ck_disposition_money")),
        sa.ForeignKeyConstraint(["mql_id"], ["mql.id"], name=op.f("fk_disposition_mql_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disposition")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_disposition_dedupe_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq_disposition_public_id")),
    )
    with op.batch_alter_table("disposition", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_disposition_mql_id_id"), ["mql_id", "id"], unique=False)

    with op.batch_alter_table("mql", schema=None) as batch_op:
        batch_op.add_column(sa.Column("answered_at", capture.db.Instant(), nullable=True))
        batch_op.add_column(
            sa.Column(
                "outcome",
                sa.Enum(
                    "accepted",
                    "qualified",
                    "opportunity",
                    "won",
                    "lost",
                    "rejected",
                    "recycled",
                    name="outcome",
                    native_enum=False,
                    create_constraint=True,
                    length=40,
                ),
                nullable=True,
            )
        )
        batch_op.add_column(sa.Column("outcome_at", capture.db.Instant(), nullable=True))
        batch_op.add_column(sa.Column("crm_id", sa.String(length=320), nullable=True))
        batch_op.create_index(
            batch_op.f("ix_mql_outcome_owner_id_priority_due_at"),
            ["outcome", "owner_id", "priority", "due_at"],
            unique=False,
        )


def downgrade() -> None:
    with op.batch_alter_table("mql", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_mql_outcome_owner_id_priority_due_at"))
        batch_op.drop_column("crm_id")
        batch_op.drop_column("outcome_at")
        batch_op.drop_column("outcome")
        batch_op.drop_column("answered_at")

    with op.batch_alter_table("disposition", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_disposition_mql_id_id"))

    op.drop_table("disposition")
