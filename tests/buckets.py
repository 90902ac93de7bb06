"""A real server on loopback that speaks S3, in an environment of its own."""

import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count

from magnets.bucket import Place
from tools import prepare


@dataclass(frozen=True, slots=True)
class ObjectStore:
    """A server that takes any key; buckets are made on demand."""

    endpoint: str
    _numbers: "count[int]"

    def a_bucket(self) -> str:
        """The name of a new bucket."""
        name = f"bucket-{next(self._numbers)}"
        request = urllib.request.Request(f"{self.endpoint}/{name}", method="PUT")
        with urllib.request.urlopen(request, timeout=10):
            return name

    def a_place(self) -> Place:
        """A folder in a new bucket."""
        return Place(self.a_bucket(), "magnets/lodestone", self.endpoint, key_id="lodestone", secret="k" * 16)


@contextmanager
def object_store() -> Iterator[ObjectStore]:
    """Started, and ended with the block."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = prepare.object_store() / "bin" / "moto_server"
    assert program.exists(), "run `python3 tools/prepare.py test` first"
    server = subprocess.Popen(
        [str(program), "-H", "127.0.0.1", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        until = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=5).close()
                break
            except OSError:
                assert server.poll() is None
                assert time.monotonic() < until
                time.sleep(0.05)
        yield ObjectStore(f"http://127.0.0.1:{port}", count(1))
    finally:
        server.terminate()
        server.wait(30)
