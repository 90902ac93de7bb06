"""Alembic's environment: the application's own engine and metadata."""

from alembic import context
from sqlalchemy import Connection

import capture.models  # noqa: F401  every table
from capture.db import Base, db


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with db.engine.connect() as connection:
        run(connection)
        connection.commit()
