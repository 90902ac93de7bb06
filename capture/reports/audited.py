"""The audit log as a person reads it: whom and what its ids mean. Of who was erased it says that alone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import or_, select

from capture.accounts.models import ApiToken, AuditEntry, Passkey
from capture.attribution.models import Campaign
from capture.db import session
from capture.handoff.models import Mql
from capture.handoff.webhooks.models import WebhookEndpoint
from capture.languages import say
from capture.leads.models import Lead
from capture.scoring import ledger
from capture.scoring.models import ScoreEntry

LEAD, MQL, PASSKEY = "lead", "mql", "passkey"
ENTRY = "entry"  # the detail of points that were struck
ERASED = say("This person was erased.")
_NAMED: Mapping[str, type[ApiToken | WebhookEndpoint | Campaign | Passkey]] = {
    "token": ApiToken,
    "webhook": WebhookEndpoint,
    "campaign": Campaign,
    PASSKEY: Passkey,
}


@dataclass(frozen=True, slots=True)
class Thing:
    """What an id means; `kind` and `public_id` say which lead or MQL it is, where there is one to look at."""

    label: str
    kind: str = ""
    public_id: str = ""


@dataclass(frozen=True, slots=True)
class Meanings:
    """What a part of the log speaks of: things by their ids as the log keeps them, and why points were struck."""

    things: Mapping[str, Thing] = field(default_factory=dict)
    reasons: Mapping[int, str] = field(default_factory=dict)  # by the key of the entry of the score


def meanings(entries: Sequence[AuditEntry], *more: str) -> Meanings:
    """What these entries speak of, and `more` ids. As many queries, however many entries."""
    told = [
        *more,
        *(text for entry in entries for text in _texts([entry.actor, entry.subject, *entry.detail.values()])),
    ]
    told += [f"{PASSKEY}:{entry.detail[PASSKEY]}" for entry in entries if PASSKEY in entry.detail]
    ids: dict[str, set[str]] = {}
    for text in told:
        kind, colon, public_id = text.partition(":")
        if colon:
            ids.setdefault(kind, set()).add(public_id[:22])
    things = _people(ids.get(LEAD, set()), ids.get(MQL, set()))
    for kind, table in _NAMED.items():
        named = select(table.public_id, table.name).where(table.public_id.in_(ids.get(kind, ())))
        things |= {f"{kind}:{public_id}": Thing(name) for public_id, name in session().execute(named)}
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
    things = {f"{LEAD}:{lead.public_id}": _thing(lead, LEAD, lead.public_id) for lead in leads.values()}
    return things | {f"{MQL}:{mql_id}": _thing(leads[lead_id], MQL, mql_id) for mql_id, lead_id in mqls.items()}


def _thing(lead: Lead, kind: str, public_id: str) -> Thing:
    if lead.erased_at is not None:
        return Thing(ERASED)
    name = lead.full_name or lead.email
    return Thing(say("MQL of %(name)s", name=name) if kind == MQL else name, kind, public_id)


def _reasons(entry_ids: Iterable[int]) -> dict[int, str]:
    keys = [ledger.reversal_key(entry_id) for entry_id in entry_ids]
    struck = select(ScoreEntry.reverses_id, ScoreEntry.because).where(ScoreEntry.dedupe_key.in_(keys))
    return {key: because for key, because in session().execute(struck) if key is not None}
