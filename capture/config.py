"""Settings: one frozen, typed object read from the environment; bad values are refused by name."""

import os
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from capture.errors import BadSetting

T = TypeVar("T")

PREFIX = "LODESTONE_"


def _setting(default: T, doc: str, *, secret: bool = False) -> T:
    return field(default=default, repr=not secret, metadata={"doc": doc, "secret": secret})


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything an installation can be told: each field is the variable LODESTONE_<NAME> of docs/settings.md."""

    data: Path = _setting(
        Path("data"), "Folder for the database, the documents, mail written to disk and the secret key."
    )
    database_url: str = _setting(
        "", "SQLAlchemy URL. Empty: SQLite in the data folder. PostgreSQL: `postgresql+psycopg://…`.", secret=True
    )
    documents: str = _setting(
        "folder:", "Where documents lie: `folder:` (in the data folder), `folder:PATH`, or `s3://bucket/prefix`."
    )
    s3_endpoint: str = _setting("", "Address of an S3-compatible store. Empty: Amazon's.")
    s3_region: str = _setting("us-east-1", "Region of the bucket.")
    s3_key_id: str = _setting("", "Access key of the bucket. Empty: the one that the machine has by its role.")
    s3_secret: str = _setting("", "The secret of that key.", secret=True)
    document_cache: int = _setting(
        2048, "Megabytes of the data folder in which documents of a bucket are kept at hand (64 to 1000000)."
    )
    base_url: str = _setting(
        "http://localhost:8000", "The public address; every link in a page or a mail starts with it."
    )
    secret_keys: tuple[str, ...] = _setting(
        (),
        "Keys that sign links and cookies, newest first, with commas. Empty: one is made and kept in the data folder.",
        secret=True,
    )
    organisation: str = _setting("Lodestone", "The name that stands on pages and in mails.")
    privacy_url: str = _setting("", "Address of the privacy notice. Publishing stops without it.")
    legal_url: str = _setting("", "Address of the legal notice. Publishing stops without it.")
    language: str = _setting(
        "en", "Language of what belongs to no page: the list of pages, errors. A page is in its own: `en`, `de`."
    )
    privacy_urls: tuple[tuple[str, str], ...] = _setting(
        (), "The privacy notice in other languages, with commas: `de=https://…,fr=https://…`. Pages take their own."
    )
    legal_urls: tuple[tuple[str, str], ...] = _setting(
        (), "The legal notice in other languages, with commas: `de=https://…,fr=https://…`."
    )
    timezone: str = _setting(
        "UTC", "Zone whose days are told and counted, and whose times screens show, for instance `Europe/Berlin`."
    )
    currency: str = _setting("EUR", "Currency of the reports, by its three letters.")
    rates: tuple[tuple[str, Decimal], ...] = _setting(
        (), "What one unit of another currency is worth in it, with commas: `USD=0.92,GBP=1.17`."
    )
    phone_region: str = _setting("", "Two-letter country for telephone numbers typed without a country code.")
    mail: str = _setting(
        "folder:",
        "Where mail goes: `folder:` (in the data folder), `folder:PATH`, `smtp://user:password@host:587` or `smtps://…`.",
        secret=True,
    )
    mail_from: str = _setting("hello@localhost.example", "Sender address of every mail.")
    link_days: int = _setting(14, "Days that a link in a mail or on a thank-you page stays valid (1 to 365).")
    sla_hours: int = _setting(24, "Hours of its owner's working time in which an MQL is answered (1 to 720).")
    rate_limits: str = _setting(
        "memory://",
        "Where rate limits are counted: `memory://`, or `redis://host:6379` for several processes. Empty: no limits.",
        secret=True,
    )
    proxies: int = _setting(0, "How many proxies of yours stand before the server and set X-Forwarded-For (0 to 5).")
    accel: str = _setting(
        "", "Internal location of the proxy, such as `/documents/`, from which it sends what is nobody's own copy."
    )
    webhook_hosts: tuple[str, ...] = _setting(
        (), "Hosts inside your network that webhooks may reach, also by http://, with commas."
    )
    logins: str = _setting(
        "any",
        "`any`: password or provider. `provider`: the provider alone, and links that an admin or the server makes.",
    )
    oidc_issuer: str = _setting(
        "", "Issuer of the OpenID Connect provider with which people log in, as the provider writes it. Empty: none."
    )
    oidc_client_id: str = _setting("", "The id under which the provider knows this installation.")
    oidc_client_secret: str = _setting("", "The secret of that id. Empty: the provider asks for none.", secret=True)
    oidc_name: str = _setting("single sign-on", "What the login page calls the provider, after “Log in with”.")
    oidc_scopes: str = _setting("openid email profile", "What the provider is asked to tell, with spaces.")
    oidc_domains: tuple[str, ...] = _setting(
        (), "Only addresses of these domains may come in, with commas. Empty: all."
    )
    oidc_claims: tuple[tuple[str, str], ...] = _setting(
        (), "Claims that an account must have to come in, with semicolons: `hd=example.com`."
    )
    oidc_verified_claim: str = _setting("email_verified", "The claim that must be true for the address to be believed.")
    oidc_role_claim: str = _setting("groups", "The claim that names groups; a dot leads inside: `realm_access.roles`.")
    oidc_roles: tuple[tuple[str, str], ...] = _setting(
        (),
        "What a group makes of somebody, with semicolons: `Marketing=marketer; Managers=admin`. Empty: nothing.",
    )
    oidc_newcomers: str = _setting(
        "",
        "What people become whom nobody invited: `sales`, `marketer`, `admin`, or `groups`: what their group makes of "
        "them, else nothing. Empty: they do not come in.",
    )
    metrics_token: str = _setting("", "Bearer token for /metrics. Empty: the metrics are not served.", secret=True)
    log: str = _setting("text", "`text` for people, `json` for machines.")

    def privacy_url_in(self, language: str) -> str:
        """The privacy notice for readers of a page in this language."""
        return _nearest(self.privacy_urls, language) or self.privacy_url

    def legal_url_in(self, language: str) -> str:
        """The legal notice for readers of a page in this language."""
        return _nearest(self.legal_urls, language) or self.legal_url

    @property
    def zone(self) -> ZoneInfo:
        """The zone of `timezone`."""
        return ZoneInfo(self.timezone)

    @property
    def database(self) -> str:
        """The SQLAlchemy URL in force."""
        return self.database_url or f"sqlite:///{(self.data / 'lodestone.sqlite').resolve()}"

    @property
    def is_https(self) -> bool:
        """Whether people reach the product over TLS: then cookies are Secure and HSTS is sent."""
        return self.base_url.startswith("https://")


def _nearest(addresses: tuple[tuple[str, str], ...], language: str) -> str:
    """That of the language, or of its first part: what is there in `de` will do for `de-CH`."""
    known = dict(addresses)
    return known.get(language) or known.get(language.partition("-")[0], "")


def _within(low: int, high: int) -> Callable[[str, str], int]:
    def read(name: str, raw: str) -> int:
        try:
            number = int(raw)
        except ValueError:
            raise BadSetting(name, f"must be a whole number, not {raw!r}") from None
        if not low <= number <= high:
            raise BadSetting(name, f"must be between {low} and {high}, not {number}")
        return number

    return read


def _url(name: str, raw: str) -> str:
    parts = urlsplit(raw)
    if raw and (parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment):
        raise BadSetting(name, "must be a full address such as https://guides.example.com")
    return raw.rstrip("/")


def _issuer(name: str, raw: str) -> str:
    """Kept to the letter, its last slash too: the provider's own spelling is compared with it."""
    parts = urlsplit(raw)
    if raw and parts.scheme != "https" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise BadSetting(name, "must begin with https://")
    _url(name, raw)
    return raw


