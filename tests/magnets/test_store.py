"""Documents are kept by the hash of their bytes, whole or not at all."""

import hashlib
import os
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest

from magnets.store import LocalStore

DOCUMENT = b"%PDF-1.7 " + bytes(range(256)) * 5000


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_what_was_put_is_read_back_by_its_hash(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)

    sha = store.put(DOCUMENT)

    assert sha == hashlib.sha256(DOCUMENT).hexdigest()
    assert store.path(sha) == tmp_path / sha[:2] / sha[2:4] / sha
    with store.open(sha) as file:
        assert file.read() == DOCUMENT
    assert store.size(sha) == len(DOCUMENT)
    assert store.exists(sha)
    assert store.is_intact(sha)


def test_the_same_bytes_are_kept_once(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)

    assert store.put(DOCUMENT) == store.put(DOCUMENT) == store.put_from(BytesIO(DOCUMENT))
    assert len(files_in(tmp_path)) == 1


def test_a_kept_file_cannot_be_written_to(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)

    assert store.path(store.put(DOCUMENT)).stat().st_mode & 0o777 == 0o444


def test_a_file_that_is_not_here_is_said_to_be_missing(tmp_path: Path) -> None:
    store, sha = LocalStore(tmp_path / "new"), "0" * 64

    assert not store.exists(sha)
    assert not store.is_intact(sha)
    with pytest.raises(FileNotFoundError):
        store.open(sha)
    with pytest.raises(FileNotFoundError):
        store.size(sha)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "0" * 63, "0" * 63 + "G", "A" * 64, "0" * 64 + "\n"])
def test_only_a_hash_names_a_file(tmp_path: Path, name: str) -> None:
    store = LocalStore(tmp_path)

    for look in (store.path, store.exists, store.size, store.open):
        with pytest.raises(ValueError, match="not a SHA-256"):
            look(name)


class FailsHalfway(BytesIO):
    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell():
            raise OSError("the disk is full")
        return super().read(size)


def test_a_put_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="the disk is full"):
        LocalStore(tmp_path).put_from(FailsHalfway(bytes(3_000_000)))

    assert files_in(tmp_path) == []


def test_a_process_that_is_killed_leaves_no_document_that_is_not_whole(tmp_path: Path) -> None:
    program = (
        "import os, sys; from io import BytesIO; from pathlib import Path; from magnets.store import LocalStore\n"
        "class Dies(BytesIO):\n"
        "    def read(self, size=-1):\n"
        "        if self.tell(): os.kill(os.getpid(), 9)\n"
        "        return super().read(size)\n"
        "LocalStore(Path(sys.argv[1])).put_from(Dies(bytes(3_000_000)))\n"
    )
    root = Path(__file__).parent.parent.parent

    died = subprocess.run([sys.executable, "-c", program, str(tmp_path)], cwd=root, env={**os.environ})

    assert died.returncode == -9
    assert all(path.name.startswith(".incoming-") for path in files_in(tmp_path))
    assert LocalStore(tmp_path).put(DOCUMENT) == hashlib.sha256(DOCUMENT).hexdigest()


def test_damage_on_the_disk_is_noticed(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    sha = store.put(DOCUMENT)
    store.path(sha).chmod(0o644)
    store.path(sha).write_bytes(DOCUMENT[:-1])

    assert not store.is_intact(sha)
