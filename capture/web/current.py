"""What the running application was told: the settings, and the addresses that follow from them."""

from typing import cast

from flask import Flask, current_app

from capture.addresses import Addresses
from capture.config import Settings


def settings() -> Settings:
    """The settings of the running application."""
    return cast(Settings, current_app.extensions["lodestone"])


def addresses() -> Addresses:
    """Full public addresses, from the configured base URL."""
    return Addresses(settings().base_url)


def app() -> Flask:
    """The running application itself, for what outlives the request."""
    return current_app._get_current_object()  # type: ignore[attr-defined, no-any-return]
