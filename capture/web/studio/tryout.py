"""An assessment tried out: what answers come to as it is written now, and what they could come to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from flask import request

from capture.pages import questionnaire
from magnets import assessment, example
from magnets.assessment import BEST, Assessment, Dimension, Level, Question, QuestionKind, Result

PREFIX = "try-"  # before the key of a question, so that no answer is taken for something else


@dataclass(frozen=True, slots=True)
class Reach:
    """A dimension with its questions, and the scores that it can have."""

    dimension: Dimension
    low: int
    high: int
    questions: Sequence[Question]


@dataclass(frozen=True, slots=True)
class Stretch:
    """A level, the scores that have it, and whether any answers lead there."""

    level: Level
    end: int
    is_reachable: bool

    @property
    def width(self) -> int:
        return self.end - self.level.start + 1


@dataclass(frozen=True, slots=True)
class Tried:
    """`answers` are those of the address; without one, everyday answers."""

    asked: Assessment
    answers: Mapping[str, object]
    result: Result
    reaches: Sequence[Reach]
    low: int
    high: int
    levels: Sequence[Stretch]

    def chosen(self, question: Question, value: str) -> bool:
        """Whether this answer is among those that are tried."""
        given = self.answers.get(question.key)
        return value in given if isinstance(given, list | tuple) else given == value

    def typed(self, question: Question) -> str:
        """A number that is tried, as it is typed."""
        given = self.answers.get(question.key)
        return f"{given:g}" if isinstance(given, int | float) else ""

    @property
    def is_written(self) -> bool:
        """Whether there is enough of it to come to a result."""
        return any(reach.questions for reach in self.reaches)


def of(table: Mapping[str, object]) -> Tried:
    """The assessment of a magnet.toml with the answers in the address of the request."""
    asked = questionnaire.assessment_of(table)
    known = {part.key for part in asked.dimensions}
    asked = replace(asked, questions=tuple(one for one in asked.questions if one.dimension in known))
    answers = _answers(asked) if request.args.get("try") else example.answers(asked)
    reach = assessment.reach(asked)
    low, high = reach[""]
    return Tried(
        asked,
        answers,
        assessment.result(asked, answers),
        [Reach(part, *reach[part.key], asked.asked_for(part)) for part in asked.dimensions],
        low,
        high,
        _stretches(asked.levels, low, high),
    )


def _answers(asked: Assessment) -> dict[str, object]:
    found: dict[str, object] = {}
    for question in asked.questions:
        given = request.args.getlist(PREFIX + question.key)
        if question.kind is QuestionKind.SEVERAL:
            found[question.key] = given
        elif question.kind is QuestionKind.NUMBER:
            found[question.key] = _number(next(iter(given), ""))
        else:
            found[question.key] = next(iter(given), "")
    return found


def _number(text: str) -> float | None:
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return None
    return number if abs(number) < 1e15 else None


def _stretches(levels: Sequence[Level], low: int, high: int) -> list[Stretch]:
    """The levels from the lowest to the highest, each up to where the next begins."""
    ordered = sorted(levels, key=lambda level: level.start)
    ends = [level.start - 1 for level in ordered[1:]] + [BEST]
    return [
        Stretch(level, end, level.start <= high and end >= low)
        for level, end in zip(ordered, ends, strict=True)
        if end >= level.start
    ]
