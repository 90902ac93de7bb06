import importlib.util
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import text

from capture import schema
from capture.db import Base, db, is_sqlite, session

VERSIONS = Path(__file__).parent.parent.parent / "migrations" / "versions"


def test_the_migrations_make_exactly_the_models(app: Flask) -> None:
    connection = db.engine
    context = MigrationContext.configure(connection, opts={"compare_type": True})  # type: ignore[arg-type]

    assert compare_metadata(context, Base.metadata) == []


def test_the_newest_migration_is_known_by_the_name_of_its_file() -> None:
    assert schema.newest() == ScriptDirectory.from_config(schema.configuration()).get_current_head()


def test_who_may_not_create_an_extension_goes_on_without_the_index_of_searches(app: Flask) -> None:
    if is_sqlite():
        return
    connection = session().connection()
    for statement in (
        "DROP EXTENSION pg_trgm CASCADE",
        "CREATE ROLE tenant",
        "GRANT USAGE ON SCHEMA public TO tenant",
        "SET LOCAL ROLE tenant",
    ):
        connection.execute(text(statement))
    [script] = VERSIONS.glob("*_parts_of_words.py")
    spec = importlib.util.spec_from_file_location(script.stem, script)
    assert spec is not None
    assert spec.loader is not None
    migration = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(migration)

    with Operations.context(MigrationContext.configure(connection)):
        migration.upgrade()

    indexes = connection.execute(text("SELECT indexname FROM pg_indexes WHERE tablename = 'lead'")).scalars().all()
    assert "ix_lead_name_key" in indexes
    assert "ix_lead_sought" not in indexes
