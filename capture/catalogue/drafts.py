"""Drafts: bundles that are being written, their versions, and their way to the press."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from capture.catalogue import magnets
from capture.catalogue.editions import Succession
from capture.catalogue.models import Draft, DraftVersion, MagnetKind, Publication, PublicationState
from capture.catalogue.parcels import Files
from capture.db import session
from capture.errors import DraftChanged
from capture.languages import kept
from magnets.sentences import packed

ONE_SITTING = timedelta(minutes=10)
MOST_LISTED = 200
PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Facts:
    """What lists say about a draft, as its magnet.toml has it."""

    slug: str
    kind: MagnetKind
    title: str
    translation_of: str = ""  # slug of the magnet that it says in another language


def by_public_id(public_id: str) -> Draft | None:
    """The draft of this id."""
    return session().scalar(select(Draft).where(Draft.public_id == public_id))


def by_slug(slug: str) -> Draft | None:
    """The draft of the magnet with this slug."""
    return session().scalar(select(Draft).where(Draft.slug == slug))


def original_of(draft: Draft) -> str:
    """The slug that stands for all versions of what a draft says: the one in the language that came first."""
    return draft.translation_of or draft.slug


def in_all_languages(draft: Draft) -> Sequence[Draft]:
    """The versions of what a draft says, itself among them, the original first."""
    original = original_of(draft)
    versions = select(Draft).where((Draft.slug == original) | (Draft.translation_of == original))
    return session().scalars(versions.order_by(Draft.translation_of != "", Draft.id).limit(MOST_LISTED)).all()


def listed() -> Sequence[Draft]:
    """The drafts that were touched last, at most MOST_LISTED."""
    return session().scalars(select(Draft).order_by(Draft.changed_at.desc(), Draft.id.desc()).limit(MOST_LISTED)).all()


@dataclass(frozen=True, slots=True)
class Found:
    """A part of the list of drafts; `number` counts from 1."""

    drafts: Sequence[Draft]
    number: int
    has_older: bool


def found(text: str, *, number: int) -> Found:
    """The drafts with this text in their title or address, the last changed first."""
    query = select(Draft).order_by(Draft.changed_at.desc(), Draft.id.desc())
    if text:
        query = query.where(Draft.title.icontains(text, autoescape=True) | Draft.slug.icontains(text, autoescape=True))
    rows = session().scalars(query.offset((number - 1) * PAGE_SIZE).limit(PAGE_SIZE + 1)).all()
    return Found(rows[:PAGE_SIZE], number, len(rows) > PAGE_SIZE)


def ids_of(slugs: Iterable[str]) -> dict[str, str]:
    """The public id of the draft of each of these magnets that has one, by the magnet's slug."""
    query = select(Draft.slug, Draft.public_id).where(Draft.slug.in_([*slugs]))
    return dict(session().execute(query).all())


def free_slug(wanted: str) -> str:
    """This slug, or the first with a number behind it that no magnet and no draft has."""
    slug, number = wanted, 1
    while by_slug(slug) is not None or magnets.by_slug(slug) is not None:
        number += 1
        slug = f"{wanted[:75]}-{number}"
    return slug


def start(facts: Facts, files: Files, *, what: str, author: str, at: datetime) -> Draft:
    """A new draft with its first version."""
    draft = Draft(
        slug=facts.slug,
        kind=facts.kind,
        title=facts.title,
        translation_of=facts.translation_of,
        revision=1,
        files=dict(files),
        created_at=at,
        changed_at=at,
        changed_by=author,
    )
    session().add(draft)
    session().flush()
    _note_version(draft, what=what, author=author, at=at)
    return draft


def save(
    draft: Draft,
    facts: Facts,
    changes: Mapping[str, str | None],
    *,
    what: str,
    apart: bool = False,
    author: str,
    at: datetime,
) -> bool:
    """The next revision: `changes` are the new hashes by path, None for a file that goes. Nothing changed: none.

    Gives whether a version began: what one person does on one screen in ONE_SITTING is one. `apart`: always one of its
    own, so that this step alone can be taken back.
    """
    files = {**draft.files, **{path: sha for path, sha in changes.items() if sha is not None}}
    for path in (path for path, sha in changes.items() if sha is None):
        files.pop(path, None)
    if files == draft.files:
        return False
    draft.files, draft.slug, draft.kind, draft.title = files, facts.slug, facts.kind, facts.title
    draft.translation_of = facts.translation_of
    draft.revision += 1
    draft.changed_at, draft.changed_by = at, author
    return _note_version(draft, what=what, apart=apart, author=author, at=at)


