"""What a PDF does besides being read: scripts, programs, files inside it, forms, links. Found, and taken out."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

import pikepdf
from pikepdf import Array, Dictionary, Name, Object

from magnets.sentences import sentence

# Names of actions (ISO 32000-1, table 198), and what a marketer calls them. Mail gateways turn such files away.
DOES = {
    "/JavaScript": sentence("runs scripts"),
    "/Launch": sentence("starts programs"),
    "/SubmitForm": sentence("sends forms elsewhere"),
    "/ImportData": sentence("reads files of the reader's"),
    "/GoToE": sentence("opens files inside it"),
    "/Rendition": sentence("plays media"),
    "/Movie": sentence("plays media"),
    "/Sound": sentence("plays media"),
    "/RichMediaExecute": sentence("plays media"),
}
_MEDIA = frozenset({"/RichMedia", "/Screen", "/Movie", "/Sound", "/3D"})
_SCHEMES = ("http", "https", "mailto", "tel")
_DEEPEST = 100


@dataclass(slots=True)
class Met:
    """What was met on the way: actions by what they do, files inside, pages by the address of each bad link."""

    does: Counter[str] = field(default_factory=Counter)
    files: int = 0
    signatures: int = 0
    fields: int = 0
    nowhere: dict[str, list[int]] = field(default_factory=dict)

    def lost(self, where: str, page: int) -> None:
        """A link that leads nowhere; page 0 is the list of bookmarks."""
        self.nowhere.setdefault(where, []).append(page)


def strip(pdf: pikepdf.Pdf) -> Met:
    """Take out of an open document what runs, starts, sends and plays; complete relative links to the web."""
    return _Walk(pdf).run()


class _Walk:
    """Once through everything in a document that may have an action."""

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        self._pdf = pdf
        self.met = Met()
        self._pages = {page.obj.objgen for page in pdf.pages}
        self._names = _named(pdf.Root)
        base = pdf.Root.get(Name.URI)
        self._base = str(base.get(Name.Base, "")) if isinstance(base, Dictionary) else ""

    def run(self) -> Met:
        root = self._pdf.Root
        self._take_named(root)
        self._act(root, Name.OpenAction)
        self._additional(root)
        for number, page in enumerate(self._pdf.pages, start=1):
            self._additional(page.obj)
            self._annotations(page.obj, number)
        self._form(root)
        self._bookmarks(root.get(Name.Outlines))
        return self.met

    def _take_named(self, root: Object) -> None:
        names = root.get(Name.Names)
        if isinstance(names, Dictionary):
            if Name.JavaScript in names:
                self.met.does[DOES["/JavaScript"]] += 1
                del names.JavaScript
            if Name.EmbeddedFiles in names:
                self.met.files += max(1, sum(1 for _ in pikepdf.NameTree(names.EmbeddedFiles)))
                del names.EmbeddedFiles
        for key in (Name.AF, Name.Collection):
            if key in root:
                del root[key]

    def _annotations(self, page: Object, number: int) -> None:
        annotations = page.get(Name.Annots)
        if not isinstance(annotations, Array):
            return
        kept = [one for one in annotations if isinstance(one, Dictionary) and not self._goes(one)]
        if len(kept) != len(annotations):
            page.Annots = Array(kept)
        for annotation in kept:
            self._act(annotation, Name.A, page=number)
            self._additional(annotation)
            if annotation.get(Name.Subtype) == Name.Link and Name.A not in annotation:
                self._destination(annotation.get(Name.Dest), number)

    def _goes(self, annotation: Object) -> bool:
        kind = str(annotation.get(Name.Subtype, ""))
        self.met.files += kind == "/FileAttachment"
        self.met.does[DOES["/Movie"]] += kind in _MEDIA
        return kind == "/FileAttachment" or kind in _MEDIA

    def _form(self, root: Object) -> None:
        form = root.get(Name.AcroForm)
        if not isinstance(form, Dictionary):
            return
        for stale in (Name.XFA, Name.CO, Name.SigFlags):
            if stale in form:
                del form[stale]
        if Name.Perms in root:
            del root.Perms
        for one in _fields(form.get(Name.Fields)):
            self._act(one, Name.A)
            self._additional(one)
            if one.get(Name.FT) == Name.Sig:
                if Name.V in one:
                    self.met.signatures += 1
                    del one.V
            elif Name.FT in one:
                self.met.fields += 1

    def _bookmarks(self, outlines: Object | None) -> None:
        met: set[tuple[int, int]] = set()
        waiting = [outlines]
        while waiting:
            entry = waiting.pop()
            if not isinstance(entry, Dictionary) or entry.objgen in met:
                continue
            met.add(entry.objgen)
            self._act(entry, Name.A, page=0)
            if Name.Dest in entry:
                self._destination(entry.Dest, 0)
            waiting += [entry.get(Name.Next), entry.get(Name.First)]

    def _additional(self, holder: Object) -> None:
        actions = holder.get(Name.AA)
        if isinstance(actions, Dictionary):
            for trigger in list(actions.keys()):
                self._act(actions, Name(trigger))
            if not actions.keys():
                del holder.AA

    def _act(self, holder: Object, key: Name, *, page: int | None = None) -> None:
        """Judge the action under a key; one that does what it must not goes, with all that follow it."""
        action = holder.get(key)
        if not isinstance(action, Dictionary):
            return
        kind = str(action.get(Name.S, ""))
        address = str(action.get(Name.URI, "")).strip() if kind == "/URI" else ""
        if address.lower().startswith("javascript:"):
            kind = "/JavaScript"
        if kind in DOES:
            self.met.does[DOES[kind]] += 1
            del holder[key]
            return
        for said in _following(action):
            self.met.does[said] += 1
            del action[Name.Next]
            break
        if kind == "/URI":
            holder[key] = self._pdf.make_indirect(Dictionary(S=Name.URI, URI=self._completed(address, page)))
        elif kind == "/GoTo" and page is not None:
            self._destination(action.get(Name.D), page)
        elif kind == "/GoToR" and page is not None:
            self.met.lost(sentence("another file on the author's computer"), page)

    def _completed(self, address: str, page: int | None) -> str:
        """A web address as browsers read it; what begins with www. or a relative path is made whole."""
        if self._base and not urlsplit(address).scheme:
            address = urljoin(self._base, address)
        if address.lower().startswith("www."):
            address = f"https://{address}"
        scheme, separator, rest = address.partition(":")
        if separator and scheme.lower() in _SCHEMES:
            return f"{scheme.lower()}:{rest}"
        if page is not None:
            self.met.lost(address[:120] or sentence("an empty address"), page)
        return address

    def _destination(self, target: Object | None, page: int) -> None:
        if isinstance(target, Dictionary):
            target = target.get(Name.D)
        if isinstance(target, pikepdf.String | Name):
            target = self._names.get(str(target))
            if isinstance(target, Dictionary):
                target = target.get(Name.D)
        if isinstance(target, Array) and len(target):
            aim = target[0]
            if isinstance(aim, int) and 0 <= aim < len(self._pages):
                return
            if isinstance(aim, Dictionary) and aim.objgen in self._pages:
                return
        self.met.lost(sentence("a place that is not in the document"), page)


def _following(action: Object) -> Iterator[str]:
    """What the actions behind an action do that they must not."""
    waiting, met = [action.get(Name.Next)], 0
    while waiting and met < _DEEPEST:
        met += 1
        one = waiting.pop()
        if isinstance(one, Array):
            waiting += list(one)
        elif isinstance(one, Dictionary):
            if str(one.get(Name.S, "")) in DOES:
                yield DOES[str(one.S)]
            waiting.append(one.get(Name.Next))


def _fields(kids: Object | None) -> Iterator[Object]:
    met: set[tuple[int, int]] = set()
    waiting = list(kids) if isinstance(kids, Array) else []
    while waiting:
        one = waiting.pop()
        if not isinstance(one, Dictionary) or (one.is_indirect and one.objgen in met):
            continue
        met.add(one.objgen)
        yield one
        below = one.get(Name.Kids)
        waiting += list(below) if isinstance(below, Array) else []


def _named(root: Object) -> dict[str, Object]:
    """Places that have a name, of both kinds that there are (ISO 32000-1, 12.3.2.3)."""
    found: dict[str, Object] = {}
    old = root.get(Name.Dests)
    if isinstance(old, Dictionary):
        found |= {str(key): value for key, value in old.items()}
    names = root.get(Name.Names)
    if isinstance(names, Dictionary) and isinstance(names.get(Name.Dests), Dictionary):
        found |= {str(key): value for key, value in pikepdf.NameTree(names.Dests).items()}
    return found
