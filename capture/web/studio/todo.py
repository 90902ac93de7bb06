"""What of a draft says the same as its versions in other languages: it waits for a translation."""

from collections.abc import Mapping
from dataclasses import dataclass
from textwrap import shorten

from flask import url_for

from capture.catalogue import parcels
from capture.catalogue.models import Draft
from capture.journey import drafting
from capture.languages import say_many
from capture.pages import untranslated
from capture.web import current
from capture.web.studio import desk

LONGEST = 120  # characters of a text in the list


@dataclass(frozen=True, slots=True)
class Todo:
    """Something that still reads as in the original, and the screen on which it is written."""

    address: str
    what: str
    text: str


def of(draft: Draft) -> list[Todo]:
    """What is left of a version, first of the page and then of the chapters; nothing of the one that came first."""
    if not draft.translation_of:
        return []
    versions = drafting.versions_of(draft, current.settings())
    here = next(language for one, language in versions if one.id == draft.id)
    others = [one for one, language in versions if language != here]
    table = desk.desk(draft.public_id).table or {}
    theirs = [known for other in others if (known := desk.desk(other.public_id).table) is not None]
    found = [
        Todo(_address(draft, one), one.what, shorten(one.text, LONGEST, placeholder=" …"))
        for one in untranslated.left(table, theirs)
    ]
    for path in sorted(path for path in draft.files if path.lower().endswith(".md")):
        same, count = untranslated.passages(_text(draft, path), [_text(other, path) for other in others])
        if same:
            address = url_for(".text", draft=draft.public_id, path=path)
            found.append(
                Todo(
                    address,
                    path,
                    say_many("%(same)s of %(num)s paragraph", "%(same)s of %(num)s paragraphs", count, same=same),
                )
            )
    return found


def _address(draft: Draft, left: untranslated.Left) -> str:
    if left.screen == "form":
        return url_for(".field", draft=draft.public_id, key=left.key)
    if left.screen == "questions":
        part, _, key = left.key.partition("/")
        return url_for(".question", draft=draft.public_id, part=part, key=key)
    if left.screen:
        return url_for(".sheet", draft=draft.public_id, screen=left.screen)
    return url_for(".text", draft=draft.public_id, path=parcels.DEFINITION)


def _text(draft: Draft, path: str) -> str:
    files: Mapping[str, str] = draft.files
    if path not in files:
        return ""
    return parcels.read(current.settings(), files, path).decode("utf-8-sig", "replace")
