"""The story of a draft: begun from a text, a bundle or a starter; written; published by the worker."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import IO, TYPE_CHECKING

import structlog

from capture import languages
from capture.accounts import audit
from capture.catalogue import chapters, documents, drafts, parcels, proposals, sentences, starters
from capture.catalogue.drafts import Facts
from capture.catalogue.editions import AS_PROMISED, Succession
from capture.catalogue.models import Draft, MagnetKind
from capture.catalogue.parcels import DEFINITION, Files
from capture.config import Settings
from capture.db import journey
from capture.errors import NotFound, UploadRefused
from capture.languages import ENGLISH, kept, quoted, say
from capture.outbox.queue import enqueue
from capture.pages import brand, screens, sheets
from capture.pages.opening import ALWAYS, Window
from capture.pages.sheets import Path, Sheet, Values
from magnets import editor
from magnets.definition import LANGUAGE, SLUG
from magnets.editor import LOGOS
from magnets.folder import LARGEST_TEXT

if TYPE_CHECKING:
    from magnets.finished import Examined

NONE: Files = {}

# What was done, as it is kept with each version.
COPIED = kept("Copied from %(title)s")
COPIED_INTO = kept("Copied from %(title)s into %(language)s")
BACK_TO = kept("Back to version %(revision)s")
ADDED = kept("Added: %(what)s")
REMOVED = kept("Removed: %(what)s")
REPLACED = kept("Replaced: %(what)s")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Scribe:
    """Who writes, when, and in which installation."""

    actor: str
    settings: Settings
    at: datetime


@dataclass(frozen=True, slots=True)
class Step:
    """What somebody does to a draft, as its versions and the audit log say it.

    `apart`: a version of its own, so that it can be taken back alone; otherwise one sitting at the same thing is one.
    """

    what: str
    apart: bool = False
    action: str = "draft.saved"


def removal(of: str) -> Step:
    """Something goes: the version before still has it."""
    return Step((REMOVED % {"what": of})[:300], apart=True)


@dataclass(frozen=True, slots=True)
class Begun:
    """A new draft by its public id; `left_out` counts the pictures that could not be taken along."""

    draft: str
    left_out: int = 0


def start_from_text(text: str, kind: MagnetKind | None, scribe: Scribe) -> Begun:
    """A draft of a Markdown text. Raises UploadRefused for a text without words."""
    contents = proposals.bundle_of(text, kind=kind)
    return Begun(_start_new(contents, kept("Started from a text"), scribe), proposals.left_behind(contents))


def start_from_word(document: bytes, kind: MagnetKind | None, scribe: Scribe) -> Begun:
    """A draft of a .docx, with its pictures. Raises UploadRefused."""
    from capture.catalogue import word  # and with it richtext: see `start_from_web`

    converted, pictures = word.markdown_of(document)
    contents = proposals.bundle_of(converted.text, kind=kind, pictures=pictures)
    return Begun(_start_new(contents, kept("Started from a Word document"), scribe), proposals.left_behind(contents))


def start_from_pdf(file: IO[bytes], name: str, scribe: Scribe) -> str:
    """A draft of a finished PDF: title, author and language as the file says them. Raises UploadRefused."""
    sha, told = _examined(file, name, scribe)
    definition = proposals.of_pdf(told, name)
    facts = facts_of(definition)
    if facts is None:
        raise UploadRefused(say("Nothing can be made of this file."))
    slug = drafts.free_slug(facts.slug)
    definition = definition.replace(f'slug = "{facts.slug}"', f'slug = "{slug}"', 1)
    files = {**parcels.put(scribe.settings, {DEFINITION: definition.encode()}), f"{slug}.pdf": sha}
    branded, what = begun_with_brand(files, scribe.settings), kept("Started from a PDF")
    return keep_bundle(replace(facts, slug=slug), branded, what=what, actor=scribe.actor, at=scribe.at)


def replace_pdf(draft: Draft, file: IO[bytes], name: str, scribe: Scribe) -> None:
    """This finished PDF in the place of the one that the draft has; all else stays. Raises UploadRefused."""
    sha, _ = _examined(file, name, scribe)
    path = chapters.contents(scribe.settings, draft.files).pdf or f"{draft.slug}.pdf"
    facts = _facts(_text(scribe.settings, draft.files), draft)
    expected = {path: draft.files.get(path)}
    step = Step(kept("PDF replaced"), apart=True)
    change(draft.public_id, facts, {path: sha}, expected, step, actor=scribe.actor, at=scribe.at)


def _examined(file: IO[bytes], name: str, scribe: Scribe) -> "tuple[str, Examined]":
    if not name.lower().endswith(".pdf"):
        raise UploadRefused(say("Choose a PDF file."))
    from magnets import finished  # see magnets.bundle

    store = documents.store(scribe.settings)
    sha = store.put_from(file)
    try:
        return sha, finished.examine(store.path(sha), name)
    except finished.FileUnusable as unusable:
        raise UploadRefused(sentences.phrase(unusable.reason)) from unusable


def start_from_web(html: str, kind: MagnetKind | None, scribe: Scribe) -> Begun:
    """A draft of a text that was saved as a web page. Raises UploadRefused."""
    from capture.catalogue import richtext  # and with it three parsers of HTML that few processes need

    converted = richtext.markdown_of(html)
    contents = proposals.bundle_of(converted.text, kind=kind)
    return Begun(_start_new(contents, kept("Started from a web page"), scribe), proposals.left_behind(contents))


def start_from_draft(draft: Draft, scribe: Scribe) -> str:
    """A draft with all that this one has, under a name and an address of its own; gives its public id."""
    text = _text(scribe.settings, draft.files)
    if facts_of(text) is None:
        raise UploadRefused(
            say("%(definition)s of this draft does not parse. Mend it first, then copy it.", definition=DEFINITION)
        )
    title = f"{draft.title[: proposals.LONGEST_TITLE - 7]} (copy)"
    facts = Facts(drafts.free_slug(draft.slug), draft.kind, title)
    renamed = sheets.renamed(text, slug=facts.slug, title=facts.title)
    files = {**draft.files, **parcels.put(scribe.settings, {DEFINITION: renamed.encode()})}
    return keep_bundle(facts, files, what=(COPIED % {"title": draft.title})[:300], actor=scribe.actor, at=scribe.at)


def start_in_language(draft: Draft, language: str, scribe: Scribe) -> str:
    """A draft with all that this one has, to be translated, and linked to it; gives its public id.

    Raises UploadRefused for what is no language, and for one in which there is a version already.
    """
    if not LANGUAGE.fullmatch(language):
        raise UploadRefused(say("Choose a language by its code, such as de, fr or pt-BR."))
    if language in (known for _, known in versions_of(draft, scribe.settings)):
        raise UploadRefused(say("There is a version in %(language)s already.", language=languages.name_of(language)))
    text = _text(scribe.settings, draft.files)
    if facts_of(text) is None:
        raise UploadRefused(
            say("%(definition)s of this draft does not parse. Mend it first, then copy it.", definition=DEFINITION)
        )
    original = drafts.original_of(draft)
    slug = drafts.free_slug(f"{original[:70]}-{language.lower()[:9]}".rstrip("-"))
    facts = Facts(slug, draft.kind, draft.title, original)
    definition = sheets.in_language(text, language, slug=slug, original=original)
    files = {**draft.files, **parcels.put(scribe.settings, {DEFINITION: definition.encode()})}
    what = (COPIED_INTO % {"title": draft.title, "language": languages.name_of(language)})[:300]
    return keep_bundle(facts, files, what=what, actor=scribe.actor, at=scribe.at)


def versions_of(draft: Draft, settings: Settings) -> list[tuple[Draft, str]]:
    """The versions of what a draft says, itself among them, with their languages; the original first."""
    return [(one, language_of(_text(settings, one.files))) for one in drafts.in_all_languages(draft)]


def language_of(definition: str) -> str:
    """The language that a magnet.toml names; English where it names none or does not parse."""
    try:
        magnet = tomllib.loads(definition).get("magnet")
    except tomllib.TOMLDecodeError:
        return ENGLISH
    language = magnet.get("language") if isinstance(magnet, dict) else None
    return language if isinstance(language, str) and LANGUAGE.fullmatch(language) else ENGLISH


def start_from_starter(kind: MagnetKind, scribe: Scribe) -> str:
    """A draft of the starter of this kind; gives its public id."""
    return _start_new(starters.contents(kind), kept("Started from a starter"), scribe)


def start_from_bundle(contents: Mapping[str, bytes], scribe: Scribe) -> str:
    """A draft of the files of a bundle, or a new version of the draft whose magnet it is; gives the public id.

    Raises UploadRefused with the reason.
    """
    files = parcels.put(scribe.settings, contents)
    facts = facts_of(_text(scribe.settings, files))
    if facts is None:
        raise UploadRefused(
            say("%(definition)s in it does not say which magnet it is, or does not parse.", definition=DEFINITION)
        )
    return keep_bundle(facts, files, what=kept("Bundle uploaded"), actor=scribe.actor, at=scribe.at)


def _start_new(contents: Mapping[str, bytes], what: str, scribe: Scribe) -> str:
    definition = contents[DEFINITION].decode()
    facts = facts_of(definition)
    if facts is None:
        raise UploadRefused(say("Nothing can be made of this text."))
    slug = drafts.free_slug(facts.slug)
    if slug != facts.slug:
        definition = definition.replace(f'slug = "{facts.slug}"', f'slug = "{slug}"', 1)
    files = parcels.put(scribe.settings, {**contents, DEFINITION: definition.encode()})
    branded = begun_with_brand(files, scribe.settings)
    return keep_bundle(replace(facts, slug=slug), branded, what=what, actor=scribe.actor, at=scribe.at)


@journey
def keep_bundle(facts: Facts, files: Files, *, what: str, actor: str, at: datetime) -> str:
    """The draft of this magnet has these files now; a new one where there was none. Gives its public id."""
    known = drafts.by_slug(facts.slug)
    draft = drafts.hold(known.public_id) if known else None
    if draft is None:
        draft = drafts.start(facts, files, what=what, author=actor, at=at)
        audit.record(actor, "draft.started", f"draft:{draft.public_id}", at=at)
        return draft.public_id
    gone = {path: None for path in draft.files if path not in files}
    if drafts.save(draft, facts, {**files, **gone}, what=what, apart=True, author=actor, at=at):
        audit.record(actor, "draft.saved", f"draft:{draft.public_id}", at=at, what=what)
    return draft.public_id


# --- writing ------------------------------------------------------------------------------------------


def save_text(draft: Draft, path: str, text: str, base: str | None, scribe: Scribe) -> str:
    """One text file as it was typed; gives its new hash. `base` is the hash that was read, None for a new file.

    The file keeps its kind of line breaks; where nothing was changed it stays byte for byte. Raises DraftChanged,
    and UploadRefused for what cannot be a file of a magnet.
    """
    if not parcels.is_path(path) or not path.lower().endswith(parcels.TEXTS):
        raise UploadRefused(say("A text of a magnet is a file such as chapters/02-price.md."))
    before = parcels.read(scribe.settings, draft.files, path) if path in draft.files else b""
    content = _as_before(text, before)
    if len(content) > LARGEST_TEXT:
        raise UploadRefused(
            say("A text may have %(largest_text)s MB. Make two chapters of it.", largest_text=LARGEST_TEXT // 1_000_000)
        )
    sha = parcels.put(scribe.settings, {path: content})[path]
    definition = content.decode() if path == DEFINITION else _text(scribe.settings, draft.files)
    facts = _facts(definition, draft)
    listed = _relisted(draft, scribe, new=[path]) if path not in draft.files else {}
    expected = {path: base, **{one: draft.files[one] for one in listed}}
    change(draft.public_id, facts, {path: sha, **listed}, expected, Step(path), actor=scribe.actor, at=scribe.at)
    return sha


def save_sheet(draft: Draft, sheet: Sheet, values: Values, scribe: Scribe, step: Step, *, at: Path = ()) -> None:
    """What was typed on a screen goes into magnet.toml; what was not touched stays as it is. Raises DraftChanged."""
    text = _text(scribe.settings, draft.files)
    save_definition(draft, sheets.write(text, sheet, values, at), scribe, step)


def save_definition(draft: Draft, text: str, scribe: Scribe, step: Step, *, files: Files = NONE) -> None:
    """Another magnet.toml, and `files` that it names. Raises DraftChanged where somebody saved one meanwhile."""
    read, content = draft.files[DEFINITION], text.encode()
    before = parcels.read(scribe.settings, draft.files, DEFINITION)
    if before.startswith(b"\xef\xbb\xbf"):
        content = b"\xef\xbb\xbf" + content
    sha = parcels.put(scribe.settings, {DEFINITION: content})[DEFINITION]
    facts = _facts(text, draft)
    changes = {**files, DEFINITION: sha}
    change(draft.public_id, facts, changes, {DEFINITION: read}, step, actor=scribe.actor, at=scribe.at)


def add_files(draft: Draft, contents: Mapping[str, bytes], scribe: Scribe) -> None:
    """Pictures and chapters put beside the others; one of the same name is replaced. Raises UploadRefused."""
    for name in contents:
        if not parcels.is_path(name) or not name.lower().endswith((*parcels.PICTURES, ".md")):
            raise UploadRefused(
                say("%(name)s is neither a picture (.png .jpg .webp .gif .svg) nor a chapter (.md).", name=quoted(name))
            )
    listed = _relisted(draft, scribe, new=sorted(contents))
    shas = {**parcels.put(scribe.settings, contents), **listed}
    facts = _facts(_text(scribe.settings, draft.files), draft)
    replaced = [path for path, sha in shas.items() if draft.files.get(path, sha) != sha and path not in listed]
    step = Step((REPLACED % {"what": ", ".join(replaced)})[:300], apart=True) if replaced else Step(kept("Files added"))
    expected = {path: draft.files[path] for path in listed}
    change(draft.public_id, facts, shas, expected, step, actor=scribe.actor, at=scribe.at)


def add_picture(draft: Draft, name: str, content: bytes, alt: str, scribe: Scribe) -> str:
    """A picture beside the others, under a name that none of them has; gives the Markdown that shows it.

    `alt` is what it shows; empty for one that says nothing. Raises UploadRefused.
    """
    path = parcels.picture_path(draft.files, name)
    add_files(draft, {path: content}, scribe)
    words = re.sub(r"([\\\[\]])", r"\\\1", alt)
    return f"![{words}](../{path})" if words else f"![](../{path}){{.decorative}}"


def set_logo(draft: Draft, name: str, content: bytes, scribe: Scribe) -> None:
    """This picture is the brand's logo; without a name, there is none. Raises UploadRefused and DraftChanged."""
    picture = logo_of(draft.files, name, content, scribe.settings)
    text = sheets.write(_text(scribe.settings, draft.files), screens.LOGO, {"brand-logo": next(iter(picture), "")})
    step = Step(kept("Logo") if picture else kept("Logo removed"), apart=True)
    save_definition(draft, text, scribe, step, files=picture)


