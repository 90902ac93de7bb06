"""An edition that is open for copying, and a copy: the edition's bytes and an update behind them. Nothing is stored."""

import os
import weakref
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from urllib.parse import quote

import pikepdf

from magnets.imprint import sections as choosing
from magnets.imprint.borrowing import EmbeddedFont
from magnets.imprint.composition import Composer, Place
from magnets.imprint.prepare import READABLE, RECORD
from magnets.imprint.slots import Box, Slot, Value, parse
from magnets.imprint.typeface import Description, Typeface, embedded
from magnets.imprint.update import Base, Updater

PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))


class NotAnEdition(Exception):
    """The file was not made by prepare(), or by a newer version of it."""


_MOST_CHOICES = 256
"""Choices of sections that an open edition remembers."""


@dataclass(frozen=True, slots=True)
class _PageOfSlots:
    """The number of a page's object, of its stream and of its font table, and its slots."""

    page: int
    stream: int
    places: Sequence[Place]
    elements: Sequence[tuple[int, bytes]]
    """Number and opening of the structure element of each drawing on the page; its words follow."""


@dataclass(frozen=True, slots=True)
class _Choice:
    """What copies with the same sections have in common: objects that change alike, and the pages that are left."""

    objects: Sequence[tuple[int, bytes]]
    composer: Composer
    streams: Sequence[int]
    elements: Sequence[tuple[int, bytes]]


