"""Which campaign a raw value belongs to. Plain arithmetic: no database, no framework."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

ANYTHING = "*"
LONGEST = 200


def normal(text: str) -> str:
    """A pattern or value as it is compared: trimmed, in lower case, spaces as one."""
    return " ".join(text.lower().split())


@dataclass(frozen=True)
class Aliases:
    """Patterns and the names they stand for. An exact pattern beats one with *, a longer one a shorter one."""

    names: Mapping[str, str]  # by pattern, in its normal form

    def name_of(self, raw: str) -> str | None:
        """The campaign of a raw value, or None where no alias takes it."""
        value = normal(raw)
        exact = self.names.get(value)
        if exact is not None or not value:
            return exact
        return next((self.names[pattern] for pattern in self._open if fits(pattern, value)), None)

    @cached_property
    def _open(self) -> Sequence[str]:
        return sorted((pattern for pattern in self.names if ANYTHING in pattern), key=lambda p: (-len(p), p))


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
