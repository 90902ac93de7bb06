"""The audit log as a person reads it: whom and what its ids mean. Of who was erased it says that alone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select

from capture.accounts.models import AuditEntry
from capture.db import session
from capture.handoff.models import Mql
from capture.languages import say
from capture.leads.models import Lead
from capture.reports import named
from capture.reports.named import Thing
from capture.scoring import ledger
from capture.scoring.models import ScoreEntry

LEAD, MQL = "lead", "mql"
# Details that tell a person nothing: an entry of the score, a row about two leads, something that was done.
ENTRY, MERGE, ACT = "entry", "merge", "act"
# Details that are an id with no kind before it, and what it is an id of; `to` may be somebody of staff as well.
BARE = MappingProxyType({"passkey": "passkey", "delivery": "delivery", "experiment": "experiment", "to": "page"})
ERASED = say("This person was erased.")


@dataclass(frozen=True, slots=True)
class Meanings:
    """What a part of the log speaks of: things by their ids as the log keeps them, and why points were struck."""

    things: Mapping[str, Thing] = field(default_factory=dict)
    reasons: Mapping[int, str] = field(default_factory=dict)  # by the key of the entry of the score


def meanings(entries: Sequence[AuditEntry], *more: str, zone: ZoneInfo) -> Meanings:
    """What these entries speak of, and `more` ids. As many queries, however many entries."""
    told = [
        *more,
        *(text for entry in entries for text in _texts([entry.actor, entry.subject, *entry.detail.values()])),
        *(f"{kind}:{entry.detail[key]}" for entry in entries for key, kind in BARE.items() if key in entry.detail),
    ]
    ids: dict[str, set[str]] = {}
    for text in told:
        kind, colon, key = text.partition(":")
        if colon:
            ids.setdefault(kind, set()).add(key)
    things = _people(ids.get(LEAD, set()), ids.get(MQL, set()))
    for kind, keys in ids.items():
        things |= {f"{kind}:{key}": thing for key, thing in named.of_kind(kind, keys, zone).items()}
    return Meanings(things, _reasons({entry.detail[ENTRY] for entry in entries if ENTRY in entry.detail}))


def _texts(values: Iterable[object]) -> Iterable[str]:
    for value in values:
        if isinstance(value, list):
            yield from _texts(value)
        elif isinstance(value, str):
            yield value


def _people(lead_ids: Iterable[str], mql_ids: Iterable[str]) -> dict[str, Thing]:
    mqls = dict(session().execute(select(Mql.public_id, Mql.lead_id).where(Mql.public_id.in_(mql_ids))).all())
    query = select(Lead).where(or_(Lead.public_id.in_(lead_ids), Lead.id.in_(mqls.values())))
    leads = {lead.id: lead for lead in session().scalars(query)}
    things = {f"{LEAD}:{lead.public_id}": _thing(lead, LEAD, public_id=lead.public_id) for lead in leads.values()}
    return things | {f"{MQL}:{mql_id}": _thing(leads[lead_id], MQL, mql_id=mql_id) for mql_id, lead_id in mqls.items()}


def _thing(lead: Lead, kind: str, **parts: str) -> Thing:
    if lead.erased_at is not None:
        return Thing(ERASED)
    name = lead.full_name or lead.email
    return Thing(say("MQL of %(name)s", name=name) if kind == MQL else name, kind, parts)


def _reasons(entry_ids: Iterable[int]) -> dict[int, str]:
    keys = [ledger.reversal_key(entry_id) for entry_id in entry_ids]
    struck = select(ScoreEntry.reverses_id, ScoreEntry.because).where(ScoreEntry.dedupe_key.in_(keys))
    return {key: because for key, because in session().execute(struck) if key is not None}