def logo_of(files: Files, name: str, content: bytes, settings: Settings) -> dict[str, str]:
    """The picture that was uploaded to be the logo, kept; none without a name. Raises UploadRefused."""
    if not name:
        return {}
    if not name.lower().endswith(LOGOS):
        taken = ", ".join(LOGOS)
        raise UploadRefused(
            say("A logo is one of %(logos)s. Save any other, also an SVG, as PNG.", logos=taken), "logo"
        )
    store = documents.store(settings)
    path, sha = parcels.picture_path(files, name), store.put(content)
    for finding in editor.judged_logo(path, store.path(sha)):
        if finding.stops:
            raise UploadRefused(sentences.phrase(finding.message), "logo")
    return {path: sha}


def take_brand(draft: Draft, scribe: Scribe) -> None:
    """The draft says what the brand of the installation says, as a version of its own. Raises DraftChanged."""
    kept_brand = brand.current()
    if kept_brand is None:
        raise NotFound("brand")
    text, logo = brand.taken(kept_brand, _text(scribe.settings, draft.files), draft.files)
    step = Step(kept("Brand of the installation"), apart=True)
    save_definition(draft, text, scribe, step, files=logo)


def begun_with_brand(files: Files, settings: Settings) -> Files:
    """The files of a draft that begins: with the brand of the installation, where there is one."""
    kept_brand = brand.current()
    if kept_brand is None:
        return files
    text, logo = brand.taken(kept_brand, _text(settings, files), files)
    return {**files, **parcels.put(settings, {DEFINITION: text.encode()}), **logo}


