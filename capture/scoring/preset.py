"""The rules that an installation starts with; docs/scoring.md explains them to the people who live with them."""

from capture.languages import kept
from capture.scoring.conditions import Condition, Question
from capture.scoring.rules import Cap, EngagementRule, FitRule, Per, Rules

SENIORITY, VISITS, FORMS = kept("seniority"), kept("visits"), kept("forms")
DOWNLOADS, WEBINARS = kept("downloads"), kept("webinars")

_FIT = (
    FitRule("work_email", kept("Writes from a work e-mail address"), 15, Condition(Question.WORK_EMAIL, "email")),
    FitRule("throwaway_email", kept("Uses a throw-away address"), -30, Condition(Question.THROWAWAY_EMAIL, "email")),
    FitRule("company_known", kept("Named the company"), 5, Condition(Question.KNOWN, "company")),
    FitRule("title_known", kept("Named the job"), 5, Condition(Question.KNOWN, "job_title")),
    FitRule(
        "title_top",
        kept("The job title speaks of the top of a company"),
        20,
        Condition(Question.SENIORITY, "job_title", ("top",)),
        group=SENIORITY,
    ),
    FitRule(
        "title_leader",
        kept("The job title speaks of leading a department"),
        15,
        Condition(Question.SENIORITY, "job_title", ("leader",)),
        group=SENIORITY,
    ),
    FitRule(
        "title_manager",
        kept("The job title speaks of responsibility for a team or a subject"),
        10,
        Condition(Question.SENIORITY, "job_title", ("manager",)),
        group=SENIORITY,
    ),
    FitRule(
        "title_function",
        kept("Works in marketing, sales or revenue"),
        10,
        Condition(Question.FUNCTION, "job_title", ("marketing", "sales")),
    ),
    FitRule(
        "title_learner",
        kept("Is a student or in training"),
        -25,
        Condition(Question.SENIORITY, "job_title", ("learner",)),
    ),
    FitRule(
        "size_medium",
        kept("The company has 50 to 999 people"),
        15,
        Condition(Question.RANGE, "company_size", low=50, high=999),
    ),
    FitRule(
        "size_large",
        kept("The company has 1,000 people or more"),
        10,
        Condition(Question.RANGE, "company_size", low=1_000),
    ),
    FitRule(
        "size_small",
        kept("The company has 10 to 49 people"),
        5,
        Condition(Question.RANGE, "company_size", low=10, high=49),
    ),
    FitRule("country_known", kept("Named the country"), 5, Condition(Question.KNOWN, "country")),
    FitRule("hurdle_named", kept("Told us about a hurdle"), 5, Condition(Question.KNOWN, "biggest_hurdle")),
)

_ENGAGEMENT = (
    EngagementRule(
        "page_viewed",
        kept("Looked at the page of “{title}”"),
        8,
        "page_viewed",
        at_most=1,
        days=30,
        per=Per.PAGE,
        half_life=30,
        group=VISITS,
    ),
    EngagementRule(
        "form_submitted",
        kept("Filled in the form for “{title}”"),
        15,
        "form_submitted",
        at_most=1,
        days=90,
        per=Per.PAGE,
        half_life=30,
        group=FORMS,
    ),
    EngagementRule(
        "assessment_completed",
        kept("Answered every question of “{title}”"),
        10,
        "form_submitted",
        magnet_kinds=("assessment",),
        at_most=1,
        days=90,
        per=Per.PAGE,
        half_life=30,
        group=FORMS,
    ),
    EngagementRule(
        "downloaded",
        kept("Downloaded “{title}”"),
        10,
        "magnet_downloaded",
        at_most=1,
        days=90,
        per=Per.MAGNET,
        half_life=30,
        group=DOWNLOADS,
    ),
    EngagementRule(
        "link_followed",
        kept("Followed a link inside “{title}”"),
        5,
        "link_followed",
        at_most=2,
        days=30,
        half_life=30,
    ),
    EngagementRule(
        "webinar_registered",
        kept("Registered for the webinar “{title}”"),
        20,
        "webinar_registered",
        at_most=1,
        days=30,
        per=Per.MAGNET,
        half_life=30,
        group=WEBINARS,
    ),
    EngagementRule(
        "webinar_attended",
        kept("Joined the webinar “{title}”"),
        30,
        "webinar_attended",
        at_most=1,
        days=30,
        per=Per.MAGNET,
        half_life=45,
        group=WEBINARS,
    ),
    EngagementRule(
        "webinar_replayed",
        kept("Watched the recording of “{title}”"),
        15,
        "webinar_replayed",
        at_most=1,
        days=30,
        per=Per.MAGNET,
        half_life=30,
        group=WEBINARS,
    ),
    EngagementRule(
        "contact_requested", kept("Asked to be contacted"), 40, "contact_requested", at_most=1, days=30, half_life=30
    ),
)

DEFAULT = Rules(
    fit_threshold=30,
    engagement_threshold=45,
    fit=_FIT,
    engagement=_ENGAGEMENT,
    caps={
        SENIORITY: Cap(20),
        VISITS: Cap(24, days=30),
        FORMS: Cap(45, days=90),
        DOWNLOADS: Cap(30, days=90),
        WEBINARS: Cap(80, days=60),
    },
)
