"""docs/scoring.md and docs/sales-feed.md say what the product does."""

import re
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import get_args, get_type_hints

import tomlkit
from flask.testing import FlaskClient

from capture.engagement.models import EventKind
from capture.handoff import statuses
from capture.handoff.columns import COLUMNS
from capture.handoff.destinations.tables import CONSTANT, DESTINATIONS, Column
from capture.handoff.kinds import KINDS
from capture.handoff.models import Outcome
from capture.handoff.reasons import AFTER, PRESET
from capture.handoff.rows import FeedRow
from capture.outbox import posting, queue
from capture.reports import answers, days
from capture.reports.kpis import DEFINITIONS
from capture.reports.spending import HEADERS
from capture.scoring import carried, preset, rulefile, rulewords
from capture.scoring.conditions import Question
from capture.scoring.rules import Cap, EngagementRule, FitRule
from capture.scoring.titles import Function, Seniority
from capture.web.api import feed, queries

DOCS = Path(__file__).parent.parent.parent / "docs"
SCORING = (DOCS / "scoring.md").read_text(encoding="utf-8")
REPORTS = (DOCS / "reports.md").read_text(encoding="utf-8")
FILES = (DOCS / "destinations.md").read_text(encoding="utf-8")
WEBHOOKS = (DOCS / "webhooks.md").read_text(encoding="utf-8")
FEED = (DOCS / "sales-feed.md").read_text(encoding="utf-8")


def rows_under(text: str, heading: str) -> list[str]:
    """The body rows of the first table under a heading."""
    below = re.split(r"\n##+ ", text.split(f"## {heading}\n", 1)[1], maxsplit=1)[0].splitlines()
    rows = [line for line in below if line.startswith("|")]
    return rows[2:]


def asked(rule: FitRule) -> str:
    condition = rule.when
    if condition.asks in (Question.SENIORITY, Question.FUNCTION):
        return ", ".join(condition.values)
    if condition.asks is Question.RANGE:
        return f"{condition.low:,} or more" if condition.high is None else f"{condition.low:,} to {condition.high:,}"
    return {
        Question.KNOWN: "filled in",
        Question.WORK_EMAIL: "neither a free-mail nor a throw-away host",
        Question.THROWAWAY_EMAIL: "a throw-away host",
    }[condition.asks]


def fit_row(rule: FitRule) -> str:
    return f"| {rule.because} | {rule.points:+d} | `{rule.when.field}`: {asked(rule)} |"


def engagement_row(rule: EngagementRule) -> str:
    because = rule.because.replace("{title}", "…")
    return f"| {because} | {rule.points:+d} | {rulewords.counted(rule)} | {rule.half_life} days | {rule.group or '–'} |"


def cap_row(group: str, cap: Cap) -> str:
    return f"| {group} | {cap.points} |" + (f" {cap.days} days |" if cap.days else " ever |")


def paths(kind: type) -> Sequence[str]:
    """The names of a row's members, with those inside them."""
    types = get_type_hints(kind)
    found = []
    for member in fields(kind):
        parts = (types[member.name], *get_args(types[member.name]))
        inner = [part for part in parts if isinstance(part, type) and is_dataclass(part)]
        names = [f"{member.name}.{path}" for part in inner for path in paths(part)]
        found += names or [member.name]
    return found


def test_every_rule_of_the_preset_is_listed_with_its_points() -> None:
    assert rows_under(SCORING, "Fit: who they are") == [fit_row(rule) for rule in preset.DEFAULT.fit]
    assert rows_under(SCORING, "Engagement: what they do") == [
        engagement_row(rule) for rule in preset.DEFAULT.engagement
    ]
    assert rows_under(SCORING, "Caps") == [cap_row(group, cap) for group, cap in preset.DEFAULT.caps.items()]


def test_the_thresholds_are_named() -> None:
    assert f"fit {preset.DEFAULT.fit_threshold} and engagement {preset.DEFAULT.engagement_threshold}" in SCORING


def test_every_column_of_the_csv_is_listed_in_order() -> None:
    assert rows_under(FEED, "Columns of the CSV") == [f"| `{column.name}` | {column.meaning} |" for column in COLUMNS]


def test_every_member_of_a_json_row_is_listed_in_order() -> None:
    told = [re.findall(r"`([^`]+)`", row)[0] for row in rows_under(FEED, "Members of a row")]

    assert told == list(paths(FeedRow))


def test_the_limits_are_the_real_ones() -> None:
    assert f"1 to {queries.MOST:,}" in FEED
    assert f"{queries.USUAL} when you do not say" in FEED
    assert feed.RATE.replace(" per minute", " requests a minute") in FEED


def test_every_answer_of_the_api_is_explained(client: FlaskClient) -> None:
    paths = client.get("/api/openapi.json").get_json()["paths"]
    statuses = {status for path in paths.values() for operation in path.values() for status in operation["responses"]}
    told = [row.split("|")[1].strip() for row in rows_under(FEED, "When it says no")]

    assert told == sorted(statuses - {"200"})
    for parameter in paths["/api/v1/mqls"]["get"]["parameters"]:
        assert f"`{parameter['name']}`" in FEED


