"""What our files tell a CRM is what we read in its own: an answer that went there and back stays as it is."""

import ast
import csv
import io
import re
from datetime import timedelta
from itertools import product
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from capture.handoff import outcomes, statuses
from capture.handoff.destinations import editing, files
from capture.handoff.destinations.files import Form, Span
from capture.handoff.destinations.tables import DESTINATIONS
from capture.handoff.dispositions import VALUED, Decision, Teller
from capture.handoff.models import CrmStatus, Disposition, Mql, Outcome, Source
from capture.handoff.outcomes import Preview, Row
from capture.handoff.reasons import PRESET
from capture.journey import outcomes as outcomes_journey
from capture.journey import sales
from tests.factories import NOON, a_lead, an_mql, every

BERLIN = ZoneInfo("Europe/Berlin")
LATER = NOON + timedelta(days=3)
HERE, CRM = Teller("sam", Source.STUDIO), Teller("cli", Source.REPORT)
WITH_STATUSES = [
    key for key, one in DESTINATIONS.items() if {column.source for column in one.columns} & set(statuses.WRITTEN)
]
ANSWERS = [
    *(Decision(outcome) for outcome in Outcome if outcome not in (Outcome.REJECTED, *VALUED)),
    *(Decision(outcome, value=1_250_000, currency="CHF") for outcome in VALUED),
    *(Decision(Outcome.REJECTED, reason.key) for reason in PRESET),
]
RECIPE = (Path(__file__).parent.parent.parent / "docs" / "crm-recipe.md").read_text(encoding="utf-8")


def answered(decision: Decision, by: Teller = HERE) -> Mql:
    mql = an_mql(a_lead(f"{decision.outcome}-{decision.reason}@analytical.example".lower()))
    sales.decide(mql.public_id, decision, by, at=NOON)
    return mql


def read(text: str) -> Preview:
    usual = outcomes.meanings(outcomes.USUAL)
    return outcomes.read(text.encode(), usual, currency="EUR", zone=BERLIN, at=LATER)


def load(text: str) -> int:
    return outcomes_journey.load(read(text), outcomes.meanings(outcomes.USUAL), CRM, at=LATER)


def exported(path: Path, key: str) -> str:
    told = files.write(path, editing.in_force(key), Form.CSV, Span(), zone=BERLIN, at=LATER, with_over=True)
    assert told.written
    return path.read_text(encoding="utf-8")


Stands = tuple[Outcome | None, str | None, int | None]


def stands() -> list[Stands]:
    """The outcome of each MQL, its reason and its value."""
    told = {row.mql_id: (row.reason, row.value) for row in sorted(every(Disposition), key=lambda row: (row.at, row.id))}
    return [(mql.outcome, *told.get(mql.id, (None, None))) for mql in every(Mql)]


def test_the_destinations_that_have_statuses() -> None:
    assert WITH_STATUSES == ["salesforce", "salesforce-loader", "hubspot"]


@pytest.mark.parametrize("key", WITH_STATUSES)
def test_what_a_file_of_ours_says_is_read_back_as_it_stands_here(app: Flask, tmp_path: Path, key: str) -> None:
    for decision in ANSWERS:
        answered(decision)
    an_mql(a_lead("nothing@analytical.example"))
    before = stands()

    preview = read(exported(tmp_path / "leads.csv", key))

    assert [(row.who, row.why_not) for row in [*preview.new, *preview.faults]] == []
    assert load(exported(tmp_path / "again.csv", key)) == 0
    assert stands() == before


@pytest.mark.parametrize("key", WITH_STATUSES)
def test_so_it_is_where_every_line_has_a_day(app: Flask, tmp_path: Path, key: str) -> None:
    for decision in ANSWERS:
        answered(decision)
    before = stands()

    header, *rows = csv.reader(io.StringIO(exported(tmp_path / "leads.csv", key)))
    told = io.StringIO()
    csv.writer(told).writerows([[*header, "Date"], *([*row, f"{LATER:%Y-%m-%d}"] for row in rows)])

    load(told.getvalue())

    assert stands() == before


@pytest.mark.parametrize("decision", [one for one in ANSWERS if one.reason is None], ids=lambda one: one.outcome.value)
def test_where_nothing_is_known_hubspots_columns_say_what_was_written(app: Flask, decision: Decision) -> None:
    stage, status = (statuses.WRITTEN[source][decision.outcome] for source in ("hubspot_stage", "hubspot_status"))
    mql = an_mql()

    load(f"MQL ID,Lifecycle Stage,Lead Status\n{mql.public_id},{stage},{status}\n")

    assert stands() == [(decision.outcome, None, None)]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (("Lead", "Connected"), (Outcome.QUALIFIED, None)),
        (("Sales Qualified Lead", "In Progress"), (Outcome.QUALIFIED, None)),
        (("Sales Qualified Lead", ""), (Outcome.QUALIFIED, None)),
        (("Sales Qualified Lead", "Bad Timing"), (Outcome.RECYCLED, None)),
        (("Sales Qualified Lead", "Unqualified"), (Outcome.REJECTED, "no_fit")),
        (("Opportunity", "Connected"), (Outcome.OPPORTUNITY, None)),
        (("Customer", "Unqualified"), (Outcome.WON, None)),
        (("Closed Won", "Closed - Converted"), (Outcome.WON, None)),
        (("Closed Lost", "Closed - Converted"), (Outcome.LOST, None)),
        (("Marketing Qualified Lead", "New"), (None, None)),
        (("Marketing Qualified Lead", ""), (None, None)),
        (("", ""), (None, None)),
    ],
)
def test_of_two_columns_the_one_that_is_further_along_counts(
    app: Flask, line: tuple[str, str], found: tuple[Outcome | None, str | None]
) -> None:
    mql, header = an_mql(), "Stage" if line[0].startswith("Closed") else "Lifecycle Stage"
    text = f"MQL ID,{header},Lead Status\n{mql.public_id},{','.join(line)}\n"

    load(text)

    assert [row[:2] for row in stands()] == [found]
    assert read(text).faults == []


