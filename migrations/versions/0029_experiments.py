"""experiments

Revision ID: 0024
Revises: 0028
"""

import sqlalchemy as sa
from alembic import op

import capture.db

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SHOWN = ("submission", "quarantined_fill")


def upgrade() -> None:
    op.create_table(
        "experiment",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("page_id", KEY, nullable=False),
        sa.Column("running_on", KEY, nullable=True),
        sa.Column("key", sa.String(length=22), nullable=False),
        sa.Column("created_at", capture.db.Instant(), nullable=False),
        sa.Column("created_by", sa.String(length=320), nullable=False),
        sa.Column("started_at", capture.db.Instant(), nullable=True),
        sa.Column("stopped_at", capture.db.Instant(), nullable=True),
        sa.Column("taken_over", sa.String(length=1), nullable=False),
        sa.ForeignKeyConstraint(["page_id"], ["page.id"], name=op.f("fk_experiment_page_id")),
        sa.ForeignKeyConstraint(["running_on"], ["page.id"], name=op.f("fk_experiment_running_on")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_experiment")),
        sa.UniqueConstraint("public_id", name=op.f("uq_experiment_public_id")),
        sa.UniqueConstraint("running_on", name=op.f("uq_experiment_running_on")),
        sa.UniqueConstraint("key", name=op.f("uq_experiment_key")),
    )
    op.create_index(op.f("ix_experiment_page_id"), "experiment", ["page_id"])
    op.create_table(
        "variant",
        sa.Column("id", KEY, nullable=False),
        sa.Column("experiment_id", KEY, nullable=False),
        sa.Column("letter", sa.String(length=1), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("overrides", capture.db.Json(), nullable=False),
        sa.ForeignKeyConstraint(["experiment_id"], ["experiment.id"], name=op.f("fk_variant_experiment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_variant")),
        sa.UniqueConstraint("experiment_id", "letter", name=op.f("uq_variant_experiment_id_letter")),
    )
    op.create_table(
        "exposure",
        sa.Column("id", KEY, nullable=False),
        sa.Column("experiment_id", KEY, nullable=False),
        sa.Column("variant_id", KEY, nullable=False),
        sa.Column("visitor_id", KEY, nullable=False),
        sa.Column("at", capture.db.Instant(), nullable=False),
        sa.Column("filled_at", capture.db.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["experiment_id"], ["experiment.id"], name=op.f("fk_exposure_experiment_id")),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_exposure_variant_id")),
        sa.ForeignKeyConstraint(["visitor_id"], ["visitor.id"], name=op.f("fk_exposure_visitor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exposure")),
        sa.UniqueConstraint("experiment_id", "visitor_id", name=op.f("uq_exposure_experiment_id_visitor_id")),
    )
    op.create_index(op.f("ix_exposure_visitor_id"), "exposure", ["visitor_id"])
    kind = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    for table in SHOWN:
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN variant_id {kind} CONSTRAINT fk_{table}_variant_id REFERENCES variant (id)"
        )


def downgrade() -> None:
    for table in SHOWN:
        op.drop_column(table, "variant_id")
    op.drop_table("exposure")
    op.drop_table("variant")
    op.drop_table("experiment")
