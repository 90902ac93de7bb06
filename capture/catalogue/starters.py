"""Starters: a small bundle of each kind to begin with."""

from capture.catalogue.models import MagnetKind
from capture.config import resource


def contents(kind: MagnetKind) -> dict[str, bytes]:
    """The files of the starter of this kind."""
    root = resource("templates") / "starters" / kind.value
    files = (path for path in sorted(root.rglob("*")) if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}
