"""Who is logged in to the studio, and what each role may see."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec
from urllib.parse import urlsplit

from flask import Flask, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user
from flask_wtf.csrf import generate_csrf, validate_csrf
from wtforms.validators import ValidationError

from capture import clock
from capture.accounts import sessions
from capture.accounts.models import Role
from capture.config import Settings
from capture.journey import staff as staff_journey
from capture.journey.staff import Person
from capture.web.visitor import noted_in_passing

P = ParamSpec("P")


class LoggedIn(UserMixin):
    """The person of the session."""

    def __init__(self, person: Person, session_id: str) -> None:
        self.id = person.public_id
        self.name = person.name
        self.email = person.email
        self.role = Role(person.role)
        self.language = person.language
        self.session_id = session_id

    def get_id(self) -> str:
        """What the cookie keeps: the session, which may be over by now."""
        return self.session_id

    @property
    def is_marketer(self) -> bool:
        """Whether pages and all leads may be seen; sales sees what was handed over."""
        return self.role in (Role.ADMIN, Role.MARKETER)


def install(app: Flask, settings: Settings) -> None:
    """Keep who is logged in in a signed cookie; tell the templates the zone in which the studio shows instants."""
    app.jinja_env.globals.update(
        studio_zone=settings.timezone, studio_name=f"{settings.organisation} Studio", csrf_token=generate_csrf
    )
    manager = LoginManager()
    manager.session_protection = "basic"
    manager.init_app(app)
    manager.user_loader(_load)
    manager.unauthorized_handler(_ask_to_log_in)
    app.config["WTF_CSRF_TIME_LIMIT"] = None  # a text is written for hours; the token ends with the session
    app.before_request(_refuse_forged)


def _refuse_forged() -> None:
    """Every change in the studio carries the token of its session; the login form says so in its own words."""
    if request.method in ("GET", "HEAD", "OPTIONS") or not request.path.startswith("/studio/"):
        return
    if request.endpoint == "studio.log_in":
        return
    try:
        validate_csrf(request.form.get("csrf_token"))
    except ValidationError:
        abort(403)


def me() -> LoggedIn | None:
    """Who is logged in."""
    return current_user if current_user.is_authenticated else None  # type: ignore[attr-defined, return-value]


def actor() -> str:
    """The public id of who is logged in, for the audit log."""
    person = me()
    return str(person.id) if person else ""


def session_id() -> str:
    """The id of the session that asks."""
    person = me()
    return person.session_id if person else ""


def _load(kept: str) -> LoggedIn | None:
    at = clock.now()
    found = staff_journey.going_on(kept, at=at)
    if found is None:
        return None
    if at - found.seen_at >= sessions.NOTED:
        with noted_in_passing():
            staff_journey.note_seen(kept, at=at)
    return LoggedIn(found.person, kept)


def _ask_to_log_in() -> ResponseReturnValue:
    return redirect(url_for("studio.login", next=request.path if request.method == "GET" else None), 303)


def only(*roles: Role) -> Callable[[Callable[P, ResponseReturnValue]], Callable[P, ResponseReturnValue]]:
    """The view is for these roles; an admin may see everything."""

    def guard(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            person = me()
            if person is None:
                return _ask_to_log_in()
            if person.role is not Role.ADMIN and person.role not in roles:
                return render_template("studio/not_yours.html"), 403
            return view(*args, **kwargs)

        return guarded

    return guard


def own_path(wanted: str | None) -> str | None:
    """A path of the studio to go on to; None for anything else."""
    parts = urlsplit(wanted or "")
    is_ours = not parts.scheme and not parts.netloc and parts.path.startswith("/studio/") and "\\" not in parts.path
    return parts.path if is_ours else None
