"""Web addresses in magnet.toml."""

from urllib.parse import urlsplit

from capture.languages import say
from capture.pages.fields import is_web_address
from magnets.tables import Table


def web_address(table: Table, key: str, *, required: bool = False) -> str:
    """A full http or https address; empty, with a finding, where it is none."""
    address = table.text(key, limit=500, required=required)
    if address and not is_web_address(address) and not _is_on_this_machine(address):
        table.stop(
            key,
            "bad-address",
            say("Write %(named)s as a full address such as https://company.com/talk.", named=table.named(key)),
        )
        return ""
    return address


def _is_on_this_machine(address: str) -> bool:
    """A marketer may try things out at home; a visitor's answer may not."""
    parts = urlsplit(address)
    return parts.scheme in ("http", "https") and parts.hostname == "localhost" and not parts.username
