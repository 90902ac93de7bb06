"""Brings the catalogues up to date with what the product says: `python -m tools.translations`.

New texts come in empty, texts that are no longer said go; what was translated stays. A test holds what is left to do.
"""

import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

from capture import languages

ROOT = Path(__file__).parent.parent

KEYWORDS: Any = dict.fromkeys(("_", "gettext", "say", "kept"))
KEYWORDS |= dict.fromkeys(("ngettext", "say_many"), (1, 2)) | dict.fromkeys(("pgettext", "say_in"), ((1, "c"), 2))
OF_THE_LIBRARY: Any = {"sentence": None, "counted": (1, 2)}  # see magnets.sentences
CALLED = re.compile(rf"\b(?:{'|'.join([*KEYWORDS, *OF_THE_LIBRARY])})\s*\(")
OPTIONS = {"trimmed": "true", "silent": "false"}
WIDTH = 110

# No dates and no names: a catalogue changes only where a text does.
HEADER = """msgid ""
msgstr ""
"Language: {language}\\n"
"Plural-Forms: {plurals}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


def sources() -> Iterator[tuple[str, Path]]:
    """Every file that says something, and how texts are found in it."""
    for room in ("capture", "magnets"):
        yield from (("python", path) for path in sorted((ROOT / room).rglob("*.py")) if CALLED.search(path.read_text()))
    for ending in ("*.html", "*.txt"):
        yield from (("jinja2", path) for path in sorted((ROOT / "templates").rglob(ending)))


@cache
def said() -> Catalog:
    """All texts of the product with the places where they stand, untranslated."""
    found = Catalog(project="Lodestone", charset="utf-8", fuzzy=False)
    for method, path in sources():
        place = path.relative_to(ROOT).as_posix()
        keywords = OF_THE_LIBRARY if place.startswith("magnets/") else KEYWORDS
        for _line, message, comments, context in extract_from_file(
            method, path, keywords=keywords, comment_tags=["L10N:"], options=OPTIONS, strip_comment_tags=True
        ):
            # Without lines: they would change with every edit, and nobody looks for a text by its line.
            found.add(message, None, [(place, 0)], auto_comments=comments, context=context)
    return found


def catalogue_path(language: str) -> Path:
    """Where the catalogue of a language lies."""
    return languages.FOLDER / language / "LC_MESSAGES" / "messages.po"


def catalogue(language: str) -> Catalog:
    """The catalogue of a language as it is."""
    with catalogue_path(language).open("rb") as source:
        return read_po(source, locale=language, abort_invalid=True)


def update(language: str) -> int:
    """Write the catalogue anew, in the order of the places; gives how many texts wait for a translation.

    A language that has none yet begins with an empty one.
    """
    path = catalogue_path(language)
    known = catalogue(language) if path.exists() else Catalog(locale=language)
    new = Catalog(locale=language, project="Lodestone", charset="utf-8", fuzzy=False)
    for message in said():
        if message.id:
            before = known.get(message.id, message.context)
            string = before.string if before is not None else None
            new.add(message.id, string, message.locations, (), message.auto_comments, context=message.context)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as target:
        target.write(HEADER.format(language=language, plurals=new.plural_forms).encode())
        write_po(target, new, width=WIDTH, include_lineno=False, omit_header=True)
    return sum(1 for message in new if message.id and not is_whole(message.string))


def is_whole(string: object) -> bool:
    """Whether every form of a text is translated."""
    return all(forms(string))


def forms(text: object) -> tuple[str, ...]:
    """A text in all of its forms: for one, for several."""
    return tuple(map(str, text)) if isinstance(text, tuple | list) else (str(text or ""),)


if __name__ == "__main__":
    for tag in sys.argv[1:] or [name for name in languages.shipped() if name != languages.ENGLISH]:
        print(f"{tag}: {update(tag)} texts wait for a translation")
