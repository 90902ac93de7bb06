"""What stands below the web: the application with its settings, its log and its database. Commands need no more."""

from flask import Flask

import capture.models  # noqa: F401  every table
from capture import config, db, logs
from capture.config import Settings, resource


def lay(settings: Settings) -> Flask:
    """An application for these settings that answers no request. Opens no connection by itself.

    Raises BadSetting for a setting that it cannot start with.
    """
    logs.configure(settings)
    app = Flask("capture", template_folder=str(resource("templates")), static_folder=None)
    app.config.update(
        SECRET_KEY=config.signing_keys(settings)[0], SECRET_KEY_FALLBACKS=list(config.signing_keys(settings)[1:])
    )
    app.extensions["lodestone"] = settings
    db.install(app, settings.database)
    return app
