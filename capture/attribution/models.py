"""Tables of visitors and their touches."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from capture.db import Base, JsonObject, Key, Ref, Short


class Visitor(Base):
    """Someone not yet met: a first-party cookie, no personal data. Only the SHA-256 of the cookie is kept."""

    __tablename__ = "visitor"

    id: Mapped[Key]
    cookie_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]


class Touch(Base):
    """One arrival with its attribution. Append-only; the raw query is kept."""

    __tablename__ = "touch"
    __table_args__ = (Index(None, "visitor_id", "at"),)

    id: Mapped[Key]
    visitor_id: Mapped[Ref | None] = mapped_column(ForeignKey("visitor.id"))
    at: Mapped[datetime]
    page_id: Mapped[Ref | None] = mapped_column(ForeignKey("page.id"))
    landing_path: Mapped[str]
    raw_query: Mapped[str]
    referrer: Mapped[str]
    source: Mapped[Short]
    medium: Mapped[Short]
    campaign: Mapped[Short]
    term: Mapped[Short]
    content: Mapped[Short]
    channel: Mapped[Short]
    click_ids: Mapped[JsonObject]
    device: Mapped[Short]  # "phone", "tablet", "desktop" or "machine"
