"""The story of somebody who comes from the provider of the organisation."""

from datetime import datetime

from capture.accounts import audit, staff
from capture.accounts.models import Role, Staff
from capture.accounts.provider import Identity
from capture.config import Settings
from capture.db import journey
from capture.errors import IdentityRefused
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
    person = person_of(row, gave_second_factor=identity.gave_second_factor)
    note_login(person, by=NAME, at=at)
    return person


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
