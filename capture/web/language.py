"""In which language a request is answered: that of the page it is about, never that of the browser.

A view says it with `speak` as soon as it knows. Until then, and for what belongs to no page, it is the installation's;
the studio speaks English.
"""

from flask import Flask, g, request
from flask_babel import Babel, Domain, refresh

from capture import languages
from capture.config import Settings
from capture.languages import ENGLISH, Language


class _Catalogues(Domain):
    """The catalogues of `capture.languages`, which mails are written from too."""

    def get_translations(self) -> object:
        return current().texts


class _Babel(Babel):
    domain_instance = _Catalogues()  # type: ignore[no-untyped-call]


def install(app: Flask, settings: Settings) -> None:
    """Give every template `_()`, `ngettext()`, `{% trans %}` and `language`. Reads the catalogues at once."""
    for tag in languages.shipped():
        languages.of(tag)
    babel = _Babel()  # type: ignore[no-untyped-call]
    babel.init_app(app, locale_selector=lambda: str(current().locale))  # type: ignore[no-untyped-call]
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    app.before_request(lambda: speak(ENGLISH if _is_for_staff() else settings.language))
    app.context_processor(lambda: _said_with(settings, current().tag))


def _said_with(settings: Settings, tag: str) -> dict[str, str]:
    """What every page needs to know of its language: its tag, and where the notices in it are."""
    return {
        "language": tag,
        "privacy_url": settings.privacy_url_in(tag),
        "legal_url": settings.legal_url_in(tag),
    }


def speak(tag: str) -> None:
    """From here on this request is answered in this language."""
    g.language = languages.of(tag)
    refresh()  # Flask-Babel remembers the locale of a request.


def current() -> Language:
    """The language in which this request is answered."""
    found = g.get("language")
    return found if isinstance(found, Language) else languages.of(ENGLISH)


def _is_for_staff() -> bool:
    return request.path.startswith(("/studio", "/api"))
