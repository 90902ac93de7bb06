"""Which pages a copy keeps: sections of an edition that are there for some leads only, left out without rendering.

A theme marks the first page of a section with a link to `section:NAME`; the section goes on to the next mark, and
`section:` without a name ends it. What has to change in the file when a section is left out is worked out once for each
choice: the page tree, the structure tree, the bookmarks and the named places. No page that is kept says a number or has
a link that would then be wrong; that is the theme's promise.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pikepdf
from pikepdf import Array, Dictionary, Name

from magnets.imprint.slots import PreparationFailed
from magnets.sentences import sentence

SCHEME = "section:"

Numbers = frozenset[int]
"""Object numbers of pages."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a section begins: its name, and its first page, counted from 0."""

    name: str
    page: int


def spans(marks: Sequence[Mark], pages: int) -> dict[str, range]:
    """The pages of each section, in the order of the document. Raises PreparationFailed for a name that comes twice."""
    found: dict[str, range] = {}
    ends = [*(mark.page for mark in marks[1:]), pages]
    for mark, end in zip(marks, ends, strict=False):
        if mark.name in found:
            raise PreparationFailed(sentence("The section “%(name)s” begins twice.", name=mark.name))
        if mark.name and end == mark.page:
            raise PreparationFailed(
                sentence("The section “%(name)s” shares its page with what follows it.", name=mark.name)
            )
        if mark.name:
            found[mark.name] = range(mark.page, end)
    return found


def made_ready(document: pikepdf.Pdf) -> None:
    """Let every page have the root of the page tree as its parent, and everything that may change be an object."""
    if Name.Names in document.Root and Name.Dests in document.Root.Names:
        document.Root.Names.Dests = document.make_indirect(document.Root.Names.Dests)
    if Name.StructTreeRoot in document.Root:
        tree = document.Root.StructTreeRoot
        tree.ParentTree = document.make_indirect(tree.ParentTree)
    root = document.Root.Pages
    for page in document.pages:
        for inherited in (Name.MediaBox, Name.Resources, Name.CropBox, Name.Rotate):
            if inherited not in page.obj and inherited in page.obj.Parent:
                page.obj[inherited] = page.obj.Parent[inherited]
        page.obj.Parent = root
    root.Kids = Array([page.obj for page in document.pages])
    root.Count = len(root.Kids)


def without(document: pikepdf.Pdf, omitted: Numbers) -> Mapping[int, bytes]:
    """The objects that change when pages are left out, by number: `document` is an edition, and is changed."""
    return {changed.objgen[0]: changed.unparse(resolved=True) for changed in _changed(document, omitted)}


def _changed(document: pikepdf.Pdf, omitted: Numbers) -> Iterator[pikepdf.Object]:
    gone = [page.obj for page in document.pages if page.obj.objgen[0] in omitted]
    root = document.Root
    if Name.StructTreeRoot in root:
        yield from _pruned(root.StructTreeRoot, omitted)
        yield _parents(document, gone)
    if Name.Outlines in root:
        yield from _bookmarks(root.Outlines, omitted)
    if Name.Names in root and Name.Dests in root.Names:
        yield from _places(root, omitted)
    root.Pages.Kids = Array([kid for kid in root.Pages.Kids if kid.objgen[0] not in omitted])
    root.Pages.Count = len(root.Pages.Kids)
    yield root.Pages


# --- the structure tree -------------------------------------------------------------------------


def _pruned(element: pikepdf.Object, omitted: Numbers) -> Iterator[pikepdf.Object]:
    """Elements that lose a part of what they hold; what lies on pages that are left out hangs in no tree any more."""
    kids = _kids(element)
    kept = [kid for kid in kids if isinstance(kid, int) or not _is_gone(kid, omitted)]
    if len(kept) < len(kids):
        element.K = Array(kept)
        yield element
    for kid in kept:
        if not isinstance(kid, int) and Name.S in kid and _touches(kid, omitted):
            yield from _pruned(kid, omitted)


