"""The second factor in the studio: the code after the password, setting it up, and turning it off."""

import io
from datetime import timedelta

import segno
from flask import Blueprint, Response, abort, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_user

from capture import clock
from capture.accounts import second_factor, staff
from capture.accounts.models import Role
from capture.errors import CodeRefused, LoginRefused
from capture.journey import staff as staff_journey
from capture.journey.staff import Person
from capture.web.current import settings
from capture.web.security import limiter
from capture.web.studio.access import LoggedIn, actor, me, only, own_path
from capture.web.studio.forms import CodeForm

bp = Blueprint("second_factor", __name__, url_prefix="/studio")

PATIENCE = timedelta(minutes=10)  # between the password and the code
_WAITING, _SECRET = "waiting_for_code", "second_factor_secret"


def enter(person: Person) -> ResponseReturnValue:
    """Log somebody in, or ask for the code first."""
    onward = own_path(request.args.get("next"))
    if not person.needs_code:
        login_user(LoggedIn(person))
        return redirect(onward or url_for("studio.home"), 303)
    session[_WAITING] = [person.public_id, clock.now().timestamp()]
    return redirect(url_for("second_factor.ask", next=onward), 303)


@bp.get("/login/code")
def ask() -> ResponseReturnValue:
    if _waiting() is None:
        return redirect(url_for("studio.login"), 303)
    return render_template("studio/login_code.html", form=CodeForm())


@bp.post("/login/code")
@limiter.limit("10 per minute; 60 per hour")
def answer() -> ResponseReturnValue:
    waiting, form = _waiting(), CodeForm()
    if waiting is None:
        return redirect(url_for("studio.login"), 303)
    if not form.validate():
        return render_template("studio/login_code.html", form=form), 422
    try:
        person = staff_journey.enter_code(waiting, form.code.data, at=clock.now())
    except (CodeRefused, LoginRefused) as refusal:
        return render_template("studio/login_code.html", form=form, refusal=str(refusal)), 422
    session.pop(_WAITING, None)
    login_user(LoggedIn(person))
    return redirect(own_path(request.args.get("next")) or url_for("studio.home"), 303)


@bp.get("/people/me/second-factor")
@only(Role.MARKETER, Role.SALES)
def mine() -> ResponseReturnValue:
    return _mine(CodeForm(formdata=None))


@bp.post("/people/me/second-factor")
@only(Role.MARKETER, Role.SALES)
@limiter.limit("10 per minute")
def turn_on() -> ResponseReturnValue:
    """The first code proves that the app has the secret; the recovery codes are shown once."""
    form, secret = CodeForm(), session.get(_SECRET, "")
    if not form.validate() or not secret:
        return _mine(form), 422
    try:
        codes = staff_journey.turn_on_second_factor(actor(), secret, form.code.data, at=clock.now())
    except CodeRefused as refusal:
        return _mine(form, str(refusal)), 422
    session.pop(_SECRET, None)
    return render_template("studio/second_factor.html", codes=codes, is_on=True, form=CodeForm(formdata=None))


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
        return _mine(form, str(refusal)), 422
    return redirect(url_for("people.me"), 303)


@bp.get("/people/me/second-factor.svg")
@only(Role.MARKETER, Role.SALES)
def picture() -> ResponseReturnValue:
    """The secret as a QR code, while it is being set up."""
    person, secret = me(), session.get(_SECRET)
    if person is None or not secret:
        abort(404)
    drawn = io.BytesIO()
    address = second_factor.address(secret, person.email, settings().organisation)
    segno.make(address, micro=False).save(drawn, kind="svg", scale=6, border=2, light="#fff")
    return Response(drawn.getvalue(), mimetype="image/svg+xml")


def _mine(form: CodeForm, refusal: str = "") -> str:
    known = staff.by_public_id(actor())
    is_on = known is not None and known.totp_secret is not None
    if not is_on:
        session.setdefault(_SECRET, second_factor.new_secret())
    return render_template(
        "studio/second_factor.html",
        is_on=is_on,
        left=second_factor.codes_left(known) if known is not None and is_on else 0,
        secret="" if is_on else session[_SECRET],
        form=form,
        refusal=refusal,
        codes=(),
    )


def _waiting() -> str | None:
    """Who gave the right password a moment ago."""
    public_id, at = session.get(_WAITING, ("", 0))
    return public_id if public_id and clock.now().timestamp() - at < PATIENCE.total_seconds() else None
