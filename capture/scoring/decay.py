"""How points fade: by half in every half-life, from the instant at which what they are for happened."""

import math
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
