"""Leads: one person, one normalised e-mail, however many posts arrive at once."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import cache
from typing import TypeVar

from sqlalchemy import ColumnElement, Select, bindparam, func, insert, select, update
from sqlalchemy.orm import aliased
from sqlalchemy.sql.selectable import ForUpdateArg

from capture.attribution import touches, visitors
from capture.attribution.models import Touch, Visitor
from capture.db import insert_once, session, upsert
from capture.errors import NotFound, PersonErased
from capture.leads import ours
from capture.leads.models import Lead, LeadAddress, LeadVisitor
from capture.pages import emails

T = TypeVar("T")

# FOR NO KEY UPDATE: two that hold it still wait for each other, but a row that only points to the lead, such as an
# event inserted before, does not: with a plain FOR UPDATE two requests of one person would deadlock.
_HELD = ForUpdateArg(key_share=True)
_TURNS = 3  # an address may be given up and taken again while somebody waits for it

_OF_ADDRESS = select(LeadAddress.lead_id).where(LeadAddress.address_key == bindparam("key"))
_ADDRESSES = (
    select(LeadAddress)
    .where(LeadAddress.lead_id == bindparam("lead_id"))
    .order_by(LeadAddress.is_primary.desc(), LeadAddress.id)
)
_MERGED = select(Lead.id, Lead.merged_into_id).where(Lead.merged_into_id.in_(bindparam("into", expanding=True)))


def address_key(address: str) -> str:
    """The form in which addresses are compared: NFC, IDNA domain, lower case; dots and plus tags are not folded.

    Raises ValueError for what is no address.
    """
    parsed = emails.parsed(address.strip())
    if parsed is None:
        raise ValueError("not an e-mail address")
    domain = parsed.ascii_domain.lower()
    return f"{unicodedata.normalize('NFC', parsed.local_part).lower()}@{domain}"


def find_or_create(address: str, *, at: datetime) -> Lead:
    """The lead of this address, its row held until the transaction ends.

    Holding it makes scoring and qualifying one person serial.
    """
    key = address_key(address)
    for _ in range(_TURNS):
        lead_id = _lead_of(key)
        if lead_id is None:
            lead = _create(key, address.strip(), at=at)
            if lead is not None:
                return lead  # inserted by this transaction: nobody else can hold it
            lead_id = _lead_of(key)
        if lead_id is not None:
            with suppress(PersonErased):  # While we waited for the row: whoever writes now is somebody new.
                lead = hold(lead_id)
                if _lead_of(key) == lead.id:
                    return lead  # else the address went to somebody else while we waited: a merge was taken back
    raise NotFound("lead")


def hold(lead_id: int) -> Lead:
    """The lead's row, fresh from the database and held until the transaction ends; a merged lead gives its survivor.

    Raises PersonErased: nothing is ever written of somebody after his erasure.
    """
    lead = session().get(Lead, lead_id, with_for_update=_HELD, populate_existing=True)
    while lead is not None and lead.merged_into_id is not None:
        lead = session().get(Lead, lead.merged_into_id, with_for_update=_HELD, populate_existing=True)
    if lead is None:
        raise NotFound("lead")
    if lead.erased_at is not None:
        raise PersonErased
    return lead


def hold_all(lead_ids: Sequence[int]) -> Sequence[Lead]:
    """These leads' rows in the order of their keys, held until the transaction ends, but for merged and erased ones."""
    query = _living(select(Lead), Lead.id.in_(lead_ids)).execution_options(populate_existing=True)
    return session().scalars(query).all()


def hold_keys(which: ColumnElement[bool]) -> Sequence[int]:
    """The same of all that are meant, but their keys alone, as the driver has them."""
    return session().connection().scalars(_living(select(Lead.id), which)).all()


def gone(which: ColumnElement[bool]) -> Sequence[int]:
    """Those that are meant who are nobody any more: erased, or merged into another."""
    query = select(Lead.id).where(which, Lead.merged_into_id.is_not(None) | Lead.erased_at.is_not(None))
    return session().scalars(query).all()


def _living(query: Select[T], which: ColumnElement[bool]) -> Select[T]:
    living = which, Lead.merged_into_id.is_(None), Lead.erased_at.is_(None)
    return query.where(*living).order_by(Lead.id).with_for_update(key_share=True)


@cache
def whose() -> ColumnElement[int]:
    """In a query that has a lead's row: the key of the lead that this person is now."""
    return func.coalesce(Lead.merged_into_id, Lead.id)


def members(lead_ids: Iterable[int]) -> dict[int, int]:
    """These leads, and those that were merged into them: by the key of each, whose it is. One query.

    What a merged lead did and said stays where it was: whoever asks of a person asks of all of these.
    """
    found = {lead_id: lead_id for lead_id in lead_ids}
    merged = session().execute(_MERGED, {"into": list(found)})
    return found | {lead_id: kept for lead_id, kept in merged if kept is not None}


def of_person(lead_ids: Iterable[int]) -> Select[int]:
    """The same keys, as a part of another query."""
    ids = list(lead_ids)
    return select(Lead.id).where(Lead.id.in_(ids) | Lead.merged_into_id.in_(ids))


def now(lead_ids: Iterable[int]) -> dict[int, Lead]:
    """By the key of each of these leads: the lead that the person is now. One query."""
    named = aliased(Lead)
    query = select(named.id, Lead).join(Lead, Lead.id == func.coalesce(named.merged_into_id, named.id))
    return dict(session().execute(query.where(named.id.in_(list(lead_ids)))).all())


def now_of(lead_id: int) -> Lead:
    """The lead that this person is now. Raises NotFound."""
    lead = by_id(lead_id)
    return lead if lead.merged_into_id is None else by_id(lead.merged_into_id)


