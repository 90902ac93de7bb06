"""POST /api/v1/mqls/…/disposition: what sales decided; and the cursor that a program keeps here."""

from datetime import UTC, datetime

from flask import Blueprint, Response, request

from capture import clock, strangers
from capture.accounts import tokens
from capture.errors import DispositionRefused, ParameterRefused
from capture.handoff import cursors, feed
from capture.handoff.dispositions import Decision, Teller
from capture.handoff.models import Outcome, Source
from capture.journey import sales
from capture.pages import text
from capture.web.api import callers, problems, queries
from capture.web.api.answering import as_json
from capture.web.api.feed import RATE
from capture.web.api.schemas import Json, plain
from capture.web.security import limiter

bp = Blueprint("api_answers", __name__, url_prefix="/api")
problems.install(bp)

LONGEST_KEY = 255
_MEMBERS = {"outcome", "reason", "wrong", "value", "currency", "note", "crm_id", "decided_at"}


@bp.post("/v1/mqls/<mql_id>/disposition")
@limiter.limit(RATE, key_func=lambda: callers.counted_for(tokens.MQLS_WRITE))
def dispose(mql_id: str) -> Response:
    """What sales decided about an MQL."""
    token = callers.known(tokens.MQLS_WRITE)
    body = _body()
    decided = sales.decide(
        mql_id,
        _decision(body),
        Teller(f"token:{token.public_id}", Source.API),
        key=_key(token.public_id),
        decided=_instant(body),
        at=clock.now(),
    )
    return as_json(plain(decided))


@bp.get("/v1/cursor")
@limiter.limit(RATE, key_func=lambda: callers.counted_for(tokens.MQLS_READ))
def cursor() -> Response:
    """How far the program of this token has read."""
    token = callers.known(tokens.MQLS_READ)
    queries.refuse_unknown(request.args)
    return as_json({"cursor": cursors.encode(feed.kept(token.id))})


@bp.put("/v1/cursor")
@limiter.limit(RATE, key_func=lambda: callers.counted_for(tokens.MQLS_READ))
def acknowledge() -> Response:
    """The program has read so far; it may also go back."""
    token = callers.known(tokens.MQLS_READ)
    told = _body().get("cursor")
    if not isinstance(told, str):
        raise ParameterRefused("cursor", "give the cursor as a text")
    sales.acknowledge(token.id, feed.position_of(told), at=clock.now())
    return as_json({"cursor": told or cursors.encode(0)})


def _body() -> dict[str, Json]:
    """The JSON object that was sent. Raises ParameterRefused."""
    try:
        body = strangers.read(request.get_data()) if request.is_json else None
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise ParameterRefused("body", "send a JSON object, with Content-Type: application/json")
    return body


def _decision(body: dict[str, Json]) -> Decision:
    """The decision of the body. Raises DispositionRefused for what is unknown or of another type."""
    if unknown := sorted(set(body) - _MEMBERS):
        raise DispositionRefused(unknown[0][:100], f"Leave out what is not known here: {', '.join(unknown)[:200]}.")
    outcome, value = body.get("outcome"), body.get("value")
    if outcome not in list(Outcome):
        raise DispositionRefused("outcome", f"Give one of these outcomes: {', '.join(Outcome)}.")
    if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
        raise DispositionRefused("value", "Give a whole number of minor units, for instance 1250000 for 12,500.00.")
    return Decision(
        outcome=Outcome(str(outcome)),
        reason=_text(body, "reason"),
        wrong=_text(body, "wrong"),
        value=value,
        currency=_text(body, "currency"),
        note=text.lines(_text(body, "note") or ""),
        crm_id=_text(body, "crm_id"),
    )


def _text(body: dict[str, Json], name: str) -> str | None:
    told = body.get(name)
    if told is not None and (not isinstance(told, str) or (not told.isprintable() and name != "note")):
        raise DispositionRefused(name, f"Give {name} as a text of printable characters, or leave it out.")
    return told if isinstance(told, str) else None


def _instant(body: dict[str, Json]) -> datetime | None:
    told = _text(body, "decided_at")
    if told is None:
        return None
    try:
        instant = datetime.fromisoformat(told).astimezone(UTC)
    except (ValueError, OverflowError):
        instant = None
    if instant is None or datetime.fromisoformat(told).tzinfo is None:
        raise DispositionRefused("decided_at", "Give an instant with its zone, for instance 2026-09-15T12:00:00Z.")
    return instant


def _key(token_id: str) -> str | None:
    told = request.headers.get("Idempotency-Key", "").strip()
    if len(told) > LONGEST_KEY or not told.isprintable():
        raise ParameterRefused("Idempotency-Key", f"has at most {LONGEST_KEY} printable characters")
    return f"api:{token_id}:{told}" if told else None
