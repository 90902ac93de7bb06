"""What a browser may do with our answers, and what we take from one: headers, body sizes, origins, rates. As data."""

import re
from collections.abc import Mapping, Sequence
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from flask import Flask, Request, Response, abort, request
from flask_limiter import Limiter

from capture.config import Settings
from capture.web import current
from magnets.folder import MOST_FILES

KILOBYTE = 1024
PUBLIC_BODY = 256 * KILOBYTE
STUDIO_BODY = 25 * KILOBYTE * KILOBYTE
PDF_PATHS = re.compile(r"/studio/drafts/(?:[\w-]{22}/)?pdf")  # a finished document goes to the disk as it comes
PDF_BODY = 201 * KILOBYTE * KILOBYTE

# A link whose token is a right: never stored, never indexed, never told to the next site.
TOKEN_PATHS = ("/thanks/", "/get/", "/confirm/", "/withdraw/", "/l/", "/join/", "/replay/")
STAFF_PATHS = ("/studio", "/api/", "/metrics", "/readyz", "/healthz")

CONTENT_POLICY: Mapping[str, str] = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}

PERMISSIONS = (
    *(
        f"{feature}=()"
        for feature in (
            "accelerometer",
            "browsing-topics",
            "camera",
            "display-capture",
            "geolocation",
            "gyroscope",
            "magnetometer",
            "microphone",
            "midi",
            "payment",
            "usb",
        )
    ),
    "clipboard-write=(self)",
)

EVERYWHERE: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(PERMISSIONS),
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cache-Control": "private, no-cache",
}
TOKEN: Mapping[str, str] = {
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, no-store",
    "X-Robots-Tag": "noindex, nofollow",
}
STAFF: Mapping[str, str] = {
    "Referrer-Policy": "same-origin",
    "Cache-Control": "private, no-store",
    "X-Robots-Tag": "noindex, nofollow",
}
TWO_YEARS = "max-age=63072000"
FORM_TARGETS = "lodestone.form_targets"
FRAMED = "lodestone.framed"
ANYTHING: Mapping[str, str] = {}
TELLS_NOBODY: Mapping[str, str] = {"connect-src": "'none'", "form-action": "'none'"}
STRANGER: Mapping[str, str] = {**TELLS_NOBODY, "sandbox": "allow-scripts allow-forms"}


def headers_for(
    path: str,
    mimetype: str,
    *,
    https: bool,
    form_targets: Sequence[str] = (),
    framed: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """The headers of an answer that its view did not set otherwise.

    `form_targets`: see let_forms_lead_to; `framed`: see let_the_studio_frame_it.
    """
    headers = dict(EVERYWHERE)
    if path.startswith(TOKEN_PATHS):
        headers |= TOKEN
    elif path.startswith(STAFF_PATHS):
        headers |= STAFF
    # A browser's own PDF viewer is a page too, with styles of its own: there the policy only keeps frames away.
    policy = {"frame-ancestors": "'none'"} if mimetype == "application/pdf" else dict(CONTENT_POLICY)
    policy |= framed or {}
    if path.startswith(("/studio/drafts/", "/studio/settings/brand")):
        policy["frame-src"] = "'self'"
    if framed is not None:
        policy["frame-ancestors"], headers["X-Frame-Options"] = "'self'", "SAMEORIGIN"
    if form_targets:
        policy["form-action"] = " ".join(["'self'", *form_targets])
    if https:
        headers["Strict-Transport-Security"] = TWO_YEARS
    headers["Content-Security-Policy"] = "; ".join(f"{directive} {sources}" for directive, sources in policy.items())
    return headers


def let_forms_lead_to(*addresses: str) -> None:
    """Let the forms of this answer end, by a redirect, on these sites: browsers hold form-action over redirects too."""
    parts = [urlsplit(address) for address in addresses if address]
    request.environ[FORM_TARGETS] = sorted({f"{part.scheme}://{part.netloc}" for part in parts})


def let_the_studio_frame_it(policy: Mapping[str, str] = ANYTHING) -> None:
    """Let this answer be shown inside a page of our own: the preview of a landing page beside its editor.

    `policy`: TELLS_NOBODY, so that nothing leaves it by form or script; or STRANGER, as a page of another site would
    be: without our cookies besides.
    """
    request.environ[FRAMED] = policy


def body_limit(path: str) -> int:
    """How many bytes a request to this path may carry."""
    if PDF_PATHS.fullmatch(path):
        return PDF_BODY
    return STUDIO_BODY if path.startswith("/studio") else PUBLIC_BODY


def same_origin(request: Request) -> bool:
    """Whether a post was sent by a page of ours, or by something that is no browser.

    Token pages send no referrer, and so their posts carry `Origin: null`: there the token is the proof.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    if origin is None or (origin == "null" and request.path.startswith(TOKEN_PATHS)):
        return True
    ours = {urlsplit(current.settings().base_url).netloc, request.host}
    return urlsplit(origin).netloc in ours


def sender() -> str:
    """Whom a rate is counted for: the address, or the /64 of an IPv6 address, which is one household's."""
    address = ip_address(request.remote_addr or "127.0.0.1")
    return str(address) if address.version == 4 else str(ip_network(f"{address}/64", strict=False))


def _only_reads() -> bool:
    return request.method in ("GET", "HEAD", "OPTIONS")


limiter = Limiter(
    sender,
    default_limits=["60 per minute", "900 per hour"],
    default_limits_per_method=True,
    default_limits_exempt_when=_only_reads,
    strategy="moving-window",
    swallow_errors=True,
    in_memory_fallback_enabled=True,
)


def install(app: Flask, settings: Settings) -> None:
    """Put the policies around every request and answer."""
    app.config.update(
        MAX_CONTENT_LENGTH=PUBLIC_BODY,
        MAX_FORM_MEMORY_SIZE=PUBLIC_BODY,
        MAX_FORM_PARTS=500,
        SESSION_COOKIE_NAME="__Host-studio" if settings.is_https else "studio",
        SESSION_COOKIE_SECURE=settings.is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        RATELIMIT_STORAGE_URI=settings.rate_limits or "memory://",
        RATELIMIT_ENABLED=bool(settings.rate_limits),
    )
    app.before_request(_refuse_nonsense)
    app.before_request(_limit_body)
    app.after_request(_put_headers)
    limiter.init_app(app)


def _refuse_nonsense() -> None:
    # No address of ours holds a null character, and a database that is asked for one fails.
    if "\x00" in request.path:
        abort(404)


def _limit_body() -> None:
    limit = body_limit(request.path)
    request.max_content_length = limit
    request.max_form_memory_size = limit
    if request.path == "/studio/drafts/new":
        request.max_form_parts = MOST_FILES + 10  # a folder of a bundle, and what is typed beside it
    if (request.content_length or 0) > limit:
        abort(413)


def _put_headers(response: Response) -> Response:
    headers = headers_for(
        request.path,
        response.mimetype or "",
        https=current.settings().is_https,
        form_targets=request.environ.get(FORM_TARGETS, ()),
        framed=request.environ.get(FRAMED),
    )
    for name, value in headers.items():
        response.headers.setdefault(name, value)
    return response
