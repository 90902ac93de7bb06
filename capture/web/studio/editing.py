"""The screens on which a draft is written: its texts, its page, its form, its design and its settings."""

from collections.abc import Callable, Mapping, Sequence
from typing import cast

from flask import abort, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from capture import clock
from capture.accounts import staff
from capture.accounts.models import Role
from capture.catalogue import chapters, comparing, documents, drafts, magnets, parcels, proposals
from capture.catalogue.chapters import Contents
from capture.catalogue.models import Draft, MagnetKind
from capture.errors import DraftChanged, Refusal, UploadRefused
from capture.journey import drafting, marketer
from capture.journey.drafting import ADDED, Step, removal
from capture.languages import kept, say
from capture.pages import awaiting, brand, parts, screens, sheets
from capture.pages.fields import Ask, FieldKind
from capture.pages.sheets import Path, Sheet
from capture.web import colour, current
from capture.web.studio import desk, trying
from capture.web.studio.access import only
from capture.web.studio.desk import Desk
from capture.web.studio.drafts import bp as bp
from capture.webinars import registrations, sessions
from capture.webinars.models import SessionStatus
from magnets.editor import LOGOS

SCREENS: Mapping[str, tuple[str, Sheet]] = {
    "page": (say("Page"), screens.PAGE),
    "event": (say("Event"), screens.EVENT),
    "design": (say("Design"), screens.DESIGN),
    "settings": (say("Settings"), screens.SETTINGS),
}

VISITS = ((1, say("1st visit")), (2, say("2nd")), (3, say("3rd")))
"""What a form asks of somebody who fills it again and again, as its preview shows it."""

ANOTHER_KIND = kept("Another kind: %(what)s")

# --- texts --------------------------------------------------------------------------------------------


@bp.get("/<draft>/")
@bp.get("/<draft>/text/<path:path>")
@only(Role.MARKETER)
def text(draft: str, path: str = "") -> ResponseReturnValue:
    found = desk.find(draft)
    inside = chapters.contents(current.settings(), found.files)
    if found.kind is MagnetKind.FILE and not path:
        return render_template("studio/draft_document.html", **_document(found, inside))
    path = path or next((line.path for line in inside.chapters), parcels.DEFINITION)
    if path not in found.files or not path.lower().endswith(parcels.TEXTS):
        abort(404)
    typed = _read(found.files, path)
    return render_template(
        "studio/draft_text.html",
        draft=found,
        path=path,
        typed=typed,
        mark=found.files[path],
        left_out=request.args.get("left", 0, type=int),
        line=request.args.get("line", 0, type=int),
        **_shown_with(inside),
    )


def _document(draft: Draft, inside: Contents) -> dict[str, object]:
    size = documents.store(current.settings()).size(draft.files[inside.pdf]) if inside.pdf else 0
    return {"draft": draft, "inside": inside, "size": size}


@bp.post("/<draft>/pdf")
@only(Role.MARKETER)
def replace_pdf(draft: str) -> ResponseReturnValue:
    """Another finished PDF; it may be large, and is streamed into the store."""
    found = desk.find(draft)
    if found.kind is not MagnetKind.FILE:
        abort(404)
    try:
        drafting.replace_pdf(found, *desk.sent("file"), desk.scribe())
    except UploadRefused as refusal:
        inside = chapters.contents(current.settings(), found.files)
        return desk.refused(str(refusal), "studio/draft_document.html", faulty="pdf", **_document(found, inside))
    return redirect(url_for(".text", draft=draft, saved=1), 303)


@bp.post("/<draft>/text/<path:path>")
@only(Role.MARKETER)
def save_text(draft: str, path: str) -> ResponseReturnValue:
    found, typed = desk.find(draft), request.form.get("text", "")
    if path not in found.files:
        abort(404)
    values = {"draft": found, "path": path, "typed": typed, "mark": found.files[path]}
    try:
        mark = drafting.save_text(found, path, typed, request.form.get("mark", ""), desk.scribe())
    except DraftChanged as refusal:
        theirs = _read(found.files, path)
        return desk.clash("studio/draft_text.html", refusal, theirs=theirs, **values, **_chapters(found))
    except UploadRefused as refusal:
        return desk.refused(str(refusal), "studio/draft_text.html", faulty="text", **values, **_chapters(found))
    return desk.saved(url_for(".text", draft=draft, path=path), mark)


