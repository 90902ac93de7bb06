"""Drafts: the list, and the ways to begin one."""

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from capture.accounts import staff
from capture.accounts.models import Role
from capture.catalogue import drafts, parcels, proposals
from capture.catalogue.models import MagnetKind
from capture.errors import UploadRefused
from capture.journey import drafting
from capture.web import current
from capture.web.studio import desk
from capture.web.studio.access import only

bp = Blueprint("drafts", __name__, url_prefix="/studio/drafts")

LARGEST_PASTE = 2_000_000


@bp.get("/")
@only(Role.MARKETER)
def listing() -> ResponseReturnValue:
    return render_template("studio/drafts.html", drafts=drafts.listed(), names=staff.names(), live=drafts.live_slugs())


@bp.get("/new")
@only(Role.MARKETER)
def new() -> ResponseReturnValue:
    return render_template("studio/new.html", typed="")


@bp.post("/new")
@only(Role.MARKETER)
def start() -> ResponseReturnValue:
    """From what was pasted, from a file (.md, .txt or a bundle as .zip), or from a starter."""
    typed = request.form.get("text", "")
    try:
        draft = _started(typed)
    except UploadRefused as refusal:
        return render_template("studio/new.html", typed=typed, refusal=str(refusal)), 422
    return redirect(url_for(".text", draft=draft), 303)


def _started(typed: str) -> str:
    scribe, starter = desk.scribe(), request.form.get("starter", "")
    if starter in list(MagnetKind):
        return drafting.start_from_starter(MagnetKind(starter), scribe)
    wanted = request.form.get("kind", "")
    kind = MagnetKind(wanted) if wanted in (MagnetKind.EBOOK, MagnetKind.CHECKLIST) else None
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        return drafting.start_from_text(typed[:LARGEST_PASTE], kind, scribe)
    name, content = upload.filename.lower(), upload.read()
    if name.endswith(".zip"):
        return drafting.start_from_bundle(content, scribe)
    if not name.endswith((".md", ".markdown", ".txt")):
        raise UploadRefused("Choose a text (.md, .txt) or a bundle (.zip).")
    try:
        return drafting.start_from_text(content.decode("utf-8-sig")[:LARGEST_PASTE], kind, scribe)
    except UnicodeDecodeError:
        raise UploadRefused("This file is not saved as UTF-8. Save it as UTF-8, or paste its text.") from None


@bp.get("/<draft>/bundle.zip")
@only(Role.MARKETER)
def bundle(draft: str) -> ResponseReturnValue:
    """The draft as it is now, for `lodestone publish` elsewhere."""
    found = desk.find(draft)
    name = proposals.slug_of(found.slug) or "bundle"
    answer = Response(parcels.packed(current.settings(), found.files, name), mimetype="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.zip"'
    return answer
