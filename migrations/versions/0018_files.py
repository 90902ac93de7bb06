"""files

Revision ID: 0018
Revises: 0017
"""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

BEFORE = "'ebook', 'checklist', 'assessment', 'webinar'"
AFTER = "'ebook', 'checklist', 'assessment', 'webinar', 'file'"


def upgrade() -> None:
    _let_kinds_be(AFTER, instead_of=BEFORE)


def downgrade() -> None:
    _let_kinds_be(BEFORE, instead_of=AFTER)


def _let_kinds_be(kinds: str, *, instead_of: str) -> None:
    """What a kind may be is a CHECK of two tables that others point to.

    SQLite cannot drop such a table while they do, so the words of its CHECK are changed in place, as SQLite's own
    "Making Other Kinds Of Table Schema Changes" describes; no row is touched.
    """
    bind = op.get_bind()
    if bind.dialect.name != "sqlite":
        for table in ("magnet", "draft"):
            op.drop_constraint(op.f(f"ck_{table}_kind"), table, type_="check")
            op.create_check_constraint(op.f(f"ck_{table}_kind"), table, f"kind IN ({kinds})")
        return
    version = bind.exec_driver_sql("PRAGMA schema_version").scalar_one()
    bind.exec_driver_sql("PRAGMA writable_schema = ON")
    bind.exec_driver_sql(
        "UPDATE sqlite_schema SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name IN ('magnet', 'draft')",
        (instead_of, kinds),
    )
    bind.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    bind.exec_driver_sql("PRAGMA writable_schema = OFF")
