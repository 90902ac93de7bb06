"""Passkeys (WebAuthn): keys that stay in a telephone, a computer or a stick, and sign for this site alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sqlalchemy import delete, func, select

from capture import strangers
from capture.accounts.models import Passkey, Staff
from capture.config import Settings
from capture.db import insert_once, session
from capture.errors import PasskeyCopied, PasskeyRefused

if TYPE_CHECKING:
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

# The library is imported where a passkey is made or used: it brings OpenSSL and all forms in which makers of devices
# certify them, a twentieth of what every command and every process takes to start.

MOST = 20  # of one person
PATIENCE = timedelta(minutes=5)  # between a challenge and its answer
LONGEST_ANSWER = 20_000  # characters

# What the library raises of answers that no browser gives: it reads parts of them as JSON by itself.
_NO_ANSWER = (TypeError, KeyError, AttributeError, IndexError, *strangers.UNREADABLE)


@dataclass(frozen=True, slots=True)
class Site:
    """For whom passkeys are made: the host of the public address, and the origin that a browser says it is at."""

    host: str
    origin: str
    name: str


@dataclass(frozen=True, slots=True)
class Challenge:
    """What is to be signed, and when it was made. It is answered once."""

    said: str  # base64url
    at: datetime


def site(settings: Settings) -> Site | None:
    """The site of an installation; None where browsers make no passkeys: without TLS, or by a number for a name."""
    parts = urlsplit(settings.base_url)
    host = parts.hostname or ""
    try:
        ip_address(host)
    except ValueError:
        is_possible = settings.is_https or host == "localhost"
        origin = f"{parts.scheme}://{parts.netloc.lower()}"
        return Site(host, origin, f"{settings.organisation} Studio") if is_possible else None
    return None


def of(person: Staff) -> Sequence[Passkey]:
    """Somebody's passkeys, the oldest first."""
    return session().scalars(select(Passkey).where(Passkey.staff_id == person.id).order_by(Passkey.id)).all()


def number_of(person: Staff) -> int:
    """How many somebody has."""
    return session().scalar(select(func.count()).where(Passkey.staff_id == person.id)) or 0


def owners() -> set[int]:
    """The keys of everybody who has one."""
    return set(session().scalars(select(Passkey.staff_id).distinct()))


def are_used() -> bool:
    """Whether anybody has one."""
    return session().scalar(select(Passkey.id).limit(1)) is not None


def by_public_id(person: Staff, public_id: str) -> Passkey | None:
    """One of somebody's passkeys."""
    return session().scalar(select(Passkey).where(Passkey.staff_id == person.id, Passkey.public_id == public_id))


def to_add(site: Site, person: Staff, challenge: str) -> str:
    """What a browser needs to make one, as JSON. Devices that hold one already make no second."""
    from webauthn import base64url_to_bytes, generate_registration_options, options_to_json
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    options = generate_registration_options(
        rp_id=site.host,
        rp_name=site.name,
        user_id=person.public_id.encode("ascii"),
        user_name=person.email,
        user_display_name=person.name,
        challenge=base64url_to_bytes(challenge),
        timeout=_milliseconds(),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.PREFERRED
        ),
        exclude_credentials=_described(of(person)),
    )
    return options_to_json(options)


def to_enter(site: Site, challenge: str, person: Staff | None = None) -> str:
    """What a browser needs to use one, as JSON: any that verifies its owner, or one of a person's."""
    from webauthn import base64url_to_bytes, generate_authentication_options, options_to_json
    from webauthn.helpers.structs import UserVerificationRequirement

    wanted = UserVerificationRequirement.REQUIRED if person is None else UserVerificationRequirement.DISCOURAGED
    options = generate_authentication_options(
        rp_id=site.host,
        challenge=base64url_to_bytes(challenge),
        timeout=_milliseconds(),
        allow_credentials=_described(of(person)) if person else None,
        user_verification=wanted,
    )
    return options_to_json(options)


