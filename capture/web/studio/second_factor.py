"""The second factor in the studio: the code after the password, setting it up, and turning it off."""

import io
from collections.abc import Sequence

import segno
from flask import Blueprint, Response, abort, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue

from capture import clock
from capture.accounts import second_factor, staff
from capture.accounts.models import Role
from capture.errors import CodeRefused, LoginRefused
from capture.journey import staff as staff_journey
from capture.web.current import settings
from capture.web.security import limiter
from capture.web.studio import entrance
from capture.web.studio.access import actor, me, only
from capture.web.studio.forms import CodeForm, RenewalForm, blame

bp = Blueprint("second_factor", __name__, url_prefix="/studio")

_BEING_SET_UP = "second_factor_secret"


@bp.get("/login/code")
def ask() -> ResponseReturnValue:
    waiting = entrance.waiting()
    return entrance.code_page(waiting) if waiting else redirect(url_for("studio.login"), 303)


@bp.post("/login/code")
@limiter.limit("10 per minute; 60 per hour")
def answer() -> ResponseReturnValue:
    waiting, form = entrance.waiting(), CodeForm()
    if waiting is None:
        return redirect(url_for("studio.login"), 303)
    if not form.validate():
        return entrance.code_page(waiting, form, status=422)
    try:
        person = staff_journey.enter_code(waiting.public_id, form.code.data, after=waiting.by, at=clock.now())
    except (CodeRefused, LoginRefused) as refusal:
        blame(form, refusal, "code")
        return entrance.code_page(waiting, form, status=422)
    return entrance.begin(person, by=waiting.by)


@bp.get("/people/me/second-factor")
@only(Role.MARKETER, Role.SALES)
def mine() -> ResponseReturnValue:
    return _mine(CodeForm(formdata=None))


@bp.post("/people/me/second-factor")
@only(Role.MARKETER, Role.SALES)
@limiter.limit("10 per minute")
def turn_on() -> ResponseReturnValue:
    """The first code proves that the app has the secret; the recovery codes are shown once."""
    form, secret = CodeForm(), session.get(_BEING_SET_UP, "")
    if not form.validate() or not secret:
        return _mine(form), 422
    try:
        codes = staff_journey.turn_on_second_factor(actor(), secret, form.code.data, at=clock.now())
    except CodeRefused as refusal:
        blame(form, refusal, "code")
        return _mine(form), 422
    session.pop(_BEING_SET_UP, None)
    return _mine(CodeForm(formdata=None), codes=codes)


@bp.post("/people/me/second-factor/codes")
@only(Role.MARKETER, Role.SALES)
@limiter.limit("10 per minute")
def renew() -> ResponseReturnValue:
    """Other recovery codes, shown once, for one more code; those before open nothing any more."""
    form = RenewalForm()
    if not form.validate():
        return _mine(CodeForm(formdata=None), renewing=form), 422
    try:
        codes = staff_journey.renew_recovery_codes(actor(), form.proof.data, at=clock.now())
    except CodeRefused as refusal:
        blame(form, refusal, "proof")
        return _mine(CodeForm(formdata=None), renewing=form), 422
    return _mine(CodeForm(formdata=None), codes=codes, are_renewed=True)


@bp.post("/people/me/second-factor/off")
@only(Role.MARKETER, Role.SALES)
@limiter.limit("10 per minute")
def turn_off() -> ResponseReturnValue:
    form = CodeForm()
    if not form.validate():
        return _mine(form), 422
    try:
        staff_journey.turn_off_second_factor(actor(), form.code.data, at=clock.now())
    except CodeRefused as refusal:
        blame(form, refusal, "code")
        return _mine(form), 422
    return redirect(url_for("people.me"), 303)


@bp.get("/people/me/second-factor.svg")
@only(Role.MARKETER, Role.SALES)
def picture() -> ResponseReturnValue:
    """The secret as a QR code, while it is being set up."""
    person, secret = me(), session.get(_BEING_SET_UP)
    if person is None or not secret:
        abort(404)
    drawn = io.BytesIO()
    address = second_factor.address(secret, person.email, settings().organisation)
    segno.make(address, micro=False).save(drawn, kind="svg", scale=6, border=2, light="#fff")
    return Response(drawn.getvalue(), mimetype="image/svg+xml")


def _mine(
    form: CodeForm, *, renewing: RenewalForm | None = None, codes: Sequence[str] = (), are_renewed: bool = False
) -> str:
    known = staff.by_public_id(actor())
    is_on = known is not None and known.totp_secret is not None
    if not is_on:
        session.setdefault(_BEING_SET_UP, second_factor.new_secret())
    return render_template(
        "studio/second_factor.html",
        is_on=is_on,
        left=second_factor.codes_left(known) if known is not None and is_on else 0,
        secret="" if is_on else session[_BEING_SET_UP],
        form=form,
        renewing=renewing or RenewalForm(formdata=None),
        codes=codes,
        are_renewed=are_renewed,
    )
