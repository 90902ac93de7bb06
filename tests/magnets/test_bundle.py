"""Reading a magnet from a folder."""

from pathlib import Path

import pytest

from magnets import bundle
from magnets.bundle import BundleUnreadable, MagnetKind

DEFINITION = """format = 1

[magnet]
slug = "one-pipeline"
kind = "ebook"
title = "One pipeline"
"""


def a_bundle(folder: Path, *, definition: str = DEFINITION, **chapters: str) -> Path:
    """A folder that can be published; keyword names are chapter names, `__` a hyphen."""
    (folder / "chapters").mkdir(parents=True, exist_ok=True)
    (folder / "magnet.toml").write_text(definition, "utf-8")
    for name, text in (chapters or {"start": "# Start\n\nA first sentence.\n"}).items():
        (folder / "chapters" / f"{name.replace('__', '-')}.md").write_text(text, "utf-8")
    return folder


def test_a_folder_with_a_definition_and_a_chapter_is_a_magnet(tmp_path: Path) -> None:
    book = bundle.read(a_bundle(tmp_path))

    assert book.magnet.title == "One pipeline"
    assert book.magnet.kind is MagnetKind.EBOOK
    assert book.chapters == ("chapters/start.md",)
    assert bundle.check(book) == []


def test_a_folder_without_a_definition_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(BundleUnreadable) as refused:
        bundle.read(tmp_path)

    assert [finding.code for finding in refused.value.findings] == ["no-definition"]
