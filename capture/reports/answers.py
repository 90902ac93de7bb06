"""How sales answered: how fast, within the time that was agreed, and why it said no."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from types import MappingProxyType
from zoneinfo import ZoneInfo

from capture.handoff import reasons
from capture.languages import say
from capture.reports import closed, durations, responses
from capture.reports.behind import NONE
from capture.reports.kpis import EACH_HAND_OVER, Whole
from capture.reports.responses import OfRule, Responses
from capture.reports.simulation import Share
from capture.scoring import rulesets
from capture.scoring.rules import EngagementRule, FitRule, untitled

_HANDED = say("MQLs handed over.")
_DAY, _DAY_OF_BOTH = say("The day of the hand-over."), say("The day of the hand-over, of both.")
_TOUCH = say("Whatever the touch: these are numbers of the whole span.")

_of_the_span = partial(Whole, touch=_TOUCH, people=EACH_HAND_OVER)

DEFINITIONS: Mapping[str, Whole] = MappingProxyType(
    {
        "handed_over": _of_the_span(
            say("Handed over"),
            say("MQLs handed over to sales in the span. Who was handed over twice counts twice."),
            numerator=_HANDED,
            denominator=say("None: it is a number."),
            day=_DAY,
        ),
        "answered": _of_the_span(
            say("Answered"),
            say("Of the MQLs handed over in the span, those that sales has answered by now, whatever it said."),
            numerator=say("Those of them that sales has answered by now."),
            denominator=_HANDED,
            day=_DAY_OF_BOTH,
        ),
        "in_time": _of_the_span(
            say("In time"),
            say(
                "Of the MQLs handed over in the span, those that sales answered first by the time that was due at the "
                "hand-over, whoever had it then. What nobody has answered is not in time, also before it is due."
            ),
            numerator=say("Those of them whose first answer came by the time that was due at the hand-over."),
            denominator=_HANDED,
            day=_DAY_OF_BOTH,
        ),
        "first_answer": _of_the_span(
            say("First answer after"),
            say(
                "From the hand-over to the first answer, the median of the MQLs handed over in the span that were "
                "answered. By the clock: nights and weekends count."
            ),
            numerator=say("The time from the hand-over to the first answer, the median."),
            denominator=say("None: it is a duration."),
            day=_DAY,
        ),
        "by_owner": _of_the_span(
            say("How fast each answered"),
            say(
                "The same of the MQLs that somebody has now, and of those that are nobody's. Who has them, and what "
                "became of them, is told as it is known now, also of months that are closed."
            ),
            numerator=say("As above, of the MQLs that somebody has now."),
            denominator=say("MQLs handed over that somebody has now."),
            day=_DAY_OF_BOTH,
        ),
        "by_rule": _of_the_span(
            say("What sales accepted, by rule"),
            say(
                "Of the MQLs handed over in the span to which this rule had given points, as they stood at the "
                "hand-over, the share that sales accepted of those that it accepted or rejected. What was accepted and "
                "then rejected is rejected."
            ),
            numerator=say("Those of them that sales accepted, or took further, and did not reject in the end."),
            denominator=say("Those of them that sales accepted or rejected."),
            day=_DAY_OF_BOTH,
        ),
        "rejections": _of_the_span(
            say("Why sales said no"),
            say("MQLs handed over in the span of which a rejection stands, by its reason. Each counts once."),
            numerator=say("MQLs that are rejected with this reason."),
            denominator=say("None: it is a number."),
            day=_DAY,
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Answers:
    """Of the MQLs handed over in a span: how many, how many were answered, and how many of those in time.

    Days of closed months are told as they were closed, but for `by_owner`; `now`, where it differs, is what is known
    now. `lacks`: some of them were closed before their answers were kept.
    """

    handed_over: int
    answered: int
    in_time: int
    median_hours: float | None  # from the hand-over to the first answer, of those that were answered
    rejections: Sequence[tuple[str, int, str]]  # reason in words, how often, and its key; the most frequent first
    by_rule: Sequence["Told"]  # the rule behind the most MQLs first
    by_owner: Sequence["OfOwner"]  # whoever has the most first
    now: "Answers | None" = None
    lacks: bool = False

    def are_as(self, other: "Answers") -> bool:
        """Whether these are the same numbers, in whatever order."""
        one, another = (
            (told.handed_over, told.answered, told.in_time, told.median_hours, {*told.rejections}, {*told.by_rule})
            for told in (self, other)
        )
        return one == another

    def rejected(self, reason: str) -> int:
        """How often sales said no for this reason."""
        return next((number for _, number, key in self.rejections if key == reason), 0)

    def of_rule(self, rule: str) -> "Told":
        """What sales said of the MQLs with this rule."""
        return next((one for one in self.by_rule if one.key == rule), Told("", 0, Share(0, 0), rule))


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
    shut = closed.months(since, until)
    then, now = responses.as_closed(since, until, shut, zone=zone)
    by_owner = [
        OfOwner(one.name, one.handed_over, one.answered, one.in_time, _hours(one.median), one.public_id or NONE)
        for one in responses.by_owner(since, until, zone=zone)
    ]
    words, known = rule_words(at=at), reasons.listed()

    def answers(told: Responses) -> Answers:
        rules = {key: told.rules.get(key, OfRule(one.because)) for key, one in (now.rules | then.rules).items()}
        rejections = {reason: told.rejections[reason] for reason in (now.rejections | then.rejections)}
        return Answers(
            handed_over=told.handed_over,
            answered=len(told.first_answers),
            in_time=told.in_time,
            median_hours=_hours(durations.median(told.first_answers)),
            rejections=[
                (known[reason].label if reason in known else reason, number, reason)
                for reason, number in sorted(rejections.items(), key=lambda one: (-one[1], one[0]))
            ],
            by_rule=_by_rule(rules, words),
            by_owner=by_owner,
        )

    told, present = answers(then), answers(now)
    lacks = not all(one.keeps_answers for one in shut)
    return replace(told, now=None if told.are_as(present) else present, lacks=lacks)


def _hours(microseconds: float | None) -> float | None:
    return None if microseconds is None else timedelta(microseconds=microseconds) / timedelta(hours=1)


def rule_words(*, at: datetime) -> Mapping[str, str]:
    """The rules in force in words, by key."""
    rules = rulesets.in_force(at=at).rules
    every: list[FitRule | EngagementRule] = [*rules.fit, *rules.engagement]
    return {rule.key: untitled(rule.because) for rule in every}


def _by_rule(told: Mapping[str, OfRule], words: Mapping[str, str]) -> list[Told]:
    """In the words of the rules in force; one that is gone, in words of its own."""
    found = [
        Told(words.get(key, one.because), one.mqls, Share(one.accepted, one.answered), key) for key, one in told.items()
    ]
    return sorted(found, key=lambda one: (-one.mqls, one.because))
