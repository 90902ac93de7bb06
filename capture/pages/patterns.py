"""A marketer's pattern, matched in time linear in the answer: no pattern can hang the server."""

from functools import lru_cache

import re2

from capture.languages import say

LONGEST = 500


class BadPattern(Exception):
    """A pattern that cannot be used; the text says why."""


def _options() -> "re2.Options":
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 1 << 20
    return options


@lru_cache(maxsize=500)
def compiled(pattern: str) -> "re2._Regexp":
    """The pattern, ready to match; raises BadPattern.

    RE2 knows neither look-around nor back-references, which is what makes it safe.
    """
    if len(pattern) > LONGEST:
        raise BadPattern(say("it is longer than %(longest)s characters", longest=LONGEST))
    try:
        return re2.compile(pattern, _options())  # type: ignore[no-untyped-call,no-any-return]
    except re2.error as wrong:
        raise BadPattern(_words(wrong)) from None


def fits(pattern: str, text: str) -> bool:
    """Whether all of the text matches."""
    return compiled(pattern).fullmatch(text) is not None  # type: ignore[no-untyped-call]


def _words(wrong: Exception) -> str:
    [reason] = wrong.args or (say("it does not parse"),)
    return reason.decode() if isinstance(reason, bytes) else str(reason)
