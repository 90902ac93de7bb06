"""Tables of MQLs and the sales feed."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from capture.db import Base, JsonList, Key, PublicId, Ref, Short, enum


class Reason(StrEnum):
    SCORE = "score"  # fit and engagement both reached their thresholds
    HAND_RAISED = "hand_raised"  # the person asked to be contacted


HAND_RAISED, BY_SCORE = 1, 2  # priorities: 1 comes first


class Mql(Base):
    """The fact that a lead qualified: when, at what scores, under which rules, for whom and by when."""

    __tablename__ = "mql"
    __table_args__ = (UniqueConstraint("lead_id", "cycle"), Index(None, "qualified_at"))

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
    qualified_at: Mapped[datetime]
    due_at: Mapped[datetime]


class FeedEntry(Base):
    """One row of the sales feed. Commit order is position order."""

    __tablename__ = "feed_entry"

    position: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False
    )
    kind: Mapped[Short]  # "mql.created"
    mql_id: Mapped[Ref] = mapped_column(ForeignKey("mql.id"), index=True)
    at: Mapped[datetime]


class FeedCounter(Base):
    """The one row from which positions are taken, as the last statement of a handoff's transaction."""

    __tablename__ = "feed_counter"

    id: Mapped[Key]
    position: Mapped[int] = mapped_column(BigInteger().with_variant(Integer(), "sqlite"), default=0)
