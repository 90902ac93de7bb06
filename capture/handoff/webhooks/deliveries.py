"""Deliveries: what each endpoint is to be told, in the transaction of the fact; signed, tried, and kept in a log."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from zoneinfo import ZoneInfo

from sqlalchemy import Select, delete, func, select, update
from standardwebhooks import Webhook

from capture.accounts import staff
from capture.db import JsonObject, public_id, session
from capture.errors import NotFound, Undeliverable
from capture.handoff import rows
from capture.handoff.models import FeedEntry, Mql
from capture.handoff.webhooks import endpoints
from capture.handoff.webhooks.models import EndpointState, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from capture.languages import kept
from capture.leads.models import Lead
from capture.outbox import queue as outbox
from capture.outbox.models import OutboxMessage, Status
from capture.outbox.posting import Answer

MESSAGE = "webhook"  # the kind of the outbox message
TEST = "lodestone.test"
MOST_AT_ONCE = 5000  # entries that are sent again in one transaction


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One try, ready to be sent."""

    delivery_id: int
    url: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Receiver:
    """To which endpoint a delivery goes."""

    delivery_id: str
    endpoint_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Logged:
    """A delivery as the log shows it. `state` is the outbox message's; `due_at` is the next try of one that waits.

    `happened_at` is the event's own time, `created_at` when it was first to be sent: later, where a person asked.
    `mql_id` and `person` say which MQL it tells of; they are empty for a test, and where the person was erased.
    """

    public_id: str
    kind: str
    happened_at: datetime
    created_at: datetime
    delivered_at: datetime | None
    state: Status
    tries: int
    due_at: datetime
    reason: str
    mql_id: str
    person: str


def promise(position: int, kind: str, *, at: datetime) -> None:
    """Every active endpoint that wants this kind is told of the feed entry, if this transaction commits."""
    for endpoint in endpoints.active():
        if kind in endpoint.kinds:
            _send(WebhookDelivery(endpoint_id=endpoint.id, kind=kind, position=position), at=at)


def test(endpoint: WebhookEndpoint, *, at: datetime) -> WebhookDelivery:
    """A message that says only that it is a test."""
    return _send(WebhookDelivery(endpoint_id=endpoint.id, kind=TEST, position=None), at=at)


def again(delivery: WebhookDelivery, *, at: datetime) -> None:
    """Send it once more, with the id that it has: a receiver who has it already knows it again."""
    delivery.sendings += 1
    delivery.outbox_key = _key(delivery)
    _enqueue(delivery, at=at)


def again_between(
    endpoint: WebhookEndpoint, since: datetime, until: datetime, *, after: int, at: datetime
) -> tuple[int, int | None]:
    """Send of the feed what happened from `since` to before `until` and what the endpoint wants, the oldest first.

    Begins behind the position `after`; gives how many events, MOST_AT_ONCE at the most, and the position behind which
    to go on, None where that is all. What is waiting already is not sent twice.
    """
    wanted = (
        select(FeedEntry.position, FeedEntry.kind)
        .where(FeedEntry.at >= since, FeedEntry.at < until, FeedEntry.kind.in_(endpoint.kinds))
        .where(FeedEntry.position > after)
        .order_by(FeedEntry.position)
        .limit(MOST_AT_ONCE)
    )
    entries = session().execute(wanted).all()
    before = {
        delivery.position: (delivery, status)
        for delivery, status in session().execute(
            select(WebhookDelivery, OutboxMessage.status)
            .join(OutboxMessage, OutboxMessage.idempotency_key == WebhookDelivery.outbox_key)
            .where(WebhookDelivery.endpoint_id == endpoint.id, WebhookDelivery.position.in_(p for p, _ in entries))
        )
    }
    for position, kind in entries:
        if position not in before:
            _send(WebhookDelivery(endpoint_id=endpoint.id, kind=kind, position=position), at=at)
        elif before[position][1] in (Status.DONE, Status.PARKED):
            again(before[position][0], at=at)
    return len(entries), entries[-1][0] if len(entries) == MOST_AT_ONCE else None


def prepare(delivery_id: int, *, zone: ZoneInfo, at: datetime) -> Outgoing:
    """The try that is due now. Raises Undeliverable where the endpoint was stopped meanwhile."""
    delivery = session().get(WebhookDelivery, delivery_id)
    endpoint = session().get(WebhookEndpoint, delivery.endpoint_id) if delivery else None
    if delivery is None or endpoint is None:
        raise Undeliverable(kept("The endpoint was removed."))
    if endpoint.state is not EndpointState.ACTIVE and delivery.kind != TEST:
        raise Undeliverable(kept("The endpoint was stopped. Start it again, and send this once more."))
    text = _text(delivery, zone)
    message_id = f"msg_{delivery.public_id}"
    signatures = [Webhook(secret).sign(message_id, at, text) for secret in endpoints.signing_secrets(endpoint, at=at)]
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Lodestone (Standard Webhooks)",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
    return Outgoing(delivery.id, endpoint.url, headers, text.encode())


