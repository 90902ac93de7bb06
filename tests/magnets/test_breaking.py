"""A word goes to the next line only where it has no room on this one."""

from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from weasyprint import HTML
from weasyprint.formatting_structure import boxes
from weasyprint.layout import inline
from weasyprint.text import line_break

from magnets import _breaking

TEXT = "Without other people pitching in, you risk a good deal of <span>what</span> your project has, and more."


def lines(text: str, width: float) -> list[tuple[str, float]]:
    """The lines of a text in a column of so many pixels, and how wide each is."""
    style = f"@page {{ size: 9000px; margin: 0 }} p {{ margin: 0; font: 16px DejaVu Sans; width: {width}px }}"
    document = HTML(string=f"<style>{style}</style><p>{text}</p>").render()
    found: list[Any] = [box for box in document.pages[0]._page_box.descendants() if isinstance(box, boxes.LineBox)]
    words = ("".join(part.text for part in line.descendants() if isinstance(part, boxes.TextBox)) for line in found)
    return list(zip(words, (line.width for line in found), strict=True))


@cache
def width_of(text: str) -> float:
    return lines(text, 9000)[0][1]


def broken_early() -> list[tuple[float, str]]:
    """The widths at which a line ends although the next word has room, and that line."""
    found = []
    for half in range(880, 940):
        for (line, _), (after, _) in pairwise(lines(TEXT, half / 2)):
            if width_of(f"{line.strip()} {after.split()[0]}") < half / 2 - 1:
                found.append((half / 2, line))
    return found


def test_no_line_ends_before_a_word_that_has_room(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(inline, "split_first_line", line_break.split_first_line)  # whatever was installed before
        assert broken_early(), "WeasyPrint breaks rightly now: magnets._breaking can go"
        _breaking.install()
        _breaking.install()

        assert broken_early() == []