def add(site: Site, person: Staff, answer: str, challenge: Challenge, name: str, *, at: datetime) -> Passkey:
    """Keep the key that a browser has made. Raises PasskeyRefused. Hold the person's row."""
    from webauthn import base64url_to_bytes, verify_registration_response
    from webauthn.helpers import bytes_to_base64url
    from webauthn.helpers.exceptions import WebAuthnException
    from webauthn.helpers.structs import AuthenticatorTransport

    _check_age(challenge, at=at)
    if number_of(person) >= MOST:
        raise PasskeyRefused("full")
    told = _told(answer)
    try:
        made = verify_registration_response(
            credential=told,
            expected_challenge=base64url_to_bytes(challenge.said),
            expected_rp_id=site.host,
            expected_origin=site.origin,
        )
        ways = told["response"].get("transports")
    except (WebAuthnException, *_NO_ANSWER):
        raise PasskeyRefused("wrong") from None
    passkey = Passkey(
        staff_id=person.id,
        credential_id=bytes_to_base64url(made.credential_id),
        public_key=bytes_to_base64url(made.credential_public_key),
        sign_count=made.sign_count,
        transports=[way.value for way in AuthenticatorTransport if isinstance(ways, list) and way.value in ways],
        name=name,
        created_at=at,
        challenged_at=challenge.at,
    )
    if len(passkey.credential_id) > 1400 or not insert_once(passkey):
        raise PasskeyRefused("wrong")
    return passkey


def check(site: Site, answer: str, challenge: Challenge, *, of: Staff | None = None, at: datetime) -> Passkey:
    """The passkey that signed the challenge; its row is held. Without a person it must have verified its owner itself.

    Raises PasskeyRefused, and PasskeyCopied where its counter went back: then there are two of it.
    """
    from webauthn import base64url_to_bytes, verify_authentication_response
    from webauthn.helpers.exceptions import WebAuthnException

    _check_age(challenge, at=at)
    told = _told(answer)
    passkey = _named(told.get("id"))
    if passkey is None or (of is not None and passkey.staff_id != of.id) or challenge.at <= passkey.challenged_at:
        raise PasskeyRefused("wrong")
    try:
        signed = verify_authentication_response(
            credential=told,
            expected_challenge=base64url_to_bytes(challenge.said),
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=base64url_to_bytes(passkey.public_key),
            credential_current_sign_count=0,  # compared below, where it can be told from other faults
            require_user_verification=of is None,
        )
    except (WebAuthnException, *_NO_ANSWER):
        raise PasskeyRefused("wrong") from None
    if (signed.new_sign_count or passkey.sign_count) and signed.new_sign_count <= passkey.sign_count:
        raise PasskeyCopied(passkey.public_id)
    passkey.sign_count, passkey.challenged_at, passkey.last_used_at = signed.new_sign_count, challenge.at, at
    return passkey


def remove(passkey: Passkey) -> None:
    """It opens nothing any more."""
    session().delete(passkey)
    session().flush()


def remove_all(person: Staff) -> None:
    """None of somebody's opens anything any more."""
    session().execute(delete(Passkey).where(Passkey.staff_id == person.id))


def _told(answer: str) -> dict[str, Any]:
    """What a browser says. Raises PasskeyRefused."""
    try:
        told = strangers.read(answer[:LONGEST_ANSWER])
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise PasskeyRefused("wrong")
    return told


def _named(credential_id: object) -> Passkey | None:
    """The passkey of this id."""
    if not isinstance(credential_id, str) or not credential_id.isprintable():  # no database keeps such a text
        return None
    return session().scalar(select(Passkey).where(Passkey.credential_id == credential_id).with_for_update())


def _check_age(challenge: Challenge, *, at: datetime) -> None:
    if at - challenge.at > PATIENCE:
        raise PasskeyRefused("late")


def _described(passkeys: Sequence[Passkey]) -> "list[PublicKeyCredentialDescriptor]":
    from webauthn import base64url_to_bytes
    from webauthn.helpers.structs import AuthenticatorTransport, PublicKeyCredentialDescriptor

    return [
        PublicKeyCredentialDescriptor(
            id=base64url_to_bytes(one.credential_id), transports=[AuthenticatorTransport(way) for way in one.transports]
        )
        for one in passkeys
    ]


def _milliseconds() -> int:
    return int(PATIENCE.total_seconds() * 1000)