@bp.post("/<draft>/chapters")
@only(Role.MARKETER)
def add_chapter(draft: str) -> ResponseReturnValue:
    found = desk.find(draft)
    title = " ".join(request.form.get("title", "").split())[:90] or "New chapter"
    path = chapters.next_path(found.files, proposals.slug_of(title))
    drafting.save_text(found, path, f"# {title}\n", None, desk.scribe())
    return redirect(url_for(".text", draft=draft, path=path), 303)


@bp.post("/<draft>/chapters/order")
@only(Role.MARKETER)
def order_chapters(draft: str) -> ResponseReturnValue:
    """The chapters as they were dragged, or one of them a step up or down, unless somebody moved some meanwhile."""
    found, shown = desk.find(draft), request.form.get("shown", "")
    order = [line.path for line in chapters.contents(current.settings(), found.files).chapters]
    move, _, path = request.form.get("move", "").partition(" ")
    wanted = order if move else request.form.get("order", "").split(",")
    if path in order and move in ("up", "down"):
        at = order.index(path)
        wanted = [*order[:at], *order[at + 1 :]]
        wanted.insert(max(at - 1, 0) if move == "up" else at + 1, path)
    if not order or sorted(wanted) != sorted(order) or request.form.get("seen") != _seen(order):
        return _text_refused(draft, say("Somebody else changed the chapters meanwhile. They stand as they are now."))
    try:
        drafting.order_chapters(found, wanted, desk.scribe())
    except DraftChanged as refusal:
        return _text_refused(draft, str(refusal))
    return redirect(url_for(".text", draft=draft, path=shown if shown in found.files else order[0]), 303)


def _chapters(draft: Draft) -> dict[str, object]:
    return _shown_with(chapters.contents(current.settings(), draft.files))


def _shown_with(inside: Contents) -> dict[str, object]:
    """What stands in a draft, and the mark of its order."""
    return {"inside": inside, "seen": _seen([line.path for line in inside.chapters])}


def _seen(order: Sequence[str]) -> str:
    """The mark of the chapters in their order, for whoever moves one."""
    return sheets.mark({"order": tuple(order)})


@bp.post("/<draft>/files")
@only(Role.MARKETER)
def add_files(draft: str) -> ResponseReturnValue:
    """Pictures go into pictures/, chapters into chapters/."""
    found = desk.find(draft)
    contents = {}
    for upload in request.files.getlist("files"):
        name = (upload.filename or "").replace("\\", "/").rpartition("/")[2]
        if name:
            contents[("chapters/" if name.lower().endswith(".md") else "pictures/") + name] = upload.read()
    try:
        drafting.add_files(found, contents, desk.scribe())
    except UploadRefused as refusal:
        return _text_refused(draft, str(refusal), "add-files")
    return redirect(url_for(".text", draft=draft, saved=1), 303)


@bp.post("/<draft>/pictures/<path:path>")
@only(Role.MARKETER)
def add_picture(draft: str, path: str) -> ResponseReturnValue:
    """A picture with what it shows, for a chapter: a script sets it into the text, otherwise it comes at its end."""
    found, upload = desk.find(draft), request.files.get("picture")
    if path not in found.files or upload is None:
        abort(404)
    alt = " ".join(request.form.get("alt", "").split())
    try:
        text = drafting.add_picture(found, upload.filename or "", upload.read(), alt, desk.scribe())
        if desk.wants_json():
            return jsonify(text=text)
        typed = f"{_read(found.files, path).rstrip()}\n\n{text}\n"
        drafting.save_text(desk.find(draft), path, typed, found.files[path], desk.scribe())
    except (DraftChanged, UploadRefused) as refusal:
        return _text_refused(draft, str(refusal), "picture")
    return redirect(url_for(".text", draft=draft, path=path, saved=1), 303)


