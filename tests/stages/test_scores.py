from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from capture.db import transaction
from capture.engagement import events
from capture.engagement.models import EventKind, Verdict
from capture.handoff import gate
from capture.leads import leads, values
from capture.leads.models import Lead, Submission
from capture.pages.fields import LEAD_FIELDS
from capture.pages.models import Page
from capture.scoring import decay, ledger, preset, replay, rulesets, scores
from capture.scoring.conditions import Condition, Question
from capture.scoring.models import Axis, ScoreEntry
from capture.scoring.rules import Cap, EngagementRule, FitRule, Rules
from capture.scoring.scores import Score
from tests.factories import NOON, a_good_lead, a_lead, a_page, a_submission, an_event, every

DAY = timedelta(days=1)


def settled(lead: Lead, at: datetime = NOON) -> Score:
    with transaction():
        return scores.after(lead.id, at=at)


def says(lead: Lead, page: Page, *, at: datetime, job_title: str, budget: str | None = None) -> Submission:
    """A fill with a job title, and an answer that is no field of a lead."""
    more: dict[str, Any] = {"budget": budget} if budget else {}
    filled = a_submission(lead, page, at=at, job_title=job_title, **more)
    with transaction():
        values.learn(leads.hold(lead.id), {"job_title": job_title}, submission_id=filled.id, at=at)
    return filled


def a_fill_with_its_download(lead: Lead, page: Page) -> None:
    for kind in (EventKind.PAGE_VIEWED, EventKind.FORM_SUBMITTED, EventKind.MAGNET_DOWNLOADED):
        an_event(kind, lead, page)


def test_one_fill_with_its_download_does_not_make_an_mql(app: Flask) -> None:
    lead, page = a_good_lead(), a_page()
    a_fill_with_its_download(lead, page)
    for day in range(9):
        an_event(EventKind.LINK_FOLLOWED, lead, page, at=NOON + day * DAY / 24)
        an_event(EventKind.PAGE_VIEWED, lead, page, at=NOON + day * DAY / 24)

    score = settled(lead, NOON + DAY)

    assert score.fit >= score.fit_threshold
    assert not score.qualifies


def test_a_second_page_and_a_webinar_registration_make_one(app: Flask) -> None:
    lead, page, webinar = a_good_lead(), a_page(), a_page()
    a_fill_with_its_download(lead, page)
    an_event(EventKind.PAGE_VIEWED, lead, webinar, at=NOON + 2 * DAY)
    an_event(EventKind.WEBINAR_REGISTERED, lead, webinar, at=NOON + 2 * DAY)

    assert settled(lead, NOON + 2 * DAY).qualifies


@pytest.mark.parametrize(("fit", "engagement", "is_over"), [(0, 0, True), (1, 0, False), (0, 1, False), (-1, -1, True)])
def test_exactly_the_thresholds_is_enough_wherever_it_is_looked_at(
    app: Flask, fit: int, engagement: int, is_over: bool
) -> None:
    lead = a_good_lead(at=NOON - DAY)
    for kind in (EventKind.FORM_SUBMITTED, EventKind.WEBINAR_ATTENDED):  # of two half-lives, neither enough alone
        an_event(kind, lead, a_page())
    has = settled(lead)
    rules = replace(
        preset.DEFAULT, fit_threshold=has.fit + fit, engagement_threshold=has.engagement + engagement, caps={}
    )
    with transaction():
        number = rulesets.create(rules, at=NOON)
        scores.prepare(number, [lead.id], at=NOON)
        rulesets.activate(number, at=NOON)

    done = replay.play(rules, until_day=NOON.timestamp() / 86_400)

    here = [lead.id] if is_over else []
    assert scores.current(lead.id, at=NOON).qualifies is is_over
    assert [*gate.waiting(rulesets.by_number(number), at=NOON)] == here
    assert [*done.reached(rules.fit_threshold, rules.engagement_threshold)] == here
    assert done.over(rules.fit_threshold, rules.engagement_threshold) == here


