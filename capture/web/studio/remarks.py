"""What was found about a draft, in the words of its screens, and the very control in which it is mended."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import url_for

from capture.catalogue import chapters, parcels, sentences
from capture.catalogue.models import MagnetKind, Proof
from capture.languages import joined, say
from capture.pages import parts, screens, sheets
from capture.pages.fields import FieldKind
from capture.pages.sheets import Path, Sheet
from capture.web.current import settings
from capture.web.studio import assessing
from capture.web.studio.desk import Desk
from capture.web.studio.editing import SCREENS
from magnets.findings import Finding

_OF_DOCUMENT = {"magnet", "brand", "assessment", "file"}  # the tables that the press reads
_SHEETS: tuple[tuple[str, Sheet], ...] = (
    *((name, sheet) for name, (_, sheet) in SCREENS.items()),
    ("settings", screens.DOCUMENT),
)
_ELSEWHERE: Mapping[Path, Path] = {
    ("magnet", "slug"): ("page", "slug"),  # the name of a magnet stays; another address of its page is enough
    ("page", "next_step"): ("page", "next_step", "label"),
}
_SIGN = re.compile(r"U\+([0-9A-F]{4,6})")
_ADDRESS_IS_TAKEN = ("duplicate-slug", "reserved-slug")


@dataclass(frozen=True, slots=True)
class Remark:
    """What was found, in the words of the screens, and where it is mended; no address where that is no screen."""

    words: str
    place: str
    address: str | None
    stops: bool = True


def of(here: Desk, findings: Sequence[Finding]) -> list[Remark]:
    """What was found, as the check lists it."""
    is_in_texts = any(finding.path != parcels.DEFINITION for finding in findings)
    listed = chapters.contents(settings(), here.draft.files).chapters if is_in_texts else ()
    scene = _Scene(here, {line.path: line.title for line in listed})
    return [_remark(scene, finding) for finding in findings]


@dataclass(frozen=True, slots=True)
class _Scene:
    """A draft, and how its chapters are called."""

    here: Desk
    titles: Mapping[str, str]


def of_setting(here: Desk, whole: Proof | None) -> list[Remark]:
    """What the renderer had to say of the document as it set it; a sign that no font has leads to its first line."""
    if whole is None or not whole.complaints:
        return []
    scene = _Scene(here, {line.path: line.title for line in chapters.contents(settings(), here.draft.files).chapters})
    return [
        Remark(sentences.recalled(packed), *_where_signs_are(scene, _SIGN.findall(packed)), stops=False)
        for packed in whole.complaints
    ]


def _where_signs_are(scene: _Scene, codes: Sequence[str]) -> tuple[str, str]:
    signs = {chr(int(code, 16)) for code in codes}
    for path in sorted(path for path in scene.here.draft.files if path.lower().endswith(parcels.TEXTS)):
        lines = parcels.read(settings(), scene.here.draft.files, path).decode("utf-8-sig", "replace").split("\n")
        if line := next((number for number, text in enumerate(lines, start=1) if signs & {*text}), 0):
            return _text(scene, path, line)
    return say("The document"), url_for(".text", draft=scene.here.draft.public_id)


def is_of_document(here: Desk, finding: Finding) -> bool:
    """Whether a fault keeps the document from being set, whatever the page says."""
    keys = _keys(here, finding)
    return finding.stops and (finding.path != parcels.DEFINITION or not keys or keys[0] in _OF_DOCUMENT)


def _remark(scene: _Scene, finding: Finding) -> Remark:
    here = scene.here
    keys = _keys(here, finding)
    place, address = _place(scene, finding, keys)
    return Remark(screens.spoken(finding.message, keys, here.table), place, address, finding.stops)


def _keys(here: Desk, finding: Finding) -> Path:
    """Which value of magnet.toml it is about."""
    if finding.path != parcels.DEFINITION or here.table is None:
        return ()
    return finding.keys or (parts.path_at(here.text, finding.line) if finding.line else ())


def _place(scene: _Scene, finding: Finding, keys: Path) -> tuple[str, str | None]:
    """The screen by its name, and the address of the control there."""
    here = scene.here
    if finding.code in ("no-privacy-notice", "no-legal-notice"):
        return say("Settings of the server"), None
    if finding.path.lower().endswith(".pdf") or finding.code == "no-pdf":
        return say("Document"), url_for(".text", draft=here.draft.public_id, _anchor="pdf")
    if finding.path in here.draft.files and finding.path != parcels.DEFINITION:
        return _in_file(scene, finding)
    if finding.code in _ADDRESS_IS_TAKEN:
        keys = _ELSEWHERE.get(keys, keys)
    return _on_form(here, keys) or _on_sheet(here, keys) or _elsewhere(here, finding, keys) or _in_text(scene, finding)


def _in_file(scene: _Scene, finding: Finding) -> tuple[str, str | None]:
    if finding.path.lower().endswith(parcels.TEXTS):
        return _in_text(scene, finding)
    here = scene.here
    for keys in (("brand", "logo"), ("seo", "image")):
        if sheets.found(here.table, keys) == finding.path:
            return _on_sheet(here, keys) or _in_text(scene, finding)
    for path in sorted(path for path in here.draft.files if path.lower().endswith(".md")):
        lines = parcels.read(settings(), here.draft.files, path).decode("utf-8-sig", "replace").split("\n")
        name = finding.path.rpartition("/")[2]
        if line := next((number for number, text in enumerate(lines, start=1) if name in text), 0):
            place, address = _text(scene, path, line)
            return joined([place, name]), address
    anchor = f"file-{finding.path}"
    return joined([say("Files"), finding.path]), url_for(".text", draft=here.draft.public_id, _anchor=anchor)


def _in_text(scene: _Scene, finding: Finding) -> tuple[str, str]:
    path = finding.path if finding.path in scene.here.draft.files else parcels.DEFINITION
    return _text(scene, path, finding.line or 0)


def _text(scene: _Scene, path: str, line: int) -> tuple[str, str]:
    """A line of a text; a chapter is called by its title."""
    said = say("line %(line)s", line=line) if line else ""
    address = url_for(".text", draft=scene.here.draft.public_id, path=path, line=line or None)
    title = scene.titles.get(path)
    return joined([say("Text"), say("“%(words)s”", words=title) if title else path, said]), address


def _on_form(here: Desk, keys: Path) -> tuple[str, str | None] | None:
    if keys[:1] != ("form",):
        return None
    fields = dict(parts.listed(here.table, parts.FIELDS))
    field = fields.get(keys[2]) if len(keys) > 2 and isinstance(keys[2], int) else None
    if field is None:
        return say("Form"), url_for(".form", draft=here.draft.public_id, _anchor="kind")
    key, kind = field.get("key"), field.get("kind")
    if kind not in list(FieldKind) or parts.place(here.table, parts.FIELDS, str(key)) != keys[:3]:
        return None  # without a kind, or with a key that another field has, it has no screen
    entries = screens.field_sheet(FieldKind(str(kind)))
    anchor = sheets.control(entries, keys[3:])
    if anchor is None and len(keys) > 3:
        return None
    words = say("“%(words)s”", words=str(field.get("label") or field.get("wording") or key)[:80])
    address = url_for(".field", draft=here.draft.public_id, key=key, _anchor=anchor or entries[0].name)
    return joined([say("Form"), words]), address


def _on_sheet(here: Desk, keys: Path) -> tuple[str, str | None] | None:
    if keys[:2] == ("page", "sections"):
        return say("Sections"), url_for(".sections", draft=here.draft.public_id, _anchor="order")
    if keys[:2] == ("brand", "logo"):
        return SCREENS["design"][0], _sheet(here, "design", "logo")
    keys = _ELSEWHERE.get(keys, keys) if keys[:1] == ("page",) else keys
    for screen, sheet in _SHEETS:
        is_shown = sheet is not screens.DOCUMENT or here.draft.kind is MagnetKind.FILE
        if is_shown and (anchor := sheets.control(sheet, keys)):
            return SCREENS[screen][0], _sheet(here, screen, anchor)
    if keys[:1] == ("webinar",) and here.draft.kind is MagnetKind.WEBINAR:
        return SCREENS["event"][0], _sheet(here, "event", screens.EVENT[0].name)
    return None


def _elsewhere(here: Desk, finding: Finding, keys: Path) -> tuple[str, str | None] | None:
    if keys[:1] == ("assessment",) and (address := assessing.place_of(here.draft, here.text, finding)):
        return assessing.TITLE, address
    if finding.code == "no-chapters":
        return say("Text"), url_for(".text", draft=here.draft.public_id, _anchor="title")
    return None


def _sheet(here: Desk, screen: str, anchor: str) -> str:
    return url_for(".sheet", draft=here.draft.public_id, screen=screen, _anchor=anchor)
