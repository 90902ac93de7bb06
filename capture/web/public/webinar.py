"""The personal link of a webinar: one page with one button, which leads into the room or to the recording."""

from flask import Blueprint, abort, redirect, render_template, request
from flask.typing import ResponseReturnValue

from capture import clock
from capture.catalogue import editions
from capture.journey import reader
from capture.web import current, language, visitor
from capture.web.security import let_forms_lead_to, same_origin
from capture.webinars import registrations, sessions
from capture.webinars.mail import spoken

bp = Blueprint("webinar", __name__)


@bp.get("/join/<token>")
def join(token: str) -> ResponseReturnValue:
    """The page with the button: opening it records nothing, since mail scanners open links."""
    registration = registrations.by_token(token) or abort(404)
    webinar = sessions.by_id(registration.session_id)
    edition = editions.newest(webinar.magnet_id)
    language.speak(edition.language if edition else current.settings().language)
    let_forms_lead_to(webinar.room_url, webinar.replay_url)
    return render_template(
        "public/join.html",
        action=request.path,
        magnet_title=webinar.title,
        door=registrations.door(webinar, at=clock.now()).value,
        when=spoken(webinar, language.current().tag),
        starts_at=webinar.starts_at,
        minutes=webinar.minutes,
    )


@bp.post("/join/<token>")
def joined(token: str) -> ResponseReturnValue:
    if not same_origin(request):
        abort(403)
    settings = current.settings()
    address = reader.join_webinar(token, visitor.arrival(request, settings), settings=settings, at=clock.now())
    return redirect(address or request.path, 303)
