"""How soon the pages of a chapter are there, with a renderer that stands by and without one, in turns in one run."""

import statistics
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, sleep

from magnets import preview
from magnets.folder import read
from magnets.typeset import Extract, Outcome, proof, renderers, typeset

ROOT = Path(__file__).parents[2]
THEMES = ROOT / "templates" / "magnets"
BOOK = ROOT / "magnets" / "library" / "one-pipeline"
ROUNDS = 5
GOAL_SECONDS = 2.0


def main() -> None:
    """Print the seconds from the message to the pictures of a chapter's pages."""
    book, standby = read(BOOK), renderers()
    chapter = Extract(has_covers=False, chapters=frozenset(book.chapters[2:3]))
    waiting: list[float] = []
    starting: list[float] = []
    for _ in range(ROUNDS):
        standby.prepare()
        sleep(2.5)  # as long as a sentence takes to write: the renderer has loaded its libraries meanwhile
        waiting.append(_seconds(lambda: proof(book, chapter, themes=THEMES, standby=standby)))
        starting.append(_seconds(lambda: proof(book, chapter, themes=THEMES)))
    standby.dismiss()
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
