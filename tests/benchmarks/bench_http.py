"""Leads' copies over HTTP beside nginx sending one static file of the same size, in turns; and what it costs in memory.

The documents are real: a guide that somebody wrote, typeset and cut. Both servers run as one process on one core, and
wrk asks both alike from the other. Every copy is another lead's; each was fetched and counted once before, so that the
figures are those of giving a copy. There are two: `again` is a copy that its reader fetched before, while nothing was
written since or not a second has passed, as with a viewer that opens what was just fetched; `asked` is one for which
the database is asked each time. The first fetches, which are also written down, have a figure of their own.
"""

import http.client
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median

from capture import clock, schema
from capture.app import create_app
from capture.config import Settings
from capture.db import db
from capture.delivery import links
from capture.delivery.links import Purpose
from capture.web import visitor
from magnets.imprint import prepare
from tests import stories
from tests.benchmarks import guides
from tests.commands.test_serve import Server, a_free_port
from tests.faults.test_real_downloads import MEGABYTE, memory_of
from tests.nginx import nginx

EDITIONS = ((60, 0.8), (21, 0.25))
"""Pages, and the goal: our rate by nginx's."""

LEADS = 200
TURNS, SECONDS = 5, 2
CONNECTIONS = 8
CLIENTS = 50
GOAL_MEGABYTES = 40

ASK = """
local asked, at = {}, 0
function init()
    wrk.headers["User-Agent"] = os.getenv("AGENT")
    for line in io.lines(os.getenv("ASKED")) do
        local path, cookie = line:match("(%S+) (%S+)")
        asked[#asked + 1] = {path, cookie}
    end
    if os.getenv("AGAIN") == "1" then
        for n, one in ipairs(asked) do
            wrk.headers["Cookie"] = one[2]
            asked[n] = wrk.format("GET", one[1])
        end
    end
end
function request()
    at = at + 1
    local one = asked[at % #asked + 1]
    if type(one) == "string" then return one end
    wrk.headers["Cookie"] = one[2] .. "; another=" .. at
    return wrk.format("GET", one[1])
end
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """Where one lead's copy is, and the cookie of his browser."""

    path: str
    cookie: str


def main() -> None:
    print(f"\nCopies over HTTP beside nginx with a static file of the size (wrk, {CONNECTIONS} connections, in turns)")
    print(
        f"{'':>10}{'bytes':>11}{'nginx':>11}{'again':>10}{'asked':>10}{'first':>9}{'again/nginx':>14}{'asked/nginx':>13}"
        "   goal"
    )
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[-1]})
    with tempfile.TemporaryDirectory() as name:
        for wanted, goal in EDITIONS:
            folder = Path(name) / str(wanted)
            folder.mkdir()
            document, pages = guides.cut_to(wanted, folder)
            asked = _leads(folder, prepare(document))
            with Server(folder, LODESTONE_SECRET_KEYS="k" * 64, LODESTONE_RATE_LIMITS="") as server:
                server.facts()
                size, first = _fetch_all(server.port, asked)
                (folder / "static.pdf").write_bytes(os.urandom(size))
                static = a_free_port()
                with nginx(folder, f"server {{ listen 127.0.0.1:{static}; root {folder}; }}", port=static):
                    ratio = _compare(pages, size, first, asked, server.port, static, folder, core=cores[0])
                print(f"   {'met' if ratio >= goal else 'MISSED'}: at least {goal}")
                if wanted == EDITIONS[0][0]:
                    _memory(server, asked)
                server.stop()


def _leads(folder: Path, pdf: bytes) -> list[Asked]:
    settings = Settings(
        data=folder, secret_keys=("k" * 64,), privacy_url="https://a.example", legal_url="https://a.example"
    )
    app, asked = create_app(settings), []
    with app.app_context():
        schema.upgrade()
        page = stories.a_page(document=pdf)
        for number in range(LEADS):
            fill = stories.a_fill(email=f"lead-{number}@company.example", last_name=f"Byron {number}")
            receipt = stories.submit(page, fill, form_key=f"key-{number}")
            token = links.sign(settings, Purpose.COPY, receipt.grant, expires=clock.now() + timedelta(days=1))
            asked.append(Asked(f"/get/{token}", f"{visitor.COOKIE}={receipt.new_cookie}"))
        db.session.remove()
        db.engine.dispose()
    return asked


