"""docs/magnet-bundles.md is true: it names what the code knows, all of it and nothing else."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from capture.config import Settings
from capture.pages import judging
from capture.pages.fields import FieldKind, Purpose
from capture.pages.judging import form
from magnets import bundle, definition, figures, folder, questionnaire
from magnets.assessment import QuestionKind
from magnets.manuscript import compose
from magnets.prose import blocks, inlines, markdown, targets
from tests.magnets.bundles import DEFINITION, a_bundle, findings

ROOT = Path(__file__).parent.parent.parent
REFERENCE = (ROOT / "docs" / "magnet-bundles.md").read_text("utf-8")
SETTINGS = Settings(privacy_url="https://a.example/privacy", legal_url="https://a.example/legal")
AT = datetime(2026, 11, 2, tzinfo=UTC)
CODES = re.compile(
    r'\b(?:stop|advise|advice|_stop|NoTarget|_Wrong|fault)\(\s*(?:(?:key|rule|name|"\w*"),\s*)?"([a-z0-9-]+)"'
)
JUDGES = ("bundle", "definition", "editor", "folder", "manuscript", "prose/*", "questionnaire", "tables", "finished/*")
PAGE_JUDGES = ("capture/pages/judging/*.py", "capture/journey/marketer.py")


def section(heading: str) -> str:
    """What stands below a heading, up to the next one of the same rank or higher."""
    rank = heading.split(" ")[0]
    return re.split(rf"^#{{1,{len(rank)}}} ", REFERENCE.split(f"\n{heading}\n", 1)[1], flags=re.MULTILINE)[0]


def first_columns(text: str, number: int = 0) -> set[str]:
    """The code words in the first column of the nth table."""
    tables = [table for table in re.split(r"\n\n", text) if table.lstrip().startswith("|")]
    return set(re.findall(r"^\| `([^`]+)`", tables[number], re.MULTILINE))


def known_to_the_page(tmp_path: Path, table: str, kind: str = "ebook") -> set[str]:
    """The keys that the page's judge lists when it meets one that it does not know."""
    text = DEFINITION.replace('"ebook"', f'"{kind}"')
    book = a_bundle(tmp_path, definition=f"{text}\n{table}\nqqqqqq = 1\n")
    found = judging.judge(book, SETTINGS, at=AT)
    [message] = [
        finding.message for finding in found if finding.code == "unknown-key" and "`qqqqqq`" in finding.message
    ]
    return set(message.partition("Known here: ")[2].rstrip(".").split(", "))


def test_the_tables_are_those_that_may_be_written() -> None:
    assert first_columns(section("## magnet.toml")) == set(definition.TABLES)


def test_the_keys_of_the_magnet_and_the_brand_are_all_named() -> None:
    assert first_columns(section("### [magnet]")) == set(definition.MAGNET_KEYS)
    assert first_columns(section("### [brand]")) == set(definition.BRAND_KEYS)
    assert first_columns(section("### [file]")) == set(definition.FILE_KEYS)
    assert all(f'"{choice}"' in section("### [file]") for choice in (*definition.Mark, *definition.Deliver))


@pytest.mark.parametrize("table", ["page", "consent", "thanks", "mail", "seo", "webinar"])
def test_the_keys_of_the_page_are_all_named(tmp_path: Path, table: str) -> None:
    kind = "webinar" if table == "webinar" else "ebook"

    assert first_columns(section(f"### [{table}]")) == known_to_the_page(tmp_path, f"[{table}]", kind)


def test_the_keys_of_an_assessment_and_its_kinds_of_questions_are_all_named() -> None:
    text = section("### [assessment]")

    tables = [first_columns(text, number) for number in range(7)]
    assert tables[0] == set(questionnaire.ASSESSMENT_KEYS)
    assert tables[1] == set(questionnaire.DIMENSION_KEYS)
    assert tables[2] == set(questionnaire.QUESTION_KEYS)
    assert tables[3] == set(QuestionKind)
    assert tables[4] == set(questionnaire.LEVEL_KEYS)
    assert tables[5] == set(questionnaire.RECOMMENDATION_KEYS)
    assert tables[6] == set(questionnaire.CONDITION_KEYS)


