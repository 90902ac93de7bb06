"""The public pages: what is offered, one landing page, the page after its form, and what search engines read."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from flask import Blueprint, Response, abort, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from capture import clock, languages
from capture.attribution.arrival import Arrival
from capture.catalogue import documents, editions
from capture.catalogue.models import MagnetKind
from capture.delivery import grants, links
from capture.delivery.links import Purpose
from capture.errors import LinkExpired, PageClosed, PageNotOpenYet, SessionFull, StorageUnavailable
from capture.journey import visitor as visitor_journey
from capture.pages import pages
from capture.pages.definition import Cookies
from capture.pages.pages import LivePage
from capture.web import current, forms, language, visitor
from capture.web.errors import TRY_AGAIN
from capture.web.forms import PageForm
from capture.web.public import receipt, sections, showcase
from capture.web.public.showcase import Occasion, Showcase
from capture.web.security import same_origin
from capture.web.squeeze import squeezed
from capture.web.static import YEAR
from capture.webinars import sessions as webinar_sessions

log = structlog.get_logger()

MOST_IN_SITEMAP = 49_999  # sitemaps.org: 50,000 addresses in one file, and the list itself is one

bp = Blueprint("landing", __name__)


@dataclass(frozen=True, slots=True)
class Offer:
    """One live page on the list of them."""

    path: str
    language: str
    show: Showcase
    when: Occasion | None


@bp.get("/")
def index() -> ResponseReturnValue:
    """Everything that is on offer, each once: what there is in several languages in that of the list."""
    at = clock.now()
    listed = _in_one_language(pages.all_live(at=at), current.settings().language)
    offers = [_offer(page, at=at) for page in listed]
    shelf = render_template("public/index.html", items=[offer for offer in offers if offer is not None])
    return squeezed(make_response(shelf), request)


@bp.get("/<slug>")
def page(slug: str) -> ResponseReturnValue:
    """A landing page. Appends evidence (a touch, a view) and nothing else."""
    settings, at = current.settings(), clock.now()
    live = open_page(slug, at=at)
    if live.slug != slug:
        return redirect(_with_query(url_for(".page", slug=live.slug)), 301)
    cookie = None
    if not _is_seen_by_nobody():
        with visitor.noted_in_passing():
            cookie = visitor_journey.arrive(slug, visitor.arrival(request, settings), settings=settings, at=at)
    live = visitor.as_shown(request, live, new_cookie=cookie)
    form = forms.for_page(live, at=at, answered=visitor.answered(request, live))
    answer = squeezed(make_response(shown(live, form, at=at)), request)
    return visitor.remember(answer, cookie, settings)


@bp.post("/<slug>")
def submit(slug: str) -> ResponseReturnValue:
    """A fill: 303 to the thank-you page, or the same page with what was typed and what to do."""
    settings, at = current.settings(), clock.now()
    live = open_page(slug, at=at)
    if not same_origin(request):
        abort(403)
    live = visitor.as_shown(request, live)
    form = forms.for_page(live, at=at, answered=visitor.answered(request, live))
    if not form.validate():
        return shown(live, form, at=at), 422
    try:
        told = visitor_journey.submit_form(
            live.slug,
            form.answers(),
            visitor.arrival(request, settings),
            form_key=form.key,
            suspicion=form.suspicion(),
            variant=live.variant.letter if live.variant else "",
            settings=settings,
            at=at,
        )
    except SessionFull:
        return shown(live, form, at=at), 409
    except StorageUnavailable:
        log.error("fill not kept")
        form.could_be_kept = False
        return shown(live, form, at=at), 503, TRY_AGAIN
    token = links.lasting(settings, Purpose.THANKS, told.grant, at=at)
    answer = make_response(redirect(url_for(".thanks", token=token), 303))
    return visitor.remember(answer, told.new_cookie, settings)


@bp.post("/<slug>/judged")
def judged(slug: str) -> ResponseReturnValue:
    """What is wrong with a fill so far, before a step of its form is left; see `judgement`."""
    if not same_origin(request):
        abort(403)
    at = clock.now()
    live = visitor.as_shown(request, open_page(slug, at=at))
    return judgement(forms.for_page(live, at=at, answered=visitor.answered(request, live)))


def judgement(form: PageForm) -> Response:
    """What a refusal would say, by the first input that it is about. Nothing of what was typed is kept."""
    form.validate()
    return jsonify({problem.target: problem.message for problem in form.problems})


@bp.post("/<slug>/started")
def started(slug: str) -> ResponseReturnValue:
    """How far somebody has come with the form of this page; only a form that we made ourselves is counted."""
    if not same_origin(request):
        abort(403)
    at = clock.now()
    live = open_page(slug, at=at)
    cookie = None if live.definition.cookies is Cookies.NEVER else request.cookies.get(visitor.COOKIE)
    note_start(live, replace(visitor.arrival_around(request, current.settings()), cookie=cookie), at=at)
    return "", 204


def note_start(live: LivePage, arrival: Arrival, *, at: datetime) -> None:
    """Note the field that the request names as the last one answered of its form."""
    form, field = forms.for_page(live, at=at), live.definition.field(request.form.get("field", ""))
    if field is None or not form.is_ours:
        return
    with visitor.noted_in_passing():
        visitor_journey.begin_form(live.page_id, field.key, arrival, form_key=form.key, at=at)


@bp.get("/thanks/<token>")
def thanks(token: str) -> ResponseReturnValue:
    """The page after a fill: what was asked for, at once, and one next step."""
    settings, at = current.settings(), clock.now()
    try:
        grant = grants.by_public_id(links.read(settings, Purpose.THANKS, token, at=at)) or abort(404)
    except LinkExpired as expired:
        if (former := grants.by_public_id(expired.subject)) is not None:
            language.speak(grants.served_edition(former).language)
        raise
    live = pages.of_magnet(grant.magnet_id) or abort(404)
    edition = grants.served_edition(grant)
    language.speak(edition.language)
    given = receipt.of(
        grant,
        edition,
        live,
        is_theirs=visitor.is_known_as(grant, request, by_mail=False, at=at),
        user_agent=request.headers.get("User-Agent", ""),
        settings=settings,
        at=at,
    )
    show = showcase.of(edition, live.kind)
    return render_template(
        "public/thanks.html", given=given, show=show, logo=showcase.logo(edition), when=_occasion(live, at=at)
    )


@bp.get("/pictures/<sha>.<any(webp, jpg):ending>")
def picture(sha: str, ending: str) -> ResponseReturnValue:
    """A page picture of a published edition."""
    store = documents.store(current.settings())
    if not re.fullmatch(r"[0-9a-f]{64}", sha) or not store.exists(sha):
        abort(404)
    with store.open(sha) as file:
        image = file.read()
    is_webp, is_jpeg = image[:4] == b"RIFF" and image[8:12] == b"WEBP", image[:3] == b"\xff\xd8\xff"
    if not (is_webp if ending == "webp" else is_jpeg):
        abort(404)  # Documents lie in the same store, and no public address leads to one.
    response = Response(image, mimetype="image/webp" if is_webp else "image/jpeg")
    response.headers["Cache-Control"] = YEAR
    response.set_etag(sha)
    return response.make_conditional(request)


@bp.get("/about/privacy", defaults={"tag": ""})
@bp.get("/about/privacy/<tag>")
def privacy(tag: str) -> ResponseReturnValue:
    """The privacy notice of the demonstration, in the language of the installation or another that we speak."""
    _speak_of(tag)
    return render_template("public/privacy.html")


@bp.get("/about/legal-notice", defaults={"tag": ""})
@bp.get("/about/legal-notice/<tag>")
def legal_notice(tag: str) -> ResponseReturnValue:
    """The legal notice of the demonstration."""
    _speak_of(tag)
    return render_template("public/legal_notice.html")


@bp.get("/sitemap.xml")
def sitemap() -> ResponseReturnValue:
    """Every live page with its versions in other languages, for search engines."""
    addresses, listed = current.addresses(), pages.all_live(at=clock.now())[:MOST_IN_SITEMAP]
    spoken = pages.all_in_languages(listed)
    entries = [
        (
            addresses.page(live.slug),
            live.changed_at.date().isoformat(),
            showcase.versions(live, spoken[live.slug], addresses),
        )
        for live in listed
    ]
    return Response(render_template("public/sitemap.xml", entries=entries), mimetype="application/xml")


@bp.get("/robots.txt")
def robots() -> ResponseReturnValue:
    """Everything may be read but what belongs to one person or to staff."""
    return Response(render_template("public/robots.txt"), mimetype="text/plain")


def open_page(slug: str, *, at: datetime) -> LivePage:
    """The page that takes fills, in whose language everything is said from here on; also why there is none now."""
    try:
        live = pages.open_by_slug(slug, at=at)
    except (PageClosed, PageNotOpenYet) as refusal:
        language.speak(refusal.language)
        raise
    language.speak(live.definition.language)
    return live


def _speak_of(tag: str) -> None:
    if tag and tag not in languages.shipped():
        abort(404)
    if tag:
        language.speak(tag)


def _is_seen_by_nobody() -> bool:
    """A browser that only prepares for a click that may never come, or a program that asks for the headers."""
    return request.method == "HEAD" or request.headers.get("Sec-Purpose", "").startswith("prefetch")


def shown(live: LivePage, form: PageForm, *, at: datetime) -> str:
    """The landing page as HTML."""
    edition = editions.newest(live.magnet_id) or abort(404)
    language.speak(live.definition.language)
    when, show = _occasion(live, at=at), showcase.of(edition, live.kind)
    if live.variant:
        show = showcase.with_cover(show, edition, live.variant.overrides.cover)
    return render_template(
        "public/landing.html",
        page=live,
        form=form,
        show=show,
        layout=sections.layout(live.definition, show, when),
        logo=showcase.logo(edition),
        card=showcase.social_card(live, show, showcase.shared_picture(edition), current.addresses()),
        when=when,
        url=current.addresses().page(live.slug),
        versions=showcase.versions(live, pages.in_all_languages(live, at=at), current.addresses()),
        structured=showcase.structured(live, edition, when, current.addresses()),
    )


def _offer(live: LivePage, *, at: datetime) -> Offer | None:
    edition = editions.newest(live.magnet_id)
    if edition is None:
        return None
    return Offer(
        url_for(".page", slug=live.slug),
        live.definition.language,
        showcase.of(edition, live.kind),
        _occasion(live, at=at),
    )


def _in_one_language(listed: Sequence[LivePage], wanted: str) -> list[LivePage]:
    """Of pages that say the same, the one in the wanted language, or else the original; in the order of the list."""
    chosen: dict[str, LivePage] = {}
    for live in listed:
        known = chosen.setdefault(live.translation_of or live.magnet_slug, live)
        ranks = [(page.definition.language != wanted, page.translation_of != "") for page in (live, known)]
        if ranks[0] < ranks[1]:
            chosen[live.translation_of or live.magnet_slug] = live
    return list(chosen.values())


def _occasion(live: LivePage, *, at: datetime) -> Occasion | None:
    session = webinar_sessions.of_magnet(live.magnet_id) if live.kind is MagnetKind.WEBINAR else None
    if session is None:
        return None
    return showcase.occasion(session, seats_left=webinar_sessions.seats_left(session), at=at)


def _with_query(path: str) -> str:
    query = request.query_string.decode("ascii", "replace")
    return f"{path}?{query}" if query else path