def _compare(
    pages: int, size: int, first: float, asked: Sequence[Asked], ours: int, static: int, folder: Path, *, core: int
) -> float:
    """Our rate by nginx's, for copies given again; turn by turn, since other work on the machine hits both."""
    files, again, fresh = [], [], []
    rate = partial(_rate, folder=folder, core=core)
    for _ in range(TURNS):
        files.append(rate(f"http://127.0.0.1:{static}", [Asked("/static.pdf", "none")], again=True))
        again.append(rate(f"http://127.0.0.1:{ours}", asked, again=True))
        fresh.append(rate(f"http://127.0.0.1:{ours}", asked, again=False))
    shares = [median(ours / nginx for ours, nginx in zip(ones, files, strict=True)) for ones in (again, fresh)]
    print(
        f"{pages:>4} pages{size:>11,}{median(files):>9,.0f}/s{median(again):>8,.0f}/s{median(fresh):>8,.0f}/s"
        f"{first:>7,.0f}/s{shares[0]:>14.2f}{shares[1]:>13.2f}",
        end="",
    )
    return shares[0]


def _rate(address: str, asked: Sequence[Asked], *, again: bool, folder: Path, core: int) -> float:
    (folder / "ask.lua").write_text(ASK)
    (folder / "asked").write_text("".join(f"{one.path} {one.cookie}\n" for one in asked))
    script = str(folder / "ask.lua")
    command = ["taskset", "-c", str(core), "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "-s", script, address]
    variables = {
        **os.environ,
        "ASKED": str(folder / "asked"),
        "AGENT": stories.PERSON,
        "AGAIN": "1" if again else "0",
    }
    said = subprocess.run(command, env=variables, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in said or "Socket errors" in said:
        raise AssertionError(said)
    found = re.search(r"Requests/sec:\s+([\d.]+)", said)
    assert found
    return float(found[1])


def _fetch_all(port: int, asked: Sequence[Asked]) -> tuple[int, float]:
    """Everybody's first download, as many at once as later; gives the size of a copy, and the rate."""
    began = time.perf_counter()
    with ThreadPoolExecutor(CONNECTIONS) as readers:
        sizes = list(readers.map(lambda at: _fetch(port, asked[at::CONNECTIONS]), range(CONNECTIONS)))
    return sizes[0], len(asked) / (time.perf_counter() - began)


def _fetch(port: int, asked: Sequence[Asked]) -> int:
    """Copies one after the other on one connection; gives the size of the last."""
    size = 0
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for one in asked:
        connection.request("GET", one.path, headers={"Cookie": one.cookie, "User-Agent": stories.PERSON})
        answer = connection.getresponse()
        size = len(answer.read())
        if answer.status != 200 or answer.headers["Content-Type"] != "application/pdf":
            raise AssertionError(f"{one.path}: {answer.status}")
    connection.close()
    return size


def _memory(server: Server, asked: Sequence[Asked]) -> None:
    """What downloads add to a server that has served for a while and is idle."""
    idle = most = memory_of(server.process.pid)
    with ThreadPoolExecutor(CLIENTS) as clients:
        busy = [clients.submit(_fetch, server.port, [*asked[at::CLIENTS]] * 5) for at in range(CLIENTS)]
        while not all(client.done() for client in busy):
            most = max(most, memory_of(server.process.pid))
            time.sleep(0.02)
    for client in busy:
        client.result()
    grown = (most - idle) / MEGABYTE
    print(
        f"{'':>10}  memory of the server: {idle / MEGABYTE:.0f} MB idle, +{grown:.0f} MB while {CLIENTS} download"
        f"   {'met' if grown <= GOAL_MEGABYTES else 'MISSED'}: at most {GOAL_MEGABYTES}"
    )


if __name__ == "__main__":
    main()
