"""The brand of the installation: set in one place, and seen on a page and in a document that would begin with it."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from capture.accounts.models import Role
from capture.errors import DraftChanged, UploadRefused
from capture.journey import branding
from capture.pages import brand, screens, sheets
from capture.web import colour, current
from capture.web.security import limiter
from capture.web.studio import desk
from capture.web.studio.access import only

bp = Blueprint("branding", __name__, url_prefix="/studio/settings")
limiter.exempt(bp)  # it is saved at every pause, as a draft is

TEMPLATE = "studio/brand.html"


@bp.get("/brand")
@only(Role.MARKETER)
def show() -> ResponseReturnValue:
    values = brand.values(brand.current())
    return render_template(TEMPLATE, **_shown(values))


@bp.post("/brand")
@only(Role.MARKETER)
def save() -> ResponseReturnValue:
    """Save what was typed, unless somebody changed the brand since it was opened."""
    typed, scribe = sheets.typed(screens.BRAND, request.form.to_dict(flat=False)), desk.scribe()
    try:
        branding.save(typed, seen=request.form.get("mark", ""), actor=scribe.actor, at=scribe.at)
    except DraftChanged as refusal:
        return desk.clash(TEMPLATE, refusal, theirs=brand.values(brand.current()), **_shown(typed))
    except UploadRefused as refusal:
        return desk.refused(str(refusal), TEMPLATE, faulty=refusal.field, **_shown(typed))
    return desk.saved(url_for(".show"), sheets.mark(typed))


@bp.post("/brand/logo")
@only(Role.MARKETER)
def set_logo() -> ResponseReturnValue:
    """The uploaded picture is the logo; without one, there is none."""
    stream, name = desk.sent("logo")
    try:
        branding.set_logo(name, stream.read(), desk.scribe(), seen=request.form.get("mark", ""))
    except DraftChanged as refusal:
        return desk.clash(TEMPLATE, refusal, other=url_for(".show"), **_shown(brand.values(brand.current())))
    except UploadRefused as refusal:
        values = brand.values(brand.current())
        return desk.refused(str(refusal), TEMPLATE, faulty=refusal.field, **_shown(values))
    return redirect(url_for(".show", saved=1), 303)


def _shown(values: sheets.Values) -> dict[str, object]:
    known = brand.current()
    return {
        "draft": branding.specimen(current.settings()),
        "entries": screens.BRAND,
        "values": values,
        "mark": sheets.mark(brand.values(known)),
        "logo": brand.logo(known),
        "advice_on_logo": branding.advice_on_logo(known, current.settings()),
        "mark_of_logo": branding.mark_of_logo(known),
        "verdict": colour.verdict(str(values["brand-colour"])),
    }
