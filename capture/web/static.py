"""Our own stylesheets, scripts, fonts and pictures, and the small stylesheet of a brand colour; cached for a year.

One hash over all files stands in every address, so that relative addresses between the files keep working.
"""

import gzip
import hashlib
import mimetypes
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, abort, redirect, request
from flask.typing import ResponseReturnValue

from capture.web import colour

FOLDER = Path(__file__).parent.parent / "static"
YEAR = "public, max-age=31536000, immutable"
SQUEEZED = ("text/", "application/json", "image/svg+xml")

bp = Blueprint("static", __name__)

mimetypes.add_type("text/javascript", ".js")
mimetypes.add_type("font/woff2", ".woff2")
mimetypes.add_type("image/webp", ".webp")


@cache
def digest() -> str:
    """Twelve hexadecimal digits over the names and bytes of all static files, and over how brand colours are made."""
    sha = hashlib.sha256(Path(colour.__file__).read_bytes())
    for path in sorted(path for path in FOLDER.rglob("*") if path.is_file()):
        sha.update(path.relative_to(FOLDER).as_posix().encode() + b"\0" + path.read_bytes())
    return sha.hexdigest()[:12]


def asset(path: str) -> str:
    """The address of a static file, such as `css/base.css`."""
    return f"/static/{digest()}/{path}"


def brand(colour_hex: str | None) -> str:
    """The address of the stylesheet that carries a brand colour such as `#0f5c4d`; empty where there is none."""
    return f"/static/{digest()}/brand/{colour_hex.lstrip('#').lower()}.css" if colour_hex else ""


@bp.get("/static/<version>/brand/<colour_hex>.css")
def brand_stylesheet(version: str, colour_hex: str) -> Response:
    """Custom properties of one brand colour, for light and dark."""
    if not colour.is_hex(colour_hex):
        abort(404)
    return _cached(Response(colour.stylesheet(colour_hex), mimetype="text/css"), version)


@bp.get("/static/<version>/<path:path>")
def file(version: str, path: str) -> Response:
    """A static file; gzipped where that makes it smaller and the browser takes it."""
    if path not in _names():
        abort(404)
    squeeze = request.accept_encodings["gzip"] > 0
    body, kind, encoding = _read(path, squeeze)
    response = Response(body, mimetype=kind)
    if encoding:
        response.headers["Content-Encoding"] = encoding
    response.headers["Vary"] = "Accept-Encoding"
    if kind in ("text/javascript", "text/css"):
        response.headers["Access-Control-Allow-Origin"] = "*"  # another site loads the modules of an embedded form
    return _cached(response, version)


def plain(path: str) -> Response:
    """A static file under an address that never changes: asked for again each time."""
    body, kind, _ = _read(path, squeeze=False)
    return _cached(Response(body, mimetype=kind), version="")


def _cached(response: Response, version: str) -> Response:
    # A page of an older release may ask for an older address while servers are replaced: it gets what is here now.
    response.headers["Cache-Control"] = YEAR if version == digest() else "no-cache"
    response.add_etag()
    response.make_conditional(request)
    return response


@cache
def _names() -> frozenset[str]:
    return frozenset(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file())


@cache
def _read(path: str, squeeze: bool) -> tuple[bytes, str, str]:
    body = (FOLDER / path).read_bytes()
    kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
    if squeeze and kind.startswith(SQUEEZED):
        return gzip.compress(body, 9, mtime=0), kind, "gzip"
    return body, kind, ""


@bp.get("/favicon.ico")
def favicon() -> ResponseReturnValue:
    """What browsers ask for beside a document that names no icon."""
    return redirect(asset("img/icon.svg"), 302)
