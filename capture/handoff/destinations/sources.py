"""What a column of a destination's file can be filled with: everything of the feed, and what other systems ask for."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from capture.handoff import money
from capture.handoff.columns import COLUMNS
from capture.handoff.destinations.tables import ANSWER
from capture.handoff.models import Outcome
from capture.handoff.rows import CameFrom, FeedRow
from capture.handoff.statuses import NO_ANSWER, WRITTEN
from capture.languages import Phrase, again, said, say

UNKNOWN_NAME = "Unknown"
ADJUSTMENT = "adjustment_type"
WON_VALUE = "won_value"
_SCHEME = re.compile(r"\w+://")


@dataclass(frozen=True, slots=True)
class Source:
    """`take` gives the text of a cell in the zone of the installation; `meaning` is for people."""

    meaning: str
    take: Callable[[FeedRow, ZoneInfo], str]


def _first_name(row: FeedRow) -> str:
    person = row.person
    return person.first_name or ("" if person.last_name else person.name.rpartition(" ")[0])


def _last_name(row: FeedRow) -> str:
    person = row.person
    return person.last_name or ("" if person.name == person.first_name else person.name.rpartition(" ")[2])


def _company(row: FeedRow) -> str:
    """Never empty, since the systems that ask for it refuse a row without one."""
    return row.company.name or row.company.domain or row.person.email.rpartition("@")[2]


def _domain(row: FeedRow) -> str:
    site = row.company.website
    try:
        host = urlsplit(site if _SCHEME.match(site) else f"//{site}").hostname or ""  # lists often leave https:// out
    except ValueError:
        host = ""
    return host.removeprefix("www.") if "." in host else row.company.domain


def _website(row: FeedRow) -> str:
    return row.company.website or (f"https://{row.company.domain}" if row.company.domain else "")


def _came_from(row: FeedRow) -> str:
    touch = row.first_touch
    return " / ".join(part for part in (touch.channel, touch.source, touch.campaign) if part) if touch else ""


def _click_id(name: str) -> Callable[[FeedRow, ZoneInfo], str]:
    def take(row: FeedRow, zone: ZoneInfo) -> str:
        touch = _clicked(row, name)
        return touch.click_ids[name] if touch else ""

    return take


def clicked_at(row: FeedRow, name: str) -> datetime | None:
    """When the click was whose id the source of this name gives, for systems that forget clicks after some days."""
    touch = _clicked(row, name)
    return touch.at if touch else None


def _clicked(row: FeedRow, name: str) -> CameFrom | None:
    touches = (touch for touch in (row.last_touch, row.first_touch) if touch is not None)
    return next((touch for touch in touches if touch.click_ids.get(name)), None)


def _owner_id(system: str) -> Callable[[FeedRow, ZoneInfo], str]:
    return lambda row, _: row.owner.ids.get(system, "") if row.owner else ""


def _score(row: FeedRow) -> str:
    return f"Fit {row.scores.fit.points}, engagement {row.scores.engagement.points}"


def _won_for(row: FeedRow) -> str:
    """12500.50, as machines read it; empty where nothing was won, or nobody said for how much."""
    currency = _currency(row)
    return money.plain(row.outcome_value or 0, currency) if currency else ""


def _currency(row: FeedRow) -> str:
    return row.outcome_currency or "" if row.outcome == Outcome.WON else ""


def _status(source: str) -> Callable[[FeedRow, ZoneInfo], str]:
    return lambda row, _: WRITTEN[source][row.outcome or NO_ANSWER]


def _wall_clock(at: datetime | None, zone: ZoneInfo) -> str:
    """As Google Ads takes it: with an ISO T, a Z or an offset it refuses the row."""
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S") if at else ""


def _day(row: FeedRow, zone: ZoneInfo) -> str:
    return row.qualified_at.astimezone(zone).date().isoformat()


def _epoch_ms(row: FeedRow) -> str:
    return str(round(row.qualified_at.timestamp() * 1000))


def _bare(meaning: str) -> Phrase:
    """What a column means, for a screen: without the marks of the API's description."""
    return Phrase(lambda language: said(meaning, language).replace("`", ""))


def _feed_cell(name: str) -> Callable[[FeedRow, ZoneInfo], str]:
    [column] = [column for column in COLUMNS if column.name == name]

    def take(row: FeedRow, zone: ZoneInfo) -> str:
        value = column.take(row, zone)
        if value is None:
            return ""
        if isinstance(value, bool):
            return "true" if value else "false"
        return value.isoformat() if isinstance(value, datetime) else str(value)

    return take