def remove_file(draft: Draft, path: str, scribe: Scribe) -> None:
    """The draft without this file; the versions before still have it. magnet.toml stays."""
    if path == DEFINITION or path not in draft.files:
        raise NotFound("file")
    facts = _facts(_text(scribe.settings, draft.files), draft)
    listed = _relisted(draft, scribe, gone=path)
    expected = {one: draft.files[one] for one in (path, *listed)}
    change(draft.public_id, facts, {path: None, **listed}, expected, removal(path), actor=scribe.actor, at=scribe.at)


def order_chapters(draft: Draft, paths: Sequence[str], scribe: Scribe) -> None:
    """The chapters stand in this order, which magnet.toml says from now on; files keep their names."""
    text = _text(scribe.settings, draft.files)
    written = sheets.write(text, screens.CHAPTERS, {"magnet-chapters": tuple(paths)})
    save_definition(draft, written, scribe, Step(kept("Order of the chapters")))


def listed_chapters(definition: str) -> tuple[str, ...]:
    """The chapters in the order that a magnet.toml gives them; none where it leaves that to the names of the files."""
    try:
        listed = sheets.read(screens.CHAPTERS, sheets.table_of(definition))["magnet-chapters"]
    except tomllib.TOMLDecodeError:
        return ()
    return tuple(str(path) for path in listed) if isinstance(listed, tuple) else ()


