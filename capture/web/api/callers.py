"""Which program asks: its bearer token (RFC 6750), looked at once for a request."""

from typing import cast

from flask import request

from capture import clock
from capture.accounts import tokens
from capture.accounts.models import ApiToken
from capture.errors import Refusal, TokenRefused
from capture.journey import sales
from capture.web.security import sender

_LOOKED_UP = "lodestone.api_token"  # the limit and the view both ask


def known(scope: str) -> ApiToken:
    """The token of this request. Raises TokenRefused or ScopeMissing."""
    if _LOOKED_UP not in request.environ:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        given = token.strip() if kind.lower() == "bearer" else ""
        found = tokens.check(given, scope) if given else None
        if found is not None and tokens.is_worth_noting(found, at=(at := clock.now())):
            sales.use_token(found.id, at=at)
        request.environ[_LOOKED_UP] = found, bool(given)
    found, was_given = cast(tuple[ApiToken | None, bool], request.environ[_LOOKED_UP])
    if found is None:
        raise TokenRefused(was_given)
    return found


def counted_for(scope: str) -> str:
    """Whom a rate is counted for: a genuine token, wherever it is used, or else the sender."""
    try:
        return known(scope).public_id
    except Refusal:
        return sender()
