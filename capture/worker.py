"""The worker: claims outbox messages, does them, marks them."""

import os
import socket
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from types import MappingProxyType

import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from capture import clock
from capture.config import Settings
from capture.db import JsonObject, db, transaction
from capture.delivery import mail as delivery_mail
from capture.errors import StorageUnavailable, Undeliverable
from capture.handoff import mail as handoff_mail
from capture.handoff.webhooks import deliveries
from capture.journey import (
    experimenting,
    importing,
    opening,
    pressing,
    privacy,
    proofing,
    reporting,
    rules,
    sales,
    upkeep,
    watching,
    webhooks,
)
from capture.journey import staff as staff_journey
from capture.outbox import mail, queue
from capture.pages import mail as page_mail
from capture.reports import mail as report_mail
from capture.webinars import mail as webinar_mail

Handler = Callable[[Settings, JsonObject], None]

log = structlog.get_logger()

Composer = Callable[[Settings, JsonObject], mail.Mail | None]

_COMPOSERS: Mapping[str, Composer] = MappingProxyType(
    {
        "magnet_mail": delivery_mail.magnet_mail,
        "confirmation_mail": delivery_mail.confirmation_mail,
        "webinar_mail": webinar_mail.webinar_mail,
        "login_mail": staff_journey.login_mail,
        "test_mail": staff_journey.test_mail,
        "mql_alert": handoff_mail.mql_alert,
        "mql_reminder": handoff_mail.mql_reminder,
        "mql_escalation": handoff_mail.mql_escalation,
        "mql_taken": handoff_mail.mql_taken,
        "lead_corrected": handoff_mail.lead_corrected,
        "mql_answered": handoff_mail.mql_answered,
        "mql_passed_on": handoff_mail.mql_passed_on,
        "work_passed_on": handoff_mail.work_passed_on,
        "mql_asked_again": handoff_mail.mql_asked_again,
        "webhook_gone": handoff_mail.webhook_gone,
        "account_notice": handoff_mail.account_notice,
        "list_notice": handoff_mail.list_notice,
        "page_live": page_mail.page_live,
        "version_timed": page_mail.version_timed,
        "page_silent": report_mail.page_silent,
    }
)


def _mailing(compose: Composer) -> Handler:
    """Send what is composed, with the database let go first: a slow mail server must hold no snapshot open."""

    def handle(settings: Settings, payload: JsonObject) -> None:
        letter = compose(settings, payload)
        db.session.remove()
        if letter is not None:
            mail.send(settings, letter)

    return handle


# What each kind of outbox message does. A handler may be called twice for one message: at least once is promised.
# A composer answers None where there is nothing left to say, for instance to a lead that was erased meanwhile.
HANDLERS: Mapping[str, Handler] = MappingProxyType(
    {kind: _mailing(compose) for kind, compose in _COMPOSERS.items()}
    | {"publish": pressing.publish_draft, "proof": proofing.make_proof, "cover": experimenting.draw}
    | {deliveries.MESSAGE: webhooks.deliver}
    | {rules.RESCORE: rules.rescore, rules.RELEASE: rules.release}
    | {importing.RUN: importing.run, importing.TAKE_BACK: importing.undo, importing.TELL: importing.tell}
    | {sales.RETURN: sales.look_again}
    | {privacy.CLEAR: privacy.clear_traces}
)

POLL = 0.5  # seconds between two looks at an idle lane
SOON = 0.15  # where somebody sits and waits
WATCH = 15.0  # seconds between two looks at leases, and at what is due by the clock


class _Seldom:
    """A chore that costs something: done when the worker starts, and then once in `every` seconds."""

    def __init__(self, chore: Callable[[Settings], object], *, every: float) -> None:
        self._chore, self._every, self._due = chore, every, 0.0

    def __call__(self, settings: Settings) -> object:
        if time.monotonic() < self._due:
            return False
        self._due = time.monotonic() + self._every
        return self._chore(settings)


# What the worker does by the clock; each looks by itself whether anything is due.
CHORES: tuple[Callable[[Settings], object], ...] = (
    lambda settings: reporting.count_days(settings, at=clock.now()),
    lambda settings: reporting.close_months(settings, at=clock.now()),
    lambda settings: opening.tell_of_openings(at=clock.now()),
    _Seldom(lambda settings: watching.watch(at=clock.now()), every=600.0),
    _Seldom(lambda settings: upkeep.forget_old(at=clock.now()), every=86_400.0),
)


