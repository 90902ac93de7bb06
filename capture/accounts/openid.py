"""OpenID Connect: sending somebody to the provider, and believing what it says of them."""

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote_plus, urlsplit

import structlog
from authlib.common.security import generate_token
from authlib.common.urls import add_params_to_uri
from authlib.integrations.base_client import OAuthError
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import get_well_known_url
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from capture import strangers
from capture.accounts import fetching
from capture.accounts.models import Role
from capture.accounts.provider import Attempt, Identity
from capture.addresses import Addresses
from capture.config import Settings
from capture.errors import IdentityRefused, ProviderAway
from capture.languages import say, say_many

log = structlog.get_logger()

# Signatures of the provider alone: one with the shared secret could be anybody's who knows it, and none is nobody's.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA")
LEEWAY = 60  # seconds that the clocks may differ
REMEMBERED = 600.0  # seconds for which the provider's description and keys are not asked for again
ASKED_FOR_MORE = {"mfa"}  # amr (RFC 8176): the provider has asked for a second factor itself

Claims = Mapping[str, Any]


class Provider:
    """One provider; remembers for a while how it describes itself."""

    def __init__(self, settings: Settings) -> None:
        self.issuer = settings.oidc_issuer
        self.name = settings.oidc_name
        self.returns_to = Addresses(settings.base_url).studio_provider()
        self._settings = settings
        self._is_https = urlsplit(self.issuer).scheme == "https"
        self._remembered: dict[str, tuple[float, Claims]] = {}

    def begin(self) -> Attempt:
        """A new attempt with secrets of its own. Raises ProviderAway."""
        state, nonce, verifier = generate_token(32), generate_token(32), generate_token(64)
        with self._session() as asking:
            address, _ = asking.create_authorization_url(
                self._place("authorization_endpoint"), state=state, nonce=nonce, code_verifier=verifier
            )
        return Attempt(address, state, nonce, verifier)

    def identity(self, code: str, *, nonce: str, verifier: str, at: datetime) -> Identity:
        """Who it is that came back with this code. Raises IdentityRefused and ProviderAway."""
        with self._session() as asking:
            token = self._exchange(asking, code, verifier)
            claims = self._read(token, nonce, at=at)
            if not self._needed() <= claims.keys() and "userinfo_endpoint" in self.description():
                asking.token = {"access_token": token.get("access_token", ""), "token_type": "Bearer"}
                told = fetching.json_of(asking, self._place("userinfo_endpoint"))
                if told.get("sub") != claims["sub"]:
                    raise IdentityRefused("token", self.name)
                claims = {**told, **claims}
        return self._identity(claims)

    def leaves_by(self, back: str) -> str | None:
        """Where one logs out of the provider too, if it has such a place. Raises ProviderAway."""
        if "end_session_endpoint" not in self.description():
            return None
        known = {"client_id": self._settings.oidc_client_id, "post_logout_redirect_uri": back}
        return str(add_params_to_uri(self._place("end_session_endpoint"), list(known.items())))

    def description(self, *, afresh: bool = False) -> Claims:
        """How the provider describes itself (OpenID Connect Discovery 1.0). Raises ProviderAway."""
        return self._fetched(get_well_known_url(self.issuer, external=True), self._check_description, afresh=afresh)

    def keys(self, *, afresh: bool = False) -> KeySet:
        """The keys with which it signs, those that we can read. Raises ProviderAway."""
        return KeySet(list(_readable(self._fetched(self._place("jwks_uri"), afresh=afresh))))

    def look_again(self) -> str:
        """Ask for everything anew; gives how many keys it has, in words. Raises ProviderAway."""
        self.description(afresh=True)
        for place in ("authorization_endpoint", "token_endpoint"):
            self._place(place)
        number = len(self.keys(afresh=True).keys)
        if not number:
            raise ProviderAway(say("it shows no key that can be read"))
        return say_many("one key", "%(num)s keys", number)

    def _check_description(self, told: Claims) -> None:
        if told.get("issuer") != self.issuer:
            raise ProviderAway(say("it calls itself by another issuer than the setting"))

    def _fetched(self, url: str, check: Callable[[Claims], None] = lambda _: None, *, afresh: bool) -> Claims:
        known = self._remembered.get(url)
        if known is not None and not afresh and time.monotonic() < known[0] + REMEMBERED:
            return known[1]
        with self._session() as asking:
            told = fetching.json_of(asking, url, withhold_token=True)
        check(told)
        self._remembered[url] = time.monotonic(), told
        return told

    def _place(self, name: str) -> str:
        """An address of the description. An issuer behind TLS leads to nothing without it."""
        url = self.description().get(name)
        if not isinstance(url, str) or urlsplit(url).scheme not in ("https",) + ("http",) * (not self._is_https):
            raise ProviderAway(say("its description has no proper %(name)s", name=name))
        return url

    def _session(self) -> Any:
        return fetching.session(
            https_only=self._is_https,
            client_id=self._settings.oidc_client_id,
            client_secret=self._settings.oidc_client_secret or None,
            redirect_uri=self.returns_to,
            scope=self._settings.oidc_scopes,
            code_challenge_method="S256",
        )

    def _exchange(self, asking: Any, code: str, verifier: str) -> Claims:
        """The tokens of a code, which the provider gives once."""
        id_and_secret = quote_plus(self._settings.oidc_client_id), quote_plus(self._settings.oidc_client_secret)
        methods = self.description().get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        said: dict[str, object] = {"auth": id_and_secret}  # RFC 6749, 2.3.1: both are form-encoded first
        if not self._settings.oidc_client_secret:
            said = {"auth": asking.client_auth("none")}
        elif "client_secret_basic" not in methods:
            said = {"auth": asking.client_auth("client_secret_post")}
        try:
            return fetching.token_of(
                asking,
                self._place("token_endpoint"),
                grant_type="authorization_code",
                code=code,
                code_verifier=verifier,
                redirect_uri=self.returns_to,
                **said,
            )
        except OAuthError as error:
            log.warning("provider refused a code", error=str(error.error)[:60])
            raise IdentityRefused("code", self.name) from None

    def _read(self, token: Claims, nonce: str, *, at: datetime) -> dict[str, Any]:
        """The claims of a token that is signed by the provider, for us, for this attempt, and in force."""
        raw = token.get("id_token")
        if not isinstance(raw, str):
            raise IdentityRefused("token", self.name)
        for afresh in (False, True):
            try:
                read = jwt.decode(raw, self.keys(afresh=afresh), registry=_registry())
                options: Any = {"iss": {"value": self.issuer}, "aud": {"value": self._settings.oidc_client_id}}
                params = {"nonce": nonce, "client_id": self._settings.oidc_client_id}
                claims = CodeIDToken(
                    read.claims, read.header, options, {**params, "access_token": token.get("access_token")}
                )
                claims.validate(now=int(at.timestamp()), leeway=LEEWAY)
                if not 0 < len(claims["sub"]) <= 255:
                    raise IdentityRefused("token", self.name)
                return dict(claims)
            except (JoseError, TypeError, *strangers.UNREADABLE) as error:
                # Its keys may have changed since they were read; whatever else is wrong stays so.
                why = type(error).__name__
        log.warning("provider's token refused", why=why)
        raise IdentityRefused("token", self.name)

    def _needed(self) -> set[str]:
        """The claims without which nothing can be decided."""
        roles = {self._settings.oidc_role_claim.partition(".")[0]} if self._settings.oidc_roles else set()
        return {"email", self._settings.oidc_verified_claim, "name", *roles, *dict(self._settings.oidc_claims)}

    def _identity(self, claims: Claims) -> Identity:
        email = claims.get("email")
        if not isinstance(email, str) or "@" not in email or len(email) > 320 or not _is_plain(email):
            raise IdentityRefused("unverified", self.name)
        if claims.get(self._settings.oidc_verified_claim) not in (True, "true", "1"):
            raise IdentityRefused("unverified", self.name)
        domains = self._settings.oidc_domains
        if domains and email.lower().rpartition("@")[2] not in domains:
            raise IdentityRefused("elsewhere", self.name)
        if any(wanted not in _texts(claims, name) for name, wanted in self._settings.oidc_claims):
            raise IdentityRefused("elsewhere", self.name)
        groups = _texts(claims, self._settings.oidc_role_claim)
        given = {role for group, role in self._settings.oidc_roles if group in groups}
        role = next((role for role in Role if role.value in given), None)
        more = bool(ASKED_FOR_MORE & set(_texts(claims, "amr")))
        return Identity(self.issuer, claims["sub"], email.lower(), _name(claims, email), role, more)


