"""Charts as geometry: what a template draws as SVG, with labels at the marks and a table beside it.

Drawn here and not by a library, for the reason of magnets.figures: libraries write their colours and sizes into
`style` attributes, which the content policy refuses, and know nothing of dark mode or of the table beside them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 720, 200  # of the drawing area, in units of the SVG
GAP = 0.28  # of a group's width that stays empty


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar with its value; `series` counts from 0."""

    x: float
    y: float
    width: float
    height: float
    series: int
    value: int


@dataclass(frozen=True, slots=True)
class Group:
    """The bars of one label; `middle` is where the label stands."""

    label: str
    middle: float
    bars: Sequence[Bar]


@dataclass(frozen=True, slots=True)
class Columns:
    """Grouped columns over one scale. `ticks` are heights from the top with their values."""

    groups: Sequence[Group]
    ticks: Sequence[tuple[float, int]]
    width: int = WIDTH
    height: int = HEIGHT


def columns(labels: Sequence[str], series: Sequence[Sequence[int]]) -> Columns:
    """Columns for each label, a bar for each series; every series has a value for every label."""
    top = _round_up(max((value for values in series for value in values), default=0))
    span = WIDTH / max(1, len(labels))
    bar = span * (1 - GAP) / max(1, len(series))
    groups = []
    for at, label in enumerate(labels):
        left = at * span + span * GAP / 2
        heights = [HEIGHT * values[at] / top for values in series]
        bars = [
            Bar(left + number * bar, HEIGHT - height, bar * 0.92, height, number, series[number][at])
            for number, height in enumerate(heights)
        ]
        groups.append(Group(label, at * span + span / 2, bars))
    return Columns(groups, [(HEIGHT * (1 - part / 2), round(top * part / 2)) for part in (0, 1, 2)])


def ticks(most: int) -> list[int]:
    """Whole numbers as people count, from 0 up to `most` at the most: steps of 1, 2 or 5 with zeros, six of them."""
    steps = (factor * 10**zeros for zeros in range(len(str(most))) for factor in (1, 2, 5))
    step = next(step for step in (*steps, most) if most // step <= 5)
    return [*range(0, most + 1, step)]


def _round_up(value: int) -> int:
    """The end of a scale: an even number, so that its half is a whole one, of one digit and zeros."""
    step = int("1".ljust(len(str(value)), "0"))
    ends = (factor * step for factor in (1, 2, 4, 6, 8, 10, 20))
    return next(end for end in ends if end >= value and end % 2 == 0)
