"""The story of the systems that are told: an endpoint is added, tried, told of what happens, stopped, told again."""

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus

from capture import clock
from capture.accounts import audit, marks
from capture.config import Settings
from capture.db import JsonObject, db, journey
from capture.errors import NoAnswer, NotTaken, TargetRefused, Undeliverable
from capture.handoff.webhooks import deliveries, endpoints
from capture.handoff.webhooks.deliveries import Outgoing
from capture.handoff.webhooks.models import EndpointState
from capture.languages import kept
from capture.outbox import posting
from capture.outbox.posting import Answer


@journey
def add(
    url: str,
    name: str,
    kinds: Sequence[str],
    *,
    trusted: Sequence[str],
    key: str | None = None,
    actor: str,
    at: datetime,
) -> tuple[str, str]:
    """A new endpoint: its public id, and its secret, which is shown once. Raises TargetRefused.

    The same `key` again makes no other one: SentBefore is raised.
    """
    posting.check(url, trusted=trusted)
    endpoint = endpoints.add(url, name, kinds, key=key, at=at)
    audit.record(actor, "webhook.added", f"webhook:{endpoint.public_id}", at=at, events=list(kinds))
    return endpoint.public_id, endpoint.secret


@journey
def change(
    endpoint_id: str,
    url: str,
    name: str,
    kinds: Sequence[str],
    *,
    trusted: Sequence[str],
    seen: str | None = None,
    actor: str,
    at: datetime,
) -> None:
    """Another address, name or choice of events, from now on.

    `seen` is the mark of what the person had before his eyes; none: of what stands. Raises NotFound, TargetRefused,
    and DraftChanged where somebody has changed it since.
    """
    posting.check(url, trusted=trusted)
    endpoint, subject = endpoints.hold(endpoint_id), f"webhook:{endpoint_id}"
    marks.refuse_if_changed(seen, endpoints.mark(endpoint), subject, "webhook.changed", at=at)
    endpoint.url, endpoint.name, endpoint.kinds = url, name, list(kinds)
    audit.record(actor, "webhook.changed", f"webhook:{endpoint_id}", at=at, events=list(kinds))


@journey
def rotate_secret(endpoint_id: str, *, seen: str | None = None, actor: str, at: datetime) -> str:
    """A new secret, shown once; those before sign too for a day.

    `seen` is `endpoints.secret_mark` as it was shown; none: as it is. Raises NotFound, and DraftChanged where there has
    been a new secret since.
    """
    endpoint = endpoints.hold(endpoint_id)
    action = "webhook.secret_rotated"
    marks.refuse_if_changed(seen, endpoints.secret_mark(endpoint), f"webhook:{endpoint_id}", action, at=at)
    secret = endpoints.rotate(endpoint, at=at)
    audit.record(actor, action, f"webhook:{endpoint_id}", at=at)
    return secret


@journey
def set_state(endpoint_id: str, state: EndpointState, *, actor: str, at: datetime) -> None:
    """Stop or start an endpoint. What happens while it is stopped can be sent later from the feed. Raises NotFound."""
    endpoints.set_state(endpoints.known(endpoint_id), state, at=at)
    audit.record(actor, f"webhook.{state.value}", f"webhook:{endpoint_id}", at=at)


@journey
def remove(endpoint_id: str, *, actor: str, at: datetime) -> None:
    """Take an endpoint away with its log. Raises NotFound."""
    deliveries.remove(endpoints.known(endpoint_id))
    audit.record(actor, "webhook.removed", f"webhook:{endpoint_id}", at=at)


@journey
def send_test(endpoint_id: str, *, actor: str, at: datetime) -> str:
    """Send a message that says only that it is a test; gives the delivery's public id. Raises NotFound."""
    sent = deliveries.test(endpoints.known(endpoint_id), at=at)
    audit.record(actor, "webhook.tested", f"webhook:{endpoint_id}", at=at)
    return sent.public_id


@journey
def send_again(endpoint_id: str, delivery_id: str, *, actor: str, at: datetime) -> None:
    """Send one event once more, with its id. Raises NotFound."""
    deliveries.again(deliveries.known(endpoints.known(endpoint_id), delivery_id), at=at)
    audit.record(actor, "webhook.sent_again", f"webhook:{endpoint_id}", at=at, delivery=delivery_id)


def send_span(endpoint_id: str, since: datetime, until: datetime, *, actor: str, at: datetime) -> int:
    """Send what happened from `since` to before `until`; gives how many events. A transaction for each few thousand.

    Raises NotFound.
    """
    total, after = 0, 0
    while True:
        number, further = _send_part(endpoint_id, since, until, after=after, actor=actor, at=at)
        total += number
        if further is None:
            return total
        after = further


@journey
def _send_part(
    endpoint_id: str, since: datetime, until: datetime, *, after: int, actor: str, at: datetime
) -> tuple[int, int | None]:
    sent = deliveries.again_between(endpoints.known(endpoint_id), since, until, after=after, at=at)
    audit.record(actor, "webhook.sent_again", f"webhook:{endpoint_id}", at=at, events=sent[0])
    return sent


def deliver(settings: Settings, payload: JsonObject) -> None:
    """What the outbox message asks for: one try. Nothing of the database is held while the receiver thinks.

    Raises Undeliverable where no other try will help, and what went wrong where one may.
    """
    sent = deliveries.prepare(payload["delivery_id"], zone=settings.zone, at=clock.now())
    db.session.remove()
    try:
        answer = posting.post(sent.url, sent.body, sent.headers, trusted=settings.webhook_hosts)
    except TargetRefused as refusal:
        note(sent, None, failure=str(refusal), at=clock.now())
        raise Undeliverable(str(refusal)) from refusal
    except NoAnswer as failure:
        note(sent, None, failure=str(failure), at=clock.now())
        raise
    note(sent, answer, at=clock.now())
    if answer.status == HTTPStatus.GONE:
        raise Undeliverable(kept("The receiver answered 410: it wants nothing more. The endpoint was stopped."))
    if not answer.is_yes:
        raise NotTaken(answer.status)


@journey
def note(sent: Outgoing, answer: Answer | None, *, failure: str = "", at: datetime) -> None:
    """Keep a try in the log."""
    deliveries.note(sent, answer, failure=failure, at=at)