def _registry() -> JWSRegistry:
    return JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False)


def _readable(told: Claims) -> Iterator[Any]:
    """The keys of a set: one of a kind that nobody here knows is no reason to refuse the others."""
    keys = told.get("keys")
    for key in keys if isinstance(keys, list) else ():
        try:
            if key.get("kty") != "oct" and key.get("use", "sig") == "sig":
                yield from KeySet.import_key_set({"keys": [key]}).keys
        except (JoseError, ValueError, TypeError, AttributeError):
            continue


def _is_plain(email: str) -> bool:
    """Whether the address stays what it is in lower case: some letters of other alphabets turn into ours."""
    return email.isascii() or email.lower() == email


def _texts(claims: Claims, name: str) -> list[str]:
    """What a claim says, as texts; a dot leads inside where no claim has the whole name."""
    found: Any = claims.get(name)
    if found is None and "." in name:
        found = claims
        for part in name.split("."):
            found = found.get(part) if isinstance(found, dict) else None
    said = found if isinstance(found, list) else [found]
    return [
        str(one).lower() if isinstance(one, bool) else str(one) for one in said if isinstance(one, str | int | float)
    ]


def _name(claims: Claims, email: str) -> str:
    name = claims.get("name")
    words = "".join(letter if letter.isprintable() else " " for letter in name).split() if isinstance(name, str) else []
    return " ".join(words)[:120].strip() or email.partition("@")[0][:120]
