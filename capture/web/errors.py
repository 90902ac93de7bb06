"""The only translation of refusals and faults into a status and a page (or, for the API, a problem document)."""

import json
import time
import traceback
from http import HTTPStatus
from types import TracebackType

import structlog
from flask import Flask, Response, make_response, render_template, request
from flask_limiter import RateLimitExceeded
from werkzeug.exceptions import HTTPException

from capture.errors import (
    LinkExpired,
    LinkRefused,
    NotFound,
    PageClosed,
    PageNotOpenYet,
    PersonErased,
    Refusal,
    StorageUnavailable,
)
from capture.pages import pages
from capture.web import language
from capture.web.security import limiter
from magnets.store import StoreUnavailable

log = structlog.get_logger()

STATUS_OF: dict[type[Refusal], int] = {
    NotFound: 404,
    LinkRefused: 404,
    PageNotOpenYet: 404,
    PageClosed: 410,
    PersonErased: 410,
    LinkExpired: 410,
}
PAGE_OF: dict[type[Refusal], str] = {
    PageClosed: "public/closed.html",
    PageNotOpenYet: "public/not_yet.html",
    LinkExpired: "public/expired.html",
    PersonErased: "public/erased.html",
    LinkRefused: "errors/link.html",
}
SAID_TO_PROGRAMS = {
    400: "This request cannot be read. /api/ says how each one is sent.",
    404: "There is no such address in the API. /api/ lists those that there are.",
    405: "This address takes no such method; the header Allow names those that it takes.",
    413: "The body is too large.",
    415: "Send the body as JSON, with Content-Type: application/json.",
    500: "Something went wrong here, and it was noted. Please try again in a minute.",
}
TRY_AGAIN = {"Retry-After": "30"}  # seconds
PAGES = (400, 403, 404, 410, 413, 429, 500, 503)


def install(app: Flask) -> None:
    """Answer every refusal, every HTTP error and every fault."""
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(StoreUnavailable, _away)
    app.register_error_handler(StorageUnavailable, _unavailable)
    app.register_error_handler(RateLimitExceeded, _too_many)
    app.register_error_handler(HTTPException, _http)
    app.log_exception = _log_fault  # type: ignore[method-assign, assignment]


def is_api() -> bool:
    """Whether the one who asks is a program that reads problem documents."""
    return request.path.startswith("/api/")


def problem(status: int, detail: str, **members: str | int) -> Response:
    """A problem document (RFC 9457)."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, **members}
    return Response(json.dumps(body), status, mimetype="application/problem+json")


def page(status: int, detail: str = "") -> Response:
    """The error in the form that suits the one who asks."""
    if is_api():
        return problem(status, detail or HTTPStatus(status).description)
    nearest = status if status in PAGES else 500 if status >= 500 else 400
    return make_response(render_template(f"errors/{nearest}.html"), status)


def _refused(refusal: Refusal) -> Response:
    status = next((STATUS_OF[kind] for kind in type(refusal).__mro__ if kind in STATUS_OF), 400)
    template = PAGE_OF.get(type(refusal))
    if is_api() or template is None:
        return page(status, str(refusal))
    if isinstance(refusal, PersonErased) and refusal.language:
        language.speak(refusal.language)
    live = pages.by_slug(refusal.slug) if isinstance(refusal, PageClosed | PageNotOpenYet) else None
    definition = live.definition if live else None
    shown = render_template(template, action=request.path, refusal=refusal, query=_query(), definition=definition)
    return make_response(shown, status)


def _query() -> str:
    """What stood behind the address, so that a way on keeps where somebody came from."""
    query = request.query_string.decode("ascii", "replace")
    return f"?{query}" if query else ""


def _away(away: StoreUnavailable) -> Response:
    log.error("documents unavailable", why=str(away))
    return page(503, "The document store does not answer. Please try again in a minute.")


def _unavailable(refusal: StorageUnavailable) -> Response:
    log.error("storage unavailable", fault=type(refusal.__cause__).__name__, endpoint=request.endpoint)
    answer = page(503, str(refusal))
    answer.headers.update(TRY_AGAIN)
    return answer


def _http(error: HTTPException) -> Response:
    if error.code is None or error.code < 400:
        return make_response(error.get_response())  # A redirect that the router made.
    is_its_own = error.description != type(error).description  # not what Werkzeug says of every such fault
    said = error.description if is_its_own else SAID_TO_PROGRAMS.get(error.code)
    answer = page(error.code, said or "")
    if "Allow" in (headers := dict(error.get_headers())):
        answer.headers["Allow"] = headers["Allow"]
    return answer


def _too_many(_error: RateLimitExceeded) -> Response:
    answer = page(429, "Too many requests from this address. Please wait a little.")
    limit = limiter.current_limit
    wait = limit.reset_at - int(time.time()) if limit else 60  # the limiter asks the same clock
    answer.headers["Retry-After"] = str(max(1, wait))
    return answer


def _log_fault(exc_info: tuple[type[BaseException], BaseException, TracebackType | None]) -> None:
    # The message of a fault may hold what somebody typed (a database quotes the row), so only its place is logged.
    frames = traceback.extract_tb(exc_info[2])[-8:]
    where = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))
    log.error("request failed", fault=exc_info[0].__name__, where=where, endpoint=request.endpoint)
