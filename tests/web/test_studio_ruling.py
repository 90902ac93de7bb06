"""Rules as forms in the studio: made, changed, ordered, grouped and taken away, one at a time."""

import html
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from capture.attribution import campaigns
from capture.attribution.campaigns import Plan
from capture.db import transaction
from capture.engagement.models import EventKind
from capture.scoring import preset, rulesets
from capture.scoring.conditions import Condition, Question
from capture.scoring.rules import Cap, EngagementRule, FitRule, Per, Rules
from tests import stories
from tests.factories import NOON, a_lead, a_page, a_touch, an_event
from tests.web.studio import Studio, typed

RULE, DRAFT = "/studio/scoring/draft/rule/", "/studio/scoring/draft"
CTO = {
    "field": "job_title",
    "asks": "keywords",
    "values": "CTO\r\nchief architect\r\n",
    "gives": "points",
    "points": "12",
}


@pytest.fixture
def studio(app: Flask) -> Studio:
    return Studio(app)


def drafted() -> Rules:
    draft = rulesets.draft()
    assert draft is not None
    return draft.rules


def test_a_fit_rule_is_made_by_choosing_a_field_and_what_it_is_asked(studio: Studio) -> None:
    place = studio.post(f"{RULE}?axis=fit", **CTO, revision="0", group="seniority")
    listed = studio.get(place.partition("#")[0])

    made = drafted().fit[-1]
    assert made == FitRule(
        "job_title_has_the_word_cto_chief_archite",
        "“Job title” has the word CTO, chief architect",
        12,
        Condition(Question.KEYWORDS, "job_title", ("CTO", "chief architect")),
        group="seniority",
    )
    assert "“Job title” has the word CTO, chief architect; with the others of “seniority” 20 points at most" in listed
    assert "Kept in the draft" in listed

    shown = typed(studio.get(f"{RULE}?key={made.key}"))
    assert shown["values"] == "CTO\r\nchief architect"
    studio.post(f"{RULE}?key={made.key}", **{**CTO, "gives": "bars", "because": "Builds it himself", "revision": "1"})
    assert drafted().fit[-1] == FitRule(
        made.key,
        "Builds it himself",
        0,
        Condition(Question.KEYWORDS, "job_title", ("CTO", "chief architect")),
        disqualifies=True,
    )


@pytest.mark.parametrize(
    ("asked", "condition"),
    [
        (
            {"asks": "range", "field": "company_size", "low": "50", "high": ""},
            Condition(Question.RANGE, "company_size", low=50),
        ),
        (
            {"asks": "seniority", "ranks": ["top", "leader"]},
            Condition(Question.SENIORITY, "job_title", ("top", "leader")),
        ),
        (
            {"asks": "function", "works": ["sales"], "values": "x"},
            Condition(Question.FUNCTION, "job_title", ("sales",)),
        ),
        ({"asks": "equals", "other_field": "budget", "values": "big"}, Condition(Question.EQUALS, "budget", ("big",))),
        (
            {"asks": "domains", "field": "email", "values": "a.example"},
            Condition(Question.DOMAINS, "email", ("a.example",)),
        ),
        ({"asks": "known", "values": "x", "low": "3"}, Condition(Question.KNOWN, "job_title")),
    ],
)
def test_every_question_has_what_it_needs_and_no_more(studio: Studio, asked: dict, condition: Condition) -> None:
    studio.post(f"{RULE}?axis=fit", **{**CTO, "values": "", **asked, "because": "So it is", "revision": "0"})

    assert drafted().fit[-1].when == condition


def test_an_engagement_rule_is_narrowed_limited_and_fades(studio: Studio) -> None:
    stories.a_page("pricing-guide")
    form = {
        "event": "page_viewed",
        "pages": ["pricing-guide"],
        "campaigns": "spring\r\n",
        "often": "most",
        "at_most": "2",
    }

    assert "Price with confidence" in studio.get(f"{RULE}?axis=engagement")
    studio.post(f"{RULE}?axis=engagement", **form, per="page", days="14", half_life="7", points="-3", revision="0")

    made = drafted().engagement[-1]
    assert made == EngagementRule(
        "looked_at_the_page_of_title",
        "Looked at the page of “{title}”",
        -3,
        "page_viewed",
        pages=("pricing-guide",),
        campaigns=("spring",),
        at_most=2,
        days=14,
        per=Per.PAGE,
        half_life=7,
    )
    assert "Looked at a page: 2 times for each page in 14 days; only page pricing-guide; campaign spring" in studio.get(
        DRAFT
    )
    form |= {"often": "every", "because": "Looks often", "points": "1"}
    studio.post(f"{RULE}?key={made.key}", **form, per="page", days="14", revision="1")
    assert (drafted().engagement[-1].at_most, drafted().engagement[-1].days) == (None, None)


