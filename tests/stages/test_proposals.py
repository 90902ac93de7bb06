"""Points proposed from what sales answered: learned in earlier weeks, held against later ones, never applied."""

import sys
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from capture import languages
from capture.db import transaction
from capture.engagement import events
from capture.engagement.models import EventKind, Verdict
from capture.errors import CannotFit
from capture.handoff.models import Disposition, Mql, Outcome, Reason, Source
from capture.leads import values
from capture.leads.models import Lead
from capture.pages.models import Page
from capture.reports import proposals
from capture.scoring import fitting, preset, rulefile, rulesets
from capture.scoring.conditions import Condition, Question
from capture.scoring.rules import FitRule
from tests.factories import NOON, a_page, a_submission, every

TITLES = ("Head of Marketing", "CTO", "Account manager", "Engineer")


def answered(number: int) -> None:
    """MQLs of twenty weeks; sales takes who works in marketing or came to a webinar, and never the top of a firm."""
    leads = []
    with transaction() as writing:
        for turn in range(number):
            at = NOON - timedelta(days=140 - turn * 140 / number)
            known = {"job_title": TITLES[turn % 4], "company": "Alder", "country": ("IE", "DE")[turn % 2]}
            lead = Lead(email=f"p{turn}@alder.example", created_at=at - timedelta(days=1), **known)
            writing.add(lead)
            writing.flush()
            leads.append((lead.id, at))
            marks = {"fit": 40, "engagement": 50, "fit_threshold": 30, "engagement_threshold": 45, "rule_version": 1}
            why = {"reason": Reason.SCORE, "priority": 2, "explanation": []}
            mql = Mql(lead_id=lead.id, cycle=1, qualified_at=at, due_at=at, promised_at=at, **marks, **why)
            writing.add(mql)
            writing.flush()
            is_odd_one = turn % 10 == 9  # no rule is right about everybody
            good = (turn % 4 == 0 or turn % 3 == 0) and turn % 4 != 1
            outcome = Outcome.ACCEPTED if good != is_odd_one else Outcome.REJECTED
            reason = "no_fit" if outcome is Outcome.REJECTED else None
            told = {"actor": "cli", "source": Source.STUDIO, "at": at, "recorded_at": at}
            mql.outcome, mql.outcome_at, mql.answered_at = outcome, at, at
            writing.add(Disposition(mql_id=mql.id, outcome=outcome, reason=reason, **told))
    page = a_page()
    with transaction():
        for turn, (lead_id, at) in enumerate(leads):
            did(EventKind.FORM_SUBMITTED, lead_id, page, at=at - timedelta(hours=2))
            if turn % 3 == 0:
                did(EventKind.WEBINAR_ATTENDED, lead_id, page, at=at - timedelta(hours=1))
            did(EventKind.CONTACT_REQUESTED, lead_id, page, at=at + timedelta(days=1))  # too late to know


def did(kind: EventKind, lead_id: int, page: Page, *, at: datetime) -> None:
    why = "as the test says"
    events.record(
        kind, at=at, verdict=Verdict.HUMAN, reason=why, lead_id=lead_id, page_id=page.id, magnet_id=page.magnet_id
    )


def test_points_are_learned_in_earlier_weeks_and_held_against_later_ones(app: Flask) -> None:
    answered(240)

    found = proposals.propose(preset.DEFAULT, at=NOON)

    points = {rule.key: rule.points for rule in found.rules.fit}
    points |= {rule.key: rule.points for rule in found.rules.engagement}
    assert points["webinar_attended"] > 0
    assert points["title_top"] < 0
    assert points["contact_requested"] == 40  # nobody had asked by then, so that nothing is known of it
    assert points["work_email"] == 15  # everybody had one
    assert found.rules.fit_threshold > 0
    assert found.learned_from + found.held_out == 240
    assert found.is_better
    assert found.proposed.area.value > 0.8
    assert found == proposals.propose(preset.DEFAULT, at=NOON)
    assert rulefile.read(rulefile.write(found.rules)) == found.rules
    assert rulesets.draft() is None


def test_a_proposed_rule_that_somebody_changed_keeps_its_key_and_a_new_one_gets_another(app: Flask) -> None:
    answered(240)
    first = proposals.propose(preset.DEFAULT, at=NOON).rules
    [mine] = [rule for rule in first.fit if rule.key == "works_in_technology"]
    wider = replace(mine, when=replace(mine.when, values=("technology", "product", "finance")))
    changed = replace(first, fit=tuple(wider if rule is mine else rule for rule in first.fit))

    again = proposals.propose(changed, at=NOON).rules

    asked = {rule.key: rule.when for rule in again.fit}
    assert asked["works_in_technology_2"] == mine.when
    assert asked.get("works_in_technology", wider.when) == wider.when