def hold(public_id: str) -> Draft | None:
    """The draft, fresh and held until the transaction ends, so that saves come one after the other."""
    query = select(Draft).where(Draft.public_id == public_id).with_for_update()
    return session().scalar(query.execution_options(populate_existing=True))


def refuse_if_changed(draft: Draft, expected: Mapping[str, str | None]) -> None:
    """Raises DraftChanged where a file is no longer the one that was read (None: there was none)."""
    if any(draft.files.get(path) != sha for path, sha in expected.items()):
        raise DraftChanged(draft.changed_by, draft.changed_at)


def versions(draft: Draft) -> Sequence[DraftVersion]:
    """Who changed what, the newest first, at most MOST_LISTED."""
    query = select(DraftVersion).where(DraftVersion.draft_id == draft.id)
    return session().scalars(query.order_by(DraftVersion.revision.desc()).limit(MOST_LISTED)).all()


def version(draft: Draft, revision: int) -> DraftVersion | None:
    """One of them."""
    query = select(DraftVersion).where(DraftVersion.draft_id == draft.id, DraftVersion.revision == revision)
    return session().scalar(query)


def version_before(draft: Draft, revision: int) -> DraftVersion | None:
    """The version that this one was made from; None for the first."""
    earlier = select(DraftVersion).where(DraftVersion.draft_id == draft.id, DraftVersion.revision < revision)
    return session().scalar(earlier.order_by(DraftVersion.revision.desc()).limit(1))


def _note_version(draft: Draft, *, what: str, apart: bool = False, author: str, at: datetime) -> bool:
    last = session().scalar(
        select(DraftVersion).where(DraftVersion.draft_id == draft.id).order_by(DraftVersion.revision.desc()).limit(1)
    )
    is_same = last is not None and (last.what, last.author) == (what, author) and last.at > at - ONE_SITTING
    if last is not None and is_same and not apart:
        last.revision, last.files = draft.revision, draft.files
    else:
        session().add(
            DraftVersion(draft_id=draft.id, revision=draft.revision, files=draft.files, what=what, author=author, at=at)
        )
    session().flush()
    return apart or not is_same


# --- on the way to the press --------------------------------------------------------------------------


def ask(
    draft: Draft,
    *,
    succession: Succession,
    opens_at: datetime | None = None,
    closes_at: datetime | None = None,
    due_at: datetime | None = None,
    by: str,
    at: datetime,
) -> Publication:
    """Somebody pressed the button: these very files are to be published. One that still waits is taken instead.

    With `due_at` they wait for that time, in place of what waited for one before.
    """
    if due_at is not None and (before := timed(draft)) is not None:
        session().delete(before)
        session().flush()
    waiting = session().scalar(
        select(Publication).where(
            Publication.draft_id == draft.id,
            Publication.state == PublicationState.WAITING,
            Publication.due_at == due_at,
        )
    )
    times = (opens_at, closes_at)
    if (
        waiting is not None
        and waiting.files == draft.files
        and succession_of(waiting) == succession
        and (waiting.opens_at, waiting.closes_at) == times
    ):
        return waiting
    asked = Publication(
        draft_id=draft.id,
        files=draft.files,
        is_correction=succession.is_correction,
        keeps_earlier=succession.keeps_earlier,
        opens_at=opens_at,
        closes_at=closes_at,
        due_at=due_at,
        asked_by=by,
        asked_at=at,
    )
    session().add(asked)
    session().flush()
    return asked


def succession_of(asked: Publication) -> Succession:
    """How the edition that comes of it follows the one before."""
    return Succession(asked.is_correction, asked.keeps_earlier)


def publication(public_id: str) -> Publication | None:
    """The publication of this id."""
    return session().scalar(select(Publication).where(Publication.public_id == public_id))


_WAITS_FOR_ITS_TIME = (Publication.state == PublicationState.WAITING) & Publication.due_at.is_not(None)


def newest_publication(draft: Draft) -> Publication | None:
    """What became of the last press of the button; what still waits for its time has no outcome yet."""
    return _last_at_the_press(draft.id)


