"""Who is never handed over: lists of our own people, customers, open deals and competitors, by domain or address."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, func, insert, select, update

from capture.accounts.models import Staff
from capture.db import session
from capture.errors import UploadRefused
from capture.handoff import spreadsheet
from capture.languages import numeral, say
from capture.leads import leads, ours
from capture.leads.models import Exclusion, ExclusionKind, Lead, LeadAddress
from capture.outbox import queue as outbox
from capture.pages import emails

LISTS = "never_handed_over"  # their name in `revisions`: one for all, for what stands on one counts on no other
MOST = 200_000
MOST_NAMED = 20  # in a mail
TOLD = (ExclusionKind.OPEN_DEAL, ExclusionKind.CUSTOMER)  # whose owner hears of what they do
WORDS: Mapping[ExclusionKind, str] = {
    ExclusionKind.STAFF: say("Our own people"),
    ExclusionKind.CUSTOMER: say("Customers"),
    ExclusionKind.OPEN_DEAL: say("Open deals"),
    ExclusionKind.COMPETITOR: say("Competitors"),
}


@dataclass(frozen=True, slots=True)
class Listed:
    """A list as it is kept."""

    kind: ExclusionKind
    number: int
    loaded_at: datetime | None


def of(lead: Lead) -> Exclusion | None:
    """The entry that keeps this lead back: of an address before one of a domain, and of its part before the whole one.

    Whoever has access here is ours.
    """
    return of_all([lead]).get(lead.id)


def of_all(people: Sequence[Lead]) -> Mapping[int, Exclusion]:
    """The same of many people, by their keys, for those who are kept back. Four queries, however many they are."""
    addresses = {lead.id: {lead.email} for lead in people}
    theirs = select(LeadAddress.lead_id, LeadAddress.address_key).where(LeadAddress.lead_id.in_(list(addresses)))
    for lead_id, address in session().execute(theirs):
        addresses[lead_id].add(address)
    meant = {lead_id: set().union(*map(ours.patterns, told)) for lead_id, told in addresses.items()}
    listed = select(Exclusion).where(Exclusion.pattern.in_(set().union(*meant.values())))
    lines = {line.pattern: line for line in session().scalars(listed)}
    our_own = ours.among(set().union(*addresses.values()))
    found: dict[int, Exclusion] = {}
    for lead in people:
        mine = [lines[pattern] for pattern in meant[lead.id] & lines.keys()]
        line = min(mine, key=lambda one: ("@" not in one.pattern, -len(one.pattern), one.id), default=None)
        if (line is None or line.kind is not ExclusionKind.STAFF) and not our_own.isdisjoint(addresses[lead.id]):
            line = Exclusion(kind=ExclusionKind.STAFF, pattern=lead.email)
        if line is not None:
            found[lead.id] = line
    return found


def any_listed() -> bool:
    """Whether anything stands on any list."""
    return session().scalar(select(Exclusion.id).limit(1)) is not None


def kept_back(addresses: Iterable[tuple[int, str]]) -> set[int]:
    """Which of these leads, each with every address it has, are never handed over, as `of` tells it of one.

    Two queries for all.
    """
    listed = set(session().scalars(select(Exclusion.pattern))) | set(session().scalars(select(Staff.email)))
    return {lead_id for lead_id, one in addresses if means(listed, one)}


def patterns(kind: ExclusionKind) -> set[str]:
    """The domains and addresses of a list."""
    return set(session().scalars(select(Exclusion.pattern).where(Exclusion.kind == kind)))


def means(listed: Set[str], address: str) -> bool:
    """Whether one of these domains and addresses means this address."""
    return _may_be_among(listed, address) and not listed.isdisjoint(ours.patterns(address))


def free_hosts(kind: ExclusionKind) -> list[str]:
    """The hosts of a list that give addresses to anybody, so that it keeps back people whom nobody meant."""
    return sorted(patterns(kind) & emails.FREE_HOSTS)


def _may_be_among(listed: Set[str], address: str) -> bool:
    """Far quicker than what tells it for certain: whether the address, its host or an end of its host is listed."""
    told = address.lower()
    labels = told.rpartition("@")[2].split(".")
    ends = (".".join(labels[number:]) for number in range(len(labels)))
    return not told.isascii() or told in listed or any(end in listed for end in ends)


def notice(lead: Lead, listed: Exclusion, *, asked: bool = False, day: date, at: datetime) -> None:
    """Tell whoever owns a customer or an open deal that it did something: once for each person and `day`.

    That somebody `asked` to be contacted is told each time, and what is done besides on the day is not.
    """
    if listed.kind in TOLD:
        key = f"account_notice:{lead.public_id}:{day.isoformat()}"
        if asked and outbox.is_known(key):
            key = f"account_notice:{lead.public_id}:{at.isoformat()}"
        outbox.enqueue("account_notice", key=key, at=at, lead_id=lead.id, exclusion_id=listed.id, asked=asked)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a customer or an open deal: its key, and a name for its owner, empty where there is none."""

    key: int
    owner: str


