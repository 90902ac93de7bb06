"""Tables of webhook endpoints, what each is to be told, and every try to tell it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from capture.db import Base, JsonList, JsonObject, Key, PublicId, Ref, Short, enum


class EndpointState(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"  # a person stopped it
    GONE = "gone"  # it answered 410: it wants nothing more


class WebhookEndpoint(Base):
    """An address of another system, and which events it is told of.

    Secrets are kept as they are, since each message is signed with them; previous ones sign too until their time.
    """

    __tablename__ = "webhook_endpoint"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    url: Mapped[str]
    name: Mapped[Short]
    kinds: Mapped[JsonList]  # kinds of feed entries
    secret: Mapped[Short]
    previous_secret: Mapped[Short | None]  # or several, the newest first, with spaces between
    previous_until: Mapped[datetime | None]
    state: Mapped[EndpointState] = mapped_column(enum(EndpointState, "state"), default=EndpointState.ACTIVE)
    state_since: Mapped[datetime]
    reached_at: Mapped[datetime | None]  # when something was taken last
    failures: Mapped[int] = mapped_column(Integer, default=0)  # tries since then, all in vain
    created_at: Mapped[datetime]


class WebhookDelivery(Base):
    """One event for one endpoint. Its id goes along with every try, so that a receiver takes it once.

    Nothing of the body is kept: it is built from the feed at each try. `outbox_key` names the message of the outbox
    that knows whether it is waiting, done or given up.
    """

    __tablename__ = "webhook_delivery"
    __table_args__ = (UniqueConstraint("endpoint_id", "position"), Index(None, "endpoint_id", "id"))

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    endpoint_id: Mapped[Ref] = mapped_column(ForeignKey("webhook_endpoint.id"))
    kind: Mapped[Short]
    position: Mapped[int | None] = mapped_column(  # in the feed; none for a test
        BigInteger().with_variant(Integer(), "sqlite"), ForeignKey("feed_entry.position"), index=True
    )
    sendings: Mapped[int] = mapped_column(Integer, default=1)  # how often a person or the product asked for it
    outbox_key: Mapped[Short] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]


class WebhookAttempt(Base):
    """One try: what was sent along, and what came back. Append-only, but for what a receiver echoes of a person."""

    __tablename__ = "webhook_attempt"

    id: Mapped[Key]
    delivery_id: Mapped[Ref] = mapped_column(ForeignKey("webhook_delivery.id"), index=True)
    at: Mapped[datetime]
    headers: Mapped[JsonObject]
    bytes: Mapped[int] = mapped_column(Integer)  # of the body
    digest: Mapped[Short]  # SHA-256 of the body in hex
    status: Mapped[int | None] = mapped_column(Integer)  # none where nobody answered
    answer: Mapped[str]  # the first bytes of the answer, or why there was none
    milliseconds: Mapped[int | None] = mapped_column(Integer)
