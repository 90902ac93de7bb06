"""The rules that an installation starts with, held against invented leads: whichever of them is missing is missed.

Whoever invented these leads chose what speaks for them; that the same speaks for real ones is not shown here.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from math import exp

import pytest

from capture.reports import evaluation
from capture.reports.evaluation import Row
from capture.scoring import fitting, preset
from capture.scoring.rules import Rules

ROWS = 1_000
FIELDS = {
    "Mail": "email",
    "Title": "job_title",
    "People": "company_size",
    "Company": "company",
    "Country": "country",
    "Hurdle": "biggest_hurdle",
}
EVENTS = {
    "Pages": ('event = "page_viewed"',),
    "Links": ('event = "link_followed"',),
    "Downloads": ('event = "magnet_downloaded"',),
    "Filled": (
        'event = "form_submitted"\nvalues = ["Guide"]',
        'event = "form_submitted"\nvalues = ["Assessment"]\nmagnet_kind = "assessment"',
    ),
    "Webinar": (
        'event = "webinar_registered"\nvalues = ["Registered", "Joined", "Watched"]',
        'event = "webinar_attended"\nvalues = ["Joined"]',
        'event = "webinar_replayed"\nvalues = ["Watched"]',
    ),
    "Asked": ('event = "contact_requested"\nvalues = ["Yes"]',),
}
# Four files. Every cell of a column is as frequent as another, and speaks for a lead by so much, in logarithms of odds.
# A file has few columns, so that each of its rules weighs something.
JOBS = {
    "Title": {
        "": -1.2,
        "Engineer": -0.4,
        "Student": -2.6,
        "Team lead, warehouse": 0.5,
        "Marketing specialist": 0.6,
        "Head of Logistics": 1.3,
        "Chief Executive Officer": 1.8,
    },
}
COMPANIES = {
    "Mail": {"alder.example": 1.2, "gmail.com": -0.4, "mailinator.com": -3.0},
    "People": {"": -0.9, "1–9": -0.9, "10–49": -0.3, "50–249": 1.1, "1,000+": 0.5},
}
LITTLE = {
    "Company": {"": -0.6, "Alder": 0.6},
    "Country": {"": -0.6, "DE": 0.6},
    "Hurdle": {"": -0.6, "Time": 0.6},
    "People": {"": -0.6, "20": 0.6},
    "Title": {"": -0.6, "Engineer": 0.6},
    "Links": {"0": -0.7, "1": 0.0, "2": 0.7},
}
DONE = {
    "Pages": {"0": -0.9, "1": -0.2, "2": 0.4, "3": 0.9},
    "Filled": {"": -0.9, "Guide": 0.4, "Assessment": 1.2},
    "Downloads": {"0": -0.8, "1": 0.2, "2": 0.9},
    "Webinar": {"": -1.2, "Registered": 0.2, "Joined": 2.0, "Watched": 1.3},
    "Asked": {"": -1.3, "Yes": 1.5},
}
FILES = {"jobs": (JOBS, 0.838), "companies": (COMPANIES, 0.875), "little": (LITTLE, 0.83), "done": (DONE, 0.925)}
KEYS = [*(rule.key for rule in preset.DEFAULT.fit), *(rule.key for rule in preset.DEFAULT.engagement)]


@cache
def leads(name: str) -> Sequence[Row]:
    """The leads of a file, read as a CSV is."""
    columns, _ = FILES[name]
    chance = random.Random(name)  # noqa: S311
    lines = [",".join(["Won", *columns])]
    for number in range(ROWS):
        cells = {column: chance.choice([*odds]) for column, odds in columns.items()}
        good = sum(columns[column][cell] for column, cell in cells.items())
        won = chance.random() < 1 / (1 + exp(-1.3 * good))
        shown = [f"p{number}@{cell}" if column == "Mail" else cell for column, cell in cells.items()]
        lines.append(",".join([str(int(won)), *(f'"{cell}"' for cell in shown)]))
    return evaluation.read("\n".join(lines).encode(), evaluation.columns(mapping(columns)))


def mapping(columns: Mapping[str, object]) -> str:
    events = [f'[[events]]\ncolumn = "{column}"\n{told}' for column in columns for told in EVENTS.get(column, ())]
    fields = [f'{FIELDS[column]} = "{column}"' for column in columns if column in FIELDS]
    return "\n".join(['outcome = "Won"', "[fields]", *fields, *events])


def area(name: str, rules: Rules) -> float:
    """How well rules rank the leads of a file: 1 is all good ones first, 0.5 a coin."""
    rows = leads(name)
    return fitting.area([evaluation.score(rules, row) for row in rows], [row.won for row in rows]).value


def below(rules: Rules) -> set[str]:
    """The files in which these rules do not reach the bar."""
    return {name for name, (_, bar) in FILES.items() if area(name, rules) < bar}


def with_points(key: str, times: int) -> Rules:
    """The preset, but for the points of one rule."""
    fit = tuple(replace(rule, points=rule.points * times) if rule.key == key else rule for rule in preset.DEFAULT.fit)
    engagement = tuple(
        replace(rule, points=rule.points * times) if rule.key == key else rule for rule in preset.DEFAULT.engagement
    )
    return replace(preset.DEFAULT, fit=fit, engagement=engagement)


def test_the_preset_ranks_invented_leads() -> None:
    assert below(preset.DEFAULT) == set()


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("times", [0, -1], ids=["without", "against"])
def test_a_preset_whose_sign_is_missing_or_the_other_way_round_is_found_out(key: str, times: int) -> None:
    assert below(with_points(key, times))
