"""`lodestone documents move`: from one place to another, whatever happens on the way."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from capture import cli
from magnets.bucket import BucketStore, Place
from magnets.store import LocalStore
from tests.buckets import ObjectStore

DOCUMENTS = 60


@pytest.fixture
def bucket(object_store: ObjectStore) -> Place:
    return object_store.a_place()


@pytest.fixture
def environment(bucket: Place, tmp_path: Path) -> dict[str, str]:
    (tmp_path / "secret").write_text(f"{bucket.secret}\n")
    return {
        "LODESTONE_DATA": str(tmp_path / "data"),
        "LODESTONE_S3_ENDPOINT": bucket.endpoint,
        "LODESTONE_S3_KEY_ID": bucket.key_id,
        "LODESTONE_S3_SECRET_FILE": str(tmp_path / "secret"),
    }


def test_a_move_that_was_killed_is_taken_up_again(bucket: Place, environment: dict[str, str], tmp_path: Path) -> None:
    source = LocalStore(tmp_path / "data" / "documents")
    shas = {source.put(os.urandom(100_000)) for _ in range(DOCUMENTS)}
    target = BucketStore(bucket, tmp_path / "seen", most=1 << 30)
    command = [
        sys.executable,
        "-m",
        "capture.cli",
        "documents",
        "move",
        "--to",
        f"s3://{bucket.bucket}/{bucket.prefix}",
    ]
    variables = {"PATH": os.environ["PATH"], **environment}

    first = subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    until = time.monotonic() + 60
    while first.poll() is None and not list(target.hashes()):
        assert time.monotonic() < until
        time.sleep(0.01)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    had = set(target.hashes())
    again = subprocess.run(command, env=variables, capture_output=True, text=True)

    assert had < shas
    assert again.returncode == 0, again.stderr
    assert again.stdout == (
        f"{DOCUMENTS - len(had)} documents carried over, {len(had)} were there already; all of them are intact.\n"
    )
    assert set(target.hashes()) == shas
    assert all(target.is_intact(sha) for sha in shas)
    assert set(source.hashes()) == shas


def test_what_is_damaged_is_named_and_the_command_fails(tmp_path: Path) -> None:
    source = LocalStore(tmp_path / "from")
    sha = source.put(b"a document")
    source.path(sha).chmod(0o644)
    source.path(sha).write_bytes(b"another")

    told = CliRunner().invoke(
        cli.main, ["documents", "move", "--from", f"folder:{tmp_path / 'from'}", "--to", f"folder:{tmp_path / 'to'}"]
    )

    assert told.exit_code == 1
    assert sha in told.stderr


@pytest.mark.parametrize(
    ("place", "setting"),
    [
        ("somewhere", "LODESTONE_DOCUMENTS"),
        ("s3:bucket", "LODESTONE_DOCUMENTS"),
        ("s3://bucket", "LODESTONE_S3_SECRET"),
    ],
)
def test_a_place_that_is_none_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, place: str, setting: str
) -> None:
    monkeypatch.setenv("LODESTONE_DATA", str(tmp_path))
    monkeypatch.setenv("LODESTONE_S3_KEY_ID", "only the id")

    told = CliRunner().invoke(cli.main, ["documents", "move", "--to", place])

    assert told.exit_code == 2
    assert told.stderr.startswith(f"lodestone: {setting}: ")
