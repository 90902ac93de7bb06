"""How sales answered: how fast, within the time that was agreed, and why it said no."""

import statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, func, select

from capture.db import session
from capture.handoff import reasons
from capture.handoff.models import Disposition, Mql, Outcome
from capture.leads import ours
from capture.reports import daily
from capture.reports.simulation import Share
from capture.scoring import rulesets
from capture.scoring.models import Axis, ScoreEntry


@dataclass(frozen=True, slots=True)
class Answers:
    """Of the MQLs handed over in a span: how many, how many were answered, and how many of those in time."""

    handed_over: int
    answered: int
    in_time: int
    median_hours: float | None  # from the hand-over to the first answer, of those that were answered
    rejections: Sequence[tuple[str, int]]  # reason in words and how often, the most frequent first
    by_rule: Sequence["Told"]  # the rule behind the most MQLs first


@dataclass(frozen=True, slots=True)
class Told:
    """What sales said of the MQLs that a rule had given points: accepted of those answered."""

    because: str
    mqls: int
    accepted: Share


def between(since: date, until: date, *, zone: ZoneInfo, at: datetime) -> Answers:
    """What sales made of the MQLs of these days, both included. Six queries."""
    begin, end = daily.a_day(since, zone).begin, daily.a_day(until, zone).end
    rows = (
        session().execute(select(Mql.qualified_at, Mql.answered_at, Mql.due_at).where(*_handed_over(begin, end))).all()
    )
    known = reasons.listed()
    hours = [(row.answered_at - row.qualified_at).total_seconds() / 3600 for row in rows if row.answered_at]
    return Answers(
        handed_over=len(rows),
        answered=len(hours),
        in_time=sum(row.answered_at is not None and row.answered_at <= row.due_at for row in rows),
        median_hours=statistics.median(hours) if hours else None,
        rejections=[
            (known[reason].label if reason in known else str(reason), number)
            for reason, number in session().execute(
                select(func.coalesce(Disposition.reason, ""), func.count())
                .join(Mql, Mql.id == Disposition.mql_id)
                .where(Disposition.outcome == Outcome.REJECTED, *_handed_over(begin, end))
                .group_by(Disposition.reason)
                .order_by(func.count().desc(), Disposition.reason)
            )
        ],
        by_rule=_by_rule(begin, end, at=at),
    )


def _handed_over(begin: datetime, end: datetime) -> Sequence[ColumnElement[bool]]:
    return Mql.qualified_at >= begin, Mql.qualified_at < end, Mql.lead_id.not_in(ours.leads())


def _by_rule(begin: datetime, end: datetime, *, at: datetime) -> list[Told]:
    """By the rules that had given points in the ledger when each MQL was handed over; those gone by now count too."""
    said: dict[int, set[Outcome]] = defaultdict(set)
    query = select(Disposition.mql_id, Disposition.outcome).join(Mql, Mql.id == Disposition.mql_id)
    for mql_id, outcome in session().execute(query.where(*_handed_over(begin, end))):
        said[mql_id].add(outcome)
    accepted = {mql_id for mql_id, outcomes in said.items() if not outcomes.isdisjoint(daily.ACCEPTED)}
    rejected = {mql_id for mql_id, outcomes in said.items() if Outcome.REJECTED in outcomes} - accepted
    rules = rulesets.in_force(at=at).rules
    words = {rule.key: rule.because for rule in rules.fit}
    words |= {rule.key: rule.because.replace("{title}", "…") for rule in rules.engagement}
    with_it: dict[str, set[int]] = defaultdict(set)
    for mql_id, key, because in session().execute(_entries(begin, end)):
        with_it[words.get(key, because)].add(mql_id)
    told = [
        Told(because, len(mqls), Share(len(mqls & accepted), len(mqls & (accepted | rejected))))
        for because, mqls in with_it.items()
    ]
    return sorted(told, key=lambda one: (-one.mqls, one.because))


def _entries(begin: datetime, end: datetime) -> Select[int, str, str]:
    """Each MQL with each rule behind it, and a sentence of that rule; what was taken back does not count."""
    return (
        select(Mql.id, ScoreEntry.rule_key, func.max(ScoreEntry.because))
        .join(ScoreEntry, (ScoreEntry.lead_id == Mql.lead_id) & (ScoreEntry.rule_version == Mql.rule_version))
        .where(*_handed_over(begin, end))
        .where(ScoreEntry.recorded_at <= Mql.qualified_at, ScoreEntry.axis != Axis.BAR)
        .group_by(Mql.id, ScoreEntry.rule_key)
        .having(func.sum(ScoreEntry.points) > 0)
    )
