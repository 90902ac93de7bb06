"""The whole history once more under other rules: columns of plain numbers, no object for a lead or an event.

What comes out is what `counting` gives for each lead (a test holds the two together). Without the ledger,
a million events take a second or two. Fit is what is known of the lead today.
"""

from array import array
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from capture.scoring import reading
from capture.scoring.columns import MICROS, About, Acts, Flags, Floats, Fulfilled, Ints, Lives, Scorer
from capture.scoring.decay import GRAIN
from capture.scoring.judging import Judge, Judged
from capture.scoring.reading import Offers, People
from capture.scoring.rules import Rules


@dataclass(frozen=True, slots=True)
class Replay:
    """What became of every lead under some rules. Days count from 1970; a lead is its place in `leads`.

    `steps_who`, `steps_day` and `steps_score` hold, lead after lead, each moment at which its engagement was higher
    than ever before. `given` holds for each lead that reached the thresholds, in a row, what each rule (`keys`, in a
    column) gave it, as it was at that moment.
    """

    leads: Ints
    fits: Ints
    barred: Flags
    steps_who: Ints
    steps_day: Floats
    steps_score: Floats
    latest: Floats
    keys: Sequence[str]
    qualified: Ints
    given: Floats
    events: int

    def without(self, lead_ids: Collection[int]) -> "Replay":
        """The same where these leads can reach nothing."""
        apart = np.isin(self.leads, list(lead_ids))
        stay = ~apart[self.qualified]
        return replace(self, barred=self.barred | apart, qualified=self.qualified[stay], given=self.given[stay])

    def fitting(self, fit: int) -> Flags:
        """Which leads reach this fit, and are not disqualified."""
        return (self.fits >= fit) & ~self.barred

    def reached(self, fit: int, engagement: int) -> dict[int, float]:
        """Who reached both thresholds, and the day on which it happened first; the latest come first."""
        high = np.flatnonzero((self.steps_score >= engagement - GRAIN) & self.fitting(fit)[self.steps_who])
        who, first = np.unique(self.steps_who[high], return_index=True)
        days = self.steps_day[high[first]]
        order = np.lexsort((self.leads[who], -days))
        return dict(zip(self.leads[who[order]].tolist(), days[order].tolist(), strict=True))

    def over(self, fit: int, engagement: int) -> list[int]:
        """Who is at or over both thresholds at the end."""
        found: list[int] = self.leads[self.fitting(fit) & (self.latest >= engagement - GRAIN)].tolist()
        return found

    def engaged(self, fit: int) -> set[int]:
        """The leads of this fit that ever had any engagement."""
        return set(self.leads[self.fitting(fit) & (self._peaks() > 0)].tolist())

    def peaks(self, fit: int) -> tuple[list[float], list[int]]:
        """The highest engagement that leads of this fit ever had, the highest first, and the leads."""
        peaks = self._peaks()
        some = np.flatnonzero(self.fitting(fit) & (peaks > 0))
        order = some[np.argsort(-peaks[some], kind="stable")]
        return peaks[order].tolist(), self.leads[order].tolist()

    def _peaks(self) -> Floats:
        peaks = np.zeros(len(self.leads))
        peaks[self.steps_who] = self.steps_score  # the last one of a lead, which is the highest, stays
        return peaks

    def brought(self, keys: Sequence[str], threshold: int) -> dict[str, tuple["array[int]", "array[int]"]]:
        """Of those who reached the thresholds, for each rule of an axis: whom it gave points, and who would not have
        reached the axis's threshold without."""
        columns = [self.keys.index(key) for key in keys]
        totals = self.given[:, columns].sum(axis=1)
        brought = {}
        for key, column in zip(keys, columns, strict=True):
            points = self.given[:, column]
            given = points != 0
            decisive = given & (totals - points < threshold - GRAIN)
            brought[key] = self._packed(self.qualified[given]), self._packed(self.qualified[decisive])
        return brought

    def _packed(self, places: Ints) -> "array[int]":
        return array("q", self.leads[places].astype(np.int64).tobytes())

    def given_to(self, lead_id: int) -> dict[str, float]:
        """What each rule had given a lead when it reached the thresholds."""
        [line] = np.flatnonzero(self.leads[self.qualified] == lead_id)
        return {key: points for key, points in zip(self.keys, self.given[line].tolist(), strict=True) if points}


