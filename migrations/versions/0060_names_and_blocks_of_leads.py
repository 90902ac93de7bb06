"""names of leads as they are compared, and what a search on SQLite looks through in blocks

Revision ID: 0060
Revises: 0059
"""

import re
import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None

AT_ONCE = 5000
HAS_NAME = sa.text("name_key <> ''")
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LEAD = sa.table("lead", *(sa.column(name) for name in ("id", "name", "first_name", "last_name", "name_key")))

TEXTS = "SELECT {which} / 8, coalesce(group_concat(sought, char(31)), '') FROM lead"
MINE = "WHERE id >= {which} / 8 * 8 AND id < {which} / 8 * 8 + 8"
WRITE = f"INSERT INTO lead_block (id, text) {TEXTS} {MINE} ON CONFLICT (id) DO UPDATE SET text = excluded.text"
TRIGGERS = {
    "INSERT": "new.id",
    "UPDATE OF email, first_name, last_name, name, company": "new.id",
    "DELETE": "old.id",
}


def upgrade() -> None:
    op.add_column("lead", sa.Column("name_key", sa.Text(), nullable=False, server_default=""))
    _name()
    op.create_index(op.f("ix_lead_name_key"), "lead", ["name_key"], sqlite_where=HAS_NAME, postgresql_where=HAS_NAME)
    op.create_table(
        "lead_block",
        sa.Column("id", KEY, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_block")),
    )
    op.drop_index(op.f("ix_lead_sought"), table_name="lead")
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"INSERT INTO lead_block (id, text) {TEXTS.format(which='id')} GROUP BY id / 8")
        for number, (event, which) in enumerate(TRIGGERS.items()):
            write = WRITE.format(which=which)
            op.execute(f"CREATE TRIGGER lead_block_{number} AFTER {event} ON lead BEGIN {write}; END")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for number in range(len(TRIGGERS)):
            op.execute(f"DROP TRIGGER lead_block_{number}")
    op.drop_table("lead_block")
    op.create_index(op.f("ix_lead_sought"), "lead", ["sought"], postgresql_where=sa.text("false"))
    op.drop_index(op.f("ix_lead_name_key"), table_name="lead")
    op.execute("ALTER TABLE lead DROP COLUMN name_key")


def _name() -> None:
    connection, last = op.get_bind(), 0
    rows = sa.select(LEAD.c.id, LEAD.c.name, LEAD.c.first_name, LEAD.c.last_name).order_by(LEAD.c.id).limit(AT_ONCE)
    write = LEAD.update().where(LEAD.c.id == sa.bindparam("which")).values(name_key=sa.bindparam("told"))
    while found := connection.execute(rows.where(LEAD.c.id > last)).all():
        told = [(key, _key(name or f"{first} {family}")) for key, name, first, family in found]
        if named := [{"which": key, "told": words} for key, words in told if words]:
            connection.execute(write, named)
        last = found[-1].id


def _key(name: str) -> str:
    bare = "".join(char for char in unicodedata.normalize("NFKD", name) if not unicodedata.combining(char))
    return " ".join(sorted(re.findall(r"\w+", bare.casefold())))[:200]
