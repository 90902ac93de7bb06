"""One mail, and the ways it leaves: a folder of .eml files, or SMTP."""

import hashlib
import os
import re
import smtplib
import ssl
from collections.abc import Iterable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import EmailPolicy
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path
from typing import cast
from urllib.parse import SplitResult, unquote, urlsplit

from capture import clock, languages
from capture.config import Settings
from capture.errors import BadSetting, Refusal, Undeliverable
from capture.languages import say

TIMEOUT = 20.0  # seconds for each answer of the mail server

_SAID = languages.kept("The mail server said: %(answer)s")
_REFUSED = languages.kept("The mail server refused it for good: %(answer)s")
_LONGEST_DISPLAY_NAME = 60  # Python 3.11 re-parses a longer one with a comma as several addresses (gh-80222).


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a mail. `media_type` may carry parameters: `text/calendar; method=REQUEST`."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Mail:
    """What one person is told. `message_id` comes from the outbox key, so that each try carries the same.

    `list_unsubscribe` is the address of the one-button page that withdraws contact (RFC 8058).
    """

    to: str
    subject: str
    text: str
    html: str
    message_id: str
    list_unsubscribe: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class KeptMail:
    """A mail in the folder, as a list shows it. `links` are the addresses in its text, in order."""

    path: Path
    to: str
    subject: str
    at: datetime
    links: tuple[str, ...]


def message_id(settings: Settings, key: str) -> str:
    """The Message-ID of the mail with this outbox key: the same on each try, and telling nothing."""
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{_host(settings)}>"


def send(settings: Settings, mail: Mail) -> None:
    """Hand the mail to the configured transport.

    Raises Undeliverable when it was refused for good, and smtplib's errors or OSError when a later try may succeed.
    """
    message = build(settings, mail, at=clock.now())
    target = urlsplit(settings.mail)
    if target.scheme == "folder":
        _write(folder(settings), message)
    else:
        _send_by_smtp(target, message, sender=settings.mail_from, receiver=mail.to, here=_host(settings))


def destination(settings: Settings) -> str:
    """Where mail goes, in words and without the password."""
    target = urlsplit(settings.mail)
    if target.scheme == "folder":
        return say("into the folder %(folder)s", folder=str(folder(settings)))
    if target.port:
        return say("to %(host)s, port %(port)s", host=str(target.hostname), port=str(target.port))
    return say("to %(host)s", host=str(target.hostname))


def check(settings: Settings) -> None:
    """Raises BadSetting for a LODESTONE_MAIL that no mail can leave by; opens no connection."""
    target = urlsplit(settings.mail)
    if target.scheme == "folder":
        return
    try:
        port = target.port
    except ValueError:
        port = -1
    if not target.hostname or port == -1 or target.path.strip("/"):
        raise BadSetting("LODESTONE_MAIL", "write it like smtp://user:password@mail.example.com:587")


def _host(settings: Settings) -> str:
    return urlsplit(settings.base_url).hostname or "localhost"


# --- the message -------------------------------------------------------------------------------------


class _Unfolded(EmailPolicy):
    """The library folds a long address into encoded words, which no mail program follows: this header stays whole."""

    def fold(self, name: str, value: str) -> str:
        if name.lower() == "list-unsubscribe":
            return f"{name}: {value}{self.linesep}"
        return str(super().fold(name, value))

    def fold_binary(self, name: str, value: str) -> bytes:
        if name.lower() == "list-unsubscribe":
            return self.fold(name, value).encode("ascii")
        return super().fold_binary(name, value)


_POLICY = _Unfolded(linesep="\r\n")


def build(settings: Settings, mail: Mail, *, at: datetime) -> EmailMessage:
    """The message as it goes over the wire: no form value stands in an address header, no line break in any."""
    message = EmailMessage(policy=_POLICY)
    message["From"] = Address(
        display_name=_one_line(settings.organisation)[:_LONGEST_DISPLAY_NAME], addr_spec=settings.mail_from
    )
    message["To"] = _address(mail.to)
    message["Subject"] = _one_line(mail.subject)
    message["Date"] = format_datetime(at)
    message["Message-ID"] = mail.message_id
    message["Auto-Submitted"] = "auto-generated"
    if mail.list_unsubscribe:
        message["List-Unsubscribe"] = f"<{mail.list_unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    for name, value in mail.headers.items():
        message[name] = _one_line(value)
    message.set_content(mail.text, cte="quoted-printable")
    message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    for attachment in mail.attachments:
        if attachment.media_type.startswith("text/calendar"):
            _offer_calendar(message, attachment)
    for attachment in mail.attachments:
        _attach(message, attachment)
    return message


def _address(to: str) -> Address:
    try:
        return Address(addr_spec=to)
    except (MessageError, ValueError, IndexError):
        raise Undeliverable(languages.kept("The address cannot stand in a mail.")) from None


def _one_line(text: str) -> str:
    return " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", " ", text).split())


def _parameters(media_type: str) -> tuple[str, str, dict[str, str]]:
    kind, *parameters = (part.strip() for part in media_type.split(";"))
    main, _, sub = kind.partition("/")
    return main, sub, dict(p.split("=", 1) for p in parameters if "=" in p)


def _offer_calendar(message: EmailMessage, attachment: Attachment) -> None:
    """Mail programs show "Accept" only for an invitation that stands beside the text, not for an attached one."""
    _, sub, parameters = _parameters(attachment.media_type)
    message.add_alternative(attachment.content.decode(), subtype=sub, cte="quoted-printable", params=parameters)


