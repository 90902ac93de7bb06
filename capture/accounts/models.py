"""Tables of staff, one-time login links, API tokens and the audit log."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from capture.db import Base, JsonList, JsonObject, Key, PublicId, Ref, Short, enum


class Role(StrEnum):
    ADMIN = "admin"
    MARKETER = "marketer"
    SALES = "sales"


class Staff(Base):
    """Somebody who logs in to the studio."""

    __tablename__ = "staff"
    __table_args__ = (Index(None, "provider_issuer", "provider_subject", unique=True),)

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    email: Mapped[Short] = mapped_column(unique=True)
    name: Mapped[Short]
    role: Mapped[Role] = mapped_column(enum(Role, "role"))
    password_hash: Mapped[str | None]
    totp_secret: Mapped[Short | None]  # base32; None: no authenticator app
    totp_step: Mapped[int | None] = mapped_column(BigInteger)  # the newest time step whose code was taken
    session_mark: Mapped[Short] = mapped_column(default="")  # sessions with another one are over
    provider_issuer: Mapped[
        Short | None
    ]  # with the subject: the account at the provider that came first by the address
    provider_subject: Mapped[Short | None]
    language: Mapped[Short] = mapped_column(default="", server_default="")  # a tag; empty: as the browser prefers
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class StaffSession(Base):
    """A browser in which somebody is logged in, while its `session_mark` is the person's."""

    __tablename__ = "staff_session"

    id: Mapped[Key]
    public_id: Mapped[PublicId]  # the signed cookie names it
    staff_id: Mapped[Ref] = mapped_column(ForeignKey("staff.id"), index=True)
    session_mark: Mapped[Short]
    browser: Mapped[Short]  # such as "Firefox, Windows"; empty: another
    begun_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class LoginLink(Base):
    """A one-time login; only the SHA-256 of its token is kept."""

    __tablename__ = "login_link"

    id: Mapped[Key]
    staff_id: Mapped[Ref] = mapped_column(ForeignKey("staff.id"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """A code that stands in once for the second factor, for the day on which the telephone is lost."""

    __tablename__ = "recovery_code"

    id: Mapped[Key]
    staff_id: Mapped[Ref] = mapped_column(ForeignKey("staff.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    used_at: Mapped[datetime | None]


class Passkey(Base):
    """A key that stays in a device of somebody's and signs for this site alone; only its public half is here."""

    __tablename__ = "passkey"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    staff_id: Mapped[Ref] = mapped_column(ForeignKey("staff.id"), index=True)
    credential_id: Mapped[str] = mapped_column(String(1400), unique=True)  # base64url
    public_key: Mapped[str]  # base64url of a COSE key
    sign_count: Mapped[int] = mapped_column(BigInteger)  # 0 for ever: the device does not count
    transports: Mapped[JsonList]  # by which ways a browser reaches it
    name: Mapped[Short]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    challenged_at: Mapped[datetime]  # when the newest challenge that it answered was made: no older one is taken


class ApiToken(Base):
    """A bearer token for machines: shown once, kept as SHA-256."""

    __tablename__ = "api_token"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    name: Mapped[Short]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scope: Mapped[Short]  # words separated by spaces, for instance "mqls:read"
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class AuditEntry(Base):
    """Who changed or took out what, and when. Append-only."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index(None, "at"),
        *(Index(None, column, "id") for column in ("actor", "action", "subject")),
    )

    id: Mapped[Key]
    at: Mapped[datetime]
    actor: Mapped[Short]  # a staff public id, "cli", or "token:" and a token's public id
    action: Mapped[Short]
    subject: Mapped[Short]
    detail: Mapped[JsonObject] = mapped_column(default=dict)
