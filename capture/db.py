"""Base, types, journeys and transactions, and what SQLite and PostgreSQL each need."""

import functools
import random
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, ParamSpec, TypeVar

from flask import Flask
from flask.globals import app_ctx
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    JSON,
    URL,
    BigInteger,
    ColumnElement,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Enum,
    Integer,
    MetaData,
    Select,
    String,
    Text,
    bindparam,
    event,
    func,
    make_url,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, Session, mapped_column, registry
from sqlalchemy.types import TypeDecorator, TypeEngine

from capture.errors import StorageUnavailable

P = ParamSpec("P")
R = TypeVar("R")
E = TypeVar("E", bound=StrEnum)
V = TypeVar("V")

_PATIENCE = 15.0  # seconds for which a writer waits for the others of an SQLite file
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant: integer microseconds on SQLite (exact, comparable), timestamptz on PostgreSQL."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(DateTime(timezone=True))
        return dialect.type_descriptor(BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant must be aware")
        return value.astimezone(UTC) if dialect.name == "postgresql" else (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if dialect.name == "postgresql":
            return value.astimezone(UTC)  # type: ignore[no-any-return]
        return _EPOCH + timedelta(microseconds=value)


JsonObject = dict[str, Any]
JsonList = list[Any]


class Json(TypeDecorator[Any]):
    """A JSON document: text on SQLite, jsonb on PostgreSQL."""

    impl = JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(postgresql.JSONB() if dialect.name == "postgresql" else JSON())


# Public ids are 128 random bits: nothing about how many or in which order can be read from them.
Key = Annotated[int, mapped_column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)]
Ref = Annotated[int, mapped_column(BigInteger().with_variant(Integer(), "sqlite"))]
PublicId = Annotated[str, mapped_column(String(22), unique=True, default=lambda: public_id())]
Short = Annotated[str, mapped_column(String(320))]


def public_id() -> str:
    """22 URL-safe characters from 128 random bits; none begins as the options of a command do."""
    while (made := secrets.token_urlsafe(16)).startswith("-"):
        pass
    return made


class Base(DeclarativeBase):
    """Every table of the product."""

    registry = registry(
        type_annotation_map={datetime: Instant(), JsonObject: Json(), JsonList: Json(), str: Text()},
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
    )

    def __repr__(self) -> str:
        """The kind and key only: a log line must never hold personal data."""
        return f"<{type(self).__name__} {self.__dict__.get('id')}>"


def enum(kind: type[E], name: str) -> Enum:
    """A StrEnum stored as text with a CHECK, so that both databases migrate alike."""
    return Enum(
        kind,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=40,
        values_callable=lambda members: [member.value for member in members],
    )


# --- sessions: one for each journey, one for each request that reads --------------------------------

_scope: ContextVar[object | None] = ContextVar("journey", default=None)
_writing: ContextVar[bool] = ContextVar("writing", default=False)
_lasting: ContextVar[bool] = ContextVar("lasting", default=True)


def _session_scope() -> int:
    """A journey has a session of its own, beside the one of the request around it."""
    return id(_scope.get() or app_ctx._get_current_object())  # type: ignore[attr-defined]


db = SQLAlchemy(
    model_class=Base,
    disable_autonaming=True,
    session_options={"scopefunc": _session_scope, "expire_on_commit": False},
)


def session() -> Session:
    """The session of the journey or request that is running."""
    return db.session()


def install(app: Flask, url: str) -> None:
    """Bind the application to its database."""
    # An error of the database must never carry what somebody typed into a log.
    options: JsonObject = {"hide_parameters": True}
    if url.startswith("postgresql"):
        options |= {"pool_pre_ping": True, "pool_size": 10, "max_overflow": 20}
    else:
        options |= {
            "connect_args": {"timeout": _PATIENCE, "check_same_thread": False},
            "pool_size": 20,
            "max_overflow": 40,
        }
    app.config.update(SQLALCHEMY_DATABASE_URI=url, SQLALCHEMY_ENGINE_OPTIONS=options)
    db.init_app(app)


@contextmanager
def reading_alone(url: URL) -> Iterator[None]:
    """The database for a process that has no application, and only reads. SQLite's file is mapped into its memory.

    Rows that lie far from each other cost less so. Should the disk fail, the process dies of it: nobody else may.
    """
    app = Flask(__name__)
    install(app, url.render_as_string(hide_password=False))
    with app.app_context():
        if is_sqlite():
            event.listen(db.engine, "connect", lambda connection, _: connection.execute(f"PRAGMA mmap_size={1 << 40}"))
        yield


@event.listens_for(Engine, "connect")
def _prepare_connection(connection: object, _record: object) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None  # We send BEGIN ourselves: the driver's implicit one leaks savepoints.
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON", "cache_size=-32000"):
        connection.execute(f"PRAGMA {pragma}")
    # A log of 16 MB, not 4: what thousands of rows change again and again goes from it into the file more rarely.
    connection.execute("PRAGMA wal_autocheckpoint=4000")


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        # A read before the write without IMMEDIATE ends in "database is locked" under load.
        if _writing.get():
            _begin_writing(connection)
        else:
            connection.exec_driver_sql("BEGIN")
    elif not _lasting.get():
        connection.exec_driver_sql("SET LOCAL synchronous_commit TO off")


def _begin_writing(connection: Connection) -> None:
    """Begin as soon as no other process writes: who writes much lets go of the file for a millisecond at a time.

    SQLite itself looks again after 1, 2, 5, 10 and up to 100 ms, and would miss that moment for a second or two.
    """
    raw, until = connection.connection.cursor(), time.monotonic() + _PATIENCE
    raw.execute(f"PRAGMA synchronous={'FULL' if _lasting.get() else 'NORMAL'}")
    raw.execute("PRAGMA busy_timeout=0")
    try:
        while time.monotonic() < until:
            try:
                raw.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    break
            time.sleep(0.0005)
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # which says what is wrong, as any statement does
    finally:
        raw.execute(f"PRAGMA busy_timeout={_PATIENCE * 1000:.0f}")
        raw.close()


def state_of(url: str) -> Callable[[], object]:
    """Gives a function that tells the database's present state apart from every state before.

    What it gives changes with each commit of any process, and costs two microseconds. It is None where the database has
    no such mark, as PostgreSQL, or does not answer. From PRAGMA data_version, asked by a connection that never writes.
    """
    where, asking = make_url(url), threading.Lock()

    @functools.cache
    def watcher() -> sqlite3.Connection:
        existing = f"{Path(where.database or '').absolute().as_uri()}?mode=rw"
        return sqlite3.connect(existing, uri=True, isolation_level=None, check_same_thread=False)

    def state() -> object:
        try:
            with asking:
                return watcher().execute("PRAGMA data_version").fetchone()[0]
        except sqlite3.Error:
            return None

    return state if where.get_backend_name() == "sqlite" else lambda: None


# What SQLite says of a full or failing disk, by its primary result code.
_NO_DISK = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN}
# And PostgreSQL, by SQLSTATE: no connection, no resources, no disk, shutting down or starting, read only.
_NO_SERVER = ("08", "53", "58", "57P", "25006")


