"""Small bundles, valid by default."""

from pathlib import Path

from PIL import Image

from magnets import bundle
from magnets.bundle import Bundle
from magnets.findings import Finding
from magnets.manuscript import Chapter, compose

DEFINITION = """format = 1

[magnet]
slug = "one-pipeline"
kind = "ebook"
title = "One pipeline"
summary = "What marketing hands to sales, and when."
"""
NAMES = ("01-one.md", "02-two.md", "03-three.md")
CHAPTER = "# Start\n\nA first sentence.\n"


def a_folder(folder: Path, *chapters: str, definition: str = DEFINITION, more: str = "") -> Path:
    """A folder that can be published; chapters are 01-one.md, 02-two.md, …; `more` is added to magnet.toml."""
    (folder / "chapters").mkdir(parents=True, exist_ok=True)
    (folder / "magnet.toml").write_text(definition + more, "utf-8")
    for name, text in zip(NAMES, chapters or [CHAPTER], strict=False):
        (folder / "chapters" / name).write_text(text, "utf-8")
    return folder


def a_bundle(folder: Path, *chapters: str, definition: str = DEFINITION, more: str = "") -> Bundle:
    return bundle.read(a_folder(folder, *chapters, definition=definition, more=more))


def a_picture(place: Path, width: int = 900, height: int = 600) -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (width, height), "#0f5c4d").save(place)
    return place


def findings(folder: Path, *chapters: str, definition: str = DEFINITION, more: str = "") -> list[Finding]:
    return bundle.check(a_bundle(folder, *chapters, definition=definition, more=more))


def places(found: list[Finding], code: str) -> list[str]:
    """Where a kind of fault was found."""
    return [finding.place for finding in found if finding.code == code]


def printed(folder: Path, text: str, *, definition: str = DEFINITION) -> str:
    """The HTML of one chapter with this text below its title."""
    return chapter(folder, f"# Start\n\n{text}", definition=definition).html


def chapter(folder: Path, text: str, *, definition: str = DEFINITION) -> Chapter:
    return compose(a_bundle(folder, text, definition=definition)).chapters[0]
