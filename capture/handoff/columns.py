"""The feed as a table: one column after the other, each with what it means. docs/sales-feed.md lists the same."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from capture.handoff.rows import Assessed, CameFrom, FeedRow

Cell = str | int | bool | datetime | None


@dataclass(frozen=True, slots=True)
class Column:
    """`take` gives the cell; None is an empty one."""

    name: str
    meaning: str
    take: Callable[[FeedRow], Cell]


def _reasons(row: FeedRow) -> str:
    return "; ".join(f"{why.because} ({why.axis} {why.points:+d})" for why in row.scores.reasons)


def _answers(row: FeedRow) -> str:
    return "; ".join(f"{answer.label}: {answer.answer}" for answer in row.answers)


def _latest(row: FeedRow) -> str:
    return "; ".join(f"{item.at:%Y-%m-%d}: {item.sentence}" for item in row.timeline.latest)


def _newest(row: FeedRow, take: Callable[[Assessed], Cell]) -> Cell:
    return take(row.assessments[0]) if row.assessments else None


def _dimensions(assessed: Assessed) -> str:
    return "; ".join(f"{part.title}: {part.score}" for part in assessed.dimensions)


def _touch_columns(prefix: str, words: str, of: Callable[[FeedRow], CameFrom | None]) -> tuple[Column, ...]:
    parts: tuple[tuple[str, str, Callable[[CameFrom], Cell]], ...] = (
        ("at", "when", lambda touch: touch.at),
        ("channel", "channel, for instance Paid social", lambda touch: touch.channel),
        ("source", "UTM source", lambda touch: touch.source),
        ("medium", "UTM medium", lambda touch: touch.medium),
        ("campaign", "UTM campaign", lambda touch: touch.campaign),
        ("term", "UTM term", lambda touch: touch.term),
        ("content", "UTM content", lambda touch: touch.content),
        ("referrer", "the page that led here", lambda touch: touch.referrer),
        ("landing_path", "the page of ours that was seen first", lambda touch: touch.landing_path),
    )

    def column(name: str, meaning: str, take: Callable[[CameFrom], Cell]) -> Column:
        def cell(row: FeedRow) -> Cell:
            touch = of(row)
            return None if touch is None else take(touch)

        return Column(f"{prefix}_{name}", f"{words}: {meaning}", cell)

    return tuple(column(*part) for part in parts)


COLUMNS: tuple[Column, ...] = (
    Column("cursor", "Behind this row the next one follows; give it back as `after`", lambda row: row.cursor),
    Column("event", "What happened, for instance `mql.created`", lambda row: row.event),
    Column("mql_id", "The MQL, stable for ever: the key to match on", lambda row: row.mql_id),
    Column("lead_id", "The person", lambda row: row.lead_id),
    Column("qualified_at", "When the lead was handed over", lambda row: row.qualified_at),
    Column("reason", "`score` or `hand_raised`", lambda row: row.reason),
    Column("why", "The reason in words", lambda row: row.why),
    Column("priority", "1 comes first: asked to be contacted; 2: by score", lambda row: row.priority),
    Column("due_at", "Answer by then", lambda row: row.due_at),
    Column("owner_name", "Whose lead it is; empty: nobody's yet", lambda row: row.owner.name if row.owner else None),
    Column("owner_email", "The owner's address", lambda row: row.owner.email if row.owner else None),
    Column("routed_by", "Why it is the owner's, such as `rule: DACH`", lambda row: row.routed_by),
    Column("email", "The person's address", lambda row: row.person.email),
    Column("email_verified", "Whether the address was proven by a link", lambda row: row.person.email_verified),
    Column("name", "Full name", lambda row: row.person.name),
    Column("first_name", "First name, where it was asked for", lambda row: row.person.first_name),
    Column("last_name", "Last name, where it was asked for", lambda row: row.person.last_name),
    Column("job_title", "Job title", lambda row: row.person.job_title),
    Column("phone", "Telephone number in international form", lambda row: row.person.phone),
    Column("country", "ISO 3166-1 code of two letters", lambda row: row.person.country),
    Column("company", "Company", lambda row: row.company.name),
    Column("company_domain", "Domain of a work address; empty for free-mail hosts", lambda row: row.company.domain),
    Column("company_size", "People in the company, as answered", lambda row: row.company.size),
    Column("website", "Website, as answered", lambda row: row.company.website),
    Column("fit", "Fit at qualification, rounded down", lambda row: row.scores.fit.points),
    Column("fit_threshold", "Fit that was needed", lambda row: row.scores.fit.threshold),
    Column("engagement", "Engagement at qualification, rounded down", lambda row: row.scores.engagement.points),
    Column("engagement_threshold", "Engagement that was needed", lambda row: row.scores.engagement.threshold),
    Column("rule_version", "Version of the scoring rules", lambda row: row.scores.rule_version),
    Column("reasons", "Every reason for the scores, with its points", _reasons),
    Column("answers", "The newest answer to every question, with the question", _answers),
    *_touch_columns("first_touch", "First touch", lambda row: row.first_touch),
    *_touch_columns("last_touch", "Last touch", lambda row: row.last_touch),
    Column(
        "page", "Slug of the page that was filled in last before", lambda row: row.offer.page if row.offer else None
    ),
    Column("magnet", "Slug of what it gave", lambda row: row.offer.magnet if row.offer else None),
    Column(
        "magnet_kind",
        "`ebook`, `checklist`, `assessment` or `webinar`",
        lambda row: row.offer.kind if row.offer else None,
    ),
    Column("magnet_title", "Its title", lambda row: row.offer.title if row.offer else None),
    Column("timeline", "What the person did so far, counted", lambda row: row.timeline.summary),
    Column("timeline_latest", "The latest five things, the newest first", _latest),
    Column("last_active_at", "When the person last did something", lambda row: row.timeline.last_at),
    Column("may_mail", "Whether one may write", lambda row: row.consent.may_mail),
    Column("mail_consent", "Why, in words", lambda row: row.consent.mail),
    Column("may_call", "Whether one may call", lambda row: row.consent.may_call),
    Column("call_consent", "Why, in words", lambda row: row.consent.call),
    Column("what", "What happened, in words", lambda row: row.what),
    Column("happened_at", "When it happened", lambda row: row.happened_at),
    Column("assessment_score", "The newest assessment, 0 to 100", lambda row: _newest(row, lambda one: one.score)),
    Column("assessment_level", "The level reached in it", lambda row: _newest(row, lambda one: one.level_title)),
    Column("assessment_dimensions", "The score of each of its dimensions", lambda row: _newest(row, _dimensions)),
)
