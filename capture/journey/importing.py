"""The story of a list from elsewhere: looked at, described, made leads, let go to sales, or taken back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import structlog

from capture import clock
from capture.accounts import audit, marks
from capture.config import Settings
from capture.db import JsonObject, journey, session
from capture.engagement import events
from capture.errors import Faults, MoreThanSeen, ParameterRefused
from capture.handoff import afterwards, exclusions, gate
from capture.handoff.exclusions import Line
from capture.handoff.gate import Handover
from capture.journey import rules
from capture.languages import quoted, say
from capture.leads import imports, leads, lists, meetings
from capture.leads.imports import Preview, Said, Taken
from capture.leads.models import ImportState, LeadImport
from capture.outbox.queue import enqueue
from capture.reports import daily
from capture.scoring import ledger, rulesets, scores

log = structlog.get_logger()

DESCRIBED = "import.described"
RUN, TAKE_BACK, TELL = "run_import", "take_import_back", "tell_of_import"


@dataclass(frozen=True, slots=True)
class Looked:
    """A list that lies here."""

    import_id: str
    rows: int


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What would become of a list: how many rows it has, and what those would do that were looked at."""

    rows: int
    preview: Preview


def read_columns(data: bytes, told: Sequence[str]) -> tuple[list[str], list[str]]:
    """The headers of a file and what each column means: as `told` (`header=meaning`), else as its header says.

    Raises UploadRefused, and ParameterRefused for a header that is not there or a meaning that there is not.
    """
    headers, rows = lists.headed(data)
    mapping = lists.guessed(headers, [cells for _, cells in islice(rows, 50)])
    for one in told:
        header, _, meaning = one.rpartition("=")
        if header not in headers:
            raise ParameterRefused(
                say("Columns"),
                say(
                    "there is no %(header)s; the file has %(headers)s",
                    header=quoted(header or one),
                    headers=", ".join(headers),
                ),
            )
        if meaning not in (lists.IGNORED, *lists.MEANINGS):
            raise ParameterRefused(
                say("Columns"),
                say("%(meaning)s is none of %(meanings)s", meaning=quoted(meaning), meanings=", ".join(lists.MEANINGS)),
            )
        mapping[headers.index(header)] = meaning
    return headers, mapping


@journey
def rehearse(name: str, data: bytes, said: Said, *, settings: Settings, at: datetime) -> Rehearsed:
    """What importing a file would do; nothing of it is kept. Raises UploadRefused, ParameterRefused."""
    with session().begin_nested() as tried:
        imported = imports.look_at(name, data, by="", at=at)
        _describe(imported, said, at=at)
        imports.check(imported)
        seen = Rehearsed(imported.rows, foreseen(imported, settings, at=at))
        tried.rollback()
    return seen


def foreseen(imported: LeadImport, settings: Settings, *, at: datetime) -> Preview:
    """What the list would do if it were imported at this moment."""
    return imports.preview(imported, region=settings.phone_region, met=imports.met(imported, settings.zone, at=at))


@journey
def look_at(name: str, data: bytes, *, actor: str, at: datetime) -> Looked:
    """Keep a file of people to look at; nobody is a lead by it yet. Raises UploadRefused."""
    imported = imports.look_at(name, data, by=actor, at=at)
    return Looked(imported.public_id, imported.rows)


@journey
def describe(
    import_id: str,
    said: Said,
    *,
    seen: str | None = None,
    is_all: bool = False,
    actor: str = "cli",
    at: datetime,
) -> None:
    """Keep what the columns mean and what is said of the whole list; `is_all`: it is to be imported so.

    `seen` is the mark of what the person had before his eyes; none: of what stands. Raises NotFound, ParameterRefused,
    and DraftChanged where somebody has said something else since.
    """
    imported, subject = imports.held(import_id), f"import:{import_id}"
    before = imports.mark(imported)
    marks.refuse_if_changed(seen, before, subject, DESCRIBED, at=at)
    _describe(imported, said, is_all=is_all, at=at)
    if imports.mark(imported) != before:
        audit.record(actor, DESCRIBED, subject, at=at)


