"""Whatever became of leads: a search finds each who says its words now, by part of an index, and nobody else."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, event, insert, select, text, update

from capture import clock
from capture.db import db, is_sqlite, session, transaction
from capture.journey import privacy
from capture.leads import names, values
from capture.leads.models import Lead, LeadAddress, LeadBlock, LeadValue
from capture.reports import finding, lookalikes
from capture.reports.finding import Sought
from tests.factories import NOON, a_lead, every

WORDS = ("Ada", "Áda", "byron", "Alder", "alder castings", "100%_sure", "Hopper", "\x1f")
FIELDS = ("name", "first_name", "last_name", "company", "email")
STEPS = ("written", "learnt", "updated", "deleted", "erased")

steps = st.lists(
    st.tuples(st.sampled_from(STEPS), st.integers(0, 19), st.sampled_from(FIELDS), st.sampled_from(WORDS)), max_size=12
)
PARTS = ("a", "ada", "BYRON", "der", "%_", "hop", "z", "person")
asked = st.lists(st.sampled_from(PARTS), min_size=2, max_size=3)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=steps, words=asked)
def test_a_search_finds_who_says_all_of_its_words_now(
    app: Flask, told: list[tuple[str, int, str, str]], words: list[str]
) -> None:
    _clear()
    people = [a_lead() for _ in range(20)]
    for step, which, field, word in told:
        _do(step, people[which], field, word)

    alive = [lead for lead in every(Lead) if lead.erased_at is None]
    for some in (words, *([part] for part in PARTS)):
        found = finding.listing(Sought(text=" ".join(some)), zone=ZoneInfo("UTC"), at=NOON)
        assert {row.public_id for row in found.rows} == {lead.public_id for lead in alive if _says(lead, some)}
    if is_sqlite():  # and what nobody says any more stands nowhere
        kept = session().scalars(select(LeadBlock.text)).all()
        assert sum(map(_letters, kept)) == sum(map(_letters, session().scalars(select(Lead.sought))))
    assert all(lead.name_key == names.key(lead.full_name) for lead in every(Lead))


def _do(step: str, lead: Lead, field: str, word: str) -> None:
    if session().scalar(select(Lead.id).where(Lead.id == lead.id, Lead.erased_at.is_(None))) is None:
        return
    if step == "erased":
        privacy.erase(session().get_one(Lead, lead.id).public_id, actor="cli", at=clock.now())
        return
    with transaction() as writing:
        mine = writing.get_one(Lead, lead.id)
        if step == "deleted":
            for table in (LeadAddress, LeadValue):
                writing.execute(delete(table).where(table.lead_id == mine.id))
            writing.execute(delete(Lead).where(Lead.id == mine.id))
        elif step == "updated":  # several rows in a statement
            writing.execute(update(Lead).where(Lead.id.in_((mine.id, mine.id + 1))).values(company=word))
        elif step == "learnt" and field != "email":
            values.learn(mine, {field: word}, submission_id=None, at=NOON)
        else:
            setattr(mine, field, f"{word}{mine.id}@company.example" if field == "email" else word)


def _letters(said: str | None) -> int:
    return len((said or "").replace("\x1f", ""))


def _clear() -> None:
    """Examples share the test's transaction."""
    with transaction() as writing:
        for table in (LeadValue, LeadAddress, Lead):
            writing.execute(delete(table))


def _says(lead: Lead, words: list[str]) -> bool:
    said = " ".join((lead.email, lead.first_name, lead.last_name, lead.name, lead.company)).lower()
    return all(word.lower() in said for word in words)


def test_who_may_be_the_same_person_is_found_by_indexes_and_the_nearest_of_many(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = a_lead("ada@analytical.example", name="Ada Byron", company="Analytical", phone="+44 20 1")
    a_lead("a.byron@mail.analytical.example", name="Byron, Áda")
    a_lead("ada@engines.example", first_name="ADA", last_name="Byron", company="Analytical")
    for number in range(4):
        a_lead(f"ada{number}@gmail.com", name="Ada Byron")
    monkeypatch.setattr(lookalikes, "LOOKED_AT", 2)

    with _asked() as told:
        found = lookalikes.of(ada)

    assert {one.lead.email: list(one.because) for one in found} == {
        "a.byron@mail.analytical.example": ["the same name at the same company"],
        "ada@engines.example": ["the same name and company"],
    }
    assert sum("name_key" in statement for statement, _ in told) >= 1
    assert [plan for plan in map(_plan, told) if re.search(r"SCAN lead\b|Seq Scan on lead\b", plan)] == []


def test_a_search_by_parts_of_words_goes_by_an_index_among_many_leads(app: Flask) -> None:
    _clear()
    with transaction() as writing:
        many = ({"email": f"p{n}@company{n % 97}.example", "name": f"Person {n} of Many"} for n in range(4_000))
        writing.execute(insert(Lead), [lead | {"created_at": NOON} for lead in many])
        if not is_sqlite():
            writing.execute(text("SELECT gin_clean_pending_list('ix_lead_sought')"))
        writing.execute(text("ANALYZE lead"))
    ada = a_lead("ada@analytical.example", name="Ada Byron", company="Alder Castings")

    with _asked() as told:
        found = finding.listing(Sought(text="byro castin"), zone=ZoneInfo("UTC"), at=NOON)

    assert [row.public_id for row in found.rows] == [ada.public_id]
    plans = [_plan(one, by_itself=True) for one in told if " LIKE " in one[0]]
    assert plans
    if is_sqlite():
        assert any("SCAN lead_block" in plan for plan in plans)
    else:
        assert any("ix_lead_sought" in plan for plan in plans)
        assert not any("Seq Scan on lead" in plan for plan in plans)


Asked = tuple[str, Any]


@contextmanager
def _asked() -> Iterator[list[Asked]]:
    told: list[Asked] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_rest: object) -> None:
        told.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    yield told
    event.remove(db.engine, "before_cursor_execute", note)


def _plan(asked: Asked, *, by_itself: bool = False) -> str:
    """How the database comes to the rows; PostgreSQL reads a small table through, unless there is a way around it."""
    statement, parameters = asked
    connection = session().connection()
    if not is_sqlite() and not by_itself:
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    explain = "EXPLAIN QUERY PLAN" if is_sqlite() else "EXPLAIN"
    return "\n".join(str(row) for row in connection.exec_driver_sql(f"{explain} {statement}", parameters))
