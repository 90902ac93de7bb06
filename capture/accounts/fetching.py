"""Asking the provider of the organisation: in a few seconds, for a few kilobytes, and nowhere else than asked."""

import ssl
import time
from collections.abc import Mapping
from functools import cache
from threading import BoundedSemaphore
from typing import Any

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from requests.adapters import HTTPAdapter

from capture import strangers
from capture.errors import ProviderAway
from capture.languages import say

PATIENCE = 5.0  # seconds for connecting, and again for each part of the answer
WHOLE = 10.0  # seconds for the whole answer
MOST = 512 * 1024  # bytes of an answer
AT_ONCE = 4  # a provider that hangs holds no more of the server's threads than these

_places = BoundedSemaphore(AT_ONCE)
_trust = cache(ssl.create_default_context)  # reading all certificates takes longer than most answers


class Careful(HTTPAdapter):
    """Reads an answer with an end to its time and its size. Certificates of the machine are believed besides."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=_trust(), **kwargs)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        if not _places.acquire(blocking=False):
            raise ProviderAway(say("too many wait for it already"))
        try:
            return self._send(request, **kwargs)
        finally:
            _places.release()

    def _send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        until = time.monotonic() + WHOLE
        request.headers["Accept-Encoding"] = "identity"
        answer = super().send(request, **{**kwargs, "stream": True, "timeout": PATIENCE})
        try:
            body = bytearray()
            while part := answer.raw.read1(65_536):
                body += part
                if len(body) > MOST:
                    raise ProviderAway(say("its answer does not end"))
                if time.monotonic() > until:
                    raise ProviderAway(say("its answer takes too long"))
        except (OSError, ValueError) as error:
            raise requests.ConnectionError("the answer broke off") from error
        finally:
            answer.close()
        answer._content, answer._content_consumed = bytes(body), True
        return answer


def session(*, https_only: bool, **client: Any) -> OAuth2Session:
    """A session of Authlib that follows no redirect, and takes nothing from the environment."""
    made = OAuth2Session(**client)
    made.trust_env, made.max_redirects = False, 0
    made.adapters.clear()
    for scheme in ("https://",) if https_only else ("https://", "http://"):
        made.mount(scheme, Careful())
    return made


def json_of(asking: OAuth2Session, url: str, **kwargs: Any) -> Mapping[str, Any]:
    """The JSON object at an address. Raises ProviderAway."""
    try:
        answer = asking.get(url, headers={"Accept": "application/json"}, **kwargs)
        answer.raise_for_status()
        told = strangers.read(answer.content)
    except (requests.RequestException, OAuthError, ValueError) as error:
        raise ProviderAway(_why(error)) from error
    if not isinstance(told, dict):
        raise ProviderAway(say("its answer is no JSON object"))
    return told


def token_of(asking: OAuth2Session, url: str, **kwargs: Any) -> Mapping[str, Any]:
    """What a code is exchanged for. Raises OAuthError where the provider says no, else ProviderAway."""
    try:
        told = asking.fetch_token(url, **kwargs)
    except (requests.RequestException, *strangers.UNREADABLE) as error:
        raise ProviderAway(_why(error)) from error
    return dict(told)


def _why(error: Exception) -> str:
    """What went wrong, without addresses, which may hold what is nobody's business."""
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return say("it answered %(status)s", status=error.response.status_code)
    if isinstance(error, requests.TooManyRedirects):
        return say("it answered with a redirect")
    if isinstance(error, requests.exceptions.SSLError):
        return say("its certificate is not believed")
    if isinstance(error, requests.Timeout):
        return say("it took too long")
    if isinstance(error, requests.ConnectionError):
        return say("nobody answers there, or the answer broke off")
    return say("its answer is no JSON")
