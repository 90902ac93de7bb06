"""Tables of rule sets and of the score ledger."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from capture.db import Base, JsonObject, Key, Ref, Short, enum


class Axis(StrEnum):
    FIT = "fit"
    ENGAGEMENT = "engagement"


class RuleSet(Base):
    """A version of the rules and thresholds. The newest activated one is in force; none is ever edited."""

    __tablename__ = "rule_set"

    id: Mapped[Key]
    version: Mapped[int] = mapped_column(Integer, unique=True)
    definition: Mapped[JsonObject]  # see capture.scoring.rules
    fit_threshold: Mapped[int] = mapped_column(Integer)
    engagement_threshold: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime]
    activated_at: Mapped[datetime | None]


class ScoreEntry(Base):
    """An append-only row of the ledger: whole points, decaying from `occurred_at` by `half_life_days` or not at all.

    The score at t is the sum of the decayed points recorded by t under the version in force at t.
    """

    __tablename__ = "score_entry"
    __table_args__ = (Index(None, "lead_id", "rule_version", "axis"),)

    id: Mapped[Key]
    lead_id: Mapped[Ref] = mapped_column(ForeignKey("lead.id"))
    axis: Mapped[Axis] = mapped_column(enum(Axis, "axis"))
    rule_key: Mapped[Short]
    rule_version: Mapped[int] = mapped_column(Integer)
    points: Mapped[int] = mapped_column(Integer)
    because: Mapped[str]  # the sentence that explains the entry
    occurred_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    half_life_days: Mapped[int | None] = mapped_column(Integer)
    event_id: Mapped[Ref | None] = mapped_column(ForeignKey("engagement_event.id"))
    reverses_id: Mapped[Ref | None] = mapped_column(ForeignKey("score_entry.id"))
    dedupe_key: Mapped[Short] = mapped_column(unique=True)
