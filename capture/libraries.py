"""The system libraries that the product loads at run time. Standard library only: the installer reads this too."""

import ctypes
from collections.abc import Mapping

# What is loaded by name, and the Debian package that has it.
LIBRARIES = {
    "libgobject-2.0.so.0": "libglib2.0-0",
    "libfontconfig.so.1": "libfontconfig1",
    "libharfbuzz-subset.so.0": "libharfbuzz-subset0",
    "libpango-1.0.so.0": "libpango-1.0-0",
    "libpangoft2-1.0.so.0": "libpangoft2-1.0-0",
}


def missing(needed: Mapping[str, str] = LIBRARIES) -> list[str]:
    """The Debian packages that are not there, in alphabetical order."""
    return sorted({package for library, package in needed.items() if not _loads(library)})


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