def test_great_interest_without_fit_makes_none(app: Flask) -> None:
    lead = a_lead("someone@gmail.com", job_title="Student")
    for _ in range(5):
        page = a_page()
        a_fill_with_its_download(lead, page)

    score = settled(lead)

    assert score.engagement >= score.engagement_threshold
    assert not score.qualifies


def test_settling_twice_writes_nothing_the_second_time(app: Flask) -> None:
    lead = a_good_lead()
    a_fill_with_its_download(lead, a_page())

    assert settled(lead) == settled(lead)
    written = len(every(ScoreEntry))
    settled(lead, NOON + DAY)

    assert len(every(ScoreEntry)) == written


def test_machines_and_what_is_unproven_score_nothing(app: Flask) -> None:
    lead, page = a_lead("someone@gmail.com"), a_page()
    an_event(EventKind.PAGE_VIEWED, lead, page, verdict=Verdict.MACHINE)
    an_event(EventKind.LINK_FOLLOWED, lead, page, verdict=Verdict.UNPROVEN)

    assert settled(lead).engagement == 0


def test_a_later_verdict_takes_the_points_back_and_gives_them_back(app: Flask) -> None:
    lead, page = a_lead("someone@gmail.com"), a_page()
    event = an_event(EventKind.LINK_FOLLOWED, lead, page)
    before = settled(lead)

    with transaction():
        assert events.revise([event], Verdict.MACHINE, reason="a mail scanner's address") == {lead.id}
    taken = settled(lead, NOON + DAY)
    with transaction():
        events.revise([event], Verdict.HUMAN, reason="it was a person after all")
    given = settled(lead, NOON + 2 * DAY)

    assert before.exact_engagement == 5
    assert taken.exact_engagement == 0
    assert given.exact_engagement == decay.left(5, NOON, 30, at=NOON + 2 * DAY)
    assert scores.current(lead.id, at=NOON + DAY / 2).exact_engagement > 4
    assert [entry.points for entry in every(ScoreEntry)] == [5, -5, 5]
    assert [reason.points for reason in scores.explain(lead.id, at=NOON + 3 * DAY)] == [5]


def test_a_value_that_is_corrected_changes_the_fit_and_the_past_stays_as_it_was(app: Flask) -> None:
    lead = a_lead("someone@gmail.com", job_title="Student")
    settled(lead)

    with transaction() as writing:
        changed = writing.get(Lead, lead.id)
        assert changed
        changed.job_title = "Chief Marketing Officer"
    now = settled(lead, NOON + 10 * DAY)

    assert now.fit == 5 + 20 + 10
    assert scores.current(lead.id, at=NOON + 9 * DAY).fit == 5 - 25


def test_what_a_person_struck_stays_struck(app: Flask) -> None:
    lead, page = a_lead("someone@gmail.com"), a_page()
    an_event(EventKind.FORM_SUBMITTED, lead, page)
    settled(lead)
    [entry] = ledger.of(lead.id, 1)

    with transaction():
        ledger.strike(entry, lead.id, 1, because="Struck by Sam: it was our own test", at=NOON)

    assert settled(lead).engagement == 0
    assert settled(lead, NOON + DAY).engagement == 0


def test_what_was_struck_is_left_out_where_other_rules_are_tried_and_where_a_merge_is_looked_at(app: Flask) -> None:
    lead, other = a_good_lead(), a_lead()
    an_event(EventKind.FORM_SUBMITTED, lead, a_page())
    an_event(EventKind.MAGNET_DOWNLOADED, lead, a_page())
    before = settled(lead)
    with transaction():
        for entry in ledger.standing(ledger.of(lead.id, before.rule_version)):
            if entry.rule_key in ("form_submitted", "company_known"):
                ledger.strike(entry, lead.id, before.rule_version, because="a test of ours", at=NOON)
    after = settled(lead)
    stands = {name: str(getattr(lead, name)) for name in ("name", "first_name", "last_name", *LEAD_FIELDS)}

    trial = scores.tried(lead, replace(preset.DEFAULT, engagement_threshold=10), at=NOON)
    together = scores.together(lead, other, stands, at=NOON)

    assert before.fit > after.fit
    assert before.engagement > after.engagement > 0
    assert (trial.score.fit, trial.score.engagement) == (after.fit, after.engagement)
    assert (together.fit, together.engagement) == (after.fit, after.engagement)