class Prepared:
    """An open edition: a file descriptor and what copying needs. Thread-safe."""

    __slots__ = (
        *("__weakref__", "_base", "_choices", "_faces", "_file", "_pages", "_seed", "_spans", "_tables", "_updater"),
        *("path", "sections", "slots", "target_pages", "targets"),
    )

    path: Path
    slots: tuple[Slot, ...]
    targets: tuple[str, ...]
    target_pages: tuple[int, ...]
    """On which page of the whole document each link lies, counted from 1; 0: in a slot, or nowhere."""
    sections: tuple[str, ...]
    """The sections of which a copy may keep some, in the order of the document."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with _document(path) as document:
            record = document.Root.get(RECORD)
            if record is None or int(record.Format) not in READABLE:
                raise NotAnEdition(f"{path.name} is not an edition of format {READABLE[-1]}")
            self._pages = _pages_of_slots(document, record)
            self._faces: Mapping[bytes, Typeface] = {
                name[1:].encode(): embedded(face.File.read_bytes(), face.Texts.read_bytes())
                for name, face in record.Faces.items()
            }
            self._tables = {page.Fonts.objgen[0]: _entries(page.Fonts) for page in record.Pages}
            self._spans = {
                str(section.Name): frozenset(page.objgen[0] for page in section.Pages)
                for section in record.get("/Sections", ())
            }
            self.targets = tuple(str(action.URI) for action in record.Links)
            self.target_pages = _pages_of_links(document, record)
            self._base = _base(document, path)
        self.slots = tuple(place.slot for page in self._pages for place in page.places)
        self.sections = tuple(self._spans)
        whole: frozenset[str] = frozenset()
        self._choices = {whole: self._chosen(whole)}
        self._updater = Updater(self._base)
        # Whoever resumes a download after the product has learnt to write updates differently must start again.
        self._seed = blake2b(self._base.identity + self._updater.tail(b"", (), b""), digest_size=16)
        self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        weakref.finalize(self, os.close, self._file)

    @classmethod
    def open(cls, path: Path) -> "Prepared":
        """Open an edition that prepare() made; its file must stay as it is. Raises NotAnEdition."""
        return cls(path)

    def copy(
        self, values: Mapping[str, Value], *, link_prefix: str | None, sections: Collection[str] | None = None
    ) -> "Copy":
        """A lead's own document: the values in their slots, link n leading to the prefix and n (None: plain links).

        Values are texts, numbers, or a number for each axis of a radar; texts stay text. One that is missing, or that
        no font on this machine can show, gives way to the slot's fallback. Of the edition's sections those named stay
        (None: all of them). The same arguments give the same bytes.
        """
        prefix = None if link_prefix is None else _printable(link_prefix)
        choice = self._choice(sections)
        composition = choice.composer.compose(values, prefix)
        objects = [_stream(number, b"", text) for number, text in zip(choice.streams, composition.streams, strict=True)]
        if choice.objects or choice.elements or composition.fonts:
            spoken = zip(choice.elements, composition.spoken, strict=False)
            objects += [_described(number, opening, words) for (number, opening), words in spoken if number]
            objects += [*choice.objects, *self._font_objects(composition.fonts)]
            objects.sort()
        escaped = None if prefix is None else _escaped(prefix)
        identity = self._seed.copy()
        identity.update(b"" if escaped is None else b"(%s)" % escaped)
        identity.update(b"".join([text for _, text in objects]))
        digest = identity.digest()
        changes = objects or (escaped is not None and self.targets)
        return Copy(self, self._updater.tail(escaped, objects, digest) if changes else b"", digest.hex())

    def _choice(self, sections: Collection[str] | None) -> _Choice:
        omitted = frozenset[str]() if sections is None else frozenset(self.sections) - frozenset(sections)
        choice = self._choices.get(omitted)
        if choice is None:
            if len(self._choices) >= _MOST_CHOICES:
                self._choices = {}
            choice = self._choices[omitted] = self._chosen(omitted)
        return choice

    def _chosen(self, omitted: frozenset[str]) -> _Choice:
        gone = frozenset[int]().union(*[self._spans[name] for name in omitted])
        changed: Mapping[int, bytes] = {}
        if gone:
            with _document(self.path) as document:
                changed = choosing.without(document, gone)
        kept = [page for page in self._pages if page.page not in gone]
        return _Choice(
            objects=[(number, b"%d 0 obj\n%s\nendobj\n" % (number, text)) for number, text in changed.items()],
            composer=Composer([page.places for page in kept], self._faces),
            streams=[page.stream for page in kept],
            elements=[element for page in kept for element in page.elements],
        )

    def _font_objects(self, fonts: Sequence[EmbeddedFont]) -> Iterator[tuple[int, bytes]]:
        """The objects of borrowed fonts, and the font tables of the pages with the new names in them."""
        names = b""
        for at, font in enumerate(fonts):
            number = self._base.free + at * OBJECTS_OF_A_FONT
            names += b"/%s %d 0 R" % (font.resource, number)
            yield from _written_font(font.description, number)
        for number, table in self._tables.items():
            yield number, b"%d 0 obj\n<<%s%s>>\nendobj\n" % (number, table, names)

    @property
    def length(self) -> int:
        """Bytes of the edition itself."""
        return self._base.length

    def read(self, start: int, count: int) -> bytes:
        """Bytes of the edition, without moving a shared file position."""
        data = os.pread(self._file, count, start)
        if len(data) < min(count, self.length - start):
            raise OSError(f"{self.path.name} was cut short while it was being sent")
        return data


class Copy:
    """One lead's document, as the bytes it shares with all others and the bytes of its own."""

    __slots__ = ("_prepared", "etag", "length", "tail")

    def __init__(self, prepared: Prepared, tail: bytes, etag: str) -> None:
        self._prepared = prepared
        self.tail = tail
        self.etag = etag
        self.length = prepared.length + len(tail)

    @property
    def edition(self) -> Prepared:
        """The edition whose bytes come first; `tail` follows."""
        return self._prepared

    def chunks(self, start: int = 0, stop: int | None = None, size: int = 65_536) -> Iterator[bytes]:
        """The bytes from start to before stop, in pieces of at most `size`; nothing is held besides one piece.

        Larger pieces are no faster, and what the server's threads hold of them adds up.
        """
        stop = self.length if stop is None else min(stop, self.length)
        shared = self._prepared.length
        while start < min(stop, shared):
            piece = self._prepared.read(start, min(size, min(stop, shared) - start))
            yield piece
            start += len(piece)
        while start < stop:
            piece = self.tail[start - shared : min(start - shared + size, stop - shared)]
            yield piece
            start += len(piece)


def _document(path: Path) -> pikepdf.Pdf:
    try:
        return pikepdf.open(path)
    except pikepdf.PdfError as fault:
        raise NotAnEdition(f"{path.name} is not a PDF") from fault


def _pages_of_slots(document: pikepdf.Pdf, record: pikepdf.Object) -> list[_PageOfSlots]:
    numbers = [page.obj.objgen[0] for page in document.pages]
    found: list[_PageOfSlots] = []
    for page in record.Pages:
        places = [_place(written) for written in page.Slots]
        elements = [
            _opening(written.get("/Element"))
            for written, place in zip(page.Slots, places, strict=True)
            if place.slot.drawing
        ]
        found.append(_PageOfSlots(numbers[places[0].slot.page - 1], page.Stream.objgen[0], places, elements))
    return found


