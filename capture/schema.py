"""The database's schema: brought to the code's revision, and never run against a newer one.

Flask-Migrate gives developers `flask --app wsgi db revision --autogenerate -m "words that say what"`.
"""

from typing import TYPE_CHECKING

from flask import Flask
from sqlalchemy import text

import capture.models  # noqa: F401  every table
from capture.config import resource
from capture.db import db
from capture.errors import BadSetting

if TYPE_CHECKING:
    from alembic.config import Config

# Alembic is imported where it has something to do: every command asks for the schema, and few have to change it.


def install(app: Flask) -> None:
    """Tell Flask-Migrate where the migrations lie."""
    from flask_migrate import Migrate

    Migrate(app, db, directory=str(resource("migrations")), compare_type=True)


def configuration() -> "Config":
    """Alembic's configuration, without a file."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(resource("migrations")))
    config.set_main_option("path_separator", "os")
    return config


def revision() -> str | None:
    """The revision of the database, or None for an empty one."""
    with db.engine.connect() as connection:
        if not connection.dialect.has_table(connection, "alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def newest() -> str:
    """This code's revision: that of the last migration, each of which is called by its own and what it brings."""
    return max(path.name for path in (resource("migrations") / "versions").glob("*.py")).partition("_")[0]


def upgrade() -> None:
    """Bring the database to this code's revision.

    Raises BadSetting where the database is newer than the code: then nothing is touched.
    """
    now = revision()
    if now == newest():
        return
    from alembic import command
    from alembic.script import ScriptDirectory

    script = ScriptDirectory.from_config(configuration())
    if now is not None and now not in {step.revision for step in script.walk_revisions()}:
        raise BadSetting(
            "LODESTONE_DATABASE_URL", "the database is newer than this version of Lodestone; install the newer one"
        )
    command.upgrade(configuration(), "head")