def _urls(name: str, raw: str) -> tuple[tuple[str, str], ...]:
    read = []
    for part in filter(None, raw.split(",")):
        language, sign, address = part.strip().partition("=")
        if not sign or not address:
            raise BadSetting(name, f"must be written like de=https://example.com/datenschutz; {part.strip()!r} is not")
        read.append((_language(name, language.strip()), _url(name, address.strip())))
    return tuple(read)


def _zone(name: str, raw: str) -> str:
    try:
        ZoneInfo(raw)
    except (ZoneInfoNotFoundError, ValueError):
        raise BadSetting(name, f"{raw!r} is not a time zone; write one such as Europe/Berlin") from None
    return raw


def _language(name: str, raw: str) -> str:
    if not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", raw):
        raise BadSetting(name, f"must be a language code such as en or de, not {raw!r}")
    return raw


def _one_of(*allowed: str) -> Callable[[str, str], str]:
    def read(name: str, raw: str) -> str:
        if raw not in allowed:
            raise BadSetting(name, f"must be one of {', '.join(allowed)}, not {raw!r}")
        return raw

    return read


def _scheme(*schemes: str) -> Callable[[str, str], str]:
    def read(name: str, raw: str) -> str:
        if raw and raw.partition(":")[0] not in schemes:
            raise BadSetting(name, f"must begin with {' or '.join(s + ':' for s in schemes)}")
        return raw

    return read


