"""benchmarks

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op

import capture.db

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "benchmark_sum",
        sa.Column("id", KEY, nullable=False),
        sa.Column("magnet_id", KEY, nullable=False),
        sa.Column("question_set", sa.String(length=64), nullable=False),
        sa.Column("dimension", sa.String(length=40), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["magnet_id"], ["magnet.id"], name=op.f("fk_benchmark_sum_magnet_id_magnet")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_benchmark_sum")),
        sa.UniqueConstraint(
            "magnet_id", "question_set", "dimension", name=op.f("uq_benchmark_sum_magnet_id_question_set_dimension")
        ),
    )
    op.create_table(
        "benchmark_person",
        sa.Column("id", KEY, nullable=False),
        sa.Column("magnet_id", KEY, nullable=False),
        sa.Column("question_set", sa.String(length=64), nullable=False),
        sa.Column("lead_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(["magnet_id"], ["magnet.id"], name=op.f("fk_benchmark_person_magnet_id_magnet")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_benchmark_person_lead_id_lead")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_benchmark_person")),
        sa.UniqueConstraint(
            "lead_id", "magnet_id", "question_set", name=op.f("uq_benchmark_person_lead_id_magnet_id_question_set")
        ),
    )
    op.add_column("grant", sa.Column("benchmark", capture.db.Json(), nullable=True))


def downgrade() -> None:
    op.drop_column("grant", "benchmark")
    op.drop_table("benchmark_person")
    op.drop_table("benchmark_sum")
