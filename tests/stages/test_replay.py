"""A replay of history says for every lead what the ledger says."""

import math
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from capture.db import transaction
from capture.engagement.models import EventKind, Verdict
from capture.handoff.dispositions import Decision, Teller
from capture.handoff.models import Disposition, Mql, Outcome, Reason, Source
from capture.journey import merging, privacy, sales
from capture.leads import values
from capture.leads.models import Lead, LeadValue, Submission
from capture.reports import simulation
from capture.scoring import counting, decay, ledger, preset, replay, rulesets, scores
from capture.scoring.conditions import Condition, Question
from capture.scoring.models import ScoreEntry, ScoreSum
from capture.scoring.rules import Cap, FitRule, Per, Rules
from tests import stories
from tests.factories import NOON, a_lead, a_page, a_submission, a_touch, a_visitor, an_event, an_mql, every

NUMBER = count()
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HURDLE = FitRule("hurdle", "Named a hurdle", 7, Condition(Question.EQUALS, "hurdle", ("slow",)))
RIVAL = FitRule("rival", "Works for a rival", 0, Condition(Question.CONTAINS, "company", ("rival",)), disqualifies=True)
acts = st.lists(
    st.tuples(
        st.sampled_from(list(EventKind)),
        st.integers(0, 1),
        st.sampled_from([Verdict.HUMAN, Verdict.HUMAN, Verdict.MACHINE]),
        st.floats(0, 200).map(lambda days: round(days, 5)),
        st.sampled_from([None, 0, 0, 1]),
        st.sampled_from([{}, {"section": "Prices"}, {"section": "It’s 100%% \\ “else”"}]),
    ),
    max_size=14,
)
arrivals = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.sampled_from(["autumn", "Autumn ", "spring", "{campaign}", ""]),
        st.floats(0, 250).map(lambda days: round(days, 5)),
    ),
    max_size=5,
)  # of a browser, or of a lead on a page that keeps no cookie
changes = st.tuples(
    st.integers(7, 90),
    st.integers(-20, 40),
    st.sampled_from(list(Per)),
    st.sampled_from([None, 1, 2, 3]),
    st.sampled_from([None, 1, 10, 30]),
    st.sampled_from([(), ("*umn", "sp*g"), ("autumn",), ("winter", "spring", "AUTUMN")]),
    st.sampled_from([(), ("Prices",), ("", "It’s 100%% \\ “else”"), ("Prices", "Costs")]),
)
NAMING = (EventKind.PAGE_VIEWED, EventKind.FORM_SUBMITTED, EventKind.LINK_FOLLOWED)


def rules_with(
    half_life: int,
    points: int,
    per: Per,
    at_most: int | None,
    days: int | None,
    campaigns: tuple[str, ...] = (),
    sections: tuple[str, ...] = (),
) -> Rules:
    engagement = tuple(
        replace(
            rule,
            half_life=half_life,
            points=points,
            per=per,
            at_most=at_most,
            days=at_most and days,
        )
        if index % 2
        else rule
        for index, rule in enumerate(preset.DEFAULT.engagement)
    )
    engagement = tuple(
        replace(
            rule,
            campaigns=campaigns if rule.event in NAMING else (),
            sections=sections if rule.event == EventKind.LINK_FOLLOWED else (),
        )
        for rule in engagement
    )
    caps = {**preset.DEFAULT.caps, "visits": Cap(11, days), "webinars": Cap(30, 7)}
    return replace(preset.DEFAULT, engagement=engagement, fit=(*preset.DEFAULT.fit, HURDLE, RIVAL), caps=caps)


def written(number: int, leads: list[Lead]) -> list[tuple[object, ...]]:
    """The rows of a version's ledger, but for what is the version's own; who reads it packed sees the same."""
    whose = {lead.id: lead.id for lead in leads}
    packed = ledger.of_people(whose, number)
    with transaction():
        ledger.unpack(list(whose), number)
    assert ledger.of_people(whose, number) == packed
    return sorted(
        (
            *(one.lead_id, one.axis, one.rule_key, one.points, one.because, one.occurred_at, one.recorded_at),
            *(one.half_life_days or 0, one.event_id or 0, one.reverses_id or 0, one.dedupe_key.partition(":")[2]),
        )
        for one in every(ScoreEntry)
        if one.rule_version == number
    )


