"""What is wrong with a bundle, said the way an editor would say it: where it is and what to do."""

from dataclasses import dataclass, field
from enum import StrEnum

from magnets.sentences import sentence


class Severity(StrEnum):
    """`stops` keeps a bundle from being published; `advice` is a better way, and the author's choice."""

    STOPS = "stops"
    ADVICE = "advice"


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault: `path` is relative to the bundle, `line` counts from 1, the message says what to do.

    `keys` leads to the value in magnet.toml that is to be mended, also where it is missing:
    ("form", "fields", 2, "label").
    """

    severity: Severity
    code: str
    message: str
    path: str
    line: int | None = None
    keys: tuple[str | int, ...] = field(default=(), compare=False)

    @property
    def stops(self) -> bool:
        return self.severity is Severity.STOPS

    @property
    def place(self) -> str:
        """`chapters/02-price.md:14`, as editors and terminals understand it."""
        return self.path if self.line is None else f"{self.path}:{self.line}"

    @property
    def said(self) -> str:
        """The place and the message in one line."""
        return sentence("%(place)s: %(message)s", place=self.place, message=self.message)


def stop(code: str, message: str, path: str, line: int | None = None, keys: tuple[str | int, ...] = ()) -> Finding:
    return Finding(Severity.STOPS, code, message, path, line, keys)


def advice(code: str, message: str, path: str, line: int | None = None, keys: tuple[str | int, ...] = ()) -> Finding:
    return Finding(Severity.ADVICE, code, message, path, line, keys)


def in_reading_order(findings: list[Finding]) -> list[Finding]:
    """Each finding once; what stops first, then by file and line."""
    return sorted(set(findings), key=lambda f: (not f.stops, f.path, f.line or 0, f.code, f.message))