def test_the_campaigns_of_the_team_and_those_that_came_are_offered_and_kept_by_their_names(studio: Studio) -> None:
    with transaction():
        campaigns.add(Plan("Spring launch", ["spring-*", "4117"]), at=NOON)
        campaigns.add(Plan("Booth in May", []), at=NOON)
    page = a_page()
    for campaign in ("spring-sale", "podcast", "podcast", "Quiz"):
        a_touch(campaign=campaign, page_id=page.id, at=NOON - timedelta(days=3))
    form = {"event": "form_submitted", "often": "every", "points": "5", "because": "Came by it"}

    offered = studio.get(f"{RULE}?axis=engagement")
    studio.post(
        f"{RULE}?axis=engagement",
        **form,
        known_campaigns=["spring launch\r\n4117\r\nspring-*", "podcast"],
        campaigns="autumn*\r\nPodcast\r\npodcast",
        revision="0",
    )
    made = drafted().engagement[-1]
    again = studio.get(f"{RULE}?key={made.key}")

    told = [" ".join(one.split()) for one in re.findall(r'"choice__label">(.*?)</span></label>', offered, re.DOTALL)]
    assert [re.sub("<.*?>", "", one) for one in told if "Booth" in one or "visit" in one or "Spring" in one] == [
        "Booth in May",
        "Spring launch 4117, spring-*",
        "podcast 2 visits",
        "Quiz 1 visit",
    ]
    assert made.campaigns == ("spring launch", "4117", "spring-*", "podcast", "autumn*")
    assert re.findall(r'name="known_campaigns" value="([^"]*)" checked', again) == [
        "spring launch\n4117\nspring-*",
        "podcast",
    ]
    assert re.search(r'<textarea id="campaigns"[^>]*>\s*autumn\*\s*</textarea>', again)


def test_a_rule_that_was_only_looked_at_keeps_the_order_and_the_spelling_of_its_file(studio: Studio) -> None:
    for slug in ("a-guide", "b-guide"):
        stories.a_page(slug)
    with transaction():
        campaigns.add(Plan("Spring launch", ["spring-*"]), at=NOON)
    of_campaigns = ("Spring-*", "booth", "spring  launch")
    rule = EngagementRule("looked", "Looked", 3, "page_viewed", ("b-guide", "a-guide"), campaigns=of_campaigns)
    with transaction():
        rules = replace(preset.DEFAULT, engagement=(*preset.DEFAULT.engagement, rule))
        rulesets.activate(rulesets.create(rules, at=NOON), at=NOON)

    page = studio.get(f"{RULE}?key=looked")
    ticked: dict[str, list[str]] = {name: [] for name in ("pages", "known_campaigns")}
    for name, value in re.findall(r'name="(pages|known_campaigns)" value="([^"]*)" checked', page):
        ticked[name].append(value)
    stays = {"event": "page_viewed", "often": "every", "points": "3", "because": "Looked", "revision": "0"}
    studio.post(f"{RULE}?key=looked", **stays, **ticked, campaigns=typed(page)["campaigns"])

    assert ticked["known_campaigns"] == ["spring launch\nspring-*"]
    assert typed(page)["campaigns"].strip() == "booth"
    assert drafted().engagement[-1] == rule


def test_who_was_met_elsewhere_was_met_in_person_and_not_something_of_ours(studio: Studio) -> None:
    studio.get(f"{RULE}?axis=engagement")
    studio.post(f"{RULE}?axis=engagement", event="met_in_person", often="every", per="lead", points="20", revision="0")

    assert drafted().engagement[-1].because == "Was met in person"


