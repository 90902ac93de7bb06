"""What others score: sums of earlier answers, and what was shown of them, frozen with each grant."""

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, select

from capture.db import insert_once, session, upsert
from capture.delivery.models import BenchmarkPerson, BenchmarkSum, Grant
from capture.leads.models import Lead, Submission
from capture.pages import pages, questions
from capture.pages.definition import Definition
from capture.pages.fields import JsonValue
from magnets.assessment import Assessment


def note(grant: Grant, lead: Lead, definition: Definition, answers: Mapping[str, JsonValue]) -> None:
    """Freeze with the grant what those before scored, then count this lead among them; once, and nobody of ours.

    Nothing happens where nothing was asked. Whoever answers next waits for the sums until the transaction ends.
    """
    asked = definition.assessment
    found = questions.result(asked, answers)
    if asked is None or found is None:
        return
    question_set = questions.identity(asked)
    sums = _sums(grant.magnet_id, question_set)
    grant.benchmark = questions.frozen(questions.benchmark(asked, sums))
    if not lead.is_ours:
        _count(lead, grant.magnet_id, question_set, found.by_dimension)


def people(magnet_id: int, asked: Assessment) -> int:
    """How many people have answered these questions so far."""
    return min((count for count, _ in _sums(magnet_id, questions.identity(asked)).values()), default=0)


def tell_apart(lead: Lead) -> None:
    """The lead proved to be one of ours, or none: what he answered first leaves the sums, or enters them."""
    for (magnet_id, question_set), scores in sorted(_answered_first(lead).items()):
        if not lead.is_ours:
            _count(lead, magnet_id, question_set, scores)
            continue
        person = BenchmarkPerson.lead_id == lead.id, BenchmarkPerson.magnet_id == magnet_id
        gone = delete(BenchmarkPerson).where(*person, BenchmarkPerson.question_set == question_set)
        if session().scalar(gone.returning(BenchmarkPerson.id)) is not None:
            _add(magnet_id, question_set, {key: -score for key, score in scores.items()}, people=-1)


def forget(lead_ids: Sequence[int]) -> None:
    """That these leads are counted is known no more; what they scored stays in the sums, where nobody is named."""
    session().execute(delete(BenchmarkPerson).where(BenchmarkPerson.lead_id.in_(lead_ids)))


def _count(lead: Lead, magnet_id: int, question_set: str, scores: Mapping[str, int]) -> None:
    if insert_once(BenchmarkPerson(magnet_id=magnet_id, question_set=question_set, lead_id=lead.id)):
        _add(magnet_id, question_set, scores)


def _answered_first(lead: Lead) -> dict[tuple[int, str], Mapping[str, int]]:
    """Scores by dimension, for each magnet and set of questions."""
    fills = (
        select(Grant.magnet_id, Submission.page_version_id, Submission.answers)
        .join(Submission, Submission.id == Grant.submission_id)
        .where(Grant.lead_id == lead.id)
        .order_by(Grant.id)
    )
    first: dict[tuple[int, str], Mapping[str, int]] = {}
    for magnet_id, version_id, answers in session().execute(fills):
        asked = pages.definition_of(version_id).assessment
        found = questions.result(asked, answers)
        if asked is not None and found is not None:
            first.setdefault((magnet_id, questions.identity(asked)), found.by_dimension)
    return first


def _sums(magnet_id: int, question_set: str) -> dict[str, tuple[int, int]]:
    """People and the sum of their scores, by dimension."""
    query = select(BenchmarkSum.dimension, BenchmarkSum.people, BenchmarkSum.total).where(
        BenchmarkSum.magnet_id == magnet_id, BenchmarkSum.question_set == question_set
    )
    return {dimension: (people, total) for dimension, people, total in session().execute(query)}


def _add(magnet_id: int, question_set: str, scores: Mapping[str, int], *, people: int = 1) -> None:
    """In the order of their names, so that two who answer at once never wait for each other."""
    row = {"magnet_id": magnet_id, "question_set": question_set, "people": people}
    insert = upsert(BenchmarkSum).values([row | {"dimension": key, "total": scores[key]} for key in sorted(scores)])
    added = {
        "people": BenchmarkSum.people + insert.excluded.people,
        "total": BenchmarkSum.total + insert.excluded.total,
    }
    unique = ["magnet_id", "question_set", "dimension"]
    session().execute(insert.on_conflict_do_update(index_elements=unique, set_=added))
