"""The press: a bundle becomes the draft of an edition, with its document and its pictures in the store."""

import io
from collections.abc import Sequence
from dataclasses import replace

from PIL import Image, ImageOps, UnidentifiedImageError

from capture.catalogue import editions, magnets
from capture.catalogue.editions import LOGO, SHARED, ContentsEntry, Draft, PagePicture
from capture.catalogue.models import LinkPolicy
from capture.config import resource
from capture.errors import PublishingStopped
from magnets import bundle, card, example, finished, imprint, preview
from magnets.bundle import Bundle
from magnets.document import Extract
from magnets.editor import SHOWN_BY_NETWORKS
from magnets.findings import Finding
from magnets.manuscript import compose, reading_minutes
from magnets.shelf import Shelf
from magnets.store import Store
from magnets.typeset import Limits, Listener, Typeset, TypesettingFailed, proof, typeset

# Pixels: a cover on a page is up to 480 wide, and twice that on a dense screen.
WIDTHS = (480, 960)
SHARED_SIZE = (1200, 1200)
LOGO_SIZE = (640, 112)  # twice the height at which it stands in a page's head
SHEETS = 4  # up to so many pages a document has no covers
MOST_INSIDE = 6
RESULT = 2  # the page of an assessment that shows it


def draft(
    given: Bundle,
    store: Store,
    *,
    limits: Limits | None = None,
    progress: Listener | None = None,
    shelf: Shelf | None = None,
) -> tuple[Draft, tuple[Finding, ...]]:
    """The next edition of a bundle with its files in the store, and what the renderer complained about.

    Takes seconds: the renderer runs, unless what it would set stands on the `shelf`, or the newest edition is of these
    very files; then the draft has no document. Raises PublishingStopped where the document cannot be made.
    """
    magnet = given.magnet
    made = Draft(
        bundle_digest=given.digest(),
        title=magnet.title,
        subtitle=magnet.subtitle,
        summary=magnet.summary,
        authors=tuple({"name": author.name, "role": author.role} for author in magnet.authors),
        language=magnet.language,
        personalised=magnet.personalised,
        link_policy=LinkPolicy(magnet.links.value),
        pictures=_beside_the_document(given, store),
    )
    if magnet.kind is bundle.MagnetKind.WEBINAR:
        return replace(made, pictures=(*made.pictures, *_card(made, given, None, store))), ()
    if _is_published(given, made.bundle_digest, store):
        return made, ()
    if magnet.kind is bundle.MagnetKind.FILE:
        return _with_file(made, given, store, progress), ()
    try:
        book = typeset(given, themes=resource("templates") / "magnets", limits=limits, progress=progress, shelf=shelf)
        pdf = imprint.prepare(book.pdf)
    except (TypesettingFailed, imprint.PreparationFailed) as failed:
        raise PublishingStopped([str(failed)]) from failed
    return _with_document(made, given, book, pdf, store, shelf), book.findings


def _is_published(given: Bundle, digest: str, store: Store) -> bool:
    """Whether the newest edition is of these very files, so that nothing need be rendered."""
    magnet = magnets.by_slug(given.magnet.slug)
    newest = editions.newest(magnet.id) if magnet else None
    if newest is None or newest.bundle_digest != digest or newest.document is None:
        return False
    return store.exists(newest.document)


def _with_document(made: Draft, given: Bundle, book: Typeset, pdf: bytes, store: Store, shelf: Shelf | None) -> Draft:
    asked = given.magnet.assessment
    seen = example.example(pdf, asked) if asked else example.Example(pdf, book.pages)
    left_out = book.pages - seen.pages
    contents = tuple(
        ContentsEntry(line.title, line.level, line.page - left_out, line.minutes or 0) for line in book.contents
    )
    worth = [line.page for line in contents if line.level == 1]
    if asked:
        worth = [RESULT, *worth]
    shown = preview.drawn_lately(seen.pdf, [1, *_worth_showing(seen.pages, worth)], widths=WIDTHS, shelf=shelf)
    manuscript = compose(given)
    return replace(
        made,
        document=store.put(pdf),
        document_bytes=len(pdf),
        pages=seen.pages,
        words=manuscript.words,
        minutes=manuscript.minutes,
        contents=contents,
        pictures=(
            *made.pictures,
            *_card(made, given, shown[1].webp if seen.pages > SHEETS else None, store),
            *(PagePicture(one.page, *_kept(one, store)) for one in shown),
        ),
    )


def _kept(one: preview.Picture, store: Store) -> tuple[int, int, str]:
    return one.width, one.height, store.put(one.webp)


