"""The story of the scoring rules: drafted, compared, written for everybody, put in force; and an entry struck."""

import time
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from datetime import datetime
from typing import TYPE_CHECKING

import structlog

from capture import clock
from capture.accounts import audit
from capture.config import Settings
from capture.db import JsonObject, db, journey, repeatable
from capture.errors import NotFound, PersonErased, RulesChanged
from capture.handoff import gate, mqls
from capture.handoff.gate import Handover
from capture.languages import kept
from capture.leads import leads
from capture.outbox.queue import enqueue
from capture.pages import permissions
from capture.scoring import ledger, rescoring, rulefile, rulesets, scores

if TYPE_CHECKING:
    from capture.scoring.afresh import Due
    from capture.scoring.models import RuleSet

STRUCK = kept("Struck by %(name)s: %(because)s")

log = structlog.get_logger()

BREATH = 0.001  # seconds between two transactions: whoever waits to write comes first
RESCORE, RELEASE = "rescore", "release_held"


@journey
def draft(table: Mapping[str, object], revision: int, *, actor: str, at: datetime) -> int:
    """Keep rules as the draft; revision 0 begins one. Gives its revision. Raises RulesRefused or RulesChanged."""
    rules = rulefile.of_table(table, permissions=permissions.keys())
    kept = rulesets.keep_draft(rules, revision, by=actor, at=at)
    audit.record(actor, "rules.drafted", "rules:draft", at=at, revision=kept)
    return kept


@journey
def import_file(text: str, *, revision: int | None = None, actor: str, at: datetime) -> None:
    """Make a file the draft, in place of the one there was; what else it says is kept with it.

    `revision` is that of the draft which the person saw; None: whatever stands. Raises RulesRefused, RulesChanged.
    """
    if revision is None:
        known = rulesets.draft()
        revision = known.revision if known else 0
    rules = rulefile.read(text, permissions=permissions.keys())
    rulesets.keep_draft(rules, revision, by=actor, at=at, text=text)
    audit.record(actor, "rules.imported", "rules:draft", at=at)


@journey
def take(number: int, revision: int, *, actor: str, at: datetime) -> None:
    """Make a version the draft, in place of the one there is. Raises NotFound, RulesChanged."""
    rulesets.keep_draft(rulesets.by_number(number).rules, revision, by=actor, at=at, text=rulesets.text_of(number))
    audit.record(actor, "rules.drafted", "rules:draft", at=at, version=number)


@journey
def discard(revision: int, *, actor: str, at: datetime) -> None:
    """Take the draft away. Raises RulesChanged."""
    rulesets.drop_draft(revision)
    audit.record(actor, "rules.discarded", "rules:draft", at=at)


@journey
def activate(revision: int, choice: Handover, *, daily: int, note: str = "", actor: str, at: datetime) -> int:
    """Make the draft a version, and have its entries written; it is in force when all are. Gives its number.

    `choice` says what becomes of those whom it alone brings over the thresholds, `daily` how many make a tranche,
    `note` why. Raises RulesChanged, also while another version is being written.
    """
    if rulesets.being_prepared() is not None:
        raise RulesChanged
    draft = rulesets.drop_draft(revision)
    handover: JsonObject = {"choice": choice.value, "daily": max(1, daily), "actor": actor, "marks": rescoring.marks()}
    number = rulesets.create(draft.rules, at=at, handover=handover, by=actor, note=note, text=draft.text)
    enqueue(RESCORE, key=f"{RESCORE}:{number}", at=at, lane="slow", version=number)
    audit.record(actor, "rules.activating", f"rules:{number}", at=at, handover=choice.value)
    return number


def rescore(_settings: Settings, payload: JsonObject) -> None:
    """What the outbox message asks for. Broken off, it goes on where it was; done twice it does no more than once."""
    number = int(payload["version"])
    if not is_in_force(number):
        rescoring.let_others_end()  # by the marks of the activation
        with closing(rescoring.ahead(number)) as ahead:
            while _prepare(number, next(ahead, None), at=clock.now()):
                time.sleep(BREATH)
        while _catch_up(number) > rescoring.AGAIN:  # each time there are fewer, because it takes less long
            pass
        _switch(number, _brought_over(number), at=clock.now())
    _catch_up(number)  # a fill that began under the old rules and ended under the new ones


def _catch_up(number: int) -> int:
    """Look again at whoever did something since the last look; those who are still writing are waited for.

    Some at a time, so that fills go on. Gives how many they were.
    """
    marks = _marks()
    rescoring.let_others_end()
    changed = _changed(number)
    for first in range(0, len(changed), rescoring.AGAIN):
        _look_again(number, changed[first : first + rescoring.AGAIN], at=clock.now())
        time.sleep(BREATH)
    _looked(number, marks)
    return len(changed)


