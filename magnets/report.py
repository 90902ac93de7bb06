"""The pages of an assessment that show a lead's own result, ready for a theme to print.

Every level has its own result page, and every recommendation its own page: a copy keeps those that apply. What others
score stands on a page of its own, since a copy may have nothing to compare with.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from magnets import personal
from magnets.assessment import COMPARISON, Assessment, Dimension, Level, Recommendation, section_of
from magnets.definition import MagnetDefinition, Theme
from magnets.personal import Look

FEWEST_AXES = 3


@dataclass(frozen=True, slots=True)
class Measure:
    """A dimension with its drawing."""

    dimension: Dimension
    drawn: Markup


@dataclass(frozen=True, slots=True)
class LevelPage:
    """`ladder` has all levels, and whether it is this one."""

    section: str
    level: Level
    paragraphs: tuple[str, ...]
    ladder: tuple[tuple[Level, bool], ...]


@dataclass(frozen=True, slots=True)
class AdvicePage:
    """`measures` are those of the dimensions that the advice is about."""

    section: str
    recommendation: Recommendation
    paragraphs: tuple[str, ...]
    measures: tuple[Measure, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """`people` is the place for how many have answered; `source` is said instead where the author gave the numbers."""

    section: str
    radar: Markup | None
    key: Markup
    positions: tuple[Markup, ...]
    people: Markup | None
    source: str


@dataclass(frozen=True, slots=True)
class Report:
    """What stands in the document of an assessment besides its chapters."""

    score: Markup
    radar: Markup | None
    measures: tuple[Measure, ...]
    levels: tuple[LevelPage, ...]
    advice: tuple[AdvicePage, ...]
    comparison: Comparison


@dataclass(frozen=True, slots=True)
class _Numeral:
    """How a theme sets the score: size and box in points."""

    size: float
    weight: int
    width: float
    height: float
    is_loud: bool = False


_NUMERALS = {
    Theme.FOLIO: _Numeral(84, 200, 112, 84),
    Theme.SIGNAL: _Numeral(120, 800, 240, 112, is_loud=True),
    Theme.ATLAS: _Numeral(64, 200, 104, 64),
}


def report(magnet: MagnetDefinition, asked: Assessment) -> Report:
    """The result pages of a magnet."""
    seen = personal.look(magnet)
    numeral = _NUMERALS[magnet.theme]
    score = personal.figure(
        seen,
        "score",
        size=numeral.size,
        width=numeral.width,
        height=numeral.height,
        align="left",
        weight=numeral.weight,
        colour=seen.tones.on_loud if numeral.is_loud else None,
    )
    return Report(
        score=_drawn(score),
        radar=_radar(seen, asked),
        measures=_measures(seen, asked.dimensions),
        levels=tuple(_level(level, asked.levels) for level in asked.levels),
        advice=tuple(_advice(seen, asked, one) for one in asked.recommendations),
        comparison=_comparison(seen, asked),
    )


def _level(level: Level, levels: Sequence[Level]) -> LevelPage:
    ladder = tuple((other, other.key == level.key) for other in levels)
    return LevelPage(section_of(level), level, _paragraphs(level.text), ladder)


def _advice(seen: Look, asked: Assessment, recommendation: Recommendation) -> AdvicePage:
    about = {condition.dimension for condition in recommendation.when}
    concerned = [part for part in asked.dimensions if part.key in about]
    return AdvicePage(
        section_of(recommendation), recommendation, _paragraphs(recommendation.text), _measures(seen, concerned)
    )


def _comparison(seen: Look, asked: Assessment) -> Comparison:
    given = asked.given_benchmark
    compared = [("score", seen.said.overall, "benchmark")]
    compared += [(f"score.{part.key}", part.title, f"benchmark.{part.key}") for part in asked.dimensions]
    people = personal.word(seen, "people", "–", width=6, last=True)
    return Comparison(
        section=COMPARISON,
        radar=_radar(seen, asked, against="profile-others"),
        key=_drawn(personal.key(seen)),
        positions=tuple(
            _drawn(personal.position(seen, name, label, against=to, has_key=False)) for name, label, to in compared
        ),
        people=None if given else _drawn(people),
        source=given.source if given else "",
    )


def _measures(seen: Look, dimensions: Sequence[Dimension]) -> tuple[Measure, ...]:
    return tuple(Measure(part, _drawn(personal.bar(seen, f"score.{part.key}", part.title))) for part in dimensions)


def _radar(seen: Look, asked: Assessment, *, against: str = "") -> Markup | None:
    axes = [part.title for part in asked.dimensions]
    return _drawn(personal.radar(seen, "profile-own", axes, against=against)) if len(axes) >= FEWEST_AXES else None


def _drawn(html: str) -> Markup:
    return Markup(html)  # noqa: S704 - magnets.personal escapes what it is given


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(paragraph for paragraph in text.split("\n\n") if paragraph.strip())
