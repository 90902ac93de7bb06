"""Tables of magnets and their editions."""

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from capture.db import Base, JsonList, Key, PublicId, Ref, Short, enum
from magnets.definition import LinkPolicy, MagnetKind

__all__ = ["Edition", "LinkPolicy", "Magnet", "MagnetKind"]


class Magnet(Base):
    """What is given for the answers."""

    __tablename__ = "magnet"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    slug: Mapped[Short] = mapped_column(unique=True)
    kind: Mapped[MagnetKind] = mapped_column(enum(MagnetKind, "kind"))
    created_at: Mapped[datetime]


class Edition(Base):
    """One published, immutable version of a magnet. A webinar's edition has no document."""

    __tablename__ = "edition"
    __table_args__ = (UniqueConstraint("magnet_id", "number"),)

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    magnet_id: Mapped[Ref] = mapped_column(ForeignKey("magnet.id"))
    number: Mapped[int] = mapped_column(Integer)
    bundle_digest: Mapped[str] = mapped_column(String(64))
    title: Mapped[str]
    subtitle: Mapped[str]
    summary: Mapped[str]
    authors: Mapped[JsonList]  # [{"name", "role"}]
    language: Mapped[Short]
    document: Mapped[str | None] = mapped_column(String(64))  # SHA-256 of the prepared PDF in the store
    document_bytes: Mapped[int] = mapped_column(Integer, default=0)
    pages: Mapped[int] = mapped_column(Integer, default=0)
    words: Mapped[int] = mapped_column(Integer, default=0)
    minutes: Mapped[int] = mapped_column(Integer, default=0)
    contents: Mapped[JsonList]  # [{"title", "level", "page", "minutes"}]
    pictures: Mapped[JsonList]  # [{"page", "width", "height", "sha"}], page 1 is the cover
    personalised: Mapped[bool] = mapped_column(default=True)
    link_policy: Mapped[LinkPolicy] = mapped_column(enum(LinkPolicy, "link_policy"))
    published_at: Mapped[datetime]
