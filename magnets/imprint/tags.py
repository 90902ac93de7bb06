"""Keeps the structure tree sound when slots take the place of link annotations (ISO 32000-1, 14.7; PDF/UA-1)."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import pikepdf
from pikepdf import Array, Dictionary, Name

_GROUPS = frozenset({Name.Document, Name.Part, Name.Art, Name.Sect, Name.Div, Name.BlockQuote, Name.NonStruct})
_PAINTING = frozenset({"f", "F", "f*", "S", "s", "B", "B*", "b", "b*"})
_SHOWING = frozenset({"Tj", "TJ", "Do", "sh"})
_NOTHING = pikepdf.ContentStreamInstruction([], pikepdf.Operator("n"))
_ARTIFACT = pikepdf.ContentStreamInstruction([Name.Artifact], pikepdf.Operator("BMC"))


@dataclass(frozen=True, slots=True)
class Tag:
    """How a slot is marked on its page; `former` marks what stood in the slot until now.

    `element` is that of a drawing, whose words change with every copy.
    """

    kind: str
    mark: int
    former: frozenset[int]
    element: pikepdf.Object | None = None


class Tags:
    """The structure tree of one document; changes nothing where the document is not tagged."""

    __slots__ = ("_parents", "_pdf")

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        root = pdf.Root.get(Name.StructTreeRoot)
        self._pdf = pdf
        self._parents = None if root is None else pikepdf.NumberTree(root.ParentTree)

    def retag(self, annotation: pikepdf.Object, page: pikepdf.Object, *, drawn: bool = False) -> Tag | None:
        """Make the Link element of a slot's annotation the element of the text or drawing that takes its place.

        The annotations below the element leave the tree. None in a document without tags.
        """
        if self._parents is None or Name.StructParent not in annotation:
            return None
        element = self._parents[int(annotation.StructParent)]
        former: set[int] = set()
        for leaf in [*_leaves(element)]:
            if isinstance(leaf, int):
                former.add(leaf)
            else:
                del self._parents[int(leaf.StructParent)]
        tag = self._claim(element, page, frozenset(former), drawn=drawn)
        if drawn:
            box = Array([Decimal(f"{float(side):.3f}") for side in annotation.Rect])
            element.A = Dictionary(O=Name.Layout, BBox=box, Placement=Name.Block)
        return tag

    def remove(self, annotation: pikepdf.Object) -> None:
        """Take an annotation and its element out of the tree."""
        if self._parents is None or Name.StructParent not in annotation:
            return
        element = self._parents[int(annotation.StructParent)]
        kids = element.P.K
        element.P.K = Array([kid for kid in kids if isinstance(kid, int) or kid.objgen != element.objgen])
        del self._parents[int(annotation.StructParent)]

    def _claim(self, element: pikepdf.Object, page: pikepdf.Object, former: frozenset[int], *, drawn: bool) -> Tag:
        marked = self._marked_content(page)
        for mark in former:
            marked[mark] = None
        mark = len(marked)
        marked.append(element)
        kind = "Figure" if drawn else "P" if element.P.get(Name.S) in _GROUPS else "Span"
        element.S, element.Pg, element.K = Name("/" + kind), page, Array([mark])
        for stale in (Name.Alt, Name.A):
            if stale in element:
                del element[stale]
        return Tag(kind, mark, former, element if drawn else None)

    def _marked_content(self, page: pikepdf.Object) -> pikepdf.Object:
        """The elements of the page's marked content, by mark."""
        parents = self._parents
        if parents is None:
            raise LookupError("a document without tags")
        if Name.StructParents not in page:
            page.StructParents = max(parents.keys(), default=-1) + 1
            parents[int(page.StructParents)] = self._pdf.make_indirect(Array())
        return parents[int(page.StructParents)]


def _leaves(element: pikepdf.Object) -> Iterator[int | pikepdf.Object]:
    """Every mark and every annotation below the element."""
    kids = element.get(Name.K, Array())
    for kid in kids if isinstance(kids, Array) else [kids]:
        if isinstance(kid, int):
            yield kid
        elif kid.get(Name.Type) == Name.OBJR:
            yield kid.Obj
        elif kid.get(Name.Type) == Name.MCR:
            yield int(kid.MCID)
        else:
            yield from _leaves(kid)


def blank(page: pikepdf.Page, marks: frozenset[int]) -> bytes:
    """The page's content with nothing painted under the marks. State is kept, for what follows relies on it."""
    kept: list[pikepdf.ContentStreamInstruction | pikepdf.ContentStreamInlineImage] = []
    depth = 0
    for instruction in pikepdf.parse_content_stream(page):
        operator = str(instruction.operator)
        if depth:
            depth += {"BDC": 1, "BMC": 1, "EMC": -1}.get(operator, 0)
            if operator not in _SHOWING:
                kept.append(_NOTHING if operator in _PAINTING else instruction)
        elif operator == "BDC" and _mark(instruction.operands[1]) in marks:
            depth = 1
            kept.append(_ARTIFACT)
        else:
            kept.append(instruction)
    return pikepdf.unparse_content_stream(kept)


def _mark(properties: pikepdf.Object) -> int:
    return int(properties.get(Name.MCID, -1)) if isinstance(properties, Dictionary) else -1
