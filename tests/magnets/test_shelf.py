"""What was set within the hour is not set again; anything else is."""

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest
from pikepdf import Pdf

from magnets.document import Page
from magnets.shelf import KEPT, Shelf
from magnets.typeset import Limits, Outcome, TypesettingFailed, render

WORDS = '<html lang="en"><title>x</title><p id="here">Some words.'
UNPRINTABLE = chr(0x10A80)  # a letter of Old North Arabian


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "shelf")


def page(html: str = WORDS) -> Page:
    return Page(html, css=("p { color: #123456 }",), files={})


def made(shelf: Shelf, tmp_path: Path, given: Page, limits: Limits | None = None) -> Outcome:
    folder = tmp_path / f"{time.monotonic_ns()}"
    folder.mkdir()
    return render(given, folder=folder, limits=limits or Limits(), tell=lambda _progress: None, shelf=shelf)


def on_it(tmp_path: Path) -> list[Path]:
    return list((tmp_path / "shelf").iterdir())


def test_the_same_is_found_with_all_that_was_said_of_it(shelf: Shelf, tmp_path: Path) -> None:
    first = made(shelf, tmp_path, page())
    [kept] = on_it(tmp_path)
    [key] = [kept.name]
    shelf.keep(key, {"pages": 7, "anchors": {"here": 7}, "warnings": []}, first.pdf)

    again = made(shelf, tmp_path, page())

    assert (first.pages, first.anchors) == (1, {"here": 1})
    assert (again.pages, again.anchors, again.pdf) == (7, {"here": 7}, first.pdf)


def test_whatever_differs_is_set_anew(shelf: Shelf, tmp_path: Path) -> None:
    file = tmp_path / "picture.svg"
    file.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>')
    pictured = replace(page(), files={"bundle:///picture.svg": file})
    for given in (page(), page(WORDS + " More."), replace(page(), css=()), replace(page(), archive=True), pictured):
        made(shelf, tmp_path, given)
    file.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="2" height="2"/>')
    made(shelf, tmp_path, pictured)

    assert len(on_it(tmp_path)) == 6
    with pytest.raises(TypesettingFailed, match="more than 0 pages"):
        made(shelf, tmp_path, page(), Limits(pages=0))


def test_after_an_hour_it_is_gone(shelf: Shelf, tmp_path: Path) -> None:
    made(shelf, tmp_path, page())
    [old] = on_it(tmp_path)
    os.utime(old, (time.time() - KEPT - 1,) * 2)

    assert shelf.find(old.name) is None
    made(shelf, tmp_path, page(WORDS + " More."))

    assert old not in on_it(tmp_path)


@pytest.mark.parametrize("harm", [b"", b"half", None], ids=["empty", "torn", "another byte"])
def test_what_was_damaged_is_set_anew(shelf: Shelf, tmp_path: Path, harm: bytes | None) -> None:
    good = made(shelf, tmp_path, page())
    [kept] = on_it(tmp_path)
    kept.write_bytes(kept.read_bytes()[:-1] + b"!" if harm is None else harm)

    assert shelf.find(kept.name) is None
    assert made(shelf, tmp_path, page()).pdf == good.pdf
    assert shelf.find(kept.name) is not None


def test_what_was_complained_of_is_not_kept(shelf: Shelf, tmp_path: Path) -> None:
    assert made(shelf, tmp_path, page(WORDS + UNPRINTABLE)).warnings

    assert not (tmp_path / "shelf").exists()


def test_without_room_it_is_set_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "full").write_text("")

    outcome = made(Shelf(tmp_path / "full" / "shelf"), tmp_path, page())

    with Pdf.open(tmp_path / sorted(tmp_path.glob("*/document.pdf"))[0].relative_to(tmp_path)) as document:
        assert outcome.pages == len(document.pages) == 1
