"""A magnet as a folder: its files, its definition, and in which line what stands. The files are kept as bytes."""

import hashlib
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from magnets import tomlwords
from magnets.definition import MagnetDefinition, define
from magnets.findings import Finding, advice, stop
from magnets.sentences import sentence
from magnets.tables import FILE
from magnets.toml_lines import lines_of

MEGABYTE = 1_000_000
MOST_FILES = 2_000
MOST_BYTES = 400 * MEGABYTE
LARGEST_FILE = 200 * MEGABYTE
LARGEST_TEXT = 2 * MEGABYTE
LARGEST_DEFINITION = MEGABYTE // 2
NOT_PART_OF_THE_TEXT = frozenset({"readme", "license", "licence", "changelog", "contributing", "notice"})

KeyPath = tuple[str | int, ...]


class BundleUnreadable(Exception):
    """There is no magnet.toml, or it does not parse: nothing else can be judged."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__("; ".join(finding.said for finding in findings))
        self.findings = findings


@dataclass(frozen=True, slots=True)
class Bundle:
    """What was read. `files` are those inside the folder, by their path with forward slashes; others were refused."""

    root: Path
    magnet: MagnetDefinition
    table: Mapping[str, object]
    files: Mapping[str, Path]
    faults: tuple[Finding, ...] = ()
    lines: Mapping[KeyPath, int] = field(default_factory=dict)

    def line_of(self, *keys: str | int) -> int | None:
        """The line of a key in magnet.toml; for a key that is missing, of the table it would stand in."""
        return nearest_line(self.lines, keys)

    def stop(self, code: str, message: str, *keys: str | int) -> Finding:
        """A fault of the value that these keys lead to in magnet.toml."""
        return stop(code, message, FILE, self.line_of(*keys), keys)

    def advise(self, code: str, message: str, *keys: str | int) -> Finding:
        """A better way for the value that these keys lead to."""
        return advice(code, message, FILE, self.line_of(*keys), keys)

    @property
    def chapters(self) -> tuple[str, ...]:
        """The Markdown files in reading order, as far as they exist."""
        listed = self.magnet.chapters or _default_chapters(self.files)
        return tuple(path for path in listed if path in self.files)

    @property
    def pdf(self) -> str | None:
        """The finished document of a magnet that is a file: the one that is named, or the only one there is."""
        given = [name for name in self.files if name.lower().endswith(".pdf")]
        if self.magnet.file.pdf is not None:
            return self.magnet.file.pdf if self.magnet.file.pdf in given else None
        return given[0] if len(given) == 1 else None

    def digest(self) -> str:
        """SHA-256 over the names and bytes of all files, in hex; equal for equal content wherever the folder lies."""
        total = hashlib.sha256()
        for name in sorted(self.files):
            with self.files[name].open("rb") as file:
                inner = hashlib.file_digest(file, "sha256").hexdigest()
            total.update(f"{inner} {name}\n".encode())
        return total.hexdigest()


def read(folder: Path) -> Bundle:
    """Read a bundle; raises BundleUnreadable when there is no magnet.toml that parses.

    Links that lead out of the folder, special files and absurd sizes are left out and listed in `faults`.
    """
    root = folder.resolve()
    if not root.is_dir():
        raise BundleUnreadable(
            [stop("no-folder", sentence("There is no folder %(folder)s.", folder=str(folder)), FILE)]
        )
    files, faults = _files(root)
    if FILE not in files:
        message = sentence("Put a file %(file)s into the folder; it says what the magnet is.", file=FILE)
        raise BundleUnreadable([*faults, stop("no-definition", message, FILE)])
    text = _definition_text(files[FILE])
    table = _parse(text)
    lines = lines_of(text)
    magnet, in_definition = define(table, lambda *keys: nearest_line(lines, keys))
    return Bundle(root, magnet, table, files, (*faults, *in_definition), lines)


def nearest_line(lines: Mapping[KeyPath, int], keys: KeyPath) -> int | None:
    while keys and keys not in lines:
        keys = keys[:-1]
    return lines.get(keys)


def _default_chapters(files: Mapping[str, Path]) -> tuple[str, ...]:
    markdown = sorted(name for name in files if name.lower().endswith(".md"))
    inside = tuple(name for name in markdown if name.startswith("chapters/") and name.count("/") == 1)
    beside = (name for name in markdown if "/" not in name)
    return inside or tuple(name for name in beside if name.lower().removesuffix(".md") not in NOT_PART_OF_THE_TEXT)


def _definition_text(path: Path) -> str:
    if path.stat().st_size > LARGEST_DEFINITION:
        raise BundleUnreadable(
            [stop("too-large", sentence("%(file)s is larger than 500 kB; shorten it.", file=FILE), FILE)]
        )
    try:
        return path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as wrong:
        line = path.read_bytes().count(b"\n", 0, wrong.start) + 1
        raise BundleUnreadable(
            [stop("not-utf-8", sentence("Save %(file)s as UTF-8.", file=FILE), FILE, line)]
        ) from wrong


def _parse(text: str) -> Mapping[str, object]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as wrong:
        place = re.search(r"line (\d+)", str(wrong))
        line = int(place.group(1)) if place else text.count("\n") + 1
        raise BundleUnreadable(
            [
                stop(
                    "does-not-parse",
                    sentence("This is not valid TOML: %(reason)s.", reason=tomlwords.why(wrong)),
                    FILE,
                    line,
                )
            ]
        ) from wrong


def _files(root: Path) -> tuple[dict[str, Path], list[Finding]]:
    files: dict[str, Path] = {}
    faults: list[Finding] = []
    total = 0
    for name, path in _walk(root):
        fault = _refusal(root, name, path)
        if fault is None:
            total += path.stat().st_size
            files[name] = path
        else:
            faults.append(fault)
        if len(files) > MOST_FILES or total > MOST_BYTES:
            limits = {"files": MOST_FILES, "megabytes": MOST_BYTES // MEGABYTE}
            message = sentence("The folder is too large; keep it under %(files)s files and %(megabytes)s MB.", **limits)
            raise BundleUnreadable([stop("too-large", message, name)])
    return files, faults


def _walk(root: Path) -> Iterator[tuple[str, Path]]:
    """Every file below the folder in name order; what begins with a dot is not part of a magnet."""
    for here, folders, names in os.walk(root, followlinks=False):
        linked = [name for name in folders if (Path(here) / name).is_symlink()]
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in linked)
        for name in sorted([*names, *linked]):
            if not name.startswith("."):
                path = Path(here) / name
                yield path.relative_to(root).as_posix(), path


def _refusal(root: Path, name: str, path: Path) -> Finding | None:
    try:
        target = path.resolve()
    except (OSError, RuntimeError):  # links in a circle; RuntimeError before Python 3.13
        return stop("not-a-file", sentence("This link leads in a circle; remove it."), name)
    if not target.is_relative_to(root):
        return stop(
            "link-leads-outside", sentence("This link leads out of the folder; put the file itself here."), name
        )
    if not target.is_file():
        return stop("not-a-file", sentence("This is neither a file nor a folder; remove it."), name)
    if not name.isprintable():
        return stop(
            "bad-file-name", sentence("Rename this file: its name has characters that cannot be printed."), name
        )
    limit = LARGEST_TEXT if name.lower().endswith(".md") else LARGEST_FILE
    if target.stat().st_size > limit:
        return stop(
            "too-large",
            sentence("This file is larger than %(megabytes)s MB; make it smaller.", megabytes=limit // MEGABYTE),
            name,
        )
    return None
