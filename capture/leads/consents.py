"""What was agreed and withdrawn, with the exact wording. Append-only; the newest row of a purpose is in force."""

import hashlib
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from capture.db import session
from capture.leads.models import Consent, ConsentAction, Lead

MARKETING_EMAIL = "marketing_email"
MARKETING_PHONE = "marketing_phone"
TRACKING = "tracking"
PURPOSES = (MARKETING_EMAIL, MARKETING_PHONE, TRACKING)


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
    """Withdraw every consent in force; gives the purposes that were. To say it twice is harmless."""
    given = [purpose for purpose, in_force in state(lead_id).items() if in_force]
    for purpose in given or ([] if _was_withdrawn(lead_id) else list(PURPOSES[:2])):
        _append(lead_id, Agreement(purpose, wording), ConsentAction.WITHDRAWN, None, None, at)
    return given


def agreeing(public_ids: Set[str], purpose: str) -> set[str]:
    """Those of these leads, by public id, whose consent to the purpose is in force: one query."""
    newest = (
        select(func.max(Consent.id))
        .join(Lead, Lead.id == Consent.lead_id)
        .where(Lead.public_id.in_(public_ids), Consent.purpose == purpose)
        .group_by(Consent.lead_id)
    )
    query = select(Lead.public_id).join(Consent, Consent.lead_id == Lead.id)
    return set(session().scalars(query.where(Consent.id.in_(newest), Consent.action == ConsentAction.GIVEN)))


def are_new(lead_id: int, *, at: datetime) -> bool:
    """Whether consent to contact was given at this very moment that was not in force before."""
    query = select(Consent).where(Consent.lead_id == lead_id, Consent.purpose != TRACKING).order_by(Consent.id)
    before: dict[str, ConsentAction] = {}
    for row in session().scalars(query):
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
) -> None:
    session().add(
        Consent(
            lead_id=lead_id,
            purpose=agreement.purpose,
            action=action,
            wording=agreement.wording,
            wording_digest=hashlib.sha256(agreement.wording.encode()).hexdigest(),
            page_version_id=page_version_id,
            submission_id=submission_id,
            at=at,
        )
    )
    session().flush()


def state(lead_id: int) -> Mapping[str, bool]:
    """For each purpose: whether consent is in force."""
    return states([lead_id])[lead_id]


def states(lead_ids: Iterable[int]) -> Mapping[int, Mapping[str, bool]]:
    """The state of many leads in one query."""
    ids = list(lead_ids)
    newest = (
        select(func.max(Consent.id).label("id"))
        .where(Consent.lead_id.in_(ids))
        .group_by(Consent.lead_id, Consent.purpose)
        .subquery()
    )
    found: dict[int, dict[str, bool]] = {lead_id: dict.fromkeys(PURPOSES, False) for lead_id in ids}
    rows = session().execute(
        select(Consent.lead_id, Consent.purpose, Consent.action).join(newest, Consent.id == newest.c.id)
    )
    for lead_id, purpose, action in rows:
        found[lead_id][purpose] = action is ConsentAction.GIVEN
    return found


def has_withdrawn(lead_ids: Iterable[int]) -> set[int]:
    """The leads that said no to contact and have not agreed again since."""
    ids = list(lead_ids)
    newest = (
        select(func.max(Consent.id).label("id"))
        .where(Consent.lead_id.in_(ids), Consent.purpose != TRACKING)
        .group_by(Consent.lead_id)
        .subquery()
    )
    query = select(Consent.lead_id).join(newest, Consent.id == newest.c.id)
    return set(session().scalars(query.where(Consent.action == ConsentAction.WITHDRAWN)))
