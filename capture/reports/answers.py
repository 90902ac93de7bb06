"""How sales answered: how fast, within the time that was agreed, and why it said no."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from capture.db import session
from capture.handoff.models import Disposition, Mql, Outcome
from capture.handoff.reasons import REASONS
from capture.reports import daily


@dataclass(frozen=True, slots=True)
class Answers:
    """Of the MQLs handed over in a span: how many, how many were answered, and how many of those in time."""

    handed_over: int
    answered: int
    in_time: int
    median_hours: float | None  # from the hand-over to the first answer, of those that were answered
    rejections: Sequence[tuple[str, int]]  # reason in words and how often, the most frequent first


def between(since: date, until: date, *, zone: ZoneInfo) -> Answers:
    """What sales made of the MQLs of these days, both included. Two queries."""
    begin, end = daily.a_day(since, zone).begin, daily.a_day(until, zone).end
    rows = (
        session()
        .execute(
            select(Mql.qualified_at, Mql.answered_at, Mql.due_at).where(
                Mql.qualified_at >= begin, Mql.qualified_at < end
            )
        )
        .all()
    )
    hours = [(row.answered_at - row.qualified_at).total_seconds() / 3600 for row in rows if row.answered_at]
    return Answers(
        handed_over=len(rows),
        answered=len(hours),
        in_time=sum(row.answered_at is not None and row.answered_at <= row.due_at for row in rows),
        median_hours=statistics.median(hours) if hours else None,
        rejections=[
            (REASONS[reason].label if reason in REASONS else str(reason), number)
            for reason, number in session().execute(
                select(func.coalesce(Disposition.reason, ""), func.count())
                .join(Mql, Mql.id == Disposition.mql_id)
                .where(Disposition.outcome == Outcome.REJECTED, Mql.qualified_at >= begin, Mql.qualified_at < end)
                .group_by(Disposition.reason)
                .order_by(func.count().desc(), Disposition.reason)
            )
        ],
    )