def cover(given: Bundle, number: int, store: Store, shelf: Shelf) -> tuple[PagePicture, ...]:
    """The cover of a bundle, to be kept under this page number. Takes a second: the renderer runs."""
    front = Extract(has_covers=True, chapters=frozenset())
    try:
        set_pages = proof(given, front, themes=resource("templates") / "magnets", shelf=shelf)
    except TypesettingFailed as failed:
        raise PublishingStopped([str(failed)]) from failed
    drawn = preview.drawn_lately(set_pages.pdf, [1], widths=WIDTHS, shelf=shelf)
    return tuple(PagePicture(number, *_kept(one, store)) for one in drawn)


def _with_file(made: Draft, given: Bundle, store: Store, progress: Listener | None) -> Draft:
    """A finished PDF as an edition, its cover its own: streamed into the store, never whole in memory."""
    try:
        with finished.press(given, themes=resource("templates") / "magnets", progress=progress) as pressed:
            contents = _timed(pressed)
            chapters = [line.page for line in contents if line.level == 1]
            inside = [page for page in _worth_showing(pressed.pages, chapters) if page != pressed.front]
            shown = pressed.pictures([pressed.front, *inside], WIDTHS)
            with pressed.document.open("rb") as file:
                document = store.put_from(file)
            size, front = pressed.document.stat().st_size, pressed.front
    except (finished.FileUnusable, imprint.PreparationFailed) as failed:
        raise PublishingStopped([str(failed)]) from failed
    words = sum(pressed.words)
    return replace(
        made,
        document=document,
        document_bytes=size,
        pages=pressed.pages,
        words=words,
        minutes=reading_minutes(words) if words else 0,
        contents=contents,
        pictures=(
            *made.pictures,
            *_card(made, given, shown[1].webp if shown else None, store),
            *(PagePicture(1 if one.page == front else one.page, *_kept(one, store)) for one in shown),
        ),
    )


def _timed(pressed: finished.Pressed) -> tuple[ContentsEntry, ...]:
    """The bookmarks; a chapter takes the time of the pages up to the next one."""
    before = pressed.front - 1
    openers = [one.page for one in pressed.contents if one.level == 1]
    entries = []
    for one in pressed.contents:
        later = next((page for page in openers if page > one.page), pressed.pages + 1)
        words = sum(pressed.words[one.page - 1 - before : later - 1 - before])
        entries.append(ContentsEntry(one.title, one.level, one.page, reading_minutes(words) if one.level == 1 else 0))
    return tuple(entries)


def _card(made: Draft, given: Bundle, cover: bytes | None, store: Store) -> tuple[PagePicture, ...]:
    """The picture for sharing, unless the bundle has one of its own."""
    if any(picture.page == SHARED for picture in made.pictures):
        return ()
    brand = given.magnet.brand
    sha = store.put(card.card(made.title, brand.name, brand.colour, cover))
    return (PagePicture(SHARED, *SHOWN_BY_NETWORKS, sha, "jpg"),)


def _worth_showing(count: int, first_pages: Sequence[int]) -> list[int]:
    """Inside pages to leaf through: chapters' first pages and what follows them, spread over the document."""
    inside = range(2, count if count > SHEETS else count + 1)  # The last page of a book is its back cover.
    openers = [page for page in first_pages if page in inside]
    pairs = [page for opener in _spread(openers, MOST_INSIDE // 2) for page in (opener, opener + 1) if page in inside]
    rest = [page for page in _spread(list(inside), MOST_INSIDE) if page not in pairs]
    return sorted([*dict.fromkeys(pairs), *rest][:MOST_INSIDE])


def _spread(numbers: Sequence[int], most: int) -> list[int]:
    """At most so many of them, evenly, the first one always among them."""
    step = max(1.0, len(numbers) / most)
    return [numbers[int(at * step)] for at in range(min(most, len(numbers)))]


def _beside_the_document(given: Bundle, store: Store) -> tuple[PagePicture, ...]:
    """The logo, and the picture of [seo] image in the size that other sites show; as far as there are any."""
    seo = given.table.get("seo")
    shared = seo.get("image") if isinstance(seo, dict) else None
    named = ((SHARED, shared, SHARED_SIZE, "RGB"), (LOGO, given.magnet.brand.logo, LOGO_SIZE, "RGBA"))
    return tuple(_small(given, str(name), number, size, mode, store) for number, name, size, mode in named if name)


def _small(given: Bundle, name: str, number: int, size: tuple[int, int], mode: str, store: Store) -> PagePicture:
    try:
        with Image.open(given.files[name]) as opened:
            picture = ImageOps.exif_transpose(opened).convert(mode)
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError) as wrong:
        raise PublishingStopped([f"{name}: this picture cannot be read ({wrong})"]) from wrong
    picture.thumbnail(size)
    file = io.BytesIO()
    if number == SHARED:
        picture.save(file, "JPEG", quality=card.QUALITY, optimize=True)
        return PagePicture(number, picture.width, picture.height, store.put(file.getvalue()), "jpg")
    picture.save(file, "WEBP", quality=preview.QUALITY, method=6)
    return PagePicture(number, picture.width, picture.height, store.put(file.getvalue()))
