"""Makes an edition of a typeset document: slots out, fonts in, every web link an object of its own. Once per edition.

What a copy needs to know is kept in the document itself, under a private name of the catalogue (ISO 32000-1, annex E);
docs/decisions/ has a page on it.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import BinaryIO

import pikepdf
from pikepdf import Array, Dictionary, Name

from magnets.imprint import fonts, sections
from magnets.imprint.composition import Composer, Place
from magnets.imprint.sections import Mark
from magnets.imprint.slots import SCHEME, Box, Family, PreparationFailed, Slot, parse
from magnets.imprint.tags import Tag, Tags, blank
from magnets.imprint.typeface import Description, Typeface, describe, embedded, encoded
from magnets.sentences import sentence

FORMAT = 2
READABLE = (1, 2)
"""Formats that Prepared opens: an edition of format 1 is one of format 2 without drawings and sections."""

RECORD = Name.XXLodestone
"""The catalogue's entry that makes a PDF an edition."""

_PRINT = 1 << 2
"""The flag without which PDF/A and PDF/UA take an annotation for hidden (ISO 32000-1, 12.5.3)."""


def prepare(pdf: bytes) -> bytes:
    """The edition of a PDF whose slots are link annotations to `slot:` addresses; see magnets.imprint.slots.parse.

    Until a copy gives them values the slots show their fallback texts. The same input gives the same bytes. Raises
    PreparationFailed with a sentence for the marketer.
    """
    try:
        document = pikepdf.open(io.BytesIO(pdf))
    except pikepdf.PasswordError as fault:
        raise PreparationFailed(sentence("The document is protected by a password.")) from fault
    except pikepdf.PdfError as fault:
        raise PreparationFailed(sentence("The document is not a sound PDF; export it again.")) from fault
    with document:
        out = io.BytesIO()
        prepare_open(document, out)
        return out.getvalue()


def prepare_open(document: pikepdf.Pdf, target: BinaryIO) -> None:
    """As `prepare`, of an open document into an open file; a large one is never whole in memory."""
    if RECORD in document.Root:
        raise PreparationFailed(sentence("The document is an edition already."))
    _Preparation(document).run()
    document.save(
        target,
        deterministic_id=True,
        object_stream_mode=pikepdf.ObjectStreamMode.generate,
        stream_decode_level=pikepdf.StreamDecodeLevel.none,
    )


@dataclass(frozen=True, slots=True)
class _Found:
    slot: Slot
    address: str
    tag: Tag | None
    link: int | None = None


