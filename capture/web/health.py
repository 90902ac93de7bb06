"""Whether the process lives, whether the installation can take a fill, and what it counts."""

import hmac
import time
from functools import lru_cache

from flask import Blueprint, Flask, Response, abort, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest

from capture import clock
from capture.journey import upkeep
from capture.web import current
from capture.web.security import limiter

bp = Blueprint("health", __name__)
limiter.exempt(bp)

registry = CollectorRegistry()
ANSWERS = Counter(
    "lodestone_http_answers_total", "Answers by route and status.", ("route", "method", "status"), registry=registry
)
SECONDS = Histogram(
    "lodestone_http_seconds",
    "Time to the first byte of an answer, in seconds.",
    ("route",),
    registry=registry,
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)


def install(app: Flask) -> None:
    """Measure every answer."""
    app.before_request(_start)
    app.after_request(_count)


@bp.get("/healthz")
def alive() -> Response:
    """200 as long as the process answers; touches nothing."""
    return Response("ok\n", mimetype="text/plain")


@bp.get("/readyz")
def ready() -> Response:
    """200 where a write can be committed, 503 where not."""
    if upkeep.can_write(at=clock.now()):
        return Response("ready\n", mimetype="text/plain")
    return Response("the database cannot be written\n", 503, mimetype="text/plain")


@bp.get("/metrics")
def metrics() -> Response:
    """Prometheus text, for the bearer of LODESTONE_METRICS_TOKEN; 404 to everybody else."""
    token = current.settings().metrics_token
    given = request.authorization.token if request.authorization and request.authorization.type == "bearer" else ""
    if not token or not hmac.compare_digest((given or "").encode(), token.encode()):
        abort(404)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _start() -> None:
    g.started = time.perf_counter()


def _count(response: Response) -> Response:
    route = request.url_rule.rule if request.url_rule else "none"
    started = g.get("started")
    count(route, request.method, response.status_code, None if started is None else time.perf_counter() - started)
    return response


def count(route: str, method: str, status: int, seconds: float | None) -> None:
    """Count an answer, and the time to its first byte where that is known."""
    _answers(route, method, status).inc()
    if seconds is not None:
        _seconds(route).observe(seconds)


# Finding the one counter costs more than counting.
_answers = lru_cache(maxsize=1024)(ANSWERS.labels)
_seconds = lru_cache(maxsize=1024)(SECONDS.labels)
