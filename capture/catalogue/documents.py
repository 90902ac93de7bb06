"""Where the documents and page pictures of editions lie: by content hash, in a folder of the installation."""

from functools import cache
from pathlib import Path

from capture.config import Settings
from magnets.store import LocalStore


def store(settings: Settings) -> LocalStore:
    """The store of this installation."""
    return _opened(settings.documents)


@cache
def _opened(folder: Path) -> LocalStore:
    return LocalStore(folder)