def test_a_status_that_nobody_has_explained_is_named_alone(app: Flask) -> None:
    preview = read(f"MQL ID,Lifecycle Stage,Lead Status\n{an_mql().public_id},Customer,Daydreaming\n")

    assert (preview.unmapped, preview.new) == (["Daydreaming"], [])


def test_a_file_with_a_stage_alone_is_read(app: Flask) -> None:
    load(f"MQL ID,Deal Stage\n{an_mql().public_id},Closed Won\n")

    assert stands() == [(Outcome.WON, None, None)]


def one(text: str) -> Row:
    [row] = read(text).rows
    return row


@pytest.mark.parametrize("stood", [Outcome.QUALIFIED, Outcome.OPPORTUNITY, Outcome.WON])
@pytest.mark.parametrize("by", [Source.STUDIO, Source.API])
def test_an_earlier_step_in_a_file_without_days_moves_nothing_back_that_was_recorded_here(
    app: Flask, stood: Outcome, by: Source
) -> None:
    mql = answered(Decision(stood), Teller("sam", by))
    line = f"mql_id,status\n{mql.public_id},In Progress\n"

    assert (one(line).decision, one(line).why_not) == (None, "Says no more than what is recorded.")
    assert not one(line).is_fault
    assert load(line.replace("status\n", "status,date\n").replace("Progress\n", "Progress,2026-09-17\n")) == 1


def test_an_earlier_step_of_a_crm_that_had_said_the_later_one_itself_is_news(app: Flask) -> None:
    mql = answered(Decision(Outcome.QUALIFIED), CRM)

    assert load(f"mql_id,status\n{mql.public_id},In Progress\n") == 1


def test_a_line_without_an_amount_takes_none_away(app: Flask) -> None:
    mql = answered(Decision(Outcome.WON, value=500, currency="CHF", crm_id="006-1"))

    assert load(f"mql_id,status,crm_id\n{mql.public_id},Customer,006-1\n") == 0
    assert load(f"mql_id,status,amount\n{mql.public_id},Customer,7\n") == 1
    assert stands() == [(Outcome.WON, None, 700)]


def test_a_status_of_another_record_is_news_however_little_it_says(app: Flask) -> None:
    mql = answered(Decision(Outcome.QUALIFIED, crm_id="00Q-1"))

    assert load(f"mql_id,status,crm_id\n{mql.public_id},Working - Contacted,00Q-1\n") == 0
    assert load(f"mql_id,status,crm_id\n{mql.public_id},Working - Contacted,00Q-2\n") == 1


def test_who_says_that_a_status_means_something_else_is_taken_at_his_word(app: Flask) -> None:
    mql = answered(Decision(Outcome.ACCEPTED))
    known = outcomes.meanings("working - contacted = qualified")
    text = f"mql_id,status\n{mql.public_id},Working - Contacted\n".encode()

    [row] = outcomes.read(text, known, currency="EUR", zone=BERLIN, at=LATER).rows

    assert row.decision == Decision(Outcome.QUALIFIED)


def test_every_name_stands_once_in_the_table_and_every_pair_says_something_that_can_be_recorded(app: Flask) -> None:
    systems = (statuses.SALESFORCE_STATUS, statuses.HUBSPOT_STAGE, statuses.HUBSPOT_STATUS)
    names = [one.name.lower() for system in systems for one in system if one.name]
    known = outcomes.meanings(outcomes.USUAL)

    assert len(names) == len(set(names))
    for pair in product(known, known):
        told = statuses.read([(name, known[name]) for name in pair]).meaning
        assert (told.outcome is Outcome.REJECTED) == (told.reason is not None)


def test_the_recipe_for_hubspot_reads_its_statuses_as_its_exports_are_read() -> None:
    [body] = re.findall(r"^OUTCOMES = (\{.*?^\})", RECIPE, re.DOTALL | re.MULTILINE)
    told = ast.literal_eval(body)
    statuses_of = {name: outcome for (property_, name), outcome in told.items() if property_ == "hs_lead_status"}

    assert {name: ": ".join(outcome.values()) for name, outcome in statuses_of.items()} == {
        one.name.upper().replace(" ", "_"): one.means
        for one in statuses.HUBSPOT_STATUS
        if one.name and one.means != statuses.IGNORED
    }
    assert told["lifecyclestage", "customer"] == {"outcome": statuses.USUAL["customer"]}


def test_a_mapping_that_is_as_it_ships_is_not_kept_and_follows_what_ships(app: Flask) -> None:
    load(f"mql_id,status\n{an_mql().public_id},Won\n")

    assert every(CrmStatus) == []
    assert outcomes.kept_meanings() == outcomes.USUAL
