"""The story of people who work with the product: log in, invite."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from capture import clock, languages
from capture.accounts import audit, marks, second_factor, sessions, staff, tokens
from capture.accounts.models import Role, Staff
from capture.addresses import Addresses
from capture.catalogue import documents
from capture.config import Settings
from capture.db import JsonObject, journey
from capture.errors import LastAdmin, LoginRefused, NotFound, ParameterRefused
from capture.journey import sales, telling
from capture.journey.sales import HandedOn
from capture.languages import say
from capture.outbox.colleagues import mail_to
from capture.outbox.mail import Mail
from capture.outbox.queue import enqueue, release


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is logged in, or will be once the second factor is given."""

    public_id: str
    name: str
    email: str
    role: str
    session_mark: str
    language: str
    needs_code: bool


def person_of(row: Staff, *, needs_code: bool = False) -> Person:
    """What the web may know of a row."""
    return Person(row.public_id, row.name, row.email, row.role.value, row.session_mark, row.language, needs_code)


@dataclass(frozen=True, slots=True)
class Session:
    """A session that goes on: whose it is, and when it was seen last."""

    person: Person
    session_id: str
    seen_at: datetime


def going_on(session_id: str, *, at: datetime) -> Session | None:
    """The session of this id, unless it is over. Reads only."""
    found = sessions.known(session_id, at=at)
    return Session(person_of(found[0]), session_id, found[1].seen_at) if found else None


@journey
def begin_session(public_id: str, browser: str, *, at: datetime) -> str:
    """A browser is logged in from now on; gives the session's id. Raises LoginRefused."""
    return sessions.begin(staff.held(public_id), browser, at=at).public_id


@journey
def note_seen(session_id: str, *, at: datetime) -> None:
    """Somebody works in a session."""
    sessions.note_seen(session_id, at=at)


@journey
def end_session(public_id: str, session_id: str, *, at: datetime) -> bool:
    """Somebody ends one of his own; False where it was over already. Raises LoginRefused."""
    ended = sessions.end(staff.held(public_id), session_id)
    if ended:
        audit.record(public_id, "staff.session_ended", public_id, at=at)
    return ended


@journey
def end_other_sessions(public_id: str, session_id: str, *, at: datetime) -> int:
    """Somebody ends all of his own but this one; gives how many. Raises LoginRefused."""
    ended = sessions.end_others(staff.held(public_id), session_id)
    audit.record(public_id, "staff.other_sessions_ended", public_id, at=at, sessions=ended)
    return ended


def note_login(person: Person, *, by: str, at: datetime) -> None:
    """Keep by which way somebody came in; where a code is asked for first, nobody has yet."""
    if not person.needs_code:
        audit.record(person.public_id, "staff.logged_in", person.public_id, at=at, by=by)


def new_person(email: str, name: str, role: Role, *, at: datetime) -> Staff:
    """A new person, who is no prospect any more."""
    person = staff.add(email, name, role, at=at)
    telling.tell_apart(person.email, at=at)
    return person


@journey
def add_person(email: str, name: str, role: Role, *, actor: str, at: datetime) -> Person:
    """Give somebody access to the studio. Somebody who has it keeps it, with the role given now."""
    known = staff.by_email(email)
    person = known or new_person(email, name, role, at=at)
    person.role = role
    person.disabled_at = None
    audit.record(actor, "staff.added" if known is None else "staff.changed", person.public_id, at=at, role=role.value)
    return person_of(person)


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
    row = staff.redeem(token, at=at)
    person = person_of(row, needs_code=second_factor.is_on(row))
    note_login(person, by="link", at=at)
    return person


@journey
def log_in(email: str, password: str, *, at: datetime) -> Person:
    """Log in with a password. Raises LoginRefused."""
    row = staff.check_password(email, password)
    person = person_of(row, needs_code=second_factor.is_on(row))
    note_login(person, by="password", at=at)
    return person


@journey
def enter_code(public_id: str, code: str, *, after: str, at: datetime) -> Person:
    """The second factor after another way: then the person is logged in. Raises LoginRefused or CodeRefused."""
    person = staff.held(public_id)
    second_factor.check(person, code, at=at)
    audit.record(public_id, "staff.logged_in", public_id, at=at, by=after, second_factor="code")
    return person_of(person)


