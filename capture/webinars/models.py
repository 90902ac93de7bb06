"""Tables of webinar sessions and registrations."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from capture.db import Base, JsonList, Key, PublicId, Ref, Short, enum


class SessionStatus(StrEnum):
    SCHEDULED = "scheduled"
    CANCELLED = "cancelled"


class WebinarSession(Base):
    """One date of a webinar. `sequence` rises with every change that invitations must follow (RFC 5545)."""

    __tablename__ = "webinar_session"

    id: Mapped[Key]
    public_id: Mapped[PublicId]  # the UID of the invitation begins with it
    magnet_id: Mapped[Ref] = mapped_column(ForeignKey("magnet.id"), unique=True)
    title: Mapped[str]
    summary: Mapped[str]
    starts_at: Mapped[datetime]
    zone: Mapped[Short]
    minutes: Mapped[int] = mapped_column(Integer)
    seats: Mapped[int] = mapped_column(Integer)
    room_url: Mapped[str]
    replay_url: Mapped[str]
    speakers: Mapped[JsonList]
    agenda: Mapped[JsonList]
    status: Mapped[SessionStatus] = mapped_column(enum(SessionStatus, "status"), default=SessionStatus.SCHEDULED)
    sequence: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class Registration(Base):
    """A lead's seat in a session."""

    __tablename__ = "registration"
    __table_args__ = (UniqueConstraint("session_id", "lead_id"),)

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    token: Mapped[str] = mapped_column(String(22), unique=True)  # of the personal join link
    session_id: Mapped[Ref] = mapped_column(ForeignKey("webinar_session.id"))
    lead_id: Mapped[Ref] = mapped_column(ForeignKey("lead.id"), index=True)
    submission_id: Mapped[Ref] = mapped_column(ForeignKey("submission.id"))
    registered_at: Mapped[datetime]
    attended_at: Mapped[datetime | None]
    replayed_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
