"""The whole history once more under other rules: columns of plain numbers, no object for a lead or an event.

What comes out is what `counting` gives for each lead (a test holds the two together). Without the ledger,
a million events take a second or two. Where fit changed, a lead's time falls into spans, each with the fit of its own.
"""

from array import array
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any

import numpy as np

from capture.scoring import reading
from capture.scoring.columns import MICROS, Acts, Counted, Flags, Floats, Ints, Lives, Scorer, Spans, Struck
from capture.scoring.decay import GRAIN
from capture.scoring.judging import Judge, Judged
from capture.scoring.people import People
from capture.scoring.reading import Offers
from capture.scoring.rules import Rules, asked_for

LEAST = -(1 << 31)  # no fit is as low


@dataclass(frozen=True, slots=True)
class Replay:
    """What became of every lead under some rules. Days count from 1970; a lead is its place in `leads`.

    Before it did anything, a lead's engagement is 0: it reaches a threshold of 0 as soon as its fit is there.
    `fits`, `barred` and `latest` are of the end. A span is a part of a lead's time with one fit; those of a lead follow
    each other. `steps_span`, `steps_day` and `steps_score` hold, span after span, each moment at which the lead's
    engagement was higher than ever before in it. `given` holds for each lead that reached the thresholds, in a row,
    what each rule (`keys`, in a column) gave it, as it was at that moment.
    """

    leads: Ints
    fits: Ints
    barred: Flags
    latest: Floats
    whose: Ints  # of each span
    span_day: Floats  # on which it begins
    span_fits: Ints
    span_barred: Flags
    steps_span: Ints
    steps_day: Floats
    steps_score: Floats
    keys: Sequence[str]
    qualified: Ints
    given: Floats
    events: int

    def without(self, lead_ids: Collection[int]) -> "Replay":
        """The same where these leads can reach nothing."""
        apart = np.isin(self.leads, list(lead_ids))
        stay = ~apart[self.qualified]
        return replace(
            self,
            barred=self.barred | apart,
            span_barred=self.span_barred | apart[self.whose],
            qualified=self.qualified[stay],
            given=self.given[stay],
        )

    def _fitting(self, fit: int) -> Flags:
        """In which spans a lead reaches this fit, and is not disqualified."""
        return (self.span_fits >= fit) & ~self.span_barred

    def reached(self, fit: int, engagement: int) -> dict[int, float]:
        """Who reached both thresholds, and the day on which it happened first; the latest come first."""
        fitting = self._fitting(fit)
        high = np.flatnonzero((self.steps_score >= engagement - GRAIN) & fitting[self.steps_span])
        spans, since = self.steps_span[high], self.steps_day[high]
        if engagement <= 0:
            spans = np.flatnonzero(fitting)
            since = self.span_day[spans]
        who, first = np.unique(self.whose[spans], return_index=True)
        days = since[first]
        order = np.lexsort((self.leads[who], -days))
        return dict(zip(self.leads[who[order]].tolist(), days[order].tolist(), strict=True))

    def over(self, fit: int, engagement: int) -> list[int]:
        """Who is at or over both thresholds at the end."""
        fitting = (self.fits >= fit) & ~self.barred
        found: list[int] = self.leads[fitting & (self.latest >= engagement - GRAIN)].tolist()
        return found

    def engaged(self, fit: int) -> set[int]:
        """The leads that ever had any engagement while they had this fit."""
        return set(self.leads[self._peaks(fit) > 0].tolist())

    def fitting(self, fit: int) -> set[int]:
        """The leads that ever had this fit."""
        return set(self.leads[self.whose[self._fitting(fit)]].tolist())

    def peaks(self, fit: int) -> tuple[list[float], list[int]]:
        """The highest engagement that leads ever had while they had this fit, the highest first, and the leads; 0 for
        who never had any."""
        peaks, some = self._peaks(fit), np.unique(self.whose[self._fitting(fit)])
        order = some[np.argsort(-peaks[some], kind="stable")]
        return peaks[order].tolist(), self.leads[order].tolist()

    def best_fits(self) -> Ints:
        """The highest fit that each lead ever had when it was not disqualified; LEAST for who always was."""
        fits = np.full(len(self.leads), LEAST)
        np.maximum.at(fits, self.whose, np.where(self.span_barred, LEAST, self.span_fits))
        return fits

    def _peaks(self, fit: int) -> Floats:
        of_span = np.zeros(len(self.whose))
        of_span[self.steps_span] = self.steps_score  # the last one of a span, which is the highest, stays
        of_span[~self._fitting(fit)] = 0
        peaks = np.zeros(len(self.leads))
        np.maximum.at(peaks, self.whose, of_span)
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
    asked = {field for rules in several for field in asked_for(rules)}
    offers = Offers.of(several)
    judges = {_about_fit(rules): Judge(rules) for rules in several}  # rules that change often have the same fit

    def alike(field: str, value: str) -> object:
        return tuple(judge.heard(field, value) for judge in judges.values())

    plays = [_Play(rules, until_day) for rules in several]
    scorers = {one.scorer.asks: one.scorer for one in plays}
    for people, acts, struck in reading.blocks(asked, offers, alike):
        judged = {same: judge.without(struck, judge.of(people), people) for same, judge in judges.items()}
        kept = _matters(people, [by_rule for _, _, by_rule in judged.values()])
        spans = Spans(people.whose[kept], people.since[kept])
        fulfilled = {same: scorer.fulfilled(offers.abouts, acts) for same, scorer in scorers.items()}
        for rules, one in zip(several, plays, strict=True):
            fits, barred, by_rule = judged[_about_fit(rules)]
            counted = one.scorer.counted(offers.abouts, acts, fulfilled[one.scorer.asks])
            one.go_on(people.leads, spans, (fits[kept], barred[kept], by_rule[kept]), acts, counted, struck)
    return [one.done() for one in plays]


