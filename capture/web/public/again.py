"""Copies given again: what was just answered to a browser is answered to it once more without asking anybody.

Stands in front of Flask. It knows nothing of leads: the view marks a copy whose download was counted before, so that
giving it again changes nothing, and for a second the same link from the same browser gets the same headers and bytes.
What is revoked, erased, corrected or withdrawn meanwhile takes effect when that second is over. All else goes through.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING

from capture.web import health
from magnets.imprint import Copy, Prepared

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LIFETIME = 1.0  # seconds
MOST = 256  # answers at once: about 30 KB each, where a document has hundreds of links
HELD = 2_000_000  # bytes up to which an edition is held in memory

ROUTE = "/get/<token>"
_PREFIX = ROUTE.removesuffix("<token>")
_GIVEN = "lodestone.given"
_PARTIAL = ("HTTP_RANGE", "HTTP_IF_RANGE", "HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH")

Headers = Sequence[tuple[str, str]]
Key = tuple[str, str]


def may_be_given_again(environ: "WSGIEnvironment", copy: Copy) -> None:
    """Say of the answer being made that it is this whole copy, and that giving it again needs no note of it."""
    environ[_GIVEN] = copy


@dataclass(frozen=True, slots=True)
class _Answer:
    headers: Headers
    copy: Copy
    until: float


class Again:
    """A WSGI application around the product's. Thread-safe; each process remembers for itself."""

    def __init__(self, product: "WSGIApplication") -> None:
        self._product = product
        self._known: dict[Key, _Answer] = {}
        self._changing = Lock()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        key = _key(environ)
        if key is None:
            return self._product(environ, start_response)
        began = time.monotonic()
        answer = self._known.get(key)
        if answer is None or answer.until <= began:
            return self._asked(key, began, environ, start_response)
        health.count(ROUTE, environ["REQUEST_METHOD"], 200, time.monotonic() - began)
        start_response("200 OK", list(answer.headers))
        return _body(answer.copy, environ)

    def _asked(
        self, key: Key, began: float, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        heard: list[Headers] = []

        def hear(status: str, headers: list[tuple[str, str]], *fault: object) -> object:
            if status.startswith("200 "):
                heard.append(tuple(headers))
            return start_response(status, headers, *fault)  # type: ignore[arg-type]

        body = self._product(environ, hear)  # type: ignore[arg-type]
        copy = environ.get(_GIVEN)
        if copy is None or not heard or any(name.lower() == "set-cookie" for name, _ in heard[-1]):
            return body
        self._remember(key, _Answer(heard[-1], copy, began + LIFETIME))
        if hasattr(body, "close"):
            body.close()
        return _body(copy, environ)

    def _remember(self, key: Key, answer: _Answer) -> None:
        with self._changing:
            if len(self._known) >= MOST:
                now = time.monotonic()
                self._known = {one: known for one, known in self._known.items() if known.until > now}
            while len(self._known) >= MOST:
                del self._known[next(iter(self._known))]
            self._known[key] = answer


def _key(environ: "WSGIEnvironment") -> Key | None:
    """The link and the whole of what the browser keeps; None for anything but a plain wish for the copy."""
    path: str = environ.get("PATH_INFO", "")
    if not path.startswith(_PREFIX) or environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
        return None
    if any(name in environ for name in _PARTIAL):
        return None
    return path, environ.get("HTTP_COOKIE", "")


def _body(copy: Copy, environ: "WSGIEnvironment") -> Iterable[bytes]:
    if environ["REQUEST_METHOD"] == "HEAD":
        return []
    if copy.length > HELD:
        return copy.chunks()
    return (piece for piece in (_held(copy.edition), copy.tail))  # no list: granian would join it, which is a copy


@lru_cache(maxsize=8)
def _held(edition: Prepared) -> bytes:
    return edition.read(0, edition.length)
