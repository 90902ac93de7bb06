"""What others score: made of earlier answers, each person once, and frozen with what was given."""

from dataclasses import replace

import pytest
from flask import Flask

from capture import clock
from capture.accounts.models import Role
from capture.catalogue.models import MagnetKind
from capture.config import Settings
from capture.db import session
from capture.delivery import copies, looks
from capture.delivery.models import BenchmarkSum, Grant
from capture.journey import reader, sales, staff
from capture.leads.models import ExclusionKind
from capture.pages import questions
from capture.pages.pages import LivePage
from tests.factories import every
from tests.magnets.test_assessment import BEST, WORST, WRITTEN, read
from tests.stories import a_definition, a_fill, a_page, an_arrival, settings, submit


@pytest.fixture
def check_up(app: Flask) -> LivePage:
    asked, _ = read(WRITTEN)
    fields = (*questions.fields(asked), *a_definition().fields)
    return a_page("check-up", kind=MagnetKind.ASSESSMENT, assessment=replace(asked, benchmark_after=2), fields=fields)


def answer(
    page: LivePage, name: str, answers: dict[str, object], *, again: str = "", suspicion: str | None = None
) -> str:
    given = a_fill(email=f"{name}@analytical.example") | answers
    return submit(page, given, form_key=f"key-{name}{again}", suspicion=suspicion).grant


def shown(grant: str) -> dict[str, object] | None:
    session().expire_all()
    return session().query(Grant).filter_by(public_id=grant).one().benchmark


def counted() -> dict[str, tuple[int, int]]:
    session().expire_all()
    return {row.dimension: (row.people, row.total) for row in every(BenchmarkSum)}


def test_once_enough_people_answered_the_next_one_sees_what_they_scored(check_up: LivePage) -> None:
    given = [answer(check_up, name, answers) for name, answers in (("ada", BEST), ("bob", WORST), ("eve", BEST))]

    assert [shown(grant) for grant in given] == [
        None,
        None,
        {"score": 54, "dimensions": {"speed": 50, "care": 55}, "people": 2},
    ]
    assert counted() == {"speed": (3, 200), "care": (3, 210)}


def test_later_answers_change_no_copy_that_was_given(check_up: LivePage) -> None:
    for name in ("ada", "bob", "eve"):
        grant = answer(check_up, name, BEST)
    look = looks.of(grant, None)
    assert look is not None
    before = copies.of(look, settings()).document.etag

    answer(check_up, "zoe", WORST)

    later = looks.of(grant, None)
    assert later is not None
    assert copies.of(later, settings()).document.etag == before
    assert later.benchmark == look.benchmark


def test_nobody_is_counted_twice_and_the_staff_not_at_all(check_up: LivePage) -> None:
    staff.add_person("imke@analytical.example", "Imke Aldous", Role.MARKETER, actor="test", at=clock.now())

    answer(check_up, "ada", BEST)
    answer(check_up, "ada", WORST, again="-later")
    answer(check_up, "imke", BEST)

    assert counted() == {"speed": (1, 100), "care": (1, 100)}


def test_who_proves_to_be_ours_leaves_the_sums_and_enters_them_again(check_up: LivePage) -> None:
    for name, answers in (("ada", BEST), ("imke", WORST), ("imke", BEST)):
        answer(check_up, name, answers, again=f"-{name}-{answers is BEST}")
    everybody = counted()

    sales.never_hand_over(ExclusionKind.STAFF, b"imke@analytical.example", actor="cli", at=clock.now())
    assert counted() == {"speed": (1, 100), "care": (1, 100)}

    sales.never_hand_over(ExclusionKind.STAFF, b"", actor="cli", at=clock.now())
    assert counted() == everybody


def test_a_fill_that_looked_like_a_machines_counts_once_it_is_believed(check_up: LivePage, settings: Settings) -> None:
    grant = answer(check_up, "ada", BEST, suspicion="sent within a second")
    assert counted() == {}

    reader.redeem_link(grant, an_arrival(), by_mail=True, settings=settings, at=clock.now())

    assert counted() == {"speed": (1, 100), "care": (1, 100)}


def test_other_questions_have_a_benchmark_of_their_own(check_up: LivePage) -> None:
    asked = check_up.definition.assessment
    assert asked is not None
    first, *rest = asked.questions

    assert questions.identity(replace(asked, questions=(replace(first, text="Other words?"), *rest))) == (
        questions.identity(asked)
    )
    assert questions.identity(replace(asked, questions=(replace(first, worst=24), *rest))) != questions.identity(asked)