def note(sent: Outgoing, answer: Answer | None, *, failure: str = "", at: datetime) -> None:
    """Keep a try in the log, with `failure` where nobody answered; one that answers 410 wants nothing more, and
    the admins are told so.

    Of somebody who is erased by now only that it was tried is kept.
    """
    delivery = session().get_one(WebhookDelivery, sent.delivery_id)
    is_bare = _is_erased(delivery)
    session().add(
        WebhookAttempt(
            delivery_id=delivery.id,
            at=at,
            headers={} if is_bare else sent.headers,
            bytes=len(sent.body),
            digest="" if is_bare else hashlib.sha256(sent.body).hexdigest(),
            status=answer.status if answer else None,
            answer="" if is_bare else answer.text if answer else failure,
            milliseconds=answer.milliseconds if answer else None,
        )
    )
    if answer and answer.is_yes:
        delivery.delivered_at = at
    endpoint = session().get_one(WebhookEndpoint, delivery.endpoint_id)
    endpoints.note(endpoint, was_taken=answer is not None and answer.is_yes, at=at)
    if answer and answer.status == HTTPStatus.GONE and endpoint.state is not EndpointState.GONE:
        endpoints.set_state(endpoint, EndpointState.GONE, at=at)
        for admin in staff.admins():
            key = f"webhook_gone:{endpoint.public_id}:{at.isoformat()}:{admin.public_id}"
            outbox.enqueue("webhook_gone", key=key, at=at, endpoint_id=endpoint.id, admin=admin.id)


def known(endpoint: WebhookEndpoint, delivery_id: str) -> WebhookDelivery:
    """The delivery with this public id. Raises NotFound."""
    found = session().scalar(
        select(WebhookDelivery).where(
            WebhookDelivery.public_id == delivery_id, WebhookDelivery.endpoint_id == endpoint.id
        )
    )
    if found is None:
        raise NotFound("delivery")
    return found


def log(endpoint: WebhookEndpoint, *, number: int, size: int) -> list[Logged]:
    """Page `number` (from 1) of the log, the newest first, and one more where it goes on: one query."""
    query = _told_of().where(WebhookDelivery.endpoint_id == endpoint.id).order_by(WebhookDelivery.id.desc())
    return [_logged(*row) for row in session().execute(query.offset((number - 1) * size).limit(size + 1))]


def logged(delivery: WebhookDelivery) -> Logged:
    """One delivery as the log shows it."""
    return _logged(*session().execute(_told_of().where(WebhookDelivery.id == delivery.id)).one())


def receivers(delivery_ids: Collection[int]) -> Mapping[int, Receiver]:
    """To which endpoints these deliveries go, by their keys: one query."""
    query = (
        select(WebhookDelivery.id, WebhookDelivery.public_id, WebhookEndpoint.public_id, WebhookEndpoint.name)
        .join(WebhookEndpoint, WebhookEndpoint.id == WebhookDelivery.endpoint_id)
        .where(WebhookDelivery.id.in_(delivery_ids))
    )
    return {key: Receiver(*told) for key, *told in session().execute(query)}


def waiting() -> Mapping[int, int]:
    """How many deliveries wait for each endpoint, by its key; none where nothing does: one query."""
    unsaid = OutboxMessage.kind == MESSAGE, OutboxMessage.status.in_((Status.WAITING, Status.CLAIMED))
    number = dict(
        session().execute(select(OutboxMessage.lane, func.count()).where(*unsaid).group_by(OutboxMessage.lane)).all()
    )
    lanes = {endpoint.id: outbox.lane_of(MESSAGE, endpoint.id) for endpoint in endpoints.listed()}
    return {key: number[lane] for key, lane in lanes.items() if lane in number}


def _told_of() -> Select[WebhookDelivery, OutboxMessage, datetime | None, Mql | None, Lead | None]:
    """Deliveries with their messages, and what they tell of: when it happened, the MQL and the person."""
    return (
        select(WebhookDelivery, OutboxMessage, FeedEntry.at, Mql, Lead)
        .join(OutboxMessage, OutboxMessage.idempotency_key == WebhookDelivery.outbox_key)
        .outerjoin(FeedEntry, FeedEntry.position == WebhookDelivery.position)
        .outerjoin(Mql, Mql.id == FeedEntry.mql_id)
        .outerjoin(Lead, Lead.id == Mql.lead_id)
    )


