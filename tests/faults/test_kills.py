"""Server and worker are killed in the middle of their work: no acknowledged fill is lost, and none counts twice."""

import http.client
import os
import re
import signal
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from sqlalchemy import text

from capture import schema
from capture.app import create_app
from capture.config import Settings
from capture.db import db, session
from capture.leads.models import Lead, Submission
from capture.outbox.models import OutboxMessage, Status
from tests import stories
from tests.commands.test_serve import Server, a_free_port
from tests.factories import every
from tests.smtp import Postbox, smtp_server

LIVES = (0.2, 0.9, 0.4, 0.7, 0.3, 1.0)  # seconds until each server is killed
POSTERS = 3


@dataclass
class Crowd:
    """People who fill the form, each again and again until it was acknowledged."""

    port: int
    slug: str
    hidden: dict[str, str] = field(default_factory=dict)
    acknowledged: list[str] = field(default_factory=list)
    answers: Counter[int] = field(default_factory=Counter)
    over: threading.Event = field(default_factory=threading.Event)

    def open_form(self) -> None:
        """The form that all of them fill; a fill within two seconds of it would wait in quarantine."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", f"/{self.slug}")
        form = connection.getresponse().read().decode()
        connection.close()
        self.hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form))
        time.sleep(2.1)

    def fill(self, name: int) -> None:
        number = 0
        while not self.over.is_set():
            address = f"person{name}-{number}@company.example"
            if self._post(address):
                self.acknowledged.append(address)
                number += 1

    def _post(self, address: str) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            body = urlencode({**self.hidden, "email": address, "first_name": "Ada"})
            headers = {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": stories.PERSON}
            connection.request("POST", f"/{self.slug}", body, headers)
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            time.sleep(0.02)  # the server is gone; it comes back
            return False
        finally:
            connection.close()
        self.answers[answer.status] += 1
        return answer.status == 303


def test_six_kills_under_load_lose_nothing_and_say_everything(tmp_path: Path) -> None:
    app = create_app(Settings(data=tmp_path, secret_keys=("k" * 64,)))
    with app.app_context():
        schema.upgrade()
        slug = stories.a_page().slug
        db.session.remove()
    postbox, port = Postbox(), a_free_port()
    crowd = Crowd(port, slug)
    posters = [threading.Thread(target=crowd.fill, args=(name,)) for name in range(POSTERS)]
    with smtp_server(postbox) as address:
        variables = {"LODESTONE_SECRET_KEYS": "k" * 64, "LODESTONE_MAIL": address, "LODESTONE_RATE_LIMITS": ""}
        for life in LIVES:
            with Server(tmp_path, port=port, **variables) as server:
                server.facts()
                if not crowd.hidden:
                    crowd.open_form()
                    for poster in posters:
                        poster.start()
                time.sleep(life)
                os.killpg(server.process.pid, signal.SIGKILL)
        with Server(tmp_path, port=port, **variables) as server:
            server.facts()
            crowd.over.set()
            for poster in posters:
                poster.join()
            with app.app_context():
                wait_until_said()
            server.stop()

    with app.app_context():
        fills = Counter(session().get_one(Lead, fill.lead_id).email for fill in every(Submission))
        assert crowd.acknowledged
        assert [address for address in crowd.acknowledged if fills[address] != 1] == []
        assert max(fills.values()) == 1
        assert set(crowd.answers) <= {303, 503}
        assert session().execute(text("PRAGMA integrity_check")).scalar() == "ok"
        db.engine.dispose()
    told = {(receivers[0], str(message["Message-ID"])) for receivers, message in postbox.received}
    assert Counter(receiver for receiver, _ in told) == fills


def wait_until_said() -> None:
    """Until every message is done."""
    until = time.monotonic() + 60
    while any(message.status is not Status.DONE for message in every(OutboxMessage)):
        assert time.monotonic() < until
        db.session.remove()
        time.sleep(0.2)
