"""A draft in several languages: its versions, another one begun from it, and what is not translated yet."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from capture import languages
from capture.accounts.models import Role
from capture.catalogue import drafts
from capture.catalogue.models import Draft
from capture.errors import UploadRefused
from capture.journey import drafting
from capture.pages import pages
from capture.web import current
from capture.web.studio import desk, todo
from capture.web.studio.access import only
from capture.web.studio.previewing import bp as bp

MOST_SHOWN = 200

# What is offered besides the languages that the product speaks; any code may be typed.
COMMON = ("en", "de", "fr", "es", "it", "nl", "pt", "pl")


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
    known = {language.partition("-")[0] for _, language in versions}
    left = todo.of(draft)
    return render_template(
        "studio/draft_languages.html",
        draft=draft,
        versions=[(one, languages.name_of(language), language) for one, language in versions],
        live=pages.addresses_of(one.slug for one, _ in versions),
        original=drafts.original_of(draft),
        todo=left[:MOST_SHOWN],
        todo_count=len(left),
        choices=[(code, languages.name_of(code)) for code in COMMON if code not in known],
        spoken=languages.shipped(),
        refusal=refusal,
        faulty=faulty,
    )
