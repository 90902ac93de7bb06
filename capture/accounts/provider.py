"""The OpenID Connect provider of the organisation, and what a login with it is."""

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from capture.accounts.models import Role
from capture.config import Settings

if TYPE_CHECKING:
    from capture.accounts.openid import Provider


@dataclass(frozen=True, slots=True)
class Attempt:
    """A login that was begun: where the browser goes, and what it must bring back."""

    address: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Who came from the provider. `role` is what the groups give, None for nothing."""

    issuer: str
    subject: str
    email: str
    name: str
    role: Role | None
    gave_second_factor: bool


def of(settings: Settings) -> "Provider | None":
    """The provider of an installation, if it has one."""
    return _of(settings) if settings.oidc_issuer else None


@lru_cache(maxsize=4)
def _of(settings: Settings) -> "Provider":
    from capture.accounts import openid  # and with it Authlib and requests, which nobody needs without a provider

    return openid.Provider(settings)
