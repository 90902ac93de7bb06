"""The way into the studio: the login page, what is asked for in between, and the session that begins."""

from dataclasses import dataclass
from datetime import timedelta

from flask import redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_user

from capture import clock
from capture.accounts import passkeys, provider, sessions, staff
from capture.journey import staff as staff_journey
from capture.journey.staff import Person
from capture.web.current import settings
from capture.web.studio.access import LoggedIn, own_path
from capture.web.studio.forms import CodeForm, LoginForm

PATIENCE = timedelta(minutes=10)  # between the password and the code
_WAITING, _CAME_BY = "waiting_for_code", "came_by"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Who has come by one way a moment ago, and is asked for the second factor."""

    public_id: str
    by: str


def page(form: LoginForm | None = None, refusal: str = "", status: int = 200) -> ResponseReturnValue:
    """The login page, with the ways in that this installation has."""
    shown = render_template(
        "studio/login.html",
        form=form or LoginForm(formdata=None),
        refusal=refusal,
        provider=provider.of(settings()),
        takes_passwords=takes_passwords(),
        onward=own_path(request.args.get("next")),
        has_left=request.args.get("left"),
        has_passkeys=takes_passwords() and passkeys.site(settings()) is not None and passkeys.are_used(),
    )
    return shown, status


def code_page(
    waiting: Waiting, form: CodeForm | None = None, refusal: str = "", status: int = 200
) -> ResponseReturnValue:
    """What asks for the second factor, by the ways that this person has."""
    person = staff.by_public_id(waiting.public_id)
    shown = render_template(
        "studio/login_code.html",
        form=form or CodeForm(formdata=None),
        refusal=refusal,
        has_app=person is not None and person.totp_secret is not None,
        has_passkeys=person is not None and passkeys.site(settings()) is not None and passkeys.number_of(person) > 0,
        onward=own_path(request.args.get("next")),
    )
    return shown, status


def takes_passwords() -> bool:
    """Whether a password opens the studio; otherwise the provider alone, and links."""
    return settings().logins != "provider"


def enter(person: Person, *, by: str, onward: str | None = None) -> ResponseReturnValue:
    """Log somebody in, or ask for the second factor first. `onward` goes before the query's `next`."""
    if not person.needs_code:
        return begin(person, by=by, onward=onward)
    session[_WAITING] = [person.public_id, clock.now().timestamp(), by]
    return redirect(url_for("second_factor.ask", next=onward or own_path(request.args.get("next"))), 303)


def begin(person: Person, *, by: str, onward: str | None = None) -> ResponseReturnValue:
    """The session begins: nothing that was in the cookie before, from whomever it came, is in it now."""
    session.clear()
    log_in(person)
    session[_CAME_BY] = by
    return redirect(onward or own_path(request.args.get("next")) or url_for("studio.home"), 303)


def log_in(person: Person) -> None:
    """This browser is the person's from now on."""
    browser = sessions.browser_of(request.headers.get("User-Agent", ""))
    login_user(LoggedIn(person, staff_journey.begin_session(person.public_id, browser, at=clock.now())))


def came_by() -> str:
    """The way by which the session began."""
    return str(session.get(_CAME_BY, ""))


def waiting() -> Waiting | None:
    """Who has come by one way a moment ago."""
    public_id, at, by = session.get(_WAITING, ("", 0, ""))
    return Waiting(public_id, by) if public_id and clock.now().timestamp() - at < PATIENCE.total_seconds() else None
