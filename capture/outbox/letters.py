"""The words of mails: templates/emails/<name>/{subject.txt, body.txt, body.html}, filled with plain values."""

from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from capture import languages
from capture.config import resource
from capture.languages import ENGLISH, Language


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail's three parts, without its envelope."""

    subject: str
    text: str
    html: str


@cache
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(resource("templates") / "emails"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_translations(languages.of(language).texts, newstyle=True)  # type: ignore[attr-defined]
    return environment


def write(name: str, *, language: str = ENGLISH, **values: object) -> Letter:
    """The letter of this name, in this language. The subject is one line, whatever the values are.

    A missing value raises.
    """
    told = {key: _said(value, languages.of(language)) for key, value in values.items()}
    subject, text, html = (
        _environment(language).get_template(f"{name}/{part}").render(told, language=language)
        for part in ("subject.txt", "body.txt", "body.html")
    )
    return Letter(" ".join(subject.split())[:200], text.strip() + "\n", html)


def _said(value: object, language: Language) -> object:
    if isinstance(value, str):
        return languages.said(value, language)
    return [_said(one, language) for one in value] if isinstance(value, list) else value
