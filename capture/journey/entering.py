"""The story of somebody who comes by another way than a password: from the provider, or with a passkey."""

from collections.abc import Sequence
from datetime import datetime

from capture.accounts import audit, passkeys, second_factor, staff
from capture.accounts.models import Passkey, Role, Staff
from capture.accounts.passkeys import Challenge, Site
from capture.accounts.provider import Identity
from capture.config import Settings
from capture.db import journey
from capture.errors import IdentityRefused, LoginRefused, NotFound
from capture.journey.staff import Person, new_person, note_login, person_of

NAME = "provider"  # what the audit log calls this way


@journey
def come_from_provider(identity: Identity, settings: Settings, *, at: datetime) -> Person:
    """Let in who is known, or whom the settings let in as a newcomer. Raises IdentityRefused.

    An account at the provider belongs to the person by whose address it came first, and stays so when the address
    changes there. Roles by groups are set anew each time; the only admin stays one.
    """
    row = staff.by_identity(identity.issuer, identity.subject) or _by_address(identity, settings)
    role = _role(row, identity, settings)
    if row is None:
        row = new_person(identity.email, identity.name, role, at=at)
        audit.record(NAME, "staff.added", row.public_id, at=at, role=role.value)
    elif row.role is not role and (row.role is not Role.ADMIN or staff.has_other_admin(row)):
        audit.record(NAME, "staff.role_changed", row.public_id, at=at, before=row.role.value, after=role.value)
        row.role = role
    if row.provider_subject != identity.subject or row.provider_issuer != identity.issuer:
        row.provider_issuer, row.provider_subject = identity.issuer, identity.subject
        audit.record(NAME, "staff.linked", row.public_id, at=at)
    person = person_of(row, needs_code=second_factor.is_on(row) and not identity.gave_second_factor)
    note_login(person, by=NAME, at=at)
    return person


@journey
def add_passkey(
    public_id: str, site: Site, answer: str, challenge: Challenge, name: str, *, at: datetime
) -> Sequence[str]:
    """Keep a passkey; gives recovery codes, shown once, where there are none left. Raises PasskeyRefused."""
    person = staff.held(public_id)
    passkey = passkeys.add(site, person, answer, challenge, name, at=at)
    audit.record(public_id, "staff.passkey_added", public_id, at=at, passkey=passkey.public_id)
    return () if second_factor.codes_left(person) else second_factor.new_codes(person)


@journey
def renew_recovery_codes(
    public_id: str, site: Site, answer: str, challenge: Challenge, *, at: datetime
) -> Sequence[str]:
    """New recovery codes for whoever shows a passkey; gives them, shown once, and those before are void.

    Raises PasskeyRefused and PasskeyCopied.
    """
    person = staff.held(public_id)
    passkeys.check(site, answer, challenge, of=person, at=at)
    audit.record(public_id, "staff.recovery_codes_made", public_id, at=at, after="passkey")
    return second_factor.new_codes(person)


@journey
def remove_passkey(public_id: str, passkey_id: str, code: str, *, at: datetime) -> None:
    """Take one away; the last thing that protects a login wants a recovery code. Raises CodeRefused and NotFound."""
    person = staff.held(public_id)
    passkey = passkeys.by_public_id(person, passkey_id)
    if passkey is None:
        raise NotFound("passkey")
    second_factor.remove_passkey(person, passkey, code, at=at)
    audit.record(public_id, "staff.passkey_removed", public_id, at=at, passkey=passkey_id)


@journey
def enter_with_passkey(site: Site, answer: str, challenge: Challenge, *, at: datetime) -> Person:
    """Log in with a passkey alone, which has verified its owner. Raises PasskeyRefused and PasskeyCopied."""
    return _let_in(passkeys.check(site, answer, challenge, at=at), at=at, by="passkey")


@journey
def confirm_with_passkey(
    public_id: str, site: Site, answer: str, challenge: Challenge, *, after: str, at: datetime
) -> Person:
    """A passkey as the second factor after another way. Raises LoginRefused, PasskeyRefused and PasskeyCopied."""
    passkey = passkeys.check(site, answer, challenge, of=staff.held(public_id), at=at)
    return _let_in(passkey, at=at, by=after, second_factor="passkey")


@journey
def note_copy(passkey_id: str, *, at: datetime) -> None:
    """A passkey was used whose counter went back."""
    audit.record("login", "staff.passkey_refused", f"passkey:{passkey_id}", at=at, why="its counter went back")


def _let_in(passkey: Passkey, *, at: datetime, **ways: str) -> Person:
    row = staff.by_key(passkey.staff_id)
    if row is None or row.disabled_at is not None:
        raise LoginRefused("account")
    audit.record(row.public_id, "staff.logged_in", row.public_id, at=at, **ways)
    return person_of(row)


def _by_address(identity: Identity, settings: Settings) -> Staff | None:
    """The person with the address. An address may have been given to somebody else since: then an admin decides."""
    known = staff.by_email(identity.email)
    if known is not None and known.provider_issuer == identity.issuer:
        raise IdentityRefused("other", settings.oidc_name, identity.email)
    return known


def _role(row: Staff | None, identity: Identity, settings: Settings) -> Role:
    """What this person may do from now on."""
    if row is not None and row.disabled_at is not None:
        raise IdentityRefused("unknown", settings.oidc_name, identity.email)
    if row is None and not settings.oidc_newcomers:
        raise IdentityRefused("unknown", settings.oidc_name, identity.email)
    if row is not None and not settings.oidc_roles:
        return row.role
    if identity.role is not None:
        return identity.role
    if settings.oidc_newcomers in ("", "groups"):
        raise IdentityRefused("groups", settings.oidc_name)
    return Role(settings.oidc_newcomers)
