"""Posting to an address that somebody typed: it is resolved, checked, and only then connected to."""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

from capture.errors import NoAnswer, TargetRefused
from capture.languages import kept, say

PATIENCE = 15.0  # seconds for connecting, and again for each part of the answer
WHOLE = 30.0  # seconds for all of it: a receiver that gives a byte at a time holds up the others no longer
ANSWER = 4096  # bytes of an answer that are read

Address = IPv4Address | IPv6Address

_INSIDE = kept("%(host)s leads to %(inside)s, which is not on the public internet")
_UNKNOWN = kept("No server is known by the name %(host)s.")
_INVALID = kept("The certificate of %(host)s is not valid: %(why)s.")
_APART = kept("There is no connection to the receiver: %(why)s.")

# Networks of IPv6 in which the last 32 bits are an IPv4 address that a gateway may go on to.
_TRANSLATED = (IPv6Network("64:ff9b::/96"), IPv6Network("::ffff:0:0:0/96"))
_ISATAP = 0x00005EFE
_OF_THE_PAST = IPv6Network("::/96")  # IPv4-compatible: deprecated, and `is_global` says yes to [::127.0.0.1]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a receiver said: the status, the first bytes of the text, and how many milliseconds it took."""

    status: int
    text: str
    milliseconds: int

    @property
    def is_yes(self) -> bool:
        """Whether it was taken (any 2xx)."""
        return 200 <= self.status < 300


def check(url: str, *, trusted: Collection[str] = ()) -> None:
    """Raise TargetRefused for an address that nothing may be posted to. Looks at its form only, not at its network."""
    host = _parts(url, trusted).hostname or ""
    if host not in trusted and _is_inside(host):
        raise TargetRefused(
            say(
                "%(host)s is not on the public internet; whoever runs the server can let it through by "
                "LODESTONE_WEBHOOK_HOSTS",
                host=host,
            )
        )


def post(url: str, body: bytes, headers: Mapping[str, str], *, trusted: Collection[str] = ()) -> Answer:
    """Post, and give the answer, whatever its status. Redirects are answers too: they are not followed.

    `trusted` names hosts that may lie inside, and be spoken to without TLS. Every address that the host has is
    checked, and the connection goes to one of those that were: a name that changes its mind meanwhile gains nothing.
    Raises TargetRefused, or NoAnswer where nobody answers.
    """
    parts = _parts(url, trusted)
    try:
        return _post(parts, _checked(parts, trusted), body, headers)
    except (OSError, http.client.HTTPException) as error:
        raise NoAnswer(_why(error, parts.hostname or "")) from error


def _is_inside(host: str) -> bool:
    """Whether a host says by itself that it lies inside: as a number, also one such as 127.1, or as localhost."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return not is_public(ip_address(host))
    except ValueError:
        with suppress(OSError):
            return not is_public(IPv4Address(socket.inet_aton(host)))
    return False


def _checked(parts: SplitResult, trusted: Collection[str]) -> list[Address]:
    host = parts.hostname or ""
    addresses = _resolve(host, _port(parts))
    if host not in trusted and (inside := next((a for a in addresses if not is_public(a)), None)):
        raise TargetRefused(say(_INSIDE, host=host, inside=str(inside)))
    return addresses


def _why(error: OSError | http.client.HTTPException, host: str) -> str:
    match error:
        case TimeoutError():
            return say("The receiver did not answer in time.")
        case socket.gaierror():
            return say(_UNKNOWN, host=host)
        case ssl.SSLCertVerificationError():
            return say(_INVALID, host=host, why=error.verify_message)
        case ConnectionRefusedError():
            return say("Nobody listens at this address.")
        case http.client.HTTPException() | ConnectionError():
            return say("The receiver broke off, or its answer is no HTTP.")
        case _:
            return say(_APART, why=error.strerror or type(error).__name__)


def is_public(address: Address) -> bool:
    """Whether an address belongs to the public internet, whatever it is wrapped in."""
    if isinstance(address, IPv6Address):
        if (inner := _stood_for(address)) is not None:
            return is_public(inner)
        tunnelled = (address.sixtofour, *(address.teredo or ()), _by_isatap(address))
        if (
            address in _OF_THE_PAST
            or address.is_site_local
            or any(end is not None and not is_public(end) for end in tunnelled)
        ):
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def _stood_for(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that this one is only another spelling of, if it is one."""
    if any(address in network for network in _TRANSLATED):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped


def _by_isatap(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that is the end of a tunnel through a site (RFC 5214), by its last 64 bits."""
    return IPv4Address(int(address) & 0xFFFFFFFF) if int(address) >> 32 & 0xFDFFFFFF == _ISATAP else None


def _parts(url: str, trusted: Collection[str]) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise TargetRefused(say("this is not a complete address")) from None
    if parts.hostname is None or any(ord(letter) <= 32 or ord(letter) == 127 for letter in url):
        raise TargetRefused(say("write a complete address such as https://crm.example.com/hooks"))
    if parts.username is not None or parts.password is not None:
        raise TargetRefused(
            say("an address with a name and password is not taken; the signature proves who is calling")
        )
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in trusted):
        raise TargetRefused(
            say(
                "the address has to begin with https://; http:// is for hosts that whoever runs the server lets "
                "through by LODESTONE_WEBHOOK_HOSTS"
            )
        )
    if port == 0:
        raise TargetRefused(say("there is no port 0"))
    return parts


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _resolve(host: str, port: int) -> list[Address]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(ip_address(str(entry[4][0]).partition("%")[0]) for entry in found))


class _Line:
    """A connection that breaks off when its time is over, whatever it waits for then."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds
        self._timer = threading.Timer(seconds, self._break_off)
        self._timer.daemon = True
        self._socket: socket.socket | None = None

    def __enter__(self) -> "_Line":
        self._timer.start()
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _where: object) -> None:
        self._timer.cancel()
        if self.left <= 0:
            raise TimeoutError from error

    @property
    def left(self) -> float:
        """Seconds."""
        return self._until - time.monotonic()

    def take(self, connected: socket.socket) -> None:
        """This is to break off."""
        self._socket = connected

    def _break_off(self) -> None:
        if self._socket is not None:
            with suppress(OSError):
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)  # that of TLS forgets what others still read


def _post(parts: SplitResult, addresses: list[Address], body: bytes, headers: Mapping[str, str]) -> Answer:
    began = time.monotonic()
    connection = http.client.HTTPConnection(parts.hostname or "", _port(parts))
    try:
        with _Line(WHOLE) as line:
            connection.sock = _connect(parts, addresses, line)
            target = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
            connection.putrequest("POST", target, skip_accept_encoding=True)
            for name, value in headers.items():
                connection.putheader(name, value)
            connection.putheader("Content-Length", str(len(body)))
            connection.putheader("Connection", "close")
            connection.endheaders(body)
            answer = connection.getresponse()
            text = answer.read(ANSWER).decode("utf-8", "replace").replace("\x00", "\ufffd")
            return Answer(answer.status, text, round(1000 * (time.monotonic() - began)))
    finally:
        connection.close()


def _connect(parts: SplitResult, addresses: list[Address], line: _Line) -> socket.socket:
    """A connection to the first of the checked addresses that takes one; TLS is for the name, not for the number."""
    failure: OSError = ConnectionError("no address")
    for address in addresses:
        try:
            plain = socket.create_connection((str(address), _port(parts)), timeout=min(PATIENCE, max(0.1, line.left)))
        except OSError as error:
            failure = error
            continue
        plain.settimeout(PATIENCE)
        if parts.scheme == "http":
            line.take(plain)
            return plain
        context = ssl.create_default_context()
        secure = context.wrap_socket(plain, server_hostname=parts.hostname, do_handshake_on_connect=False)
        line.take(secure)
        try:
            secure.do_handshake()
        except OSError:
            secure.close()
            raise
        return secure
    raise failure