def is_at_the_press(draft_id: int | None, files: Files) -> bool:
    """Whether these very files wait to be published, or are being set for it."""
    last = _last_at_the_press(draft_id)
    waits = (PublicationState.WAITING, PublicationState.WORKING)
    return last is not None and last.state in waits and last.files == dict(files)


def _last_at_the_press(draft_id: int | None) -> Publication | None:
    went = func.coalesce(Publication.due_at, Publication.asked_at)
    query = select(Publication).where(Publication.draft_id == draft_id, ~_WAITS_FOR_ITS_TIME)
    return session().scalar(query.order_by(went.desc(), Publication.id.desc()).limit(1))


def timed(draft: Draft) -> Publication | None:
    """The version that waits for its time, if one does."""
    return session().scalar(select(Publication).where(Publication.draft_id == draft.id, _WAITS_FOR_ITS_TIME))


def times() -> Mapping[str, datetime]:
    """When versions that wait are due, by the slug of their magnet."""
    query = select(Draft.slug, Publication.due_at).join(Draft, Draft.id == Publication.draft_id)
    return {slug: due for slug, due in session().execute(query.where(_WAITS_FOR_ITS_TIME).limit(MOST_LISTED)) if due}


def cancel(publication_id: str) -> Publication | None:
    """The version that waited does not go to the press any more; None where it no longer waits."""
    asked = session().scalar(
        select(Publication).where(Publication.public_id == publication_id, _WAITS_FOR_ITS_TIME).with_for_update()
    )
    if asked is not None:
        session().delete(asked)
    return asked


def live_files(draft: Draft) -> Files | None:
    """The files that were published last, if any were."""
    query = select(Publication.files).where(
        Publication.draft_id == draft.id, Publication.state == PublicationState.LIVE
    )
    return session().scalar(query.order_by(Publication.finished_at.desc(), Publication.id.desc()).limit(1))


def note_progress(publication_id: int, *, stage: str, done: int, total: int) -> None:
    """How far the renderer is: pages done of `total`, 0 while that is not known."""
    session().execute(
        update(Publication)
        .where(Publication.id == publication_id, Publication.state != PublicationState.LIVE)
        .values(state=PublicationState.WORKING, stage=stage, done=done, total=total)
    )


def finish(
    publication_id: int, *, slug: str = "", edition: int = 0, faults: Sequence[str] = (), at: datetime
) -> Publication:
    """It is live under this slug, or it was stopped by these faults."""
    asked = session().get_one(Publication, publication_id)
    asked.state = PublicationState.STOPPED if faults else PublicationState.LIVE
    asked.slug, asked.edition, asked.faults, asked.finished_at = slug, edition, [packed(fault) for fault in faults], at
    return asked


def overtake(live: Publication) -> Draft | None:
    """What waited for its time since before this was asked for is not published any more: it would undo it.

    Gives the draft of both; None where nothing waited.
    """
    earlier = Publication.draft_id == live.draft_id, Publication.id < live.id
    waited = session().scalar(select(Publication).where(*earlier, _WAITS_FOR_ITS_TIME).with_for_update())
    if waited is None:
        return None
    session().delete(waited)
    return session().get_one(Draft, live.draft_id)


def is_overtaken(publication_id: int) -> bool:
    """Whether something that was asked for later is live already: this would undo it."""
    draft_id = session().scalar(select(Publication.draft_id).where(Publication.id == publication_id))
    later = select(Publication.id).where(
        Publication.draft_id == draft_id, Publication.id > publication_id, Publication.state == PublicationState.LIVE
    )
    return session().scalar(later.limit(1)) is not None


def note_published(facts: Facts, files: Files, *, slug: str, edition: int, by: str, at: datetime) -> Publication | None:
    """A folder was published: its draft has these files now, and they are what is live. None where they were before."""
    known = by_slug(facts.slug)
    draft = hold(known.public_id) if known else None
    what = kept("Published from a folder")
    if draft is None:
        draft = start(facts, files, what=what, author=by, at=at)
    else:
        gone = {path: None for path in draft.files if path not in files}
        save(draft, facts, {**files, **gone}, what=what, author=by, at=at)
    if live_files(draft) == files:
        return None
    asked = Publication(draft_id=draft.id, files=dict(files), asked_by=by, asked_at=at)
    session().add(asked)
    session().flush()
    return finish(asked.id, slug=slug, edition=edition, at=at)