def told_of(people: Sequence[Lead]) -> dict[int, Line]:
    """The lines of those of these people whose owner hears of what they do, by their keys."""
    return {
        lead_id: Line(line.id, _digest(line.owner_id or line.owner_email))
        for lead_id, line in of_all(people).items()
        if line.kind in TOLD
    }


def _digest(owner: int | str | None) -> str:
    return hashlib.sha256(str(owner).encode()).hexdigest()[:16] if owner else ""


def notice_list(list_id: str, lines: Mapping[int, Line], *, at: datetime) -> None:
    """Tell every owner once of all whom a list met of his customers and open deals: people by their keys."""
    of_owner: dict[str, list[int]] = {}
    for lead_id, line in lines.items():
        of_owner.setdefault(line.owner, []).append(lead_id)
    for owner, met in of_owner.items():
        outbox.enqueue(
            "list_notice",
            key=f"list_notice:{list_id}:{owner}",
            at=at,
            import_id=list_id,
            exclusion_id=lines[met[0]].key,
            lead_ids=[*met[:MOST_NAMED]],
            number=len(met),
        )


@dataclass(frozen=True, slots=True)
class Replaced:
    """How many lines a list has now, how many of them it had not before, and how many it has no more."""

    rows: int
    more: int
    fewer: int


def replace(kind: ExclusionKind, data: bytes, *, at: datetime) -> Replaced:
    """Keep this list in the place of the one before. Raises UploadRefused, naming the line.

    A line holds a domain or an address and, where it is a customer's or a deal's, the address of its owner, who need
    not have access here. What stands on another list too counts there no longer.
    """
    owners = dict(session().execute(select(Staff.email, Staff.id)).all())
    rows: dict[str, tuple[int | None, str | None]] = {}
    for number, cells in enumerate(spreadsheet.table(data), 1):
        told = [cell.strip().lower() for cell in cells]
        if not any(told) or (number == 1 and "." not in told[0]):  # an empty line, or headers
            continue
        pattern = _pattern(told[0])
        if pattern is None:
            raise UploadRefused(
                say(
                    "Line %(number)s: write a domain such as alder.example, or an address. Nothing was changed.",
                    number=number,
                )
            )
        owner = told[1] if len(told) > 1 else ""
        address = _pattern(owner) if "@" in owner.lstrip("@") else None
        if owner and not address:
            raise UploadRefused(
                say(
                    "Line %(number)s: %(owner)s is not the e-mail address of an owner. Nothing was changed.",
                    number=number,
                    owner=owner[:100],
                )
            )
        rows[pattern] = owners.get(owner), None if owner in owners else address
    if len(rows) > MOST:
        raise UploadRefused(say("A list has at most %(most)s lines.", most=numeral(MOST)))
    before = set(session().scalars(select(Exclusion.pattern).where(Exclusion.kind == kind)))
    session().execute(delete(Exclusion).where(Exclusion.kind == kind))
    patterns = list(rows)
    for begin in range(0, len(patterns), 500):
        session().execute(delete(Exclusion).where(Exclusion.pattern.in_(patterns[begin : begin + 500])))
    if rows:
        session().execute(
            insert(Exclusion),
            [
                {"kind": kind, "pattern": pattern, "owner_id": owner_id, "owner_email": email, "loaded_at": at}
                for pattern, (owner_id, email) in rows.items()
            ],
            execution_options={"render_nulls": True},
        )
    return Replaced(len(rows), len(rows.keys() - before), len(before - rows.keys()))


def forget(spellings: Collection[str]) -> bool:
    """Take these addresses off every list; whether one stood there. What is listed by its domain stays."""
    session().execute(update(Exclusion).where(Exclusion.owner_email.in_(spellings)).values(owner_email=None))
    gone = delete(Exclusion).where(Exclusion.pattern.in_(spellings)).returning(Exclusion.id)
    return bool(session().scalars(gone).all())


def listed() -> Sequence[Listed]:
    """Every list with its length."""
    query = select(Exclusion.kind, func.count(), func.max(Exclusion.loaded_at, type_=Exclusion.loaded_at.type))
    found = {kind: (number, at) for kind, number, at in session().execute(query.group_by(Exclusion.kind))}
    return [Listed(kind, *found.get(kind, (0, None))) for kind in WORDS]


def text(kind: ExclusionKind) -> str:
    """A list as it may be loaded again."""
    owner = func.coalesce(Staff.email, Exclusion.owner_email)
    query = select(Exclusion.pattern, owner).outerjoin(Staff, Staff.id == Exclusion.owner_id)
    rows = session().execute(query.where(Exclusion.kind == kind).order_by(Exclusion.pattern))
    return "".join(f"{pattern},{owner}\n" if owner else f"{pattern}\n" for pattern, owner in rows)


def _pattern(told: str) -> str | None:
    try:
        if "@" in told.lstrip("@"):
            return leads.address_key(told)
    except ValueError:
        return None
    domain = emails.host(told.removeprefix("@"))
    labels = domain.split(".")
    is_domain = len(labels) > 1 and len(domain) <= 253 and all(part.replace("-", "").isalnum() for part in labels)
    return domain if is_domain else None