@bp.post("/<draft>/files/remove")
@only(Role.MARKETER)
def remove_file(draft: str) -> ResponseReturnValue:
    """Take a file out, and lead back to where that was asked; from a chapter that is gone, to the one in its place."""
    found, path, at = desk.find(draft), request.form.get("path", ""), request.form.get("at", "")
    listed = [line.path for line in chapters.contents(current.settings(), found.files).chapters]
    drafting.remove_file(found, path, desk.scribe())
    if path in listed:
        number = listed.index(path)
        left = (*listed[number + 1 :][:1], *listed[:number][-1:])
        return redirect(url_for(".text", draft=draft, path=left[0] if left else None, saved=1, _anchor="here"), 303)
    return redirect(url_for(".text", draft=draft, path=at if at in found.files and at != path else None, saved=1), 303)


def _read(files: Mapping[str, str], path: str) -> str:
    return parcels.read(current.settings(), files, path).decode("utf-8-sig", "replace").replace("\r\n", "\n")


def _text_refused(public_id: str, said: str, faulty: str = "") -> ResponseReturnValue:
    found = desk.find(public_id)
    inside = chapters.contents(current.settings(), found.files)
    path = next((line.path for line in inside.chapters), parcels.DEFINITION)
    values = {"draft": found, "path": path, "typed": _read(found.files, path), "mark": found.files[path]}
    return desk.refused(said, "studio/draft_text.html", faulty=faulty, **values, **_shown_with(inside))


# --- sheets of magnet.toml ----------------------------------------------------------------------------


@bp.get("/<draft>/<any(page, event, design, settings):screen>")
@only(Role.MARKETER)
def sheet(draft: str, screen: str) -> ResponseReturnValue:
    """A screen of values; while magnet.toml does not parse, its text is to be mended first."""
    here = desk.desk(draft)
    if here.table is None:
        return redirect(url_for(".text", draft=draft, path=parcels.DEFINITION), 303)
    return render_template("studio/draft_sheet.html", **_as_it_is(here, screen))


def refuse_on_sheet(here: Desk, screen: str, refusal: Refusal, faulty: str = "") -> ResponseReturnValue:
    """A deliberate no of what else is done on such a screen; a draft of which that is said lies as it is."""
    return desk.refused(str(refusal), "studio/draft_sheet.html", faulty=faulty, **_as_it_is(here, screen))


def _as_it_is(here: Desk, screen: str) -> dict[str, object]:
    return {**written(here, _on_screen(here, screen)), **_sheet(here, screen)}


@bp.post("/<draft>/<any(page, event, design, settings):screen>")
@only(Role.MARKETER)
def save_sheet(draft: str, screen: str) -> ResponseReturnValue:
    here = desk.desk(draft)
    return save(here, _on_screen(here, screen), (), "studio/draft_sheet.html", _sheet(here, screen))


def _on_screen(here: Desk, screen: str) -> Sheet:
    pictures = sorted(path for path in here.draft.files if path.lower().endswith(LOGOS))
    entries = screens.with_pictures(SCREENS[screen][1], pictures)
    if here.draft.kind is not MagnetKind.FILE:
        return entries
    shown = screens.of_a_finished_document(entries)
    return (*screens.DOCUMENT, *shown) if screen == "settings" else shown


def _sheet(here: Desk, screen: str) -> dict[str, object]:
    title, _ = SCREENS[screen]
    shown = {"draft": here.draft, "screen": screen, "title": title, "entries": _on_screen(here, screen)}
    if screen == "design":
        logo = sheets.found(here.table, screens.LOGO[0].path)
        shown |= {"verdict": colour.verdict(_colour(here)), "logo": logo if logo in here.draft.files else None}
        shown["installation_brand"] = _installation_brand(here)
    return shown | (_occasion(here) if screen == "event" else {})


