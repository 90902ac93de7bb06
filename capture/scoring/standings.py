"""The ledger added up: who is over a threshold now, and who comes first, without reading an entry."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Double,
    Insert,
    Integer,
    Select,
    Subquery,
    bindparam,
    case,
    cast,
    delete,
    extract,
    func,
    literal,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import InstrumentedAttribute

from capture.db import distinct_values, is_sqlite, session, upsert
from capture.leads import leads
from capture.leads.models import Lead
from capture.scoring.decay import DAY, GRAIN, MOST_HALVINGS
from capture.scoring.models import BANDS, KINDS, LOWEST_BAND, STAYS, Axis, RuleSet, ScoreEntry, ScoreSum

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)

Instant = datetime | InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None]


def kind(axis: Axis, half_life_days: int | None) -> int:
    """The kind of sums to which such an entry is added."""
    return KINDS.get(axis, half_life_days or STAYS)


def keep(lead_ids: Sequence[int], version: int) -> None:
    """Add the ledger up again for these leads, with all that was merged into them. Their rows must be held.

    One statement. A merged lead has no sums of its own.
    """
    session().flush()
    session().connection().execute(_added_up(is_sqlite()), {"people": list(lead_ids), "version": version})


@cache
def _added_up(_is_sqlite: bool) -> Insert:
    """Each database has its own arithmetic, and its own words for what is there already."""
    people, version = bindparam("people", expanding=True, type_=BigInteger()), bindparam("version", type_=Integer())
    theirs = select(Lead.id).where(Lead.id.in_(people) | Lead.merged_into_id.in_(people))
    halvings = _clamped(days_between(RuleSet.time_zero, ScoreEntry.occurred_at) / ScoreEntry.half_life_days)
    weighed = case(
        (ScoreEntry.half_life_days.is_(None), cast(ScoreEntry.points, Double)),
        else_=ScoreEntry.points * power(halvings),
    )
    its_kind = case(KINDS, value=ScoreEntry.axis, else_=func.coalesce(ScoreEntry.half_life_days, STAYS))
    added = (
        select(leads.whose(), ScoreEntry.rule_version, its_kind, func.sum(weighed))
        .join(RuleSet, RuleSet.version == ScoreEntry.rule_version)
        .join(Lead, Lead.id == ScoreEntry.lead_id)
        .where(ScoreEntry.rule_version == version, ScoreEntry.lead_id.in_(theirs))
        .group_by(leads.whose(), ScoreEntry.rule_version, its_kind)
    )
    into = ["lead_id", "rule_version", "kind", "points"]
    insert = upsert(ScoreSum).from_select(into, added)
    return insert.on_conflict_do_update(index_elements=into[:-1], set_={"points": insert.excluded.points})


def keep_afresh(lead_ids: Sequence[int]) -> None:
    """Add up again under every version: these leads have become one, or two again. Their rows must be held.

    No entry of theirs may be packed.
    """
    forget(list(leads.members(lead_ids)))
    mine = ScoreEntry.lead_id.in_(leads.of_person(lead_ids))
    for version in session().scalars(select(ScoreEntry.rule_version).where(mine).distinct().order_by("rule_version")):
        keep(lead_ids, version)


def forget(lead_ids: Sequence[int]) -> None:
    """These leads go altogether."""
    session().execute(delete(ScoreSum).where(are_of(lead_ids)))


def are_of(lead_ids: Sequence[int]) -> ColumnElement[bool]:
    """Whether sums are of these leads. They lie version by version, so each version is asked for them."""
    return ScoreSum.rule_version.in_(select(RuleSet.version)) & ScoreSum.lead_id.in_(lead_ids)


def leading(version: int, axis: Axis, which: ColumnElement[bool], *, most: int, at: datetime) -> list[int]:
    """Those who have most in one of the axis's kinds of sums, `most` of each or some more: ranges of the index.

    `which` is asked of each sum in turn. Of what decays alike the order is the same at any time.
    """
    found: set[int] = set()
    for kind in _kinds(version, axis):
        mine = ScoreSum.rule_version == version, ScoreSum.kind == kind, which
        query = select(ScoreSum.lead_id, ScoreSum.band).where(*mine).order_by(ScoreSum.band.desc()).limit(most)
        best = session().execute(query).all()
        found.update(row.lead_id for row in best)
        if len(best) == most and kind > STAYS:  # the last band has its best among those that were cut off, too
            last = select(ScoreSum.lead_id).where(*mine, ScoreSum.band == best[-1].band)
            found.update(session().scalars(last.order_by(ScoreSum.points.desc()).limit(most)))
    return sorted(found)


def scores(version: int, *, at: datetime, lead_ids: Sequence[int] | Select[int] | None = None) -> Subquery:
    """A row for each lead with entries: `lead_id`, `fit`, `engagement` and `bar`, exact at `at`, no past day.

    `lead_ids`: of these alone.
    """
    zero = select(RuleSet.time_zero).where(RuleSet.version == version).scalar_subquery()
    now = _now(zero, at)
    return (
        select(
            ScoreSum.lead_id,
            *(func.sum(case((_is_of(axis), now), else_=0.0), type_=Double()).label(axis.value) for axis in Axis),
        )
        .where(ScoreSum.rule_version == version, *([] if lead_ids is None else [ScoreSum.lead_id.in_(lead_ids)]))
        .group_by(ScoreSum.lead_id)
        .subquery()
    )


def qualifying(version: int, *, fit: int, engagement: int, at: datetime) -> Select[int, float, float]:
    """Leads at or over both thresholds at `at` and not disqualified: id, fit and engagement, the best first.

    Whoever reaches a threshold has at least an equal share of it in one kind of sums: these are ranges of the index,
    and only who lies in one of them is added up.
    """
    of_all = scores(version, at=at, lead_ids=_near(version, engagement, at))
    return (
        select(of_all.c.lead_id, of_all.c.fit, of_all.c.engagement)
        .where(
            of_all.c.fit >= fit - GRAIN,
            of_all.c.engagement >= engagement - GRAIN,
            of_all.c.bar <= 0,
        )
        .order_by(of_all.c.engagement.desc(), of_all.c.lead_id)
    )


def _near(version: int, engagement: int, at: datetime) -> Select[int] | None:
    """The leads that may reach the threshold; None where everybody may."""
    kinds = _kinds(version, Axis.ENGAGEMENT)
    if engagement <= 0 or not kinds:
        return None
    zero = session().scalar(select(RuleSet.time_zero).where(RuleSet.version == version)) or at
    share = (engagement - GRAIN) / len(kinds)
    ranges = [(ScoreSum.kind == kind) & (ScoreSum.band >= _band(share, kind, (at - zero) / _DAY)) for kind in kinds]
    return select(ScoreSum.lead_id).where(ScoreSum.rule_version == version, or_(*ranges))


def _band(share: float, kind: int, days: float) -> int:
    """No higher than the bands of those sums that come to a share so many days after the time zero."""
    if kind == STAYS:
        return math.floor(share)
    least = share * 2 ** min(days / kind, MOST_HALVINGS)
    return math.floor(math.log(least) * BANDS) - 1 if least > 0 else LOWEST_BAND  # databases round in their own ways


def _kinds(version: int, axis: Axis) -> Sequence[int]:
    """The kinds of sums that an axis has under a version."""
    return session().scalars(distinct_values(ScoreSum.kind, ScoreSum.rule_version == version, _is_of(axis))).all()


def _is_of(axis: Axis) -> ColumnElement[bool]:
    return ScoreSum.kind >= STAYS if axis is Axis.ENGAGEMENT else ScoreSum.kind == KINDS[axis]


def days_between(
    earlier: Instant | ColumnElement[datetime], later: Instant | ColumnElement[datetime]
) -> ColumnElement[float]:
    """In SQL: how many days lie between two instants; a column, or a value."""
    if is_sqlite():  # instants are whole microseconds there
        return type_coerce((_micros(later) - _micros(earlier)) / (DAY * 1e6), Double())
    both = [literal(one, ScoreEntry.occurred_at.type) if isinstance(one, datetime) else one for one in (later, earlier)]
    return cast(extract("epoch", both[0] - both[1]) / DAY, Double)


def told(at: datetime) -> datetime | int:
    """The value of a parameter that is one of the instants of `days_between`."""
    return _since_epoch(at) if is_sqlite() else at


def _since_epoch(instant: datetime) -> int:
    return (instant - _EPOCH) // timedelta(microseconds=1)


def power(halvings: ColumnElement[float]) -> ColumnElement[float]:
    """In SQL: two to this power."""
    return func.pow(cast(2.0, Double), halvings, type_=Double())


def _micros(instant: Instant | ColumnElement[datetime]) -> ColumnElement[int]:
    if isinstance(instant, datetime):
        return literal(_since_epoch(instant), BigInteger())
    return type_coerce(instant, BigInteger())


def _clamped(halvings: ColumnElement[float]) -> ColumnElement[float]:
    """PostgreSQL calls a power that is too large or too small an error."""
    least = func.min if is_sqlite() else func.least
    most = func.max if is_sqlite() else func.greatest
    return least(most(halvings, -MOST_HALVINGS), MOST_HALVINGS)


def _now(zero: ColumnElement[datetime], at: datetime) -> ColumnElement[float]:
    halvings = _clamped(days_between(zero, at) / func.nullif(ScoreSum.kind, STAYS))
    return case((ScoreSum.kind <= STAYS, ScoreSum.points), else_=ScoreSum.points * power(-halvings))