def _address(name: str, raw: str) -> str:
    local, _, host = raw.rpartition("@")
    if not local or "." not in host or any(c in raw for c in "\r\n,<> "):
        raise BadSetting(name, "must be one plain mail address")
    return raw


def _region(name: str, raw: str) -> str:
    if raw and not (len(raw) == 2 and raw.isascii() and raw.isalpha()):
        raise BadSetting(name, "must be a two-letter country code such as DE")
    return raw.upper()


def _keys(name: str, raw: str) -> tuple[str, ...]:
    keys = tuple(key.strip() for key in raw.split(",") if key.strip())
    if any(len(key) < 32 for key in keys):
        raise BadSetting(name, "each key must have at least 32 characters; `openssl rand -hex 32` makes one")
    return keys


def _hosts(name: str, raw: str) -> tuple[str, ...]:
    hosts = tuple(host.strip().lower() for host in raw.split(",") if host.strip())
    if wrong := next((host for host in hosts if not host.isascii() or "/" in host or " " in host), None):
        raise BadSetting(name, f"must be names or addresses of hosts with commas between them, not {wrong!r}")
    return hosts


def _pairs(name: str, raw: str) -> tuple[tuple[str, str], ...]:
    """The last sign of equality parts a pair: names of groups may hold others."""
    pairs = [tuple(side.strip() for side in part.rpartition("=")[::2]) for part in raw.split(";") if part.strip()]
    if wrong := next((pair for pair in pairs if not all(pair)), None):
        raise BadSetting(name, f"must be written like name=value; other=value, not {'='.join(wrong)!r}")
    return tuple((first, second) for first, second in pairs)


_ROLES = ("sales", "marketer", "admin")


def _roles(name: str, raw: str) -> tuple[tuple[str, str], ...]:
    pairs = _pairs(name, raw)
    if wrong := next((role for _, role in pairs if role not in _ROLES), None):
        raise BadSetting(name, f"gives the role {wrong!r}; there are {', '.join(_ROLES)}")
    return pairs


def _scopes(name: str, raw: str) -> str:
    scopes = raw.split()
    if "openid" not in scopes:
        raise BadSetting(name, "must contain openid")
    return " ".join(scopes)


def _some_text(name: str, raw: str) -> str:
    if not raw.strip():
        raise BadSetting(name, "must not be empty; leave it out for the default")
    return raw.strip()


def _location(name: str, raw: str) -> str:
    if raw and not re.fullmatch(r"/[\w./-]*/", raw, re.ASCII):
        raise BadSetting(name, f"must be a path that begins and ends with a slash, such as /documents/, not {raw!r}")
    return raw


def _currency(name: str, raw: str) -> str:
    if not (len(raw) == 3 and raw.isascii() and raw.isalpha()):
        raise BadSetting(name, "must be a currency of three letters such as EUR")
    return raw.upper()


def _rates(name: str, raw: str) -> tuple[tuple[str, Decimal], ...]:
    read = []
    for part in filter(None, raw.split(",")):
        code, _, worth = part.strip().partition("=")
        try:
            number = Decimal(worth)
        except InvalidOperation:
            number = Decimal(0)
        if not number.is_finite() or number <= 0:
            raise BadSetting(name, f"must be written like USD=0.92,GBP=1.17; {part.strip()!r} is not")
        read.append((_currency(name, code.strip()), number))
    return tuple(read)