def _occasion(here: Desk) -> dict[str, object]:
    """The session as it is published, while it is still to come, and how many are registered for it."""
    magnet = magnets.by_slug(here.draft.slug)
    session = sessions.of_magnet(magnet.id) if magnet else None
    if session is None or sessions.ends_at(session) <= clock.now():
        return {}
    return {
        "is_cancelled": session.status is SessionStatus.CANCELLED,
        "registered": registrations.number_to_tell(session.id),
    }


def _installation_brand(here: Desk) -> str:
    """Whether the draft `has` the brand of the installation or `may take` it; empty where there is none."""
    kept_brand = brand.current()
    if kept_brand is None:
        return ""
    return "has" if brand.taken(kept_brand, here.text, here.draft.files) == (here.text, {}) else "may take"


def _colour(here: Desk) -> str:
    shown = sheets.read(screens.DESIGN, here.table or {})["brand-colour"]
    return str(shown)


def save(
    here: Desk,
    entries: Sheet,
    at: Path,
    template: str,
    shown: Mapping[str, object],
    *,
    then: Callable[[str], str] = str,
    step: Step | None = None,
    place: str = "",
) -> ResponseReturnValue:
    """Save what was typed on a sheet, unless somebody changed the same values since it was opened.

    `then` is what else is to be done to magnet.toml, as the `step` says; `place` is where that leads.
    """
    if here.table is None:
        abort(409)
    before, values = sheets.read(entries, here.table, at), sheets.typed(entries, request.form.to_dict(flat=False))
    drawn = {**shown, "values": values, "mark": sheets.mark(before)}
    if request.form.get("mark") != sheets.mark(before):
        refusal = DraftChanged(here.draft.changed_by, here.draft.changed_at)
        return desk.clash(template, refusal, theirs=before, **drawn)
    try:
        text = then(sheets.write(here.text, entries, values, at))
        drafting.save_definition(here.draft, text, desk.scribe(), step or Step(str(shown["title"])))
    except DraftChanged as refusal:
        return desk.clash(template, refusal, theirs=before, **drawn)
    except UploadRefused as refusal:
        return desk.refused(str(refusal), template, **drawn)
    if place:
        return redirect(place, 303)
    found = faults(desk.desk(here.draft.public_id), entries, at) if desk.wants_json() else {}
    return desk.saved(request.path, sheets.mark(values), found)


def written(here: Desk, entries: Sheet, at: Path = ()) -> dict[str, object]:
    """What a screen shows of a sheet: its values, their mark, and what keeps them from being published."""
    values = sheets.read(entries, here.table or {}, at)
    return {"values": values, "mark": sheets.mark(values), "beside": faults(here, entries, at)}


def faults(here: Desk, entries: Sheet, at: Path = ()) -> dict[str, str]:
    """What the check will say of values of a sheet, by their controls; what is still empty, it says alone."""
    return sheets.faults(entries, here.table or {}, _said(here), at)


def _said(here: Desk) -> list[tuple[Path, str]]:
    settings = current.settings()
    with parcels.laid_out(settings, here.draft.files) as folder:
        findings = marketer.judge_definition(folder, settings=settings, at=clock.now())
    return [(one.keys, screens.spoken(one.message, one.keys, here.table)) for one in findings if one.stops]


# --- the form -----------------------------------------------------------------------------------------


@bp.get("/<draft>/form")
@only(Role.MARKETER)
def form(draft: str) -> ResponseReturnValue:
    here = desk.desk(draft)
    if here.table is None:
        return redirect(url_for(".text", draft=draft, path=parcels.DEFINITION), 303)
    return render_template("studio/draft_form.html", **_form(here))


