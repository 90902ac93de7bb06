"""Fit rules that look at what an assessment came to: in the ledger, in the replay, and with the newest answers."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from flask import Flask

from capture import clock
from capture.catalogue.models import MagnetKind
from capture.db import transaction
from capture.leads.models import Lead
from capture.pages import questions
from capture.scoring import preset, replay, rulesets, scores
from capture.scoring.conditions import Condition, Question
from capture.scoring.rules import FitRule
from tests.factories import an_mql, every
from tests.magnets.test_assessment import BEST, WORST, WRITTEN, read
from tests.stories import a_definition, a_fill, a_page, submit
from tests.web.studio import Studio

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
OWN = (
    FitRule("slow", "Answers leads too late", 7, Condition(Question.RANGE, "check-up.speed", high=50)),
    FitRule("firm", "Stands on firm ground", 11, Condition(Question.EQUALS, "check-up.level", ("firm",))),
    FitRule("high", "Scores high", 13, Condition(Question.RANGE, "check-up.score", low=90)),
    FitRule("other", "Scores high elsewhere", 99, Condition(Question.RANGE, "another.score", low=0)),
)
RULES = replace(preset.DEFAULT, fit=OWN)


def test_the_newest_result_gives_its_points_in_the_ledger_and_in_the_replay(app: Flask) -> None:
    asked, _ = read(WRITTEN)
    fields = (*questions.fields(asked), *a_definition().fields)
    page = a_page("check-up", kind=MagnetKind.ASSESSMENT, assessment=asked, fields=fields)
    at = clock.now()
    with transaction():
        rulesets.activate(rulesets.create(RULES, at=at), at=at)

    submit(page, a_fill() | WORST, form_key="first", at=at)
    [lead] = every(Lead)
    assert scores.current(lead.id, at=at).fit == 7

    later = at + timedelta(hours=1)
    submit(page, a_fill() | BEST, form_key="second", at=later)
    assert scores.current(lead.id, at=later).fit == 11 + 13
    done = replay.play(RULES, until_day=(later - EPOCH) / timedelta(days=1))
    assert list(done.fits) == [11 + 13]


def test_sales_sees_what_an_assessment_came_to_beside_the_answers(app: Flask) -> None:
    asked, _ = read(WRITTEN)
    fields = (*questions.fields(asked), *a_definition().fields)
    page = a_page("check-up", kind=MagnetKind.ASSESSMENT, assessment=asked, fields=fields)
    submit(page, a_fill() | BEST, at=clock.now())
    [lead] = every(Lead)

    mql = an_mql(lead, at=clock.now())

    result = questions.result(asked, BEST)
    assert result
    shown = Studio(app).get(f"/studio/mqls/{mql.public_id}")
    assert f"{result.level.title} ({result.score} of 100)" in shown