def _matters(people: People, by_rule: Sequence[Ints]) -> Flags:
    """The rows with which a lead begins, or any fit rule holds or no longer holds."""
    begins = np.append(True, people.whose[1:] != people.whose[:-1])
    for given in by_rule:
        begins[1:] |= (given[1:] != given[:-1]).any(axis=1)
    return begins


def _about_fit(rules: Rules) -> object:
    return rules.fit, tuple(rules.caps.items())


class _Play:
    """One set of rules, and what becomes of the leads under it."""

    def __init__(self, rules: Rules, until: float) -> None:
        self._rules, self._until = rules, until
        self.scorer = Scorer(rules)
        self._leads: list[Ints] = []
        self._spans: list[Spans] = []
        self._fits: list[Ints] = []
        self._barred: list[Flags] = []
        self._lives: list[Lives] = []
        self._reached: list[Ints] = []  # the spans in which leads reached the thresholds first
        self._given: list[Floats] = []
        self._events = 0

    def go_on(self, leads: Ints, spans: Spans, judged: Judged, acts: Acts, counted: Counted, struck: Struck) -> None:
        """The lives of some more leads."""
        rules, (fits, barred, by_rule) = self._rules, judged
        can = (fits >= rules.fit_threshold) & ~barred
        needed = np.where(can, rules.engagement_threshold - GRAIN, np.inf)
        lives = self.scorer.lives(acts, counted, struck, spans, needed, until=self._until)
        self._events += len(acts) - acts.still
        self._leads.append(leads)
        self._spans.append(spans)
        self._fits.append(fits)
        self._barred.append(barred)
        self._lives.append(lives)
        reached, given = lives.reached, lives.given
        if rules.engagement_threshold <= 0:
            fitting = np.flatnonzero(can)
            reached = fitting[np.unique(spans.whose[fitting], return_index=True)[1]]
            given = np.zeros((len(reached), given.shape[1]))
        self._reached.append(reached)
        self._given.append(np.hstack([by_rule[reached], given]))

    def done(self) -> Replay:
        """All of them."""
        spans, lives = self._spans, self._lives
        leads = _before(self._leads)
        base = _before([one.whose for one in spans])
        whose = _joined((one.whose + lead for one, lead in zip(spans, leads, strict=True)), np.int64)
        fits, barred = _joined(self._fits, np.int64), _joined(self._barred, np.bool_)
        is_last = np.append(whose[1:] != whose[:-1], True)[: len(whose)]
        keys = [*(rule.key for rule in self._rules.fit), *(rule.key for rule in self._rules.engagement)]
        return Replay(
            leads=_joined(self._leads, np.int64),
            fits=fits[is_last],
            barred=barred[is_last],
            latest=_joined((one.latest for one in lives), np.float64),
            whose=whose,
            span_day=_joined((one.since / MICROS for one in spans), np.float64),
            span_fits=fits,
            span_barred=barred,
            steps_span=_joined((one.steps_span + span for one, span in zip(lives, base, strict=True)), np.int64),
            steps_day=_joined((one.steps_at / MICROS for one in lives), np.float64),
            steps_score=_joined((one.steps_score for one in lives), np.float64),
            keys=keys,
            qualified=whose[_joined((one + span for one, span in zip(self._reached, base, strict=True)), np.int64)],
            given=np.vstack([np.zeros((0, len(keys))), *self._given]),
            events=self._events,
        )


def _before(parts: Sequence[Ints]) -> list[int]:
    """How many there are before each part."""
    return [*accumulate((len(part) for part in parts), initial=0)][:-1]


def _joined(parts: Iterable[Any], kind: Any) -> Any:
    return np.concatenate([np.zeros(0, kind), *parts])
