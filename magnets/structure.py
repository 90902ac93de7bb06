"""The tag tree as PDF/UA-1 wants it, where WeasyPrint leaves it short (ISO 14289-1, 7.1 to 7.8).

Running heads become artifacts, list items get a body, header cells a scope, and elements that hold nothing go.
"""

from collections.abc import Iterator

from pikepdf import (
    Array,
    ContentStreamInstruction,
    Dictionary,
    Name,
    Object,
    Operator,
    Pdf,
    parse_content_stream,
    unparse_content_stream,
)

HOLLOW = frozenset({"/Span", "/NonStruct", "/Div"})
Reached = set[tuple[int, int]]


def finish(pdf: Pdf) -> None:
    """Mend the tags of a document that WeasyPrint made."""
    root = pdf.Root.StructTreeRoot
    mender = _Mender(pdf)
    for element in list(_kids(root)):
        mender.mend(element)
    reached: Reached = set()
    for element in _kids(root):
        _reach(element, reached)
    marks = _marks(root)
    for page in pdf.pages:
        _drop_links(page.obj, mender.doubled)
        entries = marks.get(int(page.obj.get("/StructParents", -1)))
        if entries is not None:
            _free_running_heads(pdf, page.obj, entries, reached)


class _Mender:
    """Goes through the tree once; remembers the annotations that say twice where one link leads."""

    def __init__(self, pdf: Pdf) -> None:
        self.pdf = pdf
        self.doubled: Reached = set()

    def mend(self, element: Object, *, part: str = "", in_link: bool = False) -> None:
        kind = str(element.S)
        part = kind if kind in ("/THead", "/TBody", "/TFoot") else part
        for kid in list(_kids(element)):
            self.mend(kid, part=part, in_link=in_link or kind == "/Link")
        self._clear_out(element, doubled=in_link and kind != "/Link")
        if kind == "/LI":
            _give_body(self.pdf, element)
        elif kind == "/Link":
            _name_slot(element)
        elif kind == "/TH":
            _give_scope(element, Name.Column if part == "/THead" else Name.Row)

    def _clear_out(self, element: Object, *, doubled: bool) -> None:
        """Without what holds nothing; and in an element within a link, without its own copy of the link."""
        before = _contents(element)
        copies = [kid for kid in before if doubled and _is_link(kid)]
        self.doubled |= {kid.Obj.objgen for kid in copies}
        kept = [kid for kid in before if kid not in copies and not _is_hollow(kid)]
        if len(kept) != len(before):
            element.K = Array(kept)


def _is_link(kid: Object) -> bool:
    return isinstance(kid, Dictionary) and str(kid.get("/Type", "")) == "/OBJR" and str(kid.Obj.Subtype) == "/Link"


def _name_slot(link: Object) -> None:
    """A place for a lead's own words is a link without words until then."""
    contents = _contents(link)
    if len(contents) == 1 and _is_link(contents[0]) and "/Alt" not in link:
        link.Alt = str(contents[0].Obj.get("/Contents", "")).removeprefix("slot:").partition("?")[0]


def _drop_links(page: Object, doubled: Reached) -> None:
    if doubled and "/Annots" in page:
        page.Annots = Array([annotation for annotation in page.Annots if annotation.objgen not in doubled])


def _kids(element: Object) -> Iterator[Object]:
    """The structure elements inside an element; marked content and references to annotations are left out."""
    for kid in _contents(element):
        if isinstance(kid, Dictionary) and "/S" in kid:
            yield kid


def _contents(element: Object) -> list[Object]:
    inside = element.get("/K")
    if inside is None:
        return []
    return list(inside) if isinstance(inside, Array) else [inside]


def _is_hollow(kid: Object) -> bool:
    return (
        isinstance(kid, Dictionary)
        and str(kid.get("/S", "")) in HOLLOW
        and not _contents(kid)
        and "/Alt" not in kid
        and "/ActualText" not in kid
    )


def _give_body(pdf: Pdf, item: Object) -> None:
    """An item's contents belong into a body beside its label."""
    contents = _contents(item)
    kinds = [str(kid.get("/S", "")) if isinstance(kid, Dictionary) else "" for kid in contents]
    if not contents or "/LBody" in kinds:
        return
    body = pdf.make_indirect(Dictionary(Type=Name.StructElem, S=Name.LBody, P=item, K=Array()))
    if "/Pg" in item:
        body.Pg = item.Pg
    labels = [kid for kid, kind in zip(contents, kinds, strict=True) if kind == "/Lbl"]
    body.K = Array([kid for kid, kind in zip(contents, kinds, strict=True) if kind != "/Lbl"])
    for kid in _kids(body):
        kid.P = body
    item.K = Array([*labels, body])


def _give_scope(cell: Object, scope: Name) -> None:
    cell.A = Dictionary(O=Name.Table) if "/A" not in cell else cell.A
    if isinstance(cell.A, Dictionary):
        cell.A.Scope = scope


def _reach(element: Object, reached: Reached) -> None:
    reached.add(element.objgen)
    for kid in _kids(element):
        _reach(kid, reached)


def _marks(root: Object) -> dict[int, Object]:
    """Page by page, the element of each piece of marked content."""
    numbers = list(root.ParentTree.Nums)
    return {int(key): value for key, value in zip(numbers[::2], numbers[1::2], strict=True) if isinstance(value, Array)}


def _free_running_heads(pdf: Pdf, page: Object, entries: Object, reached: Reached) -> None:
    """Marked content whose element hangs in no tree is what stands in the page's margins: paint, not content."""
    loose = {number for number, element in enumerate(entries) if element.objgen not in reached}
    if not loose:
        return
    instructions = [
        ContentStreamInstruction([Name.Artifact], Operator("BMC")) if _is_loose(instruction, loose) else instruction
        for instruction in parse_content_stream(page)
    ]
    page.Contents = pdf.make_stream(unparse_content_stream(instructions))


def _is_loose(instruction: object, loose: set[int]) -> bool:
    if not isinstance(instruction, ContentStreamInstruction) or str(instruction.operator) != "BDC":
        return False
    properties = instruction.operands[1]
    return isinstance(properties, Dictionary) and int(properties.get("/MCID", -1)) in loose