def sums(number: int) -> dict[tuple[object, ...], object]:
    """What is kept of a version's ledger added up."""
    kept = (one for one in every(ScoreSum) if one.rule_version == number)
    return {(one.lead_id, one.kind): pytest.approx(one.points) for one in kept}


Struck = dict[tuple[str, int | None], datetime]  # of a lead: what was taken back by hand, and when


def left(due: counting.Due, struck: Struck, *, at: datetime) -> float:
    """What counts at an act; one at the moment of a strike came before it."""
    when = struck.get((due.rule_key, due.event_id))
    if when is not None and (when < at or (when == at and due.event_id is None)):
        return 0.0
    return decay.left(due.points, due.occurred_at or NOON, due.half_life, at=at)


def looks(lead: Lead, rules: Rules, did: list[counting.Occurrence]) -> list[tuple[datetime, float]]:
    """When a lead's score is looked at: it became known, did something, or something else was told of it by then."""
    looked_at = {rule.event for rule in rules.engagement}
    acts = [(act.at, float(act.event_id)) for act in did if act.event in looked_at and act.at >= lead.created_at]
    told = {one.at for one in every(LeadValue) if one.lead_id == lead.id}
    told |= {one.at for one in every(Submission) if one.lead_id == lead.id}
    whose, moment = {lead.id: lead.id}, timedelta(microseconds=1)
    for at in (at for at in told if at > lead.created_at):
        then, before = (scores.facts_by_then(whose, [(lead, when)], rules) for when in (at, at - moment))
        if then != before:
            acts.append((at, math.inf))
    return sorted([(lead.created_at, math.inf), *acts])


def peak(lead: Lead, rules: Rules, struck: Struck) -> float:
    """The highest score that a lead had when it was looked at; without columns."""
    did = scores.occurrences({lead.id: lead.id}, rules)[lead.id]
    due = [((one.occurred_at or NOON, one.event_id or 0), one) for one in counting.engagement(rules, did)]
    return max(
        sum(left(one, struck, at=look[0]) for when, one in due if when <= look) for look in looks(lead, rules, did)
    )


def first_over(lead: Lead, rules: Rules, struck: Struck, fit: int, engagement: int) -> datetime | None:
    """When a lead was looked at and over both, with what was known of it by then; without columns."""
    whose = {lead.id: lead.id}
    did = scores.occurrences(whose, rules)[lead.id]
    due = [((one.occurred_at or NOON, one.event_id or 0), one) for one in counting.engagement(rules, did)]
    for look in looks(lead, rules, did):
        at = look[0]
        [facts] = scores.facts_by_then(whose, [(lead, at)], rules)
        score = sum(left(one, struck, at=at) for when, one in due if when <= look)
        stands = [sum(left(one, struck, at=at) for one in of(rules, facts)) for of in (counting.fit, counting.bars)]
        if stands[0] >= fit and stands[1] == 0 and score >= engagement - decay.GRAIN:
            return at
    return None


jobs = st.lists(
    st.tuples(
        st.floats(0, 200).map(lambda days: round(days, 5)),
        st.sampled_from(["CTO", "Werkstudent", "Head of Sales", "Engineer"]),
        st.sampled_from(["Alder", "Rival Works"]),
    ),
    max_size=4,
)


