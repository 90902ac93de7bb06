"""How sales answered: how fast, within the time that was agreed, and why it said no."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from capture.handoff import reasons
from capture.reports import durations, responses
from capture.reports.behind import NONE
from capture.reports.responses import OfRule
from capture.reports.simulation import Share
from capture.scoring import rulesets
from capture.scoring.rules import EngagementRule, FitRule, untitled


@dataclass(frozen=True, slots=True)
class Answers:
    """Of the MQLs handed over in a span: how many, how many were answered, and how many of those in time."""

    handed_over: int
    answered: int
    in_time: int
    median_hours: float | None  # from the hand-over to the first answer, of those that were answered
    rejections: Sequence[tuple[str, int, str]]  # reason in words, how often, and its key; the most frequent first
    by_rule: Sequence["Told"]  # the rule behind the most MQLs first
    by_owner: Sequence["OfOwner"]  # whoever has the most first


@dataclass(frozen=True, slots=True)
class Told:
    """What sales said of the MQLs that a rule had given points: accepted of those answered."""

    because: str
    mqls: int
    accepted: Share
    key: str


@dataclass(frozen=True, slots=True)
class OfOwner:
    """How the MQLs were answered that somebody has now; `key` is who, NONE for nobody."""

    name: str
    handed_over: int
    answered: int
    in_time: int
    median_hours: float | None
    key: str


def between(since: date, until: date, *, zone: ZoneInfo, at: datetime) -> Answers:
    """What sales made of the MQLs of these days, both included. As many queries for a year as for a day."""
    told, known = responses.between(since, until, zone=zone), reasons.listed()
    return Answers(
        handed_over=told.handed_over,
        answered=len(told.first_answers),
        in_time=told.in_time,
        median_hours=_hours(durations.median(told.first_answers)),
        rejections=[
            (known[reason].label if reason in known else reason, number, reason)
            for reason, number in sorted(told.rejections.items(), key=lambda one: (-one[1], one[0]))
        ],
        by_rule=_by_rule(told.rules, at=at),
        by_owner=[
            OfOwner(one.name, one.handed_over, one.answered, one.in_time, _hours(one.median), one.public_id or NONE)
            for one in responses.by_owner(since, until, zone=zone)
        ],
    )


def _hours(microseconds: float | None) -> float | None:
    return None if microseconds is None else timedelta(microseconds=microseconds) / timedelta(hours=1)


def rule_words(*, at: datetime) -> Mapping[str, str]:
    """The rules in force in words, by key."""
    rules = rulesets.in_force(at=at).rules
    every: list[FitRule | EngagementRule] = [*rules.fit, *rules.engagement]
    return {rule.key: untitled(rule.because) for rule in every}


def _by_rule(told: Mapping[str, OfRule], *, at: datetime) -> list[Told]:
    """In the words of the rules in force; one that is gone, in words of its own."""
    words = rule_words(at=at)
    found = [
        Told(words.get(key, one.because), one.mqls, Share(one.accepted, one.answered), key) for key, one in told.items()
    ]
    return sorted(found, key=lambda one: (-one.mqls, one.because))
