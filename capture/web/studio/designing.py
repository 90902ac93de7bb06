"""The sections of a page, put in order; and the brand's logo."""

from collections.abc import Sequence

from flask import abort, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from capture.accounts.models import Role
from capture.catalogue import parcels
from capture.errors import DraftChanged, UploadRefused
from capture.journey import drafting
from capture.journey.drafting import ADDED, Step, removal
from capture.languages import kept
from capture.pages import screens, sheets
from capture.pages.definition import Section
from capture.web import colour
from capture.web.language import told
from capture.web.studio import desk
from capture.web.studio.access import only
from capture.web.studio.desk import Desk
from capture.web.studio.editing import bp as bp
from capture.web.studio.editing import refuse_on_sheet

STAYING = (Section.HERO, Section.FORM)
ORDERED = Step(kept("Order of the sections"))


@bp.get("/<draft>/sections")
@only(Role.MARKETER)
def sections(draft: str) -> ResponseReturnValue:
    here = desk.desk(draft)
    if here.table is None:
        return redirect(url_for(".text", draft=draft, path=parcels.DEFINITION), 303)
    return render_template("studio/draft_sections.html", **_shown(here))


@bp.post("/<draft>/sections")
@only(Role.MARKETER)
def order_sections(draft: str) -> ResponseReturnValue:
    """The sections as they were dragged, unless somebody else has moved some meanwhile."""
    here, wanted = desk.desk(draft), request.form.get("order", "").split(",")
    before = _order(here)
    if here.table is None or sorted(wanted) != sorted(before):
        abort(409)
    if request.form.get("mark") != _mark(before):
        refusal = DraftChanged(here.draft.changed_by, here.draft.changed_at)
        return desk.clash("studio/draft_sections.html", refusal, **_shown(here))
    _keep(here, [Section(name) for name in wanted], ORDERED)
    return desk.saved(url_for(".sections", draft=draft), _mark([Section(name) for name in wanted]))


@bp.post("/<draft>/sections/<name>/<any(up, down, remove, add):move>")
@only(Role.MARKETER)
def move_section(draft: str, name: str, move: str) -> ResponseReturnValue:
    """One step, out, or in again at the end; what has to stay stays."""
    here = desk.desk(draft)
    if here.table is None or name not in _possible(here):
        abort(404)
    order, section, step = _order(here), Section(name), ORDERED
    words = screens.SECTION_WORDS[section][0]
    if move == "add" and section not in order:
        order.append(section)
        step = Step(ADDED % {"what": words}, apart=True)
    elif move == "remove" and section in order and section not in STAYING:
        order.remove(section)
        step = removal(words)
    elif move in ("up", "down") and section in order and section is not Section.HERO:
        at = order.index(section)
        to = min(max(at + (1 if move == "down" else -1), 1), len(order) - 1)
        order.insert(to, order.pop(at))
    _keep(here, order, step)
    place = url_for(".sections", draft=draft)
    return redirect(place if move == "remove" else f"{place}#section-{name}", 303)


def _shown(here: Desk) -> dict[str, object]:
    order = _order(here)
    rest = [section for section in _possible(here) if section not in order]
    return {
        "draft": here.draft,
        "order": order,
        "rest": rest,
        "words": screens.SECTION_WORDS,
        "sources": {section: _source(here, section) for section in screens.SECTION_SOURCES},
        "mark": _mark(order),
    }


def _source(here: Desk, section: Section) -> tuple[str, bool]:
    """Where the words of a section are written, and whether there are any."""
    screen, places = screens.SECTION_SOURCES[section]
    address = url_for(".sheet", draft=here.draft.public_id, screen=screen, _anchor="-".join(places[0]))
    tables = here.table or {}
    found = [table.get(key) for name, key in places if isinstance(table := tables.get(name), dict)]
    return address, any(found)


def _order(here: Desk) -> list[Section]:
    """As magnet.toml has it, with what every page has; all of them where it says nothing."""
    named = sheets.read(screens.SECTIONS, here.table or {})["page-sections"]
    possible = _possible(here)
    listed = [Section(name) for name in named if name in possible] if isinstance(named, tuple) else []
    if not listed:
        return possible
    return list(dict.fromkeys([Section.HERO, *listed, Section.FORM]))


def _possible(here: Desk) -> list[Section]:
    return screens.possible_sections(here.draft.kind)


def _mark(order: Sequence[Section]) -> str:
    return sheets.mark({"page-sections": tuple(section.value for section in order)})


def _keep(here: Desk, order: Sequence[Section], step: Step) -> None:
    named = () if list(order) == _possible(here) else tuple(section.value for section in order)
    values: sheets.Values = {"page-sections": named}
    drafting.save_sheet(here.draft, screens.SECTIONS, values, desk.scribe(), step)


# --- the brand ----------------------------------------------------------------------------------------


@bp.post("/<draft>/logo")
@only(Role.MARKETER)
def set_logo(draft: str) -> ResponseReturnValue:
    """The uploaded picture is the logo; without one, the page shows the brand's name again."""
    here, upload = desk.desk(draft), request.files.get("logo")
    if here.table is None:
        abort(409)
    try:
        content = upload.read() if upload else b""
        drafting.set_logo(here.draft, upload.filename or "" if upload else "", content, desk.scribe())
    except (DraftChanged, UploadRefused) as refusal:
        return refuse_on_sheet(here, "design", refusal, "logo")
    return redirect(url_for(".sheet", draft=draft, screen="design", saved=1), 303)


@bp.post("/<draft>/brand")
@only(Role.MARKETER)
def take_brand(draft: str) -> ResponseReturnValue:
    """What the brand of the installation says is what the draft says."""
    here = desk.desk(draft)
    if here.table is None:
        abort(409)
    try:
        drafting.take_brand(here.draft, desk.scribe())
    except DraftChanged as refusal:
        return refuse_on_sheet(here, "design", refusal)
    return redirect(url_for(".sheet", draft=draft, screen="design", saved=1), 303)


@bp.get("/colour/<digits>")
@only(Role.MARKETER)
def judge_colour(digits: str) -> ResponseReturnValue:
    """What to know about a colour while it is being picked."""
    verdict = colour.verdict(digits) or abort(404)
    return jsonify(ratio=verdict.on_white, said=f"{told(verdict.sentence)} {told(verdict.in_use)}")
