"""Covers with another drawing, for variants of a page: drawn when they are chosen, and for each edition after that."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from capture.catalogue import documents, drafts, editions, parcels, press
from capture.catalogue.models import MagnetKind
from capture.config import Settings
from capture.db import JsonObject, db, journey
from capture.outbox import queue
from capture.outbox.queue import enqueue
from capture.pages import experiments, screens, sheets
from capture.pages.models import Experiment
from capture.pages.pages import LivePage
from capture.pages.variants import Overrides
from magnets import bundle


@dataclass(frozen=True, slots=True)
class Progress:
    """How many are drawn, of how many; `fault` says why one of them never will be."""

    done: int
    total: int
    fault: str


DRAWN = (MagnetKind.EBOOK, MagnetKind.ASSESSMENT)  # kinds of magnets that have a cover of ours


def ask(page: LivePage, arts: Iterable[str], *, at: datetime) -> None:
    """The worker draws these for the newest edition, unless it has done so."""
    edition = editions.newest(page.magnet_id)
    if edition is None or page.kind not in DRAWN:
        return
    for art in filter(None, arts):
        enqueue(
            "cover",
            key=_key(edition.id, art),
            lane="proof",
            at=at,
            magnet=page.magnet_slug,
            edition=edition.id,
            art=art,
        )


def of(experiment: Experiment) -> list[str]:
    """The drawings that its variants show."""
    return [Overrides.from_json(variant.overrides).cover_art for variant in experiments.variants(experiment)]


def progress(page: LivePage, arts: Iterable[str]) -> Progress:
    """How far the drawing of these is."""
    wanted = list(dict.fromkeys(art for art in arts if art))
    left, edition = missing(page, wanted), editions.newest(page.magnet_id)
    keys = [_key(edition.id, art) for art in left] if edition else []
    return Progress(len(wanted) - len(left), len(wanted), next(iter(queue.parked(keys)), ""))


def _key(edition_id: int, art: str) -> str:
    return f"cover:{edition_id}:{art}"


def missing(page: LivePage, arts: Iterable[str]) -> list[str]:
    """Which of these drawings there are not yet."""
    edition = editions.newest(page.magnet_id)
    if edition is None or page.kind not in DRAWN:
        return []
    return [art for art in dict.fromkeys(arts) if art and not editions.pictures(edition, editions.OTHER_COVERS[art])]


def draw(settings: Settings, payload: JsonObject) -> None:
    """What the outbox message asks for, from the files that are live."""
    draft = drafts.by_slug(payload["magnet"])
    files = drafts.live_files(draft) if draft else None
    db.session.remove()  # Rendering takes a second: no snapshot is held open meanwhile.
    if files is None:
        return
    store, art = documents.store(settings), payload["art"]
    text = parcels.read(settings, files, parcels.DEFINITION).decode("utf-8-sig")
    redrawn = parcels.put(settings, {parcels.DEFINITION: with_art(text, art).encode()})
    with parcels.laid_out(settings, {**files, **redrawn}) as folder:
        drawn = press.cover(bundle.read(folder), art, store)
    _keep(payload["edition"], drawn)


@journey
def _keep(edition_id: int, drawn: tuple[editions.PagePicture, ...]) -> None:
    editions.set_cover(edition_id, drawn)


def with_art(text: str, art: str) -> str:
    """The magnet.toml whose cover has this drawing; a picture that stood in its place goes."""
    return sheets.write(text, screens.COVER, {"magnet-cover": "", "magnet-cover_art": art})
