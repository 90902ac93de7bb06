"""HTTP in, HTTP out."""

from flask import Flask

from capture.config import Settings


def install(app: Flask, settings: Settings) -> None:
    """Register the blueprints, the error pages, the headers and the limits."""