strikes = st.lists(st.tuples(st.integers(0, 30), st.floats(0, 1).map(lambda share: round(share, 3))), max_size=4)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    life=acts,
    others=acts,
    came=arrivals,
    filled=arrivals,
    change=changes,
    careers=st.tuples(jobs, jobs),
    by_hand=st.tuples(strikes, strikes),
)
def test_a_replay_gives_every_lead_the_score_of_its_ledger(
    app: Flask,
    life: list,
    others: list,
    came: list,
    filled: list,
    change: tuple,
    careers: tuple,
    by_hand: tuple,
) -> None:
    long_ago = NOON - timedelta(days=300)
    pages = [a_page(), a_page()]
    leads = [
        a_lead(at=long_ago, job_title="CTO", company_size="51-200"),
        a_lead(at=NOON - timedelta(days=60), job_title="Werkstudent", company="Alder"),
        a_lead(f"p{next(NUMBER)}@gmail.com", at=long_ago),
    ]
    for lead, campaign, days in filled:
        at = NOON - timedelta(days=days)
        a_submission(leads[lead], pages[0], at=at, touch=a_touch(campaign=campaign, at=at))
    a_submission(leads[0], pages[0], hurdle="few", at=long_ago)
    a_submission(leads[0], pages[0], hurdle="slow")
    a_submission(leads[1], pages[0], hurdle="slow", at=long_ago)
    a_submission(leads[1], pages[0], hurdle="")
    a_submission(leads[2], pages[0], hurdle=["slow", "few"], at=long_ago)
    a_submission(leads[2], pages[1], other="slow")
    rival = a_lead(at=long_ago, company="Rival Works")
    a_submission(rival, pages[0], country="IE", company="Alder")  # of which the lead itself knows no country
    for lead, career in zip(leads, careers, strict=False):
        for days, title, company in sorted(career, reverse=True):
            with transaction() as writing:
                said = {"job_title": title, "company": company}
                values.learn(writing.get_one(Lead, lead.id), said, submission_id=None, at=NOON - timedelta(days=days))
    leads = [one for one in every(Lead) if one.id in {lead.id for lead in leads}]
    browsers = [a_visitor(at=long_ago), a_visitor(at=long_ago)]
    for browser, campaign, days in came:
        a_touch(visitor_id=browsers[browser], campaign=campaign, at=NOON - timedelta(days=days))
    for lead, acts in zip(leads, (life, others), strict=False):
        for kind, page, verdict, days, browser, detail in acts:
            visitor_id = None if browser is None else browsers[browser]
            at = NOON - timedelta(days=days)
            an_event(kind, lead, pages[page], verdict=verdict, at=at, visitor_id=visitor_id, **detail)
    rules = rules_with(*change)
    with transaction():
        number = rulesets.create(rules, at=NOON)
        scores.prepare(number, [lead.id for lead in (*leads, rival)], at=NOON)
        rulesets.activate(number, at=NOON)
        one_by_one = rulesets.create(rules, at=NOON)
        scores.settle([*leads, rival], rulesets.by_number(one_by_one), at=NOON)

    assert written(number, [*leads, rival]) == written(one_by_one, [*leads, rival])
    assert sums(number) == sums(one_by_one)
    struck: dict[int, Struck] = {lead.id: {} for lead in (*leads, rival)}
    for lead, some in zip(leads, by_hand, strict=False):
        for place, share in some:
            with transaction():
                entries = ledger.standing(ledger.of(lead.id, number))
                if not entries:  # all of it was struck
                    break
                entry = entries[place % len(entries)]
                begin = entry.occurred_at if entry.event_id else long_ago
                at = max(lead.created_at, begin) + share * (NOON - max(lead.created_at, begin))
                ledger.strike(entry, lead.id, number, because="by hand", at=at)
            struck[lead.id][entry.rule_key, entry.event_id] = at

    done, other = replay.play_each([rules, preset.DEFAULT], until_day=(NOON - EPOCH) / timedelta(days=1))

    highest, whose = done.peaks(-99)
    peaks = dict(zip(whose, highest, strict=True))
    for lead in (*leads, rival):
        place, mine = list(done.leads).index(lead.id), struck[lead.id]
        score = scores.current(lead.id, at=NOON)
        assert done.fits[place] == score.exact_fit
        assert done.barred[place] == score.is_disqualified
        assert abs(done.latest[place] - score.exact_engagement) < 1e-6
        if not score.is_disqualified and "Rival Works" not in {job for *_, job in careers[0] + careers[1]}:
            assert abs(peaks.get(lead.id, 0.0) - max(0.0, peak(lead, rules, mine))) < 1e-6
        for fit, engagement in ((0, 20), (25, 10), (40, 30)):
            when = first_over(lead, rules, mine, fit, engagement)
            day = done.reached(fit, engagement).get(lead.id)
            assert (day is None, day) == (when is None, when and pytest.approx((when - EPOCH) / timedelta(days=1)))
    assert list(other.leads) == list(done.leads)


