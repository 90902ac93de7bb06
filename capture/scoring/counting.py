"""Which points are due to a lead under a set of rules: the whole ledger as it should be. Plain arithmetic."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from capture.attribution import patterns
from capture.scoring.conditions import Facts
from capture.scoring.rules import TITLE, EngagementRule, Per, Rules


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A human event, as far as rules look at it."""

    event_id: int
    event: str
    at: datetime
    page: str = ""
    magnet: str = ""
    magnet_kind: str = ""
    title: str = ""
    section: str = ""
    campaign: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """Points that stand in the ledger if it is right. Fit has no event and no instant: it is so, or it is not."""

    rule_key: str
    points: int
    because: str
    event_id: int | None = None
    occurred_at: datetime | None = None
    half_life: int | None = None


@dataclass(slots=True)
class _Room:
    """What is left under a cap, or of a number of times, in any span of days."""

    most: int | None
    days: int | None
    used: int = 0
    given: deque[tuple[datetime, int]] = field(default_factory=deque)

    def take(self, wanted: int, at: datetime) -> int:
        """How much of `wanted` is left at `at`; it is taken. Instants must not go back."""
        if self.most is None:
            return wanted
        while self.days and self.given and self.given[0][0] <= at - timedelta(days=self.days):
            self.used -= self.given.popleft()[1]
        taken = max(0, min(wanted, self.most - self.used))
        if taken:
            self.used += taken
            self.given.append((at, taken))
        return taken


def fit(rules: Rules, facts: Facts) -> list[Due]:
    """The points for what is known about a lead. In a group with a cap, rules count in the order of the set."""
    left = {group: cap.points for group, cap in rules.caps.items()}
    due = []
    for rule in rules.fit:
        if rule.disqualifies or not rule.when.holds(facts):
            continue
        points = rule.points
        if rule.group in left and points > 0:
            points = min(points, left[rule.group])
            left[rule.group] -= points
        if points:
            due.append(Due(rule.key, points, rule.because))
    return due


def bars(rules: Rules, facts: Facts) -> list[Due]:
    """What keeps a lead from being handed over: one point on an axis of its own for each reason."""
    return [Due(rule.key, 1, rule.because) for rule in rules.fit if rule.disqualifies and rule.when.holds(facts)]


def engagement(rules: Rules, occurrences: Iterable[Occurrence]) -> list[Due]:
    """The points for what a lead did, in the order in which it happened."""
    in_order = sorted(occurrences, key=lambda act: (act.at, act.event_id))
    rooms: dict[tuple[str, str], _Room] = {}
    caps = {group: _Room(cap.points, cap.days) for group, cap in rules.caps.items()}
    by_event: dict[str, list[EngagementRule]] = {}
    for rule in rules.engagement:
        by_event.setdefault(rule.event, []).append(rule)
    due = []
    for act in in_order:
        for rule in by_event.get(act.event, ()):
            if not _is_about(rule, act):
                continue
            room = rooms.setdefault((rule.key, _unit(rule, act)), _Room(rule.at_most, rule.days))
            if not room.take(1, act.at):
                continue
            capped = rule.points > 0 and rule.group in caps
            points = caps[rule.group].take(rule.points, act.at) if capped else rule.points
            if points:
                due.append(_due(rule, act, points))
    return due


def _is_about(rule: EngagementRule, act: Occurrence) -> bool:
    return (
        _is_among(act.page, rule.pages)
        and _is_among(act.magnet, rule.magnets)
        and _is_among(act.magnet_kind, rule.magnet_kinds)
        and _is_among(act.section, rule.sections)
        and (not rule.campaigns or patterns.is_of(act.campaign, rule.campaigns))
    )


def _is_among(value: str, wanted: Sequence[str]) -> bool:
    return not wanted or value in wanted


def _unit(rule: EngagementRule, act: Occurrence) -> str:
    return {Per.LEAD: "", Per.PAGE: act.page, Per.MAGNET: act.magnet}[rule.per]


def _due(rule: EngagementRule, act: Occurrence, points: int) -> Due:
    return Due(
        rule_key=rule.key,
        points=points,
        because=sentence(rule, act.title),
        event_id=act.event_id,
        occurred_at=act.at,
        half_life=half_life(rule, points),
    )


def sentence(rule: EngagementRule, title: str) -> str:
    """Why there are points."""
    return rule.because.replace(TITLE, title or "something of ours")


def half_life(rule: EngagementRule, points: int) -> int | None:
    """How points of a rule fade: negative ones never do."""
    return rule.half_life if points > 0 else None
