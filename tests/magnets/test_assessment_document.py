"""The document of an assessment: what each lead's copy keeps of it and shows, in every theme and on both sheets."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest
from click.testing import CliRunner
from outloud.cli import main as outloud

from magnets import assessment, bundle, example
from magnets.assessment import Assessment, Benchmark
from magnets.definition import PageSize, Theme
from magnets.imprint import Copy, Prepared, prepare
from magnets.typeset import typeset
from tests.magnets.bundles import a_bundle, places, printed
from tests.magnets.documents import complaints, saved, structure_faults, words

TEMPLATES = Path(__file__).parents[2] / "templates"
DEFINITION = (TEMPLATES / "starters" / "assessment" / "magnet.toml").read_text("utf-8")
CHAPTER = "# Reading it\n\nYou are {{level}}\n\n{{radar}}\n\n{{bar score.speed|Your speed|benchmark}}\n"
WEAK = {"profile": "no", "first_call": "week", "reasons": "2"}
STRONG = {"profile": "yes", "first_call": "hour", "reasons": "5"}
OTHERS = Benchmark(57, {"clarity": 61, "speed": 44, "learning": 66}, people=31)

MAKINGS = [(Theme.FOLIO, PageSize.LETTER), (Theme.SIGNAL, PageSize.A4), (Theme.ATLAS, PageSize.LETTER)]


@pytest.fixture(scope="module", params=MAKINGS, ids=lambda making: " ".join(making))
def edition(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Prepared, Assessment]:
    folder = tmp_path_factory.mktemp("assessment")
    theme, size = request.param
    given = a_bundle(folder, CHAPTER, definition=DEFINITION)
    asked = given.magnet.assessment
    assert asked is not None
    made = typeset(
        replace(given, magnet=replace(given.magnet, theme=theme, page_size=size)), themes=TEMPLATES / "magnets"
    )
    assert [finding.message for finding in made.findings] == []
    path = folder / "edition.pdf"
    path.write_bytes(prepare(made.pdf))
    return Prepared.open(path), asked


def copy_of(edition: tuple[Prepared, Assessment], answers: dict[str, str], others: Benchmark | None = None) -> Copy:
    document, asked = edition
    found = assessment.result(asked, answers)
    printed = {"name": "Ada Byron", **assessment.values(found, others)}
    return document.copy(printed, link_prefix=None, sections=assessment.sections(found, others))


def test_a_copy_has_the_page_of_its_level_and_the_advice_that_applies(
    edition: tuple[Prepared, Assessment], tmp_path: Path
) -> None:
    text = words(saved(copy_of(edition, WEAK), tmp_path))

    assert "There is much to win" in text
    assert "Ada Byron" in text
    assert "Agree on an hour" in text
    assert "Keep it up" not in text
    assert "You and others" not in text


def test_the_strong_are_told_something_else(edition: tuple[Prepared, Assessment], tmp_path: Path) -> None:
    text = words(saved(copy_of(edition, STRONG, OTHERS), tmp_path))

    assert "Keep it up" in text
    assert "Agree on an hour" not in text
    assert "You and others" in text
    assert "31" in text.partition("answered before you")[2]


def test_every_copy_is_sound_and_accessible_and_the_same_twice(
    edition: tuple[Prepared, Assessment], tmp_path: Path
) -> None:
    one, again = copy_of(edition, WEAK, OTHERS), copy_of(edition, WEAK, OTHERS)

    path = saved(one, tmp_path)
    assert one.tail == again.tail
    assert complaints(path) == ""
    assert structure_faults(path) == []
    told = CliRunner().invoke(outloud, [str(path), "--layer", "conformance", "--fail-on", "warning"])
    assert told.exit_code == 0, told.output


def test_no_page_says_a_number_that_would_be_wrong_in_some_copies(
    edition: tuple[Prepared, Assessment], tmp_path: Path
) -> None:
    path = saved(copy_of(edition, WEAK), tmp_path)
    told = subprocess.run(["pdftotext", "-f", "3", path, "-"], capture_output=True, text=True, check=True).stdout

    lines = {line.strip() for page in told.split("\f") for line in page.splitlines()}
    assert {str(number) for number in range(2, 12)} & lines == set()


def test_before_the_form_an_everyday_result_is_shown(edition: tuple[Prepared, Assessment], tmp_path: Path) -> None:
    document, asked = edition

    shown = example.example(document.path.read_bytes(), asked)

    path = tmp_path / "example.pdf"
    path.write_bytes(shown.pdf)
    assert complaints(path) == ""
    assert "On the way" in words(path)
    assert "There is much to win" not in words(path)
    path.write_bytes(example.filled(document.path.read_bytes(), asked))
    assert all(level.text.split(",")[0] in words(path) for level in asked.levels)
    path.write_bytes(shown.pdf)
    with pikepdf.open(document.path) as whole, pikepdf.open(path) as everyday:
        assert shown.pages == len(everyday.pages) < len(whole.pages)


def test_a_result_can_be_shown_in_the_chapters(tmp_path: Path) -> None:
    html = printed(tmp_path, "{{position score|All in all}}\n\n{{radar}}\n", definition=DEFINITION)

    assert "slot:score?kind=position" in html
    assert "against=benchmark&" in html
    assert html.count('class="radar-axis') == 3


def test_a_magnet_without_dimensions_has_no_radar(tmp_path: Path) -> None:
    assert places(bundle.check(a_bundle(tmp_path, "# Start\n\n{{radar}}\n")), "unknown-slot") == [
        "chapters/01-one.md:3"
    ]