def _is_gone(element: pikepdf.Object, omitted: Numbers) -> bool:
    pages = set(_pages(element))
    return bool(pages) and pages <= omitted


def _touches(element: pikepdf.Object, omitted: Numbers) -> bool:
    return not omitted.isdisjoint(_pages(element))


def _pages(element: pikepdf.Object, page: int = 0) -> Iterator[int]:
    """The pages on which what an element holds lies."""
    page = element.Pg.objgen[0] if Name.Pg in element else page
    for kid in _kids(element):
        if isinstance(kid, int):
            yield page
        elif Name.S in kid:
            yield from _pages(kid, page)
        else:
            yield kid.Pg.objgen[0] if Name.Pg in kid else page


def _kids(element: pikepdf.Object) -> list[pikepdf.Object | int]:
    kids = element.get(Name.K)
    if kids is None:
        return []
    return list(kids) if isinstance(kids, Array) else [kids]


def _parents(document: pikepdf.Pdf, gone: Sequence[pikepdf.Object]) -> pikepdf.Object:
    """The parent tree without the keys of the pages that are gone and of their annotations."""
    keys = {int(page.StructParents) for page in gone if Name.StructParents in page}
    for page in gone:
        keys |= {int(each.StructParent) for each in page.get(Name.Annots, Array()) if Name.StructParent in each}
    tree = document.Root.StructTreeRoot.ParentTree
    kept = [(key, value) for key, value in pikepdf.NumberTree(tree).items() if key not in keys]
    for part in (Name.Kids, Name.Limits):
        if part in tree:
            del tree[part]
    tree.Nums = Array([part for entry in kept for part in entry])
    return tree


# --- bookmarks and named places -----------------------------------------------------------------


def _bookmarks(parent: pikepdf.Object, omitted: Numbers) -> Iterator[pikepdf.Object]:
    """Every bookmark beside one that goes, and those above it."""
    items = [*_items(parent)]
    kept = [item for item in items if not _leads_to(item.get(Name.Dest), omitted)]
    for item in kept:
        yield from _bookmarks(item, omitted)
    if len(kept) == len(items):
        return
    for item, before, after in zip(kept, [None, *kept], [*kept[1:], None], strict=False):
        for name, other in ((Name.Prev, before), (Name.Next, after)):
            if other is not None:
                item[name] = other
            elif name in item:
                del item[name]
        yield item
    for name, end in ((Name.First, kept[:1]), (Name.Last, kept[-1:])):
        if end:
            parent[name] = end[0]
        elif name in parent:
            del parent[name]
    parent.Count = len(kept)
    yield parent


def _items(parent: pikepdf.Object) -> Iterator[pikepdf.Object]:
    item = parent.get(Name.First)
    while item is not None:
        yield item
        item = item.get(Name.Next)


def _leads_to(place: pikepdf.Object | None, pages: Numbers) -> bool:
    return isinstance(place, Array) and len(place) > 0 and place[0].objgen[0] in pages


def _places(root: pikepdf.Object, omitted: Numbers) -> Iterator[pikepdf.Object]:
    tree = root.Names.Dests
    named = [*pikepdf.NameTree(tree).items()]
    kept = [(name, place) for name, place in named if not _leads_to(place, omitted)]
    if len(kept) < len(named):
        for part in (Name.Kids, Name.Limits):
            if part in tree:
                del tree[part]
        tree.Names = Array([part for name, place in kept for part in (pikepdf.String(name), place)])
        yield tree


def described(spans_of: Mapping[str, range], document: pikepdf.Pdf) -> pikepdf.Object:
    """The sections as an edition records them."""
    pages = [page.obj for page in document.pages]
    return Array([Dictionary(Name=name, Pages=Array([pages[at] for at in span])) for name, span in spans_of.items()])
