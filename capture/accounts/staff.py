"""Staff: people who log in to the studio, their passwords, and one-time login links."""

import hashlib
import secrets
from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import ARGON2_VERSION
from sqlalchemy import select, update

from capture.accounts.models import LoginLink, Role, Staff
from capture.db import insert_once, session
from capture.errors import LoginRefused, NotFound

LINK_LASTS = timedelta(hours=24)
SHORTEST_PASSWORD = 12

_hasher = PasswordHasher()


def _hash_of_no_password() -> str:
    """Reads as one that was made by `_hasher`, and is compared as slowly, but stands for no password that is known."""
    cost = f"m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}"
    salt, digest = (
        b64encode(secrets.token_bytes(length)).decode().rstrip("=") for length in (_hasher.salt_len, _hasher.hash_len)
    )
    return f"$argon2id$v={ARGON2_VERSION}${cost}${salt}${digest}"


# Compared with when nobody has the address, so that known and unknown addresses take the same time.
_nobodys_hash = _hash_of_no_password()


def add(email: str, name: str, role: Role, *, at: datetime) -> Staff:
    """A new person. The address is the login; it is kept in lower case.

    Two requests, one address: the other inserted first, and its row is given.
    """
    person = Staff(email=email.strip().lower(), name=name, role=role, created_at=at)
    if insert_once(person):
        return person
    return session().scalars(select(Staff).where(Staff.email == person.email)).one()


def by_email(email: str) -> Staff | None:
    """The person with this address, disabled or not."""
    return session().scalar(select(Staff).where(Staff.email == email.strip().lower()))


def by_identity(issuer: str, subject: str) -> Staff | None:
    """The person to whom this account at the provider belongs, disabled or not; the row is held."""
    query = select(Staff).where(Staff.provider_issuer == issuer, Staff.provider_subject == subject)
    return session().scalar(query.with_for_update())


def by_key(key: int) -> Staff | None:
    """The person with this key, disabled or not."""
    return session().get(Staff, key)


def held(public_id: str) -> Staff:
    """The person, the row held until the transaction ends. Raises LoginRefused where the access was taken away."""
    query = select(Staff).where(Staff.public_id == public_id, Staff.disabled_at.is_(None)).with_for_update()
    person = session().scalar(query)
    if person is None:
        raise LoginRefused("account")
    return person


def end_sessions(person: Staff) -> None:
    """Every session of this person is over with its next request."""
    person.session_mark = secrets.token_urlsafe(9)


def by_public_id(public_id: str) -> Staff | None:
    """The person with this public id, unless disabled."""
    return session().scalar(select(Staff).where(Staff.public_id == public_id, Staff.disabled_at.is_(None)))


def everybody() -> Sequence[Staff]:
    """Everybody who ever had access, who may log in first."""
    return session().scalars(select(Staff).order_by(Staff.disabled_at.is_not(None), Staff.name, Staff.id)).all()


def known(public_id: str) -> Staff | None:
    """The person with this public id, disabled or not."""
    return session().scalar(select(Staff).where(Staff.public_id == public_id))


def known_and_held(public_id: str) -> Staff:
    """The person with this public id, disabled or not, the row held until the transaction ends. Raises NotFound."""
    query = select(Staff).where(Staff.public_id == public_id).with_for_update()
    person = session().scalar(query.execution_options(populate_existing=True))
    if person is None:
        raise NotFound("person")
    return person


def has_other_admin(person: Staff) -> bool:
    """Whether somebody else may log in as an admin; holds the admins, so that two cannot take each other's role."""
    admins = select(Staff.id).where(Staff.role == Role.ADMIN, Staff.disabled_at.is_(None)).with_for_update()
    return any(admin != person.id for admin in session().scalars(admins))


def names() -> dict[str, str]:
    """The names of everybody who ever had access, by public id."""
    return dict(session().execute(select(Staff.public_id, Staff.name)).all())


def admins() -> Sequence[Staff]:
    """Every admin who may log in, the oldest first."""
    query = select(Staff).where(Staff.role == Role.ADMIN, Staff.disabled_at.is_(None)).order_by(Staff.id)
    return session().scalars(query).all()


def first_admin() -> Staff | None:
    """The oldest admin who may log in."""
    query = select(Staff).where(Staff.role == Role.ADMIN, Staff.disabled_at.is_(None)).order_by(Staff.id).limit(1)
    return session().scalar(query)


def set_password(person: Staff, password: str) -> None:
    """Keep the Argon2id hash of a password of at least SHORTEST_PASSWORD characters. Raises ValueError for less."""
    if len(password) < SHORTEST_PASSWORD:
        raise ValueError(f"A password has at least {SHORTEST_PASSWORD} characters.")
    person.password_hash = _hasher.hash(password)


def check_password(email: str, password: str) -> Staff:
    """The person with this address and password. Raises LoginRefused; in the same time whatever was wrong."""
    person = by_email(email)
    may = person is not None and person.disabled_at is None and person.password_hash is not None
    known_hash = person.password_hash if person is not None and may else None
    try:
        _hasher.verify(known_hash or _nobodys_hash, password)
    except (VerificationError, InvalidHashError):
        raise LoginRefused("password") from None
    if person is None or not may:
        raise LoginRefused("account")
    return person


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def new_link(person: Staff, *, at: datetime) -> str:
    """A one-time login token, shown once; only its hash is kept. It lasts LINK_LASTS."""
    token = secrets.token_urlsafe(24)
    session().add(LoginLink(staff_id=person.id, token_hash=_hash(token), expires_at=at + LINK_LASTS))
    session().flush()
    return token


def redeem(token: str, *, at: datetime) -> Staff:
    """Use a login link up, in one conditional statement: of two that come at once, one wins. Raises LoginRefused."""
    used = session().execute(
        update(LoginLink)
        .where(LoginLink.token_hash == _hash(token), LoginLink.used_at.is_(None), LoginLink.expires_at > at)
        .values(used_at=at)
        .returning(LoginLink.staff_id)
    )
    staff_id = used.scalar()
    person = session().get(Staff, staff_id) if staff_id is not None else None
    if person is None or person.disabled_at is not None:
        raise LoginRefused("link")
    return person


def link_is_open(token: str, *, at: datetime) -> bool:
    """Whether a login link could still be used."""
    query = select(LoginLink.id).where(
        LoginLink.token_hash == _hash(token), LoginLink.used_at.is_(None), LoginLink.expires_at > at
    )
    return session().scalar(query) is not None
