"""Whether one may write or call says nothing about who somebody is, by whatever key a page asks for it."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask

from capture.db import transaction
from capture.errors import RulesRefused
from capture.journey import rules as rules_journey
from capture.leads.models import Lead
from capture.pages.fields import Field, FieldKind
from capture.scoring import afresh, ledger, preset, replay, rulefile, rulesets, scores
from capture.scoring import rules as rule_sets
from capture.scoring.conditions import Condition, Question
from capture.scoring.models import Axis
from capture.scoring.rules import FitRule, Rules
from tests import stories
from tests.factories import NOON, every

EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
LATER = NOON + timedelta(days=1)
NEWS = FitRule("news", "Reads our news", 50, Condition(Question.KNOWN, "news"))
TALK = FitRule("talk", "Wants to talk", 50, Condition(Question.EQUALS, "talk", ("true",)))
ASKED = replace(stories.a_definition().fields[1], key="news", label="Which news matter to you?", fills="")


def in_force(*fit: FitRule) -> Rules:
    """Such rules, as an earlier release took them."""
    rules = replace(preset.DEFAULT, fit=fit, fit_threshold=5, engagement_threshold=0)
    with transaction():
        rulesets.activate(rulesets.create(rules, at=NOON), at=NOON)
    return rules


def fits(rules: Rules) -> dict[str, list[float]]:
    """By address: the fit in the ledger, written lead by lead and all at once, and in a replay."""
    leads = sorted(every(Lead), key=lambda lead: lead.id)
    with transaction():
        by_ledger = {lead.id: scores.after(lead.id, at=LATER).exact_fit for lead in leads}
        at_once = rulesets.create(rules, at=NOON)
        afresh.write(afresh.Reckoner(rulesets.by_number(at_once)).of(list(by_ledger)), at_once, at=NOON)
    packed = {lead.id: sum(one.points for one in ledger.of(lead.id, at_once) if one.axis is Axis.FIT) for lead in leads}
    done = replay.play(rules, until_day=(LATER - EPOCH) / timedelta(days=1))
    replayed = dict(zip(done.leads, done.best_fits(), strict=True))
    return {lead.email: [by_ledger[lead.id], packed[lead.id], replayed[lead.id]] for lead in leads}


def test_a_ticked_box_gives_no_fit_whatever_its_key_is(app: Flask) -> None:
    page = stories.a_page()
    rules = in_force(NEWS, TALK)

    stories.submit(page, stories.a_fill(news=True, talk=True))

    assert fits(rules) == {"ada@analytical.example": [0, 0, 0]}


def test_a_question_of_the_same_key_counts_for_who_answered_it(app: Flask) -> None:
    boxes = stories.a_page()
    asks = stories.a_page("prices", fields=(stories.a_definition().fields[0], ASKED))
    rules = in_force(NEWS)

    stories.submit(boxes, stories.a_fill(email="box@alder.example", news=True))
    stories.submit(asks, {"email": "both@alder.example", "news": "Prices"}, form_key="two")
    stories.submit(boxes, stories.a_fill(email="both@alder.example", news=True), form_key="three")

    assert fits(rules) == {"box@alder.example": [0, 0, 0], "both@alder.example": [50, 50, 50]}


def test_a_box_of_a_version_that_is_over_stays_a_permission(app: Flask) -> None:
    rules = in_force(NEWS)
    stories.submit(stories.a_page(), stories.a_fill(news=True))

    stories.a_page(fields=(stories.a_definition().fields[0], ASKED))

    assert fits(rules) == {"ada@analytical.example": [0, 0, 0]}


@pytest.mark.parametrize("rule", [NEWS, TALK])
def test_a_rule_about_a_box_is_refused_in_plain_words(app: Flask, rule: FitRule) -> None:
    stories.a_page()
    rules = replace(preset.DEFAULT, fit=(*preset.DEFAULT.fit, rule))

    with pytest.raises(RulesRefused) as by_form:
        rules_journey.draft(rule_sets.to_json(rules), 0, actor="cli", at=NOON)
    with pytest.raises(RulesRefused) as by_file:
        rules_journey.import_file(rulefile.write(rules), actor="cli", at=NOON)

    for refused in (by_form, by_file):
        [fault] = refused.value.faults
        assert "looks at a permission" in str(fault)
    assert rulesets.draft() is None


def test_a_key_that_a_question_has_as_well_may_be_asked_for(app: Flask) -> None:
    stories.a_page()
    stories.a_page("prices", fields=(stories.a_definition().fields[0], ASKED))
    rules = replace(preset.DEFAULT, fit=(*preset.DEFAULT.fit, NEWS))

    rules_journey.draft(rule_sets.to_json(rules), 0, actor="cli", at=NOON)

    assert rulesets.draft() is not None


def test_what_is_known_of_a_lead_may_be_asked_for_though_a_box_has_its_key(app: Flask) -> None:
    email = stories.a_definition().fields[0]
    stories.a_page(fields=(email, Field("company", FieldKind.CONTACT_ME, "Call my company")))

    rules_journey.draft(rule_sets.to_json(preset.DEFAULT), 0, actor="cli", at=NOON)

    assert rulesets.draft() is not None