def _form(here: Desk) -> dict[str, object]:
    listed, settings = _fields(here), sheets.read(screens.SETTINGS, here.table or {})
    at_most, sites = str(settings["page-ask_at_most"]), settings["page-embed_on"]
    keys = [str(field.get("key")) for field in listed]
    return {
        "draft": here.draft,
        "fields": listed,
        "kinds": screens.KINDS,
        "sites": sites,
        "at_most": int(at_most) if at_most.isdecimal() else 0,
        "order": keys,
        "mark": sheets.mark({"order": tuple(keys)}),
        "visits": VISITS if any(field.get("ask") in (Ask.ONCE, Ask.QUEUED) for field in listed) else (),
        "beside": _beside(here),
    }


def _beside(here: Desk) -> dict[str, str]:
    """The first thing that the screen of a field says of its values, as where it waits for one that is gone."""
    said, table, told = _said(here), here.table or {}, dict[str, str]()
    for number, field in parts.listed(table, parts.FIELDS):
        key, kind = str(field.get("key")), str(field.get("kind"))
        if kind in list(FieldKind):
            wrong = sheets.faults(_entries(here, key, FieldKind(kind)), table, said, (*parts.FIELDS, number))
            told[key] = next(iter(wrong.values()), "")
    return told


@bp.post("/<draft>/form")
@only(Role.MARKETER)
def add_field(draft: str) -> ResponseReturnValue:
    here, wanted = desk.desk(draft), request.form.get("kind", "")
    if wanted not in list(FieldKind):
        abort(400)
    label = " ".join(request.form.get("label", "").split())[:150] or screens.KINDS[FieldKind(wanted)]
    known = {str(field.get("key")) for field in _fields(here)}
    key = screens.free_key(proposals.slug_of(label), known)
    field = screens.new_field(FieldKind(wanted), label, key)
    step = Step(ADDED % {"what": label}, apart=True)
    drafting.save_definition(here.draft, parts.add(here.text, parts.FIELDS, field), desk.scribe(), step)
    return redirect(url_for(".field", draft=draft, key=key), 303)


@bp.post("/<draft>/order/fields")
@only(Role.MARKETER)
def order_fields(draft: str) -> ResponseReturnValue:
    """The fields as they were dragged, unless somebody else has moved some meanwhile."""
    here, wanted = desk.desk(draft), request.form.get("order", "").split(",")
    before = [str(field.get("key")) for field in _fields(here)]
    if here.table is None or sorted(before) != sorted(wanted) or len(set(before)) != len(before):
        abort(409)
    if request.form.get("mark") != sheets.mark({"order": tuple(before)}):
        refusal = DraftChanged(here.draft.changed_by, here.draft.changed_at)
        return desk.clash("studio/draft_form.html", refusal, other=url_for(".form", draft=draft), **_form(here))
    text = parts.order(here.text, parts.FIELDS, parts.rearranged(here.table, parts.FIELDS, wanted))
    drafting.save_definition(here.draft, text, desk.scribe(), Step(kept("Order of the form")))
    return redirect(url_for(".form", draft=draft), 303)


@bp.post("/<draft>/form/<key>/kind")
@only(Role.MARKETER)
def change_field_kind(draft: str, key: str) -> ResponseReturnValue:
    """Another kind of field; what only the kind before knew is taken out."""
    here, wanted = desk.desk(draft), request.form.get("kind", "")
    place, kind = _field(here, key)
    if wanted not in list(FieldKind):
        abort(400)
    if wanted != kind:
        field = next(field for field in _fields(here) if field.get("key") == key)
        text = screens.field_of_another_kind(here.text, place, field, FieldKind(wanted))
        step = Step((ANOTHER_KIND % {"what": awaiting.words(field)})[:300], apart=True)
        drafting.save_definition(here.draft, text, desk.scribe(), step)
    return redirect(url_for(".field", draft=draft, key=key, saved=1), 303)


