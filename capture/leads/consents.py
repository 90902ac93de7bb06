"""What was agreed and withdrawn, with the exact wording. Append-only.

Of a purpose the row with the latest moment is in force, whenever it was written: a list tells today of a day long past.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import ColumnElement, delete, select, tuple_
from sqlalchemy.orm import aliased

from capture.db import session
from capture.leads import leads
from capture.leads.models import Consent, ConsentAction, Lead

MARKETING_EMAIL = "marketing_email"
MARKETING_PHONE = "marketing_phone"
TRACKING = "tracking"
PURPOSES = (MARKETING_EMAIL, MARKETING_PHONE, TRACKING)
LATEST_FIRST = Consent.at.desc(), Consent.id.desc()  # of one moment, what was written last


@dataclass(frozen=True, slots=True)
class Agreement:
    """One ticked box: the purpose, and the sentence that stood beside the box."""

    purpose: str
    wording: str


def give(
    lead_id: int,
    agreements: Iterable[Agreement],
    *,
    page_version_id: int | None,
    submission_id: int | None,
    at: datetime,
) -> None:
    """Record each agreement with its exact wording."""
    for agreement in agreements:
        _append(lead_id, agreement, ConsentAction.GIVEN, page_version_id, submission_id, at)


def withdraw(lead_id: int, *, wording: str, at: datetime) -> list[str]:
    """Withdraw every consent in force, with every address; gives the purposes that were. Twice is harmless."""
    given: dict[str, None] = {}
    for member, states_of in states(leads.members([lead_id])).items():
        in_force = [purpose for purpose, is_given in states_of.items() if is_given]
        for purpose in in_force or ([] if _was_withdrawn(member) else list(PURPOSES[:2])):
            _append(member, Agreement(purpose, wording), ConsentAction.WITHDRAWN, None, None, at)
        given |= dict.fromkeys(in_force)
    return list(given)


def level(lead_ids: Iterable[int], *, at: datetime) -> list[int]:
    """What one of these leads has withdrawn is withdrawn for all: they are one person. Gives the keys of new rows.

    What one agreed to stays his alone: it was said of that address.
    """
    ids = list(lead_ids)
    newest = standing(ids)
    no = {purpose: row for (_, purpose), row in newest.items() if row.action is ConsentAction.WITHDRAWN}
    rows = []
    for lead_id in ids:
        for purpose, row in sorted(no.items()):
            known = newest.get((lead_id, purpose))
            if known is None or known.action is ConsentAction.GIVEN:
                said = Agreement(purpose, row.wording)
                rows.append(_append(lead_id, said, ConsentAction.WITHDRAWN, None, None, at).id)
    return rows


def take_back(consent_ids: Sequence[int]) -> None:
    """Rows that `level` added go: those who were one person are two again."""
    session().execute(delete(Consent).where(Consent.id.in_(consent_ids)))


def agreeing(public_ids: Set[str], purpose: str) -> set[str]:
    """Those of these leads, by public id, whose consent to the purpose is in force: one query."""
    query = select(Lead.public_id).join(Consent, Consent.lead_id == Lead.id)
    agreed = Consent.purpose == purpose, Consent.action == ConsentAction.GIVEN
    return set(session().scalars(query.where(Lead.public_id.in_(public_ids), *agreed, _is_in_force())))


def are_new(lead_id: int, *, at: datetime) -> bool:
    """Whether consent to contact was given at this very moment that was not in force before."""
    query = select(Consent).where(Consent.lead_id == lead_id, Consent.purpose != TRACKING)
    before: dict[str, ConsentAction] = {}
    for row in session().scalars(query.order_by(Consent.at, Consent.id)):
        if row.at == at and row.action is ConsentAction.GIVEN and before.get(row.purpose) is not ConsentAction.GIVEN:
            return True
        before[row.purpose] = row.action
    return False


def _was_withdrawn(lead_id: int) -> bool:
    query = select(Consent.id).where(Consent.lead_id == lead_id, Consent.action == ConsentAction.WITHDRAWN).limit(1)
    return session().scalar(query) is not None


def _append(
    lead_id: int,
    agreement: Agreement,
    action: ConsentAction,
    page_version_id: int | None,
    submission_id: int | None,
    at: datetime,
) -> Consent:
    row = Consent(
        lead_id=lead_id,
        purpose=agreement.purpose,
        action=action,
        wording=agreement.wording,
        wording_digest=hashlib.sha256(agreement.wording.encode()).hexdigest(),
        page_version_id=page_version_id,
        submission_id=submission_id,
        at=at,
    )
    session().add(row)
    session().flush()
    return row


def state(lead_id: int) -> Mapping[str, bool]:
    """For each purpose: whether consent is in force."""
    return states([lead_id])[lead_id]


def states(lead_ids: Iterable[int]) -> Mapping[int, Mapping[str, bool]]:
    """The state of many leads in one query."""
    ids = list(lead_ids)
    found: dict[int, dict[str, bool]] = {lead_id: dict.fromkeys(PURPOSES, False) for lead_id in ids}
    for (lead_id, purpose), row in standing(ids).items():
        found[lead_id][purpose] = row.action is ConsentAction.GIVEN
    return found


def standing(lead_ids: Iterable[int]) -> Mapping[tuple[int, str], Consent]:
    """What is in force of each lead and purpose, in one query."""
    query = select(Consent).where(Consent.lead_id.in_(list(lead_ids)), _is_in_force())
    return {(row.lead_id, row.purpose): row for row in session().scalars(query.order_by(Consent.id))}


@cache
def _is_in_force() -> ColumnElement[bool]:
    later = aliased(Consent)
    same = later.lead_id == Consent.lead_id, later.purpose == Consent.purpose
    newer = tuple_(later.at, later.id) > tuple_(Consent.at, Consent.id)
    return ~select(later.id).where(*same, newer).correlate(Consent).exists()


def has_withdrawn(lead_ids: Iterable[int]) -> set[int]:
    """The leads that said no to contact and have not agreed again since."""
    contact = (row for (_, purpose), row in standing(lead_ids).items() if purpose != TRACKING)
    last = {row.lead_id: row.action for row in sorted(contact, key=lambda row: (row.at, row.id))}
    return {lead_id for lead_id, action in last.items() if action is ConsentAction.WITHDRAWN}


def said_no(whose: Mapping[int, int]) -> dict[int, datetime]:
    """Those of these people, by `leads.members`, whose last word on contact is no, whichever address it was said of.

    Gives when they said it. One query.
    """
    contact = [row for (_, purpose), row in standing(whose).items() if purpose != TRACKING]
    last = {whose[row.lead_id]: row for row in sorted(contact, key=lambda row: (row.at, row.id))}
    return {person: row.at for person, row in last.items() if row.action is ConsentAction.WITHDRAWN}


def closed(lead_ids: Iterable[int]) -> set[tuple[int, str]]:
    """The leads and purposes of contact of which only the person may say yes again: he has withdrawn, and not said it.

    A withdrawal asks for no contact at all, so it closes also what had not been agreed to by then.
    """
    query = select(Consent).where(Consent.lead_id.in_(list(lead_ids)), Consent.purpose != TRACKING)
    shut: set[tuple[int, str]] = set()
    for row in session().scalars(query.order_by(Consent.at, Consent.id)):
        if row.action is ConsentAction.WITHDRAWN:
            shut |= {(row.lead_id, purpose) for purpose in PURPOSES if purpose != TRACKING}
        else:
            shut.discard((row.lead_id, row.purpose))
    return shut
