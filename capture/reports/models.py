"""Tables of figures: what happened on each day, counted, what was spent, and both as they were when a month closed."""

from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    Date,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column

from capture.db import Base, JsonObject, Key, PublicId, Ref, Short, enum


class _Measures:
    """What is counted."""

    visits: Mapped[int] = mapped_column(Integer, default=0)
    fills: Mapped[int] = mapped_column(Integer, default=0)
    leads: Mapped[int] = mapped_column(Integer, default=0)  # new ones
    ripened: Mapped[int] = mapped_column(Integer, default=0)  # those of them who are MQLs by now
    mqls: Mapped[int] = mapped_column(Integer, default=0)  # handed over on this day
    accepted: Mapped[int] = mapped_column(Integer, default=0)  # those of them that sales took, by now
    rejected: Mapped[int] = mapped_column(Integer, default=0)
    sqls: Mapped[int] = mapped_column(Integer, default=0)  # those of them that sales qualified, by now


class _Steps:
    """What is counted besides on the way to a fill and after it. Closed months do not keep it."""

    starts: Mapped[int] = mapped_column(Integer, default=0, server_default="0")  # forms that were begun
    downloads: Mapped[int] = mapped_column(Integer, default=0, server_default="0")


class _Figure(_Measures):
    """What one day brought to one page by one way.

    A day is one of the installation's zone. Visits, forms begun and fills go by their own touch, downloads by that of
    the fill they were given for, everything else by the lead's first touch and the page that he filled first.
    """

    id: Mapped[Key]
    day: Mapped[date] = mapped_column(Date)
    page_id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer(), "sqlite"))  # 0: no page
    channel: Mapped[Short]
    source: Mapped[Short]
    campaign: Mapped[Short]


class DailyFigure(_Steps, _Figure, Base):
    """A day by what is known now. Derived: it can be counted again from the facts at any time."""

    __tablename__ = "daily_figure"
    __table_args__ = (UniqueConstraint("day", "page_id", "channel", "source", "campaign"),)


class DailyTotal(_Steps, _Measures, Base):
    """The same day added up by one thing alone, see `daily.DIMENSIONS`: what a report of a year can still read."""

    __tablename__ = "daily_total"
    __table_args__ = (UniqueConstraint("dimension", "value", "day"), Index(None, "dimension", "day"))

    id: Mapped[Key]
    day: Mapped[date] = mapped_column(Date)
    dimension: Mapped[str] = mapped_column(String(20))
    value: Mapped[Short]


class WeeklyTotal(_Steps, _Measures, Base):
    """Seven days of `daily_total`, from a Monday on, for reports of many days by many pages. Derived."""

    __tablename__ = "weekly_total"
    __table_args__ = (UniqueConstraint("dimension", "monday", "value"),)

    id: Mapped[Key]
    monday: Mapped[date] = mapped_column(Date)
    dimension: Mapped[str] = mapped_column(String(20))
    value: Mapped[Short]


class _Nurture:
    """How long those were nurtured who were handed over first on a day, by one thing alone as in `daily_total`."""

    id: Mapped[Key]
    day: Mapped[date] = mapped_column(Date, index=True)
    dimension: Mapped[str] = mapped_column(String(20))
    value: Mapped[Short]
    durations: Mapped[bytes] = mapped_column(LargeBinary)  # see `durations`


class DailyNurture(_Nurture, Base):
    """As it is known now. Derived."""

    __tablename__ = "daily_nurture"
    __table_args__ = (UniqueConstraint("dimension", "day", "value"),)


class ClosedNurture(_Nurture, Base):
    """A day of a closed month as it was then, with the name of the campaign that took its raw value then."""

    __tablename__ = "closed_nurture"
    __table_args__ = (UniqueConstraint("dimension", "day", "value"),)


class _MonthOfAWay:
    """What a month brought by one way: by this what was spent for a campaign is shared, see `sharing`."""

    id: Mapped[Key]
    month: Mapped[date] = mapped_column(Date)  # its first day
    page_id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer(), "sqlite"))
    channel: Mapped[Short]
    source: Mapped[Short]
    campaign: Mapped[Short]
    visits: Mapped[int] = mapped_column(Integer)
    leads: Mapped[int] = mapped_column(Integer)


class MonthlyWay(_MonthOfAWay, Base):
    """The month as it is known now, added up from `daily_figure`. Derived."""

    __tablename__ = "monthly_way"
    __table_args__ = (UniqueConstraint("month", "page_id", "channel", "source", "campaign"),)


class ClosedWay(_MonthOfAWay, Base):
    """A closed month as it was then, with the name of the campaign that took its raw value then."""

    __tablename__ = "closed_way"
    __table_args__ = (UniqueConstraint("month", "page_id", "channel", "source", "campaign"),)


