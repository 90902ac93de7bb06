"""API tokens: shown once, kept as SHA-256, each with the scopes that it opens."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from types import MappingProxyType

from sqlalchemy import select, update

from capture.accounts.models import ApiToken
from capture.db import insert_once, public_id, session
from capture.errors import NotFound, ScopeMissing, SentBefore
from capture.languages import say

MQLS_READ = "mqls:read"  # the feed, and the cursor that is kept here
MQLS_WRITE = "mqls:write"  # dispositions
SCOPES = MappingProxyType({MQLS_READ: say("Read the sales feed"), MQLS_WRITE: say("Say what sales decided")})

_PREFIX = "lds_"  # so that a token is recognised where it lies about, by people and by secret scanners
_NOTED_EVERY = timedelta(minutes=1)


def create(name: str, scope: str, *, key: str | None = None, at: datetime) -> str:
    """A new token for `scope` (words of SCOPES with spaces between). What it returns is never to be seen again.

    `key` is its public id, where whoever asks has one: asked again with it, SentBefore is raised.
    """
    if unknown := set(scope.split()) - set(SCOPES):
        raise NotFound(f"scope: {', '.join(sorted(unknown))}")
    token = _PREFIX + secrets.token_urlsafe(32)
    row = ApiToken(public_id=key or public_id(), name=name, token_hash=_hash(token), created_at=at)
    row.scope = " ".join(scope.split())
    if not insert_once(row):
        raise SentBefore(row.public_id)
    return token


def check(token: str, scope: str) -> ApiToken | None:
    """The token if it is known and not revoked. Raises ScopeMissing where it does not open `scope`."""
    known = session().scalar(select(ApiToken).where(ApiToken.token_hash == _hash(token), ApiToken.revoked_at.is_(None)))
    if known is not None and scope not in known.scope.split():
        raise ScopeMissing(scope)
    return known


def listed() -> Sequence[ApiToken]:
    """Every token, the newest first, revoked ones too."""
    return session().scalars(select(ApiToken).order_by(ApiToken.id.desc())).all()


def revoke(public_id: str, *, at: datetime) -> None:
    """The token opens nothing from now on. Raises NotFound."""
    found = session().scalar(select(ApiToken).where(ApiToken.public_id == public_id))
    if found is None:
        raise NotFound("token")
    found.revoked_at = found.revoked_at or at
    session().flush()


def is_worth_noting(token: ApiToken, *, at: datetime) -> bool:
    """Whether its last use was noted so long ago that it should be again: a write a minute at most."""
    return token.last_used_at is None or token.last_used_at <= at - _NOTED_EVERY


def note_use(token_id: int, *, at: datetime) -> None:
    """Keep when the token was used last."""
    session().execute(update(ApiToken).where(ApiToken.id == token_id).values(last_used_at=at))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
