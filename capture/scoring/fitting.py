"""Whole-number points out of answers, by a logistic regression of scikit-learn; and how well they rank. No database."""

import importlib
import math
from collections.abc import Sequence
from dataclasses import dataclass

from capture.errors import CannotFit
from capture.languages import say

DOUBLES = 10  # so many points double the odds of a yes
MOST = 100  # points of one rule
_Z = 1.959964  # 95 %


@dataclass(frozen=True, slots=True)
class Area:
    """How well scores rank: the chance that a yes stands before a no (AUC), with the range it lies in with 95 %."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


def area(scores: Sequence[float], answers: Sequence[bool]) -> Area:
    """The area under the ROC curve; equal scores count half. Hanley and McNeil 1982 for the interval.

    https://doi.org/10.1148/radiology.143.1.7063747
    """
    yes = sum(answers)
    no = len(answers) - yes
    if not yes or not no:
        raise CannotFit(say("Only one kind of answer is there. A ranking needs both good and bad leads."))
    order = sorted(range(len(scores)), key=lambda number: scores[number])
    ranks, place = 0.0, 0
    while place < len(order):
        end = place
        while end < len(order) and scores[order[end]] == scores[order[place]]:
            end += 1
        ranks += sum(answers[order[number]] for number in range(place, end)) * (place + 1 + end) / 2
        place = end
    value = (ranks - yes * (yes + 1) / 2) / (yes * no)
    two_yes, two_no = value / (2 - value), 2 * value * value / (1 + value)
    spread = value * (1 - value) + (yes - 1) * (two_yes - value**2) + (no - 1) * (two_no - value**2)
    half = _Z * math.sqrt(max(0.0, spread) / (yes * no))
    return Area(value, max(0.0, value - half), min(1.0, value + half))


def points(rows: Sequence[Sequence[float]], answers: Sequence[bool], signs: Sequence[int]) -> list[int]:
    """What each column is worth for each 1 in it: DOUBLES points double the odds of a yes. Deterministic.

    `signs` says for each column whether its points may only be above zero (1), only below (-1), or either (0); a
    column that would go the other way gets none, and the others are fitted without it.
    """
    kept = [number for number in range(len(signs)) if any(row[number] for row in rows)]
    while kept:
        weights = _weights([[row[number] for number in kept] for row in rows], answers)
        wrong = {number for number, weight in zip(kept, weights, strict=True) if weight * signs[number] < 0}
        if not wrong:
            found = dict(zip(kept, weights, strict=True))
            return [_whole(found.get(number, 0.0)) for number in range(len(signs))]
        kept = [number for number in kept if number not in wrong]
    return [0] * len(signs)


def _weights(rows: list[list[float]], answers: Sequence[bool]) -> list[float]:
    try:
        models = importlib.import_module("sklearn.linear_model")
    except ModuleNotFoundError:
        raise CannotFit(say("Points are fitted by scikit-learn. Add it: pip install 'lodestone[fit]'.")) from None
    model = models.LogisticRegression(max_iter=2_000)
    model.fit(rows, [int(answer) for answer in answers])
    return [float(weight) for weight in model.coef_[0]]


def _whole(weight: float) -> int:
    return max(-MOST, min(MOST, round(weight / math.log(2) * DOUBLES)))
