"""The story of the installation's brand: set once, and looked at before the first draft begins with it."""

from collections.abc import Mapping
from datetime import datetime

from capture.accounts import audit, marks
from capture.catalogue import documents, parcels, sentences, starters
from capture.catalogue.drafts import ONE_SITTING
from capture.catalogue.models import Draft, MagnetKind
from capture.catalogue.parcels import Files
from capture.config import Settings
from capture.db import journey
from capture.journey.drafting import Scribe, begun_with_brand, logo_of
from capture.pages import brand, screens, sheets
from capture.pages.models import InstallationBrand
from capture.pages.sheets import Values
from magnets import editor

SPECIMEN = "brand"
"""The public id of the draft that nobody writes: what would begin with the brand now."""

_SUBJECT = "brand"
_CHANGED = "brand.changed"


def specimen(settings: Settings) -> Draft:
    """A starter with the brand as it is now, to look at; it is not kept."""
    files = begun_with_brand(parcels.put(settings, starters.contents(MagnetKind.EBOOK)), settings)
    return Draft(public_id=SPECIMEN, slug="", kind=MagnetKind.EBOOK, title="", files=files)


@journey
def save(typed: Values, *, seen: str | None, actor: str, at: datetime) -> None:
    """What was typed is the brand, unless it is not what was `seen` any more. Raises DraftChanged and UploadRefused."""
    known = brand.current(is_held=True)
    before = brand.values(known)
    marks.refuse_if_changed(seen, sheets.mark(before), _SUBJECT, _CHANGED, at=at)
    definition = brand.defined(typed)
    changed = [entry.label for entry in screens.BRAND if typed[entry.name] != before[entry.name]]
    _keep(known, definition, known.files if known else {}, changed, actor=actor, at=at)


def set_logo(name: str, content: bytes, scribe: Scribe, *, seen: str | None) -> None:
    """This picture is the logo; without a name, there is none. Raises UploadRefused and DraftChanged."""
    keep_logo(logo_of({}, name, content, scribe.settings), seen=seen, actor=scribe.actor, at=scribe.at)


@journey
def keep_logo(picture: Files, *, seen: str | None, actor: str, at: datetime) -> None:
    """These bytes of the store are the logo, unless it is not the one that was `seen` any more. Raises DraftChanged."""
    known = brand.current(is_held=True)
    marks.refuse_if_changed(seen, mark_of_logo(known), _SUBJECT, _CHANGED, at=at)
    changed = [screens.LOGO[0].label] if dict(picture) != (known.files if known else {}) else []
    _keep(known, known.definition if known else {}, picture, changed, actor=actor, at=at)


def mark_of_logo(known: InstallationBrand | None) -> str:
    """What the screen showed of the logo."""
    return marks.of(known.files if known else {})


def advice_on_logo(known: InstallationBrand | None, settings: Settings) -> list[str]:
    """What would make the logo better, as the check of each draft will say it."""
    store = documents.store(settings)
    found = (editor.judged_logo(path, store.path(sha)) for path, sha in (known.files if known else {}).items())
    return [sentences.phrase(finding.message) for findings in found for finding in findings]


def _keep(
    known: InstallationBrand | None,
    definition: Mapping[str, object],
    files: Files,
    changed: list[str],
    *,
    actor: str,
    at: datetime,
) -> None:
    """Keep it, with an entry of the audit log for each value and sitting, as with the versions of a draft."""
    brand.keep(known, definition, files, by=actor, at=at)
    for what in changed:
        last = audit.last(_SUBJECT, [_CHANGED])
        if last is None or (last.actor, last.detail.get("what")) != (actor, what) or last.at <= at - ONE_SITTING:
            audit.record(actor, _CHANGED, _SUBJECT, at=at, what=what)
