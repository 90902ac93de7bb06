"""A person as a whole: every row of this room, and of those before it, that is his; and how it is forgotten."""

import json
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, Text, cast, delete, func, or_, select, update

from capture.accounts.models import AuditEntry
from capture.attribution import touches, visitors
from capture.attribution.models import Touch
from capture.db import public_id, session
from capture.languages import kept
from capture.leads import leads
from capture.leads.models import (
    ImportState,
    Lead,
    LeadAddress,
    LeadImport,
    LeadImportRow,
    LeadMerge,
    LeadValue,
    LeadVisitor,
    QuarantinedFill,
    Submission,
)
from capture.pages import emails
from capture.pages.fields import LEAD_FIELDS

ERASED = kept("This person was erased or merged meanwhile.")
AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Person:
    """The keys of his rows. `lead_id` is None for somebody who only filled a form that waits, or stands in a list.

    `spellings` are his addresses, in lower case, in every way in which somebody may have written them.
    """

    lead_id: int | None
    lead_ids: Sequence[int]
    spellings: Collection[str]
    submission_ids: Collection[int]
    fill_ids: Collection[int]
    import_row_ids: Collection[int]
    visitor_ids: Collection[int]
    touch_ids: Collection[int]
    form_keys: Collection[str]

    @property
    def is_known(self) -> bool:
        """Whether anything is kept of him."""
        return bool(self.lead_ids or self.fill_ids or self.import_row_ids)


def find(subject: str) -> int | None:
    """The key of the living lead with this address or public id."""
    lead_id = leads.of_address(subject)
    if lead_id is not None:
        return lead_id
    lead = leads.by_public_id(subject)
    return (lead.merged_into_id or lead.id) if lead is not None and lead.erased_at is None else None


def of(subject: str) -> Person:
    """Whoever has this address, or this public id. Some queries, and a look at what waits in quarantine and lists."""
    lead_id = find(subject)
    mine = list(leads.members([lead_id])) if lead_id is not None else []
    spelt = _spellings([*_addresses(mine), *([subject] if "@" in subject else [])])
    fills = (
        session()
        .execute(select(Submission.id, Submission.form_key, Submission.touch_id).where(Submission.lead_id.in_(mine)))
        .all()
    )
    waiting = list(_waiting(spelt))
    browsers = session().scalars(select(LeadVisitor.visitor_id).where(LeadVisitor.lead_id.in_(mine))).all()
    arrived = {*(fill.touch_id for fill in (*fills, *waiting)), *_first_and_last(mine), *_arrivals(browsers)}
    return Person(
        lead_id=lead_id,
        lead_ids=mine,
        spellings=spelt,
        submission_ids=[fill.id for fill in fills],
        fill_ids=[fill.id for fill in waiting],
        import_row_ids=[row_id for row_id, _ in _listed(mine, spelt)],
        visitor_ids=browsers,
        touch_ids={touch_id for touch_id in arrived if touch_id is not None},
        form_keys={fill.form_key for fill in (*fills, *waiting)},
    )


def words(person: Person) -> set[str]:
    """His addresses, whole names and telephone numbers in lower case: what somebody may have looked for him by."""
    rows = session().execute(
        select(Lead.name, Lead.first_name, Lead.last_name, Lead.phone).where(Lead.id.in_(person.lead_ids))
    )
    told = {part for row in rows for part in (row.name, f"{row.first_name} {row.last_name}", row.phone)}
    said = select(LeadValue.value).where(LeadValue.lead_id.in_(person.lead_ids), LeadValue.key.in_(("name", "phone")))
    return {_plain(one) for one in told | set(session().scalars(said))} - {""} | set(person.spellings)


def held(subject: str) -> Person:
    """The same, with his rows held until the transaction ends: nobody makes him a lead again out of them meanwhile."""
    moving = ImportState.LOOKED_AT, ImportState.RUNNING, ImportState.LEAVING
    lists = select(LeadImport.id).where(LeadImport.state.in_(moving)).order_by(LeadImport.id)
    session().execute(lists.with_for_update())
    person = of(subject)
    while True:
        if person.lead_id is not None:
            leads.hold(person.lead_id)
        fills = select(QuarantinedFill.id).where(QuarantinedFill.id.in_(person.fill_ids)).order_by(QuarantinedFill.id)
        session().execute(fills.with_for_update())
        seen, person = person, of(subject)
        if person == seen:
            return person