def test_the_reasons_are_sentences_and_add_up_to_the_score(app: Flask) -> None:
    lead, page = a_good_lead(), a_page(title="One pipeline")
    a_fill_with_its_download(lead, page)
    at = NOON + 12 * DAY
    score = settled(lead, at)

    reasons = scores.explain(lead.id, at=at)

    assert [reason.because for reason in reasons][:5] == [
        "Filled in the form for “One pipeline”",
        "Downloaded “One pipeline”",
        "Looked at the page of “One pipeline”",
        "Writes from a work e-mail address",
        "The job title speaks of leading a department",
    ]
    for axis, exact in ((Axis.FIT, score.exact_fit), (Axis.ENGAGEMENT, score.exact_engagement)):
        assert abs(sum(reason.points_now for reason in reasons if reason.axis is axis) - exact) < 1e-6


def test_points_halve_with_every_half_life_and_no_nightly_run(app: Flask) -> None:
    lead = a_lead("someone@gmail.com")
    an_event(EventKind.FORM_SUBMITTED, lead, a_page())
    settled(lead)

    month, years = NOON + 30 * DAY, NOON + 4000 * 10 * DAY

    assert scores.current(lead.id, at=month).exact_engagement == 7.5
    assert scores.current(lead.id, at=month).engagement == 7
    assert scores.current(lead.id, at=years).engagement == 0


def test_what_is_learnt_late_about_long_ago_moves_the_points_to_where_they_belong(app: Flask) -> None:
    rule = EngagementRule("view", "Looked at “{title}”", 8, "page_viewed", half_life=30, group="visits")
    with transaction():
        version = rulesets.create(Rules(1, 1, (), (rule,), {"visits": Cap(20)}), at=NOON)
        rulesets.activate(version, at=NOON)
    lead, page = a_lead(), a_page()
    for day in (3, 4, 5):
        an_event(EventKind.PAGE_VIEWED, lead, page, at=NOON + day * DAY)
    settled(lead, NOON + 5 * DAY)

    an_event(EventKind.PAGE_VIEWED, lead, page, at=NOON + DAY)
    settled(lead, NOON + 6 * DAY)

    standing = ledger.standing(ledger.of(lead.id, version))
    assert sorted((entry.occurred_at - NOON, entry.points) for entry in standing) == [
        (1 * DAY, 8),
        (3 * DAY, 8),
        (4 * DAY, 4),
    ]


def test_new_rules_count_from_their_activation_and_the_past_keeps_the_old_ones(app: Flask) -> None:
    lead, page = a_lead("someone@gmail.com"), a_page()
    an_event(EventKind.FORM_SUBMITTED, lead, page)
    settled(lead)

    doubled = replace(preset.DEFAULT.engagement[1], points=30, half_life=None)
    with transaction():
        number = rulesets.create(replace(preset.DEFAULT, engagement=(doubled,), fit_threshold=5), at=NOON + DAY)
        scores.prepare(number, [lead.id], at=NOON + DAY)
        before = scores.current(lead.id, at=NOON + DAY)
        rulesets.activate(number, at=NOON + 2 * DAY)

    after = scores.current(lead.id, at=NOON + 2 * DAY)
    assert (before.rule_version, before.engagement) == (1, 14)
    assert (after.rule_version, after.exact_engagement, after.fit_threshold) == (number, 30, 5)
    assert scores.current(lead.id, at=NOON + DAY).rule_version == 1