@event.listens_for(Engine, "handle_error")
def _refuse_where_storage_is_away(context: ExceptionContext) -> None:
    """One refusal for all that a driver may say of a full disk or a lost server. A ping has its own way to mend it."""
    if not context.is_pre_ping and _is_away(context):
        raise StorageUnavailable from context.original_exception


def _is_away(context: ExceptionContext) -> bool:
    error = context.original_exception
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", 0) & 0xFF in _NO_DISK
    state = getattr(error, "sqlstate", None)
    if state is not None:
        return str(state).startswith(_NO_SERVER)
    # A server that cannot be reached has no state to tell: the driver's own error says so.
    return context.is_disconnect or type(error).__name__ == "OperationalError"


# --- writing -----------------------------------------------------------------------------------------

_TRIES = 6
_RETRIED_STATES = {"40001", "40P01"}  # serialisation failure, deadlock
_one_sqlite_writer = threading.Lock()


def is_sqlite() -> bool:
    """Whether the installation keeps its data in one SQLite file."""
    return db.engine.dialect.name == "sqlite"


def _is_passing(error: DBAPIError) -> bool:
    state = getattr(error.orig, "sqlstate", None)
    return state in _RETRIED_STATES or "database is locked" in str(error.orig)


@contextmanager
def transaction(*, lasting: bool = True) -> Iterator[Session]:
    """One write transaction for the worker, the demo and the command line: commits at the end, rolls back on any error.

    On SQLite writers of this process wait in line instead of spinning on the file's lock. `lasting=False`: the commit
    does not wait for the disk. A power cut may take the last of such, each whole, and none from before one that lasts.
    """
    if _scope.get() is not None:
        raise RuntimeError("a journey never calls another, and a transaction holds no other")
    lock = _one_sqlite_writer if is_sqlite() else threading.Lock()
    with lock:
        scope, writing, kept = _scope.set(object()), _writing.set(True), _lasting.set(lasting)
        try:
            yield session()
            session().commit()
        except BaseException:
            session().rollback()
            raise
        finally:
            db.session.remove()
            _lasting.reset(kept)
            _writing.reset(writing)
            _scope.reset(scope)
            if db.session.registry.has():
                db.session.close()  # The request around it holds a snapshot from before: its next read is fresh.


def journey(story: Callable[P, R]) -> Callable[P, R]:
    """Where a write begins, commits, is retried on a deadlock or serialisation failure, and rolls back.

    The story takes plain values and gives a frozen value; its rows are loaded inside. A journey never calls another.
    Raises StorageUnavailable where it cannot be committed: then nothing of it was kept.
    """
    return _told(story, lasting=True)


