"""HTTP in, HTTP out."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from capture.config import Settings
from capture.db import state_of
from capture.web import errors, filters, health, language, security, static
from capture.web.api import answers as api_answers
from capture.web.api import feed as api_feed
from capture.web.api import reference
from capture.web.public import again, delivery, embed, landing, webinar
from capture.web.studio import (
    access,
    branding,
    campaigns,
    correcting,
    destinations,
    experimenting,
    importing,
    inbox,
    links,
    merging,
    operations,
    passkeys,
    people,
    provider,
    reasons,
    rule_versions,
    ruling,
    scoring,
    second_factor,
    separating,
    simulating,
    webhooks,
    words,
)
from capture.web.studio import leads as studio_leads
from capture.web.studio import reports as studio_reports
from capture.web.studio import views as studio

BLUEPRINTS = (
    static.bp,
    health.bp,
    studio.bp,
    scoring.bp,
    simulating.bp,
    ruling.bp,
    rule_versions.bp,
    inbox.bp,
    experimenting.bp,
    reasons.bp,
    people.bp,
    branding.bp,
    webhooks.bp,
    destinations.bp,
    studio_reports.bp,
    studio_leads.bp,
    importing.bp,
    correcting.bp,
    merging.bp,
    campaigns.bp,
    links.bp,
    second_factor.bp,
    provider.bp,
    passkeys.bp,
    operations.bp,
    separating.bp,
    api_feed.bp,
    api_answers.bp,
    reference.bp,
    delivery.bp,
    webinar.bp,
    embed.bp,
    landing.bp,
)


def install(app: Flask, settings: Settings) -> None:
    """Register the blueprints, the error pages, the headers and the limits."""
    app.wsgi_app = again.Again(app.wsgi_app, state_of(app.config["SQLALCHEMY_DATABASE_URI"]))  # type: ignore[method-assign]
    if settings.proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies
        )
    language.install(app, settings)
    security.install(app, settings)
    errors.install(app)
    filters.install(app, settings)
    health.install(app)
    access.install(app, settings)
    words.install(app)
    separating.install(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
