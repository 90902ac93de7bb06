"""A bundle in other shapes: as a .zip that comes or goes, and as a folder that the library can read."""

import io
import os
import re
import shutil
import stat
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO

from capture.catalogue import documents
from capture.config import Settings
from capture.errors import UploadRefused
from capture.languages import quoted, say
from magnets.folder import LARGEST_FILE, MEGABYTE, MOST_BYTES, MOST_FILES

Files = Mapping[str, str]
"""A bundle in the store: its paths, and the SHA-256 of each file."""

DEFINITION = "magnet.toml"
PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".svg")
TEXTS = (".md", ".toml", ".txt")
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same bundle gives the same bytes, whenever it is taken out


def put(settings: Settings, contents: Mapping[str, bytes]) -> dict[str, str]:
    """Keep these files; answers their hashes by path."""
    store = documents.store(settings)
    return {name: store.put(content) for name, content in contents.items()}


def put_folder(settings: Settings, paths: Mapping[str, Path]) -> dict[str, str]:
    """Keep the files of a folder; answers their hashes by path."""
    store = documents.store(settings)
    kept = {}
    for name, path in paths.items():
        with path.open("rb") as file:
            kept[name] = store.put_from(file)
    return kept


def read(settings: Settings, files: Files, path: str) -> bytes:
    """The bytes of one file of the bundle. Raises KeyError where it has none of that path."""
    with documents.store(settings).open(files[path]) as file:
        return file.read()


def is_path(name: str) -> bool:
    """Whether a file of a bundle may have this path: relative, plain, inside the folder, nothing hidden."""
    parts = PurePosixPath(name).parts
    return (
        0 < len(name) <= 200
        and name.isprintable()
        and not any(sign in name for sign in '\\:*?"<>|')
        and not name.startswith("/")
        and str(PurePosixPath(name)) == name
        and all(not part.startswith(".") and part == part.strip() for part in parts)
    )


def picture_path(files: Files, name: str) -> str:
    """A path in pictures/ that no file has, made of the name of what was uploaded: plain letters, and its ending."""
    stem, _, ending = name.replace("\\", "/").rpartition("/")[2].lower().rpartition(".")
    stem = re.sub(r"[^a-z0-9]+", "-", stem).strip("-")[:60] or "picture"
    path, number = f"pictures/{stem}.{ending}", 1
    while path in files:
        number += 1
        path = f"pictures/{stem}-{number}.{ending}"
    return path


@contextmanager
def laid_out(settings: Settings, files: Files) -> Iterator[Path]:
    """The bundle as a folder, for as long as the block runs: links to the store, so that nothing is copied."""
    store = documents.store(settings)
    settings.data.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bundle-", dir=settings.data) as folder:
        root = Path(folder)
        for name, sha in files.items():
            place = root / name
            place.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(store.path(sha), place)
            except OSError:  # The store is on another disk.
                shutil.copyfile(store.path(sha), place)
        yield root


def packed(settings: Settings, files: Files, folder: str) -> bytes:
    """The bundle as a .zip with one folder in it; every file is byte for byte what it was."""
    store = documents.store(settings)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as parcel:
        for name in sorted(files):
            entry = zipfile.ZipInfo(f"{folder}/{name}", _EPOCH)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            with store.open(files[name]) as file:
                parcel.writestr(entry, file.read())
    return packed.getvalue()


def unpacked(parcel: bytes) -> dict[str, bytes]:
    """The files of a .zip, without the folder around them. Raises UploadRefused with the reason.

    What a file claims to weigh is not believed: reading stops where the limit of a bundle is reached.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(parcel)) as opened:
            entries = [entry for entry in opened.infolist() if not entry.is_dir()]
            linked = next((entry.filename for entry in entries if stat.S_ISLNK(entry.external_attr >> 16)), None)
            if linked is not None:
                raise _strange(linked)
            return _inside(_gathered((entry.filename, partial(opened.open, entry)) for entry in entries))
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError) as wrong:
        raise UploadRefused(
            say("This file cannot be opened as a .zip. Pack the folder again, without a password.")
        ) from wrong


def of_folder(files: Iterable[tuple[str, IO[bytes]]]) -> dict[str, bytes]:
    """The files of a folder that somebody chose, without the folder around them. Raises UploadRefused as `unpacked`."""
    return _inside(_gathered((name, partial(_as_it_is, file)) for name, file in files))


def _as_it_is(file: IO[bytes]) -> AbstractContextManager[IO[bytes]]:
    return nullcontext(file)


def _gathered(entries: Iterable[tuple[str, Callable[[], AbstractContextManager[IO[bytes]]]]]) -> dict[str, bytes]:
    contents: dict[str, bytes] = {}
    weight = 0
    for name, opened in entries:
        if _is_litter(name):
            continue
        if not is_path(name):
            raise _strange(name)
        limit = min(LARGEST_FILE, MOST_BYTES - weight)
        with opened() as file:
            content = file.read(limit + 1)
        weight += len(content)
        if len(content) > limit or len(contents) >= MOST_FILES:
            most = f"{MOST_FILES:,} files and {MOST_BYTES // MEGABYTE} MB"
            raise UploadRefused(say("This is too large for a bundle; keep it under %(most)s.", most=most))
        contents[name] = content
    return contents


def _strange(name: str) -> UploadRefused:
    return UploadRefused(say("%(name)s cannot be a file of a magnet. Take it out.", name=quoted(name)))


def _is_litter(name: str) -> bool:
    """What packers of some systems add, and what a bundle passes over anyway."""
    return name.startswith("__MACOSX/") or any(
        part.startswith(".") and part not in (".", "..") for part in name.split("/")
    )


def _inside(contents: Mapping[str, bytes]) -> dict[str, bytes]:
    roots = [name.removesuffix(DEFINITION) for name in contents if name.rpartition("/")[2] == DEFINITION]
    root = min(roots, key=len, default=None)
    if root is None:
        raise UploadRefused(
            say(
                "There is no %(definition)s in it, so it is no bundle. Add a text instead?",
                definition=DEFINITION,
            )
        )
    return {name.removeprefix(root): content for name, content in contents.items() if name.startswith(root)}
