"""Tables of leads, their addresses, visitors, values, fills, consents, merges and imports, and of quarantined fills."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Computed, Date, ForeignKey, Index, Integer, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, validates

from capture.db import Base, JsonList, JsonObject, Key, PublicId, Ref, Short, enum
from capture.leads import names

_TOLD = text("ours_told_at IS NOT NULL")  # few are
_ERASED = text("erased_at IS NOT NULL")  # few are
_MERGED = text("merged_into_id IS NOT NULL")  # so that nobody looks by it for all the others
_HAS_PHONE = text("phone <> ''")
_NONE = text("false")
_HAS_NAME = text("name_key <> ''")
_LIVING = text("erased_at IS NULL AND merged_into_id IS NULL")  # lists show no others


LEADS_OF_A_BLOCK = 8  # as in the triggers, see migrations
SOUGHT = "lower(email || ' ' || first_name || ' ' || last_name || ' ' || name || ' ' || company)"


class Lead(Base):
    """One person, one normalised e-mail. The fields cache current values; `lead_value` is their history."""

    __tablename__ = "lead"
    __table_args__ = (
        Index(None, "created_at"),
        Index(None, "created_at", "id", sqlite_where=_LIVING, postgresql_where=_LIVING),
        Index(None, "merged_into_id", sqlite_where=_MERGED, postgresql_where=_MERGED),
        Index(None, "ours_told_at", sqlite_where=_TOLD, postgresql_where=_TOLD),
        Index(None, "erased_at", sqlite_where=_ERASED, postgresql_where=_ERASED),
        Index(None, "phone", sqlite_where=_HAS_PHONE, postgresql_where=_HAS_PHONE),
        Index(None, "name_key", sqlite_where=_HAS_NAME, postgresql_where=_HAS_NAME),
        # Parts of words; SQLite looks through `lead_block` instead, and its index is of no row.
        Index(None, "sought", sqlite_where=_NONE, postgresql_using="gin", postgresql_ops={"sought": "gin_trgm_ops"}),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    email: Mapped[Short]
    first_name: Mapped[str] = mapped_column(default="")
    last_name: Mapped[str] = mapped_column(default="")
    name: Mapped[str] = mapped_column(default="")
    name_key: Mapped[str] = mapped_column(default="", server_default="")  # of the full name, see `names.key`
    company: Mapped[str] = mapped_column(default="")
    job_title: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    country: Mapped[str] = mapped_column(default="")  # ISO 3166-1 alpha-2
    company_size: Mapped[str] = mapped_column(default="")
    website: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    verified_at: Mapped[datetime | None]  # the address was proven by a link that only its mailbox had
    first_touch_id: Mapped[Ref | None] = mapped_column(ForeignKey("touch.id"), index=True)
    last_touch_id: Mapped[Ref | None] = mapped_column(ForeignKey("touch.id"))
    disqualified: Mapped[str] = mapped_column(default="")  # why this lead is never handed over; empty: it may be
    is_ours: Mapped[bool] = mapped_column(default=False)  # one of our own people: in no number, see `leads.ours`
    ours_told_at: Mapped[datetime | None]  # when that changed last
    merged_into_id: Mapped[Ref | None] = mapped_column(ForeignKey("lead.id"))
    erased_at: Mapped[datetime | None]
    # What a search looks through; the database writes it, and what is erased leaves it by itself.
    sought: Mapped[str | None] = mapped_column(Computed(SOUGHT), deferred=True)

    @property
    def full_name(self) -> str:
        """The name as one would print it; empty when none is known."""
        return self.name or f"{self.first_name} {self.last_name}".strip()

    @validates("name", "first_name", "last_name")
    def _note_name(self, part: str, value: str) -> str:
        """The key follows whichever part of the name is set."""
        told = {one: getattr(self, one) or "" for one in ("name", "first_name", "last_name")} | {part: value}
        self.name_key = names.key(told["name"] or f"{told['first_name']} {told['last_name']}")
        return value


class LeadBlock(Base):
    """What a search looks through of LEADS_OF_A_BLOCK leads, with a sign between them that no word has.

    On SQLite triggers of `lead` write it, and what is erased leaves it with them: the texts of a few leads are read
    through together three times as fast as each by itself. PostgreSQL keeps nothing here.
    """

    __tablename__ = "lead_block"

    id: Mapped[Key]  # that of a lead, divided
    text: Mapped[str]


class LeadMerge(Base):
    """Two leads proved to be one person: which is kept, by whom, and what moved, so that it can be taken back."""

    __tablename__ = "lead_merge"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    kept_id: Mapped[Ref] = mapped_column(ForeignKey("lead.id"), index=True)
    merged_id: Mapped[Ref] = mapped_column(ForeignKey("lead.id"), index=True)
    note: Mapped[str]  # why, in the words of who did it
    actor: Mapped[Short]  # a staff public id, or "cli"
    at: Mapped[datetime]
    moved: Mapped[JsonObject]  # keys of rows by table, and what stood on the kept lead before
    undone_at: Mapped[datetime | None]


class ExclusionKind(StrEnum):
    STAFF = "staff"
    CUSTOMER = "customer"
    OPEN_DEAL = "open_deal"
    COMPETITOR = "competitor"


class Exclusion(Base):
    """A domain or an address whose people are never handed over; those of the staff are in no number either."""

    __tablename__ = "exclusion"

    id: Mapped[Key]
    kind: Mapped[ExclusionKind] = mapped_column(enum(ExclusionKind, "kind"), index=True)
    pattern: Mapped[Short] = mapped_column(unique=True)  # an address's key, or a domain in ASCII
    owner_id: Mapped[Ref | None] = mapped_column(ForeignKey("staff.id"))  # who hears of a customer or an open deal
    owner_email: Mapped[Short | None]  # where that is somebody without access here
    loaded_at: Mapped[datetime]


class LeadAddress(Base):
    """An address of a lead. The key is NFC, with an IDNA domain, in lower case; dots and plus tags are not folded."""

    __tablename__ = "lead_address"

    id: Mapped[Key]
    address_key: Mapped[Short] = mapped_column(unique=True)
    address: Mapped[Short]
    lead_id: Mapped[Ref] = mapped_column(ForeignKey("lead.id"), index=True)
    is_primary: Mapped[bool] = mapped_column(default=True)
    verified_at: Mapped[datetime | None]


class LeadVisitor(Base):
    """The lead knows its visitors; a visitor belongs to one lead at most.

    `proven_at`: since when it is sure, because a link was used in this browser that only the mailbox had.
    """

    __tablename__ = "lead_visitor"

    id: Mapped[Key]
    visitor_id: Mapped[Ref] = mapped_column(ForeignKey("visitor.id"), unique=True)
    lead_id: Mapped[Ref] = mapped_column(ForeignKey("lead.id"), index=True)
    at: Mapped[datetime]
    proven_at: Mapped[datetime | None]


class Submission(Base):
    """One accepted form fill, never edited."""

    __tablename__ = "submission"
    __table_args__ = (
        UniqueConstraint("page_id", "lead_id", "form_key"),
        Index(None, "lead_id", "at"),
        Index(None, "page_id", "at"),
        Index(None, "touch_id"),
        Index(None, "at"),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    lead_id: Mapped[Ref] = mapped_column(ForeignKey("lead.id"))
    page_id: Mapped[Ref] = mapped_column(ForeignKey("page.id"))
    page_version_id: Mapped[Ref] = mapped_column(ForeignKey("page_version.id"))
    visitor_id: Mapped[Ref | None] = mapped_column(ForeignKey("visitor.id"))
    touch_id: Mapped[Ref | None] = mapped_column(ForeignKey("touch.id"))
    variant_id: Mapped[Ref | None] = mapped_column(ForeignKey("variant.id"))  # that was shown; None: the page itself
    form_key: Mapped[Short]
    answers: Mapped[JsonObject]  # by stable field key
    at: Mapped[datetime]


CHANGED = text("before IS NOT NULL")


class LeadValue(Base):
    """What was said about a lead, and when. Append-only."""

    __tablename__ = "lead_value"
    __table_args__ = (
        Index(None, "lead_id", "key"),
        # What people were once, which a replay of history asks.
        Index("ix_lead_value_changes", "lead_id", "key", "at", sqlite_where=CHANGED, postgresql_where=CHANGED),
    )

    id: Mapped[Key]
    lead_id: Mapped[Ref] = mapped_column(ForeignKey("lead.id"))
    key: Mapped[Short]
    value: Mapped[str]
    verified: Mapped[bool] = mapped_column(default=False)  # proven, or corrected by the house
    submission_id: Mapped[Ref | None] = mapped_column(ForeignKey("submission.id"))
    import_id: Mapped[Ref | None] = mapped_column(ForeignKey("lead_import.id"))
    corrected_by: Mapped[Short | None]  # the public id of whoever corrected it in the studio
    at: Mapped[datetime]
    before: Mapped[str | None]  # what stood on the lead until then; none where it began with this, or nothing changed


class ConsentAction(StrEnum):
    GIVEN = "given"
    WITHDRAWN = "withdrawn"


class Consent(Base):
    """What was agreed or withdrawn: purpose, exact wording, page and time. Append-only."""

    __tablename__ = "consent"
    __table_args__ = (Index(None, "lead_id", "purpose", "at"),)

    id: Mapped[Key]
    lead_id: Mapped[Ref] = mapped_column(ForeignKey("lead.id"))
    purpose: Mapped[Short]  # marketing_email, marketing_phone, tracking
    action: Mapped[ConsentAction] = mapped_column(enum(ConsentAction, "action"))
    wording: Mapped[str]
    wording_digest: Mapped[str] = mapped_column(String(64))
    page_version_id: Mapped[Ref | None] = mapped_column(ForeignKey("page_version.id"))
    submission_id: Mapped[Ref | None] = mapped_column(ForeignKey("submission.id"))
    import_id: Mapped[Ref | None] = mapped_column(ForeignKey("lead_import.id"))
    at: Mapped[datetime]


class QuarantinedFill(Base):
    """A fill that waits because something about it looks like a machine. Nobody is a lead by it yet."""

    __tablename__ = "quarantined_fill"
    __table_args__ = (Index(None, "at"),)

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    page_id: Mapped[Ref] = mapped_column(ForeignKey("page.id"))
    page_version_id: Mapped[Ref] = mapped_column(ForeignKey("page_version.id"))
    visitor_id: Mapped[Ref | None] = mapped_column(ForeignKey("visitor.id"))
    touch_id: Mapped[Ref | None] = mapped_column(ForeignKey("touch.id"))
    variant_id: Mapped[Ref | None] = mapped_column(ForeignKey("variant.id"))  # that was shown; None: the page itself
    form_key: Mapped[Short] = mapped_column(unique=True)
    email: Mapped[Short]
    answers: Mapped[JsonObject]
    reason: Mapped[str]
    at: Mapped[datetime]
    released_at: Mapped[datetime | None]


class ImportState(StrEnum):
    LOOKED_AT = "looked_at"  # the file lies here; nobody is a lead by it yet
    RUNNING = "running"
    DONE = "done"
    LEAVING = "leaving"  # it is being taken back
    UNDONE = "undone"


class LeadImport(Base):
    """A list of people from elsewhere: its columns, what a person said of it, and what became of its rows."""

    __tablename__ = "lead_import"
    __table_args__ = (Index(None, "header_key"),)

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    name: Mapped[Short]
    headers: Mapped[JsonList]
    header_key: Mapped[str] = mapped_column(String(64))
    mapping: Mapped[JsonList]  # what each column means, in the order of the headers
    campaign: Mapped[Short] = mapped_column(default="")
    met_on: Mapped[date | None] = mapped_column(Date)
    touch_id: Mapped[Ref | None] = mapped_column(ForeignKey("touch.id"))  # how its people came, see `meetings`
    basis: Mapped[Short] = mapped_column(default="")
    wording: Mapped[str] = mapped_column(default="")
    state: Mapped[ImportState] = mapped_column(enum(ImportState, "state"))
    rows: Mapped[int] = mapped_column(Integer)
    made: Mapped[int] = mapped_column(Integer, default=0)
    known: Mapped[int] = mapped_column(Integer, default=0)
    refused: Mapped[int] = mapped_column(Integer, default=0)
    odd_phones: Mapped[int] = mapped_column(Integer, default=0)  # telephone numbers that are kept as they are written
    kept: Mapped[int] = mapped_column(Integer, default=0)  # leads that it made and that stayed when it was undone
    created_at: Mapped[datetime]
    created_by: Mapped[Short]
    done_at: Mapped[datetime | None]
    released_at: Mapped[datetime | None]
    release: Mapped[Short] = mapped_column(default="")  # what was chosen then


class LeadImportRow(Base):
    """A row of a list, until it is somebody: then only whom it made or added to is kept."""

    __tablename__ = "lead_import_row"
    __table_args__ = (UniqueConstraint("import_id", "number"), UniqueConstraint("import_id", "lead_id"))

    id: Mapped[Key]
    import_id: Mapped[Ref] = mapped_column(ForeignKey("lead_import.id"))
    number: Mapped[int] = mapped_column(Integer)  # its line in the file
    cells: Mapped[JsonList]
    lead_id: Mapped[Ref | None] = mapped_column(ForeignKey("lead.id"), index=True)
    made: Mapped[bool] = mapped_column(default=False)  # whether the lead is new by it
    reason: Mapped[str] = mapped_column(default="")  # why it was refused