class _Preparation:
    """One document on its way to an edition."""

    def __init__(self, document: pikepdf.Pdf) -> None:
        self._pdf = document
        self._tags = Tags(document)
        self._is_tagged = Name.StructTreeRoot in document.Root
        self._links = Array()
        self._marks: list[Mark] = []
        self._fonts = _Fonts(document)
        self._before = document.make_stream(b"q\n")
        self._after = document.make_stream(b"\nQ\n")

    def run(self) -> None:
        found = [(page, self._read(page, number)) for number, page in enumerate(self._pdf.pages, start=1)]
        self._fonts.choose([each.slot for _, slots in found for each in slots])
        for entry in _bookmarks(self._pdf.Root):
            self._free(entry)
        pages = Array([self._set_up(page, slots) for page, slots in found if slots])
        record = Dictionary(Format=FORMAT, Links=self._links, Pages=pages, Faces=self._fonts.record())
        if spans := sections.spans(self._marks, len(self._pdf.pages)):
            sections.made_ready(self._pdf)
            record.Sections = sections.described(spans, self._pdf)
        self._pdf.Root[RECORD] = self._pdf.make_indirect(record)

    def _read(self, page: pikepdf.Page, number: int) -> list[_Found]:
        """Take the slots off the page and free the actions of its links."""
        annotations = list(page.obj.get(Name.Annots, Array()))
        kept: list[pikepdf.Object] = []
        found: list[_Found] = []
        for annotation in annotations:
            address = _address(annotation)
            if address.startswith(sections.SCHEME):
                self._marks.append(Mark(address.removeprefix(sections.SCHEME), number - 1))
                self._tags.remove(annotation)
            elif not address.startswith(SCHEME):
                kept.append(self._freed(annotation, address))
            elif not any(_is_part(annotation, address, other) for other in annotations):
                found.append(self._found(parse(address, _box(annotation), number), address, annotation, page))
        if len(kept) < len(annotations):
            page.obj.Annots = Array(kept)
        return found

    def _found(self, slot: Slot, address: str, annotation: pikepdf.Object, page: pikepdf.Page) -> _Found:
        tag = self._tags.retag(annotation, page.obj, drawn=slot.drawing is not None)
        if slot.drawing is None or not slot.drawing.to:
            return _Found(slot, address, tag)
        self._links.append(self._pdf.make_indirect(Dictionary(S=Name.URI, URI=slot.drawing.to)))
        return _Found(slot, address, tag, len(self._links) - 1)

    def _freed(self, annotation: pikepdf.Object, address: str) -> pikepdf.Object:
        """Make a web link's action an object of its own; every link prints."""
        if address.startswith(("http://", "https://")):
            self._free(annotation)
        if annotation.get(Name.Subtype) == Name.Link:
            annotation.F = int(annotation.get(Name.F, 0)) | _PRINT
        return annotation

    def _free(self, holder: pikepdf.Object) -> None:
        holder.A = self._pdf.make_indirect(Dictionary(S=Name.URI, URI=holder.A.URI))
        self._links.append(holder.A)

    def _set_up(self, page: pikepdf.Page, found: Sequence[_Found]) -> pikepdf.Object:
        """Give the page its stream for slots; returns what a copy has to know about the page."""
        former = frozenset[int]().union(*[each.tag.former for each in found if each.tag])
        body = [self._pdf.make_stream(blank(page, former))] if former else _contents(page)
        places = [self._place(each) for each in found]
        composition = Composer([places], self._fonts.faces, borrowing=False).compose({})
        [content] = composition.streams
        drawn = [each.tag.element for each in found if each.slot.drawing and each.tag]
        for element, words in zip(drawn, composition.spoken, strict=False):
            if element is not None:
                element.Alt = words
        stream = self._pdf.make_stream(content)
        page.obj.Contents = Array([self._before, *body, self._after, stream])
        written = [_written(place, each) for place, each in zip(places, found, strict=True)]
        return Dictionary(Stream=stream, Fonts=self._fonts.offer(page), Slots=Array(written))

    def _place(self, found: _Found) -> Place:
        kind, mark = (found.tag.kind, found.tag.mark) if found.tag else ("Artifact" if self._is_tagged else "", 0)
        return Place(found.slot, self._fonts.resource(found.slot), kind, mark, found.link)