@bp.post("/<draft>/form/<key>/<any(up, down, remove):move>")
@only(Role.MARKETER)
def move_field(draft: str, key: str, move: str) -> ResponseReturnValue:
    here = desk.desk(draft)
    place, _ = _field(here, key)
    number = cast(int, place[-1])
    if move == "remove":
        changed = parts.remove(here.text, parts.FIELDS, number)
        step = removal(next(awaiting.words(field) for field in _fields(here) if field.get("key") == key))
    else:
        changed = parts.move(here.text, parts.FIELDS, number, -1 if move == "up" else 1)
        step = Step(kept("Order of the form"))
    drafting.save_definition(here.draft, changed, desk.scribe(), step)
    return redirect(url_for(".form", draft=draft) + (f"#{key}" if move != "remove" else ""), 303)


@bp.get("/<draft>/form/<key>")
@only(Role.MARKETER)
def field(draft: str, key: str) -> ResponseReturnValue:
    here = desk.desk(draft)
    place, kind = _field(here, key)
    shown = written(here, _entries(here, key, kind), place) | _field_values(here, key, kind)
    return render_template("studio/draft_field.html", **shown)


@bp.post("/<draft>/form/<key>")
@only(Role.MARKETER)
def save_field(draft: str, key: str) -> ResponseReturnValue:
    here = desk.desk(draft)
    place, kind = _field(here, key)
    shown = _field_values(here, key, kind)
    return save(here, _entries(here, key, kind), place, "studio/draft_field.html", shown)


def _field_values(here: Desk, key: str, kind: FieldKind) -> dict[str, object]:
    return {
        "draft": here.draft,
        "key": key,
        "kind": screens.KINDS[kind],
        "kind_key": kind.value,
        "kinds": screens.KINDS,
        "title": say("Form"),
        "entries": _entries(here, key, kind),
        "limits": {entry.name for entry in screens.LIMITS.get(kind, ())},
        "tried": trying.of(here.table or {}, key),
    }


def _entries(here: Desk, key: str, kind: FieldKind) -> Sheet:
    """What can be said about this field; the answers to choose are those of the one that it waits for now."""
    when = next((field.get("when") for field in _fields(here) if field.get("key") == key), None)
    chosen = str(when.get("field", "")) if isinstance(when, Mapping) else ""
    return screens.field_sheet(kind, awaiting.of(here.table, key, request.form.get("when-field", chosen)))


def _fields(here: Desk) -> list[Mapping[str, object]]:
    return [field for _, field in parts.listed(here.table, parts.FIELDS)]


def _field(here: Desk, key: str) -> tuple[Path, FieldKind]:
    place = parts.place(here.table, parts.FIELDS, key) or abort(404)
    kind = next(str(field.get("kind")) for field in _fields(here) if field.get("key") == key)
    return place, FieldKind(kind) if kind in list(FieldKind) else FieldKind.TEXT


# --- versions -----------------------------------------------------------------------------------------


@bp.get("/<draft>/versions")
@only(Role.MARKETER)
def versions(draft: str) -> ResponseReturnValue:
    found = desk.find(draft)
    listed = drafts.versions(found)
    return render_template("studio/draft_versions.html", draft=found, versions=listed, names=staff.names())


@bp.get("/<draft>/versions/<int:revision>")
@only(Role.MARKETER)
def comparison(draft: str, revision: int) -> ResponseReturnValue:
    """What this version changed; or, asked for, what has changed since."""
    found = desk.find(draft)
    version = drafts.version(found, revision) or abort(404)
    before = drafts.version_before(found, revision)
    is_since = "since" in request.args
    pair = (version.files, found.files) if is_since else (before.files if before else {}, version.files)
    return render_template(
        "studio/draft_comparison.html",
        draft=found,
        version=version,
        is_since=is_since,
        changes=comparing.changes(current.settings(), *pair),
        names=staff.names(),
    )


@bp.post("/<draft>/versions/<int:revision>/restore")
@only(Role.MARKETER)
def restore(draft: str, revision: int) -> ResponseReturnValue:
    drafting.restore(desk.find(draft), revision, desk.scribe())
    return redirect(url_for(".versions", draft=draft, saved=1), 303)