def test_a_lead_counts_as_what_it_was_and_not_as_what_it_became(app: Flask) -> None:
    """A student who is a director now, an engineer who went to a rival, and somebody who told a hurdle late."""
    day, page = timedelta(days=1), a_page()
    student, engineer, late = (
        a_lead(at=NOON - 90 * day, job_title="Student", company="Alder"),
        a_lead(at=NOON - 90 * day, job_title="CTO", company="Alder"),
        a_lead(at=NOON - 90 * day),
    )
    with transaction() as writing:
        for lead, said in ((student, {"job_title": "CTO"}), (engineer, {"company": "Rival Works"})):
            values.learn(writing.get_one(Lead, lead.id), said, submission_id=None, at=NOON - 40 * day)
    a_submission(late, page, hurdle="few", at=NOON - 80 * day)
    a_submission(late, page, hurdle="slow", at=NOON - 40 * day)
    for lead in (student, engineer, late):
        an_event(EventKind.FORM_SUBMITTED, lead, page, at=NOON - 80 * day)
        an_event(EventKind.FORM_SUBMITTED, lead, a_page(), at=NOON - 20 * day)
    for _ in range(2):  # so that the student did more than the director ever will
        an_event(EventKind.WEBINAR_ATTENDED, student, a_page(), at=NOON - 80 * day)
    rules = replace(preset.DEFAULT, fit=(*preset.DEFAULT.fit, HURDLE, RIVAL))

    done = replay.play(rules, until_day=(NOON - EPOCH) / day)
    early, told, lately = ((NOON - days * day - EPOCH) / day for days in (80, 40, 20))

    assert done.reached(40, 15) == {engineer.id: early, student.id: told}
    assert done.reached(22, 10)[late.id] == lately
    assert done.over(0, 10) == [student.id, late.id]
    assert [round(peak) for peak in sorted(done.peaks(40)[0])] == [15, 43]
    assert done.best_fits()[0] == done.fits[0] > done.fits[2]


def test_what_stood_before_is_kept_where_something_else_took_its_place(app: Flask) -> None:
    lead = a_lead(at=NOON - timedelta(days=90), job_title="CTO")
    with transaction() as writing:
        mine = writing.get_one(Lead, lead.id)
        for days, verified, title in ((90, False, "CTO"), (80, True, "CTO"), (70, False, "Student"), (60, True, "CEO")):
            values.learn(
                mine, {"job_title": title}, submission_id=None, verified=verified, at=NOON - timedelta(days=days)
            )

    assert [one.before for one in every(LeadValue)] == [None, None, None, "CTO"]


def test_people_who_were_merged_are_replayed_as_one(app: Flask) -> None:
    page, other = a_page(), a_page()
    kept, merged = a_lead(at=NOON - timedelta(days=90)), a_lead(at=NOON - timedelta(days=90), job_title="CTO")
    bystander = a_lead(at=NOON - timedelta(days=90))
    for lead, days, where in ((kept, 30, page), (merged, 20, page), (merged, 10, other), (bystander, 3, page)):
        an_event(EventKind.FORM_SUBMITTED, lead, where, at=NOON - timedelta(days=days))
    a_submission(kept, page, hurdle="few", at=NOON - timedelta(days=30))
    a_submission(merged, page, hurdle="slow", at=NOON - timedelta(days=20))
    merging.merge(kept.public_id, merged.public_id, note="", settings=stories.settings(), actor="cli", at=NOON)
    rules = rules_with(30, 9, Per.PAGE, 2, 30)
    with transaction():
        number = rulesets.create(rules, at=NOON)
        scores.prepare(number, [lead.id for lead in (kept, merged, bystander)], at=NOON)
        rulesets.activate(number, at=NOON)

    done = replay.play(rules, until_day=(NOON - EPOCH) / timedelta(days=1))

    assert list(done.leads) == [kept.id, bystander.id]
    for place, lead in enumerate((kept, bystander)):
        score = scores.current(lead.id, at=NOON)
        assert done.fits[place] == score.exact_fit
        assert abs(done.latest[place] - score.exact_engagement) < 1e-6
    assert done.fits[0] > done.fits[1]


