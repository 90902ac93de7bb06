"""A draft in several languages: its versions, another one begun from it, and what is not translated yet."""

from collections.abc import Mapping
from dataclasses import dataclass
from textwrap import shorten

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from capture import languages
from capture.accounts.models import Role
from capture.catalogue import drafts, parcels
from capture.catalogue.models import Draft
from capture.errors import UploadRefused
from capture.journey import drafting
from capture.languages import say_many
from capture.pages import untranslated
from capture.web import current
from capture.web.studio import desk
from capture.web.studio.access import only
from capture.web.studio.previewing import bp as bp

MOST_SHOWN = 200
LONGEST = 120  # characters of a text in the list

# What is offered besides the languages that the product speaks; any code may be typed.
COMMON = ("en", "de", "fr", "es", "it", "nl", "pt", "pl")


@dataclass(frozen=True, slots=True)
class Todo:
    """Something that still reads as in the original, and the screen on which it is written."""

    address: str
    what: str
    text: str


@bp.get("/<draft>/languages")
@only(Role.MARKETER)
def languages_of(draft: str) -> ResponseReturnValue:
    return _shown(desk.find(draft))


@bp.post("/<draft>/languages")
@only(Role.MARKETER)
def copy_into_language(draft: str) -> ResponseReturnValue:
    """A draft of its own in another language, linked to this one: what is left to translate stands on its screen."""
    found = desk.find(draft)
    wanted = (request.form.get("code", "") or request.form.get("language", "")).strip()
    try:
        begun = drafting.start_in_language(found, wanted, desk.scribe())
    except UploadRefused as refusal:
        return _shown(found, str(refusal), "code" if request.form.get("code") else "language"), 422
    return redirect(url_for(".languages_of", draft=begun), 303)


def _shown(draft: Draft, refusal: str = "", faulty: str = "") -> str:
    versions = drafting.versions_of(draft, current.settings())
    here = next(language for one, language in versions if one.id == draft.id)
    others = [one for one, language in versions if language != here]
    known = {language.partition("-")[0] for _, language in versions}
    todo = _todo(draft, others) if others else []
    return render_template(
        "studio/draft_languages.html",
        draft=draft,
        versions=[(one, languages.name_of(language), language) for one, language in versions],
        live=drafts.live_slugs([one for one, _ in versions]),
        original=drafts.original_of(draft),
        todo=todo[:MOST_SHOWN],
        todo_count=len(todo),
        choices=[(code, languages.name_of(code)) for code in COMMON if code not in known],
        spoken=languages.shipped(),
        refusal=refusal,
        faulty=faulty,
    )


def _todo(draft: Draft, others: list[Draft]) -> list[Todo]:
    """What is left, first of the page and then of the chapters."""
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
