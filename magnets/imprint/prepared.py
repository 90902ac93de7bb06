"""An edition that is open for copying, and a copy: the edition's bytes and an update behind them. Nothing is stored."""

import os
import weakref
import zlib
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from urllib.parse import quote

import pikepdf

from magnets.imprint.borrowing import EmbeddedFont
from magnets.imprint.composition import Composer, Place
from magnets.imprint.prepare import FORMAT, RECORD
from magnets.imprint.slots import Box, Slot, parse
from magnets.imprint.typeface import Description, embedded
from magnets.imprint.update import Base, Updater

PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))


class NotAnEdition(Exception):
    """The file was not made by prepare(), or by a newer version of it."""


class Prepared:
    """An open edition: a file descriptor and what copying needs. Thread-safe."""

    __slots__ = (
        *("__weakref__", "_base", "_composer", "_file", "_seed", "_streams", "_tables", "_updater"),
        *("path", "slots", "targets"),
    )

    path: Path
    slots: tuple[Slot, ...]
    targets: tuple[str, ...]

    def __init__(self, path: Path) -> None:
        self.path = path
        with _document(path) as document:
            record = document.Root.get(RECORD)
            if record is None or int(record.Format) != FORMAT:
                raise NotAnEdition(f"{path.name} is not an edition of format {FORMAT}")
            pages = [[_place(written) for written in page.Slots] for page in record.Pages]
            faces = {
                name[1:].encode(): embedded(face.File.read_bytes(), face.Texts.read_bytes())
                for name, face in record.Faces.items()
            }
            self._tables = {page.Fonts.objgen[0]: _entries(page.Fonts) for page in record.Pages}
            self._streams = tuple(page.Stream.objgen[0] for page in record.Pages)
            self.targets = tuple(str(action.URI) for action in record.Links)
            self._base = _base(document, path)
        self.slots = tuple(place.slot for places in pages for place in places)
        self._composer = Composer(pages, faces)
        self._updater = Updater(self._base)
        # Whoever resumes a download after the product has learnt to write updates differently must start again.
        self._seed = blake2b(self._base.identity + self._updater.tail(b"", (), b""), digest_size=16)
        self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        weakref.finalize(self, os.close, self._file)

    @classmethod
    def open(cls, path: Path) -> "Prepared":
        """Open an edition that prepare() made; its file must stay as it is. Raises NotAnEdition."""
        return cls(path)

    def copy(self, values: Mapping[str, str], *, link_prefix: str | None) -> "Copy":
        """A lead's own document: the values in their slots, link n leading to the prefix and n (None: plain links).

        Values are text and stay text. One that is missing, or that no font on this machine can show, gives way to the
        slot's fallback. The same arguments give the same bytes.
        """
        prefix = None if link_prefix is None else _escaped(link_prefix)
        composition = self._composer.compose(values)
        objects = [_stream(number, b"", text) for number, text in zip(self._streams, composition.streams, strict=True)]
        if composition.fonts:
            objects = sorted([*objects, *self._font_objects(composition.fonts)])
        identity = self._seed.copy()
        identity.update(b"" if prefix is None else b"(%s)" % prefix)
        identity.update(b"".join([text for _, text in objects]))
        digest = identity.digest()
        changes = objects or (prefix is not None and self.targets)
        return Copy(self, self._updater.tail(prefix, objects, digest) if changes else b"", digest.hex())

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
    def base(self) -> Path:
        """The file whose bytes come first, for a proxy that sends it; `tail` follows."""
        return self._prepared.path

    def chunks(self, start: int = 0, stop: int | None = None, size: int = 262_144) -> Iterator[bytes]:
        """The bytes from start to before stop, in pieces of at most `size`; nothing is held besides one piece."""
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


def _place(written: pikepdf.Object) -> Place:
    box = Box(*(float(side) for side in written.Box))
    slot = parse(str(written.Address), box, int(written.Page))
    return Place(slot, str(written.Face)[1:].encode(), str(written.Kind), int(written.Mark))


def _entries(table: pikepdf.Object) -> bytes:
    """What stands between the brackets of a font table."""
    return b"".join(b"%s %d 0 R" % (name.encode(), font.objgen[0]) for name, font in table.items())


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


def _escaped(prefix: str) -> bytes:
    """The prefix as it stands in a PDF string: printable ASCII, with what has a meaning there escaped."""
    if not (prefix.isascii() and prefix.isprintable() and " " not in prefix):
        prefix = quote(prefix.encode("utf-8", "replace"), safe=PRINTABLE)
    return prefix.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)").encode("ascii")
