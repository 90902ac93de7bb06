"""Passkeys in the studio: one's own, and logging in with one, alone or after a password."""

import secrets
from datetime import UTC, datetime

import structlog
from flask import Blueprint, Response, abort, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from capture import clock
from capture.accounts import passkeys, second_factor, staff
from capture.accounts.models import Role, Staff
from capture.accounts.passkeys import Challenge, Site
from capture.errors import CodeRefused, LoginRefused, NotFound, PasskeyCopied, PasskeyRefused, Refusal
from capture.journey import entering
from capture.languages import say
from capture.web.current import settings
from capture.web.security import limiter
from capture.web.studio import entrance
from capture.web.studio.access import actor, only

bp = Blueprint("passkeys", __name__, url_prefix="/studio")
log = structlog.get_logger()

_CHALLENGE = "passkey_challenge"


# --- logging in with one -----------------------------------------------------------------------------------


@bp.post("/login/passkey/options")
@limiter.limit("20 per minute; 200 per hour")
def entry_options() -> ResponseReturnValue:
    """What the browser needs, whoever it is: the answer names the passkey."""
    if not entrance.takes_passwords():
        abort(403)
    return _json(passkeys.to_enter(_site(), _new_challenge("enter")))


@bp.post("/login/passkey")
@limiter.limit("10 per minute; 60 per hour")
def enter() -> ResponseReturnValue:
    if not entrance.takes_passwords():
        abort(403)
    try:
        person = entering.enter_with_passkey(_site(), _answer(), _challenge("enter"), at=clock.now())
    except (PasskeyRefused, PasskeyCopied, LoginRefused) as refusal:
        _note(refusal)
        return entrance.page(refusal=str(refusal), status=422)
    return entrance.begin(person, by="passkey")


@bp.post("/login/code/passkey/options")
@limiter.limit("20 per minute; 200 per hour")
def second_options() -> ResponseReturnValue:
    waiting = entrance.waiting()
    person = staff.by_public_id(waiting.public_id) if waiting else None
    if person is None:
        return redirect(url_for("studio.login"), 303)
    return _json(passkeys.to_enter(_site(), _new_challenge("second"), person))


@bp.post("/login/code/passkey")
@limiter.limit("10 per minute; 60 per hour")
def second() -> ResponseReturnValue:
    waiting = entrance.waiting()
    if waiting is None:
        return redirect(url_for("studio.login"), 303)
    try:
        person = entering.confirm_with_passkey(
            waiting.public_id, _site(), _answer(), _challenge("second"), after=waiting.by, at=clock.now()
        )
    except (PasskeyRefused, PasskeyCopied, LoginRefused) as refusal:
        _note(refusal)
        return entrance.code_page(waiting, refusal=str(refusal), status=422)
    return entrance.begin(person, by=waiting.by)


# --- one's own ---------------------------------------------------------------------------------------------


@bp.get("/people/me/passkeys")
@only(Role.MARKETER, Role.SALES)
def mine() -> ResponseReturnValue:
    return _mine()


@bp.post("/people/me/passkeys/options")
@only(Role.MARKETER, Role.SALES)
@limiter.limit("20 per minute")
def options() -> ResponseReturnValue:
    return _json(passkeys.to_add(_site(), _me(), _new_challenge("add")))


@bp.post("/people/me/passkeys")
@only(Role.MARKETER, Role.SALES)
@limiter.limit("10 per minute")
def add() -> ResponseReturnValue:
    """With the first one come recovery codes, shown once."""
    name = " ".join(request.form.get("name", "").replace("\x00", "").split())[:120] or "Passkey"
    try:
        codes = entering.add_passkey(actor(), _site(), _answer(), _challenge("add"), name, at=clock.now())
    except PasskeyRefused as refusal:
        return _mine(str(refusal), faulty="name"), 422
    return _mine(codes=codes) if codes else redirect(url_for(".mine", added=1), 303)


@bp.post("/people/me/passkeys/codes/options")
@only(Role.MARKETER, Role.SALES)
@limiter.limit("20 per minute")
def renewal_options() -> ResponseReturnValue:
    return _json(passkeys.to_enter(_site(), _new_challenge("renew"), _me()))


@bp.post("/people/me/passkeys/codes")
@only(Role.MARKETER, Role.SALES)
@limiter.limit("10 per minute")
def renew() -> ResponseReturnValue:
    """Other recovery codes, shown once, for whoever shows a passkey; those before open nothing any more."""
    try:
        codes = entering.renew_recovery_codes(actor(), _site(), _answer(), _challenge("renew"), at=clock.now())
    except (PasskeyRefused, PasskeyCopied) as refusal:
        _note(refusal)
        return _mine(str(refusal)), 422
    return _mine(codes=codes, are_renewed=True)


@bp.post("/people/me/passkeys/<passkey_id>/remove")
@only(Role.MARKETER, Role.SALES)
@limiter.limit("10 per minute")
def remove(passkey_id: str) -> ResponseReturnValue:
    try:
        entering.remove_passkey(actor(), passkey_id, request.form.get("code", "")[:40], at=clock.now())
    except CodeRefused:
        return _mine(
            say("This recovery code is not right, or it was used before. Nothing was removed."),
            faulty=f"code-{passkey_id}",
        ), 422
    except NotFound:
        return redirect(url_for(".mine"), 303)  # it was removed in another tab
    return redirect(url_for(".mine", removed=1), 303)


def _mine(refusal: str = "", codes: object = (), faulty: str = "", are_renewed: bool = False) -> str:
    person = _me()
    return render_template(
        "studio/passkeys.html",
        passkeys=passkeys.of(person),
        is_possible=passkeys.site(settings()) is not None,
        has_app=person.totp_secret is not None,
        left=second_factor.codes_left(person),
        refusal=refusal,
        faulty=faulty,
        codes=codes,
        are_renewed=are_renewed,
    )


def _me() -> Staff:
    return staff.by_public_id(actor()) or abort(403)


def _site() -> Site:
    """Where passkeys are made; 404 where browsers make none."""
    return passkeys.site(settings()) or abort(404)


def _json(options: str) -> Response:
    return Response(options, mimetype="application/json")


def _answer() -> str:
    """What the browser's passkey said."""
    return request.form.get("credential", "")[: passkeys.LONGEST_ANSWER]


def _new_challenge(purpose: str) -> str:
    said = secrets.token_urlsafe(32)
    session[_CHALLENGE] = [purpose, said, clock.now().timestamp()]
    return said


def _challenge(purpose: str) -> Challenge:
    """The challenge that this browser was given for this purpose; it is answered once. Raises PasskeyRefused."""
    known, said, at = session.pop(_CHALLENGE, ("", "", 0))
    if known != purpose:
        raise PasskeyRefused("late")
    return Challenge(said, datetime.fromtimestamp(at, UTC))


def _note(refusal: Refusal) -> None:
    if isinstance(refusal, PasskeyCopied):
        log.warning("passkey copied", passkey=refusal.passkey)
        entering.note_copy(refusal.passkey, at=clock.now())
