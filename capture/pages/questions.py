"""The questions of an assessment as fields of the form, and what the answers to them come to."""

from collections.abc import Mapping

from capture.pages.fields import Field, FieldKind, Option
from magnets import assessment as arithmetic
from magnets.assessment import Answers, Assessment, Benchmark, Level, Question, QuestionKind, Recommendation, Result

__all__ = ["Benchmark", "Level", "Recommendation", "Result", "fields", "result"]

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
