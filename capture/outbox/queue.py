"""The outbox as a queue: written with the fact, claimed with a lease, done, tried again, or parked with its reason."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import cast

from sqlalchemy import ColumnElement, CursorResult, Select, Update, and_, false, or_, select, true, update

from capture.db import JsonObject, session, upsert
from capture.languages import kept
from capture.outbox.models import OutboxMessage, Status

_GIVEN_UP = kept("Given up after %(tries)s tries. %(because)s")
_ALL_DIED = kept("Every worker that took it died.")
_DIED = kept("Its worker died.")

JsonValue = str | int | float | bool | None | list["JsonValue"] | dict[str, "JsonValue"]

# How many threads of one worker serve a lane. What a person waits for never stands behind what takes its time.
LANES = MappingProxyType({"mail": 2, "slow": 1, "render": 1, "proof": 1})

# A lane that begins with this belongs to one receiver: it has a thread of its own while there is something to do.
RECEIVER = "to:"

LEASE = timedelta(seconds=60)  # kept up by the worker while it lives

# After the first failure 10 seconds, after the second 30, ...: in all 3 days and a quarter, then the message is parked.
PAUSES = (
    timedelta(seconds=10),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=6),
    timedelta(minutes=20),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=6),
    timedelta(hours=12),
    timedelta(hours=24),
    timedelta(hours=30),
)


@dataclass(frozen=True, slots=True)
class Claim:
    """One message in the hands of one worker. `attempt` counts from 1 and fences out an earlier holder."""

    id: int
    kind: str
    key: str
    payload: JsonObject
    attempt: int


def enqueue(
    kind: str, *, key: str, at: datetime, lane: str = "mail", due: datetime | None = None, **fields: JsonValue
) -> None:
    """Promise to say something outside, in the caller's transaction: it is said if, and only if, that commits.

    `key` makes it once: a key that is known, done or not, is a no-op. `due` is the earliest instant (default `at`).
    The worker calls HANDLERS[kind] with `fields` and, as "key", the key.
    """
    if lane not in LANES and not lane.startswith(RECEIVER):
        raise ValueError(f"no worker serves the lane {lane!r}")
    row = {
        "kind": kind,
        "lane": lane,
        "idempotency_key": key,
        "payload": fields,
        "status": Status.WAITING,
        "attempts": 0,
        "created_at": at,
        "due_at": due or at,
    }
    session().execute(upsert(OutboxMessage).values(row).on_conflict_do_nothing(index_elements=["idempotency_key"]))


def is_known(key: str) -> bool:
    """Whether a message with this key was promised, done or not."""
    return session().scalar(select(OutboxMessage.id).where(OutboxMessage.idempotency_key == key)) is not None


def has_ready(lane: str, *, at: datetime) -> bool:
    """Whether a message of the lane is due: a read, so that waiting workers take no write lock."""
    return session().scalar(_ready(lane, at).limit(1)) is not None


def lane_of(kind: str, receiver: int) -> str:
    """The lane of one receiver: however slow he is, he keeps nobody else waiting."""
    return f"{RECEIVER}{kind}:{receiver}"


def receivers_ready(*, at: datetime) -> Sequence[str]:
    """The lanes of receivers for whom something is due: a read."""
    due = select(OutboxMessage.lane).where(
        OutboxMessage.status == Status.WAITING, OutboxMessage.lane.startswith(RECEIVER), OutboxMessage.due_at <= at
    )
    return session().scalars(due.distinct()).all()


def any_claimed() -> bool:
    """Whether any message is in somebody's hands: a read."""
    return session().scalar(select(OutboxMessage.id).where(OutboxMessage.status == Status.CLAIMED).limit(1)) is not None


def claim(lane: str, *, worker: str, at: datetime) -> Claim | None:
    """Take the message that has been due longest, for LEASE; None when nothing is due. Commit before acting on it."""
    first = _ready(lane, at).order_by(OutboxMessage.due_at, OutboxMessage.id).limit(1)
    row = (
        session()
        .execute(
            update(OutboxMessage)
            .where(
                OutboxMessage.id == first.with_for_update(skip_locked=True).scalar_subquery(),
                OutboxMessage.status == Status.WAITING,
            )
            .values(
                status=Status.CLAIMED,
                attempts=OutboxMessage.attempts + 1,
                claimed_by=worker,
                claimed_until=at + LEASE,
            )
            .returning(
                OutboxMessage.id,
                OutboxMessage.kind,
                OutboxMessage.idempotency_key,
                OutboxMessage.payload,
                OutboxMessage.attempts,
            )
        )
        .one_or_none()
    )
    return None if row is None else Claim(*row)


def extend(worker: str, *, at: datetime) -> None:
    """Keep up the leases of everything that a living worker holds."""
    session().execute(
        update(OutboxMessage)
        .where(OutboxMessage.status == Status.CLAIMED, OutboxMessage.claimed_by == worker)
        .values(claimed_until=at + LEASE)
    )


def done(held: Claim, *, at: datetime) -> bool:
    """It has been said. False when the lease had been lost: then another worker says it again."""
    return _settle(held, status=Status.DONE, done_at=at, reason=None)


