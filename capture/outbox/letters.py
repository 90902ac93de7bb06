"""The words of mails: templates/emails/<name>/{subject.txt, body.txt, body.html}, filled with plain values."""

from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from capture.config import resource


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail's three parts, without its envelope."""

    subject: str
    text: str
    html: str


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(resource("templates") / "emails"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def write(name: str, **values: object) -> Letter:
    """The letter of this name. The subject is one line, whatever the values are; a missing value raises."""
    subject, text, html = (
        _environment().get_template(f"{name}/{part}").render(values)
        for part in ("subject.txt", "body.txt", "body.html")
    )
    return Letter(" ".join(subject.split())[:200], text.strip() + "\n", html)
