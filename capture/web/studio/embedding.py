"""A draft's form inside other sites: how it looks there, which sites may show it, and the line to paste."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from capture import clock
from capture.accounts.models import Role
from capture.catalogue import magnets, parcels
from capture.catalogue.models import MagnetKind
from capture.errors import DraftChanged, UploadRefused
from capture.journey import drafting
from capture.journey.drafting import Step
from capture.languages import kept, say
from capture.pages import pages, screens, sheets
from capture.pages.definition import Delivery
from capture.pages.judging.page import ORIGIN
from capture.web import current, forms
from capture.web.security import STRANGER, let_the_studio_frame_it
from capture.web.studio import desk, previewing
from capture.web.studio.access import only
from capture.web.studio.desk import Desk
from capture.web.studio.translating import bp as bp
from magnets import bundle
from magnets.bundle import BundleUnreadable

LOOKS: Mapping[str, str] = {
    "inline": say("In the text of the site, where the line stands."),
    "button": say("A button where the line stands. It opens the form in the middle of the window."),
    "slide-in": say("A button where the line stands. It opens the form in the lower right corner."),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A site that somebody has in mind: its origin, whether the list has it, and a name on the list that is near."""

    origin: str
    is_listed: bool
    near: str


@bp.get("/<draft>/embed")
@only(Role.MARKETER)
def embed(draft: str) -> ResponseReturnValue:
    """The three looks, each on a page of an invented site, with the line that brings it."""
    here = desk.desk(draft)
    if here.table is None:
        return redirect(url_for(".text", draft=draft, path=parcels.DEFINITION), 303)
    look = request.args.get("look", "inline")
    return render_template("studio/draft_embed.html", **_shown(here, look if look in LOOKS else "inline"))


@bp.post("/<draft>/embed")
@only(Role.MARKETER)
def let_site_in(draft: str) -> ResponseReturnValue:
    """One more site that may show the form, once this is published."""
    here, origin = desk.desk(draft), origin_of(request.form.get("site", ""))
    if here.table is None:
        abort(409)
    if not ORIGIN.fullmatch(origin):
        said = say("Type the address of the site, such as https://www.company.com. It has to begin with https://.")
        return desk.refused(said, "studio/draft_embed.html", faulty="site", **_shown(here, "inline"))
    listed = _listed(here)
    if origin not in listed:
        try:
            values = {screens.SITES[0].name: (*listed, origin)}
            drafting.save_sheet(
                here.draft, screens.SITES, values, desk.scribe(), Step(kept("Sites that may show the form"))
            )
        except (DraftChanged, UploadRefused) as refusal:
            return desk.refused(str(refusal), "studio/draft_embed.html", **_shown(here, "inline"))
    return redirect(url_for(".embed", draft=draft, saved=1), 303)


@bp.get("/<draft>/embed/<any(inline, button, 'slide-in'):look>")
@only(Role.MARKETER)
def embed_preview(draft: str, look: str) -> ResponseReturnValue:
    """A page of an invented site with the form in it, by the script that other sites load.

    Its policy lets nothing be sent: the script's questions are answered by the page itself.
    """
    let_the_studio_frame_it(STRANGER)
    found, at = desk.find(draft), clock.now()
    try:
        with parcels.laid_out(current.settings(), found.files) as folder:
            live = previewing.as_published(found, bundle.read(folder), at=at)
    except BundleUnreadable:
        return render_template("studio/no_preview.html", draft=found)
    return render_template(
        "studio/embed_host.html",
        page=live,
        look=look,
        form=forms.for_page(live, at=at),
        waits=live.definition.delivery is not Delivery.PAGE,
        is_webinar=live.kind is MagnetKind.WEBINAR,
    )


def origin_of(typed: str) -> str:
    """The origin of an address as people type or paste it: scheme and host, in lower case, of any page of the site."""
    typed = typed.replace("\x00", "").strip()[:500]
    try:
        parts = urlsplit(typed if "://" in typed else f"https://{typed}")
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}".lower() if parts.netloc else ""


def _shown(here: Desk, look: str) -> dict[str, object]:
    magnet = magnets.by_slug(here.draft.slug)
    live = pages.of_magnet(magnet.id) if magnet else None
    listed, page = _listed(here), (here.table or {}).get("page")
    return {
        "draft": here.draft,
        "look": look,
        "looks": LOOKS,
        "slug": (page.get("slug") if isinstance(page, Mapping) else None) or here.draft.slug,
        "sites": listed,
        "named": [site for site in listed if ORIGIN.fullmatch(site)],
        "live_on": live.definition.embed_on if live else (),
        "typed": request.args.get("site", "")[:500],
        "asked": _asked(request.args.get("site", ""), listed),
    }


def _listed(here: Desk) -> tuple[str, ...]:
    """The sites of the draft's list as browsers name them."""
    values = sheets.read(screens.SITES, here.table or {})[screens.SITES[0].name]
    return tuple(str(site).lower().rstrip("/") for site in values) if isinstance(values, tuple) else ()


def _asked(typed: str, listed: tuple[str, ...]) -> Asked | None:
    origin = origin_of(typed)
    if not origin:
        return None
    near = next((site for site in listed if _bare(site) == _bare(origin)), "")
    return Asked(origin, origin in listed, near)


def _bare(origin: str) -> str:
    return origin.partition("://")[2].removeprefix("www.").partition(":")[0]
