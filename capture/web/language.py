"""In which language a request is answered: that of the page it is about, never that of the browser.

A view says it with `speak` as soon as it knows. Until then, and for what belongs to no page, it is the installation's.
The studio speaks the language of whoever is logged in; where nobody has chosen one, what the browser prefers. The API
speaks English.
"""

from flask import Flask, request
from flask_babel import Babel, Domain, refresh
from flask_login import current_user
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

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
    app.before_request(lambda: speak(_wanted(settings)))
    app.context_processor(lambda: _said_with(settings, current().tag))
    app.jinja_env.globals.update(ngettext=_ngettext)


def _said_with(settings: Settings, tag: str) -> dict[str, str]:
    """What every page needs to know of its language: its tag, and where the notices in it are."""
    return {
        "language": tag,
        "privacy_url": settings.privacy_url_in(tag),
        "legal_url": settings.legal_url_in(tag),
    }


def speak(tag: str) -> None:
    """From here on this request is answered in this language."""
    languages.speak(tag)
    refresh()  # Flask-Babel remembers the locale of a request.


def current() -> Language:
    """The language in which this request is answered."""
    return languages.spoken()


def told(text: str) -> str:
    """A text for a script: a phrase in the language of this request, anything else as it stands."""
    return languages.said(text, current())


def preferred(settings: Settings) -> str:
    """What the browser asks for, where the product speaks it; otherwise the language of the installation."""
    return request.accept_languages.best_match(languages.shipped()) or settings.language


def _wanted(settings: Settings) -> str:
    if request.path.startswith("/api"):
        return ENGLISH
    if not request.path.startswith("/studio"):
        return settings.language
    return getattr(current_user, "language", "") or preferred(settings)


@pass_eval_context
def _ngettext(context: EvalContext, one: str, many: str, count: int, /, **values: object) -> str:
    """`ngettext` of templates: the number stands as the language writes it."""
    said = current().texts.ungettext(one, many, count)
    told = {"num": current().number(count), **values}
    return Markup(said) % told if context.autoescape else said % told  # noqa: S704 our own text