def _describe(imported: LeadImport, said: Said, *, is_all: bool = False, at: datetime) -> None:
    imports.describe(imported, said)
    if said.met_on is not None and said.met_on > at.date() + timedelta(days=1):
        faults = Faults()
        faults.note(ParameterRefused(say("Met on"), say("that day is still to come"), "met_on"))
        with faults.noted():
            if is_all:
                imports.check(imported)
        faults.refuse()


@journey
def begin(import_id: str, *, actor: str, at: datetime) -> None:
    """Have the list's people made leads; nobody is mailed, and sales gets nobody. Raises NotFound, ParameterRefused."""
    imported = imports.held(import_id)
    if imported.state is not ImportState.LOOKED_AT:
        return
    imports.check(imported)
    imported.state = ImportState.RUNNING
    enqueue(RUN, key=f"{RUN}:{import_id}", at=at, lane="slow", import_id=import_id)
    audit.record(actor, "leads.imported", f"import:{import_id}", at=at, rows=imported.rows, basis=imported.basis)


def run(settings: Settings, payload: JsonObject) -> None:
    """What the outbox message asks for. Broken off, it goes on where it was; done twice it does no more than once."""
    while _take(str(payload["import_id"]), settings, at=clock.now()):
        pass


@journey
def _take(import_id: str, settings: Settings, *, at: datetime) -> bool:
    imported = imports.held(import_id)
    if imported.state is not ImportState.RUNNING:
        return False
    taken = imports.take(imported, region=settings.phone_region, at=at)
    if taken is None:
        imported.state, imported.done_at = ImportState.DONE, at
        log.info("list imported", list=import_id, made=imported.made, known=imported.known, refused=imported.refused)
        return False
    met = imports.met(imported, settings.zone, at=at)
    added_to = [one.lead for one in taken if not one.is_new]
    before = afterwards.facts(added_to)
    imports.remember(imported, taken, met=met, at=at)
    _recount(meetings.attribute(imported, [one.lead for one in taken], met=met), settings.zone)
    events.record_meetings({one.lead.id: _told(imported, one) for one in taken}, list_id=imported.id, at=met)
    scores.settle([one.lead for one in taken], rulesets.established(at=at), at=at)
    afterwards.tell_changed(added_to, before, f"taken:{import_id}", at=at)
    return True


def _recount(instants: Sequence[datetime], zone: ZoneInfo) -> None:
    """The days of these instants are not as they were counted."""
    if instants:
        daily.count_again(daily.day_of(min(instants), zone))


def _told(imported: LeadImport, one: Taken) -> JsonObject:
    told = {
        "where": imported.campaign or imported.name,
        "list": imported.public_id,
        "warmth": one.entry.warmth,
        "note": one.entry.note,
    }
    return {key: value for key, value in told.items() if value}


@journey
def release(
    import_id: str, choice: Handover, *, daily: int | None, seen: int | None = None, actor: str, at: datetime
) -> None:
    """Let the list go to sales, once: its time to answer begins when each lead has its turn.

    `daily` is how many make a tranche; None: all at once. `seen` is how many would go over as far as the person knows
    who chose. Raises NotFound, ParameterRefused, and MoreThanSeen.
    """
    imported = imports.held(import_id)
    if imported.state is not ImportState.DONE:
        raise ParameterRefused(say("This list"), say("it is not imported yet, or it was taken back"))
    if imported.released_at is not None and imported.release != Handover.NONE:
        raise ParameterRefused(say("This list"), say("it was released already"))
    version = rulesets.established(at=at)
    if seen is not None and choice is Handover.TRANCHES:
        now = len(gate.waiting_of(imported, version, at=at))
        if now > seen:
            raise MoreThanSeen(seen, now)
    imported.released_at, imported.release = at, choice.value
    turns = gate.open_to(imported, version, choice, daily=max(1, daily or imported.rows), at=at)
    for turn in turns:
        key = f"{rules.RELEASE}:{import_id}:{turn.isoformat()}"
        enqueue(rules.RELEASE, key=key, at=at, due=turn, lane="slow", version=version.number)
    if imports.is_let_go(imported):
        enqueue(TELL, key=f"{TELL}:{import_id}", at=at, lane="slow", import_id=import_id)
    audit.record(actor, "import.released", f"import:{import_id}", at=at, handover=choice.value)


