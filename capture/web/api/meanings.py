"""What each member of what the API answers means, in the words of docs/sales-feed.md."""

from collections.abc import Mapping

from capture.handoff.permissions import Permissions
from capture.handoff.rows import (
    Answer,
    Assessed,
    Axis,
    CameFrom,
    Company,
    FeedRow,
    Measured,
    Moment,
    Offer,
    Owner,
    Person,
    Scores,
    Timeline,
    Why,
)
from capture.journey.sales import Decided

MEANINGS: Mapping[type, Mapping[str, str]] = {
    FeedRow: {
        "cursor": "Behind this row the next one follows",
        "event": "What happened, for instance `mql.created`; the list is above",
        "what": "The same in words",
        "happened_at": "When it happened",
        "mql_id": "The MQL, stable for ever: the key to match on",
        "lead_id": "The person; another one once two proved to be the same",
        "qualified_at": "When the lead was handed over",
        "reason": "`score` or `hand_raised`",
        "why": "The reason in words",
        "priority": "1 comes first: asked to be contacted; 2: by score",
        "due_at": "Answer by then",
        "owner": "Whose lead it is; null where it is nobody's yet",
        "routed_by": (
            "Why it is the owner's: `named account acme.example`, `rule: DACH`, `round robin`, `won this customer`, "
            "`said what was wrong, and that is mended`, `had this lead before its data were mended`, "
            "`passed on by hand`, `accepted it`, or `nobody answered in time; ` and one of these"
        ),
        "person": "Who it is, by what is known now",
        "company": "Where the person works",
        "scores": "Fit and engagement at qualification, with the reasons",
        "consent": "Whether one may write and call, and why",
        "answers": "The newest answer to every question",
        "first_touch": "How the person first arrived; null where it is not known",
        "last_touch": "The last arrival that says where it came from; null where there is none",
        "offer": "What the page offered that was filled in last before; null where there was none",
        "timeline": "What the person did so far",
        "assessments": "What the answers to assessments come to, the newest first",
        "outcome": "What sales said last, by now; null while it has not answered",
        "outcome_at": "When it said so",
        "continues_as": "The `mql_id` in which this MQL goes on, where two records proved to be one person; else null",
        "outcome_value": "The amount that it said, in minor units of the currency; null where it said none",
        "outcome_currency": "Its currency, ISO 4217",
    },
    Owner: {
        "name": "Whose lead it is",
        "email": "The owner's address",
        "ids": (
            'The owner\'s ids in other systems, by name in lower case, as Team keeps them: `{"hubspot": "41629779"}`'
        ),
    },
    Person: {
        "email": "The address",
        "email_verified": "Whether it was proven by a link that only the mailbox had",
        "name": "Full name",
        "first_name": "First name, where it was asked for",
        "last_name": "Last name, where it was asked for",
        "job_title": "Job title",
        "phone": "Telephone number in international form",
        "country": "ISO 3166-1 code of two letters",
        "other_emails": "Further addresses of the same person, as a marketer found out",
    },
    Company: {
        "name": "Company, as answered",
        "domain": "Domain of a work address; empty for free-mail hosts",
        "size": "People in the company, as answered",
        "website": "Website, as answered",
    },
    Scores: {
        "fit": "Who the person is, against what is wanted",
        "engagement": "What the person did",
        "rule_version": "Version of the scoring rules",
        "reasons": "What the scores are made of",
    },
    Axis: {
        "points": "Points at qualification, rounded down",
        "threshold": "Points that were needed",
    },
    Why: {
        "axis": "`fit` or `engagement`",
        "because": "The reason, a sentence",
        "points": "Its points when it happened",
        "points_then": "What was left of them at qualification; those of an axis add up to its points, decimals aside",
        "at": "When it happened; of what is known of the person, since when it is so",
    },
    Permissions: {
        "may_mail": "Whether one may write",
        "mail": "Why, in words",
        "may_call": "Whether one may call",
        "call": "Why, in words",
    },
    Answer: {
        "key": "The field of the form",
        "label": "The question, as the form put it",
        "answer": "The newest answer, as the form put it",
    },
    CameFrom: {
        "at": "When the person arrived",
        "channel": "Channel, for instance Paid social",
        "source": "UTM source",
        "medium": "UTM medium",
        "campaign": "UTM campaign",
        "term": "UTM term",
        "content": "UTM content",
        "referrer": "The page that led here",
        "landing_path": "The page of ours that was seen first",
        "click_ids": "Click ids of advertisers by name, such as `gclid`",
    },
    Offer: {
        "page": "Slug of the page that was filled in last before",
        "magnet": "Slug of what it gave",
        "kind": "`ebook`, `checklist`, `assessment` or `webinar`",
        "title": "Its title",
    },
    Timeline: {
        "summary": "What the person did so far, counted",
        "first_at": "When the person first did something",
        "last_at": "When the person last did something",
        "latest": "The latest five things, the newest first",
    },
    Moment: {
        "at": "When it was",
        "sentence": "What it was",
    },
    Assessed: {
        "page": "Slug of the page of the assessment",
        "at": "When it was answered last",
        "score": "What the answers come to, 0 to 100",
        "level": "The stable name of the level reached",
        "level_title": "What the level is called",
        "dimensions": "What was measured, each with its score",
    },
    Measured: {
        "key": "The stable name of what was measured",
        "title": "What it is called",
        "score": "Its score, 0 to 100",
    },
    Decided: {
        "disposition_id": "This answer; each has an id of its own",
        "mql_id": "The MQL that it is about: where two records proved to be one person, the one that stands",
        "outcome": "What sales decided",
        "reason": "Why it was rejected; null with any other outcome",
        "wrong": "Which of the data are wrong; null where that was not said",
        "value": "The amount, in minor units of the currency; null where none was said",
        "currency": "Its currency, ISO 4217",
        "note": "What was written beside it",
        "crm_id": "The CRM's own id of its record",
        "decided_at": "When it was decided",
    },
}