def forget(person: Person, *, at: datetime) -> None:
    """Erase all of it. The rows that figures count stay, with nothing in them; what was agreed stays, of nobody.

    The person must be `held`.
    """
    visitors.forget(person.visitor_ids)
    touches.forget(person.touch_ids)
    _empty_fills(person)
    session().execute(delete(LeadValue).where(LeadValue.lead_id.in_(person.lead_ids)))
    session().execute(delete(LeadAddress).where(LeadAddress.lead_id.in_(person.lead_ids)))
    of_both = LeadMerge.kept_id.in_(person.lead_ids) | LeadMerge.merged_id.in_(person.lead_ids)
    session().execute(update(LeadMerge).where(of_both).values(note="", moved={}))
    _empty_lists(person)
    blank = dict.fromkeys((*LEAD_FIELDS, "name_key", "email", "disqualified"), "")
    gone = update(Lead).where(Lead.id.in_(person.lead_ids)).values(**blank, verified_at=None, erased_at=at)
    session().execute(gone, execution_options={"synchronize_session": False})
    session().expire_all()
    _clean_log(person.spellings)


def _empty_fills(person: Person) -> None:
    for fill in session().scalars(select(Submission).where(Submission.id.in_(person.submission_ids))):
        fill.answers, fill.form_key = {}, public_id()
    for waiting in session().scalars(select(QuarantinedFill).where(QuarantinedFill.id.in_(person.fill_ids))):
        waiting.email, waiting.answers, waiting.form_key = "", {}, public_id()
    session().flush()


def _empty_lists(person: Person) -> None:
    """A row that nobody was made of yet makes nobody any more."""
    rows = update(LeadImportRow).where(LeadImportRow.id.in_(person.import_row_ids))
    session().execute(rows.where(LeadImportRow.lead_id.is_(None)).values(reason=ERASED))
    session().execute(rows.values(cells=[]))
    for imported in session().scalars(select(LeadImport)):
        if any(_is_spelt(cell, person.spellings) for cell in imported.headers):  # a file without headers
            imported.headers = ["" if _is_spelt(cell, person.spellings) else cell for cell in imported.headers]


def _clean_log(spellings: Collection[str]) -> None:
    """No address belongs into the log of who changed what; where one got into it, it goes."""
    written = {json.dumps(one)[1:-1] for one in spellings} | set(spellings)
    found = [
        func.lower(cast(column, Text)).contains(one, autoescape=True)
        for one in written
        for column in (AuditEntry.subject, AuditEntry.detail)
    ]
    if found:
        session().execute(update(AuditEntry).where(or_(*found)).values(subject="person", detail={}))


def _addresses(lead_ids: Collection[int]) -> list[str]:
    query = select(LeadAddress.address_key, LeadAddress.address).where(LeadAddress.lead_id.in_(lead_ids))
    current = session().scalars(select(Lead.email).where(Lead.id.in_(lead_ids), Lead.email != ""))
    return [*current, *(one for row in session().execute(query) for one in row)]


def _spellings(addresses: Iterable[str]) -> set[str]:
    """Lower case, with the domain in ASCII and as people write it."""
    found: set[str] = set()
    for address in filter(None, map(_plain, addresses)):
        found.add(address)
        if parsed := emails.parsed(address):
            found |= {_plain(f"{parsed.local_part}@{domain}") for domain in (parsed.ascii_domain, parsed.domain)}
    return found


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip().lower().removeprefix("mailto:")


def _is_spelt(cell: object, spellings: Collection[str]) -> bool:
    return "@" in str(cell) and _plain(str(cell)) in spellings


def _waiting(spellings: Collection[str]) -> Iterator[Row[int, str, str, int | None]]:
    """Fills with this address that wait, or waited once; of nobody who was erased before."""
    columns = QuarantinedFill.id, QuarantinedFill.email, QuarantinedFill.form_key, QuarantinedFill.touch_id
    for row in session().execute(select(*columns).where(QuarantinedFill.email != "").order_by(QuarantinedFill.id)):
        if _plain(row.email) in spellings:
            yield row


def _listed(lead_ids: Collection[int], spellings: Collection[str]) -> Iterator[tuple[int, Sequence[object]]]:
    """Rows of lists that became him, and those that still lie here with his address."""
    columns = LeadImportRow.id, LeadImportRow.cells
    yield from session().execute(select(*columns).where(LeadImportRow.lead_id.in_(lead_ids)))
    query = select(*columns).where(LeadImportRow.lead_id.is_(None)).order_by(LeadImportRow.id).limit(AT_ONCE)
    last = 0
    while rows := session().execute(query.where(LeadImportRow.id > last)).all():
        yield from ((row_id, cells) for row_id, cells in rows if any(_is_spelt(cell, spellings) for cell in cells))
        last = rows[-1].id


def _first_and_last(lead_ids: Collection[int]) -> set[int | None]:
    rows = session().execute(select(Lead.first_touch_id, Lead.last_touch_id).where(Lead.id.in_(lead_ids)))
    return {touch_id for row in rows for touch_id in row}


def _arrivals(visitor_ids: Collection[int]) -> Iterable[int]:
    return session().scalars(select(Touch.id).where(Touch.visitor_id.in_(visitor_ids)))
