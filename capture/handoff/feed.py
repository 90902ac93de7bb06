"""The sales feed: every handoff at a position, in commit order, so that a reader misses and repeats nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, insert, select, update
from sqlalchemy.orm import InstrumentedAttribute

from capture.db import insert_once, session, upsert
from capture.errors import BadCursor
from capture.handoff import cursors, kinds
from capture.handoff import rows as row_builder
from capture.handoff.models import FeedCounter, FeedEntry, FeedReader, Mql
from capture.handoff.rows import FeedRow
from capture.handoff.webhooks import deliveries

_WINDOW = 200  # rows that a stream holds at a time

Instants = InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None]


def append(mql: Mql, kind: str, *, key: str | None = None, at: datetime) -> None:
    """Tell of the MQL at the next place of the feed. Everything else is flushed before it.

    `key` makes it once; the lead's row must be held, so that nobody tells of the same at the same moment.

    The counter's row stays locked until the commit, so whoever gets a later position commits later: that is what a
    sequence would not promise. It is the last lock that a transaction takes, so that two can never wait for each other.
    """
    session().flush()
    if key and session().scalar(select(FeedEntry.position).where(FeedEntry.dedupe_key == key)):
        return
    position = _next_position()
    row = {"position": position, "kind": kind, "mql_id": mql.id, "at": at, "dedupe_key": key}
    session().execute(insert(FeedEntry), [row])
    deliveries.promise(position, kind, at=at)


@dataclass(frozen=True, slots=True)
class Window:
    """Some rows, the position behind the last of them, and whether more were there to be read."""

    rows: list[FeedRow]
    end: int
    more: bool


def window(after: int, limit: int, *, zone: ZoneInfo) -> Window:
    """The oldest `limit` rows behind position `after`: the same number of queries however many they are."""
    query = select(FeedEntry).where(FeedEntry.position > after).order_by(FeedEntry.position)
    entries = session().scalars(query.limit(limit + 1)).all()
    told = row_builder.build(entries[:limit], zone=zone)
    return Window(told, told[-1].position if told else after, len(entries) > limit)


def rows(after: int, limit: int, *, zone: ZoneInfo) -> list[FeedRow]:
    """The rows of such a window."""
    return window(after, limit, zone=zone).rows


def latest(instant: Instants, *wanted: ColumnElement[bool], zone: ZoneInfo, limit: int) -> list[FeedRow]:
    """The last hand-overs of such MQLs by an instant of theirs, the oldest of them first. A fixed number of queries."""
    query = select(Mql.id).where(*wanted).order_by(instant.desc(), Mql.id.desc())
    return _handed_over(session().scalars(query.limit(limit)).all()[::-1], zone)


def handed_over(instant: Instants, *wanted: ColumnElement[bool], zone: ZoneInfo) -> Iterator[FeedRow]:
    """The hand-overs of such MQLs in the order of an instant of theirs, for an index of it; those known by now.

    Read like `stream`, window by window: the first rows are there at once, however many come before or after.
    """
    last = session().scalar(select(func.max(Mql.id))) or 0
    query = select(Mql.id, instant).where(*wanted, Mql.id <= last).order_by(instant, Mql.id).limit(_WINDOW)
    behind: list[ColumnElement[bool]] = []
    while some := session().execute(query.where(*behind)).all():
        yield from _handed_over([key for key, _ in some], zone)
        key, at = some[-1]
        behind = [instant >= at, (instant > at) | (Mql.id > key)]  # the first one is for the index
        session().close()


def _handed_over(mql_ids: Sequence[int], zone: ZoneInfo) -> list[FeedRow]:
    query = select(FeedEntry).where(FeedEntry.mql_id.in_(mql_ids), FeedEntry.kind == kinds.CREATED)
    entries = {entry.mql_id: entry for entry in session().scalars(query)}
    return row_builder.build([entries[key] for key in mql_ids if key in entries], zone=zone)


def number(after: int, end: int) -> int:
    """How many rows there are behind one position up to another."""
    which = FeedEntry.position > after, FeedEntry.position <= end
    return session().scalar(select(func.count()).select_from(FeedEntry).where(*which)) or 0


def stream(after: int = 0, end: int | None = None, *, zone: ZoneInfo) -> Iterator[FeedRow]:
    """All rows behind a position, window by window, up to `end`, or to the one that the feed has when it begins.

    For a command, or an answer that is sent as it is read: the session is closed after every window, so that what has
    been told is let go and no snapshot of the database is held for the length of an export.
    """
    end = newest() if end is None else end
    while after < end and (some := [row for row in rows(after, _WINDOW, zone=zone) if row.position <= end]):
        yield from some
        after = some[-1].position
        session().close()


def newest() -> int:
    """The last position that was given out; 0 for an empty feed."""
    return session().scalar(select(FeedEntry.position).order_by(FeedEntry.position.desc()).limit(1)) or 0


def position_of(cursor: str) -> int:
    """The position behind a cursor; the empty one is the beginning. Raises BadCursor for what was never given out."""
    position = cursors.decode(cursor)
    if position > newest():
        raise BadCursor(cursor)
    return position


def kept(token_id: int) -> int:
    """The position that this program acknowledged last; 0 for one that never did."""
    return session().scalar(select(FeedReader.position).where(FeedReader.token_id == token_id)) or 0


def keep(token_id: int, position: int, *, at: datetime) -> None:
    """Keep how far a program has read; it may also go back."""
    row = {"token_id": token_id, "position": position, "at": at}
    insertion = upsert(FeedReader).values(row)
    session().execute(
        insertion.on_conflict_do_update(index_elements=["token_id"], set_={"position": position, "at": at})
    )


def _next_position() -> int:
    take = update(FeedCounter).where(FeedCounter.id == 1).values(position=FeedCounter.position + 1)
    position = session().scalar(take.returning(FeedCounter.position))
    if position is None:  # The first handoff of all: the row is made, by us or by somebody at the same moment.
        insert_once(FeedCounter(id=1, position=0))
        position = session().scalars(take.returning(FeedCounter.position)).one()
    return position
