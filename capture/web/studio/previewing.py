"""What a draft will look like: its pages as the press sets them, and its landing page."""

import io
import mimetypes
from dataclasses import asdict, replace
from datetime import datetime

from flask import Response, abort, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from capture import clock
from capture.accounts.models import Role
from capture.catalogue import editions, magnets, parcels, proofs, sentences
from capture.catalogue.editions import ContentsEntry
from capture.catalogue.models import Draft, Edition, LinkPolicy, MagnetKind, Proof
from capture.journey import branding, marketer, proofing
from capture.pages import conditions, judging
from capture.pages.models import PageStatus
from capture.pages.pages import LivePage
from capture.web import current, forms, language
from capture.web.public import sections, showcase
from capture.web.public.showcase import Occasion, Picture
from capture.web.security import ANYTHING, TELLS_NOBODY, let_the_studio_frame_it
from capture.web.studio import desk
from capture.web.studio.access import only
from capture.web.studio.availability import bp as bp
from capture.webinars import sessions as webinar_sessions
from magnets import bundle
from magnets.bundle import Bundle, BundleUnreadable
from magnets.editor import LOGOS
from magnets.manuscript import Manuscript, compose

MOST_VISITS = 20
DAY = "private, max-age=86400, immutable"

# --- pages --------------------------------------------------------------------------------------------


@bp.post("/<draft>/proofs")
@only(Role.MARKETER)
def ask_for_proof(draft: str) -> ResponseReturnValue:
    """The pages of a chapter (its path), of the front, or of the whole are to be set; says where they will be."""
    found, part, at = desk.shown(draft), request.form.get("part", ""), clock.now()
    if part not in proofs.PARTS and part not in found.files:
        abort(404)
    if draft == branding.SPECIMEN:
        asked = proofing.ask_for_specimen(found.files, at=at)
    else:
        asked = proofing.ask_for_proof(draft, part, afresh="afresh" in request.form, at=at)
    place = url_for(".proof", draft=draft, proof=asked)
    return jsonify(place=place) if desk.wants_json() else redirect(place, 303)


@bp.get("/<draft>/proofs/<proof>")
@only(Role.MARKETER)
def proof(draft: str, proof: str) -> ResponseReturnValue:
    """The pages, once they are set; until then, that they are being set."""
    found, asked = desk.shown(draft), proofs.by_public_id(proof) or abort(404)
    if asked.draft_id != found.id:
        abort(404)
    pages = _pages(found, asked)
    if desk.wants_json():
        return jsonify(
            finished=asked.finished_at is not None,
            fault=language.told(sentences.recalled(asked.fault)),
            pages=[asdict(one) for one in pages],
        )
    if draft == branding.SPECIMEN:
        return redirect(url_for("branding.show"), 303)
    return render_template("studio/draft_proof.html", draft=found, proof=asked, pages=pages)


@bp.get("/<draft>/proofs/pages/<sha>.webp")
@only(Role.MARKETER)
def proof_page(draft: str, sha: str) -> ResponseReturnValue:
    """The picture of one page; what a hash names never changes."""
    picture = proofs.page(desk.shown(draft), sha) or abort(404)
    return Response(picture, mimetype="image/webp", headers={"Cache-Control": DAY})


def _pages(draft: Draft, asked: Proof) -> list[Picture]:
    found = []
    for number, page in enumerate(asked.pages, start=1):
        address = url_for(".proof_page", draft=draft.public_id, sha=page["sha"])
        found.append(Picture(address, address, "", page["width"], page["height"], number))
    return found


@bp.get("/<draft>/pictures/<path:path>")
@only(Role.MARKETER)
def picture(draft: str, path: str) -> ResponseReturnValue:
    """A picture of the draft; drawings (.svg) are never opened here, since they could carry scripts."""
    found = desk.shown(draft)
    if path not in found.files or not path.lower().endswith(LOGOS):
        abort(404)
    content = parcels.read(current.settings(), found.files, path)
    return Response(content, mimetype=mimetypes.guess_type(path)[0] or "image/png")


# --- landing page -------------------------------------------------------------------------------------