def _lead_of(key: str) -> int | None:
    return session().scalar(_OF_ADDRESS, {"key": key})


def _create(key: str, address: str, *, at: datetime) -> Lead | None:
    """The new lead, or None: another request inserted the address first, and its row is ours.

    Two plain statements and no savepoint: an unknown address must not take noticeably longer than a known one.
    """
    lead = session().scalars(insert(Lead).values(ours.newcomers([key], at=at)[0]).returning(Lead)).one()
    row = upsert(LeadAddress).values(address_key=key, address=address, lead_id=lead.id)
    if session().scalar(row.on_conflict_do_nothing(index_elements=["address_key"]).returning(LeadAddress.id)):
        return lead
    session().delete(lead)
    session().flush()
    return None


def create_all(addresses: Mapping[str, str], *, at: datetime) -> dict[str, Lead]:
    """New leads for these addresses, by key; those that another request inserted meanwhile are left out.

    A fixed number of statements, however many.
    """
    if not addresses:
        return {}
    new = ours.newcomers(list(addresses), at=at)
    made = {lead.email: lead for lead in session().scalars(insert(Lead).returning(Lead), new)}
    rows = [
        {"address_key": key, "address": addresses[key], "lead_id": lead.id, "is_primary": True}
        for key, lead in made.items()
    ]
    once = upsert(LeadAddress).on_conflict_do_nothing(index_elements=["address_key"]).returning(LeadAddress.address_key)
    kept = set(session().scalars(once, rows))
    for key in made.keys() - kept:
        session().delete(made.pop(key))
    session().flush()
    return made


def by_public_id(public_id: str) -> Lead | None:
    """The lead with this public id."""
    return session().scalar(select(Lead).where(Lead.public_id == public_id))


def of_address(address: str) -> int | None:
    """The key of the lead with this address, or None."""
    try:
        return _lead_of(address_key(address))
    except ValueError:
        return None


def of_visitor(visitor_id: int | None) -> int | None:
    """The key of the lead whose browser this is, or None."""
    if visitor_id is None:
        return None
    return session().scalar(select(LeadVisitor.lead_id).where(LeadVisitor.visitor_id == visitor_id))


def known_by(visitor_id: int) -> tuple[int, bool] | None:
    """The key of the lead whose browser this is, and whether that is proven by a mail; None for a stranger's."""
    tie = select(LeadVisitor.lead_id, LeadVisitor.proven_at).where(LeadVisitor.visitor_id == visitor_id)
    found = session().execute(tie).one_or_none()
    return (found.lead_id, found.proven_at is not None) if found else None


def is_of(visitor_id: int, lead_id: int) -> bool:
    """Whether this is a browser of the person that this lead is now."""
    mine = select(LeadVisitor.id).join(Lead, whose() == LeadVisitor.lead_id)
    return session().scalar(mine.where(Lead.id == lead_id, LeadVisitor.visitor_id == visitor_id)) is not None


def recognise(
    lead: Lead, visitor: Visitor | None, *, at: datetime, is_proven: bool = False
) -> tuple[Visitor, str | None]:
    """Tie a browser to the lead; `is_proven`: a link was used in it that only the mailbox had.

    A browser that is somebody else's stays his: a new visitor is minted, with a new cookie, and inherits nothing.
    Returns the visitor and the cookie to set, if one is to be set.
    """
    tie = {"lead_id": lead.id, "at": at, "proven_at": at if is_proven else None}
    if visitor is not None and of_visitor(visitor.id) == lead.id:
        if is_proven:
            _prove(visitor, at)
        return visitor, None
    if visitor is not None and insert_once(LeadVisitor(visitor_id=visitor.id, **tie)):
        return visitor, None
    minted, cookie = visitors.mint(at=at)
    session().add(LeadVisitor(visitor_id=minted.id, **tie))
    return minted, cookie


def _prove(visitor: Visitor, at: datetime) -> None:
    mine = LeadVisitor.visitor_id == visitor.id, LeadVisitor.proven_at.is_(None)
    session().execute(update(LeadVisitor).where(*mine).values(proven_at=at))


def remember_arrival(lead: Lead, visitor: Visitor | None, touch: Touch | None) -> None:
    """Keep first and last touch on the lead; direct never overwrites a known source.

    All is read before anything is set, so that the row is written once.
    """
    first = touches.first(visitor.id) if visitor and lead.first_touch_id is None else None
    known = touches.latest_known(visitor.id) if visitor else None
    last = session().get(Touch, lead.last_touch_id) if lead.last_touch_id else None
    first = first or touch
    if lead.first_touch_id is None and first is not None:
        lead.first_touch_id = first.id
    if touch is not None and (known is None or touch.channel != "Direct"):
        known = touch
    if known is not None and (last is None or known.channel != "Direct" or last.channel == "Direct"):
        lead.last_touch_id = known.id


def verify(lead: Lead, address: str, *, at: datetime) -> None:
    """An address was proven: only its mailbox had the link that was used."""
    mine = LeadAddress.lead_id == lead.id, LeadAddress.address_key == address
    for row in session().scalars(select(LeadAddress).where(*mine)):
        row.verified_at = row.verified_at or at
    if address == lead.email:
        lead.verified_at = lead.verified_at or at


def addresses(lead_id: int) -> Sequence[LeadAddress]:
    """Every address of a lead, the one that is written to first."""
    return session().scalars(_ADDRESSES, {"lead_id": lead_id}).all()


def by_id(lead_id: int) -> Lead:
    """The lead with this key. Raises NotFound."""
    lead = session().get(Lead, lead_id)
    if lead is None:
        raise NotFound("lead")
    return lead
