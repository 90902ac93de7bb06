"""languages of pages

Revision ID: 0033
Revises: 0032
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Pages know their language, which only their versions said, and the magnet that they are a version of."""
    with op.batch_alter_table("page") as batch:
        batch.add_column(sa.Column("language", sa.String(length=320), server_default="en", nullable=False))
        batch.add_column(sa.Column("translation_of", sa.String(length=320), server_default="", nullable=False))
        batch.create_index(op.f("ix_page_translation_of"), ["translation_of"])
    with op.batch_alter_table("draft") as batch:
        batch.add_column(sa.Column("translation_of", sa.String(length=320), server_default="", nullable=False))
        batch.create_index(op.f("ix_draft_translation_of"), ["translation_of"])
    live = sa.text(
        "SELECT page.id, page_version.definition FROM page"
        " JOIN page_version ON page_version.page_id = page.id AND page_version.number = page.live_version"
    )
    write = sa.text("UPDATE page SET language = :language WHERE id = :id")
    for page_id, definition in op.get_bind().execute(live).all():
        known = json.loads(definition) if isinstance(definition, str) else definition
        op.get_bind().execute(write, {"id": page_id, "language": known.get("language", "en")})


def downgrade() -> None:
    with op.batch_alter_table("draft") as batch:
        batch.drop_index(op.f("ix_draft_translation_of"))
        batch.drop_column("translation_of")
    with op.batch_alter_table("page") as batch:
        batch.drop_index(op.f("ix_page_translation_of"))
        batch.drop_column("translation_of")
        batch.drop_column("language")
