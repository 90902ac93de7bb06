"""The sales feed: every handoff at a position, in commit order, so that a reader misses and repeats nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, insert, select, update

from capture.db import insert_once, session, upsert
from capture.errors import BadCursor
from capture.handoff import cursors, kinds
from capture.handoff import rows as row_builder
from capture.handoff.models import FeedCounter, FeedEntry, FeedReader, Mql
from capture.handoff.rows import FeedRow
from capture.handoff.webhooks import deliveries

_WINDOW = 200  # rows that a stream holds at a time


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


def window(after: int, limit: int) -> Window:
    """The oldest `limit` rows behind position `after`: the same number of queries however many they are."""
    query = select(FeedEntry).where(FeedEntry.position > after).order_by(FeedEntry.position)
    entries = session().scalars(query.limit(limit + 1)).all()
    told = row_builder.build(entries[:limit])
    return Window(told, told[-1].position if told else after, len(entries) > limit)


def rows(after: int, limit: int) -> list[FeedRow]:
    """The rows of such a window."""
    return window(after, limit).rows


def latest(kind: str, which: Sequence[ColumnElement[bool]], *, limit: int) -> list[FeedRow]:
    """The last rows of a kind whose MQLs are like this, the oldest of them first. A fixed number of queries."""
    query = select(FeedEntry).join(Mql, Mql.id == FeedEntry.mql_id).where(FeedEntry.kind == kind, *which)
    found = session().scalars(query.order_by(FeedEntry.position.desc()).limit(limit)).all()
    return row_builder.build(found[::-1])


def around(*wanted: ColumnElement[bool]) -> tuple[int, int]:
    """The positions before the first and of the last hand-over among these MQLs; both 0 where there is none."""
    ends = select(func.min(FeedEntry.position), func.max(FeedEntry.position)).where(FeedEntry.kind == kinds.CREATED)
    first, last = session().execute(ends.join(Mql, Mql.id == FeedEntry.mql_id).where(*wanted)).one()
    return (first - 1, last) if first else (0, 0)


def stream(after: int = 0, end: int | None = None) -> Iterator[FeedRow]:
    """All rows behind position `after`, window by window, up to `end`, or to the end that the feed had when it began.

    For a command of its own, not for a request: the session is closed after every window, so that what has been told
    is let go and no snapshot of the database is held for the length of an export.
    """
    end = newest() if end is None else end
    while after < end and (some := [row for row in rows(after, _WINDOW) if row.position <= end]):
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
