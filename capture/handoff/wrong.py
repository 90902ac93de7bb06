"""What of the data of a person sales says is wrong, as names for programs and as words for people."""

from collections.abc import Mapping
from types import MappingProxyType

from capture.errors import DispositionRefused
from capture.languages import say
from capture.leads.values import NAME
from capture.pages.fields import LEAD_FIELDS
from capture.scoring.choices import OWN

EMAIL = "email"
_NAMED = (EMAIL, "phone", "name", "company", "job_title", "country", "company_size", "website")
WORDS: Mapping[str, str] = MappingProxyType({key: OWN[key] for key in _NAMED} | {"name": say("Name")})


def check(field: str | None) -> None:
    """Raises DispositionRefused for what is no name of WORDS; None is any of them."""
    if field is not None and field not in WORDS:
        told = ", ".join(WORDS)
        raise DispositionRefused("wrong", say("Name what is wrong by one of these: %(fields)s.", fields=told))


def keys(field: str | None) -> tuple[str, ...]:
    """The fields of a lead that are meant; the address is none of them."""
    if field is None:
        return LEAD_FIELDS
    return NAME if field == "name" else tuple(key for key in LEAD_FIELDS if key == field)


def words(field: str | None) -> str:
    """What people read; empty where nothing was named."""
    return WORDS.get(field or "", field or "")