def _relisted(draft: Draft, scribe: Scribe, *, new: Sequence[str] = (), gone: str = "") -> dict[str, str]:
    """The magnet.toml with another list of chapters, where it has one and some come, at its end, or one goes."""
    text = _text(scribe.settings, draft.files)
    before = listed_chapters(text)
    more = (path for path in new if path.lower().endswith(".md") and path not in before)
    after = (*(path for path in before if path != gone), *more)
    if not before or after == before:
        return {}
    written = sheets.write(text, screens.CHAPTERS, {"magnet-chapters": after})
    return parcels.put(scribe.settings, {DEFINITION: written.encode()})


def restore(draft: Draft, revision: int, scribe: Scribe) -> None:
    """The draft as it stood in this version, as a version of its own: nothing is lost by going back."""
    version = drafts.version(draft, revision)
    if version is None:
        raise NotFound("version")
    changes = {**dict.fromkeys(draft.files), **version.files}
    facts = _facts(_text(scribe.settings, version.files), draft)
    step = Step(BACK_TO % {"revision": revision}, apart=True, action="draft.restored")
    change(draft.public_id, facts, changes, dict(draft.files), step, actor=scribe.actor, at=scribe.at)


@journey
def change(
    public_id: str,
    facts: Facts,
    changes: Mapping[str, str | None],
    expected: Mapping[str, str | None],
    step: Step,
    *,
    actor: str,
    at: datetime,
) -> None:
    """The next revision, unless a file is not what was `expected` any more. Raises DraftChanged and NotFound.

    The audit log has a line for each version: what one person does on one screen in one sitting.
    """
    draft = drafts.hold(public_id)
    if draft is None:
        raise NotFound("draft")
    drafts.refuse_if_changed(draft, expected)
    other = drafts.by_slug(facts.slug)
    if other is not None and other.id != draft.id:
        raise UploadRefused(
            say("Another draft has the name %(slug)s in [magnet] slug. Choose another one.", slug=quoted(facts.slug))
        )
    if drafts.save(draft, facts, changes, what=step.what, apart=step.apart, author=actor, at=at):
        audit.record(actor, step.action, f"draft:{public_id}", at=at, what=step.what)


