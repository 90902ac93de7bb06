"""Logging in with the provider of the organisation: there, back, and out of it again."""

import hmac
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from flask import Blueprint, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from capture import clock
from capture.accounts import provider
from capture.errors import IdentityRefused, ProviderAway
from capture.journey import entering
from capture.languages import say
from capture.web.current import addresses, settings
from capture.web.security import limiter
from capture.web.studio import entrance
from capture.web.studio.access import own_path

if TYPE_CHECKING:
    from capture.accounts.openid import Provider

bp = Blueprint("provider", __name__, url_prefix="/studio/login/provider")
log = structlog.get_logger()

PATIENCE = timedelta(minutes=15)  # between leaving for the provider and coming back
_ATTEMPT = "attempt_at_provider"


@bp.get("")
@limiter.limit("20 per minute; 200 per hour")
def begin() -> ResponseReturnValue:
    """Send the browser there. It keeps what proves, when it comes back, that it is the one that left."""
    known = provider.of(settings())
    if known is None:
        return redirect(url_for("studio.login"), 303)
    try:
        attempt = known.begin()
    except ProviderAway as away:
        return _away(known, away)
    onward = own_path(request.args.get("next"))
    session[_ATTEMPT] = [attempt.state, attempt.nonce, attempt.verifier, onward, clock.now().timestamp()]
    return redirect(attempt.address, 303)


@bp.get("/return")
@limiter.limit("20 per minute; 200 per hour")
def back() -> ResponseReturnValue:
    """Whoever comes back is logged in, or told why not. An attempt is good for one return."""
    known, attempt = provider.of(settings()), session.pop(_ATTEMPT, None)
    if known is None:
        return redirect(url_for("studio.login"), 303)
    try:
        code = _code(known, attempt)
        identity = known.identity(code, nonce=attempt[1], verifier=attempt[2], at=clock.now())
        person = entering.come_from_provider(identity, settings(), at=clock.now())
    except IdentityRefused as refusal:
        log.info("login refused", by="provider", why=refusal.reason)
        return entrance.page(refusal=str(refusal), status=403)
    except ProviderAway as away:
        return _away(known, away)
    return entrance.enter(person, by=entering.NAME, onward=attempt[3])


@bp.get("/leave")
def leave() -> ResponseReturnValue:
    """On to where one logs out of the provider too."""
    known = provider.of(settings())
    try:
        place = known and known.leaves_by(addresses().studio("login"))
    except ProviderAway:
        place = None
    return redirect(place or url_for("studio.login"), 303)


def _code(known: "Provider", attempt: list[str] | None) -> str:
    """What was brought back, if this browser left for it a moment ago. Raises IdentityRefused."""
    brought = request.args
    if attempt is None or clock.now().timestamp() - float(attempt[4]) > PATIENCE.total_seconds():
        raise IdentityRefused("attempt", known.name)
    if not hmac.compare_digest(attempt[0].encode(), brought.get("state", "").encode("utf-8", "replace")):
        raise IdentityRefused("attempt", known.name)
    if brought.get("iss", known.issuer) != known.issuer:  # RFC 9207: another provider's answer
        raise IdentityRefused("token", known.name)
    if "error" in brought or not brought.get("code"):
        raise IdentityRefused("declined", known.name)
    return brought["code"]


def _away(known: "Provider", away: ProviderAway) -> ResponseReturnValue:
    log.error("provider away", why=away.why)
    name = f"{known.name[:1].upper()}{known.name[1:]}"
    refusal = (
        say(
            "%(name)s does not answer as it should. Please try again in a minute, or log in with your password.",
            name=name,
        )
        if entrance.takes_passwords()
        else say(
            "%(name)s does not answer as it should. Please try again in a minute, or ask an admin for a login link.",
            name=name,
        )
    )
    return entrance.page(
        refusal=refusal,
        status=503,
    )
