"""Other covers for variants of a page: drawn when they are chosen, and for each edition after that."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from capture.catalogue import documents, drafts, editions, parcels
from capture.catalogue.models import MagnetKind
from capture.config import Settings
from capture.db import JsonObject, db, journey
from capture.errors import UploadRefused
from capture.languages import say
from capture.outbox import queue
from capture.outbox.queue import enqueue
from capture.pages import experiments, screens, sheets
from capture.pages.models import Experiment
from capture.pages.pages import LivePage
from capture.pages.variants import Overrides
from magnets import bundle
from magnets.editor import LOGOS, MOST_PIXELS, size_of

NARROWEST = 600  # pixels, for screens that have two for each of ours


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
    """The drawings and pictures that its variants show on the cover."""
    return [Overrides.from_json(variant.overrides).cover for variant in experiments.variants(experiment)]


def progress(page: LivePage, arts: Iterable[str]) -> Progress:
    """How far the drawing of these is."""
    wanted = list(dict.fromkeys(art for art in arts if art))
    left, edition = missing(page, wanted), editions.newest(page.magnet_id)
    keys = [_key(edition.id, art) for art in left] if edition else []
    return Progress(len(wanted) - len(left), len(wanted), next(iter(queue.parked(keys)), ""))


def _key(edition_id: int, art: str) -> str:
    return f"cover:{edition_id}:{art}"


def missing(page: LivePage, arts: Iterable[str]) -> list[str]:
    """Which of these covers there are not yet."""
    edition = editions.newest(page.magnet_id)
    if edition is None or page.kind not in DRAWN:
        return []
    return [art for art in dict.fromkeys(arts) if art and not editions.pictures(edition, editions.other_cover(art))]


def draw(settings: Settings, payload: JsonObject) -> None:
    """What the outbox message asks for, from the files that are live."""
    draft = drafts.by_slug(payload["magnet"])
    files = drafts.live_files(draft) if draft else None
    db.session.remove()  # Rendering takes a second: no snapshot is held open meanwhile.
    if files is None:
        return
    from capture.catalogue import press  # see marketer.publish

    store, art = documents.store(settings), payload["art"]
    text = parcels.read(settings, files, parcels.DEFINITION).decode("utf-8-sig")
    redrawn = parcels.put(settings, {parcels.DEFINITION: on_cover(text, art).encode()})
    with parcels.laid_out(settings, {**files, **redrawn, **picture(art)}) as folder:
        drawn = press.cover(bundle.read(folder), editions.other_cover(art), store, documents.shelf(settings))
    _keep(payload["edition"], drawn)


@journey
def _keep(edition_id: int, drawn: tuple[editions.PagePicture, ...]) -> None:
    editions.set_cover(edition_id, drawn)


def on_cover(text: str, cover: str) -> str:
    """The magnet.toml whose cover has this drawing, in the place of any picture, or this picture."""
    drawing = str(sheets.read(screens.COVER, sheets.table_of(text))["magnet-cover_art"])
    [path] = picture(cover) or [""]
    return sheets.write(text, screens.COVER, {"magnet-cover": path, "magnet-cover_art": drawing if path else cover})


def picture(cover: str) -> dict[str, str]:
    """The file of a bundle that a cover needs, by its path; none for a drawing."""
    sha, _, ending = cover.partition(".")
    return {f"pictures/cover-{sha[:8]}.{ending}": sha} if ending else {}


def keep(settings: Settings, name: str, content: bytes) -> str:
    """A picture for a cover goes into the store; gives what names it. Raises UploadRefused."""
    ending = name.lower().rpartition(".")[2]
    if f".{ending}" not in LOGOS:
        raise UploadRefused(say("A cover has a picture: %(endings)s.", endings=", ".join(LOGOS)))
    store = documents.store(settings)
    sha = store.put(content)
    width, height = size_of(store.path(sha)) or (0, 0)
    if not width or width * height > MOST_PIXELS:
        raise UploadRefused(say("This picture cannot be opened. Export it again, as .jpg or .png."))
    if width < NARROWEST:
        raise UploadRefused(
            say(
                "This picture is %(width)s pixels wide and would be blurred. Use %(least)s or more.",
                width=width,
                least=NARROWEST,
            )
        )
    return f"{sha}.{ending}"