def test_what_disqualifies_stays_in_a_proposal_and_a_group_gives_as_many_of_its_best_acts_as_before(app: Flask) -> None:
    answered(240)
    rival = FitRule("rival", "Competes", 0, Condition(Question.DOMAINS, "email", ("rival.example",)), disqualifies=True)

    found = proposals.propose(replace(preset.DEFAULT, fit=(*preset.DEFAULT.fit, rival)), at=NOON).rules

    assert found.fit[-1] == rival
    best = {group: max(one.points for one in found.engagement if one.group == group) for group in found.caps}
    before = {one: max(rule.points for rule in preset.DEFAULT.engagement if rule.group == one) for one in best}
    assert "webinars" in best
    for group, cap in found.caps.items():
        assert cap.days == preset.DEFAULT.caps[group].days
        assert cap.points == max(best[group], round(preset.DEFAULT.caps[group].points * best[group] / before[group]))
    assert all(one.points > 0 for one in found.engagement)


def test_what_was_said_after_the_hand_over_teaches_nothing(app: Flask) -> None:
    answered(240)
    before = proposals.propose(preset.DEFAULT, at=NOON)

    page, day = a_page("later"), timedelta(days=1)
    with transaction() as writing:
        accepted = list(writing.scalars(select(Mql).where(Mql.outcome == Outcome.ACCEPTED)))
        for mql in accepted:
            lead = writing.get_one(Lead, mql.lead_id)
            said = {"company_size": "250-999", "job_title": "CEO"}
            values.learn(lead, {"job_title": lead.job_title}, submission_id=None, at=lead.created_at)
            values.learn(lead, said, submission_id=None, at=mql.qualified_at + day)
    by_id = {lead.id: lead for lead in every(Lead)}
    for mql in accepted:
        a_submission(by_id[mql.lead_id], page, at=mql.qualified_at + day, biggest_hurdle="No time")

    assert proposals.propose(preset.DEFAULT, at=NOON) == before


def test_what_sales_said_in_the_weeks_that_are_held_out_teaches_nothing(app: Flask) -> None:
    answered(240)
    found = proposals.propose(preset.DEFAULT, at=NOON)

    with transaction() as writing:
        for told in writing.scalars(select(Disposition).where(Disposition.at >= found.held_out_since)):
            is_yes = told.outcome is Outcome.REJECTED
            told.outcome, told.reason = (Outcome.ACCEPTED, None) if is_yes else (Outcome.REJECTED, "no_fit")
            writing.get_one(Mql, told.mql_id).outcome = told.outcome
    other = proposals.propose(preset.DEFAULT, at=NOON)

    assert other.rules == found.rules
    assert other.proposed.area.value == pytest.approx(1 - found.proposed.area.value)
    assert not other.is_better


def test_it_begins_with_two_hundred_answers(app: Flask) -> None:
    answered(199)

    with pytest.raises(CannotFit, match=r"has answered 199 MQLs .* when it has answered 200"):
        proposals.propose(preset.DEFAULT, at=NOON)


def test_too_few_answers_and_a_missing_library_are_said_in_words(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    answered(30)

    with pytest.raises(CannotFit, match="has answered 30 MQLs"):
        proposals.propose(preset.DEFAULT, at=NOON)
    monkeypatch.setitem(sys.modules, "sklearn.linear_model", None)
    with pytest.raises(CannotFit, match="pip install"):
        fitting.points([[1.0], [0.0]], [True, False], [0])


def test_the_area_counts_equal_scores_half_and_says_how_sure_it_is() -> None:
    assert fitting.area([1, 2, 3, 4], [False, False, True, True]).value == 1
    assert fitting.area([1, 1, 1, 1], [False, True, False, True]).value == 0.5
    few = fitting.area([1, 3, 2, 4], [False, False, True, True])
    many = fitting.area([1, 3, 2, 4] * 50, [False, False, True, True] * 50)
    assert few.value == many.value == 0.75
    assert many.high - many.low < few.high - few.low


def test_a_proposed_rule_on_a_country_names_it_as_the_reader_does() -> None:
    told = proposals.IS_IN % {"country": "Germany"}

    assert languages.restated(told, languages.of("de")) == "Ist in Deutschland"
