"""Lists of people from elsewhere in the studio: looked at, described, imported, let go to sales, taken back."""

from datetime import date
from itertools import chain

from flask import Blueprint, Response, redirect, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue

from capture import clock
from capture.accounts import staff
from capture.accounts.models import Role
from capture.attribution import campaigns
from capture.errors import DraftChanged, MoreThanSeen, ParameterRefused, UploadRefused
from capture.handoff import gate, spreadsheet
from capture.handoff.gate import Handover
from capture.journey import importing
from capture.journey import staff as staff_journey
from capture.languages import say
from capture.leads import imports, lists
from capture.leads.imports import Said
from capture.leads.models import ImportState, LeadImport
from capture.pages.screens import LEAD_WORDS
from capture.scoring import rulesets
from capture.web import current
from capture.web.studio import desk
from capture.web.studio.access import actor, only
from capture.web.studio.separating import separator

bp = Blueprint("imports", __name__, url_prefix="/studio/imports")

TEMPLATE = "studio/import.html"
PAGE_SIZE = 20
WORDS = {
    lists.IGNORED: say("Leave out"),
    lists.EMAIL: say("E-mail"),
    **LEAD_WORDS,
    lists.NOTE: say("Note"),
    lists.WARMTH: say("Hot or warm"),
}


@bp.get("/")
@only(Role.MARKETER)
def listing() -> ResponseReturnValue:
    return _listing()


@bp.post("/")
@only(Role.MARKETER)
def look_at() -> ResponseReturnValue:
    """Bring a file; nobody is a lead by it yet."""
    upload = request.files.get("file")
    given = upload.read() if upload and upload.filename else b""
    if upload is None or not given:
        return _listing(say("Choose the file."), "file"), 422
    try:
        looked = importing.look_at(upload.filename or "", given, actor=actor(), at=clock.now())
    except UploadRefused as refusal:
        return _listing(str(refusal), "file"), 422
    return redirect(url_for(".one", import_id=looked.import_id), 303)


@bp.get("/<import_id>")
@only(Role.MARKETER)
def one(import_id: str) -> ResponseReturnValue:
    return render_template(TEMPLATE, **_shown(imports.by_public_id(import_id)))


@bp.post("/<import_id>")
@only(Role.MARKETER)
def describe(import_id: str) -> ResponseReturnValue:
    """Keep what was said of the list and look again; by the other button, import it."""
    imported = imports.by_public_id(import_id)
    given = request.form
    said = Said(
        mapping=[given.get(f"column-{number}", "") for number in range(1, len(imported.headers) + 1)],
        campaign=given.get("campaign", ""),
        met_on=_day(given.get("met_on", "")),
        basis=given.get("basis", ""),
        wording=given.get("wording", ""),
    )
    is_all = "begin" in given
    typed = {
        "said": said,
        "columns": list(zip(imported.headers, said.mapping, strict=True)),
        "left_out": lists.left_out(imported.headers, said.mapping),
    }
    try:
        importing.describe(import_id, said, seen=given.get("mark", ""), is_all=is_all, actor=actor(), at=clock.now())
        if is_all:
            importing.begin(import_id, actor=actor(), at=clock.now())
    except DraftChanged as refusal:
        return desk.clash(TEMPLATE, refusal, there=_told(imported), **_shown(imported, **typed))
    except (ParameterRefused, UploadRefused) as refusal:
        shown = _shown(imports.by_public_id(import_id), **typed, **desk.all_wrong(refusal))
        return render_template(TEMPLATE, **shown), 422
    return redirect(url_for(".one", import_id=import_id), 303)


