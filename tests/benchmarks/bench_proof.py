"""How soon the pages of a chapter are there, with a renderer that stands by and without one, in turns in one run."""

import statistics
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from magnets import preview
from magnets.child import standing_by
from magnets.folder import read
from magnets.typeset import RENDERER, Extract, Outcome, proof, typeset

ROOT = Path(__file__).parents[2]
THEMES = ROOT / "templates" / "magnets"
BOOK = ROOT / "magnets" / "library" / "one-pipeline"
ROUNDS = 5
GOAL_SECONDS = 2.0


def main() -> None:
    """Print the seconds from the message to the pictures of a chapter's pages."""
    book, standby = read(BOOK), standing_by(RENDERER)
    chapter = Extract(has_covers=False, chapters=frozenset(book.chapters[2:3]))
    waiting: list[float] = []
    starting: list[float] = []
    for _ in range(ROUNDS):
        standby.dismiss()
        starting.append(_seconds(lambda: proof(book, chapter, themes=THEMES)))
        waiting.append(_seconds(lambda: proof(book, chapter, themes=THEMES)))
    whole = perf_counter()
    pages = typeset(book, themes=THEMES).pages
    print(f"A chapter's pages, median of {ROUNDS}; goal {GOAL_SECONDS:.1f} s after a pause")
    print(f"  renderer stands by    {statistics.median(waiting):5.2f} s")
    print(f"  renderer is started   {statistics.median(starting):5.2f} s")
    print(f"  the whole, {pages} pages  {perf_counter() - whole:5.2f} s")


def _seconds(make: Callable[[], Outcome]) -> float:
    start = perf_counter()
    outcome = make()
    preview.pictures(outcome.pdf, range(1, outcome.pages + 1), widths=(560,))
    return perf_counter() - start
