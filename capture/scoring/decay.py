"""How points fade: by half in every half-life, from the instant at which what they are for happened."""

import math
from collections.abc import Sequence
from datetime import datetime

DAY = 86_400.0
MOST_HALVINGS = 1_000.0  # beyond it nothing is left; PostgreSQL calls a smaller power an underflow
GRAIN = 1e-6  # far more than floating point loses, far less than a point


def left(points: int, occurred_at: datetime, half_life: int | None, *, at: datetime) -> float:
    """What is left of the points at `at`; `half_life` in days, None for points that stay."""
    if half_life is None:
        return float(points)
    age = max(0.0, (at - occurred_at).total_seconds()) / DAY
    return points * math.pow(2.0, -min(age / half_life, MOST_HALVINGS))


def whole(score: float) -> int:
    """A score as it is shown and compared with a threshold: rounded down to whole points."""
    return math.floor(score + GRAIN)


def tenths(score: float) -> float:
    """A score with one decimal, rounded down as `whole` does."""
    return math.floor((score + GRAIN) * 10) / 10


def parts(points: Sequence[float], score: int) -> list[int]:
    """What each is worth in whole points that add up to the score: what is left goes to those that lost most."""
    rounded = [math.floor(one + GRAIN) for one in points]
    left = score - sum(rounded)
    lost_most = sorted(range(len(points)), key=lambda place: rounded[place] - points[place], reverse=left < 0)
    for place in lost_most[: abs(left)]:
        rounded[place] += 1 if left > 0 else -1
    return rounded


def parts_in_tenths(points: Sequence[float], score: float) -> list[float]:
    """The same with one decimal, of a score with one."""
    return [part / 10 for part in parts([one * 10 for one in points], round(tenths(score) * 10))]
