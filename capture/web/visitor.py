"""The visitor behind a request: what it tells, and the cookie that it holds."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

import structlog
from flask import Request, Response, current_app

from capture.attribution import visitors
from capture.attribution.arrival import Arrival
from capture.config import Settings
from capture.delivery import grants
from capture.delivery.models import Grant
from capture.errors import PersonErased, StorageUnavailable
from capture.leads import leads, submissions
from capture.pages.definition import Cookies
from capture.pages.fields import Ask
from capture.pages.pages import LivePage

log = structlog.get_logger()

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
        is_staff=current_app.config["SESSION_COOKIE_NAME"] in request.cookies,
    )


def arrival_around(request: Request, settings: Settings) -> Arrival:
    """The arrival as the page around a form tells it, here or inside another site: its query, and its referrer.

    No cookie is read, and none can be set.
    """
    here = arrival(request, settings)
    query = request.form.get("host_query", "")[:4000].lstrip("?")
    referrer = request.form.get("host_referrer", "")[:2000] or here.referrer
    return replace(here, cookie=None, query=query, referrer=referrer, takes_cookies=False)


def is_same_site(request: Request) -> bool:
    """Whether a browser says that the page which asks lies on the same site, such as www. and go. of one company.

    To all other sites browsers keep our cookie (SameSite=Lax) from themselves.
    """
    return request.headers.get("Sec-Fetch-Site") in ("same-site", "same-origin")


@contextmanager
def noted_in_passing() -> Iterator[None]:
    """For evidence that a GET appends: where nothing can or may be saved, page or document are given all the same."""
    try:
        yield
    except StorageUnavailable:
        log.error("evidence not kept")
    except PersonErased:
        log.info("evidence not kept: the person was erased")


def is_known_as(grant: Grant, request: Request, *, by_mail: bool, at: datetime) -> bool:
    """Whether this browser is known as that of the lead who was given the grant.

    `by_mail`: the link came by mail, which people forward; then a fill made just now without a cookie proves nothing.
    """
    if grant.lead_id is None:
        return False
    known = visitors.known(request.cookies.get(COOKIE))
    if known is not None and leads.is_of(known.id, grant.lead_id):
        return True
    return not by_mail and grants.is_fresh_without_cookie(grant, at=at)


def answered(request: Request, page: LivePage) -> frozenset[str]:
    """What need not be asked again: answered before in this browser, which is known as a lead's.

    Where a link of a mail has proven that it is his, also what he has answered elsewhere. A page that never sets the
    visitor's cookie does not read it either.
    """
    fields, cookies = page.definition.fields, page.definition.cookies
    if cookies is Cookies.NEVER or all(field.ask is Ask.ALWAYS for field in fields):
        return frozenset()
    known = visitors.known(request.cookies.get(COOKIE))
    tie = leads.known_by(known.id) if known else None
    if known is None or tie is None:
        return frozenset()
    lead_id, is_proven = tie
    return submissions.answered(lead_id, known.id, is_proven=is_proven)


def as_shown(request: Request, page: LivePage, *, new_cookie: str | None = None) -> LivePage:
    """The page as the variant of this browser shows it: the one whose form was posted, or that of its cookie."""
    if page.experiment is None or page.definition.cookies is Cookies.NEVER:
        return page
    shown = page.experiment.of(new_cookie or request.cookies.get(COOKIE))
    return page.shown_as(request.form.get("page_variant") or (shown.letter if shown else ""))


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