def test_pages_of_one_title_have_their_reasons_in_common(app: Flask) -> None:
    lead = a_lead("someone@gmail.com")
    for _ in range(2):
        an_event(EventKind.FORM_SUBMITTED, lead, a_page(title="One pipeline"))

    with transaction():
        number = rulesets.create(preset.DEFAULT, at=NOON)
        scores.prepare(number, [lead.id], at=NOON)

    told = [entry.because for entry in ledger.of(lead.id, number) if entry.axis is Axis.ENGAGEMENT]
    assert told == ["Filled in the form for “One pipeline”"] * 2


def test_what_is_known_is_told_since_when_it_is_so_and_since_when_it_counts_by_these_rules(app: Flask) -> None:
    lead, page = a_lead("ada@analytical.example", at=NOON), a_page()
    for day, title in enumerate(("Student", "Head of Marketing", "Chief Marketing Officer")):
        says(lead, page, at=NOON + day * DAY, job_title=title, budget="high" if day == 1 else None)
        settled(lead, NOON + day * DAY)
    before = scores.current(lead.id, at=NOON + 5 * DAY)
    senior = Condition(Question.SENIORITY, "job_title", ("leader", "top"))
    rules = replace(
        preset.DEFAULT,
        fit=(
            FitRule("senior", "Decides", 10, senior),
            FitRule("rich", "Has a budget", 5, Condition(Question.EQUALS, "budget", ("high",))),
            FitRule("work", "Works there", 3, Condition(Question.WORK_EMAIL, "email")),
            FitRule("bar", "Competes", 0, Condition(Question.KNOWN, "budget"), disqualifies=True),
        ),
    )
    with transaction():
        number = rulesets.create(rules, at=NOON + 6 * DAY)
    with transaction():
        scores.prepare(number, [lead.id], at=NOON + 6 * DAY)
    with transaction():
        rulesets.activate(number, at=NOON + 7 * DAY)

    def told(days: int) -> dict[str, tuple[float, float | None]]:
        reasons = scores.explain(lead.id, at=NOON + days * DAY)
        counts = {one.because: one.counted_since for one in reasons if one.axis is not Axis.ENGAGEMENT}
        so = {one.because: one.occurred_at for one in reasons if one.axis is not Axis.ENGAGEMENT}
        return {key: ((so[key] - NOON) / DAY, (at - NOON) / DAY if at else None) for key, at in counts.items()}

    assert told(8) == {"Decides": (1, 7), "Has a budget": (1, 7), "Works there": (0, 7), "Competes": (1, 7)}
    assert scores.current(lead.id, at=NOON + 5 * DAY) == before
    assert {when for when, _ in told(5).values()} == {0, 1, 2}
    assert {counts for _, counts in told(5).values()} == {None}
    for day, title in ((9, "Student"), (10, "Head of Sales")):
        says(lead, page, at=NOON + day * DAY, job_title=title)
        settled(lead, NOON + day * DAY)
    assert told(11)["Decides"] == (10, None)
    assert told(8)["Decides"] == (1, 7)


def test_what_was_proven_holds_since_it_was_first_said_whatever_is_typed_later(app: Flask) -> None:
    lead, page = a_lead("ada@analytical.example", at=NOON), a_page()
    proven = says(lead, page, at=NOON + DAY, job_title="Head of Marketing")
    with transaction():
        values.prove(leads.hold(lead.id), proven.id, at=NOON + 2 * DAY)
    says(lead, page, at=NOON + 3 * DAY, job_title="Student")
    settled(lead, NOON + 3 * DAY)

    reasons = scores.explain(lead.id, at=NOON + 4 * DAY)

    [leader] = [one for one in reasons if "leading a department" in one.because]
    assert leader.occurred_at == NOON + DAY


def test_what_nobody_kept_when_it_was_said_is_so_since_the_person_is_known(app: Flask) -> None:
    lead = a_good_lead()
    settled(lead, NOON + DAY)

    reasons = scores.explain(lead.id, at=NOON + DAY)

    [leader] = [one for one in reasons if "leading a department" in one.because]
    assert (leader.occurred_at, leader.counted_since) == (NOON, NOON + DAY)
