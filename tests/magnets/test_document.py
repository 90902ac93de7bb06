"""What of a bundle is set, before it is set."""

from pathlib import Path

from magnets.document import Extract, build
from magnets.folder import read
from magnets.manuscript import compose
from tests.magnets.bundles import DEFINITION, a_bundle

ROOT = Path(__file__).parents[2]
THEMES = ROOT / "templates" / "magnets"


def html(folder: Path, work: Path, extract: Extract = Extract()) -> str:  # noqa: B008 - frozen, and without state
    book = read(folder)
    return build(book, compose(book), themes=THEMES, folder=work, extract=extract).html


def test_an_extract_is_the_chapter_with_its_own_number(tmp_path: Path) -> None:
    chapter = "chapters/03-a-score-with-reasons.md"

    shown = html(ROOT / "magnets" / "library" / "one-pipeline", tmp_path, Extract(False, frozenset([chapter])))

    assert shown.count('<section class="chapter">') == 1
    assert '<p class="opener-number">3</p>' in shown
    assert 'class="cover"' not in shown
    assert 'class="back"' not in shown


def test_of_a_checklist_all_is_set(tmp_path: Path) -> None:
    shown = html(ROOT / "magnets" / "library" / "handoff-checklist", tmp_path, Extract(False, frozenset()))

    assert "None" not in shown
    assert shown.count('<section class="sheet">') == 1


def test_a_logo_stands_on_the_cover_in_place_of_the_name(tmp_path: Path) -> None:
    definition = f'{DEFINITION}\n[brand]\nname = "Northwind"\nlogo = "the logo.png"\n'
    book = a_bundle(tmp_path / "bundle", definition=definition)
    (book.root / "the logo.png").write_bytes(b"a picture")
    (tmp_path / "work").mkdir()

    shown = html(book.root, tmp_path / "work")

    assert '<p class="label-brand"><img class="logo" src="the%20logo.png" alt="Northwind"></p>' in " ".join(
        shown.split("\n")
    ).replace("> <", "><")
