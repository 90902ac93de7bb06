"""Where an arrival came from, read from its query and referrer. Plain arithmetic: no database, no framework.

Order of precedence: UTM values, then click ids, then the referrer, then nothing ("direct").
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from capture.attribution import macros
from capture.attribution.patterns import APART

UTM_KEYS = ("source", "medium", "campaign", "term", "content")
LONGEST_VALUE = 200
LONGEST_TEXT = 2000

# Which network sets which click id, and what it says of an arrival that carries no UTM values.
CLICK_IDS: Mapping[str, tuple[str, str]] = {
    "gclid": ("google", "cpc"),
    "gbraid": ("google", "cpc"),
    "wbraid": ("google", "cpc"),
    "msclkid": ("bing", "cpc"),
    "li_fat_id": ("linkedin", "paid-social"),
    "fbclid": ("facebook", "social"),  # Meta adds it to unpaid links too
    "ttclid": ("tiktok", "paid-social"),
    "twclid": ("x", "paid-social"),
    "rdt_cid": ("reddit", "paid-social"),
}

# Where platforms put the id of a campaign. utm_id: Google Analytics (support.google.com/analytics/answer/10917952) and
# what teams fill with LinkedIn's CAMPAIGN_ID, Meta's {{campaign.id}} or Microsoft's {CampaignId}; gad_campaignid: added
# by Google Ads (support.google.com/google-ads/answer/16193746); hsa_cam: added by HubSpot to the ads of all networks.
ID_KEYS = ("utm_id", "gad_campaignid", "hsa_cam", "campaign_id", "campaignid")
LONGEST_ID = 39  # a campaign and all its ids are counted as one value of at most 320 characters
MOST_IDS = 3

_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


@dataclass(frozen=True, slots=True)
class Origin:
    """The attribution of one arrival. Empty strings where nothing is known."""

    source: str = ""
    medium: str = ""
    campaign: str = ""
    term: str = ""
    content: str = ""
    channel: str = "Direct"
    click_ids: Mapping[str, str] = field(default_factory=dict)
    named_by: str = ""  # what else names the campaign: ids of platforms, or the macro that stood there
    unfilled: str = ""  # macros that came instead of values, a line for each: utm_content={{ad.name}}
    raw_query: str = ""
    referrer: str = ""
    is_internal: bool = False  # came from a page of ours and says nothing new

    @property
    def is_direct(self) -> bool:
        """Nothing is known of where the arrival came from."""
        return self.channel == "Direct"


def clean(text: str, longest: int = LONGEST_VALUE) -> str:
    """Text as it may be stored: no control characters or lone surrogates, trimmed, at most `longest` characters."""
    return _CONTROL.sub(" ", text).strip()[:longest].strip()


def is_value(text: str) -> bool:
    """Whether a link can carry this: neither a macro nor an address of a person would be counted."""
    return not macros.is_macro(text) and not _ADDRESS.search(text)


def read(query: str, referrer: str, *, own_host: str) -> Origin:
    """The origin of an arrival with this raw query string and Referer header. Any text is taken; none raises."""
    raw, referrer = clean(query, LONGEST_TEXT), clean(referrer, LONGEST_TEXT)
    given = _pairs(query)
    utm = {key: _first_real(given.get("utm_" + key, ())) for key in UTM_KEYS}
    click_ids = {key: value for key in CLICK_IDS if (value := _first_real(given.get(key, ())))}
    host, path = _host_and_path(referrer)
    from_us = host == own_host.lower()
    name, kind = ("", "") if from_us or not host else known_site(host, path)
    ids = _ids(given)
    paid_by = next(iter(click_ids), "gclid" if _first_real(given.get("gad_campaignid", ())) else "")
    if not utm["source"] and paid_by:
        source, medium = CLICK_IDS[paid_by]
        utm |= {"source": source, "medium": utm["medium"] or medium}
    elif not utm["source"] and host and not from_us:
        medium = {"search": "organic", "social": "social", "ai": "ai"}.get(kind, "referral")
        utm |= {"source": name or host, "medium": utm["medium"] or medium}
    return Origin(
        **utm,
        channel=channel(utm["source"], utm["medium"], kind=kind or _kind_of_source(utm["source"]), click_ids=click_ids),
        click_ids=click_ids,
        named_by=ids or ("" if utm["campaign"] else _macro_of(given, "utm_campaign") or _macro_of(given, "utm_id")),
        unfilled="\n".join(_unfilled(given)),
        raw_query=raw,
        referrer="" if from_us else referrer,
        is_internal=from_us and not any(utm.values()) and not ids,
    )


def _ids(given: Mapping[str, list[str]]) -> str:
    """Every id of a campaign that some platform sent, parted by APART."""
    found = (_first_real(given.get(key, ())) for key in ID_KEYS)
    ids = dict.fromkeys(value for value in found if value and len(value) <= LONGEST_ID)
    return APART.join(list(ids)[:MOST_IDS])


def _unfilled(given: Mapping[str, list[str]]) -> Iterator[str]:
    for key in (*(f"utm_{key}" for key in UTM_KEYS), *ID_KEYS):
        macro = _macro_of(given, key)
        if macro:
            yield f"{key}={macro}"


def _macro_of(given: Mapping[str, list[str]], key: str) -> str:
    """The macro that stands where a value should; empty where there is a value, or nothing."""
    values = given.get(key, [])
    if _first_real(values):
        return ""
    found = (clean(value) for value in values)
    return next((value for value in found if macros.is_macro(value) and not _ADDRESS.search(value)), "")


def _pairs(query: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    try:
        pairs = parse_qsl(macros.escaped(query[:20_000]), keep_blank_values=True, errors="replace", max_num_fields=300)
    except ValueError:
        return {}
    for key, value in pairs:
        found.setdefault(key.strip().lower(), []).append(value)
    return found


def _first_real(values: list[str] | tuple[str, ...]) -> str:
    """The first value that is not empty and no unfilled macro: networks append theirs to what people wrote.

    Nor is a person's address one, as a mail program may fill it in: figures by campaign hold no person.
    """
    kept = (clean(value) for value in values)
    return next((value for value in kept if value and is_value(value)), "")


def _host_and_path(referrer: str) -> tuple[str, str]:
    try:
        parts = urlsplit(referrer)
        if parts.scheme == "android-app":
            return f"android-app//{parts.netloc.lower()}", parts.path
        return (parts.netloc.rpartition("@")[2].lower(), parts.path) if parts.scheme in ("http", "https") else ("", "")
    except ValueError:
        return "", ""


@cache
def _sites() -> Mapping[str, tuple[str, str]]:
    lines = (Path(__file__).parent / "data" / "sources.tsv").read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return {domain: (name, kind) for domain, name, kind in rows}


@cache
def _names() -> Mapping[str, str]:
    return {name.lower(): kind for name, kind in _sites().values()}


def known_site(host: str, path: str = "") -> tuple[str, str]:
    """Name and kind ("search", "social", "ai") of a known site, or two empty strings."""
    host = host.removesuffix(":443").removesuffix(":80")
    labels = host.split(".")
    candidates = []
    for start in range(len(labels) - 1):
        tail = labels[start:]
        candidates.append(".".join(tail))
        candidates.append(".".join([*tail[:-1], "{}"]))
        if len(tail) > 2:
            candidates.append(".".join([*tail[:-2], "{}"]))  # google.co.uk
        candidates.append(".".join(["{}", *tail[1:]]))
    sites = _sites()
    for candidate in candidates:
        if path and (found := sites.get(candidate + path.rstrip("/"))):
            return found
    return next((sites[candidate] for candidate in candidates if candidate in sites), ("", ""))


_NICKNAMES = {"x": "social", "twitter": "social", "meta": "social", "fb": "social", "ig": "social"}


def _kind_of_source(source: str) -> str:
    named = source.lower()
    return (
        _names().get(named)
        or known_site(named)[1]
        or {"x": "social", "twitter": "social", "meta": "social"}.get(named, "")
    )


_PAID = re.compile(r"^(?:.*cp[cmav]|ppc|retargeting|paid.*|.*[-_ ]paid|sponsored.*|display[-_ ]?ads)$")
_MAIL = re.compile(r"^(?:e-?mail|e_mail|e mail|newsletter)$")
_DISPLAY = {"display", "banner", "expandable", "interstitial", "cpm"}
_SOCIAL = {"social", "social-network", "social-media", "sm", "social network", "social media", "organic-social"}


def channel(source: str, medium: str, *, kind: str, click_ids: Mapping[str, str]) -> str:
    """The group an arrival belongs to, by named questions in a fixed order: the first yes decides.

    The names follow the default channel groups of Google Analytics, with "AI assistants" besides.
    """
    source, medium = source.lower(), medium.lower()
    paid = bool(_PAID.match(medium)) or bool({"gclid", "gbraid", "wbraid", "msclkid"} & click_ids.keys())
    mail = bool(_MAIL.match(medium) or _MAIL.match(source))
    questions = (
        (not source and not medium, "Direct"),
        (mail, "E-mail"),
        (medium in _DISPLAY, "Display"),
        (paid and kind == "search", "Paid search"),
        (paid and kind == "social", "Paid social"),
        (paid, "Paid other"),
        (medium in _SOCIAL or kind == "social", "Organic social"),
        (kind == "ai" or medium == "ai", "AI assistants"),
        (medium == "organic" or kind == "search", "Organic search"),
        (medium in {"affiliate", "affiliates"}, "Affiliates"),
        (medium in {"qr", "print", "event", "offline"}, "Offline"),
        (medium in {"referral", "app", "link"}, "Referral"),
    )
    return next((name for answer, name in questions if answer), "Other")
