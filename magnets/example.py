"""The document of an assessment with an invented result: what people see of it before they have one of their own."""

import io
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from magnets import assessment
from magnets.assessment import Answers, Assessment, Question, QuestionKind, Result

SHARES = (0.55, 0.75, 0.4, 0.85, 0.3)
"""How good the answers to each dimension are, in turn: a result of everyday, with something to praise and to mend."""


@dataclass(frozen=True, slots=True)
class Example:
    """`pages` is how many it has: fewer than the edition, which holds the pages of every level."""

    pdf: bytes
    pages: int


def example(edition: bytes, asked: Assessment) -> Example:
    """A copy of a prepared document, as somebody gets it with everyday answers."""
    import pikepdf  # slow to import, and whoever asks for answers alone opens no document

    found = assessment.result(asked, answers(asked))
    pdf = _copy(edition, found, assessment.sections(found, None))
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return Example(pdf, len(document.pages))


def filled(edition: bytes, asked: Assessment) -> bytes:
    """Every page of a prepared document, those of all levels and all advice, with the figures of everyday answers."""
    return _copy(edition, assessment.result(asked, answers(asked)), None)


def _copy(edition: bytes, found: Result, sections: Sequence[str] | None) -> bytes:
    from magnets.imprint import Prepared  # see `example`

    with tempfile.TemporaryDirectory(prefix="lodestone-example-") as name:
        path = Path(name) / "edition.pdf"
        path.write_bytes(edition)
        values = assessment.values(found, None)
        return b"".join(Prepared.open(path).copy(values, link_prefix=None, sections=sections).chunks())


def answers(asked: Assessment) -> Answers:
    """An answer to every question, as near as can be to what its dimension is to be worth."""
    shares = {part.key: SHARES[at % len(SHARES)] for at, part in enumerate(asked.dimensions)}
    return {question.key: _answer(question, shares[question.dimension]) for question in asked.questions}


def _answer(question: Question, share: float) -> str | float | Sequence[str]:
    if question.kind is QuestionKind.NUMBER:
        return question.worst + (question.best - question.worst) * share
    values = [answer.value for answer in question.answers]
    if question.kind is QuestionKind.SEVERAL:
        return min((values[:count] for count in range(len(values) + 1)), key=lambda some: _miss(question, some, share))
    return min(values, key=lambda value: _miss(question, value, share))


def _miss(question: Question, answer: str | Sequence[str], share: float) -> float:
    return abs((question.share(answer) or 0.0) - share)
