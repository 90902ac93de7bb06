"""Tables of MQLs and the sales feed."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from capture.db import Base, JsonList, JsonObject, Key, PublicId, Ref, Short, enum
from capture.handoff.dates import DateOrder


class Reason(StrEnum):
    SCORE = "score"  # fit and engagement both reached their thresholds
    HAND_RAISED = "hand_raised"  # the person asked to be contacted


HAND_RAISED, BY_SCORE = 1, 2  # priorities: 1 comes first


class Outcome(StrEnum):
    """What sales decided. No answer is no outcome: it is never taken for a yes."""

    ACCEPTED = "accepted"
    QUALIFIED = "qualified"  # an SQL
    OPPORTUNITY = "opportunity"
    WON = "won"
    LOST = "lost"
    REJECTED = "rejected"  # with a reason
    RECYCLED = "recycled"  # back to marketing


class Follows(StrEnum):
    """Whether a lead that sales gave back may be handed over again."""

    NEVER = "never"
    LATER = "later"  # after so many days, and only with something that the person did since
    MEND = "mend"  # once something that we know of the person has been corrected


class Source(StrEnum):
    """By which way a disposition came."""

    STUDIO = "studio"
    API = "api"
    REPORT = "report"  # a file of outcomes out of the CRM
    PRODUCT = "product"


class Mql(Base):
    """The fact that a lead qualified: when, at what scores, under which rules, for whom and by when."""

    __tablename__ = "mql"
    __table_args__ = (
        UniqueConstraint("lead_id", "cycle"),
        Index(None, "qualified_at"),
        Index(None, "outcome_at"),
        Index(None, "passed_at"),
        Index(None, "outcome", "owner_id", "priority", "due_at"),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    lead_id: Mapped[Ref] = mapped_column(ForeignKey("lead.id"))
    cycle: Mapped[int] = mapped_column(Integer, default=1)
    reason: Mapped[Reason] = mapped_column(enum(Reason, "reason"))
    priority: Mapped[int] = mapped_column(Integer)  # HAND_RAISED or BY_SCORE
    fit: Mapped[int] = mapped_column(Integer)  # at qualification, rounded down
    engagement: Mapped[int] = mapped_column(Integer)
    fit_threshold: Mapped[int] = mapped_column(Integer)
    engagement_threshold: Mapped[int] = mapped_column(Integer)
    rule_version: Mapped[int] = mapped_column(Integer)
    explanation: Mapped[JsonList]  # the ledger in words at qualification: [{"axis", "points", "because", "at"}]
    submission_id: Mapped[Ref | None] = mapped_column(ForeignKey("submission.id"))
    owner_id: Mapped[Ref | None] = mapped_column(ForeignKey("staff.id"))
    routed_by: Mapped[str] = mapped_column(default="")  # why it is the owner's, in words
    late_ids: Mapped[JsonList] = mapped_column(default=list)  # staff who had it and let the time pass
    qualified_at: Mapped[datetime]
    passed_at: Mapped[datetime | None]  # when its present owner got it from another; none: he had it first
    due_at: Mapped[datetime]  # by when its present owner is to answer
    promised_at: Mapped[datetime]  # by when sales was to answer first; another owner does not put it off
    remind_at: Mapped[datetime | None]  # when somebody looks at it before `due_at`, and after; none: nobody will
    escalated_at: Mapped[datetime | None]  # when nobody had answered by `due_at`
    escalations: Mapped[int] = mapped_column(Integer, default=0)
    answered_at: Mapped[datetime | None]  # when sales answered first, whatever it said
    # The newest disposition, kept here too, so that an inbox is one index range.
    outcome: Mapped[Outcome | None] = mapped_column(enum(Outcome, "outcome"))
    outcome_at: Mapped[datetime | None]
    crm_id: Mapped[Short | None]  # the CRM's own id of the record that it made of this MQL
    continues_id: Mapped[Ref | None]  # the key of the MQL in which it goes on, of the same person


class Disposition(Base):
    """What sales decided about an MQL: who, when, by which way. Append-only: a later one stands, none goes."""

    __tablename__ = "disposition"
    __table_args__ = (
        Index(None, "mql_id", "id"),
        Index(None, "recorded_at"),
        CheckConstraint("(value IS NULL) = (currency IS NULL)", name="money"),
        CheckConstraint("(outcome = 'rejected') = (reason IS NOT NULL)", name="reason"),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    mql_id: Mapped[Ref] = mapped_column(ForeignKey("mql.id"))
    outcome: Mapped[Outcome] = mapped_column(enum(Outcome, "outcome"))
    reason: Mapped[Short | None]  # a key of the list of reasons, with REJECTED alone
    wrong: Mapped[Short | None]  # which data are wrong, a name of `wrong.WORDS`, with MEND; none: it was not said
    follows: Mapped[Follows | None] = mapped_column(enum(Follows, "follows"))  # as promised when it was recorded
    follows_days: Mapped[int | None] = mapped_column(Integer)  # with LATER
    value: Mapped[int | None] = mapped_column(BigInteger)  # in minor units of the currency
    currency: Mapped[str | None] = mapped_column(String(3))  # ISO 4217
    note: Mapped[str] = mapped_column(default="")
    crm_id: Mapped[Short | None]
    actor: Mapped[Short]  # a staff public id, "cli", or "token:" and a token's public id
    source: Mapped[Source] = mapped_column(enum(Source, "source"))
    at: Mapped[datetime]  # when it was decided
    recorded_at: Mapped[datetime]  # when we heard of it
    dedupe_key: Mapped[Short | None] = mapped_column(unique=True)


class FeedEntry(Base):
    """One row of the sales feed. Commit order is position order."""

    __tablename__ = "feed_entry"
    __table_args__ = (Index(None, "dedupe_key", unique=True),)

    position: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False
    )
    kind: Mapped[Short]  # a key of capture/handoff/kinds.py
    mql_id: Mapped[Ref] = mapped_column(ForeignKey("mql.id"), index=True)
    at: Mapped[datetime]
    dedupe_key: Mapped[Short | None]


class FeedCounter(Base):
    """The one row from which positions are taken, as the last statement of a handoff's transaction."""

    __tablename__ = "feed_counter"

    id: Mapped[Key]
    position: Mapped[int] = mapped_column(BigInteger().with_variant(Integer(), "sqlite"), default=0)


