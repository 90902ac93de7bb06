"""Pages made smaller on the way. Only public ones: what holds a secret is never compressed beside foreign text."""

import gzip

from flask import Request, Response

SMALLEST = 1024  # bytes; below this a packet is a packet


def squeezed(response: Response, request: Request) -> Response:
    """The same page, gzipped where the browser takes that."""
    response.vary.add("Accept-Encoding")
    if request.accept_encodings["gzip"] <= 0 or len(body := response.get_data()) < SMALLEST:
        return response
    response.set_data(gzip.compress(body, 5, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    return response
