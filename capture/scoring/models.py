"""Tables of rule sets and of the score ledger."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    Computed,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from capture.db import Base, JsonObject, Key, Ref, Short, enum

_STRUCK = text("rule_key = 'struck'")  # few are: see `ledger.STRUCK`


class Axis(StrEnum):
    FIT = "fit"
    ENGAGEMENT = "engagement"
    BAR = "bar"  # what keeps a lead from being handed over; its sum is over 0 while something does


class RuleSet(Base):
    """A version of the rules and thresholds. The newest activated one is in force; none is ever edited."""

    __tablename__ = "rule_set"

    id: Mapped[Key]
    version: Mapped[int] = mapped_column(Integer, unique=True)
    definition: Mapped[JsonObject]  # see capture.scoring.rules
    fit_threshold: Mapped[int] = mapped_column(Integer)
    engagement_threshold: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime]
    created_by: Mapped[Short] = mapped_column(default="", server_default="")  # public id of staff, or "cli"
    note: Mapped[str] = mapped_column(Text, default="", server_default="")  # why there is this version
    text: Mapped[str] = mapped_column(Text, default="", server_default="")  # the file as it was written; none: as new
    activated_at: Mapped[datetime | None]
    time_zero: Mapped[datetime]  # of the sums in `score_sum`, which have room for 19 years of one version
    prepared_to: Mapped[Ref | None]  # the last lead whose entries were written before the activation
    handover: Mapped[JsonObject] = mapped_column(default=dict)  # what becomes of those who qualify by it


class RuleDraft(Base):
    """The rules that somebody is working on; there is one draft at most. Its row stays, and is empty without one."""

    __tablename__ = "rule_draft"

    id: Mapped[Key]
    definition: Mapped[JsonObject]
    revision: Mapped[int] = mapped_column(Integer)  # who saves names the one that he read
    changed_at: Mapped[datetime]
    changed_by: Mapped[Short]
    text: Mapped[str] = mapped_column(Text, default="", server_default="")  # as of `RuleSet`


class ScoreEntry(Base):
    """An append-only row of the ledger: whole points, decaying from `occurred_at` by `half_life_days` or not at all.

    There are entries that are not rows of this table: see `ScoreOpening`. Whoever reads goes through `ledger`.

    The score at t is the sum of the decayed points recorded by t under the version in force at t.
    """

    __tablename__ = "score_entry"
    __table_args__ = (
        Index(None, "lead_id", "rule_version", "axis"),
        Index("ix_score_entry_struck", "lead_id", "rule_version", sqlite_where=_STRUCK, postgresql_where=_STRUCK),
    )

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
    event_id: Mapped[Ref | None] = mapped_column(ForeignKey("engagement_event.id"), index=True)
    reverses_id: Mapped[Ref | None] = mapped_column(ForeignKey("score_entry.id"), index=True)
    dedupe_key: Mapped[Short] = mapped_column(unique=True)


class ScoreReason(Base):
    """What many packed entries of a version have in common, kept once: the rule, and its words about one offer."""

    __tablename__ = "score_reason"

    rule_version: Mapped[int] = mapped_column(Integer, primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    axis: Mapped[Axis] = mapped_column(enum(Axis, "axis"))
    rule_key: Mapped[Short]
    because: Mapped[str]
    half_life_days: Mapped[int | None] = mapped_column(Integer)


class ScoreOpening(Base):
    """The entries that a lead had when a version was prepared, packed in one row until anything is added to them.

    All numbers are little-endian: `known` has eight bytes for each entry about what is known (a reason, points), `done`
    24 for each about what was done (a reason, points, the event, microseconds since 1970).
    """

    __tablename__ = "score_opening"
    __table_args__ = (
        UniqueConstraint("lead_id", "rule_version"),
        {"sqlite_autoincrement": True},  # no key comes twice: those of its entries follow from it
    )

    id: Mapped[Key]
    lead_id: Mapped[Ref] = mapped_column(ForeignKey("lead.id"))
    rule_version: Mapped[int] = mapped_column(Integer)
    recorded_at: Mapped[datetime]
    known: Mapped[bytes] = mapped_column(LargeBinary)
    done: Mapped[bytes] = mapped_column(LargeBinary)


BANDS = 16  # in which points grow to 2.7 times as much
LOWEST_BAND = -20_000  # of what is nothing; it has no logarithm
BAND = (
    "CASE WHEN kind <= 0 THEN CAST(floor(points) AS INTEGER) "
    f"WHEN points > 1e-300 THEN CAST(floor(ln(points) * {BANDS}) AS INTEGER) ELSE {LOWEST_BAND} END"
)
STAYS = 0  # the kind of engagement that does not decay
KINDS: Mapping[Axis, int] = {Axis.FIT: -1, Axis.BAR: -2}  # of what never does


class ScoreSum(Base):
    """The ledger added up: at t an axis has the sum over its rows of points * 2^(-(t - time zero) / half-life).

    `kind` is the half-life in days of what counts as engagement; at or below 0 is what does not decay (see KINDS).

    What decays alike keeps its order for ever, so that who is over a threshold at any moment is a range of the index.
    That is one of bands: with the points themselves in front, each of thousands of new sums would change another page.
    It is as narrow as it can be: to keep it is a third of what a new version takes to write.
    Sums follow the ledger: what these could refer to, its rows refer to.
    """

    __tablename__ = "score_sum"
    __table_args__ = (
        Index("ix_score_sum_ranks", "rule_version", "kind", "band", "lead_id"),
        CheckConstraint(f"kind >= {min(KINDS.values())}", "kind"),
        {"sqlite_with_rowid": False},  # its key is all that a row is found by
    )

    rule_version: Mapped[int] = mapped_column(Integer, primary_key=True)  # first: a new one's sums go to the end
    lead_id: Mapped[Ref] = mapped_column(primary_key=True)
    kind: Mapped[int] = mapped_column(Integer, primary_key=True)
    points: Mapped[float] = mapped_column(Double)
    band: Mapped[int] = mapped_column(Integer, Computed(BAND), deferred=True)  # of what stays: the points themselves