def retry(held: Claim, *, reason: str, at: datetime) -> bool:
    """Try again after the pause of this attempt; parked when there have been tries enough."""
    if held.attempt > len(PAUSES):
        return park(held, reason=_GIVEN_UP % {"tries": held.attempt, "because": reason})
    return _settle(held, status=Status.WAITING, due_at=at + PAUSES[held.attempt - 1], reason=reason)


def park(held: Claim, *, reason: str) -> bool:
    """Set aside, visibly: it will not succeed by itself."""
    return _settle(held, status=Status.PARKED, reason=reason)


def free_expired(*, at: datetime) -> int:
    """Give back what dead workers held, and park what has killed its worker too often; returns how many rows."""
    return _free(OutboxMessage.claimed_until < at, at=at)


def free_all(*, at: datetime) -> int:
    """The same for everything that is held, whatever its lease says: only where no other worker can be alive."""
    return _free(true(), at=at)


def _free(which: ColumnElement[bool], *, at: datetime) -> int:
    held = (OutboxMessage.status == Status.CLAIMED, which)
    parked = _execute(
        update(OutboxMessage)
        .where(*held, OutboxMessage.attempts > len(PAUSES))
        .values(status=Status.PARKED, reason=_ALL_DIED, claimed_by=None, claimed_until=None)
    )
    return parked + _execute(
        update(OutboxMessage)
        .where(*held)
        .values(status=Status.WAITING, due_at=at, reason=_DIED, claimed_by=None, claimed_until=None)
    )


@dataclass(frozen=True, slots=True)
class Unsaid:
    """A message that was tried and not said yet: `is_parked` where it waits for a person; `about` is what it names."""

    id: int
    kind: str
    created_at: datetime
    due_at: datetime
    tries: int
    reason: str
    is_parked: bool
    about: JsonObject


def parked(keys: Collection[str]) -> list[str]:
    """Of the messages with these keys, why those are not done that never will be by themselves."""
    stuck = OutboxMessage.idempotency_key.in_(keys), OutboxMessage.status == Status.PARKED
    return [reason or "" for reason in session().scalars(select(OutboxMessage.reason).where(*stuck))]


def unsaid(*, limit: int) -> list[Unsaid]:
    """What could not be said so far: parked first, then by the next try. One query."""
    failed = or_(
        OutboxMessage.status == Status.PARKED, and_(OutboxMessage.status == Status.WAITING, OutboxMessage.attempts > 0)
    )
    rows = session().scalars(
        select(OutboxMessage)
        .where(failed, OutboxMessage.status.in_([Status.PARKED, Status.WAITING]))  # the second is for the index
        .order_by(OutboxMessage.status != Status.PARKED, OutboxMessage.due_at, OutboxMessage.id)
        .limit(limit)
    )
    return [
        Unsaid(r.id, r.kind, r.created_at, r.due_at, r.attempts, r.reason or "", r.status is Status.PARKED, r.payload)
        for r in rows
    ]


def release(message_id: int, *, at: datetime) -> bool:
    """Try a parked message again now, from the first pause; False when it is not parked."""
    return bool(
        _execute(
            update(OutboxMessage)
            .where(OutboxMessage.id == message_id, OutboxMessage.status == Status.PARKED)
            .values(status=Status.WAITING, attempts=0, due_at=at, reason=None)
        )
    )


def keys_about(about: Mapping[str, Collection[int]]) -> list[str]:
    """The keys of all messages whose payload names one of these rows, by the name of the field: one query."""
    return list(session().scalars(select(OutboxMessage.idempotency_key).where(_names(about))))


def forget(about: Mapping[str, Collection[int]], *, at: datetime) -> None:
    """Why messages about these rows could not be said is kept no more. What waits is said no more where it is mail."""
    mine = update(OutboxMessage).where(_names(about))
    _execute(mine.values(reason=None))
    _execute(
        mine.where(OutboxMessage.lane == "mail", OutboxMessage.status.in_((Status.WAITING, Status.PARKED))).values(
            status=Status.DONE, done_at=at
        )
    )


def _names(about: Mapping[str, Collection[int]]) -> ColumnElement[bool]:
    return or_(false(), *(OutboxMessage.payload[field].as_integer().in_(ids) for field, ids in about.items() if ids))


def _ready(lane: str, at: datetime) -> Select[int]:
    return select(OutboxMessage.id).where(
        OutboxMessage.status == Status.WAITING, OutboxMessage.lane == lane, OutboxMessage.due_at <= at
    )


def _settle(held: Claim, **changes: object) -> bool:
    return bool(
        _execute(
            update(OutboxMessage)
            .where(
                OutboxMessage.id == held.id,
                OutboxMessage.status == Status.CLAIMED,
                OutboxMessage.attempts == held.attempt,
            )
            .values(claimed_by=None, claimed_until=None, **changes)
        )
    )


def _execute(statement: Update) -> int:
    result = session().execute(statement, execution_options={"synchronize_session": False})
    return cast("CursorResult[object]", result).rowcount
