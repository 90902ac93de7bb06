"""The questions of an assessment as fields of the form, and what the answers to them come to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from capture.db import JsonObject
from capture.pages.fields import Field, FieldKind, Option
from magnets import assessment as arithmetic
from magnets.assessment import Answers, Assessment, Benchmark, Level, Question, QuestionKind, Recommendation, Result

if TYPE_CHECKING:
    from magnets.imprint import Value

__all__ = [
    "Benchmark",
    "InCopy",
    "Level",
    "Recommendation",
    "Result",
    "benchmark",
    "fields",
    "frozen",
    "identity",
    "in_copy",
    "others",
    "result",
]

KINDS: Mapping[QuestionKind, FieldKind] = {
    QuestionKind.CHOICE: FieldKind.RADIO,
    QuestionKind.SEVERAL: FieldKind.CHECKBOXES,
    QuestionKind.SCALE: FieldKind.RADIO,
    QuestionKind.YES_NO: FieldKind.RADIO,
    QuestionKind.NUMBER: FieldKind.NUMBER,
}


def fields(assessment: Assessment | None) -> tuple[Field, ...]:
    """One field for each question, dimension by dimension: the order of the steps."""
    if assessment is None:
        return ()
    return tuple(_field(question) for part in assessment.dimensions for question in assessment.asked_for(part))


def result(assessment: Assessment | None, answers: Answers) -> Result | None:
    """What the answers come to; None for a page that is no assessment."""
    return arithmetic.result(assessment, answers) if assessment else None


@dataclass(frozen=True, slots=True)
class InCopy:
    """What a result adds to the copy of the one who answered: values for its slots, and the pages that are kept."""

    values: Mapping[str, "Value"]
    sections: tuple[str, ...]


def identity(assessment: Assessment) -> str:
    """The name of the set of questions whose answers can be compared."""
    return arithmetic.question_set(assessment)


def benchmark(assessment: Assessment, sums: Mapping[str, tuple[int, int]]) -> Benchmark | None:
    """What earlier people scored, from their number and the sum of their scores by dimension; None while too few."""
    people = min((count for count, _ in sums.values()), default=0)
    return arithmetic.benchmark_of(assessment, people, {key: total for key, (_, total) in sums.items()})


def frozen(others: Benchmark | None) -> JsonObject | None:
    """A benchmark of earlier answers as it is kept."""
    return {"score": others.score, "dimensions": dict(others.dimensions), "people": others.people} if others else None


def others(assessment: Assessment, kept: JsonObject | None) -> Benchmark | None:
    """What others score: what the author says, or else what was kept."""
    if assessment.given_benchmark or kept is None:
        return assessment.given_benchmark
    dimensions = {part.key: kept["dimensions"].get(part.key) for part in assessment.dimensions}
    return None if None in dimensions.values() else Benchmark(kept["score"], dimensions, people=kept["people"])


def in_copy(assessment: Assessment | None, answers: Answers, kept: JsonObject | None) -> InCopy | None:
    """What the copy shows of these answers, beside the benchmark that was kept with it.

    None where nothing was answered, or nothing was asked.
    """
    if assessment is None or not any(question.key in answers for question in assessment.questions):
        return None
    found, compared = arithmetic.result(assessment, answers), others(assessment, kept)
    return InCopy(arithmetic.values(found, compared), arithmetic.sections(found, compared))


def _field(question: Question) -> Field:
    return Field(
        key=question.key,
        kind=KINDS[question.kind],
        label=question.text,
        hint=question.hint,
        required=question.required,
        options=tuple(Option(answer.value, answer.label) for answer in question.answers),
        minimum=0 if question.kind is QuestionKind.NUMBER and min(question.worst, question.best) >= 0 else None,
    )
