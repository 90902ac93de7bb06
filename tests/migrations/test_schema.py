from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask

from capture.db import Base, db


def test_the_migrations_make_exactly_the_models(app: Flask) -> None:
    connection = db.engine
    context = MigrationContext.configure(connection, opts={"compare_type": True})  # type: ignore[arg-type]

    assert compare_metadata(context, Base.metadata) == []
