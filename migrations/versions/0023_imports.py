"""imports

Revision ID: 0023
Revises: 0022
"""

import sqlalchemy as sa
from alembic import op

import capture.db

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BEFORE = ("contact_requested", "contact_withdrawn")
AFTER = (*BEFORE, "met_in_person")
FIRST = (
    *("page_viewed", "form_submitted", "magnet_downloaded", "link_followed", "link_forwarded", "address_confirmed"),
    *("webinar_registered", "webinar_attended", "webinar_replayed"),
)
INDEXES = (("lead", "merged_into_id"), ("score_entry", "event_id"), ("score_entry", "reverses_id"))


def upgrade() -> None:
    op.create_table(
        "lead_import",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("name", sa.String(length=320), nullable=False),
        sa.Column("headers", capture.db.Json(), nullable=False),
        sa.Column("header_key", sa.String(length=64), nullable=False),
        sa.Column("mapping", capture.db.Json(), nullable=False),
        sa.Column("campaign", sa.String(length=320), nullable=False),
        sa.Column("met_on", sa.Date(), nullable=True),
        sa.Column("basis", sa.String(length=320), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                *("looked_at", "running", "done", "leaving", "undone"),
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("made", sa.Integer(), nullable=False),
        sa.Column("known", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("kept", sa.Integer(), nullable=False),
        sa.Column("created_at", capture.db.Instant(), nullable=False),
        sa.Column("created_by", sa.String(length=320), nullable=False),
        sa.Column("done_at", capture.db.Instant(), nullable=True),
        sa.Column("released_at", capture.db.Instant(), nullable=True),
        sa.Column("release", sa.String(length=320), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_import")),
        sa.UniqueConstraint("public_id", name=op.f("uq_lead_import_public_id")),
    )
    op.create_index(op.f("ix_lead_import_header_key"), "lead_import", ["header_key"])
    op.create_table(
        "lead_import_row",
        sa.Column("id", KEY, nullable=False),
        sa.Column("import_id", KEY, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("cells", capture.db.Json(), nullable=False),
        sa.Column("lead_id", KEY, nullable=True),
        sa.Column("made", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["lead_import.id"], name=op.f("fk_lead_import_row_import_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_lead_import_row_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_import_row")),
        sa.UniqueConstraint("import_id", "number", name=op.f("uq_lead_import_row_import_id_number")),
        sa.UniqueConstraint("import_id", "lead_id", name=op.f("uq_lead_import_row_import_id_lead_id")),
    )
    op.create_index(op.f("ix_lead_import_row_lead_id"), "lead_import_row", ["lead_id"])
    kind = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    for table in ("lead_value", "consent"):
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN import_id {kind} "
            f"CONSTRAINT fk_{table}_import_id REFERENCES lead_import (id)"
        )
    for table, column in INDEXES:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
    _let_kinds_be(AFTER, instead_of=BEFORE)


def downgrade() -> None:
    _let_kinds_be(BEFORE, instead_of=AFTER)
    for table, column in INDEXES:
        op.drop_index(op.f(f"ix_{table}_{column}"), table)
    for table in ("lead_value", "consent"):
        op.drop_column(table, "import_id")
    op.drop_table("lead_import_row")
    op.drop_table("lead_import")


def _let_kinds_be(kinds: tuple[str, ...], *, instead_of: tuple[str, ...]) -> None:
    """On SQLite the words of the CHECK are changed in place, as for the kinds of magnets: no row is touched."""
    bind = op.get_bind()
    if bind.dialect.name != "sqlite":
        op.drop_constraint(op.f("ck_engagement_event_kind"), "engagement_event", type_="check")
        listed = _quoted((*FIRST, *kinds))
        op.create_check_constraint(op.f("ck_engagement_event_kind"), "engagement_event", f"kind IN ({listed})")
        return
    version = bind.exec_driver_sql("PRAGMA schema_version").scalar_one()
    bind.exec_driver_sql("PRAGMA writable_schema = ON")
    bind.exec_driver_sql(
        "UPDATE sqlite_schema SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = 'engagement_event'",
        (f"{_quoted(instead_of)})", f"{_quoted(kinds)})"),
    )
    bind.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    bind.exec_driver_sql("PRAGMA writable_schema = OFF")


def _quoted(kinds: tuple[str, ...]) -> str:
    return ", ".join(f"'{kind}'" for kind in kinds)
