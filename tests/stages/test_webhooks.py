import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from capture import clock
from capture.accounts.models import Role
from capture.config import Settings
from capture.db import session, transaction
from capture.errors import TargetRefused
from capture.handoff import kinds, mail, mqls
from capture.handoff.models import Mql
from capture.handoff.webhooks import deliveries, endpoints
from capture.handoff.webhooks.models import EndpointState, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from capture.journey import privacy, webhooks
from capture.journey import staff as staff_journey
from capture.leads.models import Lead
from capture.outbox import posting, queue
from capture.outbox.models import OutboxMessage, Status
from capture.outbox.posting import Answer
from capture.scoring import scores
from capture.worker import Worker
from tests.factories import NOON, a_lead, an_mql, every
from tests.receiver import Receiver, receiving
from tests.stories import a_fill, a_page, submit, the_zone


@pytest.fixture(autouse=True)
def _loopback_is_trusted(app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.extensions, "lodestone", replace(settings, webhook_hosts=("127.0.0.1",)))


@pytest.fixture
def real_time(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The library that checks signatures looks at the real clock."""
    monkeypatch.setattr(clock, "now", lambda: NOON + (datetime.now(NOON.tzinfo) - NOON))


def an_endpoint(url: str, *wanted: str, name: str = "CRM") -> tuple[str, str]:
    return webhooks.add(url, name, wanted or (kinds.CREATED,), trusted=("127.0.0.1",), actor="cli", at=clock.now())


@contextmanager
def told(receiver: Receiver) -> Iterator[tuple[str, str]]:
    """An endpoint whose receiver listens: its id and secret."""
    with receiving(receiver) as url:
        yield an_endpoint(f"{url}/hook")


def do_all(app: Flask) -> None:
    worker = Worker(app)
    for lane in queue.receivers_ready(at=clock.now()):
        while worker.do_one(lane):
            pass


def test_an_mql_is_posted_as_the_row_of_the_feed_with_a_signature_that_the_receiver_can_check(
    app: Flask, real_time: None
) -> None:
    receiver = Receiver()
    with told(receiver) as (_, secret):
        mql = an_mql(a_lead("ada@analytical.example", name="Ada Byron"), at=clock.now())
        do_all(app)

    [(path, headers, body)] = receiver.received
    message = Webhook(secret).verify(body, headers)
    assert path == "/hook"
    assert (message["type"], message["data"]["mql_id"]) == ("mql.created", mql.public_id)
    assert message["data"]["person"]["name"] == "Ada Byron"
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body.replace(b"Ada", b"Eve"), headers)


def test_a_receiver_that_fails_is_asked_again_with_the_same_id_and_nothing_is_lost(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver = Receiver(answers=[503, 500, 301, 429])
    with told(receiver):
        an_mql()
        for day in range(5):
            monkeypatch.setattr(clock, "now", lambda day=day: NOON + timedelta(days=day))
            do_all(app)

    assert len(receiver.received) == 5
    assert len(set(receiver.ids)) == 1
    [delivery] = every(WebhookDelivery)
    assert delivery.delivered_at is not None
    assert [attempt.status for attempt in every(WebhookAttempt)] == [503, 500, 301, 429, 204]


def test_the_tries_go_on_for_more_than_three_days() -> None:
    assert sum(queue.PAUSES, timedelta()) > timedelta(hours=75, minutes=35)


def test_of_an_outage_of_72_hours_nothing_is_lost(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = [NOON]
    monkeypatch.setattr(clock, "now", lambda: moment[0])
    receiver = Receiver(answers=[503] * 1_000)

    def go_on(hours: int) -> None:
        """From one try that is due to the next, as the worker does."""
        until = NOON + timedelta(hours=hours)
        while (due := _next_try()) and due <= until:
            moment[0] = due
            do_all(app)
        moment[0] = until

    with told(receiver):
        made = []
        for hours in (0, 30, 71):
            go_on(hours)
            made.append(an_mql(at=moment[0]).public_id)
        go_on(72)
        assert [delivery.delivered_at for delivery in every(WebhookDelivery)] == [None] * 3
        failed = len(receiver.received)
        receiver.answers.clear()
        go_on(72 + 30)

    messages = [message for message in every(OutboxMessage) if message.kind == deliveries.MESSAGE]
    assert [message.status for message in messages] == [Status.DONE] * 3
    assert all(delivery.delivered_at for delivery in every(WebhookDelivery))
    taken = [json.loads(body)["data"]["mql_id"] for _, _, body in receiver.received[failed:]]
    assert sorted(taken) == sorted(made)  # each is taken once
    assert len(set(receiver.ids)) == 3  # by the id that it had from the first try on


def _next_try() -> datetime | None:
    """When the next message to a receiver is due."""
    waits = OutboxMessage.kind == deliveries.MESSAGE, OutboxMessage.status == Status.WAITING
    session().commit()
    return session().scalar(select(func.min(OutboxMessage.due_at)).where(*waits))


def test_what_becomes_of_an_mql_is_posted_with_the_mql_id_that_it_had(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver = Receiver()
    with receiving(receiver) as url:
        an_endpoint(f"{url}/hook", *kinds.KINDS)
        submit(a_page("first"), a_fill(talk=True, company="Analytical", news=True))
        do_all(app)
        later = NOON + timedelta(hours=2)
        monkeypatch.setattr(clock, "now", lambda: later)
        submit(a_page("second"), a_fill(company="Analytical Ltd"), form_key="again", at=later)
        do_all(app)
        privacy.withdraw(every(Lead)[0].public_id, at=later)
        do_all(app)
        privacy.erase("ada@analytical.example", actor="cli", at=later)
        do_all(app)

    bodies = [json.loads(body) for _, _, body in receiver.received]
    assert [body["type"] for body in bodies] == [
        kinds.CREATED,
        kinds.CORRECTED,
        kinds.ACTIVE,
        kinds.WITHDRAWN,
        kinds.ERASED,
    ]
    [mql] = every(Mql)
    assert {body["data"]["mql_id"] for body in bodies} == {mql.public_id}
    assert [body["data"]["event"] for body in bodies] == [body["type"] for body in bodies]
    assert bodies[1]["data"]["company"]["name"] == "Analytical Ltd"
    assert [body["data"]["consent"]["may_mail"] for body in bodies] == [True, True, True, False, False]
    assert b"nalytical" not in receiver.received[-1][2]
    assert len(set(receiver.ids)) == len(bodies)


def test_a_span_is_sent_again_to_its_end_however_long_it_is(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliveries, "MOST_AT_ONCE", 2)
    receiver = Receiver()
    with told(receiver) as (endpoint_id, _):
        for _ in range(5):
            an_mql(at=NOON)
        do_all(app)
        sent = webhooks.send_span(endpoint_id, NOON, NOON + timedelta(hours=1), actor="cli", at=NOON)
        do_all(app)

    assert sent == 5
    assert sorted(receiver.ids) == sorted(receiver.ids[:5] * 2)


def test_a_span_holds_what_happened_in_it_and_nothing_that_is_still_on_its_way(app: Flask) -> None:
    receiver = Receiver(answers=[204, 503])
    with told(receiver) as (endpoint_id, _):
        for hours in (2, 1, 0):
            an_mql(at=NOON - timedelta(hours=hours))
        do_all(app)
        before = list(receiver.ids)
        sent = webhooks.send_span(endpoint_id, NOON - timedelta(hours=2), NOON, actor="cli", at=clock.now())
        do_all(app)

    assert (sent, len(before)) == (2, 3)
    assert receiver.ids[3:] == before[:1]  # the second waits for its next try, and the third lies behind the span


def test_a_receiver_that_answers_410_is_told_nothing_more_until_a_person_starts_it_again(app: Flask) -> None:
    receiver = Receiver(answers=[410])
    with told(receiver) as (endpoint_id, _):
        an_mql(at=NOON)
        do_all(app)
        [endpoint] = every(WebhookEndpoint)
        assert endpoint.state is EndpointState.GONE
        an_mql(at=NOON)
        do_all(app)
        assert len(receiver.received) == 1

        webhooks.set_state(endpoint_id, EndpointState.ACTIVE, actor="cli", at=NOON)
        sent = webhooks.send_span(endpoint_id, NOON, NOON + timedelta(hours=1), actor="cli", at=NOON)
        do_all(app)

    assert sent == 2
    assert receiver.ids[0] == receiver.ids[1] != receiver.ids[2]


def test_that_an_endpoint_wants_nothing_more_is_mailed_once_to_every_admin(
    app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for email, role in (("ada@northwind.example", Role.ADMIN), ("bo@northwind.example", Role.ADMIN)):
        staff_journey.add_person(email, "Admin", role, actor="cli", at=NOON)
    staff_journey.add_person("mara@northwind.example", "Mara", Role.MARKETER, actor="cli", at=NOON)

    with told(Receiver(answers=[410, 410])) as (endpoint_id, _):
        an_mql(at=NOON)
        do_all(app)
        monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(hours=1))
        webhooks.send_test(endpoint_id, actor="cli", at=clock.now())
        do_all(app)

    promised = [message for message in every(OutboxMessage) if message.kind == "webhook_gone"]
    letters = [mail.webhook_gone(settings, message.payload | {"key": message.idempotency_key}) for message in promised]
    assert [letter and letter.to for letter in letters] == ["ada@northwind.example", "bo@northwind.example"]
    assert letters[0]
    assert letters[0].subject == "The webhook CRM is stopped"
    assert "answered 410: it wants nothing more" in letters[0].text
    assert f"http://localhost:8000/studio/webhooks/{endpoint_id}" in letters[0].text
    webhooks.set_state(endpoint_id, EndpointState.ACTIVE, actor="cli", at=NOON)
    assert mail.webhook_gone(settings, promised[0].payload | {"key": "again"}) is None


def test_after_a_new_secret_both_sign_for_a_day(app: Flask, real_time: None) -> None:
    receiver = Receiver()
    with told(receiver) as (endpoint_id, old):
        new = webhooks.rotate_secret(endpoint_id, actor="cli", at=clock.now())
        an_mql(at=clock.now())
        do_all(app)
        with transaction():
            endpoints.known(endpoint_id).previous_until = clock.now()
        an_mql(at=clock.now())
        do_all(app)

    (_, first, body), (_, second, later) = receiver.received
    assert Webhook(old).verify(body, first) == Webhook(new).verify(body, first)
    Webhook(new).verify(later, second)
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(later, second)


def test_who_makes_new_secrets_one_after_the_other_breaks_no_receiver_that_has_the_first(
    app: Flask, real_time: None
) -> None:
    receiver = Receiver()
    with told(receiver) as (endpoint_id, first):
        secrets = [first, *(webhooks.rotate_secret(endpoint_id, actor="cli", at=clock.now()) for _ in range(2))]
        an_mql(at=clock.now())
        do_all(app)

    [(_, headers, body)] = receiver.received
    assert len(headers["webhook-signature"].split()) == 3
    for secret in secrets:
        Webhook(secret).verify(body, headers)


def test_an_endpoint_is_told_only_what_it_wants_and_nothing_while_it_is_stopped(app: Flask) -> None:
    receiver = Receiver()
    with receiving(receiver) as url:
        an_endpoint(f"{url}/other", "something.else")
        endpoint_id, _ = an_endpoint(f"{url}/wanted")
        an_mql()
        webhooks.set_state(endpoint_id, EndpointState.PAUSED, actor="cli", at=NOON)
        do_all(app)
        an_mql()
        do_all(app)

    assert receiver.received == []
    [message] = [m for m in every(OutboxMessage) if m.kind == "webhook"]
    assert message.status is Status.PARKED


def test_a_test_is_sent_even_to_an_endpoint_that_is_stopped(app: Flask) -> None:
    receiver = Receiver()
    with told(receiver) as (endpoint_id, _):
        webhooks.set_state(endpoint_id, EndpointState.PAUSED, actor="cli", at=NOON)
        webhooks.send_test(endpoint_id, actor="cli", at=NOON)
        do_all(app)

    assert json.loads(receiver.received[0][2])["type"] == "lodestone.test"


def test_a_handoff_that_is_rolled_back_promises_nothing(app: Flask) -> None:
    an_endpoint("https://crm.example/hook")
    lead_id = a_lead().id

    def hand_over_and_fail() -> None:
        with transaction():
            mqls.qualify(lead_id, scores.after(lead_id, at=NOON), sla_hours=24, hand_raised=True, at=NOON)
            assert session().scalar(select(func.count()).select_from(WebhookDelivery)) == 1
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        hand_over_and_fail()

    assert every(WebhookDelivery) == []
    assert [m for m in every(OutboxMessage) if m.kind == "webhook"] == []


def test_an_address_inside_is_refused_when_it_is_typed_and_again_when_it_is_called(app: Flask) -> None:
    for inside in ("http://crm.example/", "https://127.1/hook", "https://[::1]/hook", "https://localhost:8443/hook"):
        with pytest.raises(TargetRefused, match="LODESTONE_WEBHOOK_HOSTS"):
            webhooks.add(inside, "CRM", (kinds.CREATED,), trusted=(), actor="cli", at=NOON)
    webhooks.add("https://localhost/", "CRM", (kinds.CREATED,), trusted=("localhost",), actor="cli", at=NOON)
    an_mql()

    do_all(app)

    [attempt] = every(WebhookAttempt)
    assert "not on the public internet" in attempt.answer
    [message] = [m for m in every(OutboxMessage) if m.kind == "webhook"]
    assert message.status is Status.PARKED


def test_what_a_receiver_echoed_of_a_person_is_forgotten_with_the_person(app: Flask) -> None:
    receiver = Receiver(answers=[200], says="thank you for ada@analytical.example")
    lead = a_lead("ada@analytical.example")
    with told(receiver):
        an_mql(lead)
        do_all(app)

    with transaction():
        deliveries.forget([lead.id])

    [attempt] = every(WebhookAttempt)
    assert attempt.answer == ""
    assert "ada@" not in str(attempt.headers)


def test_of_who_is_erased_while_a_message_is_on_its_way_only_that_it_was_tried_is_kept(app: Flask) -> None:
    lead = a_lead("ada@analytical.example")
    an_endpoint("http://127.0.0.1:9/hook")
    an_mql(lead)
    [delivery] = every(WebhookDelivery)
    with transaction():
        sent = deliveries.prepare(delivery.id, zone=the_zone(), at=NOON)
    with transaction() as writing:
        writing.get_one(Lead, lead.id).erased_at = NOON

    webhooks.note(sent, Answer(200, "thank you for ada@analytical.example", 40), at=NOON)

    [attempt] = every(WebhookAttempt)
    assert (attempt.status, attempt.answer, attempt.digest, attempt.headers) == (200, "", "", {})


def test_there_are_at_most_twenty_endpoints(app: Flask) -> None:
    for number in range(endpoints.MOST):
        an_endpoint("http://127.0.0.1:9/hook", name=f"CRM {number}")

    with pytest.raises(TargetRefused, match="20 endpoints already"):
        an_endpoint("http://127.0.0.1:9/hook", name="one more")


@pytest.mark.real_commits
def test_a_receiver_that_thinks_long_lets_no_other_wait_for_a_second(app: Flask) -> None:
    slow, quick, worker = Receiver(patience=posting.PATIENCE), Receiver(), Worker(app)
    with receiving(slow) as slow_url, receiving(quick) as quick_url:
        an_endpoint(f"{slow_url}/hook")
        an_endpoint(f"{quick_url}/hook")
        worker.start()
        try:
            waits = [_until_it_is_told(quick) for _ in range(5)]
            assert len(slow.received) == 1  # it still thinks about the first
        finally:
            slow.hurry.set()
            worker.stop()

    assert min(waits) < 1.0, waits  # a busy machine makes one wait longer, a receiver that is waited for makes all


def _until_it_is_told(receiver: Receiver) -> float:
    """Seconds from a hand-over until the receiver has heard of it."""
    known, begun = len(receiver.received), time.monotonic()
    an_mql()
    while len(receiver.received) == known:
        assert time.monotonic() < begun + posting.PATIENCE
        time.sleep(0.02)
    return time.monotonic() - begun