@journey
def is_in_force(number: int) -> bool:
    """Whether a version was put in force, now or once."""
    return rulesets.held(number).activated_at is not None


@repeatable
def _prepare(number: int, read: "Due | None", *, at: datetime) -> bool:
    return rescoring.batch(number, at=at, read=read)


@journey
def _marks() -> JsonObject:
    return rescoring.marks()


@journey
def _changed(number: int) -> Sequence[int]:
    return _since_marks(rulesets.held(number))


def _since_marks(row: "RuleSet") -> Sequence[int]:
    with_struck = not row.handover.get("looked", False)  # at the first look: who is struck since has done something
    return rescoring.changed(row.version, row.handover.get("marks", {}), with_struck=with_struck)


@repeatable
def _look_again(number: int, lead_ids: Sequence[int], *, at: datetime) -> None:
    scores.prepare(number, lead_ids, at=at)


@journey
def _looked(number: int, marks: JsonObject) -> None:
    """The next look begins at these marks."""
    row = rulesets.held(number)
    row.handover = {**row.handover, "marks": marks, "looked": True}


def _brought_over(number: int) -> Sequence[int]:
    """Whom the version brings over the thresholds, where somebody chose something for them.

    Read in no transaction, so that a fill waits for the writing alone. Who does something meanwhile, did it.
    """
    if _chosen(number) is Handover.EVIDENCE:
        return []
    over = gate.waiting(rulesets.by_number(number), at=clock.now())
    db.session.remove()
    return over


@journey
def _chosen(number: int) -> Handover:
    return _choice(rulesets.held(number))


def _choice(row: "RuleSet") -> Handover:
    return Handover(row.handover.get("choice", Handover.EVIDENCE))


@journey
def _switch(number: int, over: Sequence[int], *, at: datetime) -> None:
    row = rulesets.held(number)
    if row.activated_at is not None:
        return
    scores.prepare(number, _since_marks(row), at=at)
    rulesets.activate(number, at=at)
    choice = _choice(row)
    daily = int(row.handover.get("daily", 1))
    for turn in gate.close(number, over, choice, daily=daily, at=at):
        enqueue(RELEASE, key=f"{RELEASE}:{number}:{turn.isoformat()}", at=at, due=turn, lane="slow", version=number)
    audit.record(str(row.handover.get("actor", "cli")), "rules.activated", f"rules:{number}", at=at)
    log.info("rules activated", version=number, handover=choice.value)


def release(settings: Settings, _payload: JsonObject) -> None:
    """Hand over those whose turn in the tranches has come: from now on sales has its time to answer."""
    while turn := _due(at=clock.now()):
        for lead_id in turn:
            _release(lead_id, settings, at=clock.now())


@journey
def _due(*, at: datetime) -> tuple[int, ...]:
    return tuple(gate.due(at=at))


@journey
def _release(lead_id: int, settings: Settings, *, at: datetime) -> None:
    if not gate.release(lead_id, at=at):  # the turns were stopped since
        return
    with suppress(PersonErased):  # since his turn was looked for
        mqls.qualify(lead_id, scores.after(lead_id, at=at), in_turn=True, sla_hours=settings.sla_hours, at=at)


@journey
def stop_turns(*, actor: str, at: datetime) -> int:
    """Hand nobody over by turns any more; gives how many waited. Whoever does something new goes over by that."""
    waited = gate.stop()
    if waited:
        audit.record(actor, "rules.turns_stopped", f"rules:{rulesets.in_force(at=at).number}", at=at, rows=waited)
    return waited


@journey
def strike(lead_id: str, entry_id: int, because: str, *, name: str, actor: str, at: datetime) -> None:
    """A person takes an entry of the present score back, with a reason; it stays taken back. Raises NotFound."""
    lead = leads.by_public_id(lead_id)
    if lead is None or lead.erased_at is not None:
        raise NotFound("lead")
    lead = leads.hold(lead.id)
    version = rulesets.established(at=at).number
    standing = {entry.id: entry for entry in ledger.standing(ledger.of(lead.id, version))}
    if entry_id not in standing:
        raise NotFound("entry, or it was taken back already")
    ledger.strike(standing[entry_id], lead.id, version, because=STRUCK % {"name": name, "because": because}, at=at)
    audit.record(actor, "score.struck", f"lead:{lead.public_id}", at=at, entry=entry_id)
