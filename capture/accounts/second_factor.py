"""The second factor: codes of an app (TOTP, RFC 6238) or a passkey, and recovery codes for when they are lost."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime

import pyotp
from pyotp.utils import strings_equal
from sqlalchemy import delete, func, select, update

from capture.accounts import passkeys
from capture.accounts.models import Passkey, RecoveryCode, Staff
from capture.db import session
from capture.errors import CodeRefused

CODES = 8  # recovery codes that are given out at once
_STEP = 30  # seconds
_DRIFT = 1  # steps that a clock may be off
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another one


def new_secret() -> str:
    """160 random bits in base32."""
    return pyotp.random_base32()


def address(secret: str, person: str, organisation: str) -> str:
    """What the QR code holds: the otpauth address that authenticator apps read."""
    return pyotp.TOTP(secret).provisioning_uri(name=person, issuer_name=f"{organisation} Studio")


def turn_on(person: Staff, secret: str, code: str, *, at: datetime) -> Sequence[str]:
    """From now on a login asks for a code; gives the recovery codes, shown once. Raises CodeRefused."""
    step = _step_of(secret, code, at=at)
    if step is None:
        raise CodeRefused
    person.totp_secret, person.totp_step = secret, step
    return new_codes(person)


def new_codes(person: Staff) -> Sequence[str]:
    """Recovery codes, shown once; earlier ones are no good any more."""
    codes = ["-".join(_part() for _ in range(3)) for _ in range(CODES)]
    session().execute(delete(RecoveryCode).where(RecoveryCode.staff_id == person.id))
    session().add_all(RecoveryCode(staff_id=person.id, code_hash=_hash(person, one)) for one in codes)
    session().flush()
    return codes


def is_on(person: Staff) -> bool:
    """Whether a login asks for more than a password."""
    return person.totp_secret is not None or passkeys.number_of(person) > 0


def turn_off(person: Staff) -> None:
    """A login asks for no code of the app any more; without a passkey, recovery codes are for nothing."""
    person.totp_secret = person.totp_step = None
    if not is_on(person):
        session().execute(delete(RecoveryCode).where(RecoveryCode.staff_id == person.id))


def reset(person: Staff) -> None:
    """A login asks for nothing but a password any more."""
    passkeys.remove_all(person)
    turn_off(person)


def remove_passkey(person: Staff, passkey: Passkey, code: str, *, at: datetime) -> None:
    """The last thing that protects a login goes with one more code. Raises CodeRefused."""
    if person.totp_secret is None and passkeys.number_of(person) == 1:
        check(person, code, at=at)
    passkeys.remove(passkey)
    if not is_on(person):
        turn_off(person)


def check(person: Staff, code: str, *, at: datetime) -> None:
    """Take a code of the app, each once, or a recovery code, each once. Raises CodeRefused. Hold the person's row."""
    step = _step_of(person.totp_secret or "", code, at=at)
    if step is not None and (person.totp_step is None or step > person.totp_step):
        person.totp_step = step
        return
    used = session().execute(
        update(RecoveryCode)
        .where(
            RecoveryCode.staff_id == person.id,
            RecoveryCode.code_hash == _hash(person, code),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=at)
        .returning(RecoveryCode.id)
    )
    if used.first() is None:
        raise CodeRefused


def codes_left(person: Staff) -> int:
    """How many recovery codes were not used yet."""
    query = select(func.count()).where(RecoveryCode.staff_id == person.id, RecoveryCode.used_at.is_(None))
    return session().scalar(query) or 0


def _step_of(secret: str, code: str, *, at: datetime) -> int | None:
    """The time step whose code this is, within the drift; None for a wrong code. In the same time for every code."""
    digits = "".join(code.split())
    if not secret:
        return None
    now = int(at.timestamp()) // _STEP
    totp = pyotp.TOTP(secret)
    steps = range(now - _DRIFT, now + _DRIFT + 1)
    return max((step for step in steps if strings_equal(totp.generate_otp(step), digits)), default=None)


def _part() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(4))


def _hash(person: Staff, code: str) -> str:
    plain = "".join(code.lower().split()).replace("-", "")
    return hashlib.sha256(f"{person.public_id}:{plain}".encode("utf-8", "replace")).hexdigest()
