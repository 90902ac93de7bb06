from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from capture.db import session, transaction
from capture.outbox import queue
from capture.outbox.models import OutboxMessage, Status

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def waiting(key: str = "grant:1", **changes: object) -> None:
    facts = {"at": AT, "grant_id": 1, **changes}
    with transaction():
        queue.enqueue("magnet_mail", key=key, **facts)  # type: ignore[arg-type]


def claimed(worker: str = "one", at: datetime = AT, lane: str = "mail") -> queue.Claim | None:
    with transaction():
        return queue.claim(lane, worker=worker, at=at)


def row(key: str = "grant:1") -> OutboxMessage:
    found = select(OutboxMessage).where(OutboxMessage.idempotency_key == key)
    return session().scalars(found.execution_options(populate_existing=True)).one()


def test_a_message_reaches_the_worker_with_its_fields(app: Flask) -> None:
    waiting()

    held = claimed()

    assert held is not None
    assert (held.kind, held.key, held.payload, held.attempt) == ("magnet_mail", "grant:1", {"grant_id": 1}, 1)


def test_the_same_key_is_said_once_even_after_it_was_done(app: Flask) -> None:
    waiting()
    waiting(grant_id=2)
    held = claimed()
    assert held is not None
    with transaction():
        queue.done(held, at=AT)

    waiting()

    assert row().status is Status.DONE
    assert claimed() is None


def test_a_claimed_message_is_in_one_pair_of_hands(app: Flask) -> None:
    waiting()
    claimed("one")

    assert claimed("two") is None


def test_nothing_is_claimed_before_it_is_due(app: Flask) -> None:
    waiting(due=AT + timedelta(hours=1))

    assert claimed() is None
    assert claimed(at=AT + timedelta(hours=1)) is not None


def test_what_has_waited_longest_goes_first(app: Flask) -> None:
    waiting("late", due=AT - timedelta(minutes=1))
    waiting("early", due=AT - timedelta(minutes=2))

    held = claimed()

    assert held is not None
    assert held.key == "early"


def test_a_lane_is_served_from_its_own_messages_only(app: Flask) -> None:
    waiting(lane="slow")

    assert not queue.has_ready("mail", at=AT)
    assert queue.has_ready("slow", at=AT)
    assert claimed(lane="mail") is None


def test_a_lane_that_nobody_serves_is_refused_at_once(app: Flask) -> None:
    with pytest.raises(ValueError, match="no worker serves"):
        waiting(lane="express")


def test_each_failure_waits_longer_and_the_last_parks_with_its_reason(app: Flask) -> None:
    waiting()
    at, pauses = AT, []
    while (held := claimed(at=at)) is not None:
        with transaction():
            queue.retry(held, reason="TimeoutError", at=at)
        pauses.append(row().due_at - at)
        at = row().due_at

    assert pauses[:-1] == sorted(queue.PAUSES)
    assert row().status is Status.PARKED
    assert row().reason == "Given up after 12 tries. TimeoutError"


def test_a_dead_workers_message_is_freed_and_its_late_answer_changes_nothing(app: Flask) -> None:
    waiting()
    lost = claimed("dead")
    later = AT + queue.LEASE + timedelta(seconds=1)
    with transaction():
        assert queue.free_expired(at=later) == 1
    again = claimed("alive", at=later)

    assert lost is not None
    assert again is not None
    with transaction():
        assert not queue.done(lost, at=later)
        assert queue.done(again, at=later)


def test_a_living_worker_keeps_its_lease(app: Flask) -> None:
    waiting()
    claimed("alive")
    with transaction():
        queue.extend("alive", at=AT + timedelta(seconds=50))

    with transaction():
        assert queue.free_expired(at=AT + timedelta(seconds=70)) == 0


def test_what_kills_every_worker_is_parked_in_the_end(app: Flask) -> None:
    waiting()
    at = AT
    while claimed(at=at) is not None:
        at += queue.LEASE + timedelta(seconds=1)
        with transaction():
            queue.free_expired(at=at)

    assert row().status is Status.PARKED
    assert row().reason == "Every worker that took it died."


def test_a_parked_message_can_be_released(app: Flask) -> None:
    waiting()
    held = claimed()
    assert held is not None
    with transaction():
        queue.park(held, reason="550 no such mailbox")
        assert queue.release(held.id, at=AT)

    again = claimed()

    assert again is not None
    assert again.attempt == 1
