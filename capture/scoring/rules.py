"""Scoring rules: what is worth how many points, on two axes that are never added. No database, no framework."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from capture.scoring.conditions import Condition, Question

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"

STRUCK = "struck"  # no rule has this key: by it the ledger knows what a person took back
TITLE = "{title}"  # what stands in a rule's sentence for the name of what was looked at
SHORTEST_HALF_LIFE = 7  # days; anything shorter would make the score a matter of the hour


class Per(StrEnum):
    """What a count is kept for."""

    LEAD = "lead"
    PAGE = "page"
    MAGNET = "magnet"


@dataclass(frozen=True, slots=True)
class FitRule:
    """Points for what is known about a lead, for as long as it is so. `because` is the sentence in the explanation.

    One that `disqualifies` gives no points: while it holds, the lead is not handed over, whatever its scores are.
    """

    key: str
    because: str
    points: int
    when: Condition
    group: str = ""
    disqualifies: bool = False


@dataclass(frozen=True, slots=True)
class EngagementRule:
    """Points for what a lead did, when a person did it.

    Counts every time, or `at_most` that often, in all or in any span of `days`, for the lead or per page or magnet.
    `half_life` is in days; None does not decay, and negative points never do. `because` may name {title}.
    Empty `pages`, `magnets`, `magnet_kinds`, `sections` and `campaigns` mean any; pages and magnets are given by slug,
    a campaign by patterns of what stood in the address by which the visitor came last (see `patterns`).
    """

    key: str
    because: str
    points: int
    event: str
    pages: tuple[str, ...] = ()
    magnets: tuple[str, ...] = ()
    magnet_kinds: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    campaigns: tuple[str, ...] = ()
    at_most: int | None = None
    days: int | None = None
    per: Per = Per.LEAD
    half_life: int | None = None
    group: str = ""

    def __post_init__(self) -> None:
        if self.half_life is not None and self.half_life < SHORTEST_HALF_LIFE:
            raise ValueError(f"{self.key}: a half-life is {SHORTEST_HALF_LIFE} days or more")
        if self.at_most is not None and self.at_most < 1:
            raise ValueError(f"{self.key}: a rule counts at least once")
        if self.days is not None and (self.days < 1 or self.at_most is None):
            raise ValueError(f"{self.key}: a span of days needs a number of times")


@dataclass(frozen=True, slots=True)
class Cap:
    """The most points that a group's positive rules give, in all or in any span of `days`, before decay."""

    points: int
    days: int | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """A whole rule set. An MQL has fit and engagement both at or over their thresholds."""

    fit_threshold: int
    engagement_threshold: int
    fit: tuple[FitRule, ...]
    engagement: tuple[EngagementRule, ...]
    caps: Mapping[str, Cap] = field(default_factory=dict)

    def __post_init__(self) -> None:
        keys = [rule.key for rule in self.fit] + [rule.key for rule in self.engagement]
        if len(keys) != len(set(keys)):
            raise ValueError("two rules have the same key")


def asked_for(rules: Rules) -> set[str]:
    """The fields that fit rules look at."""
    return {rule.when.field for rule in rules.fit}


def to_json(rules: Rules) -> dict[str, Json]:
    """The rules as they are stored; only what differs from a default is written."""
    return {
        "fit_threshold": rules.fit_threshold,
        "engagement_threshold": rules.engagement_threshold,
        "fit": [_fit_to_json(rule) for rule in rules.fit],
        "engagement": [_engagement_to_json(rule) for rule in rules.engagement],
        "caps": {group: _sparse(points=cap.points, days=cap.days) for group, cap in rules.caps.items()},
    }


def from_json(stored: Mapping[str, Json]) -> Rules:
    """The rules of a stored definition. Raises KeyError, TypeError or ValueError for what is none."""
    return Rules(
        fit_threshold=_whole(stored["fit_threshold"]),
        engagement_threshold=_whole(stored["engagement_threshold"]),
        fit=tuple(_fit(_object(rule)) for rule in _list(stored.get("fit", []))),
        engagement=tuple(_engagement(_object(rule)) for rule in _list(stored.get("engagement", []))),
        caps={
            group: Cap(_whole(_object(cap)["points"]), _perhaps(_object(cap).get("days")))
            for group, cap in _object(stored.get("caps", {})).items()
        },
    )


def _sparse(**values: Json) -> dict[str, Json]:
    return {key: value for key, value in values.items() if value not in (None, "", [])}


def _fit_to_json(rule: FitRule) -> dict[str, Json]:
    return _sparse(
        key=rule.key,
        because=rule.because,
        points=rule.points,
        asks=rule.when.asks.value,
        field=rule.when.field,
        values=list(rule.when.values),
        low=rule.when.low,
        high=rule.when.high,
        group=rule.group,
        disqualifies=rule.disqualifies or None,
    )


def _engagement_to_json(rule: EngagementRule) -> dict[str, Json]:
    return _sparse(
        key=rule.key,
        because=rule.because,
        points=rule.points,
        event=rule.event,
        pages=list(rule.pages),
        magnets=list(rule.magnets),
        magnet_kinds=list(rule.magnet_kinds),
        sections=list(rule.sections),
        campaigns=list(rule.campaigns),
        at_most=rule.at_most,
        days=rule.days,
        per=rule.per.value if rule.per is not Per.LEAD else None,
        half_life=rule.half_life,
        group=rule.group,
    )


def _fit(stored: Mapping[str, Json]) -> FitRule:
    low, high = stored.get("low"), stored.get("high")
    return FitRule(
        key=str(stored["key"]),
        because=str(stored["because"]),
        points=_whole(stored.get("points", 0)),
        when=Condition(
            asks=Question(str(stored["asks"])),
            field=str(stored["field"]),
            values=_texts(stored.get("values")),
            low=None if low is None else float(str(low)),
            high=None if high is None else float(str(high)),
        ),
        group=str(stored.get("group", "")),
        disqualifies=stored.get("disqualifies") is True,
    )


def _engagement(stored: Mapping[str, Json]) -> EngagementRule:
    return EngagementRule(
        key=str(stored["key"]),
        because=str(stored["because"]),
        points=_whole(stored["points"]),
        event=str(stored["event"]),
        pages=_texts(stored.get("pages")),
        magnets=_texts(stored.get("magnets")),
        magnet_kinds=_texts(stored.get("magnet_kinds")),
        sections=_texts(stored.get("sections")),
        campaigns=_texts(stored.get("campaigns")),
        at_most=_perhaps(stored.get("at_most")),
        days=_perhaps(stored.get("days")),
        per=Per(str(stored.get("per", Per.LEAD))),
        half_life=_perhaps(stored.get("half_life")),
        group=str(stored.get("group", "")),
    )


def untitled(because: str) -> str:
    """A rule's sentence about whatever it may be."""
    return because.replace(TITLE, "…")


def _object(stored: Json) -> Mapping[str, Json]:
    if not isinstance(stored, dict):
        raise TypeError("an object is expected")
    return stored


def _list(stored: Json) -> list[Json]:
    if not isinstance(stored, list):
        raise TypeError("a list is expected")
    return stored


def _texts(stored: Json) -> tuple[str, ...]:
    return tuple(str(value) for value in _list(stored or []))


def _whole(stored: Json) -> int:
    if not isinstance(stored, int) or isinstance(stored, bool):
        raise TypeError("a whole number is expected")
    return stored


def _perhaps(stored: Json) -> int | None:
    return None if stored is None else _whole(stored)
