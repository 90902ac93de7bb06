import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from ipaddress import ip_address

import pytest

from capture.errors import NoAnswer, TargetRefused
from capture.outbox import posting
from tests.receiver import Receiver, receiving

INSIDE = [
    "127.0.0.1",
    "127.1.2.3",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.0.1",
    "198.18.0.1",
    "203.0.113.9",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::10.0.0.1",
    "::8.8.8.8",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0:127.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::10.0.0.1",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2002:a00:1::",
    "2001:0:7f00:1::",
    "2001:db8::1",
    "fe80::1",
    "fec0::1",
    "2606:4700::5efe:10.0.0.1",
    "2606:4700::200:5efe:127.0.0.1",
    "fc00::1",
    "fd12:3456::1",
    "ff02::1",
]


@pytest.mark.parametrize("address", INSIDE)
def test_no_address_inside_is_taken_for_a_public_one_however_it_is_wrapped(address: str) -> None:
    assert not posting.is_public(ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"])
def test_public_addresses_are_public(address: str) -> None:
    assert posting.is_public(ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "http://crm.example/hook",
        "ftp://crm.example/hook",
        "javascript:alert(1)",
        "crm.example/hook",
        "https://",
        "https://ada:secret@crm.example/",
        "https://crm.example:99999/",
        "https://crm.example/\r\nX: y",
        "https://crm.example/a b",
        "https://[::1",
    ],
)
def test_an_address_that_is_not_a_plain_https_one_is_refused_by_its_form(url: str) -> None:
    with pytest.raises(TargetRefused):
        posting.check(url)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]"])
def test_a_name_or_number_that_leads_inside_is_not_connected_to(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        port = listener.getsockname()[1]
        with pytest.raises((TargetRefused, NoAnswer)):
            posting.post(f"https://{host}:{port}/hook", b"{}", {})
        with pytest.raises(TimeoutError):
            listener.accept()


def test_of_several_addresses_each_has_to_be_public(monkeypatch: pytest.MonkeyPatch) -> None:
    def looked_up(host: str, port: int, **_: object) -> list[object]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in ("8.8.8.8", "10.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)

    with pytest.raises(TargetRefused, match=r"10\.0\.0\.1"):
        posting.post("https://crm.example/hook", b"{}", {})


def test_a_host_that_the_settings_trust_is_reached_and_a_redirect_is_only_an_answer() -> None:
    receiver = Receiver(answers=[307], says="over there")

    with receiving(receiver) as url:
        answer = posting.post(f"{url}/hook?a=1#part", b"{}", {"X-One": "1"}, trusted=("127.0.0.1",))

    assert (answer.status, answer.text, answer.is_yes) == (307, "over there", False)
    [(path, headers, body)] = receiver.received
    assert (path, headers["x-one"], body) == ("/hook?a=1", "1", b"{}")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_receiver_that_gives_a_byte_at_a_time_is_left_when_the_time_is_over(
    scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each byte comes in time, and there is no end: of the status line, or of what a handshake begins with."""
    monkeypatch.setattr(posting, "WHOLE", 0.5)
    begun = {"http": b"HTTP/1.1 200 ", "https": b"\x16\x03\x03\x3f\xff\x02\x00\x3f\xf0"}[scheme]
    over = threading.Event()

    def drip(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection, suppress(OSError):
            connection.sendall(begun)
            while not over.wait(0.02):
                connection.sendall(b"x")

    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:
        pool.submit(drip, listener)
        began = time.monotonic()
        with pytest.raises(NoAnswer, match="in time"):
            posting.post(f"{scheme}://127.0.0.1:{listener.getsockname()[1]}/", b"{}", {}, trusted=("127.0.0.1",))
        over.set()

    assert 0.4 < time.monotonic() - began < 5


def test_why_nobody_answers_is_said_in_words() -> None:
    """Nobody listens; no such name; what answers speaks no TLS, or hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(NoAnswer, match="Nobody listens at this address"):
        posting.post(f"http://127.0.0.1:{port}/", b"{}", {}, trusted=("127.0.0.1",))
    with pytest.raises(NoAnswer, match=r"No server is known by the name nobody\.invalid"):
        posting.post("https://nobody.invalid/", b"{}", {})
    with receiving(Receiver()) as url, pytest.raises(NoAnswer, match="no connection to the receiver"):
        posting.post(url.replace("http:", "https:"), b"{}", {}, trusted=("127.0.0.1",))
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: listener.accept()[0].close())
        with pytest.raises(NoAnswer, match="broke off"):
            posting.post(f"http://127.0.0.1:{listener.getsockname()[1]}/", b"{}", {}, trusted=("127.0.0.1",))