def test_a_lead_reaches_the_thresholds_at_the_act_that_was_missing(app: Flask) -> None:
    lead = a_lead(at=NOON - timedelta(days=9), job_title="CTO", company="Alder")
    for days in (9, 5, 1):
        an_event(EventKind.FORM_SUBMITTED, lead, a_page(), at=NOON - timedelta(days=days))

    done = replay.play(replace(preset.DEFAULT, engagement_threshold=25), until_day=(NOON - EPOCH) / timedelta(days=1))

    assert done.reached(30, 25) == {lead.id: (NOON - timedelta(days=5) - EPOCH) / timedelta(days=1)}
    assert done.reached(30, 100) == {}
    assert done.reached(100, 25) == {}
    assert round(done.given_to(lead.id)["form_submitted"], 2) == 15 + round(15 * 0.5 ** (4 / 30), 2)
    assert done.given_to(lead.id)["title_top"] == 20


def test_who_was_met_before_he_was_known_counts_from_the_day_on_which_he_is_known(app: Flask) -> None:
    """As people on a list are: one with no act since, one with, and one who became a director with a later list."""
    day, page = timedelta(days=1), a_page()
    listed, active, later = (
        a_lead(at=NOON - 5 * day, job_title=title, company="Alder") for title in ("CTO", "CTO", "Student")
    )
    for lead in (listed, active, later):
        for other in (page, a_page()):
            an_event(EventKind.FORM_SUBMITTED, lead, other, at=NOON - 6 * day)
    an_event(EventKind.PAGE_VIEWED, active, page, at=NOON - 1 * day)
    with transaction() as writing:
        values.learn(writing.get_one(Lead, later.id), {"job_title": "CTO"}, submission_id=None, at=NOON - 2 * day)
    rules = replace(preset.DEFAULT, engagement_threshold=20)

    done = replay.play(rules, until_day=(NOON - EPOCH) / day)

    reached = done.reached(30, 20)
    assert reached == {
        lead.id: (NOON - days * day - EPOCH) / day for lead, days in ((later, 2), (listed, 5), (active, 5))
    }
    assert done.given_to(later.id)["form_submitted"] == pytest.approx(30 * 0.5 ** (4 / 30))
    assert done.events == 7


def test_where_no_engagement_is_needed_everybody_who_fits_reaches_it_as_soon_as_he_does(app: Flask) -> None:
    """One did something, one nothing that any rule looks at, one became somebody later, and one fits never."""
    day, page = timedelta(days=1), a_page()
    did, still, later, never = (
        a_lead(at=NOON - (9 - number) * day, job_title=title, company="Alder")
        for number, title in enumerate(("CTO", "CTO", "Student", "Student"))
    )
    an_event(EventKind.FORM_SUBMITTED, did, page, at=NOON - 8 * day)
    an_event(EventKind.MET_IN_PERSON, still, page, at=NOON - 3 * day)
    with transaction() as writing:
        values.learn(writing.get_one(Lead, later.id), {"job_title": "CTO"}, submission_id=None, at=NOON - 2 * day)
    rules = replace(preset.DEFAULT, engagement_threshold=0)
    with transaction():
        number = rulesets.create(rules, at=NOON)
        scores.prepare(number, [lead.id for lead in (did, still, later, never)], at=NOON)
        rulesets.activate(number, at=NOON)

    done = replay.play(rules, until_day=(NOON - EPOCH) / day)
    told = simulation.simulate(rules, preset.DEFAULT, zone=ZoneInfo("UTC"), at=NOON)

    assert done.reached(30, 0) == {
        lead.id: (NOON - days * day - EPOCH) / day for lead, days in ((later, 2), (still, 8), (did, 9))
    }
    over = {lead.id for lead in (did, still, later, never) if scores.current(lead.id, at=NOON).qualifies}
    assert over == {*done.reached(30, 0)} == {*told.entering.leads}
    assert told.then.mqls == told.waiting == 3
    assert {point.threshold: point.mqls for point in told.curve}[0] == 3
    brought = {one.key: one.mqls for one in told.contributions}
    assert (brought["title_top"], brought["work_email"], brought["form_submitted"]) == (3, 3, 0)