class Worker:
    """The threads that serve the outbox in one process: the server's on SQLite, `lodestone worker` on PostgreSQL."""

    def __init__(
        self,
        app: Flask,
        *,
        handlers: Mapping[str, Handler] = HANDLERS,
        lanes: Mapping[str, int] = queue.LANES,
    ) -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self._app = app
        self._settings: Settings = app.extensions["lodestone"]
        self._handlers = handlers
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._serve, args=(lane,), name=f"outbox-{lane}-{n}", daemon=True)
            for lane, threads in lanes.items()
            for n in range(threads)
        ]
        self._threads.append(threading.Thread(target=self._watch, name="outbox-watch", daemon=True))
        self._threads.append(threading.Thread(target=self._serve_receivers, name="outbox-receivers", daemon=True))
        self._receivers: dict[str, threading.Thread] = {}  # by lane; one thread looks at it and changes it

    def start(self, *, alone: bool = False) -> None:
        """Start the threads and return. `alone`: no other worker lives, so what is claimed was left by a dead one."""
        if alone:
            with self._app.app_context(), transaction():
                queue.free_all(at=clock.now())
        for thread in self._threads:
            thread.start()

    def stop(self, *, patience: float = 25.0) -> None:
        """Claim nothing more and wait for what is in hand, `patience` seconds at most; leases cover the rest."""
        self._stopping.set()
        until = time.monotonic() + patience
        for thread in (*self._threads, *self._receivers.values()):
            thread.join(max(0.0, until - time.monotonic()))

    def is_stopped(self) -> bool:
        """Whether no thread runs any more."""
        return not any(thread.is_alive() for thread in (*self._threads, *self._receivers.values()))

    def do_one(self, lane: str) -> bool:
        """Do the message of the lane that has been due longest; False when none is."""
        with self._app.app_context():
            if not queue.has_ready(lane, at=clock.now()):
                return False
            with transaction():
                held = queue.claim(lane, worker=self.name, at=clock.now())
        if held is None:
            return False
        with self._app.app_context():
            self._do(held)
        return True

    def _do(self, held: queue.Claim) -> None:
        facts = {"message": held.id, "kind": held.kind, "attempt": held.attempt}
        try:
            self._handlers[held.kind](self._settings, {**held.payload, "key": held.key})
        except Undeliverable as refusal:
            with transaction():
                queue.park(held, reason=str(refusal))
            log.warning("outbox_parked", **facts)
        except Exception as error:  # Whatever a handler raises, the message is tried again and the others go on.
            with transaction():
                queue.retry(held, reason=mail.describe(error), at=clock.now())
            log.warning("outbox_failed", error=type(error).__name__, where=_where(error), **facts)
        else:
            with transaction():
                queue.done(held, at=clock.now())
            log.info("outbox_done", **facts)

    def _serve(self, lane: str) -> None:
        while not self._stopping.is_set():
            if not self._safely(lambda: self.do_one(lane)):
                self._stopping.wait(SOON if lane == "proof" else POLL)

    def _serve_receivers(self) -> None:
        """A thread for each receiver for whom something is due, as long as there is: nobody waits for a slow one."""
        while not self._stopping.wait(POLL):
            self._safely(self._start_receivers)

    def _start_receivers(self) -> bool:
        with self._app.app_context():
            due = queue.receivers_ready(at=clock.now())
        for lane in due:
            if lane not in self._receivers or not self._receivers[lane].is_alive():
                self._receivers[lane] = threading.Thread(
                    target=self._empty, args=(lane,), name=f"outbox-{lane}", daemon=True
                )
                self._receivers[lane].start()
        return bool(due)

    def _empty(self, lane: str) -> None:
        while not self._stopping.is_set() and self._safely(lambda: self.do_one(lane)):
            pass

    def _watch(self) -> None:
        while not self._stopping.wait(WATCH):
            self._safely(self.watch)
            self._safely(self.press_on)
            for chore in CHORES:
                self._safely(lambda chore=chore: self._do_chore(chore))  # type: ignore[misc]

    def _do_chore(self, chore: Callable[[Settings], object]) -> bool:
        with self._app.app_context():
            return bool(chore(self._settings))

    def press_on(self) -> bool:
        """Remind and escalate what sales has not answered; whether there was anything."""
        with self._app.app_context():
            return bool(sales.press_on(sla_hours=self._settings.sla_hours, at=clock.now()))

    def watch(self) -> bool:
        """Keep up our own leases and free those of dead workers; whether there were any."""
        with self._app.app_context():
            if not queue.any_claimed():
                return False
            with transaction():
                queue.extend(self.name, at=clock.now())
                freed = queue.free_expired(at=clock.now())
        if freed:
            log.warning("outbox_freed", messages=freed)
        return bool(freed)

    def _safely(self, step: Callable[[], bool]) -> bool:
        """A database that is away or full stops no thread: it is asked again."""
        try:
            return step()
        except (StorageUnavailable, SQLAlchemyError, OSError) as error:
            log.error("outbox_database", error=type(error).__name__)
            return False


def _where(error: Exception) -> str:
    """File and line that raised, without the words of the error: they may hold an address."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{frame.filename.rpartition('/')[2]}:{frame.lineno}"