OWNER_ID = "owner_id_"  # and the name of a system, as Team keeps it
SYSTEMS: Mapping[str, str] = MappingProxyType(
    {
        "salesforce": "Salesforce",
        "hubspot": "HubSpot",
        "outreach": "Outreach",
        "salesloft": "Salesloft",
        "apollo": "Apollo",
    }
)

SOURCES: Mapping[str, Source] = MappingProxyType(
    {
        "given_name": Source(
            say("First name, or the part of the full name before the last"), lambda r, _: _first_name(r)
        ),
        "family_name": Source(say("Last name, or the last part of the full name"), lambda r, _: _last_name(r)),
        "family_name_or_unknown": Source(say("Last name, or “Unknown”"), lambda r, _: _last_name(r) or UNKNOWN_NAME),
        "company_or_domain": Source(say("Company, or the domain of the address"), lambda r, _: _company(r)),
        "domain": Source(say("Domain of the company, without www."), lambda r, _: _domain(r)),
        "company_website": Source(say("Website, or the domain as an address"), lambda r, _: _website(r)),
        "lead_source": Source(say("Came from: channel, source and campaign"), lambda r, _: _came_from(r)),
        "score": Source(say("Fit and engagement in words"), lambda r, _: _score(r)),
        "opt_out": Source(say("1 where one may not mail, else 0"), lambda r, _: "0" if r.consent.may_mail else "1"),
        "salesforce_status": Source(
            say("What sales said last, as a lead status of Salesforce"),
            _status("salesforce_status"),
        ),
        "hubspot_stage": Source(
            say("How far the person came, as a lifecycle stage of HubSpot"), _status("hubspot_stage")
        ),
        "hubspot_status": Source(
            say("What sales said last, as a lead status of HubSpot; empty where it said nothing"),
            _status("hubspot_status"),
        ),
        "qualified_day": Source(say("Day of the hand-over"), _day),
        "qualified_wall_clock": Source(
            say("Time of the hand-over in the zone of the installation"),
            lambda r, zone: _wall_clock(r.qualified_at, zone),
        ),
        "outcome_wall_clock": Source(
            say("When sales said what it said last, in the zone of the installation"),
            lambda r, zone: _wall_clock(r.outcome_at, zone),
        ),
        WON_VALUE: Source(say("What it was won for, in whole units of the currency"), lambda r, _: _won_for(r)),
        "won_currency": Source(say("The currency of that"), lambda r, _: _currency(r)),
        ADJUSTMENT: Source(
            say("RETRACT where sales rejected it, RESTATE where it was won for another value"),
            lambda r, _: "RETRACT" if r.outcome == Outcome.REJECTED else "RESTATE",
        ),
        "qualified_epoch_ms": Source(say("Time of the hand-over in ms since 1970"), lambda r, _: _epoch_ms(r)),
        "gclid": Source(say("Google click id"), _click_id("gclid")),
        "gbraid": Source(say("Google click id of an app (gbraid)"), _click_id("gbraid")),
        "wbraid": Source(say("Google click id of the web to an app (wbraid)"), _click_id("wbraid")),
        "li_fat_id": Source(say("LinkedIn click id"), _click_id("li_fat_id")),
        **{
            f"{OWNER_ID}{system}": Source(
                say("The owner's id in %(system)s, as Team keeps it", system=title), _owner_id(system)
            )
            for system, title in SYSTEMS.items()
        },
        **{column.name: Source(_bare(column.meaning), _feed_cell(column.name)) for column in COLUMNS},
    }
)


DAY = "qualified_day"
INSTANTS = frozenset(
    {"qualified_wall_clock", "outcome_wall_clock", *(one.name for one in COLUMNS if one.name.endswith("_at"))}
)


def moment(name: str, text: str, zone: ZoneInfo) -> datetime | None:
    """The wall clock that a cell of this source shows; None for what tells no time, and where it stands for none."""
    if name not in INSTANTS and name != DAY:
        return None
    try:
        told = datetime.fromisoformat(text)
    except ValueError:  # nothing, or cut short
        return None
    return (told.astimezone(zone) if told.tzinfo else told).replace(tzinfo=None)


@lru_cache(maxsize=1000)  # each cell of each row asks
def of(name: str) -> Source | None:
    """What this name stands for: one of SOURCES, or the newest answer to a field of a form. None: nothing."""
    key = name.removeprefix(ANSWER)
    if key == name:
        return SOURCES.get(name)
    return Source(say("Answer to “%(field)s”", field=again(key)), _answer(key)) if key.strip() else None


def _answer(key: str) -> Callable[[FeedRow, ZoneInfo], str]:
    return lambda row, _: next((one.answer for one in row.answers if one.key == key), "")
