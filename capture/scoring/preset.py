"""The rules that an installation starts with; docs/scoring.md explains them to the people who live with them."""

from capture.scoring.conditions import Condition, Question
from capture.scoring.rules import Cap, EngagementRule, FitRule, Per, Rules

_FIT = (
    FitRule("work_email", "Writes from a work e-mail address", 15, Condition(Question.WORK_EMAIL, "email")),
    FitRule("throwaway_email", "Uses a throw-away address", -30, Condition(Question.THROWAWAY_EMAIL, "email")),
    FitRule("company_known", "Named the company", 5, Condition(Question.KNOWN, "company")),
    FitRule("title_known", "Named the job", 5, Condition(Question.KNOWN, "job_title")),
    FitRule(
        "title_top",
        "The job title speaks of the top of a company",
        20,
        Condition(Question.SENIORITY, "job_title", ("top",)),
        group="seniority",
    ),
    FitRule(
        "title_leader",
        "The job title speaks of leading a department",
        15,
        Condition(Question.SENIORITY, "job_title", ("leader",)),
        group="seniority",
    ),
    FitRule(
        "title_manager",
        "The job title speaks of responsibility for a team or a subject",
        10,
        Condition(Question.SENIORITY, "job_title", ("manager",)),
        group="seniority",
    ),
    FitRule(
        "title_function",
        "Works in marketing, sales or revenue",
        10,
        Condition(Question.FUNCTION, "job_title", ("marketing", "sales")),
    ),
    FitRule(
        "title_learner", "Is a student or in training", -25, Condition(Question.SENIORITY, "job_title", ("learner",))
    ),
    FitRule(
        "size_medium",
        "The company has 50 to 999 people",
        15,
        Condition(Question.RANGE, "company_size", low=50, high=999),
    ),
    FitRule(
        "size_large",
        "The company has 1,000 people or more",
        10,
        Condition(Question.RANGE, "company_size", low=1_000),
    ),
    FitRule(
        "size_small", "The company has 10 to 49 people", 5, Condition(Question.RANGE, "company_size", low=10, high=49)
    ),
    FitRule("country_known", "Named the country", 5, Condition(Question.KNOWN, "country")),
    FitRule("hurdle_named", "Told us about a hurdle", 5, Condition(Question.KNOWN, "biggest_hurdle")),
)

_ENGAGEMENT = (
    EngagementRule(
        "page_viewed",
        "Looked at the page of “{title}”",
        8,
        "page_viewed",
        at_most=1,
        days=30,
        per=Per.PAGE,
        half_life=30,
        group="visits",
    ),
    EngagementRule(
        "form_submitted",
        "Filled in the form for “{title}”",
        15,
        "form_submitted",
        at_most=1,
        days=90,
        per=Per.PAGE,
        half_life=30,
        group="forms",
    ),
    EngagementRule(
        "assessment_completed",
        "Answered every question of “{title}”",
        10,
        "form_submitted",
        magnet_kinds=("assessment",),
        at_most=1,
        days=90,
        per=Per.PAGE,
        half_life=30,
        group="forms",
    ),
    EngagementRule(
        "downloaded",
        "Downloaded “{title}”",
        10,
        "magnet_downloaded",
        at_most=1,
        days=90,
        per=Per.MAGNET,
        half_life=30,
        group="downloads",
    ),
    EngagementRule(
        "link_followed",
        "Followed a link inside “{title}”",
        5,
        "link_followed",
        at_most=2,
        days=30,
        half_life=30,
    ),
    EngagementRule(
        "webinar_registered",
        "Registered for the webinar “{title}”",
        20,
        "webinar_registered",
        at_most=1,
        days=30,
        per=Per.MAGNET,
        half_life=30,
        group="webinars",
    ),
    EngagementRule(
        "webinar_attended",
        "Joined the webinar “{title}”",
        30,
        "webinar_attended",
        at_most=1,
        days=30,
        per=Per.MAGNET,
        half_life=45,
        group="webinars",
    ),
    EngagementRule(
        "webinar_replayed",
        "Watched the recording of “{title}”",
        15,
        "webinar_replayed",
        at_most=1,
        days=30,
        per=Per.MAGNET,
        half_life=30,
        group="webinars",
    ),
    EngagementRule(
        "contact_requested", "Asked to be contacted", 40, "contact_requested", at_most=1, days=30, half_life=30
    ),
)

DEFAULT = Rules(
    fit_threshold=30,
    engagement_threshold=45,
    fit=_FIT,
    engagement=_ENGAGEMENT,
    caps={
        "seniority": Cap(20),
        "visits": Cap(24, days=30),
        "forms": Cap(45, days=90),
        "downloads": Cap(30, days=90),
        "webinars": Cap(80, days=60),
    },
)
