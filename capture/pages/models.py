"""Tables of landing pages, the slugs they own, and their immutable versions."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from capture.db import Base, JsonObject, Key, PublicId, Ref, Short, enum


class PageStatus(StrEnum):
    LIVE = "live"
    CLOSED = "closed"


class Page(Base):
    """A gated page. It owns its slug and the slugs it had."""

    __tablename__ = "page"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    slug: Mapped[Short] = mapped_column(unique=True)
    magnet_id: Mapped[Ref] = mapped_column(ForeignKey("magnet.id"))
    status: Mapped[PageStatus] = mapped_column(enum(PageStatus, "status"), default=PageStatus.LIVE)
    live_version: Mapped[int] = mapped_column(Integer)  # the PageVersion.number that visitors see
    opens_at: Mapped[datetime | None]  # see capture.pages.opening.Window
    closes_at: Mapped[datetime | None]
    opening_to_tell: Mapped[datetime | None]  # an opening that its owner is to be told of
    farewell: Mapped[str] = mapped_column(Text, default="", server_default="")  # said while it takes no fills
    leads_to: Mapped[str] = mapped_column(String(22), default="", server_default="")  # public id of the page to go to
    owner: Mapped[Short] = mapped_column(default="", server_default="")  # public id of staff
    language: Mapped[Short] = mapped_column(default="en", server_default="en")  # of the version that visitors see
    translation_of: Mapped[Short] = mapped_column(default="", server_default="", index=True)  # slug of a magnet
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class InstallationBrand(Base):
    """The brand that new drafts begin with, in one row or none: as a magnet.toml has it, and its logo by path."""

    __tablename__ = "installation_brand"

    id: Mapped[Key]
    definition: Mapped[JsonObject]
    files: Mapped[JsonObject]
    changed_at: Mapped[datetime]
    changed_by: Mapped[Short]  # a staff public id, or "cli"


class PageSlug(Base):
    """A slug that a page had; it redirects."""

    __tablename__ = "page_slug"

    id: Mapped[Key]
    slug: Mapped[Short] = mapped_column(unique=True)
    page_id: Mapped[Ref] = mapped_column(ForeignKey("page.id"))


class PageVersion(Base):
    """Copy, form and consent wording as they stood; never changed."""

    __tablename__ = "page_version"
    __table_args__ = (UniqueConstraint("page_id", "number"),)

    id: Mapped[Key]
    page_id: Mapped[Ref] = mapped_column(ForeignKey("page.id"))
    number: Mapped[int] = mapped_column(Integer)
    digest: Mapped[str] = mapped_column(String(64))
    definition: Mapped[JsonObject]  # see capture.pages.definition
    created_at: Mapped[datetime]


class Experiment(Base):
    """Variants of a page against each other. Once it has started, neither they nor their weights change."""

    __tablename__ = "experiment"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    page_id: Mapped[Ref] = mapped_column(ForeignKey("page.id"), index=True)
    running_on: Mapped[Ref | None] = mapped_column(ForeignKey("page.id"), unique=True)  # its page, while it goes on
    key: Mapped[PublicId]  # see capture.pages.variants.Running.of
    created_at: Mapped[datetime]
    created_by: Mapped[Short]  # public id of staff
    start_asked_at: Mapped[datetime | None]  # it starts with the last of its covers
    start_asked_by: Mapped[Short] = mapped_column(default="", server_default="")  # public id of staff
    started_at: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None]
    taken_over: Mapped[str] = mapped_column(String(1), default="")  # the letter of the variant that the page became


class Variant(Base):
    """One version of a page in an experiment: what it says otherwise, and its share of the visitors."""

    __tablename__ = "variant"
    __table_args__ = (UniqueConstraint("experiment_id", "letter"),)

    id: Mapped[Key]
    experiment_id: Mapped[Ref] = mapped_column(ForeignKey("experiment.id"))
    letter: Mapped[str] = mapped_column(String(1))
    weight: Mapped[int] = mapped_column(Integer)
    overrides: Mapped[JsonObject]  # see capture.pages.variants.Overrides
