"""The questions of an assessment as fields of the form, and what the answers to them come to."""

from collections.abc import Mapping
from dataclasses import dataclass

from capture.pages.fields import Field, FieldKind, Option
from magnets import assessment as arithmetic
from magnets.assessment import Answers, Assessment, Benchmark, Level, Question, QuestionKind, Recommendation, Result
from magnets.imprint import Value

__all__ = ["Benchmark", "InCopy", "Level", "Recommendation", "Result", "fields", "in_copy", "result"]

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

    values: Mapping[str, Value]
    sections: tuple[str, ...]


def in_copy(assessment: Assessment | None, answers: Answers) -> InCopy | None:
    """What the copy shows of these answers; None where nothing was answered, or nothing was asked."""
    if assessment is None or not any(question.key in answers for question in assessment.questions):
        return None
    found, others = arithmetic.result(assessment, answers), assessment.given_benchmark
    return InCopy(arithmetic.values(found, others), arithmetic.sections(found, others))


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