def _attach(message: EmailMessage, attachment: Attachment) -> None:
    main, sub, _ = _parameters(attachment.media_type)
    if main == "text" and sub == "calendar":
        main, sub = "application", "ics"
    message.add_attachment(attachment.content, maintype=main, subtype=sub, filename=attachment.name)


# --- a folder of .eml files --------------------------------------------------------------------------


def folder(settings: Settings) -> Path:
    """Where mail written to disk lies."""
    named = settings.mail.partition(":")[2]
    return Path(named).expanduser() if named else settings.data / "mail"


def kept(settings: Settings) -> list[KeptMail]:
    """The mails in the folder, newest first."""
    return [_read(path) for path in sorted(folder(settings).glob("*.eml"), reverse=True)]


def forget(settings: Settings, keys: Iterable[str]) -> int:
    """Remove the mails with these outbox keys from the folder; gives how many. What left by SMTP has left."""
    gone = 0
    for key in keys if urlsplit(settings.mail).scheme == "folder" else ():
        for path in folder(settings).glob(f"*-{_digest(message_id(settings, key))}.eml"):
            path.unlink(missing_ok=True)
            gone += 1
    return gone


def _digest(message_id: str) -> str:
    return hashlib.sha256(message_id.encode()).hexdigest()[:12]


def _write(directory: Path, message: EmailMessage) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    digest = _digest(str(message["Message-ID"]))
    name = f"{parsedate_to_datetime(str(message['Date'])):%Y%m%dT%H%M%SZ}-{digest}.eml"
    unfinished = directory / f".{name}.{os.getpid()}"
    unfinished.write_bytes(message.as_bytes())
    unfinished.replace(directory / name)  # A reader sees the whole mail or none.


def _read(path: Path) -> KeptMail:
    message = cast(EmailMessage, BytesParser(EmailMessage, policy=_POLICY).parsebytes(path.read_bytes()))
    body = message.get_body(("plain",))
    text = body.get_content() if body else ""
    return KeptMail(
        path=path,
        to=str(message["To"]),
        subject=str(message["Subject"]),
        at=parsedate_to_datetime(str(message["Date"])),
        links=tuple(re.findall(r"https?://[^\s<>\"]+", text)),
    )


# --- SMTP --------------------------------------------------------------------------------------------


def _send_by_smtp(target: SplitResult, message: EmailMessage, *, sender: str, receiver: str, here: str) -> None:
    with closing(_connect(target, here)) as server:
        try:
            server.send_message(message, from_addr=sender, to_addrs=[receiver])
        except smtplib.SMTPRecipientsRefused as error:
            code, words = error.recipients[receiver]
            _refuse_for_good(code, words)
            raise
        except smtplib.SMTPDataError as error:
            _refuse_for_good(error.smtp_code, error.smtp_error)
            raise
        except smtplib.SMTPNotSupportedError:
            raise Undeliverable(
                languages.kept("The mail server takes no international addresses (SMTPUTF8).")
            ) from None
        # The mail has been taken; how the connection ends changes nothing.
        with suppress(smtplib.SMTPException, OSError):
            server.quit()


def _connect(target: SplitResult, here: str) -> smtplib.SMTP:
    """A greeted connection, encrypted where possible, authenticated. The password never crosses a plain one.

    `here` is our name in the greeting; without it the library asks DNS, which may hang.
    """
    host = target.hostname or "localhost"
    encryption = ssl.create_default_context()
    if target.scheme == "smtps":
        return _log_in(
            smtplib.SMTP_SSL(host, target.port or 465, local_hostname=here, timeout=TIMEOUT, context=encryption), target
        )
    server = smtplib.SMTP(host, target.port or 587, local_hostname=here, timeout=TIMEOUT)
    try:
        server.ehlo_or_helo_if_needed()
        if server.has_extn("starttls"):
            server.starttls(context=encryption)
        elif target.username and host not in ("localhost", "127.0.0.1", "::1"):
            raise smtplib.SMTPNotSupportedError("the server offers no STARTTLS, so the password is not sent")
    except BaseException:
        server.close()
        raise
    return _log_in(server, target)


def _log_in(server: smtplib.SMTP, target: SplitResult) -> smtplib.SMTP:
    if target.username:
        try:
            server.login(unquote(target.username), unquote(target.password or ""))
        except BaseException:
            server.close()
            raise
    return server


def _refuse_for_good(code: int, words: bytes | str) -> None:
    if 500 <= code < 600:
        raise Undeliverable(_REFUSED % {"answer": _answer(code, words)})


def _answer(code: int, words: bytes | str) -> str:
    """What the server said, without the addresses that it repeats: reasons are kept, people may ask to be forgotten."""
    said = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return f"{code} {re.sub(r'[^ ]*@[^ ]*', '…', _one_line(said))[:200]}"


def describe(error: Exception) -> str:
    """Why a try failed, in words that hold no personal data."""
    match error:
        case Refusal():
            return str(error)
        case smtplib.SMTPResponseException():
            return _SAID % {"answer": _answer(error.smtp_code, error.smtp_error)}
        case smtplib.SMTPRecipientsRefused():
            return _SAID % {"answer": _answer(*next(iter(error.recipients.values())))}
        case smtplib.SMTPServerDisconnected() | TimeoutError():
            return languages.kept("The mail server closed the connection or did not answer in time.")
        case smtplib.SMTPNotSupportedError():
            return languages.kept("The mail server offers no STARTTLS, so the password was not sent.")
        case OSError():
            return f"{type(error).__name__}: {error.strerror or 'no connection'}"
        case _:
            return type(error).__name__
