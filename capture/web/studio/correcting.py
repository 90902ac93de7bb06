"""What is known of a lead, put right by somebody of the house."""

from collections.abc import Mapping
from types import MappingProxyType

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from capture import clock
from capture.accounts.models import Role
from capture.errors import DraftChanged, Faults, UploadRefused
from capture.handoff import mqls, returning
from capture.journey import correcting
from capture.leads import leads, values
from capture.leads.models import Lead
from capture.pages import countries
from capture.pages.fields import Field, FieldKind, clean
from capture.scoring.choices import OWN
from capture.web import language
from capture.web.current import settings
from capture.web.studio import desk
from capture.web.studio.access import actor, me, only

bp = Blueprint("correcting", __name__, url_prefix="/studio/leads")

KINDS: Mapping[str, FieldKind] = MappingProxyType(
    {
        "first_name": FieldKind.TEXT,
        "last_name": FieldKind.TEXT,
        "name": FieldKind.TEXT,
        "company": FieldKind.TEXT,
        "job_title": FieldKind.TEXT,
        "phone": FieldKind.PHONE,
        "country": FieldKind.COUNTRY,
        "company_size": FieldKind.TEXT,
        "website": FieldKind.URL,
    }
)


@bp.get("/<public_id>/correct")
@only(Role.MARKETER, Role.SALES)
def form(public_id: str) -> ResponseReturnValue:
    """What is known now, to be put right; sales corrects whom it was given."""
    lead = _living(public_id)
    return _form(lead, {key: getattr(lead, key) for key in _asked(lead)})


@bp.post("/<public_id>/correct")
@only(Role.MARKETER, Role.SALES)
def correct(public_id: str) -> ResponseReturnValue:
    """What was typed takes the place of what stood."""
    lead = _living(public_id)
    typed = {key: request.form[key] for key in _asked(lead) if key in request.form}
    at, seen = clock.now(), request.form.get("mark", "")
    try:
        told = _cleaned(typed)
        is_new = correcting.correct(lead.public_id, told, seen=seen, settings=settings(), actor=actor(), at=at)
    except DraftChanged as refusal:
        there = [(OWN[key], getattr(lead, key)) for key in typed]
        return desk.clash("studio/correct.html", refusal, **_shown(lead, typed), there=there)
    except UploadRefused as refusal:
        return _form(lead, typed, **desk.all_wrong(refusal)), 422
    done = "1" if is_new else None
    return redirect(url_for("studio.lead", public_id=lead.public_id, corrected=done, _anchor="person"), 303)


def _cleaned(typed: Mapping[str, str]) -> dict[str, str]:
    """What was typed, as a form would keep it. Raises UploadRefused, naming all that is to be mended."""
    faults, told = Faults(), {}
    region = typed.get("country") or settings().phone_region
    for key, text in typed.items():
        found = clean(Field(key, KINDS[key], str(OWN[key])), [text], region=region, language=language.current().tag)
        if found.problem:
            faults.note(UploadRefused(found.problem, key))
        told[key] = str(found.value or "")
    faults.refuse()
    return told


def _form(lead: Lead, typed: Mapping[str, str], **more: object) -> str:
    return render_template("studio/correct.html", **_shown(lead, typed), **more)


def _shown(lead: Lead, typed: Mapping[str, str]) -> dict[str, object]:
    return {
        "lead": lead,
        "typed": typed,
        "words": OWN,
        "countries": countries.names(language.current().tag),
        "mark": values.mark(lead),
        "wrong": returning.complaint(lead.id),
    }


def _asked(lead: Lead) -> list[str]:
    """The name is asked for as it is known: whole, or in its parts."""
    without = ("first_name", "last_name") if lead.name else ("name",)
    return [key for key in KINDS if key not in without]


def _living(public_id: str) -> Lead:
    lead = leads.by_public_id(public_id)
    lead = leads.now_of(lead.id) if lead else None
    person = me()
    if lead is None or lead.erased_at is not None or person is None:
        abort(404)
    if not person.is_marketer and mqls.newest_of(lead.id) is None:
        abort(404)
    return lead