@bp.get("/<draft>/landing")
@only(Role.MARKETER)
def landing(draft: str) -> ResponseReturnValue:
    """The landing page as it would be published now, by its own template; in a frame beside the editor, or alone.

    `alive` in the address: its scripts run, so that steps and conditions can be tried; nothing that is typed leaves it.
    """
    let_the_studio_frame_it(TELLS_NOBODY if "alive" in request.args else ANYTHING)
    found, at = desk.shown(draft), clock.now()
    try:
        with parcels.laid_out(current.settings(), found.files) as folder:
            given = bundle.read(folder)
            manuscript = compose(given)
    except BundleUnreadable:
        return render_template("studio/no_preview.html", draft=found)
    live = as_published(found, given, at=at)
    edition = _edition(found, given, manuscript)
    show = showcase.of(edition, found.kind)
    show = replace(show, cover=_cover(found) or show.cover)
    when = _occasion(live, given)
    return render_template(
        "public/landing.html",
        page=live,
        form=forms.for_page(live, at=at, answered=_answered_before(live, request.args.get("visit", 1, type=int))),
        show=show,
        layout=sections.layout(live.definition, show, when),
        logo=_logo(found, given),
        card=showcase.social_card(live, show, None, current.addresses()),
        when=when,
        url=current.addresses().page(live.slug),
        versions=(),
        structured={},
    )


def _answered_before(live: LivePage, visit: int) -> frozenset[str]:
    """What somebody has answered who fills this form for the nth time, and every field that it asks of him."""
    fields, at_most, answered = live.definition.fields, live.definition.ask_at_most, frozenset[str]()
    for _ in range(min(visit, MOST_VISITS) - 1):
        answered |= {field.key for field in fields} - conditions.left_out(fields, at_most, answered)
    return answered


def as_published(draft: Draft, given: Bundle, *, at: datetime) -> LivePage:
    """The page that the draft would be, which nobody can fill; what is shown with it speaks its language."""
    definition, _ = judging.define(given, current.settings(), at=at)
    language.speak(definition.language)
    return LivePage(
        page_id=0,
        public_id=draft.public_id,
        version_id=0,
        version=0,
        digest=definition.digest(),
        slug=judging.slug_of(given),
        status=PageStatus.LIVE,
        magnet_id=0,
        magnet_slug=draft.slug,
        kind=draft.kind,
        created_at=at,
        changed_at=at,
        definition=definition,
    )


def _edition(draft: Draft, given: Bundle, manuscript: Manuscript) -> Edition:
    """The edition that it would be, with the pages and pictures of the newest one that is published."""
    magnet = magnets.by_slug(draft.slug)
    last = editions.newest(magnet.id) if magnet else None
    contents = [asdict(ContentsEntry(one.title, 1, 1, one.minutes)) for one in manuscript.chapters]
    minutes = manuscript.minutes
    if draft.kind is MagnetKind.FILE:  # only the press looks into it
        contents, minutes = (last.contents, last.minutes) if last else ([], 0)
    return Edition(
        title=given.magnet.title,
        subtitle=given.magnet.subtitle,
        summary=given.magnet.summary,
        authors=[{"name": author.name, "role": author.role} for author in given.magnet.authors],
        language=given.magnet.language,
        pages=last.pages if last else 0,
        document_bytes=last.document_bytes if last else 0,
        minutes=minutes,
        words=manuscript.words,
        contents=contents,
        pictures=last.pictures if last else [],
        personalised=given.magnet.personalised,
        link_policy=LinkPolicy(given.magnet.links.value),
        published_at=clock.now(),
    )


def _cover(draft: Draft) -> Picture | None:
    front = proofs.of(draft, proofs.FRONT)
    return next(iter(_pages(draft, front)), None) if front else None


def _logo(draft: Draft, given: Bundle) -> Picture | None:
    name = given.magnet.brand.logo
    if name not in draft.files or not name.lower().endswith(LOGOS):
        return None
    from PIL import Image  # see magnets.editor.size_of

    address = url_for(".picture", draft=draft.public_id, path=name)
    try:
        with Image.open(io.BytesIO(parcels.read(current.settings(), draft.files, name))) as opened:
            return Picture(address, address, "", opened.width, opened.height, editions.LOGO)
    except (OSError, Image.DecompressionBombError):
        return None


def _occasion(live: LivePage, given: Bundle) -> Occasion | None:
    plan = marketer.plan_of(live.definition, given.magnet.title, given.magnet.summary)
    if plan is None:
        return None
    session = webinar_sessions.planned(plan, at=live.changed_at)
    return showcase.occasion(session, seats_left=plan.seats or None, at=live.changed_at)
