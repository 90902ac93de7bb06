"""Real documents to measure with: a guide from LODESTONE_GUIDES cut to a number of pages, or the messy one repeated.

Made-up sentences compress to half the size of a guide that somebody wrote, and the size is what is sent.
"""

import re
import shutil
from pathlib import Path

from capture.config import resource
from magnets import bundle
from magnets.typeset import typeset
from tests import guides

THEMES = resource("templates") / "magnets"
MOST_PAGES = 150
NOTE = re.compile(r"^\[\^([^\]\s]+)\]:")


def cut_to(pages: int, folder: Path) -> tuple[bytes, int]:
    """A typeset guide of about so many pages, and how many it has."""
    whole = guides.cleaned(_longest(), folder / "whole")
    chapters = sorted(whole.glob("*.md"))
    typed = sum(len(chapter.read_text("utf-8")) for chapter in chapters if chapter.stem != "LICENSE")
    wanted = pages * 2_150  # characters on a page of this theme
    if typed < wanted:
        _repeat(chapters, wanted // typed + 1)
        typed *= wanted // typed + 1
    for _ in range(4):
        cut = folder / "cut"
        shutil.rmtree(cut, ignore_errors=True)
        shutil.copytree(whole, cut)
        for chapter in cut.glob("*.md"):
            chapter.write_text(_beginning(chapter.read_text("utf-8"), min(1.0, wanted / typed)), "utf-8")
        book = typeset(bundle.read(cut), themes=THEMES)
        if abs(book.pages - pages) <= 1:
            break
        wanted = wanted * pages // book.pages
    return book.pdf, book.pages


def _longest() -> Path:
    return max(guides.folders(), key=lambda folder: sum(file.stat().st_size for file in folder.glob("[0-9a-z]*.md")))


def _repeat(chapters: list[Path], times: int) -> None:
    for turn in range(1, times):
        for chapter in chapters:
            shutil.copy(chapter, chapter.with_name(f"{turn}{chapter.name}"))


def _beginning(text: str, share: float) -> str:
    """The first share of a chapter by paragraphs, with the notes that it calls."""
    head, body = re.match(r"(---\n.*?\n---\n)(.*)", text, re.DOTALL).groups()  # type: ignore[union-attr]
    blocks = body.split("\n\n")
    prose = [block for block in blocks if not NOTE.match(block)]
    kept, length = [], 0
    for block in prose:
        if length and length + len(block) > share * sum(map(len, prose)):
            break
        kept.append(block)
        length += len(block)
    called = set(re.findall(r"\[\^([^\]\s]+)\]", "".join(kept)))
    notes = [line for line in body.splitlines() if (note := NOTE.match(line)) and note[1] in called]
    return head + "\n\n".join([*kept, *notes]) + "\n"
