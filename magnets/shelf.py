"""What was set within the hour, by what it was set from: whoever looked at a whole document has it published at once.

So are the pictures of its pages, by the document. The same gives the same bytes, so that nothing is made twice
meanwhile. What was complained of is always set anew: a font may be there by now.
"""

import contextlib
import hashlib
import json
import os
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from magnets._renderer import Job

KEPT = 3600.0  # seconds


class Shelf:
    """A folder of documents and of pictures; each is whole or not there, and one that was damaged is none."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, key: str) -> tuple[Mapping[str, object], bytes] | None:
        """What was said of a document, and its bytes; None where it was not set within the hour."""
        place = self._folder / key
        try:
            if not _is_recent(place):
                return None
            digest, said, pdf = place.read_bytes().split(b"\n", 2)
        except (OSError, ValueError):
            return None
        return (json.loads(said), pdf) if digest == _digest(said, pdf) else None

    def keep(self, key: str, said: Mapping[str, object], pdf: bytes) -> None:
        """Keep a document for an hour, and let go what is older. Without room there is nothing to find."""
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            for former in self._folder.iterdir():
                if not _is_recent(former):
                    former.unlink(missing_ok=True)
            facts = json.dumps(said).encode()
            handle, name = tempfile.mkstemp(prefix=".incoming-", dir=self._folder)
            with os.fdopen(handle, "wb") as file:
                file.write(b"\n".join([_digest(facts, pdf), facts, pdf]))
            Path(name).replace(self._folder / key)


def key(job: "Job", html: str) -> str:
    """All that a document is set from, and how, as one name."""
    files = {address: hashlib.sha256(Path(path).read_bytes()).hexdigest() for address, path in job.files.items()}
    return hashlib.sha256(json.dumps([asdict(job) | {"files": files}, html], sort_keys=True).encode()).hexdigest()


def _digest(said: bytes, pdf: bytes) -> bytes:
    return hashlib.sha256(said + b"\n" + pdf).hexdigest().encode()


def _is_recent(place: Path) -> bool:
    return time.time() - place.stat().st_mtime < KEPT
