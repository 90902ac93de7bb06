"""Scoring in the studio: the rules, their draft, the simulator over the whole history, what is struck and judged."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from types import MappingProxyType

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from capture import clock
from capture.accounts import marks, staff
from capture.accounts.models import Role
from capture.engagement.models import Verdict
from capture.errors import CannotFit, RulesChanged, RulesRefused, UploadRefused
from capture.handoff import gate
from capture.handoff.gate import Handover
from capture.journey import judging
from capture.journey import rules as rules_journey
from capture.journey import staff as staff_journey
from capture.languages import say
from capture.leads import lists
from capture.reports import proposals, simulation
from capture.reports.proposals import Proposal
from capture.scoring import choices, editing, rescoring, rulefile, rulesets, rulewords
from capture.scoring import rules as rule_sets
from capture.scoring.rules import Json, Rules
from capture.web.current import settings
from capture.web.studio import ruling, simulating
from capture.web.studio.access import actor, me, only
from capture.web.studio.shelf import FRESH, shelf

bp = Blueprint("scoring", __name__, url_prefix="/studio/scoring")

FILE_BYTES = 4 * rulefile.LARGEST  # of a file of rules; what is larger is refused by its characters
WAITING = 50
STEPS = {"up": -1, "down": 1}


@bp.get("/")
@only(Role.MARKETER)
def overview() -> ResponseReturnValue:
    version = rulesets.in_force(at=clock.now())
    preparing = rulesets.being_prepared()
    return render_template(
        "studio/scoring.html",
        version=version,
        choices=choices,
        fields=choices.offered().fields,
        draft=rulesets.draft(),
        preparing=preparing,
        progress=rescoring.progress(preparing) if preparing else None,
        versions=rulesets.told(),
        queue=gate.queue(),
    )


@bp.get("/waiting")
@only(Role.MARKETER)
def waiting() -> ResponseReturnValue:
    """Who waits for his turn to go to sales, a page at a time."""
    number = max(1, min(request.args.get("page", 1, type=int), 1_000_000))
    found = gate.queued((number - 1) * WAITING, WAITING + 1)
    return render_template(
        "studio/scoring_waiting.html",
        queue=gate.queue(),
        people=found[:WAITING],
        number=number,
        has_more=len(found) > WAITING,
    )


@bp.post("/waiting/stop")
@only(Role.MARKETER)
def stop() -> ResponseReturnValue:
    waited = rules_journey.stop_turns(actor=actor(), at=clock.now())
    return redirect(url_for(".overview", stopped=waited), 303)


@bp.get("/rules.toml")
@only(Role.MARKETER)
def download() -> ResponseReturnValue:
    draft = rulesets.draft() if request.args.get("of") == "draft" else None
    number = request.args.get("version", type=int) or rulesets.in_force(at=clock.now()).number
    text = draft.text if draft else rulesets.text_of(number)
    staff_journey.note_export("rules.toml", actor=actor(), rows=text.count("\n"), at=clock.now())
    answer = Response(text, mimetype="application/toml")
    answer.headers["Content-Disposition"] = 'attachment; filename="rules.toml"'
    return answer


# --- the draft --------------------------------------------------------------------------------------------


@bp.get("/draft")
@only(Role.MARKETER)
def edit() -> ResponseReturnValue:
    return _edit(*_draft())


@bp.post("/draft")
@only(Role.MARKETER)
def save() -> ResponseReturnValue:
    """Thresholds, points and caps, and one rule moved or taken away; a rule without points goes."""
    rules, _, text = _draft()
    revision, changed = request.form.get("revision", 0, type=int), _changed(rules)
    step, _, key = request.form.get("step", "").partition(" ")
    onward = url_for(".simulate", of="draft")
    if step == "remove":
        editing.take_away(changed, key)
        onward = url_for(".edit", kept=1)
    elif step in STEPS:
        editing.move(changed, key, STEPS[step])
        onward = url_for(".edit", _anchor=f"rule-{key}")
    try:
        rules_journey.draft(changed, revision, actor=actor(), at=clock.now())
    except RulesRefused as refused:
        faults = [ruling.spoken(fault) for fault in refused.faults]
        return _edit(rules, revision, text, faults=faults, beside=_controls(rules, changed, refused)), 422
    except RulesChanged as refused:
        return _edit(rules, revision, text, faults=[str(refused)]), 409
    return redirect(onward, 303)


def _controls(shown: Rules, table: dict[str, Json], refused: RulesRefused) -> dict[str, str]:
    """What is wrong with a table, by the control in which it was typed; `shown` are the rules that had controls."""
    found: dict[str, str] = {}
    groups = {group: f"cap-{number}" for number, group in enumerate(_groups(shown), 1)}
    for path, words in refused.values.items():
        kind, *rest = path
        words = ruling.spoken(words)
        if rest and kind == "caps":
            found[f"{groups.get(str(rest[0]), 'new')}-{rest[1]}"] = words
        elif rest:
            rule = editing.rules_of(table, str(kind))[int(rest[0]) - 1]
            found[f"{rule['key']}-{rest[1]}"] = words
        else:
            found[str(kind)] = words
    return found


@bp.post("/draft/text")
@only(Role.MARKETER)
def save_text() -> ResponseReturnValue:
    """The whole as a text file, typed or brought."""
    upload = request.files.get("file")
    text, revision = request.form.get("text", ""), request.form.get("revision", 0, type=int)
    rules = _draft()[0]
    try:
        if upload and upload.filename:
            text = _text_of(upload.read(FILE_BYTES)) or text
        text = text.replace("\r\n", "\n")
        rules_journey.import_file(text, revision=revision, actor=actor(), at=clock.now())
    except RulesRefused as refused:
        return _edit(rules, revision, text, faults=refused.faults, beside={"text": _in_text(refused)}), 422
    except RulesChanged as refused:
        return _edit(rules, revision, text, faults=[str(refused)]), 409
    return redirect(url_for(".simulate", of="draft"), 303)


def _text_of(content: bytes) -> str:
    """What a file says. Raises RulesRefused for one that is no text."""
    try:
        return lists.decoded(content)
    except UploadRefused:
        told = say("This file is not saved as UTF-8. Save it as UTF-8, or paste its text.")
        raise RulesRefused([told]) from None


def _in_text(refused: RulesRefused) -> str:
    """What the text says of itself: its fault, or that there are several."""
    first, *others = refused.faults
    return say("%(number)s faults: they are listed above.", number=len(refused.faults)) if others else first


@bp.post("/draft/discard")
@only(Role.MARKETER)
def discard() -> ResponseReturnValue:
    try:
        rules_journey.discard(request.form.get("revision", 0, type=int), actor=actor(), at=clock.now())
    except RulesChanged as refused:
        return _edit(*_draft(), faults=[str(refused)]), 409
    return redirect(url_for(".overview", discarded=1), 303)


@bp.post("/draft/activate")
@only(Role.MARKETER)
def activate() -> ResponseReturnValue:
    """Put the draft in force, once everybody's entries are written."""
    wanted = request.form.get("handover", "")
    if wanted not in list(Handover):
        return _simulate(of_draft=True, refusal=say("Choose what becomes of those who would go over.")), 422
    choice, daily = Handover(wanted), _daily()
    revision = request.form.get("revision", 0, type=int)
    try:
        note = " ".join(request.form.get("note", "").split())[:500]
        rules_journey.activate(revision, choice, daily=daily, note=note, actor=actor(), at=clock.now())
    except RulesChanged as refused:
        return _simulate(of_draft=True, refusal=str(refused)), 409
    return redirect(url_for(".overview"), 303)


