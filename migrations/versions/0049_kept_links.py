"""kept links, with the visits that came by them, and the team's words

Revision ID: 0049
Revises: 0048
"""

import sqlalchemy as sa
from alembic import op

import capture.db

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.String(length=320)
KINDS = ("source", "medium", "content", "term", "channel")
BY_LINK = sa.text("link_id IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "kept_link",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("page_id", KEY, nullable=False),
        *(
            sa.Column(name, TEXT, nullable=False)
            for name in ("name", "source", "medium", "campaign", "content", "term")
        ),
        sa.Column("made_by", TEXT, nullable=False),
        sa.Column("made_at", capture.db.Instant(), nullable=False),
        sa.Column("archived_at", capture.db.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["page_id"], ["page.id"], name=op.f("fk_kept_link_page_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_link")),
        sa.UniqueConstraint("public_id", name=op.f("uq_kept_link_public_id")),
        sa.UniqueConstraint(
            *("page_id", "source", "medium", "campaign", "content", "term"),
            name=op.f("uq_kept_link_page_id_source_medium_campaign_content_term"),
        ),
    )
    op.create_table(
        "word",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column(
            "kind", sa.Enum(*KINDS, name="kind", native_enum=False, create_constraint=True, length=40), nullable=False
        ),
        *(sa.Column(name, TEXT, nullable=False) for name in ("word", "source", "medium")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_word")),
        sa.UniqueConstraint("public_id", name=op.f("uq_word_public_id")),
        sa.UniqueConstraint("kind", "word", name=op.f("uq_word_kind_word")),
    )
    # In place: in a batch, SQLite would copy all touches, and may not where others refer to them.
    kind = "BIGINT" if op.get_bind().dialect.name == "postgresql" else "INTEGER"
    op.execute(f"ALTER TABLE touch ADD COLUMN link_id {kind} CONSTRAINT fk_touch_link_id REFERENCES kept_link (id)")
    op.create_index(op.f("ix_touch_link_id"), "touch", ["link_id"], sqlite_where=BY_LINK, postgresql_where=BY_LINK)


def downgrade() -> None:
    op.drop_index(op.f("ix_touch_link_id"), table_name="touch")
    op.drop_column("touch", "link_id")
    op.drop_table("word")
    op.drop_table("kept_link")