def play(rules: Rules, *, until_day: float) -> Replay:
    """The history up to now under these rules."""
    return play_each([rules], until_day=until_day)[0]


def play_each(several: Sequence[Rules], *, until_day: float) -> list[Replay]:
    """The history up to now under each of these rules; it is read once."""
    asked = {rule.when.field for rules in several for rule in rules.fit}
    offers = Offers.of(several)
    judges = {_about_fit(rules): Judge(rules) for rules in several}  # rules that change often have the same fit
    plays = [_Play(rules, until_day) for rules in several]
    scorers = {one.scorer.asks: one.scorer for one in plays}
    for people, acts in reading.blocks(asked, offers):
        judged = {same: judge.of(people) for same, judge in judges.items()}
        fulfilled = {same: scorer.fulfilled(offers.abouts, acts) for same, scorer in scorers.items()}
        for rules, one in zip(several, plays, strict=True):
            one.go_on(people, judged[_about_fit(rules)], acts, offers.abouts, fulfilled[one.scorer.asks])
    return [one.done() for one in plays]


def _about_fit(rules: Rules) -> object:
    return rules.fit, tuple(rules.caps.items())


class _Play:
    """One set of rules, and what becomes of the leads under it."""

    def __init__(self, rules: Rules, until: float) -> None:
        self._rules, self._until = rules, until
        self.scorer = Scorer(rules)
        self._parts: list[tuple[Ints, Ints, Flags, Lives]] = []
        self._given: list[Floats] = []
        self._events = 0

    def go_on(
        self, people: People, judged: "Judged", acts: Acts, abouts: Sequence[About], fulfilled: Fulfilled
    ) -> None:
        """The lives of some more leads."""
        rules, (fits, barred, by_rule) = self._rules, judged
        can = (fits >= rules.fit_threshold) & ~barred
        needed = np.where(can, rules.engagement_threshold - GRAIN, np.inf)
        lives = self.scorer.lives(abouts, acts, people.since, needed, until=self._until, fulfilled=fulfilled)
        self._parts.append((people.leads, fits, barred, lives))
        self._given.append(np.hstack([by_rule[lives.reached], lives.given]))
        self._events += len(acts)

    def done(self) -> Replay:
        """All of them."""
        before = np.cumsum([0, *(len(leads) for leads, *_ in self._parts)]).tolist()
        lives = [part[3] for part in self._parts]
        keys = [*(rule.key for rule in self._rules.fit), *(rule.key for rule in self._rules.engagement)]
        return Replay(
            leads=_joined((leads for leads, *_ in self._parts), np.int64),
            fits=_joined((fits for _, fits, *_ in self._parts), np.int64),
            barred=_joined((barred for _, _, barred, _ in self._parts), np.bool_),
            steps_who=_joined((one.steps_who + base for one, base in zip(lives, before, strict=False)), np.int64),
            steps_day=_joined((one.steps_at / MICROS for one in lives), np.float64),
            steps_score=_joined((one.steps_score for one in lives), np.float64),
            latest=_joined((one.latest for one in lives), np.float64),
            keys=keys,
            qualified=_joined((one.reached + base for one, base in zip(lives, before, strict=False)), np.int64),
            given=np.vstack([np.zeros((0, len(keys))), *self._given]),
            events=self._events,
        )


def _joined(parts: Iterable[Any], kind: Any) -> Any:
    return np.concatenate([np.zeros(0, kind), *parts])
