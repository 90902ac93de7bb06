"""Endpoints: where other systems want to be told, of what, and the secrets that sign for us."""

import base64
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select

from capture.accounts import marks
from capture.db import insert_once, public_id, session
from capture.errors import NotFound, SentBefore, TargetRefused
from capture.handoff.webhooks.models import EndpointState, WebhookEndpoint
from capture.languages import say

MOST = 20  # each endpoint has a thread of its own while it is being told something
MOST_BEFORE = 3  # secrets that sign beside the newest
OVERLAP = timedelta(hours=24)  # how long the secret before a rotation goes on signing


def add(url: str, name: str, kinds: Sequence[str], *, key: str | None = None, at: datetime) -> WebhookEndpoint:
    """A new endpoint with a secret of its own. Raises TargetRefused where there are MOST of them already.

    `key` is its public id, where whoever asks has one: asked again with it, SentBefore is raised.
    """
    if key is not None and session().scalar(select(WebhookEndpoint.id).where(WebhookEndpoint.public_id == key)):
        raise SentBefore(key)
    if (session().scalar(select(func.count()).select_from(WebhookEndpoint)) or 0) >= MOST:
        raise TargetRefused(say("there are %(most)s endpoints already; remove one first", most=MOST))
    endpoint = WebhookEndpoint(
        url=url, name=name, kinds=list(kinds), secret=_new_secret(), state_since=at, created_at=at
    )
    endpoint.public_id = key or public_id()
    if not insert_once(endpoint):
        raise SentBefore(endpoint.public_id)
    return endpoint


def known(public_id: str) -> WebhookEndpoint:
    """The endpoint with this public id. Raises NotFound."""
    endpoint = session().scalar(select(WebhookEndpoint).where(WebhookEndpoint.public_id == public_id))
    if endpoint is None:
        raise NotFound("endpoint")
    return endpoint


def hold(public_id: str) -> WebhookEndpoint:
    """The endpoint, held until the transaction ends. Raises NotFound."""
    endpoint = known(public_id)
    session().refresh(endpoint, with_for_update=True)
    return endpoint


def mark(endpoint: WebhookEndpoint) -> str:
    """The mark of what can be changed of it."""
    return marks.of((endpoint.url, endpoint.name, sorted(endpoint.kinds)))


def secret_mark(endpoint: WebhookEndpoint) -> str:
    """The mark of how often it got a new secret."""
    return marks.of(endpoint.previous_until)


def listed() -> Sequence[WebhookEndpoint]:
    """All endpoints, the oldest first: at most MOST."""
    return session().scalars(select(WebhookEndpoint).order_by(WebhookEndpoint.id)).all()


def active() -> Sequence[WebhookEndpoint]:
    """Those that are told what happens now."""
    return [endpoint for endpoint in listed() if endpoint.state is EndpointState.ACTIVE]


def rotate(endpoint: WebhookEndpoint, *, at: datetime) -> str:
    """A new secret; those in force sign too for OVERLAP, so that the receiver can change over without a gap.

    Who has lost the new one and makes another stands no worse: the one that the receiver has signs still.
    """
    before = signing_secrets(endpoint, at=at)[:MOST_BEFORE]
    endpoint.previous_secret, endpoint.previous_until = " ".join(before), at + OVERLAP
    endpoint.secret = _new_secret()
    return endpoint.secret


def signing_secrets(endpoint: WebhookEndpoint, *, at: datetime) -> list[str]:
    """The secrets in force, the newest first."""
    is_in_force = endpoint.previous_until is not None and at < endpoint.previous_until
    return [endpoint.secret, *((endpoint.previous_secret or "").split() if is_in_force else [])]


def note(endpoint: WebhookEndpoint, *, was_taken: bool, at: datetime) -> None:
    """Keep when something was taken last, or that one more try was in vain since."""
    if was_taken:
        endpoint.reached_at, endpoint.failures = at, 0
    else:
        endpoint.failures += 1


def set_state(endpoint: WebhookEndpoint, state: EndpointState, *, at: datetime) -> None:
    """Pause, resume, or note that it wants nothing more."""
    if endpoint.state is not state:
        endpoint.state, endpoint.state_since = state, at


def _new_secret() -> str:
    """192 random bits, in the form that the specification gives secrets."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()
