"""The list of leads in the studio: searched, filtered, kept as a view, taken out as a file."""

import json
from collections.abc import Mapping
from datetime import date
from itertools import chain
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue

from capture import clock
from capture.accounts import staff
from capture.accounts.models import Role
from capture.attribution import campaigns, kept_links
from capture.errors import ParameterRefused
from capture.handoff import reasons, spreadsheet
from capture.journey import privacy, reporting
from capture.journey import staff as staff_journey
from capture.languages import say
from capture.leads import imports
from capture.pages import pages
from capture.reports import answers, behind, finding, saved
from capture.reports.behind import Counted
from capture.reports.finding import Handed, Order, Place, Sought
from capture.web.current import settings
from capture.web.studio.access import actor, only
from capture.web.studio.separating import separator

bp = Blueprint("leads", __name__, url_prefix="/studio")

FILTERS = (
    *("q", "channel", "source", "campaign", "filled", "link", "handed", "since", "until", "counted", "order"),
    *("owner", "reason", "rule", "list"),
)


@bp.get("/leads")
@only(Role.MARKETER)
def listing() -> ResponseReturnValue:
    return _listing(request.args)


@bp.post("/leads/views")
@only(Role.MARKETER)
def save_view() -> ResponseReturnValue:
    """Keep what the list is filtered by, under a name, for the whole team."""
    given = _given(request.form)
    try:
        reporting.save_view(request.form.get("name", ""), given, actor=actor(), at=clock.now())
    except ParameterRefused as refusal:
        return _listing(request.form, str(refusal), "name"), 422
    kept = " ".join(request.form.get("name", "").split())
    return redirect(f"{url_for('.listing')}?{urlencode({**given, 'kept': kept})}", 303)


@bp.post("/leads/views/<view_id>/remove")
@only(Role.MARKETER)
def remove_view(view_id: str) -> ResponseReturnValue:
    """It goes at once; the list says so, and brings it back."""
    gone = reporting.remove_view(view_id, actor=actor(), at=clock.now())
    return redirect(f"{url_for('.listing')}?{urlencode({**gone.sought, 'removed': gone.name})}", 303)


@bp.post("/leads.csv")
@only(Role.MARKETER)
def export() -> ResponseReturnValue:
    """These leads as a file for spreadsheets: nothing in it can run there. Noted in the audit log."""
    sought = _sought(request.form)
    total = finding.count(sought, zone=settings().zone)
    staff_journey.note_export("leads", actor=actor(), rows=total, at=clock.now())
    rows = chain([finding.COLUMNS], finding.export(sought, zone=settings().zone))
    answer = Response(stream_with_context(spreadsheet.csv_of(rows, separator())), mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="leads.csv"'
    return answer


@bp.post("/leads/<public_id>/data.json")
@only(Role.MARKETER)
def data(public_id: str) -> ResponseReturnValue:
    """All that is held of one person, to be given to him. Noted in the audit log."""
    told = privacy.give_data(public_id, actor=actor(), at=clock.now())
    answer = Response(json.dumps(told, indent=2, ensure_ascii=False), mimetype="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="person-{public_id}.json"'
    return answer


@bp.post("/leads/<public_id>/erase")
@only()
def erase(public_id: str) -> ResponseReturnValue:
    """Erase one person, for good: an admin's, since nobody can take it back and sales loses what it works on."""
    done = privacy.erase(public_id, actor=actor(), at=clock.now())
    return redirect(url_for(".listing", erased=done.mqls), 303)


def _listing(given: Mapping[str, str], refusal: str = "", faulty: str = "") -> str:
    sought = _sought(given)
    return render_template(
        "studio/leads.html",
        leads=finding.listing(sought, zone=settings().zone, place=_place(request.args), at=clock.now()),
        sought=sought,
        given=_given(given),
        channels=finding.channels(),
        pages=[slug for _, slug in pages.slugs(at=clock.now())],
        campaigns=[one.name for one in campaigns.listed()],
        views=saved.listed(),
        by_link=kept_links.name_of(sought.link) if sought.link else "",
        by_list=imports.name_of(sought.brought) if sought.brought else "",
        words=behind.WORDS,
        more=_more(sought),
        total=behind.total(sought.behind, settings().zone) if sought.behind else None,
        refusal=refusal,
        faulty=faulty,
    )


def _more(sought: Sought) -> list[str]:
    """What is asked besides of MQLs, in words."""
    if sought.counted is None or sought.counted in behind.OF_LEADS:
        return []
    known, rules = reasons.listed(), answers.rule_words(at=clock.now()) if sought.rule else {}
    why = known[sought.reason].label if sought.reason in known else sought.reason
    told: list[str] = [say("with the reason “%(reason)s”", reason=why)] if sought.reason else []
    if sought.rule:
        told.append(say("with points of the rule “%(rule)s”", rule=rules.get(sought.rule, sought.rule)))
    if sought.owner:
        name = staff.names().get(sought.owner)
        told.append(say("that %(name)s has now", name=name) if name else say("that nobody has now"))
    return told


def _given(values: Mapping[str, str]) -> dict[str, str]:
    """The filters that say something, as an address carries them."""
    told = {name: values.get(name, "").replace("\x00", "")[:200] for name in FILTERS}
    return {name: value for name, value in told.items() if value}


def _sought(values: Mapping[str, str]) -> Sought:
    """The filters as values; what cannot be read does not filter."""
    told = _given(values)
    handed = told.get("handed", "")
    return Sought(
        text=told.get("q", ""),
        channel=told.get("channel", ""),
        source=told.get("source", ""),
        campaign=told.get("campaign", ""),
        page=told.get("filled", ""),
        link=told.get("link", ""),
        brought=told.get("list", ""),
        owner=told.get("owner", ""),
        reason=told.get("reason", ""),
        rule=told.get("rule", ""),
        handed=Handed(handed) if handed in list(Handed) else None,
        since=_day(told.get("since", "")),
        until=_day(told.get("until", "")),
        counted=Counted(told["counted"]) if told.get("counted") in list(Counted) else None,
        order=Order(told["order"]) if told.get("order") in list(Order) else None,
    )


def _place(values: Mapping[str, str]) -> Place:
    """Where the list goes on, as its links say."""
    number = values.get("page", "")
    return Place(
        behind=values.get("behind", "")[:22],
        before=values.get("before", "")[:22],
        number=max(1, int(number[:3])) if number.isascii() and number.isdigit() else 1,
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
