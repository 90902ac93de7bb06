from pathlib import Path

import pikepdf
import pytest
from click.testing import CliRunner
from outloud.cli import main as outloud
from pikepdf import Array, Name

from magnets.imprint import PreparationFailed, Prepared, prepare
from tests.magnets.documents import (
    a_document,
    an_edition,
    complaints,
    link_targets,
    saved,
    slot,
    structure_faults,
    words,
)

MARK = "position: absolute; width: 2pt; height: 2pt"
PREFIX = "https://northwind.example/l/aaaaaaaaaaaaaaaaaaaaaa/1-"


def section(name: str, body: str) -> str:
    mark = f'<a style="{MARK}" href="section:{name}"></a>'
    return f'<section style="break-before: page">{mark}{body}</section>'


def a_report() -> bytes:
    """A result page, three sections of which one has two pages, and a page behind them."""
    body = '<p>Result <a href="https://reading.example/first">one</a></p>'
    for name in ("speed", "care", "reach"):
        more = '<p style="break-before: page">More on care</p>' if name == "care" else ""
        link = f'<p><a href="https://reading.example/{name}">read</a></p>'
        body += section(name, f'<h2 id="{name}">On {name}</h2><p>Advice</p>{slot("name", fallback="you")}{link}{more}')
    return a_document(body + section("", "<h2>The end</h2><p>Bye</p>"))


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return an_edition(a_report(), tmp_path_factory.mktemp("report"))


def bookmarks(path: Path) -> list[str]:
    with pikepdf.open(path) as pdf, pdf.open_outline() as outline:
        return [item.title for top in outline.root for item in (top, *top.children)]


def test_a_copy_keeps_only_the_sections_that_were_chosen(report: Prepared, tmp_path: Path) -> None:
    copy = saved(report.copy({"name": "Ada"}, link_prefix=None, sections=["reach", "speed"]), tmp_path)

    assert report.sections == ("speed", "care", "reach")
    assert words(copy) == "Guide Result one On speed Advice Ada read On reach Advice Ada read The end Bye"
    assert bookmarks(copy) == ["Guide", "On speed", "On reach", "The end"]
    assert [target for target in link_targets(copy) if "care" in target] == []


@pytest.mark.parametrize("sections", [(), ("care",), ("speed", "care"), ("care", "reach"), ("speed", "care", "reach")])
def test_what_is_left_is_sound_and_accessible(report: Prepared, tmp_path: Path, sections: tuple[str, ...]) -> None:
    copy = saved(report.copy({"name": "Ada"}, link_prefix=PREFIX, sections=sections), tmp_path)

    assert complaints(copy) == ""
    assert structure_faults(copy) == []
    told = CliRunner().invoke(outloud, [str(copy), "--layer", "conformance", "--fail-on", "warning"])
    assert told.exit_code == 0, told.output
    assert bookmarks(copy) == ["Guide", *(f"On {name}" for name in sections), "The end"]
    with pikepdf.open(copy) as pdf:
        pages = {page.obj.objgen for page in pdf.pages}
        assert len(pdf.pages) == 2 + len(sections) + ("care" in sections)
        places = pikepdf.NameTree(pdf.Root.Names.Dests) if Name.Names in pdf.Root else {}
        assert all(isinstance(place, Array) and place[0].objgen in pages for place in places.values())


def test_without_a_choice_every_section_stays(report: Prepared, tmp_path: Path) -> None:
    whole = report.copy({}, link_prefix=None)

    assert whole.tail == report.copy({}, link_prefix=None, sections=report.sections).tail
    assert words(saved(whole, tmp_path)).count("Advice") == 3


def test_the_same_choice_gives_the_same_bytes_in_whatever_order_it_is_told(report: Prepared) -> None:
    one, same, other = (
        report.copy({}, link_prefix=None, sections=sections) for sections in (["care", "speed"], {"speed", "care"}, [])
    )

    assert (one.tail, one.etag) == (same.tail, same.etag)
    assert one.etag != other.etag


def test_links_keep_their_numbers_whatever_is_left_out(report: Prepared, tmp_path: Path) -> None:
    copy = saved(report.copy({}, link_prefix=PREFIX, sections=["reach"]), tmp_path)

    assert link_targets(copy) == [f"{PREFIX}0", f"{PREFIX}3"]
    assert report.targets[3] == "https://reading.example/reach"


def test_a_section_that_cannot_be_told_from_another_is_refused() -> None:
    with pytest.raises(PreparationFailed, match="“speed” begins twice"):
        prepare(a_document(section("speed", "<p>a</p>") + section("speed", "<p>b</p>")))
    shared = section("speed", "<p>a</p>") + section("care", "<p>b</p>").replace("break-before: page", "")
    with pytest.raises(PreparationFailed, match="“speed” shares its page"):
        prepare(a_document(shared))
