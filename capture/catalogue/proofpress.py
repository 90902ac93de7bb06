"""The press for proofs: a part of a draft is set, and its pages are drawn to look at."""

import hashlib
from collections.abc import Sequence

from capture.catalogue import documents, parcels
from capture.catalogue.parcels import Files
from capture.catalogue.proofs import FRONT, MOST_DRAWN, WHOLE, WIDTH, Drawn, Result
from capture.config import Settings, resource
from magnets import bundle, example, finished, imprint, preview
from magnets.bundle import BundleUnreadable
from magnets.sentences import packed
from magnets.shelf import Shelf
from magnets.typeset import Extract, Outcome, TypesettingFailed, proof, typeset


def make(settings: Settings, files: Files, part: str) -> Result:
    """Set the part and draw its pages. Takes about a second for a chapter: the renderer runs."""
    with parcels.laid_out(settings, files) as folder:
        try:
            given = bundle.read(folder)
            if given.magnet.kind is bundle.MagnetKind.FILE:
                return _finished(given, part)
            shelf = documents.shelf(settings)
            outcome = _whole(given, shelf) if part == WHOLE else _extract(given, part, shelf)
            pictures = preview.pictures(_shown(given, outcome.pdf), range(1, MOST_DRAWN + 1), widths=(WIDTH,))
        except BundleUnreadable as unreadable:
            return Result(fault=packed(unreadable.findings[-1].said))
        except (TypesettingFailed, imprint.PreparationFailed, finished.FileUnusable, ValueError) as failed:
            return Result(fault=packed(str(failed)))
    return _drawn(pictures, outcome.pages, outcome.warnings)


def _drawn(pictures: Sequence[preview.Picture], count: int, complaints: Sequence[str] = ()) -> Result:
    drawn = (Drawn(hashlib.sha256(one.webp).hexdigest(), one.width, one.height, one.webp) for one in pictures)
    return Result(tuple(drawn), count, complaints=tuple(packed(said) for said in complaints))


def _shown(given: bundle.Bundle, pdf: bytes) -> bytes:
    """What is looked at: an assessment with the figures of an invented result, on the pages of every level."""
    asked = given.magnet.assessment
    return example.filled(imprint.prepare(pdf), asked) if asked else pdf


def _finished(given: bundle.Bundle, part: str) -> Result:
    """The pages of a finished PDF as people will get them; its front begins with its own cover."""
    with finished.press(given, themes=resource("templates") / "magnets") as pressed:
        first = pressed.front if part == FRONT else 1
        return _drawn(pressed.pictures(range(first, first + MOST_DRAWN), (WIDTH,)), pressed.pages)


def _extract(given: bundle.Bundle, part: str, shelf: Shelf) -> Outcome:
    has_covers = part == FRONT
    shown: Sequence[str] = given.chapters[:1] if has_covers else (part,)
    extract = Extract(has_covers, frozenset(shown))
    return proof(given, extract, themes=resource("templates") / "magnets", shelf=shelf)


def _whole(given: bundle.Bundle, shelf: Shelf) -> Outcome:
    book = typeset(given, themes=resource("templates") / "magnets", shelf=shelf)
    return Outcome(book.pdf, book.pages, {}, [finding.message for finding in book.findings])
