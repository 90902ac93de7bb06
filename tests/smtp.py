"""A real SMTP server on loopback, and ways in which real ones disappoint."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class Postbox:
    """What the server took: envelope receivers and message, in order. `answers` come first, one for each RCPT."""

    received: list[tuple[list[str], EmailMessage]] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    port: int = 0
    drops_after_data: bool = False
    patience: float = 0.0  # seconds that it thinks about a mail before it takes it
    has_begun: bool = False

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.answers:
            return self.answers.pop(0).format(address=address)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        self.has_begun = True
        await asyncio.sleep(self.patience)
        self.received.append((envelope.rcpt_tos, message_from_bytes(envelope.content, EmailMessage, policy=default)))
        if self.drops_after_data:
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
        return "250 OK"

    def log_in(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=data.password == b"s3cr:t/pass", handled=False)


@contextmanager
def smtp_server(postbox: Postbox) -> Iterator[str]:
    """The LODESTONE_MAIL address of a server that fills the postbox."""
    controller = Controller(
        postbox, hostname="127.0.0.1", port=_free_port(), authenticator=postbox.log_in, auth_require_tls=False
    )
    controller.start()
    try:
        postbox.port = controller.port
        yield f"smtp://127.0.0.1:{controller.port}"
    finally:
        controller.stop()


@contextmanager
def hanging_server() -> Iterator[str]:
    """A server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        held: list[socket.socket] = []
        threading.Thread(target=_take_all, args=(listener, held), daemon=True).start()
        yield f"smtp://127.0.0.1:{listener.getsockname()[1]}"
        for connection in held:
            connection.close()


def _take_all(listener: socket.socket, held: list[socket.socket]) -> None:
    try:
        while True:
            held.append(listener.accept()[0])
    except OSError:
        return  # The test is over.


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