def attempts(delivery: WebhookDelivery) -> Sequence[WebhookAttempt]:
    """Every try, the newest first."""
    query = select(WebhookAttempt).where(WebhookAttempt.delivery_id == delivery.id)
    return session().scalars(query.order_by(WebhookAttempt.id.desc())).all()


def body(delivery: WebhookDelivery, *, zone: ZoneInfo) -> str:
    """What would be sent now, laid out for people."""
    return json.dumps(_told(delivery, zone), indent=2, ensure_ascii=False)


def remove(endpoint: WebhookEndpoint) -> None:
    """Take an endpoint away with its log. What waits for it finds nobody, and is parked."""
    ours = select(WebhookDelivery.id).where(WebhookDelivery.endpoint_id == endpoint.id)
    session().execute(delete(WebhookAttempt).where(WebhookAttempt.delivery_id.in_(ours)))
    session().execute(delete(WebhookDelivery).where(WebhookDelivery.endpoint_id == endpoint.id))
    session().delete(endpoint)


def forget(lead_ids: Sequence[int]) -> None:
    """Take out of the log what receivers answered about these leads, and the marks of what was sent of them."""
    about = (
        select(WebhookDelivery.id)
        .join(FeedEntry, FeedEntry.position == WebhookDelivery.position)
        .join(Mql, Mql.id == FeedEntry.mql_id)
        .where(Mql.lead_id.in_(lead_ids))
    )
    tries = update(WebhookAttempt).where(WebhookAttempt.delivery_id.in_(about))
    session().execute(tries.values(answer="", digest="", headers={}))


def _is_erased(delivery: WebhookDelivery) -> bool:
    """Whether whom it tells of was erased while it was on its way; if not, not before this transaction has ended."""
    about = (
        select(Lead.erased_at)
        .join(Mql, Mql.lead_id == Lead.id)
        .join(FeedEntry, FeedEntry.mql_id == Mql.id)
        .where(FeedEntry.position == delivery.position)
    )
    return session().scalar(about.with_for_update(read=True, of=Lead)) is not None


def _send(delivery: WebhookDelivery, *, at: datetime) -> WebhookDelivery:
    delivery.public_id = public_id()
    delivery.sendings = 1
    delivery.outbox_key = _key(delivery)
    delivery.created_at = at
    session().add(delivery)
    session().flush()
    _enqueue(delivery, at=at)
    return delivery


def _enqueue(delivery: WebhookDelivery, *, at: datetime) -> None:
    lane = outbox.lane_of(MESSAGE, delivery.endpoint_id)
    outbox.enqueue(MESSAGE, key=delivery.outbox_key, at=at, lane=lane, delivery_id=delivery.id)


def _key(delivery: WebhookDelivery) -> str:
    return f"{MESSAGE}:{delivery.public_id}:{delivery.sendings}"


def _text(delivery: WebhookDelivery, zone: ZoneInfo) -> str:
    return json.dumps(_told(delivery, zone), ensure_ascii=False, separators=(",", ":"))


def _told(delivery: WebhookDelivery, zone: ZoneInfo) -> JsonObject:
    """The body: type, timestamp and data, as the specification has them; data is the row of the feed."""
    if delivery.position is None:
        data: JsonObject = {"message": "This is a test. Nothing happened."}
        return {"type": delivery.kind, "timestamp": delivery.created_at.isoformat(), "data": data}
    entry = session().get_one(FeedEntry, delivery.position)
    [row] = rows.build([entry], zone=zone)
    return {"type": entry.kind, "timestamp": entry.at.isoformat(), "data": rows.to_json(row)}


def _logged(
    delivery: WebhookDelivery, message: OutboxMessage, happened_at: datetime | None, mql: Mql | None, lead: Lead | None
) -> Logged:
    is_known = mql is not None and lead is not None and lead.erased_at is None
    return Logged(
        public_id=delivery.public_id,
        kind=delivery.kind,
        happened_at=happened_at or delivery.created_at,
        created_at=delivery.created_at,
        delivered_at=delivery.delivered_at,
        state=message.status,
        tries=message.attempts,
        due_at=message.due_at,
        reason=message.reason or "",
        mql_id=mql.public_id if mql and is_known else "",
        person=lead.full_name or lead.email if lead and is_known else "",
    )
