"""Drafts: the list, and the ways to begin one."""

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from capture import clock
from capture.accounts import staff
from capture.accounts.models import Role
from capture.catalogue import drafts, parcels, proposals
from capture.catalogue.models import MagnetKind
from capture.errors import UploadRefused
from capture.journey import drafting
from capture.journey import staff as staff_journey
from capture.journey.drafting import Begun, Scribe
from capture.languages import say
from capture.pages import pages
from capture.web import current
from capture.web.security import limiter
from capture.web.studio import desk
from capture.web.studio.access import actor, only

bp = Blueprint("drafts", __name__, url_prefix="/studio/drafts")
limiter.exempt(bp)  # who writes is logged in, and saves at every pause

LARGEST_PASTE = 2_000_000


@bp.get("/")
@only(Role.MARKETER)
def listing() -> ResponseReturnValue:
    """Every draft, or those found by a text."""
    text, number = desk.searched()
    found = drafts.found(text, number=number)
    live = pages.addresses_of(draft.slug for draft in found.drafts)
    names, times = staff.names(), drafts.times()
    return render_template("studio/drafts.html", found=found, text=text, names=names, live=live, times=times)


@bp.get("/new")
@only(Role.MARKETER)
def new() -> ResponseReturnValue:
    return render_template("studio/new.html", typed="", drafts=drafts.listed())


@bp.post("/new")
@only(Role.MARKETER)
def start() -> ResponseReturnValue:
    """From what was pasted, from a file (a text, a Word document or a bundle), from another page, or from a starter."""
    typed = request.form.get("text", "")
    try:
        begun = _started(typed)
    except UploadRefused as refusal:
        given = next((name for name in ("folder", "file") if desk.sent(name)[1]), "text")
        return render_template(
            "studio/new.html", typed=typed, drafts=drafts.listed(), **desk.wrong(refusal, given)
        ), 422
    return redirect(url_for(".text", draft=begun.draft, left=begun.left_out or None), 303)


@bp.post("/pdf")
@only(Role.MARKETER)
def start_from_pdf() -> ResponseReturnValue:
    """From a finished PDF, which may be large: it is streamed into the store."""
    try:
        draft = drafting.start_from_pdf(*desk.sent("file"), desk.scribe())
    except UploadRefused as refusal:
        return render_template("studio/new.html", typed="", drafts=drafts.listed(), **desk.wrong(refusal, "pdf")), 422
    return redirect(url_for(".sheet", draft=draft, screen="page"), 303)


@bp.post("/markdown")
@only(Role.MARKETER)
def markdown() -> ResponseReturnValue:
    """What a script took from the clipboard as rich text, as Markdown."""
    from capture.catalogue import richtext  # see drafting.start_from_web

    converted = richtext.markdown_of(request.form.get("html", ""))
    return jsonify(text=converted.text, left_out=converted.left_out)


def _started(typed: str) -> Begun:
    scribe, starter, copied = desk.scribe(), request.form.get("starter", ""), request.form.get("copy", "")
    if starter in list(MagnetKind):
        return Begun(drafting.start_from_starter(MagnetKind(starter), scribe))
    if copied:
        return Begun(drafting.start_from_draft(desk.find(copied), scribe))
    wanted = request.form.get("kind", "")
    kind = MagnetKind(wanted) if wanted in (MagnetKind.EBOOK, MagnetKind.CHECKLIST) else None
    folder = [(file.filename, file.stream) for file in request.files.getlist("folder") if file.filename]
    if folder:
        return Begun(drafting.start_from_bundle(parcels.of_folder(folder), scribe))
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        return drafting.start_from_text(typed[:LARGEST_PASTE], kind, scribe)
    return _from_file(upload.filename.lower(), upload.read(), kind, scribe)


def _from_file(name: str, content: bytes, kind: MagnetKind | None, scribe: Scribe) -> Begun:
    if name.endswith(".zip"):
        return Begun(drafting.start_from_bundle(parcels.unpacked(content), scribe))
    if name.endswith(".docx"):
        return drafting.start_from_word(content, kind, scribe)
    if not name.endswith((".md", ".markdown", ".txt", ".html", ".htm")):
        raise UploadRefused(say("Choose a Word document (.docx), a text (.md, .txt, .html) or a bundle (.zip)."))
    try:
        text = content.decode("utf-8-sig")[:LARGEST_PASTE]
        if name.endswith((".html", ".htm")):
            return drafting.start_from_web(text, kind, scribe)
        return drafting.start_from_text(text, kind, scribe)
    except UnicodeDecodeError:
        raise UploadRefused(say("This file is not saved as UTF-8. Save it as UTF-8, or paste its text.")) from None


@bp.get("/<draft>/bundle.zip")
@only(Role.MARKETER)
def bundle(draft: str) -> ResponseReturnValue:
    """The draft as it is now, for `lodestone publish` elsewhere."""
    found = desk.find(draft)
    name, files = proposals.slug_of(found.slug) or "bundle", found.files
    staff_journey.note_export(f"draft:{draft}", actor=actor(), rows=len(files), at=clock.now())
    answer = Response(parcels.packed(current.settings(), files, name), mimetype="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.zip"'
    return answer