@journey
def turn_on_second_factor(public_id: str, secret: str, code: str, *, at: datetime) -> Sequence[str]:
    """From now on a login asks for a code; gives the recovery codes, shown once. Raises CodeRefused."""
    codes = second_factor.turn_on(staff.held(public_id), secret, code, at=at)
    audit.record(public_id, "staff.second_factor_on", public_id, at=at)
    return codes


@journey
def renew_recovery_codes(public_id: str, code: str, *, at: datetime) -> Sequence[str]:
    """New recovery codes for one more code; gives them, shown once, and those before are void. Raises CodeRefused."""
    person = staff.held(public_id)
    second_factor.check(person, code, at=at)
    audit.record(public_id, "staff.recovery_codes_made", public_id, at=at, after="code")
    return second_factor.new_codes(person)


@journey
def turn_off_second_factor(public_id: str, code: str, *, at: datetime) -> None:
    """The person turns it off with one more code. Raises CodeRefused."""
    person = staff.held(public_id)
    second_factor.check(person, code, at=at)
    second_factor.turn_off(person)
    audit.record(public_id, "staff.second_factor_off", public_id, at=at)


@journey
def reset_second_factor(public_id: str, *, actor: str, at: datetime) -> None:
    """An admin turns it off for somebody who lost it, passkeys too; sessions end. Raises NotFound."""
    person = _known(public_id)
    second_factor.reset(person)
    staff.end_sessions(person)
    audit.record(actor, "staff.second_factor_reset", public_id, at=at)


@journey
def end_sessions(public_id: str, *, actor: str, at: datetime) -> None:
    """Log somebody out everywhere. Raises NotFound."""
    staff.end_sessions(_known(public_id))
    audit.record(actor, "staff.sessions_ended", public_id, at=at)


@journey
def unlink(public_id: str, *, actor: str, at: datetime) -> None:
    """Forget which account at the provider is this person's: the next one with the address will be. Raises NotFound."""
    person = _known(public_id)
    person.provider_issuer = person.provider_subject = None
    staff.end_sessions(person)
    audit.record(actor, "staff.unlinked", public_id, at=at)


@journey
def make_token(name: str, scope: str, *, key: str | None = None, actor: str, at: datetime) -> str:
    """A bearer token for a machine, shown once. Raises NotFound for an unknown scope.

    The same `key` again makes no other one: SentBefore is raised.
    """
    made = tokens.create(name, scope, key=key, at=at)
    audit.record(actor, "token.created", name, at=at, scope=scope)
    return made


@journey
def revoke_token(token_id: str, *, actor: str, at: datetime) -> None:
    """The token opens nothing from now on. Raises NotFound."""
    tokens.revoke(token_id, at=at)
    audit.record(actor, "token.revoked", f"token:{token_id}", at=at)


@journey
def release_message(message_id: int, *, actor: str, at: datetime) -> None:
    """Try once more what the outbox had set aside. Raises NotFound."""
    if not release(message_id, at=at):
        raise NotFound("message that waits for a person")
    audit.record(actor, "outbox.released", f"outbox:{message_id}", at=at)


@journey
def ask_for_test_mail(public_id: str, *, at: datetime) -> None:
    """A mail to oneself, by the way that all mail goes."""
    enqueue("test_mail", key=f"test_mail:{public_id}:{at.timestamp()}", at=at, person=public_id)
    audit.record(public_id, "mail.tested", public_id, at=at)


def try_documents(public_id: str, settings: Settings, *, at: datetime) -> None:
    """Whether documents can be kept and read. Raises StoreUnavailable."""
    documents.try_out(settings, at=at)
    _note_documents_tried(public_id, at=at)


@journey
def _note_documents_tried(public_id: str, *, at: datetime) -> None:
    audit.record(public_id, "documents.tested", public_id, at=at)


@journey
def choose_password(public_id: str, password: str, *, at: datetime) -> Person:
    """Set the password of the person who is logged in; other sessions end. Raises ValueError for one too short."""
    person = staff.held(public_id)
    staff.set_password(person, password)
    staff.end_sessions(person)
    audit.record(person.public_id, "staff.password_chosen", person.public_id, at=at)
    return person_of(person)


@journey
def choose_language(public_id: str, language: str) -> None:
    """In which language the studio speaks to the person who is logged in, and mails do; empty: as the browser prefers.

    Raises ParameterRefused for one that the product does not speak.
    """
    if language and language not in languages.shipped():
        raise ParameterRefused("language", language)
    staff.held(public_id).language = language