def test_who_was_erased_is_no_part_of_what_might_be_found_again(app: Flask) -> None:
    for name in ("ada", "bo"):
        lead = a_lead(f"{name}@alder.example", at=NOON - timedelta(days=9), job_title="CTO", company="Alder")
        for _ in range(4):
            an_event(EventKind.FORM_SUBMITTED, lead, a_page(), at=NOON - timedelta(days=8))
        mql = an_mql(lead, hand_raised=False, at=NOON - timedelta(days=8))
        sales.decide(mql.public_id, Decision(Outcome.ACCEPTED), Teller("cli", Source.STUDIO), at=NOON)

    before = simulation.simulate(preset.DEFAULT, preset.DEFAULT, zone=ZoneInfo("UTC"), at=NOON)
    privacy.erase("ada@alder.example", actor="cli", at=NOON)

    behind = before.behind("now-mqls")
    assert behind is not None
    assert [one.email for one in simulation.people(behind)] == ["bo@alder.example"]
    told = simulation.simulate(preset.DEFAULT, preset.DEFAULT, zone=ZoneInfo("UTC"), at=NOON)
    assert (told.present.mqls, told.present.recall) == (1, simulation.Share(1, 1))


def test_a_lead_that_sales_had_more_than_once_counts_once_and_as_the_best_that_came_of_it(app: Flask) -> None:
    """Ada was rejected and accepted later; Bo asked to be contacted and came by a score later; Cy only ever asked."""
    day = timedelta(days=1)
    marks = {"fit": 70, "engagement": 50, "fit_threshold": 30, "engagement_threshold": 45, "rule_version": 1}
    ada, bo, cy = ((Outcome.REJECTED, Outcome.ACCEPTED), (Outcome.REJECTED, None), (Outcome.ACCEPTED,))
    reasons = {
        "ada": (Reason.SCORE, Reason.SCORE),
        "bo": (Reason.HAND_RAISED, Reason.SCORE),
        "cy": (Reason.HAND_RAISED,),
    }
    leads = {}
    for name, outcomes in (("ada", ada), ("bo", bo), ("cy", cy)):
        leads[name] = lead = a_lead(f"{name}@alder.example", at=NOON - 9 * day, job_title="CTO", company="Alder")
        for _ in range(4):
            an_event(EventKind.FORM_SUBMITTED, lead, a_page(), at=NOON - 8 * day)
        with transaction() as writing:
            for cycle, (outcome, reason) in enumerate(zip(outcomes, reasons[name], strict=True), 1):
                at = NOON - (8 - cycle) * day
                when = {"qualified_at": at, "due_at": at, "promised_at": at}
                why = {"reason": reason, "priority": 2, "explanation": []}
                mql = Mql(lead_id=lead.id, cycle=cycle, outcome=outcome, **when, **why, **marks)
                writing.add(mql)
                writing.flush()
                if outcome:
                    said = {"actor": "cli", "source": Source.STUDIO, "at": at, "recorded_at": at}
                    no = "no_fit" if outcome is Outcome.REJECTED else None
                    writing.add(Disposition(mql_id=mql.id, outcome=outcome, reason=no, **said))

    told = simulation.simulate(preset.DEFAULT, preset.DEFAULT, zone=ZoneInfo("UTC"), at=NOON)

    assert {*told.reached[0]} == {leads["ada"].id, leads["bo"].id}
    assert (told.present.accepted, told.present.rejected) == (1, 1)
    assert (told.present.precision, told.present.recall) == (simulation.Share(1, 2), simulation.Share(1, 1))
    [point] = [one for one in told.curve if one.threshold == 45]
    assert point == simulation.Point(45, 2, told.present.precision, told.present.recall)
    assert told.apart.raised == {leads["cy"].id}
    asked = told.behind("raised")
    assert asked
    assert [(one.email, one.said) for one in simulation.people(asked)] == [("cy@alder.example", "Accepted")]