def facts_of(definition: str) -> Facts | None:
    """Slug, kind and title of a magnet.toml; None where it does not parse or does not say which magnet it is."""
    try:
        magnet = tomllib.loads(definition).get("magnet")
    except tomllib.TOMLDecodeError:
        return None
    if not isinstance(magnet, dict) or not isinstance(magnet.get("slug"), str) or not magnet["slug"]:
        return None
    kind = magnet.get("kind")
    known = MagnetKind(kind) if kind in list(MagnetKind) else MagnetKind.EBOOK
    return Facts(magnet["slug"][:80], known, str(magnet.get("title") or "Untitled")[:300], _original(magnet))


def _original(magnet: Mapping[str, object]) -> str:
    original = magnet.get("translation_of")
    return original if isinstance(original, str) and SLUG.fullmatch(original) else ""


def _facts(definition: str, draft: Draft) -> Facts:
    """As the definition says; while it does not parse, as it was."""
    return facts_of(definition) or Facts(draft.slug, draft.kind, draft.title, draft.translation_of)


def _text(settings: Settings, files: Files) -> str:
    return parcels.read(settings, files, DEFINITION).decode("utf-8-sig", "replace")


def _as_before(typed: str, before: bytes) -> bytes:
    """The typed text with the line breaks and the byte order mark of the file; the file itself where they agree."""
    plain = typed.replace("\r\n", "\n").replace("\x00", "")
    old = before.decode("utf-8-sig", "replace")
    if old.replace("\r\n", "\n").strip("\n") == plain.strip("\n"):
        return before
    if not plain.endswith("\n"):
        plain += "\n"
    content = plain.replace("\n", "\r\n") if "\r\n" in old else plain
    return content.encode("utf-8-sig" if before.startswith(b"\xef\xbb\xbf") else "utf-8", "replace")