def test_the_keys_and_kinds_of_fields_are_all_named(tmp_path: Path) -> None:
    text = section("### [[form.fields]]")

    assert first_columns(text, 0) == known_to_the_page(tmp_path, "[[form.fields]]")
    assert first_columns(text, 1) == set(FieldKind)
    assert all(f"`{purpose}`" in text for purpose in Purpose)
    fillable = re.findall(r"`(\w+)`", text.partition("`fills` can be")[2].partition(".\n")[0])
    assert fillable == list(form.FILLS)


@pytest.mark.parametrize(
    "choices",
    [definition.MagnetKind, definition.Theme, definition.PageSize, definition.LinkPolicy, definition.CoverArt],
)
def test_every_choice_is_named(choices: type[definition.Theme]) -> None:
    assert all(f'"{choice.value}"' in section("### [magnet]") for choice in choices)


def test_blocks_callouts_classes_and_charts_are_all_named() -> None:
    assert first_columns(section("### Blocks")) == set(markdown.CONTAINERS)
    assert all(f"`{kind}`" in section("### Blocks") for kind in blocks.CALLOUTS)
    assert all(f".{name}" in section("## Chapters") for name in inlines.CLASSES)
    assert first_columns(section("### Charts")) == set(figures.KEYS)
    assert all(f"`{kind}`" in section("### Charts") for kind in figures.KINDS)
    assert all(f"`{ending}`" in section("## What may lie in the folder") for ending in targets.PICTURES)


def test_the_limits_are_those_in_force() -> None:
    text = section("## What may lie in the folder")

    assert f"{folder.MOST_FILES:,} files and {folder.MOST_BYTES // folder.MEGABYTE} MB in all" in text
    assert f"{folder.LARGEST_FILE // folder.MEGABYTE} MB for one file" in text
    assert f"up to {folder.LARGEST_TEXT // folder.MEGABYTE} MB each" in text
    assert all(name.upper() in text for name in folder.NOT_PART_OF_THE_TEXT - {"licence"})


def test_every_finding_of_the_document_is_explained() -> None:
    files = [file for judge in JUDGES for file in (ROOT / "magnets").glob(f"{judge}.py")]
    given = {code for file in files for code in CODES.findall(file.read_text("utf-8"))}

    assert first_columns(section("## What check finds")) == given


def test_every_finding_of_the_page_is_explained() -> None:
    text = "".join(file.read_text("utf-8") for judge in PAGE_JUDGES for file in ROOT.glob(judge))
    given = set(CODES.findall(text)) | {
        "unknown-kind",
        "unknown-delivery",
        "unknown-cookies",
        "unknown-purpose",
        "unknown-ask",
    }

    explained = first_columns(section("## What check finds in the page"))
    assert given <= explained | first_columns(section("## What check finds"))
    assert explained <= given


def test_what_stops_and_what_does_not_is_told_truly(tmp_path: Path) -> None:
    told = dict(re.findall(r"^\| `([a-z0-9-]+)` \| (yes|no) \|", section("## What check finds"), re.MULTILINE))
    text = "## A\n\n#### B\n\n[x](#y) ![](z.png) {{ x }} <aside> [^n]\n\n[^m]: m\n\n`x`{.y}\n\n## C\n"

    for finding in findings(tmp_path, text, more='subtitel = "x"\n'):
        assert told[finding.code] == ("yes" if finding.stops else "no")


def test_the_shortest_bundle_can_be_published(tmp_path: Path) -> None:
    text = REFERENCE.partition("## The shortest bundle that can be published")[2]
    toml, chapter = (re.findall(rf"```{kind}\n(.*?)```", text, re.DOTALL)[0] for kind in ("toml", "markdown"))

    book = a_bundle(tmp_path, chapter, definition=toml)

    assert bundle.check(book) == []
    assert [finding for finding in judging.judge(book, SETTINGS, at=AT) if finding.stops] == []


def test_the_examples_of_blocks_and_charts_print(tmp_path: Path) -> None:
    block = re.findall(r"```markdown\n(.*?)```", section("### Blocks"), re.DOTALL)[0]
    chart = re.findall(r"````markdown\n(.*?)````", section("### Charts"), re.DOTALL)[0]

    book = a_bundle(tmp_path, f"# T\n\n{block}\n\n{chart}")

    html = compose(book).chapters[0].html
    assert bundle.check(book) == []
    assert all(part in html for part in ('class="callout warning"', 'class="pull"', "<textarea", 'class="chart'))
