"""Tables of visitors and their touches."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Date, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from capture.db import Base, JsonObject, Key, PublicId, Ref, Short, enum


class Visitor(Base):
    """Someone not yet met: a first-party cookie, no personal data. Only the SHA-256 of the cookie is kept."""

    __tablename__ = "visitor"

    id: Mapped[Key]
    cookie_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]


_BY_LINK = text("link_id IS NOT NULL")


class Touch(Base):
    """One arrival with its attribution. Append-only; the raw query is kept."""

    __tablename__ = "touch"
    __table_args__ = (
        Index(None, "visitor_id", "at"),
        Index(None, "at"),
        Index(None, "channel"),
        Index(None, "source"),
        Index(None, "campaign", "at"),
        Index(None, "link_id", sqlite_where=_BY_LINK, postgresql_where=_BY_LINK),
    )

    id: Mapped[Key]
    visitor_id: Mapped[Ref | None] = mapped_column(ForeignKey("visitor.id"))
    at: Mapped[datetime]
    page_id: Mapped[Ref | None] = mapped_column(ForeignKey("page.id"))
    link_id: Mapped[Ref | None] = mapped_column(ForeignKey("kept_link.id"))
    landing_path: Mapped[str]
    raw_query: Mapped[str]
    referrer: Mapped[str]
    source: Mapped[Short]
    medium: Mapped[Short]
    campaign: Mapped[Short]
    named_by: Mapped[Short] = mapped_column(default="", server_default="")  # what else names the campaign
    term: Mapped[Short]
    content: Mapped[Short]
    channel: Mapped[Short]
    click_ids: Mapped[JsonObject]
    unfilled: Mapped[str] = mapped_column(default="", server_default="")  # macros that came instead of values, in lines
    device: Mapped[Short]  # "phone", "tablet", "desktop" or "machine"


class Exposure(Base):
    """A visitor was shown a variant: once in an experiment, and for good."""

    __tablename__ = "exposure"
    __table_args__ = (UniqueConstraint("experiment_id", "visitor_id"), Index(None, "visitor_id"))

    id: Mapped[Key]
    experiment_id: Mapped[Ref] = mapped_column(ForeignKey("experiment.id"))
    variant_id: Mapped[Ref] = mapped_column(ForeignKey("variant.id"))
    visitor_id: Mapped[Ref] = mapped_column(ForeignKey("visitor.id"))
    at: Mapped[datetime]
    filled_at: Mapped[datetime | None]  # the first fill after it


class Campaign(Base):
    """The marketer's campaign. Raw values of touches stay as they came; aliases say which of them belong to it."""

    __tablename__ = "campaign"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    name: Mapped[Short] = mapped_column(unique=True)
    budget: Mapped[int | None] = mapped_column(BigInteger)  # in minor units of the reports' currency
    begins: Mapped[date | None] = mapped_column(Date)
    ends: Mapped[date | None] = mapped_column(Date)
    created_at: Mapped[datetime]


class CampaignAlias(Base):
    """A pattern of raw campaign values, in lower case, with * for anything; it belongs to one campaign."""

    __tablename__ = "campaign_alias"

    id: Mapped[Key]
    campaign_id: Mapped[Ref] = mapped_column(ForeignKey("campaign.id"), index=True)
    pattern: Mapped[Short] = mapped_column(unique=True)


class LeftAside(Base):
    """A value that nobody needs to decide about: until it is taken back, or until it comes again after a day."""

    __tablename__ = "left_aside"
    __table_args__ = (UniqueConstraint("parameter", "value"),)

    id: Mapped[Key]
    parameter: Mapped[Short]  # where it stood: utm_campaign, utm_content, or ID for any that carries a platform's id
    value: Mapped[Short]  # as patterns are compared
    after: Mapped[date | None] = mapped_column(Date)  # the last day on which it is left aside
    by: Mapped[Short]
    at: Mapped[datetime]


class KeptLink(Base):
    """Where a page is handed out: its UTM values, under a name. What its visits carry stays as it was given out."""

    __tablename__ = "kept_link"
    __table_args__ = (UniqueConstraint("page_id", "source", "medium", "campaign", "content", "term"),)

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    page_id: Mapped[Ref] = mapped_column(ForeignKey("page.id"))
    name: Mapped[Short]
    source: Mapped[Short]
    medium: Mapped[Short]
    campaign: Mapped[Short]
    content: Mapped[Short]
    term: Mapped[Short]
    made_by: Mapped[Short]
    made_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]


class WordKind(StrEnum):
    """What a word stands for. A channel is a source and a medium under a name."""

    SOURCE = "source"
    MEDIUM = "medium"
    CONTENT = "content"
    TERM = "term"
    CHANNEL = "channel"


class Word(Base):
    """A word that the team uses in its links; of a channel, its name with a source and a medium."""

    __tablename__ = "word"
    __table_args__ = (UniqueConstraint("kind", "word"),)

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    kind: Mapped[WordKind] = mapped_column(enum(WordKind, "kind"))
    word: Mapped[Short]
    source: Mapped[Short]
    medium: Mapped[Short]
