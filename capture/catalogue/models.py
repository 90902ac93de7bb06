"""Tables of magnets, their drafts and their editions."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Integer, LargeBinary, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from capture.db import Base, JsonList, JsonObject, Key, PublicId, Ref, Short, enum
from magnets.definition import LinkPolicy, MagnetKind

__all__ = [
    "Draft",
    "DraftVersion",
    "Edition",
    "LinkPolicy",
    "Magnet",
    "MagnetKind",
    "Proof",
    "ProofPage",
    "Publication",
    "PublicationState",
]


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
    corrects: Mapped[int | None] = mapped_column(Integer)  # the number of the edition that it stands in for
    keeps_earlier: Mapped[bool | None]  # links given before stay where they were; None: as each was promised
    published_at: Mapped[datetime]


class Draft(Base):
    """A bundle that is being written in the studio. `files` maps its paths to hashes in the store.

    `revision` rises with every save. Kind, slug, title and `translation_of` are those of its magnet.toml, for lists.
    """

    __tablename__ = "draft"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    slug: Mapped[Short] = mapped_column(unique=True)
    kind: Mapped[MagnetKind] = mapped_column(enum(MagnetKind, "kind"))
    title: Mapped[str]
    revision: Mapped[int] = mapped_column(Integer)
    files: Mapped[JsonObject]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime] = mapped_column(index=True)
    changed_by: Mapped[Short]  # a staff public id, or "cli"
    translation_of: Mapped[Short] = mapped_column(default="", server_default="", index=True)  # slug of a magnet


class DraftVersion(Base):
    """A draft as it stood after a save; saves of one person in one place within some minutes are one version."""

    __tablename__ = "draft_version"
    __table_args__ = (UniqueConstraint("draft_id", "revision"),)

    id: Mapped[Key]
    draft_id: Mapped[Ref] = mapped_column(ForeignKey("draft.id"))
    revision: Mapped[int] = mapped_column(Integer)
    files: Mapped[JsonObject]
    what: Mapped[Short]
    author: Mapped[Short]
    at: Mapped[datetime]


class PublicationState(StrEnum):
    WAITING = "waiting"
    WORKING = "working"
    LIVE = "live"
    STOPPED = "stopped"


class Publication(Base):
    """One press of the publish button: the files as they stood then, how far it is, and what came of it."""

    __tablename__ = "publication"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    draft_id: Mapped[Ref] = mapped_column(ForeignKey("draft.id"), index=True)
    files: Mapped[JsonObject]
    asked_by: Mapped[Short]
    asked_at: Mapped[datetime]
    is_correction: Mapped[bool] = mapped_column(default=False, server_default=false())
    keeps_earlier: Mapped[bool | None]  # of a new edition: see Edition
    due_at: Mapped[datetime | None]  # when it goes to the press; None: at once
    opens_at: Mapped[datetime | None]  # with both None, the page keeps the times that it has
    closes_at: Mapped[datetime | None]
    state: Mapped[PublicationState] = mapped_column(enum(PublicationState, "state"), default=PublicationState.WAITING)
    stage: Mapped[Short] = mapped_column(default="")
    done: Mapped[int] = mapped_column(Integer, default=0)
    total: Mapped[int] = mapped_column(Integer, default=0)  # pages; 0 while not known
    faults: Mapped[JsonList] = mapped_column(default=list)
    slug: Mapped[Short] = mapped_column(default="")  # of the page, once it is live
    edition: Mapped[int] = mapped_column(Integer, default=0)
    finished_at: Mapped[datetime | None]


class Proof(Base):
    """A part of a document as pages to look at; kept for an hour, since every pause in writing makes one.

    What came of the whole is kept for a month: the check knows by it whether the document can be set.

    `key` names exactly what is set: the same files, and the same part of them, are set once.
    """

    __tablename__ = "proof"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    draft_id: Mapped[Ref | None] = mapped_column(ForeignKey("draft.id"), index=True)  # None: of no draft, a specimen
    key: Mapped[str] = mapped_column(String(64), unique=True)
    part: Mapped[Short]  # the path of a chapter, or one of capture.catalogue.proofs.PARTS
    files: Mapped[JsonObject]
    pages: Mapped[JsonList] = mapped_column(default=list)  # [{"sha", "width", "height"}]
    count: Mapped[int] = mapped_column(Integer, default=0)  # pages in all; of the whole document only some are drawn
    fault: Mapped[str] = mapped_column(default="")
    complaints: Mapped[JsonList] = mapped_column(default=list)  # what the renderer had to say of what it set
    asked_at: Mapped[datetime] = mapped_column(index=True)
    finished_at: Mapped[datetime | None]


class ProofPage(Base):
    """The picture of a page of a proof. Pages of a draft that stay as they were are one row for many proofs."""

    __tablename__ = "proof_page"
    __table_args__ = (UniqueConstraint("draft_id", "sha"),)

    id: Mapped[Key]
    draft_id: Mapped[Ref | None] = mapped_column(ForeignKey("draft.id"))
    sha: Mapped[str] = mapped_column(String(64))
    webp: Mapped[bytes] = mapped_column(LargeBinary)
    used_at: Mapped[datetime] = mapped_column(index=True)
