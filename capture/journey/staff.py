"""The story of people who work with the product: log in, invite."""

from dataclasses import dataclass
from datetime import datetime

from capture.accounts import audit, staff
from capture.accounts.models import Role
from capture.db import journey
from capture.errors import LoginRefused


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is logged in."""

    public_id: str
    name: str
    email: str
    role: str


@journey
def add_person(email: str, name: str, role: Role, *, actor: str, at: datetime) -> Person:
    """Give somebody access to the studio. Somebody who has it keeps it, with the role given now."""
    known = staff.by_email(email)
    person = known or staff.add(email, name, role, at=at)
    person.role = role
    person.disabled_at = None
    audit.record(actor, "staff.added" if known is None else "staff.changed", person.public_id, at=at, role=role.value)
    return Person(person.public_id, person.name, person.email, person.role.value)


@journey
def make_login_link(email: str, *, actor: str, at: datetime) -> str:
    """A one-time login token for this person; it is shown once. Raises LoginRefused for an unknown address."""
    person = staff.by_email(email)
    if person is None or person.disabled_at is not None:
        raise LoginRefused("account")
    audit.record(actor, "staff.login_link_made", person.public_id, at=at)
    return staff.new_link(person, at=at)


@journey
def redeem_login_link(token: str, *, at: datetime) -> Person:
    """Log in with a one-time link. Raises LoginRefused when it was used, has expired, or never was."""
    person = staff.redeem(token, at=at)
    audit.record(person.public_id, "staff.logged_in", person.public_id, at=at, by="link")
    return Person(person.public_id, person.name, person.email, person.role.value)


@journey
def log_in(email: str, password: str, *, at: datetime) -> Person:
    """Log in with a password. Raises LoginRefused."""
    person = staff.check_password(email, password)
    audit.record(person.public_id, "staff.logged_in", person.public_id, at=at, by="password")
    return Person(person.public_id, person.name, person.email, person.role.value)


@journey
def choose_password(public_id: str, password: str, *, at: datetime) -> None:
    """Set the password of the person who is logged in. Raises ValueError for one that is too short."""
    person = staff.by_public_id(public_id)
    if person is None:
        raise LoginRefused("account")
    staff.set_password(person, password)
    audit.record(person.public_id, "staff.password_chosen", person.public_id, at=at)
