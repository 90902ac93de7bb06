"""Copies given again: what was just answered to a browser is answered to it once more without asking anybody.

Stands in front of Flask. It knows nothing of leads: the view marks a copy whose download was counted before, so that
giving it again changes nothing, and says for how long that is true by the clock. The same link from the same browser
then gets the same headers and bytes for a second, and for longer as long as nothing at all is written to the database.
What is revoked, erased, corrected or withdrawn takes effect when that second is over. All else goes through.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING

from capture.web import health

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from magnets.imprint import Copy, Prepared

LIFETIME = 1.0  # seconds
UNCHANGED = 60.0  # seconds, while nothing is written
MOST = 256  # answers given again at once, and as many that nobody asked for again yet: 30 KB each at most
HELD = 2_000_000  # bytes up to which an edition is held in memory

ROUTE = "/get/<token>"
_PREFIX = ROUTE.removesuffix("<token>")
_GIVEN = "lodestone.given"
_PARTIAL = frozenset({"HTTP_RANGE", "HTTP_IF_RANGE", "HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH"})

Headers = Sequence[tuple[str, str]]
Key = tuple[str, str]


def may_be_given_again(environ: "WSGIEnvironment", copy: "Copy", *, seconds: float) -> None:
    """Say of the answer being made that it is this whole copy, and that giving it again needs no note of it.

    `seconds`: how long the answer stays the same where nothing is written.
    """
    environ[_GIVEN] = copy, seconds


@dataclass(slots=True)
class _Answer:
    headers: Headers
    copy: "Copy"
    until: float
    state: object
    until_at_most: float

    def holds(self, now: float, state: Callable[[], object]) -> bool:
        """For a second, whatever happens; and for one more each time that the database is what it was when asked."""
        if now < self.until:
            return True
        if self.state is None or now >= self.until_at_most or self.state != state():
            return False
        self.until = min(now + LIFETIME, self.until_at_most)
        return True


class Again:
    """A WSGI application around the product's. Thread-safe; each process remembers for itself.

    `state` tells two moments apart between which anything was written, or is None where nobody can tell. Copies that
    were given again are not pushed out by those that were fetched once.
    """

    def __init__(self, product: "WSGIApplication", state: Callable[[], object]) -> None:
        self._product = product
        self._state = state
        self._once: dict[Key, _Answer] = {}
        self._again: dict[Key, _Answer] = {}
        self._changing = Lock()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        key = _key(environ)
        if key is None:
            return self._product(environ, start_response)
        began = time.monotonic()
        answer = self._again.get(key) or self._once.get(key)
        if answer is None or not answer.holds(began, self._state):
            return self._asked(key, began, environ, start_response)
        if key in self._once:
            self._remember(key, answer, self._again)
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

        state = self._state()  # before the database is asked: what is written meanwhile counts as later
        body = self._product(environ, hear)  # type: ignore[arg-type]
        copy, seconds = environ.get(_GIVEN, (None, 0.0))
        if copy is None or not heard or any(name.lower() == "set-cookie" for name, _ in heard[-1]):
            return body
        until_at_most = began + min(UNCHANGED, seconds)
        answer = _Answer(heard[-1], copy, began + LIFETIME, state, until_at_most)
        self._remember(key, answer, self._again if key in self._again else self._once)
        if hasattr(body, "close"):
            body.close()
        return _body(copy, environ)

    def _remember(self, key: Key, answer: _Answer, place: dict[Key, _Answer]) -> None:
        with self._changing:
            self._once.pop(key, None)
            if len(place) >= MOST:
                now = time.monotonic()
                for late in [one for one, known in place.items() if known.until_at_most <= now]:
                    del place[late]
            while len(place) >= MOST:
                del place[next(iter(place))]
            place[key] = answer


def _key(environ: "WSGIEnvironment") -> Key | None:
    """The link and the whole of what the browser keeps; None for anything but a plain wish for the copy."""
    path: str = environ.get("PATH_INFO", "")
    if not path.startswith(_PREFIX) or environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
        return None
    if not environ.keys().isdisjoint(_PARTIAL):
        return None
    return path, environ.get("HTTP_COOKIE", "")


def _body(copy: "Copy", environ: "WSGIEnvironment") -> Iterable[bytes]:
    if environ["REQUEST_METHOD"] == "HEAD":
        return []
    if copy.length > HELD:
        return copy.chunks()
    return (piece for piece in (_held(copy.edition), copy.tail))  # no list: granian would join it, which is a copy


@lru_cache(maxsize=8)
def _held(edition: "Prepared") -> bytes:
    return edition.read(0, edition.length)
