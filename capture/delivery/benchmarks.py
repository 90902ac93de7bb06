"""What others score: sums of earlier answers, and what was shown of them, frozen with each grant."""

from collections.abc import Mapping

from sqlalchemy import select

from capture.accounts import staff
from capture.db import insert_once, session, upsert
from capture.delivery.models import BenchmarkPerson, BenchmarkSum, Grant
from capture.leads.models import Lead
from capture.pages import questions
from capture.pages.definition import Definition
from capture.pages.fields import JsonValue


def note(grant: Grant, lead: Lead, definition: Definition, answers: Mapping[str, JsonValue]) -> None:
    """Freeze with the grant what those before scored, then count this lead among them; once, and nobody of the staff.

    Nothing happens where nothing was asked. Whoever answers next waits for the sums until the transaction ends.
    """
    asked = definition.assessment
    found = questions.result(asked, answers)
    if asked is None or found is None:
        return
    question_set = questions.identity(asked)
    sums = _sums(grant.magnet_id, question_set)
    grant.benchmark = questions.frozen(questions.benchmark(asked, sums))
    if staff.by_email(lead.email) is None:
        person = BenchmarkPerson(magnet_id=grant.magnet_id, question_set=question_set, lead_id=lead.id)
        if insert_once(person):
            _add(grant.magnet_id, question_set, found.by_dimension)


def _sums(magnet_id: int, question_set: str) -> dict[str, tuple[int, int]]:
    """People and the sum of their scores, by dimension."""
    query = select(BenchmarkSum.dimension, BenchmarkSum.people, BenchmarkSum.total).where(
        BenchmarkSum.magnet_id == magnet_id, BenchmarkSum.question_set == question_set
    )
    return {dimension: (people, total) for dimension, people, total in session().execute(query)}


def _add(magnet_id: int, question_set: str, scores: Mapping[str, int]) -> None:
    """In the order of their names, so that two who answer at once never wait for each other."""
    row = {"magnet_id": magnet_id, "question_set": question_set, "people": 1}
    insert = upsert(BenchmarkSum).values([row | {"dimension": key, "total": scores[key]} for key in sorted(scores)])
    added = {
        "people": BenchmarkSum.people + insert.excluded.people,
        "total": BenchmarkSum.total + insert.excluded.total,
    }
    unique = ["magnet_id", "question_set", "dimension"]
    session().execute(insert.on_conflict_do_update(index_elements=unique, set_=added))
