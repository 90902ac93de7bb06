"""Where documents lie: every file is named by the hash of its bytes; here in a folder, in magnets.bucket elsewhere."""

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Protocol

BLOCK = 1 << 20
SHA256 = re.compile(r"[0-9a-f]{64}")


class Damaged(Exception):
    """The bytes are not those that the hash names."""


class StoreUnavailable(Exception):
    """The store is somewhere else, and cannot be reached or does not let us in."""


class Readable(Protocol):
    """What can be read a block at a time."""

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes, at most so many; none at the end."""


class Store(Protocol):
    """Files are kept whole or not at all, and never changed: what a hash names stays what it was. Thread-safe.

    Hashes are SHA-256 in hex; ValueError for anything else. FileNotFoundError for a file that is not here.
    """

    def put(self, data: bytes) -> str:
        """Keep these bytes; answers their hash. Putting the same bytes again changes nothing."""

    def put_from(self, file: Readable, *, sha: str | None = None) -> str:
        """As `put`, a megabyte at a time. It is safe when this returns. Raises Damaged where it is not `sha`."""

    def path(self, sha: str) -> Path:
        """A local file with these bytes, which may be opened at once and must not be changed."""

    def open(self, sha: str) -> BinaryIO:
        """The file for reading."""

    def exists(self, sha: str) -> bool:
        """Whether it is here."""

    def size(self, sha: str) -> int:
        """In bytes."""

    def is_intact(self, sha: str) -> bool:
        """Whether the file is here and its bytes, read to the end, still have this hash."""

    def hashes(self) -> Iterator[str]:
        """Of every file that is here."""


class LocalStore:
    """A folder of files; nobody may write to them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, data: bytes) -> str:
        """Keep these bytes; answers their hash."""
        sha = hashlib.sha256(data).hexdigest()
        return sha if self.exists(sha) else self.put_from(BytesIO(data))

    def put_from(self, file: Readable, *, sha: str | None = None) -> str:
        """It is on the disk, and stays after a power cut, when this returns."""
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
            refuse_damaged(total.hexdigest(), sha)
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

    def hashes(self) -> Iterator[str]:
        """Of every file, in order of their names."""
        for path in sorted(self._folder.glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/*")):
            if SHA256.fullmatch(path.name):
                yield path.name


def refuse_damaged(found: str, wanted: str | None) -> None:
    """Raises Damaged where something else was wanted."""
    if wanted is not None and found != wanted:
        raise Damaged(f"{wanted} has other bytes now")


def _sync(folder: Path) -> None:
    """A new name is only safe from a power cut once its folder is on the disk too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
