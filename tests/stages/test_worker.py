import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from capture import clock
from capture.config import Settings
from capture.db import JsonObject, session, transaction
from capture.errors import Undeliverable
from capture.outbox import mail, queue
from capture.outbox.models import OutboxMessage, Status
from capture.worker import Worker
from tests.smtp import Postbox, smtp_server


def waiting(kind: str, *, key: str = "one", lane: str = "mail") -> None:
    with transaction():
        queue.enqueue(kind, key=key, at=clock.now(), lane=lane, number=7)


def row(key: str = "one") -> OutboxMessage:
    found = select(OutboxMessage).where(OutboxMessage.idempotency_key == key)
    return session().scalars(found.execution_options(populate_existing=True)).one()


def eventually(true: Callable[[], bool]) -> None:
    until = time.monotonic() + 10
    while not true():
        assert time.monotonic() < until
        time.sleep(0.02)


def fails(settings: Settings, payload: JsonObject) -> None:
    raise ConnectionResetError("ada@example.com was not reached")


def refuses(settings: Settings, payload: JsonObject) -> None:
    raise Undeliverable("550 no such mailbox")


def test_a_message_is_done_once_with_its_fields_and_its_key(app: Flask) -> None:
    seen: list[JsonObject] = []
    worker = Worker(app, handlers={"note": lambda settings, payload: seen.append(payload)})
    waiting("note")

    assert worker.do_one("mail")
    assert not worker.do_one("mail")

    assert seen == [{"number": 7, "key": "one"}]
    assert (row().status, row().done_at) == (Status.DONE, clock.now())


def test_a_failure_is_put_off_with_a_reason_that_names_nobody(app: Flask) -> None:
    worker = Worker(app, handlers={"note": fails})
    waiting("note")

    worker.do_one("mail")

    assert row().status is Status.WAITING
    assert row().due_at == clock.now() + queue.PAUSES[0]
    assert row().reason == "ConnectionResetError: no connection"


def test_a_refusal_for_good_is_parked_at_once(app: Flask) -> None:
    worker = Worker(app, handlers={"note": refuses})
    waiting("note")

    worker.do_one("mail")

    assert (row().status, row().reason) == (Status.PARKED, "550 no such mailbox")


def test_a_kind_that_nobody_handles_waits_for_the_version_that_does(app: Flask) -> None:
    worker = Worker(app, handlers={})
    waiting("note")

    worker.do_one("mail")

    assert (row().status, row().reason) == (Status.WAITING, "KeyError")


def test_greylisted_mail_goes_out_at_the_next_try(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    postbox = Postbox(answers=["451 4.7.1 come back later"])

    def note(settings: Settings, payload: JsonObject) -> None:
        letter = mail.Mail(
            "ada@example.com", "Hello", "Hello", "<p>Hello</p>", mail.message_id(settings, payload["key"])
        )
        with_server = replace(settings, mail=address)
        mail.send(with_server, letter)

    with smtp_server(postbox) as address:
        worker = Worker(app, handlers={"note": note})
        waiting("note")
        worker.do_one("mail")
        before = len(postbox.received)
        later = clock.now() + timedelta(minutes=1)
        monkeypatch.setattr(clock, "now", lambda: later)
        worker.do_one("mail")

    assert before == 0
    assert len(postbox.received) == 1
    assert row().status is Status.DONE


@pytest.mark.real_commits
def test_threads_do_everything_that_waits_and_stop_when_told(app: Flask) -> None:
    seen: list[str] = []
    worker = Worker(app, handlers={"note": lambda settings, payload: seen.append(payload["key"])})
    for number in range(30):
        waiting("note", key=str(number))

    worker.start()
    eventually(lambda: len(seen) == 30)
    worker.stop()

    assert sorted(seen, key=int) == [str(number) for number in range(30)]
    assert worker.is_stopped()


@pytest.mark.real_commits
def test_a_slow_receiver_delays_no_mail(app: Flask) -> None:
    mailed: list[float] = []
    began = time.monotonic()
    worker = Worker(
        app,
        handlers={
            "slow": lambda settings, payload: time.sleep(1.5),
            "note": lambda settings, payload: mailed.append(time.monotonic() - began),
        },
    )
    for number in range(3):
        waiting("slow", key=f"slow:{number}", lane="slow")
    waiting("note")

    worker.start()
    eventually(lambda: bool(mailed))
    worker.stop()

    assert mailed[0] < 1.0


@pytest.mark.real_commits
def test_a_dead_workers_messages_are_done_by_a_living_one(app: Flask) -> None:
    waiting("note")
    with transaction():
        queue.claim("mail", worker="dead", at=clock.now() - queue.LEASE - timedelta(seconds=1))
    seen: list[str] = []
    worker = Worker(app, handlers={"note": lambda settings, payload: seen.append(payload["key"])})

    worker.watch()
    worker.do_one("mail")

    assert seen == ["one"]


@pytest.mark.real_commits
def test_who_works_alone_takes_up_at_once_what_a_dead_worker_left(app: Flask) -> None:
    waiting("note")
    with transaction():
        queue.claim("mail", worker="dead", at=clock.now())
    seen: list[str] = []
    worker = Worker(app, handlers={"note": lambda settings, payload: seen.append(payload["key"])})

    worker.start(alone=True)
    eventually(lambda: seen == ["one"])
    worker.stop()
