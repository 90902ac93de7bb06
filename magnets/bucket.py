"""Where documents lie when it is an object store that speaks S3: the bucket has them all, a folder here the last used.

Objects are named by the hash of their bytes, so what a folder here has is never out of date.
"""

import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, BinaryIO

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from magnets.store import BLOCK, SHA256, LocalStore, Readable, StoreUnavailable

if TYPE_CHECKING:
    from obstore.store import S3Config

PATIENCE = timedelta(seconds=20)  # for a bucket that does not answer: somebody waits for a page
LONGEST = timedelta(minutes=10)  # for one file on a slow line
PART = 8 * BLOCK
IN_USE = 60  # seconds in which a file that was asked for is surely opened


@dataclass(frozen=True, slots=True)
class Place:
    """A bucket, the folder in it, and who says so. Without an endpoint it is Amazon's, without a key the machine's."""

    bucket: str
    prefix: str = ""
    endpoint: str = ""
    region: str = "us-east-1"
    key_id: str = ""
    secret: str = ""


class BucketStore:
    """Documents in a bucket. The folder holds at most `most` bytes, and besides what was used in the last minute."""

    def __init__(self, place: Place, folder: Path, *, most: int) -> None:
        self._place = place
        self._objects = _connected(place)
        self._folder = folder
        self._near = LocalStore(folder)
        self._most = most
        self._turns = tuple(Lock() for _ in range(64))

    def put(self, data: bytes) -> str:
        """Keep these bytes; answers their hash."""
        sha = hashlib.sha256(data).hexdigest()
        if not self.exists(sha):
            self._upload(sha, data)
        return sha

    def put_from(self, file: Readable, *, sha: str | None = None) -> str:
        """It is in the bucket when this returns."""
        found = self._near.put_from(file, sha=sha)
        try:
            self._upload(found, self._near.path(found))
        except BaseException:
            self._near.path(found).unlink(missing_ok=True)  # Here would be taken for there.
            raise
        self._make_room()
        return found

    def path(self, sha: str) -> Path:
        """The file in the folder here; fetched where it is not. It stays for a minute at the least."""
        near = self._near.path(sha)
        if not _touched(near):
            with self._turns[int(sha[:2], 16) % len(self._turns)]:  # Who comes second finds it.
                if not _touched(near):
                    self._fetch(sha)
        return near

    def open(self, sha: str) -> BinaryIO:
        """The file for reading."""
        return self.path(sha).open("rb")

    def exists(self, sha: str) -> bool:
        """Whether the bucket has it."""
        return self._near.exists(sha) or self._has(sha)

    def size(self, sha: str) -> int:
        """In bytes."""
        if self._near.exists(sha):
            return self._near.size(sha)
        self._near.path(sha)
        with self._asking():
            return int(obstore.head(self._objects, sha)["size"])

    def is_intact(self, sha: str) -> bool:
        """Whether the object is in the bucket and has this hash: read from there, not from here."""
        total = hashlib.sha256()
        try:
            for block in self._blocks(sha):
                total.update(block)
        except FileNotFoundError:
            return False
        return total.hexdigest() == sha

    def hashes(self) -> Iterator[str]:
        """Of every object in the bucket, in its order."""
        with self._asking():
            for batch in obstore.list(self._objects):
                yield from (str(each["path"]) for each in batch if SHA256.fullmatch(each["path"]))

    def _upload(self, sha: str, source: bytes | Path) -> None:
        with self._asking():
            try:
                obstore.put(self._objects, sha, source, chunk_size=PART, max_concurrency=2)
            except FileNotFoundError:
                raise StoreUnavailable(f"There is no bucket {self._place.bucket!r}.") from None

    def _has(self, sha: str) -> bool:
        self._near.path(sha)
        try:
            with self._asking():
                obstore.head(self._objects, sha)
        except FileNotFoundError:
            return False
        return True

    def _blocks(self, sha: str) -> Iterator[bytes]:
        self._near.path(sha)
        with self._asking():
            for block in obstore.get(self._objects, sha).stream(min_chunk_size=BLOCK):
                yield bytes(block)

    def _fetch(self, sha: str) -> None:
        """From the bucket into the folder, where it is what its name says."""
        self._near.put_from(_Reader(self._blocks(sha)), sha=sha)
        self._make_room()

    def _make_room(self) -> None:
        """Take away what was used longest ago, until no more than the most lies here."""
        lying = sorted(self._lying())
        weight = sum(size for _, size, _ in lying)
        for used, size, path in lying:
            if weight <= self._most or used > time.time() - IN_USE:
                return
            path.unlink(missing_ok=True)  # Whoever has it open reads on.
            weight -= size

    def _lying(self) -> Iterator[tuple[float, int, Path]]:
        for sha in self._near.hashes():
            path = self._near.path(sha)
            try:
                told = path.stat()
            except FileNotFoundError:
                continue  # Another process made room.
            yield told.st_mtime, told.st_size, path

    @contextmanager
    def _asking(self) -> Iterator[None]:
        try:
            yield
        except BaseError as fault:
            raise StoreUnavailable(f"The bucket {self._place.bucket!r} cannot be used: {_reason(fault)}") from fault


class _Reader:
    """Blocks as a file that is read a block at a time."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks

    def read(self, size: int = -1, /) -> bytes:
        return next(self._blocks, b"")


def _touched(path: Path) -> bool:
    """Whether it is here; then it was used just now."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    return True


def _reason(fault: BaseError) -> str:
    """The library's first line: the rest repeats it as a data structure."""
    return (str(fault).strip() or type(fault).__name__).splitlines()[0]


def _connected(place: Place) -> S3Store:
    """Opens no connection yet."""
    who: S3Config = {"region": place.region}
    if place.key_id:
        who |= {"access_key_id": place.key_id, "secret_access_key": place.secret}
    if place.endpoint:
        who["endpoint"] = place.endpoint
    return S3Store(
        place.bucket,
        prefix=place.prefix or None,
        config=who,
        client_options={
            "allow_http": place.endpoint.startswith("http://"),
            "connect_timeout": timedelta(seconds=5),
            "timeout": LONGEST,
        },
        retry_config={"max_retries": 3, "retry_timeout": PATIENCE},
    )
