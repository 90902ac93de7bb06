"""One line for each outcome, key=value, ids only: no address, no answer, no token."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from capture.config import Settings


def configure(settings: Settings) -> None:
    """Send structlog's lines to standard error, for people or as JSON."""
    last = (
        structlog.processors.JSONRenderer()
        if settings.log == "json"
        else structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: structlog.WriteLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )


@contextmanager
def silence() -> Iterator[None]:
    """Say nothing but warnings: for many journeys in a row that are one outcome together."""
    before = structlog.get_config()["wrapper_class"]
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    try:
        yield
    finally:
        structlog.configure(wrapper_class=before)
