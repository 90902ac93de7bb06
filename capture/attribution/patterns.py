"""Which campaign a raw value belongs to. Plain arithmetic: no database, no framework."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from capture.attribution import macros

ANYTHING = "*"
APART = "\t"  # between utm_campaign and what else names the campaign, where an arrival is counted; no value has one
LONGEST = 200
MOST = 200  # of one campaign, or of one rule


def normal(text: str) -> str:
    """A pattern or value as it is compared: trimmed, in lower case, spaces as one."""
    return " ".join(text.lower().split())


@dataclass(frozen=True)
class Aliases:
    """Patterns and the names they stand for. An exact pattern beats one with *, a longer one a shorter one."""

    names: Mapping[str, str]  # by pattern, in its normal form

    def name_of(self, raw: str) -> str | None:
        """The campaign of a raw value, or None where no alias takes it.

        The value may have several parts, such as a campaign and its id: an alias of any of them will do, the first
        part first. A macro that came unfilled is only ever taken by an alias that is the same.
        """
        values = [value for part in raw.split(APART) if (value := normal(part))]
        exact = next((self.names[value] for value in values if value in self.names), None)
        if exact is not None:
            return exact
        values = [value for value in values if not macros.is_macro(value)]
        return next((self.names[pattern] for pattern in self._open for value in values if fits(pattern, value)), None)

    def label_of(self, raw: str) -> str:
        """What a raw value is called in reports: its campaign, or what it says itself."""
        return self.name_of(raw) or shown(raw)

    def by_name(self) -> dict[str, list[str]]:
        """The patterns of each campaign, by its name: both in the order of the alphabet, its own name first."""
        found: dict[str, list[str]] = {}
        for pattern, name in sorted(
            self.names.items(), key=lambda one: (normal(one[1]), one[0] != normal(one[1]), one[0])
        ):
            found.setdefault(name, []).append(pattern)
        return found

    @cached_property
    def _open(self) -> Sequence[str]:
        return sorted((pattern for pattern in self.names if ANYTHING in pattern), key=lambda p: (-len(p), p))


@lru_cache(maxsize=10_000)
def _one_name(patterns: Sequence[str]) -> Aliases:
    return Aliases(dict.fromkeys(map(normal, patterns), ""))


def is_of(raw: str, patterns: tuple[str, ...]) -> bool:
    """Whether one of these patterns takes a raw value, as an alias would."""
    return _one_name(patterns).name_of(raw) is not None


def takes_everything(pattern: str) -> bool:
    """Whether it leaves nothing out: a lone *."""
    return not normal(pattern).strip(ANYTHING)


def shown(raw: str) -> str:
    """A raw value as people read it: utm_campaign, else an id; a macro that came unfilled says nothing."""
    return next((part for part in raw.split(APART) if part and not macros.is_macro(part)), "")


def fits(pattern: str, value: str) -> bool:
    """Whether the value is what the pattern says, * being anything. In linear time: the parts are found in order."""
    first, *middle, last = pattern.split(ANYTHING)
    if not value.startswith(first) or not value.endswith(last) or len(value) < len(first) + len(last):
        return False
    at, end = len(first), len(value) - len(last)
    for part in middle:
        found = value.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True