def test_what_is_wrong_with_a_rule_is_said_and_what_was_typed_stays(studio: Studio) -> None:
    page = studio.post(f"{RULE}?axis=fit", 422, **{**CTO, "points": "many", "values": "", "revision": "0"})
    clash = studio.post(f"{RULE}?key=work_email", 409, **CTO, revision="4")

    assert "Needs points: a whole number" in page
    assert "Needs “What is looked for”: what is looked for." in page
    assert 'value="many"' in page
    assert "Somebody else has changed the draft" in clash
    assert "chief architect" in clash
    assert rulesets.draft() is None
    studio.get(f"{RULE}?key=nothing", 404)
    studio.get(f"{RULE}?axis=bar", 404)


def test_a_person_is_held_against_the_draft_before_it_is_in_force(studio: Studio) -> None:
    lead = a_lead("ada@alder.example", at=NOON, job_title="CTO", first_name="Ada")
    an_event(EventKind.FORM_SUBMITTED, lead, a_page(), at=NOON)
    an_event(EventKind.PAGE_VIEWED, lead, a_page(), at=NOON)
    studio.post(f"{RULE}?axis=fit", **CTO, because="Builds it", revision="0")
    studio.post(DRAFT, fit_threshold="30", engagement_threshold="45", revision="1", **{"form_submitted-points": "50"})

    shown = studio.get(f"{RULE}try?person=Ada%40alder.example")

    cells = re.findall(r'<tr(?: class="differs")?><th scope="row">(.*?)</th><td.*?</td>(.*?)</tr>', shown, re.DOTALL)
    told = {html.unescape(words): re.findall(r">([^<]+)</td>", row) for words, row in cells}
    assert told["Builds it"] == ["–", "+12.0"]
    assert told["The job title speaks of the top of a company"] == ["+20.0", "+20.0"]
    assert [row for words, row in told.items() if words.startswith("Filled in the form")] == [
        ["+15.0", "+45.0"]
    ]  # the cap of its group
    assert "Over both thresholds now." in shown
    assert "Not over both thresholds now." in shown
    assert "There is no lead of this address." in studio.get(f"{RULE}try?person=nobody%40alder.example", 404)
    assert "E-mail address of a lead" in studio.get(f"{RULE}try")


def test_rules_are_ordered_and_taken_away_and_groups_have_caps(studio: Studio) -> None:
    first, second = (rule.key for rule in preset.DEFAULT.fit[:2])
    form = {"fit_threshold": "30", "engagement_threshold": "45"}

    studio.post(DRAFT, **form, revision="0", step=f"down {first}", **{f"{first}-points": "14"})
    assert [(rule.key, rule.points) for rule in drafted().fit[:2]] == [(second, -30), (first, 14)]
    studio.post(DRAFT, **form, revision="1", step=f"up {second}")
    assert drafted().fit[0].key == second
    studio.post(DRAFT, **form, revision="2", step=f"remove {second}")
    assert second not in {rule.key for rule in drafted().fit}
    caps = {"cap-points seniority": "18", "cap-days seniority": "", "cap-points visits": ""}
    studio.post(DRAFT, **form, revision="3", **caps, **{"new-group": "calls", "new-points": "9", "new-days": "30"})
    assert drafted().caps == {
        **{name: cap for name, cap in preset.DEFAULT.caps.items() if name != "visits"},
        "seniority": Cap(18),
        "calls": Cap(9, 30),
    }
    assert "is of no rule: it changes nothing." in studio.get(DRAFT)


def test_an_act_that_never_counts_is_not_offered_and_each_says_what_it_lacks(studio: Studio) -> None:
    form = studio.get(f"{RULE}?axis=engagement")

    assert 'value="link_forwarded"' not in form
    assert '<option value="page_viewed" data-lacks="section"' in form
    assert '<option value="webinar_attended" data-lacks="page section"' in form


def test_what_an_act_never_has_is_refused_beside_its_control(studio: Studio) -> None:
    typed = {"event": "link_followed", "often": "once", "per": "page", "points": "5", "sections": "Start"}

    refused = studio.post(f"{RULE}?axis=engagement", 422, **typed, revision="0")

    assert "“Counted” counts for each of something that “What was done” never has" in refused