@bp.post("/<import_id>/release")
@only(Role.MARKETER)
def release(import_id: str) -> ResponseReturnValue:
    """Let those who qualify go to sales."""
    wanted = request.form.get("choice", "")
    if wanted not in gate.OF_A_LIST:
        refusal = say("Choose who goes to sales.")
        return render_template(TEMPLATE, **_shown(imports.by_public_id(import_id), refusal=refusal)), 422
    choice = Handover.TRANCHES if wanted == gate.ALL else Handover(wanted)
    daily = None if wanted == gate.ALL else _daily()
    seen = request.form.get("seen", type=int)
    try:
        importing.release(import_id, choice, daily=daily, seen=seen, actor=actor(), at=clock.now())
    except MoreThanSeen as refusal:
        shown = _shown(imports.by_public_id(import_id), refusal=str(refusal))
        return render_template(TEMPLATE, **shown), 409
    except ParameterRefused as refusal:
        shown = _shown(imports.by_public_id(import_id), **desk.wrong(refusal))
        return render_template(TEMPLATE, **shown), 422
    return redirect(url_for(".one", import_id=import_id), 303)


@bp.post("/<import_id>/undo")
@only(Role.MARKETER)
def undo(import_id: str) -> ResponseReturnValue:
    was_only_looked_at = imports.by_public_id(import_id).state is ImportState.LOOKED_AT
    importing.take_back(import_id, actor=actor(), at=clock.now())
    return redirect(url_for(".one", import_id=import_id, thrown=1 if was_only_looked_at else None), 303)


@bp.post("/<import_id>/refused.csv")
@only(Role.MARKETER)
def refused(import_id: str) -> ResponseReturnValue:
    """The rows of which nothing was made, with the reason behind each: mended, they can be brought again."""
    imported = imports.by_public_id(import_id)
    staff_journey.note_export(f"import:{import_id}", actor=actor(), rows=imported.refused, at=clock.now())
    rows = chain([[*map(str, imported.headers), "Reason"]], imports.refused(imported))
    answer = Response(stream_with_context(spreadsheet.csv_of(rows, separator())), mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="refused.csv"'
    return answer


def _listing(refusal: str = "", faulty: str = "") -> str:
    number = max(1, min(request.args.get("page", 1, type=int), 1_000_000))
    found = imports.newest(number=number, size=PAGE_SIZE)
    return render_template(
        "studio/imports.html",
        imports=found[:PAGE_SIZE],
        number=number,
        has_older=len(found) > PAGE_SIZE,
        names=staff.names(),
        refusal=refusal,
        faulty=faulty,
        most=lists.MOST_ROWS,
    )


def _told(imported: LeadImport) -> list[tuple[str, str]]:
    """What is said of a list now, in the words of its screen."""
    agreed = imports.BASES[imported.basis].words if imported.basis else ""
    columns = [
        (header, WORDS.get(meaning, meaning))
        for header, meaning in zip(imported.headers, imported.mapping, strict=True)
    ]
    return [
        (say("Campaign or event"), imported.campaign),
        (say("Met on"), str(imported.met_on or "")),
        (say("What did they agree to?"), agreed),
        (say("The words that they agreed to"), imported.wording),
        *columns,
    ]


def _shown(imported: LeadImport, **given: object) -> dict[str, object]:
    is_open = imported.state is ImportState.LOOKED_AT
    return {
        "imported": imported,
        "said": imported,
        "mark": imports.mark(imported),
        "preview": importing.foreseen(imported, current.settings(), at=clock.now()) if is_open else None,
        "columns": list(zip(imported.headers, imported.mapping, strict=True)),
        "left_out": lists.left_out(imported.headers, imported.mapping),
        "words": WORDS,
        "bases": imports.BASES,
        "campaigns": campaigns.listed() if is_open else [],
        **_releasing(imported),
        "today": clock.now().date(),
        **given,
    }


def _releasing(imported: LeadImport) -> dict[str, object]:
    """How many of a list would go over if it were let go, and what each choice would make of them."""
    is_to_go = imported.state is ImportState.DONE and imported.release in ("", Handover.NONE)
    at, daily = clock.now(), _daily()
    over = len(gate.waiting_of(imported, rulesets.in_force(at=at), at=at)) if is_to_go else 0
    choices = gate.OF_A_LIST if over else gate.LATER
    outlooks = {choice: gate.outlook(choice, over, daily=daily) for choice in choices}
    return {
        "over": over,
        "choices": choices,
        "outlooks": outlooks,
        "daily": daily,
        "queue": gate.queue() if over else None,
    }


def _daily() -> int:
    return max(1, min(request.form.get("daily", 20, type=int), 10_000))


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None