class _Response:
    """What sales made of the MQLs that were handed over on a day, see `responses`."""

    id: Mapped[Key]
    day: Mapped[date] = mapped_column(Date, unique=True)
    handed_over: Mapped[int] = mapped_column(Integer)
    in_time: Mapped[int] = mapped_column(Integer)
    first_answers: Mapped[bytes] = mapped_column(LargeBinary)  # durations in microseconds, eight bytes each
    rejections: Mapped[JsonObject]  # how often, by the key of the reason
    rules: Mapped[JsonObject]  # by key: [words of an entry, MQLs, accepted, answered]


class DailyResponse(_Response, Base):
    """As it is known now. Derived."""

    __tablename__ = "daily_response"

    nurtures: Mapped[bytes] = mapped_column(LargeBinary)


class ClosedResponse(_Response, Base):
    """A day of a closed month as it was then."""

    __tablename__ = "closed_response"


class ClosedMonth(Base):
    """A month whose figures stay as they were when it was closed, see `closed_figure` and `closed_cost`."""

    __tablename__ = "closed_month"

    id: Mapped[Key]
    month: Mapped[date] = mapped_column(Date, unique=True)  # its first day
    closed_at: Mapped[datetime]
    nurture_days: Mapped[float | None] = mapped_column(Double)  # of the whole month
    currency: Mapped[str] = mapped_column(String(3), default="", server_default="")  # of its costs
    keeps_nurtures: Mapped[bool] = mapped_column(default=False, server_default=false())  # in `closed_nurture`
    keeps_answers: Mapped[bool] = mapped_column(default=False, server_default=false())  # in `closed_response`

    @property
    def last_day(self) -> date:
        """The last day of the month."""
        return (self.month + timedelta(days=31)).replace(day=1) - timedelta(days=1)


class ClosedFigure(_Figure, Base):
    """A day of a closed month as it was counted then, with the name of the campaign that took its raw value then."""

    __tablename__ = "closed_figure"
    __table_args__ = (UniqueConstraint("day", "page_id", "channel", "source", "campaign"),)


class ClosedCost(Base):
    """What was spent on a day of a closed month as it was known then, in minor units of its month's currency."""

    __tablename__ = "closed_cost"
    __table_args__ = (Index(None, "day"),)

    id: Mapped[Key]
    day: Mapped[date] = mapped_column(Date)
    source: Mapped[Short]
    campaign: Mapped[Short]
    amount: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String(20), default="", server_default="")  # of SpendKind; empty: not kept then


class Tally(Base):
    """How far the days are counted: the one row that knows up to which day and up to which fact."""

    __tablename__ = "tally"

    id: Mapped[Key]
    counted_until: Mapped[date] = mapped_column(Date)  # this day and every one before it
    looked_at: Mapped[datetime]  # facts recorded before are in the counted days


class SpendKind(StrEnum):
    ADS = "ads"
    BOOTH = "booth"
    AGENCY = "agency"
    OTHER = "other"


class SpendImport(Base):
    """One file of costs that was loaded; it can be taken back as a whole."""

    __tablename__ = "spend_import"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    name: Mapped[Short]
    digest: Mapped[str] = mapped_column(String(64), unique=True)  # of the file: the same one is not loaded twice
    rows: Mapped[int] = mapped_column(Integer)
    by: Mapped[Short]
    at: Mapped[datetime]


class Spend(Base):
    """What was spent on one day for one campaign, in minor units of its currency."""

    __tablename__ = "spend"
    __table_args__ = (Index(None, "day"), Index(None, "import_id"))

    id: Mapped[Key]
    import_id: Mapped[Ref] = mapped_column(ForeignKey("spend_import.id"))
    day: Mapped[date] = mapped_column(Date)
    kind: Mapped[SpendKind] = mapped_column(enum(SpendKind, "kind"))
    source: Mapped[Short]  # as in the UTM values, where the file says it; else empty
    campaign: Mapped[Short]
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))


class SavedView(Base):
    """A filter of the leads that somebody named; the whole team sees it."""

    __tablename__ = "saved_view"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    name: Mapped[Short] = mapped_column(unique=True)
    sought: Mapped[JsonObject]  # what the list's address carries
    by: Mapped[Short]
    at: Mapped[datetime]


class IncidentKind(StrEnum):
    FILLS = "fills"  # visits from ads go on, and nobody fills the form
    DELIVERIES = "deliveries"  # the form is filled, and nothing reaches anybody


class PageIncident(Base):
    """A page that fell silent: its owner is told once when it begins and once when it is over."""

    __tablename__ = "page_incident"

    id: Mapped[Key]
    page_id: Mapped[Ref] = mapped_column(ForeignKey("page.id"))
    kind: Mapped[IncidentKind] = mapped_column(enum(IncidentKind, "kind"))
    open_key: Mapped[Short | None] = mapped_column(unique=True)  # page and kind until it is over: one at a time
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    count: Mapped[int] = mapped_column(Integer)  # visits without a fill, or fills without a delivery
    usual: Mapped[int] = mapped_column(Integer)  # fills of the weeks before
    usual_of: Mapped[int] = mapped_column(Integer)  # by so many visits
