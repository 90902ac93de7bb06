"""Macros of advertising platforms that came unfilled. Plain arithmetic: no database, no framework."""

import re

# {{campaign.name}}, {keyword}, %CAMPAIGN%, [placement], __AID__, ${SOURCE}
_MACRO = re.compile(r"^(?:\{.*\}|%[A-Za-z_.]+%|\[.*\]|__[A-Za-z_]+__|\$\{.*\})$", re.DOTALL)
# %CAMPAIGN% as the platform left it: read as percent-encoding, its first letters would be lost.
_LEFT_BARE = re.compile(r"=(%[A-Za-z_.]+%)(?=&|$)")


def is_macro(text: str) -> bool:
    """Whether this is a macro that no platform filled in."""
    return _MACRO.match(text) is not None


def escaped(query: str) -> str:
    """The query with %…% macros encoded, so that they are read as they stand there."""
    return _LEFT_BARE.sub(lambda found: "=" + found[1].replace("%", "%25"), query)
