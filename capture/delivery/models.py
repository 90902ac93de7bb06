"""Tables of grants, downloads, link openings."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from capture.catalogue.models import LinkPolicy
from capture.db import Base, JsonList, JsonObject, Key, PublicId, Ref, Short, enum


class Grant(Base):
    """A lead's right to one magnet; keeps the edition that was promised and the policy.

    Exactly one of submission and quarantined fill stands behind it.
    """

    __tablename__ = "grant"
    __table_args__ = (
        UniqueConstraint("submission_id", "magnet_id"),
        UniqueConstraint("quarantined_fill_id", "magnet_id"),
        CheckConstraint("(submission_id IS NULL) <> (quarantined_fill_id IS NULL)", name="one_fill_behind_it"),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    token: Mapped[str] = mapped_column(String(22), unique=True)  # in the links inside the document; never expires
    magnet_id: Mapped[Ref] = mapped_column(ForeignKey("magnet.id"))
    edition_id: Mapped[Ref] = mapped_column(ForeignKey("edition.id"))
    link_policy: Mapped[LinkPolicy] = mapped_column(enum(LinkPolicy, "link_policy"))
    lead_id: Mapped[Ref | None] = mapped_column(ForeignKey("lead.id"), index=True)
    submission_id: Mapped[Ref | None] = mapped_column(ForeignKey("submission.id"))
    quarantined_fill_id: Mapped[Ref | None] = mapped_column(ForeignKey("quarantined_fill.id"))
    needs_confirmation: Mapped[bool] = mapped_column(default=False)  # double opt-in: nothing is given before the button
    confirmed_at: Mapped[datetime | None]
    benchmark: Mapped[JsonObject | None]  # what others scored when this was given; its copies never change
    created_at: Mapped[datetime]


class Download(Base):
    """How much of a grant's copy has been handed out; counted once, when all its bytes have."""

    __tablename__ = "download"
    __table_args__ = (UniqueConstraint("grant_id", "edition_id"),)

    id: Mapped[Key]
    grant_id: Mapped[Ref] = mapped_column(ForeignKey("grant.id"))
    edition_id: Mapped[Ref] = mapped_column(ForeignKey("edition.id"))
    length: Mapped[int] = mapped_column(Integer)
    ranges: Mapped[JsonList]  # [[start, stop], ...] handed out so far, disjoint, in order
    began_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]


class BenchmarkSum(Base):
    """What everybody who answered a set of questions scored in one dimension; the mean is `total` by `people`."""

    __tablename__ = "benchmark_sum"
    __table_args__ = (UniqueConstraint("magnet_id", "question_set", "dimension"),)

    id: Mapped[Key]
    magnet_id: Mapped[Ref] = mapped_column(ForeignKey("magnet.id"))
    question_set: Mapped[str] = mapped_column(String(64))
    dimension: Mapped[str] = mapped_column(String(40))
    people: Mapped[int] = mapped_column(Integer)
    total: Mapped[int] = mapped_column(BigInteger)


class BenchmarkPerson(Base):
    """That a lead is counted in the sums: nobody is counted twice."""

    __tablename__ = "benchmark_person"
    __table_args__ = (UniqueConstraint("lead_id", "magnet_id", "question_set"),)

    id: Mapped[Key]
    magnet_id: Mapped[Ref] = mapped_column(ForeignKey("magnet.id"))
    question_set: Mapped[str] = mapped_column(String(64))
    lead_id: Mapped[Ref] = mapped_column(ForeignKey("lead.id"))


class Answer(StrEnum):
    ASKED = "asked"
    ME = "me"
    NOT_ME = "not_me"


class LinkOpening(Base):
    """A delivery link opened in a browser that was not known as the lead's, and what was answered."""

    __tablename__ = "link_opening"
    __table_args__ = (Index(None, "grant_id", "at"), Index(None, "visitor_id"))

    id: Mapped[Key]
    grant_id: Mapped[Ref] = mapped_column(ForeignKey("grant.id"))
    visitor_id: Mapped[Ref | None] = mapped_column(ForeignKey("visitor.id"))
    answer: Mapped[Answer] = mapped_column(enum(Answer, "answer"))
    device: Mapped[Short]
    at: Mapped[datetime]
