"""Signed links: what they name, until when, for one purpose each.

A link carries its own expiry, with some leeway: a signature's age would fail when the clock steps back. Links are not
single-use, because mail scanners open them.
"""

import json
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from itsdangerous import BadData, URLSafeSerializer
from itsdangerous.encoding import base64_decode, base64_encode

from capture.config import Settings, signing_keys
from capture.errors import LinkExpired, LinkRefused

LEEWAY = timedelta(minutes=5)


class Purpose(StrEnum):
    """One salt each: a link made for one is never accepted for another."""

    THANKS = "thanks"  # the page after a fill; subject: a grant
    COPY = "copy"  # the document, from the thank-you page; subject: a grant
    MAIL = "mail"  # the document, from the mail: only the mailbox has it; subject: a grant
    CONFIRM = "confirm"  # double opt-in; subject: a grant
    WITHDRAW = "withdraw"  # withdraws contact; subject: a lead
    RENDERED = "rendered"  # when a form was shown


class Link(NamedTuple):
    """What a genuine token names, and the instant from which on it is refused."""

    subject: str
    refused_from: datetime


def _serializer(settings: Settings, purpose: str) -> URLSafeSerializer:
    oldest_first = list(reversed(signing_keys(settings)))
    return URLSafeSerializer(oldest_first, salt=f"lodestone.{purpose}", serializer=json)


def sign(settings: Settings, purpose: Purpose, subject: str, *, expires: datetime) -> str:
    """A token that names `subject` until `expires`."""
    token = _serializer(settings, purpose).dumps([subject, int(expires.timestamp())])
    return token if isinstance(token, str) else token.decode("ascii")


def lasting(settings: Settings, purpose: Purpose, subject: str, *, at: datetime) -> str:
    """A token for as long as the settings say links last."""
    return sign(settings, purpose, subject, expires=at + timedelta(days=settings.link_days))


def read(settings: Settings, purpose: Purpose, token: str, *, at: datetime) -> str:
    """The subject of a token. Raises what `opened` raises."""
    return opened(settings, purpose, token, at=at).subject


def opened(settings: Settings, purpose: Purpose, token: str, *, at: datetime) -> Link:
    """What a token names, and for how long.

    Raises LinkRefused for a token that is not ours, was changed in any position, or was made for another purpose, and
    LinkExpired, which carries the subject, for a genuine one after its time.
    """
    try:
        subject, expiry = _serializer(settings, purpose).loads(token)
        canonical = all(base64_encode(base64_decode(part)).decode() == part for part in token.lstrip(".").split("."))
    except (BadData, ValueError, TypeError, AttributeError, KeyError):
        raise LinkRefused(purpose) from None
    # The last character of base64 has bits that no decoder looks at: without this, a changed token could pass.
    if not canonical or not isinstance(subject, str):
        raise LinkRefused(purpose)
    expired_at = datetime.fromtimestamp(expiry, UTC)
    if at > expired_at + LEEWAY:
        raise LinkExpired(purpose, subject, expired_at)
    return Link(subject, expired_at + LEEWAY)
