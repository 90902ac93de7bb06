"""Small documents to imprint, and what readers make of a PDF."""

import subprocess
import unicodedata
from collections.abc import Iterator
from html import escape
from pathlib import Path
from urllib.parse import urlencode

import pikepdf
import weasyprint
from pikepdf import Array, Name

from magnets.imprint import Copy, Prepared, prepare

STYLE = """
    @page { size: A4; margin: 20mm }
    body { font: 11pt 'DejaVu Sans' }
    .slot { display: block; width: 100mm; height: 12mm }
"""

DIRECTIONS = dict.fromkeys(map(ord, "\u200e\u200f\u202a\u202b\u202c"))
"""What poppler puts around words that run to the left."""


def slot(name: str, style: str = "", inside: str = "", **settings: str | float) -> str:
    address = f"slot:{name}" + ("?" + urlencode(settings) if settings else "")
    return f'<a class="slot" style="{style}" href="{escape(address)}">{inside}</a>'


def a_document(body: str, *, variant: str | None = "pdf/ua-1", heading: str = "<h1>Guide</h1>") -> bytes:
    page = f"<html lang=en><title>A guide</title><style>{STYLE}</style><body>{heading}{body}</body></html>"
    return bytes(weasyprint.HTML(string=page).write_pdf(pdf_variant=variant))


def a_page_with_one_slot(*, style: str = "", **settings: str | float) -> bytes:
    return a_document(slot("name", style, "", **settings), heading="")


def an_edition(pdf: bytes, folder: Path) -> Prepared:
    path = folder / "edition.pdf"
    path.write_bytes(prepare(pdf))
    return Prepared.open(path)


def saved(copy: Copy, folder: Path) -> Path:
    path = folder / "copy.pdf"
    path.write_bytes(b"".join(copy.chunks()))
    return path


def a_guide(pages: int = 3, links: int = 4) -> bytes:
    """A cover with two slots and pages with web links, an inner link and a mail link."""
    cover = slot("name", size=18, min=9, colour="1f2937", weight=600, fallback="you")
    cover += slot("company", size=14, font="serif", fallback="your company")
    chapter = "".join(
        f'<p>See <a href="https://reading.example/{{page}}/{at}">source {at}</a>.</p>' for at in range(links)
    )
    inner = '<p><a href="#p1">back</a> <a href="mailto:desk@northwind.example">write</a></p>'
    chapters = "".join(
        f'<h2 id="p{page}" style="break-before: page">Chapter {page}</h2>{chapter.format(page=page)}{inner}'
        for page in range(1, pages)
    )
    return a_document(cover + chapters)


def words(path: Path) -> str:
    """What poppler reads, page after page, lines joined by single spaces."""
    done = subprocess.run(["pdftotext", "-enc", "UTF-8", path, "-"], capture_output=True, check=True)
    return " ".join(done.stdout.decode().translate(DIRECTIONS).split())


def has_fonts(text: str) -> bool:
    """Whether fontconfig itself knows a font with outlines for each character."""
    seen = {ord(letter) for letter in text if not unicodedata.category(letter).startswith(("Z", "C"))}
    queries = [["fc-list", f":charset={code:x}:outline=True:color=False", "file"] for code in seen if code > 0x52F]
    return all(subprocess.run(query, capture_output=True, check=True).stdout for query in queries)


def complaints(path: Path) -> str:
    """What qpdf finds wrong; nothing where the file is sound."""
    done = subprocess.run(["qpdf", "--check", path], capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def link_targets(path: Path) -> list[str]:
    with pikepdf.open(path) as pdf:
        return [
            str(annotation.A.URI)
            for page in pdf.pages
            for annotation in page.obj.get(Name.Annots, Array())
            if Name.A in annotation and Name.URI in annotation.A
        ]


def structure_faults(path: Path) -> list[str]:
    """Where the structure tree, the annotations and the marked content of the pages disagree."""
    with pikepdf.open(path) as pdf:
        return [*_tree_faults(pdf), *_page_faults(pdf)]


def _tree_faults(pdf: pikepdf.Pdf) -> Iterator[str]:
    annotations = {a.objgen for page in pdf.pages for a in page.obj.get(Name.Annots, Array())}
    parents = pikepdf.NumberTree(pdf.Root.StructTreeRoot.ParentTree)
    for element in _elements(pdf.Root.StructTreeRoot):
        for kid in _kids(element):
            if isinstance(kid, int):
                if parents[int(element.Pg.StructParents)][kid].objgen != element.objgen:
                    yield f"mark {kid} belongs to another element than {element.objgen}"
            elif kid.get(Name.Type) == Name.OBJR:
                if kid.Obj.objgen not in annotations:
                    yield f"element {element.objgen} refers to an annotation that is on no page"
                elif parents[int(kid.Obj.StructParent)].objgen != element.objgen:
                    yield f"annotation {kid.Obj.objgen} belongs to another element"
            elif kid.P.objgen != element.objgen:
                yield f"element {kid.objgen} has another parent"


def _page_faults(pdf: pikepdf.Pdf) -> Iterator[str]:
    parents = pikepdf.NumberTree(pdf.Root.StructTreeRoot.ParentTree)
    reachable = {element.objgen for element in _elements(pdf.Root.StructTreeRoot)}
    keys = {int(page.obj.StructParents) for page in pdf.pages}
    for number, page in enumerate(pdf.pages, start=1):
        keys |= {int(annotation.StructParent) for annotation in page.obj.get(Name.Annots, Array())}
        owners = list(parents[int(page.obj.StructParents)])
        marks = [
            int(instruction.operands[1].MCID)
            for instruction in pikepdf.parse_content_stream(page)
            if str(instruction.operator) == "BDC" and Name.MCID in instruction.operands[1]
        ]
        if sorted(marks) != [mark for mark, owner in enumerate(owners) if owner is not None]:
            yield f"page {number} has the marks {marks} for {len(owners)} elements"
        if any(owner is not None and owner.objgen not in reachable for owner in owners):
            yield f"page {number} has content of an element outside the tree"
    if keys != set(parents.keys()):
        yield f"the parent tree has the keys {sorted(set(parents.keys()) ^ keys)} too many or too few"


def _elements(element: pikepdf.Object) -> Iterator[pikepdf.Object]:
    for kid in _kids(element):
        if not isinstance(kid, int) and kid.get(Name.Type) != Name.OBJR:
            yield kid
            yield from _elements(kid)


def _kids(element: pikepdf.Object) -> list[pikepdf.Object]:
    kids = element.get(Name.K, Array())
    return list(kids) if isinstance(kids, Array) else [kids]