def _daily() -> int:
    return max(1, min(request.form.get("daily", 20, type=int), 100_000))


def _edit(
    rules: Rules,
    revision: int,
    text: str,
    *,
    faults: Sequence[str] = (),
    beside: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """The draft as forms; `beside` is what is wrong, by the control."""
    return render_template(
        "studio/scoring_draft.html",
        rules=rules,
        revision=revision,
        text=text,
        faults=faults,
        beside=beside,
        findings=rulefile.check(rules),
        choices=choices,
        fields=choices.offered().fields,
        groups=_groups(rules),
        typed=request.form,
    )


def _groups(rules: Rules) -> dict[str, int]:
    """Every group with a cap or a rule, and how many rules it has."""
    used = Counter(
        group for group in [one.group for one in rules.fit] + [one.group for one in rules.engagement] if group
    )
    return {group: used[group] for group in sorted({*rules.caps, *used})}


def _draft() -> tuple[Rules, int, str]:
    """The rules that are worked on, the revision to name, and their text; those in force where there is no draft."""
    draft = rulesets.draft()
    if draft:
        return draft.rules, draft.revision, draft.text
    version = rulesets.in_force(at=clock.now())
    return version.rules, 0, rulesets.text_of(version.number)


def _changed(rules: Rules) -> dict[str, Json]:
    """The rules with what the form says; what is no number stays a text, and is refused in words."""
    table = rule_sets.to_json(rules)
    for name in ("fit_threshold", "engagement_threshold"):
        table[name] = _typed(name)
    for axis in editing.AXES:
        for rule in list(editing.rules_of(table, axis)):
            if f"{rule['key']}-points" in request.form:
                rule["points"] = _typed(f"{rule['key']}-points")
                if rule["points"] is None:
                    editing.take_away(table, str(rule["key"]))
    caps: dict[str, Json] = {}
    for group in _groups(rules):
        is_asked = f"cap-points {group}" in request.form
        cap = _cap(f"cap-points {group}", f"cap-days {group}") if is_asked else _object(table["caps"]).get(group)
        if cap:
            caps[group] = cap
    new = " ".join(request.form.get("new-group", "").split())
    if new and (cap := _cap("new-points", "new-days")):
        caps[new] = cap
    return {**table, "caps": caps}


def _cap(points: str, days: str) -> dict[str, Json] | None:
    told = {"points": _typed(points), "days": _typed(days)}
    return {name: value for name, value in told.items() if value is not None} if told["points"] is not None else None


def _object(stored: Json) -> dict[str, Json]:
    return stored if isinstance(stored, dict) else {}


def _typed(name: str) -> Json:
    typed = request.form.get(name, "").strip()
    try:
        return int(typed)
    except ValueError:
        return typed or None


# --- proposed points --------------------------------------------------------------------------------------


@bp.get("/propose")
@only(Role.MARKETER)
def propose() -> ResponseReturnValue:
    """Points fitted from what sales answered, and how they do in later weeks."""
    return _propose()


@bp.post("/propose")
@only(Role.MARKETER)
def take_proposal() -> ResponseReturnValue:
    """Make the proposal that was shown the draft. One that is another by now is shown first, and not taken."""
    try:
        proposal = _proposed(rulesets.in_force(at=clock.now()).rules)
        if request.form.get("mark", _mark(proposal)) != _mark(proposal):
            return _propose(is_another=True), 409
        revision = request.form.get("revision", 0, type=int)
        rules_journey.draft(rule_sets.to_json(proposal.rules), revision, actor=actor(), at=clock.now())
    except (CannotFit, RulesChanged, RulesRefused) as refused:
        return _propose(str(refused)), 409
    return redirect(url_for(".simulate", of="draft"), 303)


def _proposed(in_force: Rules) -> Proposal:
    """What is proposed in place of these rules. Raises CannotFit."""
    now, answers = clock.now(), simulation.answers()
    fit = partial(proposals.propose, in_force, at=now)
    return shelf(Proposal).of(in_force, fit, signs=answers, at=now, within=FRESH)


def _mark(proposal: Proposal) -> str:
    return marks.of(rule_sets.to_json(proposal.rules))


def _propose(refusal: str = "", *, is_another: bool = False) -> str:
    in_force, proposal = rulesets.in_force(at=clock.now()).rules, None
    try:
        proposal = None if refusal else _proposed(in_force)
    except CannotFit as refused:
        refusal = str(refused)
    return render_template(
        "studio/scoring_propose.html",
        proposal=proposal,
        mark=_mark(proposal) if proposal else "",
        is_another=is_another,
        refusal=refusal,
        revision=_draft()[1],
        changes=rulewords.difference(in_force, proposal.rules) if proposal else [],
    )


# --- the simulator ----------------------------------------------------------------------------------------


@bp.get("/simulate")
@only(Role.MARKETER)
def simulate() -> ResponseReturnValue:
    return _simulate(of_draft=request.args.get("of") == "draft", within=None if "anew" in request.args else FRESH)


def _simulate(*, of_draft: bool, within: timedelta | None = FRESH, refusal: str = "") -> str:
    tried = simulating.tried(request.args, of_draft=of_draft)
    done, draft = tried.play(within=within), tried.draft
    return render_template(
        "studio/scoring_simulate.html",
        done=done,
        entering=simulation.people(done.entering),
        leaving=simulation.people(done.leaving),
        tried=tried,
        rules=tried.rules,
        draft=draft,
        is_tried=tried.rules != tried.start,
        drafted_by=staff.names().get(draft.changed_by, "") if draft else "",
        changes=rulewords.difference(tried.in_force, tried.rules),
        curve=simulating.curve(done, tried.in_force),
        meant=simulating.MEANT,
        most_points=rulefile.MOST_POINTS,
        choices=gate.WORDS,
        outlooks={choice: gate.outlook(choice, done.waiting, daily=_daily()) for choice in Handover},
        queue=gate.queue() if draft else None,
        daily=_daily(),
        refusal=refusal,
    )


@bp.post("/strike/<public_id>/<int(signed=True):entry_id>")
@only(Role.MARKETER)
def strike(public_id: str, entry_id: int) -> ResponseReturnValue:
    """A person takes an entry of a lead's score back, with a reason."""
    because = " ".join(request.form.get("because", "").split())[:300]
    person = me()
    if because and person:
        rules_journey.strike(public_id, entry_id, because, name=person.name, actor=actor(), at=clock.now())
    return redirect(url_for("studio.lead", public_id=public_id, struck="1" if because else "no", _anchor="score"), 303)


@bp.post("/judge/<public_id>/<int(max=9223372036854775807):event_id>")
@only(Role.MARKETER)
def judge(public_id: str, event_id: int) -> ResponseReturnValue:
    """A person says of something that was done whether a machine or a person did it, with a reason."""
    because, verdict = " ".join(request.form.get("because", "").split())[:300], request.form.get("verdict", "")
    person, is_told = me(), because and verdict in (Verdict.HUMAN, Verdict.MACHINE)
    if person and is_told:
        judging.judge(
            public_id,
            event_id,
            Verdict(verdict),
            because,
            name=person.name,
            settings=settings(),
            actor=actor(),
            at=clock.now(),
        )
    before, judged = request.form.get("before") or None, "1" if is_told else "no"
    return redirect(url_for("studio.lead", public_id=public_id, before=before, judged=judged, _anchor="timeline"), 303)
