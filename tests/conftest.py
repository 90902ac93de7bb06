"""A real database for every test: a schema made by the migrations, and a transaction that is thrown away.

`--database postgresql` runs what needs a database on the server that LODESTONE_TEST_POSTGRES names instead: a
SQLAlchemy URL whose user may create databases. `--database both` runs it on SQLite and on that server.
"""

import gc
import importlib
import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from capture.cli import loading

with loading.for_good():
    import flask_sqlalchemy.session
    import pytest
    from flask import Flask
    from flask.testing import FlaskClient
    from hypothesis import settings as hypothesis_settings
    from jinja2 import FileSystemBytecodeCache
    from sqlalchemy import Connection, create_engine, make_url, text

    from capture import clock, schema
    from capture.app import create_app
    from capture.catalogue import documents
    from capture.config import Settings
    from capture.db import Base, _writing, db
    from capture.web.security import limiter
    from tests import buckets
    from tests.buckets import ObjectStore

# A busy machine is not a defect: properties are judged by what they find, not by how long an example takes.
hypothesis_settings.register_profile("house", deadline=None)
hypothesis_settings.load_profile("house")

NOON = datetime(2026, 9, 15, 12, 0, tzinfo=UTC)


SQLITE, POSTGRESQL = "sqlite", "postgresql"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=[SQLITE, POSTGRESQL, "both"], default=SQLITE)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What needs a database runs on each that was asked for, with its name in the name of the test."""
    asked = metafunc.config.getoption("--database")
    if "database" in metafunc.fixturenames and asked != SQLITE:  # SQLite alone is nothing that a name need say
        names = [SQLITE, POSTGRESQL] if asked == "both" else [asked]
        metafunc.parametrize("database", names, indirect=True, scope="session")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Whoever hands the tests out reads their files first, so that not each worker has to compile them."""
    if session.config.getoption("numprocesses", None):
        for file in sorted(Path(__file__).parent.rglob("test_*.py")):
            importlib.import_module(".".join(file.relative_to(session.config.rootpath).with_suffix("").parts))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is collected stays to the end: looking through it for rubbish again and again is a fifth of the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(20_000, 20, 50)
        gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL only what needs a database is worth a second run."""
    if config.getoption("--database") == POSTGRESQL:
        items[:] = [item for item in items if "database" in getattr(item, "fixturenames", ())]


def _fresh_postgres(worker: str) -> str:
    server = make_url(os.environ["LODESTONE_TEST_POSTGRES"])
    name = f"lodestone_test_{worker}_{os.getpid()}"
    engine = create_engine(server.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return server.set(database=name).render_as_string(hide_password=False)


class Installations:
    """An installation on each database, made when it is first asked for and kept until the last test."""

    def __init__(self, tmp_path_factory: pytest.TempPathFactory, shelf: Path) -> None:
        self._folders, self._shelf = tmp_path_factory, shelf
        self._apps: dict[str, Flask] = {}

    def on(self, database: str) -> Flask:
        """The application on this database, whose schema is made by the migrations."""
        if database not in self._apps:
            self._apps[database] = app = create_app(self._settings(database))
            app.testing = True
            with app.app_context():
                schema.upgrade()
        return self._apps[database]

    def _settings(self, database: str) -> Settings:
        worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
        data = self._folders.mktemp("data")
        share_what_is_set(data, self._shelf)
        return Settings(
            data=data,
            database_url=_fresh_postgres(worker) if database == POSTGRESQL else "",
            base_url="http://localhost:8000",
            secret_keys=("k" * 64,),
            organisation="Northwind Works",
            privacy_url="http://localhost:8000/about/privacy",
            legal_url="http://localhost:8000/about/legal-notice",
            timezone="Europe/Berlin",
        )

    def close(self) -> None:
        for app in self._apps.values():
            with app.app_context():
                db.engine.dispose()


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which one worker leaves for the others what all of them need."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session", autouse=True)
def _templates_compiled_once(shared: Path) -> None:
    """Every application of every worker reads the same templates."""
    compiled = shared / "templates"
    compiled.mkdir(exist_ok=True)
    Flask.jinja_options["bytecode_cache"] = FileSystemBytecodeCache(str(compiled))


@pytest.fixture(scope="session")
def shelf(shared: Path) -> Path:
    """Where documents stand that were set within the hour, for all installations."""
    shelf = shared / documents.SHELF
    shelf.mkdir(exist_ok=True)
    return shelf


def share_what_is_set(data: Path, shelf: Path) -> None:
    """An installation finds there what was set for another, and leaves there what is set for it."""
    (data / documents.SHELF).symlink_to(shelf)


@pytest.fixture(scope="session")
def _installations(tmp_path_factory: pytest.TempPathFactory, shelf: Path) -> Iterator[Installations]:
    made = Installations(tmp_path_factory, shelf)
    yield made
    made.close()


@pytest.fixture(scope="session")
def database(request: pytest.FixtureRequest) -> str:
    """The database that the test runs on."""
    return str(getattr(request, "param", SQLITE))


@pytest.fixture(scope="session")
def _app(_installations: Installations, database: str) -> Flask:
    app = _installations.on(database)
    limiter.enabled = False  # a test may post as often as it likes
    return app


@pytest.fixture(scope="session")
def settings(_app: Flask) -> Settings:
    """Settings of an installation of its own, complete enough to publish."""
    settings: Settings = _app.extensions["lodestone"]
    return settings


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """The clock stands still at noon (UTC)."""
    monkeypatch.setattr(clock, "now", lambda: NOON)
    return NOON


def _session_in_one_transaction() -> flask_sqlalchemy.session.Session:
    """Writing sessions get savepoints of their own; reading ones, when they end, take nothing back."""
    mode = "create_savepoint" if _writing.get() else "rollback_only"
    return db.session.session_factory(join_transaction_mode=mode)


@contextmanager
def in_a_transaction_thrown_away(app: Flask) -> Iterator[Connection]:
    """Whatever is committed meanwhile stays within one transaction, and goes with it; gives its connection."""
    engines = db._app_engines[app]
    engine = engines[None]
    with engine.connect() as connection:
        outer = connection.begin()
        engines[None] = connection  # type: ignore[assignment]
        registry = db.session.registry
        make_session, registry.createfunc = registry.createfunc, _session_in_one_transaction
        try:
            yield connection
        finally:
            db.session.remove()
            registry.createfunc = make_session
            outer.rollback()
            engines[None] = engine


@pytest.fixture
def app(_app: Flask, now: datetime, request: pytest.FixtureRequest) -> Iterator[Flask]:
    """The application in a transaction that is thrown away; marked real_commits, on a database emptied after it."""
    limiter.reset()
    limiter.enabled = False  # a command that ran in this process turned it on: there is one for all applications
    with _app.app_context():
        if request.node.get_closest_marker("real_commits"):
            yield _app
            db.session.remove()
            with db.engine.begin() as connection:
                for table in reversed(Base.metadata.sorted_tables):
                    connection.execute(table.delete())
            return
        with in_a_transaction_thrown_away(_app):
            yield _app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without cookies."""
    return app.test_client()


@pytest.fixture(scope="session")
def object_store() -> Iterator[ObjectStore]:
    """A server that speaks S3."""
    with buckets.object_store() as running:
        yield running


@pytest.fixture
def in_a_bucket(app: Flask, settings: Settings, object_store: ObjectStore) -> Iterator[Settings]:
    """The installation keeps its documents in a bucket."""
    app.extensions["lodestone"] = replace(
        settings,
        documents=f"s3://{object_store.a_bucket()}/lodestone",
        s3_endpoint=object_store.endpoint,
        s3_key_id="lodestone",
        s3_secret="k" * 16,
    )
    yield app.extensions["lodestone"]
    app.extensions["lodestone"] = settings


@pytest.fixture
def data(settings: Settings) -> Path:
    """The data folder of the installation."""
    return settings.data
