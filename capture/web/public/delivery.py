"""Links that were given: the copy, "is this you?", confirmation, withdrawal, links inside documents."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from flask import Blueprint, Flask, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from capture import clock
from capture.attribution.arrival import Arrival
from capture.delivery import copies, grants, links, looks, ranges
from capture.delivery.copies import PersonalCopy
from capture.delivery.links import Link, Purpose
from capture.delivery.looks import Look
from capture.delivery.models import Grant
from capture.errors import LinkExpired, LinkRefused, PersonErased
from capture.journey import privacy, reader
from capture.leads import consents, leads, submissions
from capture.web import current, language, visitor
from capture.web.public import again
from capture.web.security import same_origin

bp = Blueprint("delivery", __name__)


def _opened(token: str, *, at: datetime) -> tuple[Link, bool]:
    """What a document link names, and whether only the mailbox had it. Raises LinkRefused, LinkExpired."""
    try:
        return links.opened(current.settings(), Purpose.COPY, token, at=at), False
    except LinkRefused:
        return links.opened(current.settings(), Purpose.MAIL, token, at=at), True


def _grant(subject: str) -> Grant:
    return grants.by_public_id(subject) or abort(404)


def _title(grant: Grant) -> str:
    """Of what was granted; from here on all is said in its language."""
    edition = grants.served_edition(grant)
    language.speak(edition.language)
    return edition.title


# --- the copy -------------------------------------------------------------------------------------------


@bp.get("/get/<token>")
def copy(token: str) -> ResponseReturnValue:
    at = clock.now()
    try:
        link, by_mail = _opened(token, at=at)
    except LinkExpired as expired:
        grant = _grant(expired.subject)
        return render_template("public/expired.html", action=request.path, magnet_title=_title(grant), done=False), 410
    look = looks.of(link.subject, request.cookies.get(visitor.COOKIE)) or abort(404)
    language.speak(look.language)
    if not look.is_open:
        return render_template("public/waiting.html", magnet_title=look.title), 403
    if not look.is_by_the_lead(by_mail=by_mail, at=at):
        if request.method == "GET":
            with visitor.noted_in_passing():
                reader.note_unknown_reader(link.subject, _arrival(), at=at)
        return render_template("public/ask.html", action=request.path, magnet_title=look.title)
    same_for = link.refused_from - at if look.reader == look.lead_id else timedelta(0)
    return _send(look, copies.of(look, current.settings()), same_for)


@bp.post("/get/<token>")
def answer(token: str) -> ResponseReturnValue:
    """The answer to "is this you?", or, on an expired link, the wish for a new one."""
    _refuse_foreign()
    at, settings = clock.now(), current.settings()
    try:
        (subject, _), by_mail = _opened(token, at=at)
    except LinkExpired as expired:
        reader.send_again(expired.subject, at=at)
        title = _title(_grant(expired.subject))
        return render_template("public/expired.html", action=request.path, magnet_title=title, done=True)
    if request.form.get("answer") == "not_me":
        return redirect(url_for("landing.page", slug=reader.decline_link(subject, _arrival(), at=at)), 303)
    if request.form.get("answer") != "me":
        abort(422)
    opened = reader.redeem_link(subject, _arrival(), by_mail=by_mail, settings=settings, at=at)
    return _with_cookie(redirect(url_for(".copy", token=token), 303), opened.new_cookie)


def _send(look: Look, copy: PersonalCopy, same_for: timedelta) -> Response:
    """The bytes asked for: all, one range, or none where the browser has them already. Counted after the last one.

    `same_for`: how long the answer stays the same by the clock.

    A proxy is only given what was counted before: nobody tells us when its last byte has left.
    """
    document = copy.document
    etag = f'"{document.etag}"'
    headers = {
        "Accept-Ranges": "bytes",
        "ETag": etag,
        "Content-Type": "application/pdf",
        "Content-Disposition": f'inline; filename="{copy.filename}"',
    }
    if request.if_match and not request.if_match.contains(document.etag):
        return Response(status=412, headers=headers)
    if request.if_none_match.contains_weak(document.etag):
        return Response(status=304, headers=headers)
    if (location := current.settings().accel) and look.is_counted and (own_file := copy.own_file):
        return Response(headers={**headers, "X-Accel-Redirect": location + own_file})
    start, stop, status = 0, document.length, 200
    if wanted := _range_wanted(etag):
        bounds = ranges.within(*wanted, document.length)
        if bounds is None:
            headers["Content-Range"] = f"bytes */{document.length}"
            return Response(status=416, headers=headers)
        start, stop, status = *bounds, 206
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{document.length}"
    headers["Content-Length"] = str(stop - start)
    if look.is_counted:
        again.may_be_given_again(request.environ, document, seconds=same_for.total_seconds())
    if request.method == "HEAD":
        return Response(status=status, headers=headers)
    if look.is_counted:
        body = document.chunks(start, stop)
    else:
        body = _counted(current.app(), look.subject, copy, _arrival(), start, stop)
    return Response(body, status=status, headers=headers, direct_passthrough=True)


def _range_wanted(etag: str) -> tuple[int, int | None] | None:
    """The one range that is asked for; several at once, or one of another copy, are answered with the whole.

    Only GET has ranges, and an If-Range holds for the very bytes or not at all (RFC 9110, 14.2 and 13.1.5).
    """
    wanted = request.range
    if request.method != "GET" or wanted is None or wanted.units != "bytes" or len(wanted.ranges) != 1:
        return None
    return wanted.ranges[0] if request.headers.get("If-Range", etag) == etag else None


def _counted(app: Flask, subject: str, copy: PersonalCopy, arrival: Arrival, start: int, stop: int) -> Iterator[bytes]:
    """The chunks of a copy. What was handed out is noted at the end, also where the reader went away before it.

    The request and its database session are over by then: a slow reader holds neither.
    """
    sent = start
    try:
        for chunk in copy.document.chunks(start, stop):
            yield chunk
            sent += len(chunk)
    finally:
        if sent > start:
            with app.app_context(), visitor.noted_in_passing():
                reader.hand_out(
                    subject,
                    copy.edition_id,
                    arrival,
                    length=copy.document.length,
                    start=start,
                    stop=sent,
                    settings=current.settings(),
                    at=clock.now(),
                )


# --- confirmation and withdrawal ----------------------------------------------------------------------------


@bp.get("/confirm/<token>")
def confirm(token: str) -> ResponseReturnValue:
    try:
        grant = _grant(links.read(current.settings(), Purpose.CONFIRM, token, at=clock.now()))
    except LinkExpired as expired:
        title = _title(_grant(expired.subject))
        return render_template("public/expired.html", action=request.path, magnet_title=title, done=False), 410
    return render_template(
        "public/confirm.html", action=request.path, magnet_title=_title(grant), done=grant.confirmed_at is not None
    )


@bp.post("/confirm/<token>")
def confirmed(token: str) -> ResponseReturnValue:
    _refuse_foreign()
    at, settings = clock.now(), current.settings()
    try:
        subject = links.read(settings, Purpose.CONFIRM, token, at=at)
    except LinkExpired as expired:
        reader.send_again(expired.subject, at=at)
        title = _title(_grant(expired.subject))
        return render_template("public/expired.html", action=request.path, magnet_title=title, done=True)
    opened = reader.confirm_address(subject, _arrival(), settings=settings, at=at)
    thanks = links.lasting(settings, Purpose.THANKS, subject, at=at)
    return _with_cookie(redirect(url_for("landing.thanks", token=thanks), 303), opened.new_cookie)


@bp.get("/withdraw/<token>")
def withdraw(token: str) -> ResponseReturnValue:
    lead = leads.by_public_id(links.read(current.settings(), Purpose.WITHDRAW, token, at=clock.now())) or abort(404)
    if lead.erased_at is not None:
        raise PersonErased(submissions.language_of(lead.id) or "")
    lead = leads.now_of(lead.id)
    done = bool(consents.has_withdrawn([lead.id]))
    language.speak(submissions.language_of(lead.id) or current.settings().language)
    return render_template("public/withdraw.html", action=request.path, done=done)


@bp.post("/withdraw/<token>")
def withdrawn(token: str) -> ResponseReturnValue:
    """For people, and for the one-click button of mail programs (RFC 8058), which send no Origin of ours."""
    subject = links.read(current.settings(), Purpose.WITHDRAW, token, at=clock.now())
    privacy.withdraw(subject, at=clock.now())
    if (lead := leads.by_public_id(subject)) is not None:
        language.speak(submissions.language_of(leads.now_of(lead.id).id) or current.settings().language)
    return render_template("public/withdraw.html", action=request.path, done=True)


# --- links inside documents -------------------------------------------------------------------------------


@bp.get("/l/<grant_token>/<int:edition>-<int:number>")
def inside(grant_token: str, edition: int, number: int) -> ResponseReturnValue:
    """Redirects at once; the link never expires."""
    settings = current.settings()
    grant = grants.by_token(grant_token) or abort(404)
    given = grants.edition_numbered(grant, edition)
    target = copies.target(grant, given, number, settings)
    if request.method == "GET":
        with visitor.noted_in_passing():
            chapter = copies.chapter(given, number, settings)
            reader.follow_link(grant_token, number, target, chapter, _arrival(), settings=settings, at=clock.now())
    return redirect(target, 302)


def _arrival() -> Arrival:
    return visitor.arrival(request, current.settings())


def _refuse_foreign() -> None:
    if not same_origin(request):
        abort(403)


def _with_cookie(response: ResponseReturnValue, cookie: str | None) -> ResponseReturnValue:
    return visitor.remember(response, cookie, current.settings()) if isinstance(response, Response) else response
