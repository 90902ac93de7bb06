"""The feed as a table: one column after the other, each with what it means. docs/sales-feed.md lists the same."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from capture.handoff.rows import Assessed, CameFrom, FeedRow
from capture.languages import say

Cell = str | int | bool | datetime | None


@dataclass(frozen=True, slots=True)
class Column:
    """`take` gives the cell, whose days are those of the zone; None is an empty one."""

    name: str
    meaning: str
    take: Callable[[FeedRow, ZoneInfo], Cell]


def _reasons(row: FeedRow, _: ZoneInfo) -> str:
    return "; ".join(f"{why.because} ({why.axis} {why.points:+d})" for why in row.scores.reasons)


def _answers(row: FeedRow, _: ZoneInfo) -> str:
    return "; ".join(f"{answer.label}: {answer.answer}" for answer in row.answers)


def _latest(row: FeedRow, zone: ZoneInfo) -> str:
    return "; ".join(f"{item.at.astimezone(zone):%Y-%m-%d}: {item.sentence}" for item in row.timeline.latest)


def _newest(row: FeedRow, take: Callable[[Assessed], Cell]) -> Cell:
    return take(row.assessments[0]) if row.assessments else None


def _owner_ids(row: FeedRow, _: ZoneInfo) -> str:
    return "; ".join(f"{system}: {key}" for system, key in row.owner.ids.items()) if row.owner else ""


def _dimensions(assessed: Assessed) -> str:
    return "; ".join(f"{part.title}: {part.score}" for part in assessed.dimensions)


def _touch_columns(prefix: str, words: str, of: Callable[[FeedRow], CameFrom | None]) -> tuple[Column, ...]:
    parts: tuple[tuple[str, str, Callable[[CameFrom], Cell]], ...] = (
        ("at", say("when it was"), lambda touch: touch.at),
        ("channel", say("channel, for instance Paid social"), lambda touch: touch.channel),
        ("source", say("UTM source"), lambda touch: touch.source),
        ("medium", say("UTM medium"), lambda touch: touch.medium),
        ("campaign", say("UTM campaign"), lambda touch: touch.campaign),
        ("term", say("UTM term"), lambda touch: touch.term),
        ("content", say("UTM content"), lambda touch: touch.content),
        ("referrer", say("the page that led here"), lambda touch: touch.referrer),
        ("landing_path", say("the page of ours that was seen first"), lambda touch: touch.landing_path),
    )

    def column(name: str, meaning: str, take: Callable[[CameFrom], Cell]) -> Column:
        def cell(row: FeedRow, _: ZoneInfo) -> Cell:
            touch = of(row)
            return None if touch is None else take(touch)

        return Column(f"{prefix}_{name}", say("%(touch)s: %(what)s", touch=words, what=meaning), cell)

    return tuple(column(*part) for part in parts)


COLUMNS: tuple[Column, ...] = (
    Column("cursor", say("Behind this row the next one follows; give it back as `after`"), lambda row, _: row.cursor),
    Column("event", say("What happened, for instance `mql.created`"), lambda row, _: row.event),
    Column("mql_id", say("The MQL, stable for ever: the key to match on"), lambda row, _: row.mql_id),
    Column("lead_id", say("The person"), lambda row, _: row.lead_id),
    Column("qualified_at", say("When the lead was handed over"), lambda row, _: row.qualified_at),
    Column("reason", say("`score` or `hand_raised`"), lambda row, _: row.reason),
    Column("why", say("The reason in words"), lambda row, _: row.why),
    Column("priority", say("1 comes first: asked to be contacted; 2: by score"), lambda row, _: row.priority),
    Column("due_at", say("Answer by then"), lambda row, _: row.due_at),
    Column(
        "owner_name", say("Whose lead it is; empty: nobody's yet"), lambda row, _: row.owner.name if row.owner else None
    ),
    Column("owner_email", say("The owner's address"), lambda row, _: row.owner.email if row.owner else None),
    Column("routed_by", say("Why it is the owner's, such as `rule: DACH`"), lambda row, _: row.routed_by),
    Column("email", say("The person's address"), lambda row, _: row.person.email),
    Column("email_verified", say("Whether the address was proven by a link"), lambda row, _: row.person.email_verified),
    Column("name", say("Full name"), lambda row, _: row.person.name),
    Column("first_name", say("First name, where it was asked for"), lambda row, _: row.person.first_name),
    Column("last_name", say("Last name, where it was asked for"), lambda row, _: row.person.last_name),
    Column("job_title", say("Job title"), lambda row, _: row.person.job_title),
    Column("phone", say("Telephone number in international form"), lambda row, _: row.person.phone),
    Column("country", say("ISO 3166-1 code of two letters"), lambda row, _: row.person.country),
    Column("company", say("Company"), lambda row, _: row.company.name),
    Column(
        "company_domain", say("Domain of a work address; empty for free-mail hosts"), lambda row, _: row.company.domain
    ),
    Column("company_size", say("People in the company, as answered"), lambda row, _: row.company.size),
    Column("website", say("Website, as answered"), lambda row, _: row.company.website),
    Column("fit", say("Fit at qualification, rounded down"), lambda row, _: row.scores.fit.points),
    Column("fit_threshold", say("Fit that was needed"), lambda row, _: row.scores.fit.threshold),
    Column("engagement", say("Engagement at qualification, rounded down"), lambda row, _: row.scores.engagement.points),
    Column("engagement_threshold", say("Engagement that was needed"), lambda row, _: row.scores.engagement.threshold),
    Column("rule_version", say("Version of the scoring rules"), lambda row, _: row.scores.rule_version),
    Column("reasons", say("Every reason for the scores, with its points"), _reasons),
    Column("answers", say("The newest answer to every question, with the question"), _answers),
    *_touch_columns("first_touch", say("First touch"), lambda row: row.first_touch),
    *_touch_columns("last_touch", say("Last touch"), lambda row: row.last_touch),
    Column(
        "page",
        say("Slug of the page that was filled in last before"),
        lambda row, _: row.offer.page if row.offer else None,
    ),
    Column("magnet", say("Slug of what it gave"), lambda row, _: row.offer.magnet if row.offer else None),
    Column(
        "magnet_kind",
        say("`ebook`, `checklist`, `assessment` or `webinar`"),
        lambda row, _: row.offer.kind if row.offer else None,
    ),
    Column("magnet_title", say("Its title"), lambda row, _: row.offer.title if row.offer else None),
    Column("timeline", say("What the person did so far, counted"), lambda row, _: row.timeline.summary),
    Column("timeline_latest", say("The latest five things, the newest first"), _latest),
    Column("last_active_at", say("When the person last did something"), lambda row, _: row.timeline.last_at),
    Column("may_mail", say("Whether one may write"), lambda row, _: row.consent.may_mail),
    Column("mail_consent", say("Why, in words"), lambda row, _: row.consent.mail),
    Column("may_call", say("Whether one may call"), lambda row, _: row.consent.may_call),
    Column("call_consent", say("Why, in words"), lambda row, _: row.consent.call),
    Column("what", say("What happened, in words"), lambda row, _: row.what),
    Column("happened_at", say("When it happened"), lambda row, _: row.happened_at),
    Column(
        "assessment_score", say("The newest assessment, 0 to 100"), lambda row, _: _newest(row, lambda one: one.score)
    ),
    Column(
        "assessment_level", say("The level reached in it"), lambda row, _: _newest(row, lambda one: one.level_title)
    ),
    Column(
        "assessment_dimensions", say("The score of each of its dimensions"), lambda row, _: _newest(row, _dimensions)
    ),
    Column("outcome", say("What sales said last, by now; empty while it has not answered"), lambda row, _: row.outcome),
    Column("outcome_at", say("When it said so"), lambda row, _: row.outcome_at),
    Column(
        "outcome_value",
        say("The amount that it said, in minor units of the currency"),
        lambda row, _: row.outcome_value,
    ),
    Column("outcome_currency", say("Its currency, ISO 4217"), lambda row, _: row.outcome_currency),
    Column("continues_as", say("The `mql_id` in which this MQL goes on"), lambda row, _: row.continues_as),
    Column("owner_ids", say("The owner's ids in other systems"), _owner_ids),
)