def test_every_event_and_every_reason_is_listed_with_what_follows() -> None:
    afterwards, answers = rows_under(FEED, "What happens afterwards"), rows_under(FEED, "Say what became of it")

    assert afterwards == [f"| `{kind}` | {words} |" for kind, words in KINDS.items()]
    assert answers[-len(PRESET) :] == [f"| `{reason.key}` | {reason.then.words} |" for reason in PRESET]
    assert [row.split("`")[1] for row in answers[: len(Outcome)]] == [outcome.value for outcome in Outcome]
    for outcome, then in AFTER.items():
        assert any(f"`{outcome.value}`" in row and then.words in row for row in answers)


def test_every_event_of_webhooks_is_listed_and_so_is_when_they_are_tried_again() -> None:
    units = ((3600, "h"), (60, "min"), (1, "s"))
    pauses = [int(pause.total_seconds()) for pause in queue.PAUSES]
    told = [next(f"{p // size} {unit}" for size, unit in units if p % size == 0) for p in pauses]

    assert rows_under(WEBHOOKS, "What is posted") == [f"| `{kind}` | {words} |" for kind, words in KINDS.items()]
    assert f"{', '.join(told[:-1])} and {told[-1]}" in WEBHOOKS
    assert f"within {posting.PATIENCE:.0f} seconds" in WEBHOOKS


def file_row(column: Column) -> str:
    text = column.source.removeprefix(CONSTANT)
    filled = f"“{text}”" if column.source.startswith(CONSTANT) else f"`{text}`"
    return f"| {column.header} | {filled} | {column.most or '–'} | {'yes' if column.required else 'no'} |"


def test_every_destination_is_listed_with_its_columns() -> None:
    for destination in DESTINATIONS.values():
        assert rows_under(FILES, destination.title) == [file_row(column) for column in destination.columns]
        assert f"`--for {destination.key}`. {destination.about}" in FILES


def said_as(answer: str) -> str:
    return f"`{answer}`" if answer else "nothing yet"


def test_what_hubspot_and_salesforce_read_for_each_answer_of_sales_is_listed() -> None:
    stages, hubspot, salesforce = (
        statuses.WRITTEN[source] for source in ("hubspot_stage", "hubspot_status", "salesforce_status")
    )

    assert rows_under(FILES, "What HubSpot reads for what sales said") == [
        f"| {said_as(answer)} | {stage} | {hubspot[answer] or '–'} |" for answer, stage in stages.items()
    ]
    assert rows_under(FILES, "What Salesforce reads for what sales said") == [
        f"| {said_as(answer)} | {status} |" for answer, status in salesforce.items()
    ]
    assert list(stages) == list(hubspot) == list(salesforce) == ["", *Outcome]


def test_what_is_read_back_out_of_hubspot_and_salesforce_is_listed() -> None:
    assert rows_under(FILES, "What is read back") == [
        f"| {one.name} | `{one.means}` |" if one.means != statuses.IGNORED else f"| {one.name} | nothing |"
        for of_system in (statuses.HUBSPOT_STAGE, statuses.HUBSPOT_STATUS, statuses.SALESFORCE_STATUS)
        for one in of_system
        if one.name
    ]


def test_the_seven_figures_and_the_headers_of_costs_are_listed() -> None:
    assert rows_under(REPORTS, "Day by day") == [f"| {d.title} | {d.words} |" for d in days.DEFINITIONS.values()]
    assert rows_under(REPORTS, "The seven figures") == [f"| {d.title} | {d.words} |" for d in DEFINITIONS.values()]
    assert rows_under(REPORTS, "What each is counted by") == [
        f"| {d.title} | {d.numerator} | {d.denominator} | {d.day} | {d.touch} | {d.people} |"
        for d in DEFINITIONS.values()
    ]
    assert rows_under(REPORTS, "How sales answered") == [
        f"| {d.title} | {d.words} | {d.numerator} | {d.denominator} | {d.day} | {d.touch} | {d.people} |"
        for d in answers.DEFINITIONS.values()
    ]
    assert rows_under(REPORTS, "Costs") == [f"| {what} | {', '.join(known)} |" for what, known in HEADERS.items()]


def test_the_file_with_one_of_everything_can_be_read_and_has_every_question_key_and_event() -> None:
    below = SCORING.split("## A file with one of everything\n", 1)[1].split("\n## ", 1)[0]
    [example] = re.findall(r"```toml\n(.*?)```", below, re.DOTALL)
    rules, table = rulefile.read(example), tomlkit.parse(example).unwrap()

    assert {rule.when.asks for rule in rules.fit} == set(Question)
    assert [rule.key for rule in rules.fit if rule.disqualifies] == ["rival"]
    assert {key for rule in table["fit"] for key in rule} == set(rulefile.FIT_KEYS)
    assert {key for rule in table["engagement"] for key in rule} == set(rulefile.ENGAGEMENT_KEYS)
    assert {key for cap in table["caps"].values() for key in cap} == set(rulefile.CAP_KEYS)
    assert ({rule.group for rule in rules.fit} | {rule.group for rule in rules.engagement}) - {""} == set(rules.caps)
    assert rulefile.check(rules) == []
    assert re.findall(r"`(\w+)`", below.rpartition("`event` is one of")[2]) == [*EventKind]
    for name in (*Seniority, *Function):
        assert name in example


def test_what_each_event_has_is_listed() -> None:
    def told(kind: EventKind) -> str:
        has = ", ".join(what for what in carried.ORDER if what in carried.CARRIED[kind])
        return "never counts" if kind in carried.NEVER_COUNTS else has or "–"

    assert rows_under(SCORING, "A file with one of everything") == [
        f"| `{kind}` | {told(kind)} |" for kind in EventKind
    ]