_READERS: Mapping[str, Callable[[str, str], object]] = {
    "data": lambda _, raw: Path(raw).expanduser(),
    "database_url": _scheme("sqlite", "postgresql+psycopg"),
    "documents": _scheme("folder", "s3"),
    "s3_endpoint": _url,
    "document_cache": _within(64, 1_000_000),
    "base_url": _url,
    "secret_keys": _keys,
    "privacy_url": _url,
    "legal_url": _url,
    "privacy_urls": _urls,
    "legal_urls": _urls,
    "language": _language,
    "timezone": _zone,
    "currency": _currency,
    "rates": _rates,
    "phone_region": _region,
    "mail": _scheme("folder", "smtp", "smtps"),
    "mail_from": _address,
    "link_days": _within(1, 365),
    "sla_hours": _within(1, 720),
    "rate_limits": _scheme("memory", "redis", "rediss", "valkey"),
    "proxies": _within(0, 5),
    "accel": _location,
    "webhook_hosts": _hosts,
    "logins": _one_of("any", "provider"),
    "oidc_issuer": _issuer,
    "oidc_name": _some_text,
    "oidc_scopes": _scopes,
    "oidc_domains": _hosts,
    "oidc_claims": _pairs,
    "oidc_verified_claim": _some_text,
    "oidc_role_claim": _some_text,
    "oidc_roles": _roles,
    "oidc_newcomers": _one_of("", "groups", *_ROLES),
    "log": _one_of("text", "json"),
}


def from_environment(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from LODESTONE_* variables; a secret may stand in a file named by LODESTONE_<NAME>_FILE.

    Raises BadSetting, naming the variable, for a value that cannot be used and for a name that does not exist.
    """
    env = os.environ if environ is None else environ
    known = {PREFIX + f.name.upper(): f for f in fields(Settings)}
    values: dict[str, object] = {}
    for name, raw in env.items():
        if not name.startswith(PREFIX) or name in _NOT_SETTINGS:
            continue
        variable = name.removesuffix("_FILE") if name not in known else name
        if variable not in known:
            raise BadSetting(name, "there is no such setting; docs/settings.md lists them")
        setting = known[variable]
        if variable != name:
            if not setting.metadata["secret"]:
                raise BadSetting(name, "only secrets are read from files")
            raw = _read_secret(name, raw)
        reader = _READERS.get(setting.name)
        values[setting.name] = reader(name, raw) if reader else raw
    settings = Settings(**values)  # type: ignore[arg-type]
    _check_together(settings)
    return settings


def _check_together(settings: Settings) -> None:
    """What is of no use alone."""
    if settings.oidc_issuer and not settings.oidc_client_id:
        raise BadSetting(f"{PREFIX}OIDC_CLIENT_ID", "is missing; the provider gives it out")
    if settings.logins == "provider" and not settings.oidc_issuer:
        raise BadSetting(f"{PREFIX}LOGINS", "says provider, and LODESTONE_OIDC_ISSUER names none")
    if settings.oidc_newcomers == "groups" and not settings.oidc_roles:
        raise BadSetting(f"{PREFIX}OIDC_NEWCOMERS", "says groups, and LODESTONE_OIDC_ROLES names none")


# Read by the test suite, not by the product.
_NOT_SETTINGS = frozenset({"LODESTONE_GUIDES", "LODESTONE_TEST_POSTGRES", "LODESTONE_EXAMPLES"})


def resource(name: str) -> Path:
    """The folder `templates` or `migrations`: inside the installed package, or beside it in a checkout."""
    inside = Path(__file__).parent / name
    return inside if inside.is_dir() else Path(__file__).parent.parent / name


def _read_secret(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise BadSetting(name, f"the file cannot be read: {error.strerror}") from None


def signing_keys(settings: Settings) -> tuple[str, ...]:
    """The keys in force, newest first; makes and keeps one in the data folder where none is set."""
    if settings.secret_keys:
        return settings.secret_keys
    path = settings.data / "secret.key"
    settings.data.mkdir(parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
    except FileExistsError:
        pass  # Another process of this installation made it first.
    return (path.read_text(encoding="ascii").strip(),)
