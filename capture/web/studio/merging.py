"""Two leads that may be one person: who it may be, both side by side, merged with one press, and parted again."""

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from capture import clock
from capture.accounts.models import Role
from capture.errors import MergeRefused
from capture.journey import merging
from capture.leads import leads
from capture.leads.models import Lead
from capture.reports import lookalikes
from capture.web.current import settings
from capture.web.studio.access import actor, only

bp = Blueprint("merging", __name__, url_prefix="/studio/leads")


@bp.get("/<public_id>/merge")
@only(Role.MARKETER)
def proposals(public_id: str) -> ResponseReturnValue:
    """Who may be the same person as this lead, and a search for somebody else."""
    lead = _living(public_id)
    text = request.args.get("q", "").replace("\x00", "")[:200]
    found = lookalikes.named(lead, text) if text else lookalikes.of(lead)
    return render_template("studio/merge_with.html", lead=lead, found=found, text=text)


@bp.get("/<public_id>/merge/<other_id>")
@only(Role.MARKETER)
def comparison(public_id: str, other_id: str) -> ResponseReturnValue:
    return _comparison(public_id, other_id)


@bp.post("/<public_id>/merge/<other_id>")
@only(Role.MARKETER)
def merge(public_id: str, other_id: str) -> ResponseReturnValue:
    """The other one becomes this one."""
    note, at = request.form.get("note", ""), clock.now()
    try:
        merging.merge(public_id, other_id, note=note, settings=settings(), actor=actor(), at=at)
    except MergeRefused as refusal:
        return _comparison(public_id, other_id, str(refusal)), 422
    return redirect(url_for("studio.lead", public_id=public_id, merged="1", _anchor="merges"), 303)


@bp.post("/<public_id>/merges/<merge_id>/undo")
@only(Role.MARKETER)
def part(public_id: str, merge_id: str) -> ResponseReturnValue:
    """Make two of them again; where that is too late the lead's screen says so."""
    try:
        merging.part(merge_id, actor=actor(), at=clock.now())
    except MergeRefused:
        return redirect(url_for("studio.lead", public_id=public_id, _anchor="merges"), 303)
    return redirect(url_for("studio.lead", public_id=public_id, parted="1"), 303)


def _comparison(public_id: str, other_id: str, refusal: str = "") -> str:
    kept, merged = _living(public_id), _living(other_id)
    return render_template(
        "studio/merge.html",
        pair=lookalikes.pair(kept, merged, zone=settings().zone, at=clock.now()),
        refusal=refusal,
        note=request.form.get("note", ""),
        longest=merging.LONGEST_NOTE,
    )


def _living(public_id: str) -> Lead:
    lead = leads.by_public_id(public_id)
    if lead is None or lead.erased_at is not None:
        abort(404)
    return lead if lead.merged_into_id is None else leads.by_id(lead.merged_into_id)
