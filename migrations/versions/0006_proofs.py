"""proofs

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

import capture.db

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "proof",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("draft_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("part", sa.String(length=320), nullable=False),
        sa.Column("files", capture.db.Json(), nullable=False),
        sa.Column("pages", capture.db.Json(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("fault", sa.Text(), nullable=False),
        sa.Column("asked_at", capture.db.Instant(), nullable=False),
        sa.Column("finished_at", capture.db.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["draft_id"], ["draft.id"], name=op.f("fk_proof_draft_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proof")),
        sa.UniqueConstraint("key", name=op.f("uq_proof_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq_proof_public_id")),
    )
    with op.batch_alter_table("proof", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_proof_asked_at"), ["asked_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_proof_draft_id"), ["draft_id"], unique=False)

    op.create_table(
        "proof_page",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("draft_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sha", sa.String(length=64), nullable=False),
        sa.Column("webp", sa.LargeBinary(), nullable=False),
        sa.Column("used_at", capture.db.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["draft_id"], ["draft.id"], name=op.f("fk_proof_page_draft_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proof_page")),
        sa.UniqueConstraint("draft_id", "sha", name=op.f("uq_proof_page_draft_id_sha")),
    )
    with op.batch_alter_table("proof_page", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_proof_page_used_at"), ["used_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("proof_page", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_proof_page_used_at"))

    op.drop_table("proof_page")
    with op.batch_alter_table("proof", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_proof_draft_id"))
        batch_op.drop_index(batch_op.f("ix_proof_asked_at"))

    op.drop_table("proof")