class _Fonts:
    """One embedded subset for each family and weight that the slots of a document use."""

    def __init__(self, document: pikepdf.Pdf) -> None:
        self._pdf = document
        self._resources: dict[tuple[Family, int], bytes] = {}
        self._embedded: dict[str, pikepdf.Object] = {}
        self._tables: dict[tuple[int, int], pikepdf.Object] = {}
        self._record = Dictionary()
        self.faces: dict[bytes, Typeface] = {}

    def choose(self, slots: Sequence[Slot]) -> None:
        """Embed what the slots need; the optical size of a face follows its largest slot."""
        for family, weight in sorted({(slot.family, slot.weight) for slot in slots}):
            size = max(slot.size for slot in slots if (slot.family, slot.weight) == (family, weight))
            resource = f"XXL{len(self._resources)}"
            program = fonts.subset(family, weight, size)
            self._resources[family, weight] = resource.encode()
            texts = fonts.texts(program)
            self.faces[resource.encode()] = embedded(program, encoded(texts))
            name = fonts.postscript_name(family, weight)
            self._embed(resource, describe(program, name, texts, weight=weight))

    def _embed(self, resource: str, description: Description) -> None:
        file = self._pdf.make_stream(description.file, pikepdf.Object.parse(b"<<%s>>" % description.file_entries))
        descriptor = pikepdf.Object.parse(description.descriptor)
        descriptor["/" + description.file_key] = file
        descendant = pikepdf.Object.parse(description.descendant)
        descendant.FontDescriptor = self._pdf.make_indirect(descriptor)
        texts = self._pdf.make_stream(description.to_unicode)
        self._embedded["/" + resource] = self._pdf.make_indirect(
            Dictionary(
                Type=Name.Font,
                Subtype=Name.Type0,
                BaseFont=Name("/" + description.name),
                Encoding=Name("/Identity-H"),
                DescendantFonts=Array([self._pdf.make_indirect(descendant)]),
                ToUnicode=texts,
            )
        )
        self._record["/" + resource] = Dictionary(File=file, Texts=texts)

    def resource(self, slot: Slot) -> bytes:
        return self._resources[slot.family, slot.weight]

    def record(self) -> pikepdf.Object:
        """The font programs and what their glyphs stand for, by the name of the resource."""
        return self._record

    def offer(self, page: pikepdf.Page) -> pikepdf.Object:
        """Let the page use the fonts; returns its font table, an object that a copy may extend.

        Resources are often shared: pages with slots get their own, so that no other page is touched.
        """
        resources = Dictionary(dict(page.resources.items()))
        table = resources.get(Name.Font, Dictionary())
        key = table.objgen if table.is_indirect else page.obj.objgen
        if key not in self._tables:
            self._tables[key] = self._pdf.make_indirect(Dictionary({**dict(table.items()), **self._embedded}))
        resources.Font = self._tables[key]
        page.obj.Resources = resources
        return self._tables[key]


def _address(annotation: pikepdf.Object) -> str:
    """Where a link or a button of a form leads that does nothing else; nothing for any other annotation."""
    if annotation.get(Name.Subtype) not in (Name.Link, Name.Widget):
        return ""
    return _target(annotation)


def _target(holder: pikepdf.Object) -> str:
    action = holder.get(Name.A)
    if not isinstance(action, Dictionary) or action.get(Name.S) != Name.URI or Name.URI not in action:
        return ""
    return str(action.URI) if action.keys() <= {"/S", "/URI", "/Type"} else ""


def _bookmarks(root: pikepdf.Object) -> Iterator[pikepdf.Object]:
    """The bookmarks that lead to the web; those of a broken outline that goes in circles are met once."""
    met: set[tuple[int, int]] = set()
    waiting = [root.get(Name.Outlines)]
    while waiting:
        entry = waiting.pop()
        if not isinstance(entry, Dictionary) or entry.objgen in met:
            continue
        met.add(entry.objgen)
        if _target(entry).startswith(("http://", "https://")):
            yield entry
        waiting += [entry.get(Name.Next), entry.get(Name.First)]


def _box(annotation: pikepdf.Object) -> Box:
    xs, ys = [sorted(float(value) for value in list(annotation.Rect)[at::2]) for at in (0, 1)]
    return Box(xs[0], ys[0], xs[1], ys[1])


def _is_part(annotation: pikepdf.Object, address: str, other: pikepdf.Object) -> bool:
    """Whether the annotation is of an element inside a slot: the renderer gives those the link of the slot too."""
    return other != annotation and _address(other) == address and _box(annotation).lies_in(_box(other))


def _contents(page: pikepdf.Page) -> list[pikepdf.Object]:
    contents = page.obj.get(Name.Contents, Array())
    return list(contents) if isinstance(contents, Array) else [contents]


def _written(place: Place, found: _Found) -> pikepdf.Object:
    box = place.slot.box
    written = Dictionary(
        Address=found.address,
        Box=Array([Decimal(str(side)) for side in (box.left, box.bottom, box.right, box.top)]),
        Face=Name("/" + place.face.decode()),
        Kind=place.kind,
        Mark=place.mark,
        Page=place.slot.page,
    )
    if place.link is not None:
        written.Link = place.link
    if found.tag and found.tag.element is not None:
        written.Element = found.tag.element
    return written
