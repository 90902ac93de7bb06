"""Where documents lie: a local folder in which every file is named by the hash of its bytes."""

import hashlib
import os
import re
import tempfile
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

BLOCK = 1 << 20
SHA256 = re.compile(r"[0-9a-f]{64}")


class LocalStore:
    """Files are written once, whole or not at all, and never changed: what a hash names stays what it was."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, data: bytes) -> str:
        """Keep these bytes; answers their SHA-256 in hex. Putting the same bytes again changes nothing."""
        sha = hashlib.sha256(data).hexdigest()
        return sha if self.exists(sha) else self.put_from(BytesIO(data))

    def put_from(self, file: BinaryIO) -> str:
        """As `put`, a megabyte at a time; it is on the disk, and stays after a power cut, when this returns."""
        self._folder.mkdir(parents=True, exist_ok=True)
        total = hashlib.sha256()
        handle, name = tempfile.mkstemp(prefix=".incoming-", dir=self._folder)
        incoming = Path(name)
        try:
            with os.fdopen(handle, "wb") as out:
                while block := file.read(BLOCK):
                    total.update(block)
                    out.write(block)
                out.flush()
                os.fchmod(out.fileno(), 0o444)
                os.fsync(out.fileno())
            self._settle(incoming, self.path(total.hexdigest()))
        finally:
            incoming.unlink(missing_ok=True)
        return total.hexdigest()

    def _settle(self, incoming: Path, place: Path) -> None:
        place.parent.mkdir(parents=True, exist_ok=True)
        incoming.replace(place)
        for folder in (place.parent, place.parent.parent, self._folder):
            _sync(folder)

    def path(self, sha: str) -> Path:
        """Where the file of this hash is or would be; ValueError for anything that is no hash."""
        if not SHA256.fullmatch(sha):
            raise ValueError("not a SHA-256 in hex")
        return self._folder / sha[:2] / sha[2:4] / sha

    def open(self, sha: str) -> BinaryIO:
        """The file for reading; FileNotFoundError when it is not here."""
        return self.path(sha).open("rb")

    def exists(self, sha: str) -> bool:
        return self.path(sha).is_file()

    def size(self, sha: str) -> int:
        """In bytes; FileNotFoundError when it is not here."""
        return self.path(sha).stat().st_size

    def is_intact(self, sha: str) -> bool:
        """Whether the file is here and its bytes still have this hash."""
        if not self.exists(sha):
            return False
        with self.path(sha).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha


def _sync(folder: Path) -> None:
    """A new name is only safe from a power cut once its folder is on the disk too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
