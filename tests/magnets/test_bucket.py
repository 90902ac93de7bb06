"""Documents in a bucket: a real server that speaks S3 keeps them, a folder has what was used last."""

import os
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import obstore
import pytest
from obstore.store import S3Store

from magnets.bucket import BucketStore, Place
from magnets.moving import move
from magnets.store import Damaged, LocalStore, StoreUnavailable
from tests.buckets import ObjectStore
from tests.magnets.test_store import DOCUMENT, files_in


def elsewhere(place: Place, folder: Path, most: int = 1 << 30) -> BucketStore:
    return BucketStore(place, folder, most=most)


def overwrite(place: Place, sha: str, data: bytes) -> None:
    objects = S3Store(
        place.bucket,
        prefix=place.prefix,
        config={"endpoint": place.endpoint, "access_key_id": place.key_id, "secret_access_key": place.secret},
        client_options={"allow_http": True},
    )
    obstore.put(objects, sha, data)


def left_alone(folder: Path) -> None:
    for path in files_in(folder):
        os.utime(path, (path.stat().st_mtime - 3600,) * 2)


def test_what_one_machine_puts_another_reads(object_store: ObjectStore, tmp_path: Path) -> None:
    place = object_store.a_place()
    here, there = elsewhere(place, tmp_path / "a"), elsewhere(place, tmp_path / "b")

    small, large = here.put(DOCUMENT), here.put_from(BytesIO(DOCUMENT * 10))

    with there.open(small) as file:
        assert file.read() == DOCUMENT
    assert there.path(large).read_bytes() == DOCUMENT * 10
    assert there.exists(large)
    assert there.is_intact(large)
    assert elsewhere(place, tmp_path / "c").size(large) == len(DOCUMENT) * 10
    assert sorted(there.hashes()) == sorted([small, large])


def test_a_document_that_is_not_in_the_bucket_is_said_to_be_missing(object_store: ObjectStore, tmp_path: Path) -> None:
    store = elsewhere(object_store.a_place(), tmp_path)

    assert not store.exists("0" * 64)
    assert not store.is_intact("0" * 64)
    for look in (store.path, store.open, store.size):
        with pytest.raises(FileNotFoundError):
            look("0" * 64)
        with pytest.raises(ValueError, match="not a SHA-256"):
            look("../../etc/passwd")


def test_what_was_damaged_in_the_bucket_is_never_given(object_store: ObjectStore, tmp_path: Path) -> None:
    place = object_store.a_place()
    sha = elsewhere(place, tmp_path / "a").put(DOCUMENT)
    overwrite(place, sha, DOCUMENT[:-1])
    store = elsewhere(place, tmp_path / "b")

    assert not store.is_intact(sha)
    with pytest.raises(Damaged):
        store.open(sha)
    assert files_in(tmp_path / "b") == []


def test_the_folder_keeps_what_was_used_last_within_its_bounds(object_store: ObjectStore, tmp_path: Path) -> None:
    place = object_store.a_place()
    shas = [elsewhere(place, tmp_path / "other").put(os.urandom(100_000)) for _ in range(4)]
    store = elsewhere(place, tmp_path / "near", most=250_000)
    for sha in shas[:2]:
        store.path(sha)
    left_alone(tmp_path / "near")
    store.path(shas[0])

    store.path(shas[2])

    assert {path.name for path in files_in(tmp_path / "near")} == {shas[0], shas[2]}
    store.path(shas[3])
    assert {path.name for path in files_in(tmp_path / "near")} == {shas[0], shas[2], shas[3]}  # in use this minute
    with store.open(shas[1]) as file:
        assert len(file.read()) == 100_000


def test_many_who_ask_at_once_fetch_it_once(object_store: ObjectStore, tmp_path: Path) -> None:
    place = object_store.a_place()
    sha = elsewhere(place, tmp_path / "a").put(DOCUMENT)
    store = elsewhere(place, tmp_path / "b")

    with ThreadPoolExecutor(8) as crowd:
        inodes = {path.stat().st_ino for path in crowd.map(store.path, [sha] * 8)}

    assert len(inodes) == 1


@pytest.mark.parametrize("endpoint", ["", "http://127.0.0.1:9"])
def test_a_bucket_that_cannot_be_used_is_named(object_store: ObjectStore, tmp_path: Path, endpoint: str) -> None:
    store = elsewhere(Place("no-such-bucket", "", endpoint or object_store.endpoint, "", "k", "s"), tmp_path)

    for use in (lambda: store.put(b"x"), lambda: store.put_from(BytesIO(b"x")), lambda: list(store.hashes())):
        with pytest.raises(StoreUnavailable, match="no-such-bucket"):
            use()
    assert files_in(tmp_path) == []


# --- moving -------------------------------------------------------------------------------------------


def silent(done: int, total: int) -> None:
    pass


def test_a_move_carries_everything_and_a_second_one_nothing(object_store: ObjectStore, tmp_path: Path) -> None:
    source, target = LocalStore(tmp_path / "a"), elsewhere(object_store.a_place(), tmp_path / "b")
    shas = sorted(source.put(DOCUMENT + bytes([number])) for number in range(3))
    target.put(DOCUMENT + bytes([1]))
    told: list[tuple[int, int]] = []

    first = move(source, target, tell=lambda done, total: told.append((done, total)))
    again = move(source, target, tell=silent)
    back = move(target, LocalStore(tmp_path / "c"), tell=silent)

    assert (first.carried, first.known, first.damaged) == (2, 1, ())
    assert (again.carried, again.known) == (0, 3)
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert back.carried == 3
    assert sorted(LocalStore(tmp_path / "c").hashes()) == sorted(target.hashes()) == shas


def test_a_move_mends_what_arrived_broken_and_leaves_out_what_is_damaged(
    object_store: ObjectStore, tmp_path: Path
) -> None:
    place = object_store.a_place()
    source, target = LocalStore(tmp_path / "a"), elsewhere(place, tmp_path / "b")
    good, bad = source.put(DOCUMENT), source.put(DOCUMENT * 2)
    source.path(bad).chmod(0o644)
    source.path(bad).write_bytes(DOCUMENT)
    overwrite(place, good, DOCUMENT[:-1])

    moved = move(source, target, tell=silent)

    assert (moved.carried, moved.damaged) == (1, (bad,))
    assert target.is_intact(good)
    assert list(target.hashes()) == [good]
