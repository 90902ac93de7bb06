"""The table of engagement events."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from capture.db import Base, JsonObject, Key, PublicId, Ref, Short, enum


class EventKind(StrEnum):
    """What happened, in the past tense."""

    PAGE_VIEWED = "page_viewed"
    FORM_SUBMITTED = "form_submitted"
    MAGNET_DOWNLOADED = "magnet_downloaded"
    LINK_FOLLOWED = "link_followed"
    LINK_FORWARDED = "link_forwarded"
    ADDRESS_CONFIRMED = "address_confirmed"
    WEBINAR_REGISTERED = "webinar_registered"
    WEBINAR_ATTENDED = "webinar_attended"
    WEBINAR_REPLAYED = "webinar_replayed"
    CONTACT_REQUESTED = "contact_requested"
    CONTACT_WITHDRAWN = "contact_withdrawn"
    MET_IN_PERSON = "met_in_person"  # a list of people from elsewhere says so


class Verdict(StrEnum):
    HUMAN = "human"
    MACHINE = "machine"
    UNPROVEN = "unproven"


DOWNLOADS = text("kind = 'magnet_downloaded'")  # have an index, by which a question with these very words is answered


class EngagementEvent(Base):
    """Something a lead, or a visitor who may become one, did. Only human events score."""

    __tablename__ = "engagement_event"
    __table_args__ = (
        # All that scoring looks at, in its order: a replay of history reads this index alone, and sorts nothing.
        Index(
            "ix_engagement_event_replay",
            *("lead_id", "at", "id", "kind", "verdict", "page_id", "magnet_id", "visitor_id"),
        ),
        Index(None, "visitor_id", "at"),
        # All that is asked when a page's visitors are counted.
        Index(None, "page_id", "kind", "at", "visitor_id", "verdict", "lead_id"),
        Index(
            None,
            "magnet_id",
            "at",
            "verdict",
            "lead_id",
            "visitor_id",
            sqlite_where=DOWNLOADS,
            postgresql_where=DOWNLOADS,
        ),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    kind: Mapped[EventKind] = mapped_column(enum(EventKind, "kind"))
    at: Mapped[datetime]
    visitor_id: Mapped[Ref | None] = mapped_column(ForeignKey("visitor.id"))
    lead_id: Mapped[Ref | None] = mapped_column(ForeignKey("lead.id"))
    page_id: Mapped[Ref | None] = mapped_column(ForeignKey("page.id"))
    magnet_id: Mapped[Ref | None] = mapped_column(ForeignKey("magnet.id"))
    detail: Mapped[JsonObject] = mapped_column(default=dict)
    verdict: Mapped[Verdict] = mapped_column(enum(Verdict, "verdict"))
    reason: Mapped[str]  # why the verdict, in words
    dedupe_key: Mapped[Short | None] = mapped_column(unique=True)


class FormStart(Base):
    """A form that somebody began: by which way, the field answered last, and whether it was sent; not who it was."""

    __tablename__ = "form_start"
    __table_args__ = (Index(None, "page_id", "at"),)

    id: Mapped[Key]
    form_key: Mapped[Short] = mapped_column(unique=True)  # of the form as it was shown
    page_id: Mapped[Ref] = mapped_column(ForeignKey("page.id"))
    field: Mapped[Short]
    at: Mapped[datetime]  # when it was begun
    channel: Mapped[Short] = mapped_column(default="", server_default="")
    source: Mapped[Short] = mapped_column(default="", server_default="")
    campaign: Mapped[Short] = mapped_column(default="", server_default="")
    is_sent: Mapped[bool] = mapped_column(default=False)
