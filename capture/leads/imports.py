"""Lists of people from elsewhere: what each row would do, doing it in parts, and taking exactly that back."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from itertools import islice
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, delete, func, insert, select

from capture.accounts import marks
from capture.db import session
from capture.errors import Faults, NotFound, ParameterRefused, UploadRefused
from capture.languages import kept, say
from capture.leads import consents, leads, lists, values
from capture.leads.models import (
    Consent,
    ConsentAction,
    ImportState,
    Lead,
    LeadAddress,
    LeadImport,
    LeadImportRow,
    LeadMerge,
    LeadValue,
    LeadVisitor,
    Submission,
)
from capture.pages import countries, text
from capture.pages.fields import LEAD_FIELDS, Field, FieldKind, clean

# Why a row is refused, as it is kept beside the row.
LISTED_TWICE = kept("This person stands in the list already.")
SAME_ADDRESS = kept("The same address stands in line %(line)s.")
NO_ADDRESS = kept("There is no address in this row.")
NOT_AN_ADDRESS = kept("This is no e-mail address.")
ERASED_MEANWHILE = kept("This person was erased or merged meanwhile.")
TOO_LONG = kept("This address is too long.")
NOBODY = "none"  # what is chosen where a list is not to go to sales after all, see `LeadImport.release`
AT_ONCE = 500
LOOKED_AT = 2000  # rows of a list that are judged before it is imported
SHOWN = 20  # of those that are refused, and of the others
LONGEST = 500  # characters of a value
LONGEST_NOTE = 2000
PHONE = Field("phone", FieldKind.PHONE, "")


@dataclass(frozen=True, slots=True)
class Basis:
    """On which ground people of a list may be contacted."""

    words: str
    purposes: tuple[str, ...]


BASES: Mapping[str, Basis] = MappingProxyType(
    {
        "none": Basis(say("No consent: they are known, and nobody may write to them"), ()),
        "mail": Basis(say("They agreed to e-mail"), (consents.MARKETING_EMAIL,)),
        "phone": Basis(say("They agreed to calls"), (consents.MARKETING_PHONE,)),
        "both": Basis(say("They agreed to e-mail and calls"), (consents.MARKETING_EMAIL, consents.MARKETING_PHONE)),
    }
)


@dataclass(frozen=True, slots=True)
class Said:
    """What a person says of a whole list."""

    mapping: Sequence[str]
    campaign: str
    met_on: date | None
    basis: str
    wording: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A row as it is understood; `reason` says why nothing can be made of it.

    `odd_phone`: its telephone number is none that a form would take, and kept as it is written.
    """

    number: int
    address: str = ""
    key: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    warmth: str = ""
    reason: str = ""
    odd_phone: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the preview with what would happen.

    `then` is what would be known of the person, by field, and `stays` what of it is not as the list says.
    """

    entry: Entry
    is_known: bool
    then: Mapping[str, str] = field(default_factory=dict)
    stays: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """What the rows of a list would do: how many were looked at, and what becomes of these.

    `odd_phones` is how many have a telephone number that is kept as it is written. `lines` begin with the first that
    are refused, and then with the first of these.
    """

    looked_at: int
    new: int
    known: int
    refused: int
    odd_phones: int
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Taken:
    """One row that became somebody."""

    entry: Entry
    lead: Lead
    is_new: bool


def look_at(name: str, data: bytes, *, by: str, at: datetime) -> LeadImport:
    """Keep the rows of a file, in parts; nobody is a lead by it yet. Raises UploadRefused."""
    headers, rows = lists.headed(data)
    key = lists.header_key(headers)
    first = list(islice(rows, AT_ONCE))
    if not first:
        raise UploadRefused(say("There is a header in this file, and nobody below it."))
    before = _mapped_before(key)
    made = LeadImport(
        name=text.bare(name)[:200] or "A list",
        headers=headers,
        header_key=key,
        mapping=before.mapping if before else lists.guessed(headers, [cells for _, cells in first[:50]]),
        campaign=before.campaign if before else "",
        basis=before.basis if before else "",
        wording=before.wording if before else "",
        state=ImportState.LOOKED_AT,
        rows=0,
        created_at=at,
        created_by=by,
    )
    session().add(made)
    session().flush()
    part = first
    while part:
        session().execute(
            insert(LeadImportRow),
            [
                {"import_id": made.id, "number": number, "cells": cells, "made": False, "reason": ""}
                for number, cells in part
            ],
        )
        made.rows += len(part)
        part = list(islice(rows, AT_ONCE))
    return made


def by_public_id(public_id: str) -> LeadImport:
    """Raises NotFound."""
    found = session().scalar(select(LeadImport).where(LeadImport.public_id == public_id))
    if found is None:
        raise NotFound("import")
    return found


def name_of(public_id: str) -> str:
    """What a list is called; empty where there is none."""
    return session().scalar(select(LeadImport.name).where(LeadImport.public_id == public_id)) or ""


def held(public_id: str) -> LeadImport:
    """The import, fresh, its row held until the transaction ends. Raises NotFound."""
    found = by_public_id(public_id)
    session().refresh(found, with_for_update=True)
    return found


def newest(*, number: int, size: int) -> Sequence[LeadImport]:
    """Page `number` (from 1) of the imports, the newest first, and one more where the list goes on."""
    query = select(LeadImport).order_by(LeadImport.id.desc()).offset((number - 1) * size).limit(size + 1)
    return session().scalars(query).all()


def mark(imported: LeadImport) -> str:
    """The mark of what is said of the list."""
    return marks.of((imported.mapping, imported.campaign, imported.met_on, imported.basis, imported.wording))


def describe(imported: LeadImport, said: Said) -> None:
    """Keep what a person says of the list; kept also for the next file with these columns."""
    if imported.state is not ImportState.LOOKED_AT:
        raise ParameterRefused(say("This list"), say("it is imported already"))
    meanings = [meaning if meaning in lists.MEANINGS else lists.IGNORED for meaning in said.mapping]
    imported.mapping = meanings
    imported.campaign = text.bare(said.campaign)[:200]
    imported.met_on = said.met_on
    imported.basis = said.basis if said.basis in BASES else ""
    imported.wording = text.lines(said.wording)[:2000]
    session().flush()


def check(imported: LeadImport) -> None:
    """Whether the list can be imported as it is described. Raises ParameterRefused; SeveralRefused for several."""
    faults = Faults()
    meanings = [meaning for meaning in imported.mapping if meaning]
    if meanings.count(lists.EMAIL) != 1:
        faults.note(ParameterRefused(say("E-mail"), say("say which one column holds the address"), "column-1"))
    twice = {meaning for meaning in meanings if meanings.count(meaning) > 1} - {lists.NOTE}
    if twice:
        column = 1 + max(number for number, meaning in enumerate(meanings) if meaning in twice)
        said = say("%(twice)s stands at two columns; choose one", twice=", ".join(sorted(twice)))
        faults.note(ParameterRefused(say("Columns"), said, f"column-{column}"))
    if imported.met_on is None:
        faults.note(ParameterRefused(say("Met on"), say("say on which day these people were met"), "met_on"))
    if imported.basis not in BASES:
        faults.note(ParameterRefused(say("They agreed"), say("say what these people agreed to"), "basis"))
    elif BASES[imported.basis].purposes and not imported.wording:
        faults.note(ParameterRefused(say("Wording"), say("write the words that they agreed to, exactly"), "wording"))
    faults.refuse()


def preview(imported: LeadImport, *, region: str, met: datetime) -> Preview:
    """What would happen: of all rows of a list, or of the first LOOKED_AT. A fixed number of queries.

    `region` is the two-letter country of telephone numbers without a country code, in rows that name no country; `met`
    is as in `remember`.
    """
    query = select(LeadImportRow.number, LeadImportRow.cells).where(LeadImportRow.import_id == imported.id)
    rows = session().execute(query.order_by(LeadImportRow.number).limit(LOOKED_AT))
    entries = _unlike([_entry(row, imported.mapping, region) for row in rows])
    known = _known([entry.key for entry in entries if not entry.reason])
    lines = [Line(entry, entry.key in known) for entry in entries]
    refused = [line for line in lines if line.entry.reason]
    others = [line for line in lines if not line.entry.reason]
    added = sum(line.is_known for line in others)
    odd = sum(line.entry.odd_phone for line in others)
    others.sort(key=lambda line: not line.entry.odd_phone)
    shown = [*refused[:SHOWN], *_foretold(others[:SHOWN], known, met)]
    return Preview(len(lines), len(others) - added, added, len(refused), odd, shown)


def _foretold(lines: Sequence[Line], known: Mapping[str, int], met: datetime) -> list[Line]:
    """With what would be known then: of whom is new what the list says, of the others as `remember` leaves it."""
    ids = {known[line.entry.key] for line in lines if line.is_known}
    people = {lead.id: lead for lead in session().scalars(select(Lead).where(Lead.id.in_(ids)))}
    of_line = {line.entry.key: people[known[line.entry.key]] for line in lines if line.is_known}
    told = values.foretold({of_line[line.entry.key]: line.entry.values for line in lines if line.is_known}, at=met)
    found = []
    for line in lines:
        says = line.entry.values
        then = told[of_line[line.entry.key].id] if line.is_known else says
        stays = [key for key, value in says.items() if then[key] != value]
        found.append(replace(line, then=_as_read(then), stays=stays))
    return found


def _as_read(known: Mapping[str, str]) -> dict[str, str]:
    """Without the parts of a name that is known whole, as in `Lead.full_name`."""
    hidden = ("first_name", "last_name") if known.get("name") else ()
    return {key: value for key, value in known.items() if value and key not in hidden}


def met(imported: LeadImport, zone: ZoneInfo, *, at: datetime) -> datetime:
    """When its people were met: at noon of the day that was said, or `at` where that is earlier or no day was said."""
    return min(at, datetime.combine(imported.met_on, time(12), zone)) if imported.met_on else at


def take(imported: LeadImport, *, region: str = "", at: datetime) -> list[Taken] | None:
    """Make the next rows leads, or add to leads that are known; None where none are left. `region` as in `preview`.

    A fixed number of statements, however many rows. The import must be held; the leads' rows are held from now on.
    """
    rows = session().scalars(_waiting(imported).limit(AT_ONCE)).all()
    if not rows:
        return None
    by_number = {row.number: row for row in rows}
    entries = _unlike([_entry(row, imported.mapping, region) for row in rows])
    known = _known([entry.key for entry in entries if not entry.reason])
    here_before = set(
        session().scalars(
            select(LeadImportRow.lead_id).where(
                LeadImportRow.import_id == imported.id, LeadImportRow.lead_id.in_(known.values())
            )
        )
    )
    found = {lead.id: lead for lead in leads.hold_all(sorted(set(known.values()) - here_before))}
    new = leads.create_all({e.key: e.address for e in entries if not e.reason and e.key not in known}, at=at)
    taken: list[Taken] = []
    for entry in entries:
        row, reason = by_number[entry.number], entry.reason
        if not reason and entry.key in known:
            if known[entry.key] in here_before:
                reason = LISTED_TWICE
            elif known[entry.key] not in found:
                reason = ERASED_MEANWHILE
        if reason:
            row.reason = reason
            imported.refused += 1
            continue
        lead = new.get(entry.key) or found.get(known.get(entry.key, 0))
        if lead is None:
            continue  # somebody else inserted the address meanwhile: it is known in the next part
        if lead.id in here_before:
            row.reason = LISTED_TWICE
            imported.refused += 1
            continue
        here_before.add(lead.id)
        is_new = entry.key in new
        row.lead_id, row.made, row.cells = lead.id, is_new, []
        imported.made += is_new
        imported.known += not is_new
        imported.odd_phones += entry.odd_phone
        taken.append(Taken(entry, lead, is_new))
    session().flush()
    return taken


def remember(imported: LeadImport, taken: Sequence[Taken], *, met: datetime, at: datetime) -> None:
    """Keep what the list says of these leads, and what they agreed to; a withdrawal stays one."""
    values.learn_all({one.lead: one.entry.values for one in taken}, import_id=imported.id, at=met)
    purposes = BASES[imported.basis].purposes
    closed = consents.closed(one.lead.id for one in taken) if purposes else set()
    digest = hashlib.sha256(imported.wording.encode()).hexdigest()
    given = [
        {
            "lead_id": one.lead.id,
            "purpose": purpose,
            "action": ConsentAction.GIVEN,
            "wording": imported.wording,
            "wording_digest": digest,
            "import_id": imported.id,
            "at": met,
        }
        for one in taken
        for purpose in purposes
        if (one.lead.id, purpose) not in closed
    ]
    if given:
        session().execute(insert(Consent), given)


def leads_of(imported: LeadImport) -> Select[int | None]:
    """The leads that a list made or added to."""
    return select(LeadImportRow.lead_id).where(
        LeadImportRow.import_id == imported.id, LeadImportRow.lead_id.is_not(None)
    )


def let_go(public_ids: Set[str]) -> set[str]:
    """Those of these lists that somebody let go to sales. One query."""
    gone = LeadImport.public_id.in_(public_ids), LeadImport.released_at.is_not(None), LeadImport.release != NOBODY
    return set(session().scalars(select(LeadImport.public_id).where(*gone))) if public_ids else set()


def is_let_go(imported: LeadImport) -> bool:
    """Whether its people were let go to sales, and it was not taken back."""
    return imported.state is ImportState.DONE and imported.released_at is not None and imported.release != NOBODY


def some_of(imported: LeadImport, *, behind: int) -> Sequence[tuple[int, int]]:
    """The next leads that the list made or added to, behind a row of it: the key of the row, and of the lead."""
    query = select(LeadImportRow.id, LeadImportRow.lead_id).where(
        LeadImportRow.import_id == imported.id, LeadImportRow.lead_id.is_not(None), LeadImportRow.id > behind
    )
    found = session().execute(query.order_by(LeadImportRow.id).limit(AT_ONCE))
    return [(row_id, lead_id) for row_id, lead_id in found if lead_id is not None]


def made_by_unreleased(*, besides: LeadImport | None = None) -> Select[int | None]:
    """Leads that are known only by a list which nobody has released to sales; `besides` counts as released."""
    held = [LeadImport.released_at.is_(None), *([LeadImport.id != besides.id] if besides else [])]
    return (
        select(LeadImportRow.lead_id)
        .join(LeadImport, LeadImport.id == LeadImportRow.import_id)
        .where(LeadImportRow.made, *held)
    )


def is_made_by_unreleased(lead_id: int) -> bool:
    """Whether the lead is known only by a list which nobody has released to sales."""
    return session().scalar(made_by_unreleased().where(LeadImportRow.lead_id == lead_id).limit(1)) is not None


def released_last(lead_id: int) -> datetime | None:
    """When a list that has this lead was last released to sales; None: none was."""
    lists = select(func.max(LeadImport.released_at)).join(LeadImportRow, LeadImportRow.import_id == LeadImport.id)
    return session().scalar(lists.where(LeadImportRow.lead_id == lead_id))


def refused(imported: LeadImport) -> Iterator[list[str]]:
    """The rows of which nothing was made, as they stood in the file, and the reason behind each."""
    query = (
        select(LeadImportRow)
        .where(LeadImportRow.import_id == imported.id, LeadImportRow.reason != "")
        .order_by(LeadImportRow.number)
        .limit(AT_ONCE)
    )
    last = 0
    while rows := session().scalars(query.where(LeadImportRow.number > last)).all():
        for row in rows:
            cells = [str(cell) for cell in row.cells][: len(imported.headers)]
            yield [*cells, *[""] * (len(imported.headers) - len(cells)), row.reason]
        last = rows[-1].number
        session().expunge_all()


def to_take_back(imported: LeadImport) -> dict[int, bool]:
    """The next leads that the list made or added to, and whether it made them."""
    query = leads_of(imported).add_columns(LeadImportRow.made).order_by(LeadImportRow.id).limit(AT_ONCE)
    return {lead_id: made for lead_id, made in session().execute(query) if lead_id is not None}


def with_more(imported: LeadImport, lead_ids: Iterable[int]) -> set[int]:
    """Those of these leads of whom this room knows something besides the list."""
    ids = list(lead_ids)
    elsewhere = LeadImportRow.import_id != imported.id
    found: set[int] = set()
    for query in (
        select(Submission.lead_id).where(Submission.lead_id.in_(ids)),
        select(LeadVisitor.lead_id).where(LeadVisitor.lead_id.in_(ids)),
        select(LeadImportRow.lead_id).where(LeadImportRow.lead_id.in_(ids), elsewhere),
        select(LeadMerge.kept_id).where(LeadMerge.kept_id.in_(ids)),  # also one that was undone
        select(LeadMerge.merged_id).where(LeadMerge.merged_id.in_(ids)),
        select(LeadValue.lead_id).where(LeadValue.lead_id.in_(ids), LeadValue.import_id.is_distinct_from(imported.id)),
        select(Consent.lead_id).where(Consent.lead_id.in_(ids), Consent.import_id.is_distinct_from(imported.id)),
    ):
        found.update(session().scalars(query.distinct()))
    return found


def take_back(imported: LeadImport, ids: Sequence[int], kept: Sequence[Lead], gone: Sequence[int]) -> None:
    """Remove what the list said of the leads with these ids: `kept` stay, `gone` go altogether."""
    session().execute(delete(Consent).where(Consent.import_id == imported.id, Consent.lead_id.in_(ids)))
    values.unlearn_all(kept, import_id=imported.id)
    session().execute(delete(LeadValue).where(LeadValue.import_id == imported.id, LeadValue.lead_id.in_(gone)))
    rows = LeadImportRow.import_id == imported.id, LeadImportRow.lead_id.in_(ids)
    session().execute(delete(LeadImportRow).where(*rows))
    session().execute(delete(LeadAddress).where(LeadAddress.lead_id.in_(gone)))
    session().execute(delete(Lead).where(Lead.id.in_(gone)))


def forget_file(imported: LeadImport) -> None:
    """Let go what still lies here of the file."""
    session().execute(delete(LeadImportRow).where(LeadImportRow.import_id == imported.id))


def _waiting(imported: LeadImport) -> Select[LeadImportRow]:
    query = select(LeadImportRow).where(LeadImportRow.import_id == imported.id)
    return query.where(LeadImportRow.lead_id.is_(None), LeadImportRow.reason == "").order_by(LeadImportRow.number)


def _mapped_before(key: str) -> LeadImport | None:
    query = select(LeadImport).where(LeadImport.header_key == key, LeadImport.state != ImportState.LOOKED_AT)
    return session().scalar(query.order_by(LeadImport.id.desc()).limit(1))


def _known(keys: Sequence[str]) -> dict[str, int]:
    query = select(LeadAddress.address_key, LeadAddress.lead_id).where(LeadAddress.address_key.in_(keys))
    return {row.address_key: row.lead_id for row in session().execute(query)}


def _unlike(entries: Sequence[Entry]) -> list[Entry]:
    """The second row of one address is refused."""
    first: dict[str, int] = {}
    return [
        Entry(entry.number, reason=SAME_ADDRESS % {"line": first[entry.key]})
        if not entry.reason and first.setdefault(entry.key, entry.number) != entry.number
        else entry
        for entry in entries
    ]


def _entry(row: Any, mapping: Sequence[str], region: str) -> Entry:
    """What a row's `number` and `cells` say; what is no country, and what stands behind the last column, is a note."""
    told: dict[str, str] = {}
    notes = []
    for meaning, cell in zip(mapping, row.cells, strict=False):
        said = text.bare(str(cell))
        if meaning == lists.NOTE and said:
            notes.append(said)
        elif meaning and said:
            told[meaning] = said
    address = told.get(lists.EMAIL, "").removeprefix("mailto:")
    if not address:
        return Entry(row.number, reason=NO_ADDRESS)
    try:
        key = leads.address_key(address)
    except ValueError:
        return Entry(row.number, address=address, reason=NOT_AN_ADDRESS)
    if len(key) > 254:
        return Entry(row.number, address=address, reason=TOO_LONG)
    known = {name: told[name][:LONGEST] for name in LEAD_FIELDS if name in told}
    country = known.pop("country", "")
    if code := countries.coded(country):
        known["country"] = code
    elif country:
        notes.append(country)
    written = known.get("phone", "")
    phone = _as_in_a_form(written, known.get("country", region)) if written else ""
    known |= {"phone": phone} if phone else {}
    notes += [said for cell in row.cells[len(mapping) :] if (said := text.bare(str(cell)))]
    warmth = told.get(lists.WARMTH, "")[:40]
    return Entry(
        row.number,
        address=address,
        key=key,
        values=known,
        note=" · ".join(notes)[:LONGEST_NOTE],
        warmth=lists.WARMTHS.get(warmth.casefold(), warmth),
        odd_phone=bool(written and not phone),
    )


def _as_in_a_form(written: str, region: str) -> str:
    """A telephone number as a form would keep it; empty where it would take none, or would lose an extension."""
    number = clean(PHONE, [written], region=region).value
    digits = re.sub(r"\D", "", written)
    return number if isinstance(number, str) and number.endswith(digits[-4:]) else ""