@journey
def invite(email: str, name: str, role: Role, *, actor: str, at: datetime) -> str:
    """Give somebody access and mail the one-time login link; gives the public id.

    Somebody who has access keeps name and role, and gets a new link.
    """
    person = staff.by_email(email)
    if person is None:
        person = new_person(email, name, role, at=at)
        audit.record(actor, "staff.invited", person.public_id, at=at, role=role.value)
    else:
        audit.record(actor, "staff.login_link_sent", person.public_id, at=at)
    if person.disabled_at is None:
        _mail_login(person, at=at)
    return person.public_id


def change_role(
    public_id: str, role: Role, *, sla_hours: int, seen: str | None = None, actor: str, at: datetime
) -> HandedOn:
    """What somebody may do; gives what becomes of the MQLs that wait for whoever leaves sales by that.

    `seen` is the mark of the role that was shown; none: of the one that he has. Raises LastAdmin, NotFound, and
    DraftChanged where somebody has changed it since.
    """
    key = _change_role(public_id, role, seen=seen, actor=actor, at=at)
    return sales.hand_on(key, sla_hours=sla_hours, actor=actor, at=at)


@journey
def _change_role(public_id: str, role: Role, *, seen: str | None, actor: str, at: datetime) -> int:
    person = staff.known_and_held(public_id)
    marks.refuse_if_changed(seen, marks.of(person.role), public_id, "staff.role_changed", "staff.changed", at=at)
    if person.role is Role.ADMIN and role is not Role.ADMIN and not staff.has_other_admin(person):
        raise LastAdmin
    if person.role is not role:
        audit.record(actor, "staff.role_changed", public_id, at=at, before=person.role.value, after=role.value)
        person.role = role
    return person.id


def disable(public_id: str, *, sla_hours: int, actor: str, at: datetime) -> HandedOn:
    """Take somebody's access away; their sessions end with their next request, and what waits for them goes on.

    Raises LastAdmin and NotFound.
    """
    key = _disable(public_id, actor=actor, at=at)
    return sales.hand_on(key, sla_hours=sla_hours, actor=actor, at=at)


@journey
def _disable(public_id: str, *, actor: str, at: datetime) -> int:
    person = _known(public_id)
    if person.role is Role.ADMIN and person.disabled_at is None and not staff.has_other_admin(person):
        raise LastAdmin
    person.disabled_at = person.disabled_at or at
    audit.record(actor, "staff.disabled", public_id, at=at)
    return person.id


@journey
def enable(public_id: str, *, actor: str, at: datetime) -> None:
    """Give access back. Raises NotFound."""
    _known(public_id).disabled_at = None
    audit.record(actor, "staff.enabled", public_id, at=at)


@journey
def note_export(what: str, *, actor: str, rows: int, at: datetime) -> None:
    """Somebody took data out of the product."""
    audit.record(actor, "exported", what, at=at, rows=rows)


def _known(public_id: str) -> Staff:
    person = staff.known(public_id)
    if person is None:
        raise NotFound("person")
    return person


def _mail_login(person: Staff, *, at: datetime) -> None:
    """The token is made when the mail is written: the outbox, which stays, never holds one."""
    enqueue("login_mail", key=f"login_mail:{person.public_id}:{at.timestamp()}", at=at, person=person.public_id)


def login_mail(settings: Settings, payload: JsonObject) -> Mail | None:
    """The mail with a one-time login link, made as it is written. None where the access was taken away meanwhile."""
    person = staff.by_public_id(payload["person"])
    if person is None:
        return None
    token = _new_link(person.public_id, at=clock.now())
    return mail_to(
        person,
        "login",
        settings,
        payload["key"],
        title=say("Your access"),
        link=Addresses(settings.base_url).studio_login(token),
        takes_passwords=settings.logins != "provider",
        provider=settings.oidc_name if settings.oidc_issuer else "",
    )


def test_mail(settings: Settings, payload: JsonObject) -> Mail | None:
    """The mail that shows whether mail goes out."""
    person = staff.by_public_id(payload["person"])
    if person is None:
        return None
    return mail_to(
        person,
        "test",
        settings,
        payload["key"],
        title=say("Mail goes out"),
    )


@journey
def _new_link(public_id: str, *, at: datetime) -> str:
    return staff.new_link(_known(public_id), at=at)
