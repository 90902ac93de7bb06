"""Takes typed values out of the tables of magnet.toml, and collects what is wrong with them."""

import difflib
import re
import unicodedata
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TypeVar

from magnets.findings import Finding, advice, stop
from magnets.sentences import Either, quoted, sentence

FILE = "magnet.toml"

Choice = TypeVar("Choice", bound=StrEnum)
Place = tuple[str | int, ...]
LineOf = Callable[..., int | None]


class Table:
    """One table, or one element of a list of tables; all tables of a file report into one list of findings."""

    def __init__(self, values: object, place: Place, line_of: LineOf, findings: list[Finding]) -> None:
        self.place = place
        self.findings = findings
        self._line_of = line_of
        self._values: Mapping[str, object] = values if isinstance(values, dict) else {}
        if values is not None and not isinstance(values, dict):
            self.stop(
                "",
                "wrong-type",
                sentence("Write %(words)s as a table, with its keys in the lines below it.", words=self._words()),
            )

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def __bool__(self) -> bool:
        return bool(self._values)

    def stop(self, key: str, code: str, message: str) -> None:
        """A fault that stops publishing; an empty key means the table itself."""
        self.findings.append(stop(code, message, FILE, self._line(key), self._keys(key)))

    def advise(self, key: str, code: str, message: str) -> None:
        """A better way that the author may take or leave."""
        self.findings.append(advice(code, message, FILE, self._line(key), self._keys(key)))

    def named(self, key: str) -> str:
        """A key as it is called in messages: `[page] button`."""
        return f"{self._words()} `{key}`".strip()

    def refuse_unknown(self, *known: str) -> None:
        for key in self._values:
            if key not in known:
                near = difflib.get_close_matches(key, known, n=1)
                hint = (
                    sentence("Did you mean `%(near)s`?", near=near[0])
                    if near
                    else sentence("Known here: %(known)s.", known=", ".join(known))
                )
                self.stop(
                    key,
                    "unknown-key",
                    sentence("%(named)s is not a key of this format. %(hint)s", named=self.named(key), hint=hint),
                )

    def table(self, key: str, *, required: bool = False) -> "Table":
        if required and key not in self._values:
            self.stop(key, "missing-key", sentence("%(file)s needs a table [%(key)s].", file=FILE, key=key))
        return Table(self._values.get(key), (*self.place, key), self._line_of, self.findings)

    def tables(self, key: str) -> "list[Table]":
        """The elements of a list of tables; none where the key is missing."""
        value = self._values.get(key, [])
        if not isinstance(value, list):
            self.stop(key, "wrong-type", sentence("Write %(named)s as a list of tables.", named=self.named(key)))
            return []
        return [Table(part, (*self.place, key, at), self._line_of, self.findings) for at, part in enumerate(value)]

    def value(self, key: str) -> object:
        return self._values.get(key)

    def text(self, key: str, *, limit: int, required: bool = False, default: str = "") -> str:
        """One line of clean text."""
        return " ".join(self.paragraphs(key, limit=limit, required=required).split()) or default

    def paragraphs(self, key: str, *, limit: int, required: bool = False) -> str:
        """Clean text that may have several lines."""
        value = self._values.get(key, "")
        if not isinstance(value, str):
            self.stop(
                key, "wrong-type", sentence("Write %(named)s as a text in quotation marks.", named=self.named(key))
            )
            return ""
        if any(_is_control(char) for char in value):
            self.stop(
                key,
                "control-character",
                sentence("Take the invisible control characters out of %(named)s.", named=self.named(key)),
            )
        tidy = _tidy(value)
        if required and not tidy:
            self.stop(key, "missing-key", sentence("Give %(named)s a value.", named=self.named(key)))
        if len(tidy) > limit:
            self.stop(
                key,
                "too-long",
                sentence(
                    "%(named)s has %(number)s characters; shorten it to %(limit)s at most.",
                    named=self.named(key),
                    number=len(tidy),
                    limit=limit,
                ),
            )
        return tidy[:limit]

    def matching(self, key: str, pattern: re.Pattern[str], shape: str, *, limit: int, required: bool = False) -> str:
        """One line of text that has this shape; the shape is said in words."""
        value = self.text(key, limit=limit, required=required)
        if value and not pattern.fullmatch(value):
            self.stop(
                key,
                f"bad-{key}",
                sentence(
                    "Write %(named)s as %(shape)s; %(value)s is not.",
                    named=self.named(key),
                    shape=shape,
                    value=sentence("“%(words)s”", words=value),
                ),
            )
            return ""
        return value

    def texts(self, key: str, *, limit: int, most: int) -> tuple[str, ...]:
        """A list of one-line texts, empty ones left out."""
        value = self._values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
            self.stop(
                key, "wrong-type", sentence('Write %(named)s as a list of texts: ["…", "…"].', named=self.named(key))
            )
            return ()
        found = tuple(tidy for part in value if (tidy := " ".join(_tidy(part).split())))
        if len(found) > most or any(len(part) > limit for part in found):
            self.stop(
                key,
                "too-long",
                sentence(
                    "%(named)s takes %(most)s entries of %(limit)s characters at most.",
                    named=self.named(key),
                    most=most,
                    limit=limit,
                ),
            )
        return found[:most]

    def flag(self, key: str, *, default: bool = False) -> bool:
        value = self._values.get(key, default)
        if isinstance(value, bool):
            return value
        self.stop(
            key,
            "wrong-type",
            sentence("Write %(named)s as true or false, without quotation marks.", named=self.named(key)),
        )
        return default

    def whole(self, key: str, *, low: int, high: int, default: int = 0) -> int:
        value = self._values.get(key, default)
        if key not in self._values:
            return default
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        self.stop(
            key,
            "bad-number",
            sentence(
                "Write %(named)s as a whole number from %(low)s to %(high)s.", named=self.named(key), low=low, high=high
            ),
        )
        return default

    def number(self, key: str) -> float | None:
        value = self._values.get(key)
        if value is None or (isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15):
            return value
        self.stop(key, "bad-number", sentence("Write %(named)s as a number.", named=self.named(key)))
        return None

    def choice(self, key: str, kind: type[Choice], default: Choice, *, required: bool = False) -> Choice:
        if required and key not in self._values:
            self.stop(
                key,
                "missing-key",
                sentence("Give %(named)s a value: %(choices)s.", named=self.named(key), choices=_any_of(kind)),
            )
        return self.optional_choice(key, kind) or default

    def optional_choice(self, key: str, kind: type[Choice]) -> Choice | None:
        value = self._values.get(key)
        if value is None:
            return None
        if isinstance(value, str) and value in list(kind):
            return kind(value)
        message = sentence(
            "%(named)s can be %(choices)s; not %(value)s.",
            named=self.named(key),
            choices=_any_of(kind),
            value=quoted(value),
        )
        self.stop(key, f"unknown-{key.replace('_', '-')}", message)
        return None

    def _line(self, key: str) -> int | None:
        return self._line_of(*self._keys(key))

    def _keys(self, key: str) -> Place:
        return (*self.place, key) if key else self.place

    def _words(self) -> str:
        names = [str(part + 1) if isinstance(part, int) else part for part in self.place]
        return f"[{' '.join(names)}]" if names else ""


def _tidy(value: str) -> str:
    kept = "".join(char for char in value.replace("\r\n", "\n") if not _is_control(char))
    return unicodedata.normalize("NFC", kept).strip()


def _is_control(char: str) -> bool:
    return char not in "\n\t" and unicodedata.category(char) == "Cc"


def _any_of(kind: type[StrEnum]) -> Either:
    return Either([f'"{choice.value}"' for choice in kind])