@dataclass(frozen=True, slots=True)
class Told:
    """A part of a list of which sales was told: where it ends, and by lead the line of a customer or an open deal."""

    end: int
    lines: Mapping[int, Line]


def tell(settings: Settings, payload: JsonObject) -> None:
    """What the outbox message asks for: sales hears whom of its own a list met. Done twice it tells no more than once.

    Whoever looks after customers or open deals gets one mail for the list.
    """
    import_id, behind = str(payload["import_id"]), 0
    lines: dict[int, Line] = {}
    while told := _tell_some(import_id, behind, at=clock.now()):
        behind = told.end
        lines |= told.lines
    _tell_owners(import_id, lines, at=clock.now())


@journey
def _tell_some(import_id: str, behind: int, *, at: datetime) -> Told | None:
    imported = imports.by_public_id(import_id)
    rows = imports.some_of(imported, behind=behind) if imports.is_let_go(imported) else []
    if not rows or imported.released_at is None:
        return None
    people = leads.hold_all(sorted({lead.id for lead in leads.now({lead_id for _, lead_id in rows}).values()}))
    lines = exclusions.told_of(people)
    afterwards.tell_of_list(people, import_id, before=imported.released_at, at=at)
    return Told(rows[-1][0], lines)


@journey
def _tell_owners(import_id: str, lines: Mapping[int, Line], *, at: datetime) -> None:
    exclusions.notice_list(import_id, lines, at=at)


@journey
def take_back(import_id: str, *, actor: str, at: datetime) -> None:
    """Undo the list: what it said goes, and who is known only by it. Raises NotFound.

    Who is with sales or known by something else stays; sales is told of what it knew by the list.
    """
    imported = imports.held(import_id)
    if imported.state is ImportState.LOOKED_AT:
        imports.forget_file(imported)
        imported.state = ImportState.UNDONE
    elif imported.state in (ImportState.RUNNING, ImportState.DONE):
        imported.state = ImportState.LEAVING
        enqueue(TAKE_BACK, key=f"{TAKE_BACK}:{import_id}", at=at, lane="slow", import_id=import_id)
    else:
        return
    audit.record(actor, "import.taken_back", f"import:{import_id}", at=at)


def undo(settings: Settings, payload: JsonObject) -> None:
    """What the outbox message asks for. Broken off, it goes on where it was."""
    while _undo(str(payload["import_id"]), settings.zone, at=clock.now()):
        pass


@journey
def _undo(import_id: str, zone: ZoneInfo, *, at: datetime) -> bool:
    imported = imports.held(import_id)
    if imported.state is not ImportState.LEAVING:
        return False
    rows = imports.to_take_back(imported)
    if not rows:
        imports.forget_file(imported)
        meetings.forget(imported)
        imported.state = ImportState.UNDONE
        log.info("list taken back", list=import_id, kept=imported.kept)
        return False
    held = leads.hold_all(sorted({lead.id for lead in leads.now(rows).values()}))
    made = [lead.id for lead in held if rows.get(lead.id)]
    more = imports.with_more(imported, made) | events.acted(made, besides_list=imported.id) | gate.known(made)
    gone = [lead_id for lead_id in made if lead_id not in more]
    gate.forget(gone)
    ledger.forget(gone)
    kept = [lead for lead in held if lead.id not in set(gone)]
    before = afterwards.facts(kept)
    imported.kept += sum(is_made for lead_id, is_made in rows.items() if lead_id not in gone)
    events.take_meetings_back([lead_id for lead_id in rows if lead_id not in gone], gone, list_id=imported.id)
    left = [lead.created_at for lead in held if lead.id in set(gone)]
    _recount([*left, *meetings.take_back(imported, kept)], zone)
    imports.take_back(imported, list(rows), kept, gone)
    scores.settle(kept, rulesets.established(at=at), at=at)
    afterwards.tell_changed(kept, before, f"taken_back:{import_id}", at=at)
    return True