def test_kept_back_is_who_reaches_the_thresholds_and_is_never_handed_over(app: Flask) -> None:
    far, near, open_ = (a_lead(at=NOON - timedelta(days=9), job_title="CTO", company="Alder") for _ in range(3))
    for lead, fills in ((far, 1), (near, 3), (open_, 3)):
        for _ in range(fills):
            an_event(EventKind.FORM_SUBMITTED, lead, a_page(), at=NOON)
    with transaction() as writing:
        for lead in (far, near):
            writing.get_one(Lead, lead.id).disqualified = "no_fit"

    told = simulation.simulate(preset.DEFAULT, preset.DEFAULT, zone=ZoneInfo("UTC"), at=NOON)

    assert ([*told.apart.kept_back], [*told.apart.waiting]) == ([near.id], [open_.id])
    assert [*told.reached[0]] == [open_.id]


def test_twenty_nine_answers_are_too_few_to_tell_and_thirty_are_not() -> None:
    assert [simulation.Share(9, answers).is_thin for answers in (29, 30)] == [True, False]


def test_a_simulation_counts_mqls_by_the_weeks_of_the_installation(app: Flask) -> None:
    """Summer time begins on the Sunday between."""
    zone, rules = ZoneInfo("Europe/Berlin"), replace(preset.DEFAULT, engagement_threshold=10)
    moments = [(3, 2, 0, 0), (3, 22, 23, 59), (3, 23, 0, 0), (3, 29, 23, 59), (3, 30, 0, 0)]
    for month, day, hour, minute in moments:
        when = datetime(2026, month, day, hour, minute, tzinfo=zone)
        lead = a_lead(f"p{next(NUMBER)}@alder.example", at=when, job_title="CTO", company="Alder")
        an_event(EventKind.FORM_SUBMITTED, lead, a_page(), at=when)

    done = simulation.simulate(
        rules, replace(rules, engagement_threshold=99), zone=zone, at=datetime(2026, 4, 5, 22, 0, tzinfo=UTC)
    )

    assert [(week, then) for week, _, then in done.weeks] == [
        (date(2026, 3, 2), 1),
        (date(2026, 3, 9), 0),
        (date(2026, 3, 16), 1),
        (date(2026, 3, 23), 2),
        (date(2026, 3, 30), 1),
        (date(2026, 4, 6), 0),
    ]
    behind = [done.behind(f"then-{week}") for week, _, _ in done.weeks]
    assert [one.count for one in behind if one] == [then for _, _, then in done.weeks]


@pytest.mark.parametrize("lacks", ["fit", "engagement"])
def test_rules_that_look_at_one_side_alone_are_written_and_replayed(app: Flask, lacks: str) -> None:
    lead, quiet = a_lead(job_title="CTO"), a_lead()
    an_event(EventKind.FORM_SUBMITTED, lead, a_page())
    both = rules_with(30, 9, Per.PAGE, 2, 30)
    fit_only = replace(both, engagement=(), engagement_threshold=0)
    rules = fit_only if lacks == "engagement" else replace(both, fit=(), fit_threshold=0)
    with transaction():
        number = rulesets.create(rules, at=NOON)
        scores.prepare(number, [quiet.id], at=NOON)
        scores.prepare(number, [lead.id], at=NOON)
        rulesets.activate(number, at=NOON)

    done = replay.play(rules, until_day=(NOON - EPOCH) / timedelta(days=1))
    now = scores.current(lead.id, at=NOON)

    assert (now.fit > 0, now.engagement > 0) == (lacks != "fit", lacks != "engagement")
    assert done.fits.tolist() == [now.fit, scores.current(quiet.id, at=NOON).fit]
    assert done.latest.tolist() == [now.engagement, 0]
