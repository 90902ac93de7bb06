"""The visitor behind a request: what it tells, and the cookie that it holds."""

from urllib.parse import urlsplit

from flask import Request, Response

from capture.attribution.arrival import Arrival
from capture.config import Settings

COOKIE = "lodestone_visitor"
COOKIE_DAYS = 390  # browsers keep a cookie for 400 days at most (RFC 6265bis)


def arrival(request: Request, settings: Settings) -> Arrival:
    """The plain values of a request that attribution and verdicts look at."""
    return Arrival(
        cookie=request.cookies.get(COOKIE),
        path=request.path,
        query=request.query_string.decode("utf-8", "replace"),
        referrer=request.headers.get("Referer", ""),
        user_agent=request.headers.get("User-Agent", "")[:1000],
        own_host=urlsplit(settings.base_url).netloc,
    )


def remember(response: Response, cookie: str | None, settings: Settings) -> Response:
    """Set the visitor's cookie where a journey minted one."""
    if cookie is not None:
        response.set_cookie(
            COOKIE,
            cookie,
            max_age=COOKIE_DAYS * 86_400,
            secure=settings.is_https,
            httponly=True,
            samesite="Lax",
        )
    return response