def repeatable(story: Callable[P, R]) -> Callable[P, R]:
    """A journey that is made again where its end got lost: it does not wait for the disk, see `transaction`."""
    return _told(story, lasting=False)


def _told(story: Callable[P, R], *, lasting: bool) -> Callable[P, R]:
    @functools.wraps(story)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        for tries_left in reversed(range(_TRIES)):
            try:
                with transaction(lasting=lasting):
                    return story(*args, **kwargs)
            except DBAPIError as error:
                if not _is_passing(error):
                    raise
                if not tries_left:
                    raise StorageUnavailable from error
                time.sleep(random.uniform(0.005, 0.05) * (_TRIES - tries_left))  # noqa: S311
        raise AssertionError("unreachable")

    return run


def let_writers_end(tables: Iterable[type[Base]], patience: float = 60.0) -> None:
    """Wait until all have ended that now write to one of these tables, in no transaction.

    Who looks then sees every row with a key that was given until now. `patience`: seconds after which it goes on all
    the same. In SQLite one writes at a time, so that keys come in order.
    """
    if is_sqlite():
        return
    until, names = time.monotonic() + patience, {"names": [table.__tablename__ for table in tables]}
    began = {*session().scalars(_WRITING, names)}
    while began.intersection(session().scalars(_WRITING, names)) and time.monotonic() < until:
        time.sleep(0.01)
    db.session.remove()


# Whoever wrote a row of a table holds this lock on it to his end.
_WRITING = text("""
    SELECT virtualtransaction FROM pg_locks JOIN pg_class ON pg_class.oid = relation
    WHERE database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND relname IN :names AND mode = 'RowExclusiveLock' AND pid <> pg_backend_pid()
""").bindparams(bindparam("names", expanding=True))

_ROWS_AT_ONCE = 500  # five values of each: SQLite takes 32,766 in a statement, PostgreSQL 65,535


def upsert(table: type[Base]) -> postgresql.Insert | sqlite.Insert:
    """An INSERT of the database in use that knows ON CONFLICT."""
    return sqlite.insert(table) if is_sqlite() else postgresql.insert(table)


def distinct_values(column: InstrumentedAttribute[V], *where: ColumnElement[bool]) -> Select[V]:
    """The values that a column has, in their order: a step over its index for each, however many rows there are."""
    first = select(func.min(column).label("value")).where(*where).cte("steps", recursive=True)
    following = select(func.min(column)).where(column > first.c.value, *where).scalar_subquery()
    steps = first.union_all(select(following).where(first.c.value.is_not(None)))
    return select(steps.c.value).where(steps.c.value.is_not(None))


def exists_for_each(rows: Select[Any]) -> ColumnElement[bool]:
    """Whether there are such rows of a row of the query around it, asked of one after the other until there are enough.

    Without an offset PostgreSQL likes to read those of all rows beforehand, which takes longer the more there are.
    """
    return rows.offset(0).exists()


def insert_once(row: Base) -> bool:
    """Insert in a savepoint; False where a unique constraint says that somebody was first (his row is to be read)."""
    try:
        with session().begin_nested():
            session().add(row)
            session().flush()
    except IntegrityError as error:
        if "unique" not in str(error.orig).lower():
            raise
        return False
    return True


def insert_plainly(table: type[Base], **columns: Sequence[Any]) -> None:
    """Insert many rows, given in columns as the driver takes their values, hundreds in a statement.

    Of a row for a unit of work, for types of its own or for a statement of its own, the database is a small part.
    """
    width, many = len(columns), len(next(iter(columns.values())))
    values: list[Any] = [None] * (width * many)  # one list: millions of tuples would be looked through for garbage
    for place, column in enumerate(columns.values()):
        values[place::width] = column
    one = f"({', '.join(['?' if is_sqlite() else '%s'] * width)})"
    into = f"INSERT INTO {table.__tablename__} ({', '.join(columns)}) VALUES "  # noqa: S608  names of ours
    connection = session().connection()
    for first in range(0, len(values), width * _ROWS_AT_ONCE):
        part = values[first : first + width * _ROWS_AT_ONCE]
        connection.exec_driver_sql(into + ", ".join([one] * (len(part) // width)), tuple(part))


def wipe(tables: Iterable[type[Base]]) -> bool:
    """Take what was deleted out of the files too, where no transaction runs; False where somebody reads it still.

    SQLite overwrites what is deleted (secure_delete), and what it kept of it in its log goes here. PostgreSQL keeps
    dead rows until they are vacuumed.
    """
    if is_sqlite():
        with closing(db.engine.raw_connection()) as raw:
            busy, *_ = raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return not busy
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        quoted = connection.dialect.identifier_preparer.quote
        for table in tables:
            connection.exec_driver_sql(f"VACUUM {quoted(table.__tablename__)}")
    return True
