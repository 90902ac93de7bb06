"""The result of an assessment as the page after the form shows it: bars, a radar, the level, what to do next."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from capture.db import JsonObject
from capture.pages import questions
from capture.pages.definition import Definition
from capture.pages.questions import Benchmark, Level, Recommendation, Result

BEST = 100
RADIUS = 100  # of the radar, in units of its SVG
FEWEST_AXES = 3
RINGS = (0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True, slots=True)
class Bar:
    """A dimension; `others` is what others score, None where that is not known."""

    title: str
    about: str
    score: int
    others: int | None


@dataclass(frozen=True, slots=True)
class Axis:
    """An arm of the radar and where its name stands; `anchor` as SVG's text-anchor has it."""

    title: str
    x: float
    y: float
    name_x: float
    name_y: float
    anchor: str


@dataclass(frozen=True, slots=True)
class Radar:
    """Polygons as SVG's `points`; `others` is empty where there is no benchmark."""

    rings: tuple[str, ...]
    axes: tuple[Axis, ...]
    own: str
    others: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """`reached` says for every level whether it is the one reached."""

    score: int
    level: Level
    levels: tuple[tuple[Level, bool], ...]
    bars: tuple[Bar, ...]
    radar: Radar | None
    recommendations: tuple[tuple[Recommendation, tuple[str, ...]], ...]
    others: Benchmark | None


def of(definition: Definition, answers: JsonObject, kept: JsonObject | None) -> Outcome | None:
    """What these answers come to, beside the benchmark that was kept; None for a page that is no assessment."""
    asked = definition.assessment
    found = questions.result(asked, answers)
    if asked is None or found is None:
        return None
    others = questions.others(asked, kept)
    known: Mapping[str, int] = others.dimensions if others else {}
    return Outcome(
        score=found.score,
        level=found.level,
        levels=tuple((level, level.key == found.level.key) for level in asked.levels),
        bars=tuple(
            Bar(part.dimension.title, part.dimension.about, part.score, known.get(part.dimension.key))
            for part in found.dimensions
        ),
        radar=_radar(found, others) if len(found.dimensions) >= FEWEST_AXES else None,
        recommendations=tuple((one, tuple(one.text.split("\n\n"))) for one in found.recommendations),
        others=others,
    )


def _radar(found: Result, others: Benchmark | None) -> Radar:
    count = len(found.dimensions)
    return Radar(
        rings=tuple(_polygon([BEST * ring] * count) for ring in RINGS),
        axes=tuple(_axis(part.dimension.title, at, count) for at, part in enumerate(found.dimensions)),
        own=_polygon([part.score for part in found.dimensions]),
        others=_polygon([others.dimensions[key] for key in found.by_dimension]) if others else "",
    )


def _axis(title: str, at: int, count: int) -> Axis:
    across, down = _direction(at, count)
    anchor = "middle" if abs(across) < 0.1 else "start" if across > 0 else "end"
    return Axis(
        title,
        round(across * RADIUS, 1),
        round(down * RADIUS, 1),
        round(across * (RADIUS + 12), 1),
        round(down * (RADIUS + 12) + (4 if abs(down) < 0.9 else 10 if down > 0 else -2), 1),
        anchor,
    )


def _polygon(values: Sequence[float]) -> str:
    points = []
    for at, value in enumerate(values):
        across, down = _direction(at, len(values))
        points.append(f"{across * RADIUS * value / BEST:.1f},{down * RADIUS * value / BEST:.1f}")
    return " ".join(points)


def _direction(at: int, count: int) -> tuple[float, float]:
    """Clockwise from the top, as SVG counts: x to the right, y down."""
    turn = 2 * math.pi * at / count
    return math.sin(turn), -math.cos(turn)
