"""The magnets we ship: they can be published, and their figures add up."""

import re
import tomllib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from capture.config import Settings, resource
from capture.pages import judging
from magnets import bundle
from magnets.bundle import MagnetKind, PageSize, Theme
from magnets.typeset import typeset

LIBRARY = Path(bundle.__file__).parent / "library"
SHIPPED = sorted(folder.name for folder in LIBRARY.iterdir() if folder.is_dir())
SETTINGS = Settings(privacy_url="https://northwind.example/privacy", legal_url="https://northwind.example/legal")
CHART = re.compile(r"^```chart\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def chart(chapter: str, title: str) -> dict[str, int]:
    """The rows of one figure of the guide."""
    text = (LIBRARY / "one-pipeline" / "chapters" / chapter).read_text("utf-8")
    figures = [tomllib.loads(block) for block in CHART.findall(text)]
    [rows] = [figure["rows"] for figure in figures if figure["title"] == title]
    return dict(rows)


def test_an_ebook_a_checklist_an_assessment_and_a_webinar_are_shipped() -> None:
    kinds = {bundle.read(LIBRARY / name).magnet.kind for name in SHIPPED}

    assert kinds == {MagnetKind.EBOOK, MagnetKind.CHECKLIST, MagnetKind.ASSESSMENT, MagnetKind.WEBINAR}


@pytest.mark.parametrize("name", SHIPPED)
def test_nothing_stops_a_shipped_magnet_from_being_published(name: str) -> None:
    shipped = bundle.read(LIBRARY / name)

    assert shipped.magnet.slug == name
    findings = [*bundle.check(shipped), *judging.judge(shipped, SETTINGS, at=datetime(2026, 9, 15, tzinfo=UTC))]
    assert [finding for finding in findings if finding.stops] == []


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_magnet_speaks_without_raising_its_voice(name: str) -> None:
    texts = [path.read_text("utf-8") for path in (LIBRARY / name).rglob("*") if path.suffix in {".md", ".toml"}]

    assert [mark for text in texts for mark in re.findall(r"(?<=\w)!|—", text)] == []


@pytest.mark.parametrize("name", ["handoff-checklist", "handoff-checklist-de"])
def test_the_checklist_has_the_24_checks_it_promises(name: str) -> None:
    [chapter] = (LIBRARY / name / "chapters").glob("*.md")

    assert chapter.read_text("utf-8").count("\n- [ ] ") == 24


@pytest.mark.parametrize("sheet", list(PageSize))
@pytest.mark.parametrize("theme", list(Theme))
@pytest.mark.parametrize("name", ["handoff-checklist", "handoff-checklist-de"])
def test_a_checklist_fills_two_pages_whatever_its_theme_and_its_sheet(name: str, theme: Theme, sheet: PageSize) -> None:
    shipped = bundle.read(LIBRARY / name)
    chosen = replace(shipped, magnet=replace(shipped.magnet, theme=theme, page_size=sheet))

    assert typeset(chosen, themes=resource("templates") / "magnets").pages == 2


def test_the_figures_of_the_guide_tell_one_story() -> None:
    groups = chart("02-what-a-good-lead-is.md", "960 leads by fit and intent")
    outcomes = chart("05-what-comes-back.md", "What became of 144 MQLs")
    funnel = chart("06-seven-numbers.md", "From lead to SQL in one quarter")
    rejected = sum(leads for outcome, leads in outcomes.items() if outcome.startswith("Rejected"))

    assert sum(groups.values()) == funnel["Leads captured"]
    assert groups["Fit and intent"] == funnel["MQLs"] == sum(outcomes.values())
    assert outcomes["Qualified (SQL)"] == funnel["SQLs"]
    assert funnel["MQLs"] - rejected == funnel["Accepted by sales"]


def test_the_example_score_fades_as_the_guide_says() -> None:
    curve = chart("03-a-score-with-reasons.md", "One lead's engagement over eight weeks")
    ledger = [(0, 15), (0, 10), (8, 15), (16, 25)]  # day, points
    half_life = 30

    for label, points in curve.items():
        today = int(label.removeprefix("Day "))
        faded = sum(worth * 0.5 ** ((today - day) / half_life) for day, worth in ledger if day <= today)
        assert round(faded) == points