# --- to the press -------------------------------------------------------------------------------------


@journey
def ask_to_publish(
    public_id: str,
    *,
    succession: Succession = AS_PROMISED,
    window: Window = ALWAYS,
    due: datetime | None = None,
    actor: str,
    at: datetime,
) -> str:
    """The button was pressed: the worker publishes the draft as it is now. Gives the publication's public id.

    `window`: when the page is to be open; without limits it keeps the times that it has. `due`: not before that time,
    in place of what waited for a time before; what is live stays until then, and what is saved until then is not in it.
    """
    draft = drafts.hold(public_id)
    if draft is None:
        raise NotFound("draft")
    asked = drafts.ask(
        draft,
        succession=succession,
        opens_at=window.opens_at,
        closes_at=window.closes_at,
        due_at=due,
        by=actor,
        at=at,
    )
    key = f"publish:{asked.public_id}"
    enqueue("publish", key=key, lane="render", at=at, due=due, publication=asked.public_id)
    if due is not None:
        audit.record(actor, "draft.timed", f"draft:{public_id}", at=at, due=due.isoformat())
    return asked.public_id


@journey
def cancel_publication(draft_id: str, publication_id: str, *, actor: str, at: datetime) -> None:
    """What waits for its time is not published; twice is harmless. Raises NotFound for that of another draft."""
    draft = drafts.hold(draft_id)
    asked = drafts.publication(publication_id)
    if draft is None or (asked is not None and asked.draft_id != draft.id):
        raise NotFound("publication")
    if drafts.cancel(publication_id) is not None:
        audit.record(actor, "draft.untimed", f"draft:{draft_id}", at=at)
