"""Visitors: first-party cookies without personal data."""

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select

from capture.attribution.models import Visitor
from capture.db import session

COOKIE_LENGTH = 22


def hashed(cookie: str | None) -> str:
    """As a cookie is kept; the hash of nothing belongs to nobody."""
    return hashlib.sha256((cookie or "").encode("utf-8", "replace")).hexdigest()


def known(cookie: str | None) -> Visitor | None:
    """The visitor of this cookie; None for a cookie that was never given out."""
    if not cookie or len(cookie) != COOKIE_LENGTH:
        return None
    return session().scalar(select(Visitor).where(Visitor.cookie_hash == hashed(cookie)))


def mint(*, at: datetime) -> tuple[Visitor, str]:
    """A new visitor, and the cookie that only his browser will hold."""
    cookie = secrets.token_urlsafe(16)
    visitor = Visitor(cookie_hash=hashed(cookie), created_at=at)
    session().add(visitor)
    session().flush()
    return visitor, cookie


def forget(visitor_ids: Collection[int]) -> None:
    """These browsers are known no more: they come back as strangers, and what they did before is nobody's.

    Their rows are held from now on: a page view that has begun is waited for, and a later one sees a stranger.
    """
    for visitor in session().scalars(select(Visitor).where(Visitor.id.in_(visitor_ids)).order_by(Visitor.id)):
        visitor.cookie_hash = hashed(secrets.token_urlsafe(16))
    session().flush()
