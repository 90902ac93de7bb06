"""For whom a copy is: a line at the foot of pages, or a slip before the first; places that the imprint fills in."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

import pikepdf
from pikepdf import Array, ContentStreamInstruction, Dictionary, Name, Object, Operator

from magnets.finished import examining

LINE = "line"
"""The slot that takes the whole sentence: for whom, and of which company."""

SIZE, SMALLEST = 7.5, 5.5
ASIDE, ABOVE, HEIGHT = 28.0, 9.0, 12.0  # points from the sides and the foot of a page
DARK, LIGHT = "4b5563", "f3f4f6"


def line(pdf: pikepdf.Pdf, pages: Sequence[int], grounds: Mapping[int, float]) -> None:
    """A place for a line at the foot of these pages (from 1); `grounds` is how light each foot is, 0 to 1."""
    for number in pages:
        page = pdf.pages[number - 1]
        if examining.turn(page):
            continue
        left, bottom, right, _ = (float(side) for side in page.cropbox)
        if right - left < 3 * ASIDE:
            continue
        colour = DARK if grounds.get(number, 1.0) > 0.45 else LIGHT
        box = [left + ASIDE, bottom + ABOVE, right - ASIDE, bottom + ABOVE + HEIGHT]
        fields = {"size": str(SIZE), "min": str(SMALLEST), "colour": colour, "align": "center"}
        address = f"slot:{LINE}?" + "&".join(f"{key}={quote(value)}" for key, value in fields.items())
        _balance(pdf, page)
        place = Dictionary(
            Type=Name.Annot,
            Subtype=Name.Link,
            Rect=Array([pikepdf.Object.parse(f"{side:.2f}".encode()) for side in box]),
            Border=Array([0, 0, 0]),
            A=Dictionary(S=Name.URI, URI=address),
        )
        page.obj.Annots = Array([*page.obj.get(Name.Annots, Array()), pdf.make_indirect(place)])


def _balance(pdf: pikepdf.Pdf, page: pikepdf.Page) -> None:
    """What a page leaves open would move and clip the line that is printed after it."""
    depth, missing = 0, 0
    for instruction in pikepdf.parse_content_stream(page, operators="q Q"):
        depth += 1 if str(instruction.operator) == "q" else -1
        missing = max(missing, -depth)
    if missing:
        page.contents_add(pdf.make_stream(b"q\n" * missing), prepend=True)
    if depth + missing:
        page.contents_add(pdf.make_stream(b"\nQ" * (depth + missing)))


def slip(pdf: pikepdf.Pdf, front: pikepdf.Pdf) -> None:
    """Put the one page of another document before the first; where both have tags, its tags before all others."""
    tags, own = front.Root.get(Name.StructTreeRoot), pdf.Root.get(Name.StructTreeRoot)
    pdf.pages.insert(0, front.pages[0])
    page = pdf.pages[0].obj
    if (
        isinstance(tags, Dictionary)
        and isinstance(own, Dictionary)
        and isinstance(own.get(Name.ParentTree), Dictionary)
    ):
        _join(own, pdf.copy_foreign(tags), page)
    else:
        _forget(page)
    _move_labels(pdf)
    if isinstance(pdf.Root.get(Name.OpenAction), Dictionary | Array):
        del pdf.Root.OpenAction  # it would open behind the slip


def _move_labels(pdf: pikepdf.Pdf) -> None:
    """Every page keeps the number that stands on it; the slip, which has none, shows a dash (ISO 32000-1, 12.4.2)."""
    labels = pdf.Root.get(Name.PageLabels)
    if not isinstance(labels, Dictionary):
        return
    try:
        ranges = {first: style for first, style in pikepdf.NumberTree(labels).items() if first >= 0}
    except (RuntimeError, pikepdf.PdfError):  # no tree that can be read: pages are counted instead
        del pdf.Root.PageLabels
        return
    ranges.setdefault(0, Dictionary(S=Name.D))
    numbers = [0, Dictionary(P=pikepdf.String("–"))]
    for first, style in sorted(ranges.items(), key=lambda one: one[0]):
        numbers += [first + 1, style]
    pdf.Root.PageLabels = Dictionary(Nums=Array(numbers))


def _join(own: Object, tags: Object, page: Object) -> None:
    theirs, ours = pikepdf.NumberTree(tags.ParentTree), pikepdf.NumberTree(own.ParentTree)
    first = max([int(own.get(Name.ParentTreeNextKey, 0)), *(key + 1 for key in ours)])
    for key, value in theirs.items():
        ours[first + key] = value
    own.ParentTreeNextKey = first + max(theirs.keys(), default=-1) + 1
    for holder, place in _keyed(page):
        holder[place] = int(str(holder[place])) + first
    # One root, as readers expect: what the slip says stands first inside the document that was there.
    whole = next((one for one in _listed(own.get(Name.K)) if one.get(Name.S) == Name.Document), own)
    added = [inner for one in _listed(tags.get(Name.K)) for inner in _within(one)]
    for element in added:
        element.P = whole
    whole.K = Array([*added, *_listed(whole.get(Name.K))])
    if Name.RoleMap in tags:
        own.RoleMap = Dictionary({**dict(tags.RoleMap.items()), **dict(own.get(Name.RoleMap, Dictionary()).items())})


def _within(element: Object) -> list[Object]:
    """What a document element holds; anything else is itself."""
    return _listed(element.get(Name.K)) if element.get(Name.S) == Name.Document else [element]


def _forget(page: Object) -> None:
    """Marks without a tree behind them say nothing; the words stay."""
    for holder, key in _keyed(page):
        del holder[key]
    kept = [_unmarked(each) for each in pikepdf.parse_content_stream(page)]
    stream = pikepdf.unparse_content_stream(kept)
    page.Contents.write(stream) if isinstance(page.Contents, pikepdf.Stream) else None


def _keyed(page: Object) -> list[tuple[Object, Name]]:
    """What on a page has a place in the tree of tags, and by which key."""
    annotations = list(page.get(Name.Annots, Array()))
    found = [(page, Name.StructParents), *((one, Name.StructParent) for one in annotations)]
    return [(holder, key) for holder, key in found if key in holder]


def _unmarked(
    instruction: ContentStreamInstruction | pikepdf.ContentStreamInlineImage,
) -> ContentStreamInstruction | pikepdf.ContentStreamInlineImage:
    if str(instruction.operator) != "BDC":
        return instruction
    return ContentStreamInstruction([Name.Span], Operator("BMC"))


def _listed(kids: Object | None) -> list[Object]:
    if kids is None:
        return []
    return list(kids) if isinstance(kids, Array) else [kids]
