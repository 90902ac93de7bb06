"""A page's form inside other sites: the script that brings it, the form as markup, and fills that come from there.

Of the site's cookies none is touched. Our own is read and set only where browsers say that both are the same site, such
as www. and go. of one company; to others they do not send it. A site is let in by its origin, which browsers state and
scripts cannot change.
"""

from dataclasses import replace

import structlog
from flask import Blueprint, Response, abort, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from capture import clock
from capture.attribution.arrival import Arrival
from capture.catalogue.models import MagnetKind
from capture.delivery import links
from capture.delivery.links import Purpose
from capture.errors import SessionFull, StorageUnavailable
from capture.journey import visitor as visitor_journey
from capture.languages import say
from capture.pages.definition import Cookies
from capture.pages.pages import LivePage
from capture.web import colour, current, forms, static, visitor
from capture.web.errors import TRY_AGAIN
from capture.web.forms import PageForm
from capture.web.public.landing import judgement, note_start, open_page

log = structlog.get_logger()

bp = Blueprint("embed", __name__)

FULL = say("Every seat is taken. Thank you for your interest.")
NOT_SAVED = say(
    "We could not save this just now. Everything you typed is still here: please wait a minute, then send again."
)


@bp.get("/embed.<any(js, css):ending>")
def part(ending: str) -> Response:
    """The script that other sites name in one line, and the styles of its form; both may be loaded from anywhere."""
    answer = static.plain(f"embed/embed.{ending}")
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


@bp.get("/embed/<slug>")
def form(slug: str) -> ResponseReturnValue:
    """The form as markup, for a script on a site of the list."""
    at = clock.now()
    live = open_page(slug, at=at)
    origin = _let_in(live)
    fresh = forms.for_page(live, at=at, answered=_answered(live))
    return _to(origin, jsonify(html=_markup(live, fresh)))


@bp.post("/embed/<slug>/judged")
def judged(slug: str) -> ResponseReturnValue:
    """What is wrong with a fill there, before a step of its form is left."""
    at = clock.now()
    live = open_page(slug, at=at)
    origin = _let_in(live)
    return _to(origin, judgement(forms.for_page(live, at=at, answered=_answered(live))))


@bp.post("/embed/<slug>/started")
def started(slug: str) -> ResponseReturnValue:
    """How far somebody has come with the form there."""
    at = clock.now()
    live = open_page(slug, at=at)
    origin = _let_in(live)
    note_start(live, visitor.arrival_around(request, current.settings()), at=at)
    return _to(origin, make_response("", 204))


@bp.post("/embed/<slug>")
def submit(slug: str) -> ResponseReturnValue:
    """A fill from there: the thanks, or the same form with what was typed and what to do."""
    settings, at = current.settings(), clock.now()
    live = open_page(slug, at=at)
    origin = _let_in(live)
    filled = forms.for_page(live, at=at, answered=_answered(live))
    if not filled.validate():
        return _to(origin, jsonify(html=_markup(live, filled))), 422
    try:
        told = visitor_journey.submit_form(
            live.slug,
            filled.answers(),
            _arrival(live),
            form_key=filled.key,
            suspicion=filled.suspicion(),
            settings=settings,
            at=at,
        )
    except SessionFull:
        return _to(origin, jsonify(problem=gettext(FULL))), 409
    except StorageUnavailable:
        log.error("fill not kept")
        return _to(origin, jsonify(problem=gettext(NOT_SAVED))), 503, TRY_AGAIN
    link = current.addresses().thanks(links.lasting(settings, Purpose.THANKS, told.grant, at=at))
    is_webinar = live.kind is MagnetKind.WEBINAR
    thanks = render_template("public/embed_thanks.html", page=live, link=link, waits=told.waits, is_webinar=is_webinar)
    return visitor.remember(_to(origin, jsonify(html=thanks)), told.new_cookie, settings)


def _markup(live: LivePage, form: PageForm) -> str:
    """The form in the words of its page, and the colour of its brand."""
    brand = live.definition.brand.colour
    return render_template("public/embed.html", page=live, form=form, tones=colour.on_light(brand) if brand else ())


def _answered(live: LivePage) -> frozenset[str]:
    return visitor.answered(request, live) if visitor.is_same_site(request) else frozenset()


def _arrival(live: LivePage) -> Arrival:
    """Where the fill comes from; with our own cookie where the browser lets us have one, and the page wants it."""
    around = visitor.arrival_around(request, current.settings())
    if live.definition.cookies is Cookies.NEVER or not visitor.is_same_site(request):
        return around
    return replace(around, cookie=request.cookies.get(visitor.COOKIE), takes_cookies=True)


def _let_in(live: LivePage) -> str:
    """The origin that asks, if the page's list has it."""
    origin = request.headers.get("Origin", "")
    if origin not in live.definition.embed_on:
        abort(403)
    return origin


def _to(origin: str, answer: Response) -> Response:
    answer = make_response(answer)
    answer.headers["Access-Control-Allow-Origin"] = origin
    answer.headers["Access-Control-Allow-Credentials"] = "true"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer.headers["Vary"] = "Origin"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
