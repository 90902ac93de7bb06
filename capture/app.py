"""create_app(): the only place where all rooms meet; the server's target."""

from flask import Flask

import capture.models  # noqa: F401  every table
from capture import config, db, logs, web
from capture.config import Settings, resource


def create_app(settings: Settings | None = None) -> Flask:
    """The application for these settings (by default those of the environment). Opens no connection by itself.

    Raises BadSetting for a setting that it cannot start with.
    """
    settings = settings or config.from_environment()
    logs.configure(settings)
    app = Flask("capture", template_folder=str(resource("templates")), static_folder=None)
    app.config.update(
        SECRET_KEY=config.signing_keys(settings)[0], SECRET_KEY_FALLBACKS=list(config.signing_keys(settings)[1:])
    )
    app.extensions["lodestone"] = settings
    db.install(app, settings.database)
    web.install(app, settings)
    return app