class FeedReader(Base):
    """How far a program says that it has read: the cursor that it keeps here, one for each token."""

    __tablename__ = "feed_reader"

    id: Mapped[Key]
    token_id: Mapped[Ref] = mapped_column(ForeignKey("api_token.id"), unique=True)
    position: Mapped[int] = mapped_column(BigInteger().with_variant(Integer(), "sqlite"))
    at: Mapped[datetime]


class HeldBack(Base):
    """A lead that a change of the rules alone brought over the thresholds, and what a person chose to do about it."""

    __tablename__ = "held_back"
    __table_args__ = (Index(None, "released_at", "release_at"),)

    lead_id: Mapped[Ref] = mapped_column(ForeignKey("lead.id"), primary_key=True)
    rule_version: Mapped[int] = mapped_column(Integer)
    release_at: Mapped[datetime | None]  # its turn in the daily tranches; none: not until the person asks
    released_at: Mapped[datetime | None]


class CrmStatus(Base):
    """What a status of the CRM means here, as it was mapped last."""

    __tablename__ = "crm_status"

    id: Mapped[Key]
    status: Mapped[Short] = mapped_column(unique=True)  # in lower case
    means: Mapped[Short]  # "ignore", an outcome, or "rejected: " and a reason


class KnownLayout(Base):
    """Which column is which in files with these headers, as somebody said it last."""

    __tablename__ = "known_layout"
    __table_args__ = (UniqueConstraint("purpose", "headers_key"),)

    id: Mapped[Key]
    purpose: Mapped[str] = mapped_column(String(20))
    headers_key: Mapped[str] = mapped_column(String(64))
    means: Mapped[JsonList]  # in the order of the columns
    date_order: Mapped[DateOrder | None] = mapped_column(enum(DateOrder, "date_order"))


class Rep(Base):
    """How a salesperson works, as he or an admin wrote it."""

    __tablename__ = "rep"

    id: Mapped[Key]
    staff_id: Mapped[Ref] = mapped_column(ForeignKey("staff.id"), unique=True)
    zone: Mapped[Short]
    week: Mapped[str]  # lines such as "Mon-Fri 09:00-17:00"; empty: every hour counts
    off: Mapped[str]  # lines such as "2026-12-24 to 2027-01-02"
    weight: Mapped[int] = mapped_column(Integer)
    weekly: Mapped[int | None] = mapped_column(Integer)  # most MQLs in seven days
    daily: Mapped[int | None] = mapped_column(Integer)  # most MQLs in 24 hours
    crm_ids: Mapped[str]  # lines such as "salesforce = 005…"


class RoutingRule(Base):
    """Whose the MQLs are that fit every condition; the rule that comes first counts."""

    __tablename__ = "routing_rule"

    id: Mapped[Key]
    place: Mapped[int] = mapped_column(Integer)
    name: Mapped[Short] = mapped_column(unique=True)
    conditions: Mapped[JsonObject]  # {"country": ["de", "at"]}; keys are those of capture/handoff/routing.py
    staff_ids: Mapped[JsonList]


class NamedAccount(Base):
    """A company whose people all belong to one salesperson."""

    __tablename__ = "named_account"

    id: Mapped[Key]
    domain: Mapped[Short] = mapped_column(unique=True)
    owner_id: Mapped[Ref] = mapped_column(ForeignKey("staff.id"))


class RejectReasonRow(Base):
    """A reason for rejections, as admins keep it. None is ever deleted: dispositions name it."""

    __tablename__ = "reject_reason"

    id: Mapped[Key]
    key: Mapped[Short] = mapped_column(unique=True)  # for programs and history; stays when the wording changes
    label: Mapped[Short]
    follows: Mapped[Follows] = mapped_column(enum(Follows, "follows"))
    days: Mapped[int] = mapped_column(Integer)  # with LATER, else 0
    place: Mapped[int] = mapped_column(Integer)
    is_retired: Mapped[bool]  # may not be chosen any more


class KeptList(Base):
    """How often a list that people keep as a whole was changed, and by whom last."""

    __tablename__ = "kept_list"

    id: Mapped[Key]
    name: Mapped[Short] = mapped_column(unique=True)  # "routing", "reject_reasons", "never_handed_over"
    revision: Mapped[int] = mapped_column(Integer)  # who changes it names the one that he has seen
    changed_at: Mapped[datetime]
    changed_by: Mapped[Short]  # a staff public id, or "cli"