def _place(written: pikepdf.Object) -> Place:
    box = Box(*(float(side) for side in written.Box))
    slot = parse(str(written.Address), box, int(written.Page))
    link = int(written.Link) if "/Link" in written else None
    return Place(slot, str(written.Face)[1:].encode(), str(written.Kind), int(written.Mark), link)


def _opening(element: pikepdf.Object | None) -> tuple[int, bytes]:
    """A structure element up to its words; number 0 where the document has no tags."""
    if element is None:
        return 0, b""
    entries = [b"%s %s" % (key.encode(), _referred(value)) for key, value in element.items() if key != "/Alt"]
    return element.objgen[0], b"%d 0 obj\n<<%s" % (element.objgen[0], b"".join(entries))


def _referred(value: object) -> bytes:
    if isinstance(value, pikepdf.Object):
        return b"%d %d R" % value.objgen if value.is_indirect else value.unparse()
    return str(value).encode()


def _described(number: int, opening: bytes, words: str) -> tuple[int, bytes]:
    return number, b"%s/Alt<FEFF%s>>>\nendobj\n" % (opening, words.encode("utf-16-be", "replace").hex().encode())


def _entries(table: pikepdf.Object) -> bytes:
    """What stands between the brackets of a font table."""
    return b"".join(b"%s %d 0 R" % (name.encode(), font.objgen[0]) for name, font in table.items())


def _pages_of_links(document: pikepdf.Pdf, record: pikepdf.Object) -> tuple[int, ...]:
    numbers = {action.objgen[0]: number for number, action in enumerate(record.Links)}
    pages = [0] * len(record.Links)
    for page, sheet in enumerate(document.pages, 1):
        for note in sheet.obj.get("/Annots", ()):
            action = note.get("/A")
            if action is not None and action.objgen[0] in numbers:
                pages[numbers[action.objgen[0]]] = page
    return tuple(pages)


def _base(document: pikepdf.Pdf, path: Path) -> Base:
    trailer = document.trailer
    with path.open("rb") as file:
        length = file.seek(0, os.SEEK_END)
        file.seek(max(0, length - 64))
        ending = file.read()
    info = trailer.get(pikepdf.Name.Info)
    return Base(
        length=length,
        free=int(trailer.Size),
        root=document.Root.objgen[0],
        info=None if info is None else info.objgen[0],
        identity=bytes(trailer.ID[0]),
        startxref=int(ending.rpartition(b"startxref")[2].split()[0]),
        links=tuple(action.objgen[0] for action in document.Root[RECORD].Links),
    )


def _stream(number: int, entries: bytes, content: bytes) -> tuple[int, bytes]:
    return number, b"%d 0 obj\n<</Length %d%s>>stream\n%s\nendstream\nendobj\n" % (
        number,
        len(content),
        entries,
        content,
    )


def _packed(number: int, entries: bytes, content: bytes) -> tuple[int, bytes]:
    return _stream(number, b"/Filter/FlateDecode" + entries, zlib.compress(content))


OBJECTS_OF_A_FONT = 5


def _written_font(font: Description, number: int) -> Iterator[tuple[int, bytes]]:
    """A font as five objects from the number on (ISO 32000-1, 9.7): font, descendant, descriptor, file, texts."""
    name = font.name.encode()
    yield (
        number,
        b"%d 0 obj\n<</Type/Font/Subtype/Type0/BaseFont/%s/Encoding/Identity-H/DescendantFonts[%d 0 R]"
        b"/ToUnicode %d 0 R>>\nendobj\n" % (number, name, number + 1, number + 4),
    )
    yield number + 1, _with(font.descendant, b"/FontDescriptor", number + 1, number + 2)
    yield number + 2, _with(font.descriptor, b"/" + font.file_key.encode(), number + 2, number + 3)
    yield _packed(number + 3, font.file_entries, font.file)
    yield _packed(number + 4, b"", font.to_unicode)


def _with(dictionary: bytes, key: bytes, number: int, to: int) -> bytes:
    """A dictionary as an object, with one reference added."""
    return b"%d 0 obj\n%s%s %d 0 R>>\nendobj\n" % (number, dictionary.removesuffix(b">>"), key, to)


def _printable(prefix: str) -> str:
    if prefix.isascii() and prefix.isprintable() and " " not in prefix:
        return prefix
    return quote(prefix.encode("utf-8", "replace"), safe=PRINTABLE)


def _escaped(prefix: str) -> bytes:
    """The prefix as it stands in a PDF string: what has a meaning there escaped."""
    return prefix.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)").encode("ascii")
