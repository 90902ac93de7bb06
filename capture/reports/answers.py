"""How sales answered: how fast, within the time that was agreed, and why it said no."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, case, func, literal, select

from capture.db import session
from capture.handoff import reasons
from capture.handoff.models import Disposition, Mql, Outcome
from capture.leads import ours
from capture.reports import daily, medians
from capture.reports.simulation import Share
from capture.scoring import rulesets, standings
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
    """What sales made of the MQLs of these days, both included. Six queries, which count in the database."""
    handed = _handed_over(daily.a_day(since, zone).begin, daily.a_day(until, zone).end)
    soon = func.coalesce(func.sum(case((Mql.answered_at <= Mql.due_at, 1), else_=0)), 0)
    counts = select(func.count(), func.count(Mql.answered_at), soon).select_from(Mql).where(*handed)
    days = medians.of(select(standings.days_between(Mql.qualified_at, Mql.answered_at)).where(*handed))
    known = reasons.listed()
    handed_over, answered, in_time = session().execute(counts).one()
    return Answers(
        handed_over=handed_over,
        answered=answered,
        in_time=in_time,
        median_hours=None if days is None else days * 24,
        rejections=[
            (known[reason].label if reason in known else str(reason), number)
            for reason, number in session().execute(
                select(func.coalesce(Disposition.reason, ""), func.count())
                .join(Mql, Mql.id == Disposition.mql_id)
                .where(Disposition.outcome == Outcome.REJECTED, *handed)
                .group_by(Disposition.reason)
                .order_by(func.count().desc(), Disposition.reason)
            )
        ],
        by_rule=_by_rule(handed, at=at),
    )


def _handed_over(begin: datetime, end: datetime) -> Sequence[ColumnElement[bool]]:
    return Mql.qualified_at >= begin, Mql.qualified_at < end, Mql.lead_id.not_in(ours.leads())


def _by_rule(handed: Sequence[ColumnElement[bool]], *, at: datetime) -> list[Told]:
    """By the rules that had given points in the ledger when each MQL was handed over; those gone by now count too."""
    told, behind = _told(handed).subquery(), _rules_behind(handed, at=at).subquery()
    accepted, answered = (func.coalesce(func.sum(column), 0) for column in (told.c.accepted, told.c.answered))
    query = (
        select(behind.c.because, func.count(), accepted, answered)
        .outerjoin(told, told.c.mql_id == behind.c.mql_id)
        .group_by(behind.c.because)
        .order_by(func.count().desc(), behind.c.because)
    )
    return [Told(because, mqls, Share(yes, both)) for because, mqls, yes, both in session().execute(query)]


def _told(handed: Sequence[ColumnElement[bool]]) -> Select[int, int, int]:
    """Each MQL that was accepted or rejected, and whether it was accepted, whatever came after."""
    accepted = func.max(case((Disposition.outcome.in_(daily.ACCEPTED), 1), else_=0))
    return (
        select(Disposition.mql_id, accepted.label("accepted"), literal(1).label("answered"))
        .join(Mql, Mql.id == Disposition.mql_id)
        .where(Disposition.outcome.in_([*daily.ACCEPTED, Outcome.REJECTED]), *handed)
        .group_by(Disposition.mql_id)
    )


def _rules_behind(handed: Sequence[ColumnElement[bool]], *, at: datetime) -> Select[int, str]:
    """Each MQL with the words of each rule behind it, once; what was taken back does not count."""
    rules = rulesets.in_force(at=at).rules
    words = {rule.key: rule.because for rule in rules.fit}
    words |= {rule.key: rule.because.replace("{title}", "…") for rule in rules.engagement}
    told = func.max(ScoreEntry.because)
    because = case(words, value=ScoreEntry.rule_key, else_=told) if words else told
    return (
        select(Mql.id.label("mql_id"), because.label("because"))
        .join(ScoreEntry, (ScoreEntry.lead_id == Mql.lead_id) & (ScoreEntry.rule_version == Mql.rule_version))
        .where(*handed, ScoreEntry.recorded_at <= Mql.qualified_at, ScoreEntry.axis != Axis.BAR)
        .group_by(Mql.id, ScoreEntry.rule_key)
        .having(func.sum(ScoreEntry.points) > 0)
        .distinct()
    )
