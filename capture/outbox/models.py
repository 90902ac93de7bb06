"""The table of outbox messages."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from capture.db import Base, JsonObject, Key, Short, enum


class Status(StrEnum):
    WAITING = "waiting"
    CLAIMED = "claimed"
    DONE = "done"
    PARKED = "parked"  # will never succeed by itself; `reason` says why


class OutboxMessage(Base):
    """What must be said outside after a commit. Stores fields, never rendered bytes."""

    __tablename__ = "outbox_message"
    __table_args__ = (Index("ix_outbox_message_ready", "status", "lane", "due_at"),)

    id: Mapped[Key]
    kind: Mapped[Short]
    lane: Mapped[Short]  # a slow receiver delays only its own lane
    idempotency_key: Mapped[Short] = mapped_column(unique=True)
    payload: Mapped[JsonObject]
    status: Mapped[Status] = mapped_column(enum(Status, "status"), default=Status.WAITING)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    claimed_by: Mapped[Short | None]
    claimed_until: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    reason: Mapped[str | None]
