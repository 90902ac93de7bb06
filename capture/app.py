"""create_app(): the only place where all rooms meet; the server's target."""

from flask import Flask

from capture import config, foundation, web
from capture.config import Settings


def create_app(settings: Settings | None = None) -> Flask:
    """The application for these settings (by default those of the environment). Opens no connection by itself.

    Raises BadSetting for a setting that it cannot start with.
    """
    settings = settings or config.from_environment()
    app = foundation.lay(settings)
    web.install(app, settings)
    return app
