"""A real HTTP receiver on loopback, and ways in which real ones disappoint."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Receiver:
    """What was posted: path, headers and body, in order. `answers` are given one by one, then 204 for ever."""

    received: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    says: str = ""
    patience: float = 0.0  # seconds that it thinks before it answers, while nothing hurries it
    hurry: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for _, headers, _ in self.received]


@contextmanager
def receiving(receiver: Receiver) -> Iterator[str]:
    """The address of a server that fills the receiver."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.received.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            receiver.hurry.wait(receiver.patience)
            status = receiver.answers.pop(0) if receiver.answers else 204
            said = receiver.says.encode()
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", f"{receiver.url}/elsewhere")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield receiver.url
    finally:
        server.shutdown()
        server.server_close()
