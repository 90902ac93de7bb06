"""The studio's sheets of magnet.toml: which values stand on which screen, in which words."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from typing import cast

from capture.catalogue.models import MagnetKind
from capture.pages.definition import Section
from capture.pages.fields import LEAD_FIELDS, TICKED, WITH_OPTIONS, FieldKind
from capture.pages.judging.form import OURS
from capture.pages.sheets import Column, Entry, Path, Shape, Sheet

THEMES = (
    ("folio", "Folio: an editorial serif with wide margins"),
    ("signal", "Signal: a grid, strong sans, big numerals"),
    ("atlas", "Atlas: a report, with tables and charts"),
)
COVERS = (
    ("", "As the title gives it"),
    ("grid", "Grid"),
    ("contours", "Contour lines"),
    ("arcs", "Arcs"),
    ("weave", "Weave"),
)

PAGE: Sheet = (
    Entry(("magnet", "title"), Shape.LINE, "Title", "Stands on the cover and in mails."),
    Entry(("magnet", "subtitle"), Shape.LINE, "Subtitle"),
    Entry(("magnet", "summary"), Shape.TEXT, "Summary", "Two or three sentences about what it is."),
    Entry(("page", "headline"), Shape.LINE, "Headline of the page", "Empty: the title."),
    Entry(("page", "promise"), Shape.TEXT, "Promise", "What one gets, and for whom."),
    Entry(("page", "outcomes"), Shape.LIST, "What one can do afterwards", "Three things, one on each line."),
    Entry(("page", "audience"), Shape.LIST, "Who it is for", "One on each line."),
    Entry(
        ("page", "button"),
        Shape.LINE,
        "Words on the button",
        "Empty: what suits the kind, such as “Send me the guide”.",
    ),
    Entry(
        ("page", "faq"),
        Shape.ROWS,
        "Questions people ask",
        columns=(Column("question", "Question"), Column("answer", "Answer", is_long=True)),
    ),
    Entry(
        ("page", "quotes"),
        Shape.ROWS,
        "What readers say",
        "In their own words, with their leave.",
        columns=(Column("words", "Words", is_long=True), Column("name", "Name"), Column("role", "Role")),
    ),
    Entry(("thanks", "headline"), Shape.LINE, "Headline of the thank-you page"),
    Entry(("thanks", "text"), Shape.TEXT, "Text of the thank-you page"),
    Entry(
        ("page", "next_step", "label"),
        Shape.LINE,
        "Next step: words",
        "Such as “Book a call”. Shown on the thank-you page.",
    ),
    Entry(("page", "next_step", "url"), Shape.LINE, "Next step: address"),
    Entry(("mail", "subject"), Shape.LINE, "Subject of the mail", "Empty: the title."),
    Entry(("mail", "text"), Shape.TEXT, "Text of the mail", "Stands above the link."),
    Entry(("seo", "title"), Shape.LINE, "Title for search engines", "Empty: the title."),
    Entry(("seo", "description"), Shape.TEXT, "Description for search engines", "Empty: the summary."),
)

DESIGN: Sheet = (
    Entry(("magnet", "theme"), Shape.CHOICE, "Theme of document and page", default="folio", choices=THEMES),
    Entry(("magnet", "cover_art"), Shape.CHOICE, "Drawing on the cover", choices=COVERS),
    Entry(
        ("magnet", "page_size"),
        Shape.CHOICE,
        "Page size",
        default="A4",
        choices=(("A4", "A4"), ("Letter", "US Letter")),
    ),
    Entry(
        ("magnet", "archive"),
        Shape.FLAG,
        "Also fit for archives (PDF/A-3u)",
        "Some companies file nothing else. Readers see no difference.",
    ),
    Entry(("brand", "colour"), Shape.COLOUR, "Brand colour", default="#1d4e89"),
    Entry(
        ("brand", "lettering"),
        Shape.CHOICE,
        "Headings of the page",
        choices=(("", "As the theme has them"), ("serif", "Serif: Source Serif"), ("sans", "Sans: Inter")),
    ),
    Entry(
        ("brand", "voice"),
        Shape.CHOICE,
        "Voice of the buttons",
        "Where a page has no words of its own for its button.",
        default="visitor",
        choices=(
            ("visitor", "The visitor speaks: Send me the guide, Save my seat"),
            ("direct", "It says what happens: Get the guide, Reserve a seat"),
        ),
    ),
    Entry(("brand", "name"), Shape.LINE, "Brand name", "Empty: the name of this installation."),
    Entry(("brand", "website"), Shape.LINE, "Website", "A full address that begins with https://"),
    Entry(("brand", "about"), Shape.TEXT, "About the brand", "One paragraph for the last pages of the document."),
    Entry(
        ("magnet", "authors"),
        Shape.ROWS,
        "Authors",
        columns=(Column("name", "Name"), Column("role", "Role")),
    ),
)

DOCUMENT: Sheet = (
    Entry(
        ("file", "mark"),
        Shape.CHOICE,
        "Where the PDF says for whom a copy is",
        default="slip",
        choices=(
            ("slip", "On a page of its own before the first"),
            ("first-page", "In a line at the foot of the first page"),
            ("every-page", "In a line at the foot of every page"),
            ("none", "Nowhere"),
        ),
    ),
    Entry(
        ("file", "deliver"),
        Shape.CHOICE,
        "Which file people get",
        default="original",
        choices=(("original", "The PDF as it is"), ("smaller", "A smaller one, its pictures as screens show them")),
    ),
)
"""How a finished PDF is handed out; stands with the settings."""

SETTINGS: Sheet = (
    Entry(
        ("page", "slug"),
        Shape.LINE,
        "Address of the page",
        "Empty: the name of the magnet. An address that it had before goes on leading here.",
    ),
    Entry(("magnet", "language"), Shape.LINE, "Language", "A code such as en, en-GB or de.", default="en"),
    Entry(
        ("magnet", "translation_of"),
        Shape.LINE,
        "Says in another language what this magnet says",
        "The name of the original. Their pages then lead to each other.",
    ),
    Entry(
        ("page", "delivery"),
        Shape.CHOICE,
        "How it is delivered",
        "A mail with the link goes out in any case.",
        default="page",
        choices=(
            ("page", "At once, on the thank-you page"),
            ("mail", "Only by mail, so that the address is real"),
            ("confirmed", "By mail, after a button was pressed (double opt-in)"),
        ),
    ),
    Entry(
        ("magnet", "links"),
        Shape.CHOICE,
        "What links already given lead to",
        default="newest",
        choices=(("newest", "The newest edition"), ("pinned", "The edition that was current then")),
    ),
    Entry(
        ("page", "cookies"),
        Shape.CHOICE,
        "Visitor cookie",
        "First-party, without personal data: it tells where somebody came from.",
        default="always",
        choices=(("always", "Always"), ("after_consent", "After consent to tracking"), ("never", "Never")),
    ),
    Entry(
        ("page", "ask_at_most"),
        Shape.NUMBER,
        "Queued fields asked at once",
        "Of the fields that wait for their turn; the next one comes when these were answered.",
        default="2",
    ),
    Entry(
        ("page", "embed_on"),
        Shape.LIST,
        "Sites that may show the form",
        "One on each line, such as https://www.company.com. How the form looks there, and the line to paste: see Form.",
    ),
    Entry(
        ("magnet", "personalised"),
        Shape.FLAG,
        "Print name and company on the cover of each copy",
        default=True,
    ),
    Entry(
        ("consent", "exchange"),
        Shape.FLAG,
        "The page openly says that contact is the price",
        "Only then may a consent to contact be required.",
    ),
)

_TYPESET = {("magnet", "cover_art"), ("magnet", "page_size"), ("magnet", "archive")}

EVENT: Sheet = (
    Entry(("webinar", "starts"), Shape.INSTANT, "Starts", "Date and time in the zone below."),
    Entry(("webinar", "zone"), Shape.LINE, "Time zone", "Such as Europe/Berlin."),
    Entry(("webinar", "minutes"), Shape.NUMBER, "Minutes"),
    Entry(("webinar", "seats"), Shape.NUMBER, "Seats", "Empty: no limit."),
    Entry(("webinar", "room_url"), Shape.LINE, "Address of the room", "Where the join button leads."),
    Entry(("webinar", "replay_url"), Shape.LINE, "Address of the recording", "Shown after the end."),
    Entry(
        ("webinar", "speakers"),
        Shape.ROWS,
        "Speakers",
        columns=(Column("name", "Name"), Column("role", "Role"), Column("about", "About", is_long=True)),
    ),
    Entry(("webinar", "agenda"), Shape.LIST, "Agenda", "One item on each line."),
)

SECTIONS: Sheet = (Entry(("page", "sections"), Shape.LIST, "Sections"),)
ADDRESS: Sheet = (SETTINGS[0],)
SITES: Sheet = tuple(entry for entry in SETTINGS if entry.path == ("page", "embed_on"))
COVER: Sheet = (Entry(("magnet", "cover"), Shape.LINE, "Picture on the cover"), DESIGN[1])
LOGO: Sheet = (Entry(("brand", "logo"), Shape.LINE, "Logo"),)

SECTION_WORDS: Mapping[Section, tuple[str, str]] = {
    Section.HERO: ("Opening", "Headline, promise and cover. It stands first."),
    Section.FORM: ("Form", "Beside the opening where it comes second, otherwise in a band of its own."),
    Section.OUTCOMES: ("What you will be able to do", "From the page's outcomes."),
    Section.AUDIENCE: ("Who it is for", "From the page's readers."),
    Section.AGENDA: ("Agenda", "Of a webinar."),
    Section.SPEAKERS: ("Speakers", "Of a webinar."),
    Section.INSIDE: ("What is inside", "The chapters with their reading time."),
    Section.LOOK: ("Look inside", "Real pages to leaf through, once it is published."),
    Section.QUOTES: ("What readers say", "From the page's quotes."),
    Section.FAQ: ("Questions people ask", "From the page's questions."),
    Section.AUTHORS: ("Who wrote it", "Authors, and a paragraph on the brand."),
}

# Where the words of a section are written: the screen, and the values of magnet.toml that it shows.
SECTION_SOURCES: Mapping[Section, tuple[str, tuple[tuple[str, str], ...]]] = {
    Section.OUTCOMES: ("page", (("page", "outcomes"),)),
    Section.AUDIENCE: ("page", (("page", "audience"),)),
    Section.AGENDA: ("event", (("webinar", "agenda"),)),
    Section.SPEAKERS: ("event", (("webinar", "speakers"),)),
    Section.QUOTES: ("page", (("page", "quotes"),)),
    Section.FAQ: ("page", (("page", "faq"),)),
    Section.AUTHORS: ("design", (("magnet", "authors"), ("brand", "about"))),
}

KINDS: Mapping[FieldKind, str] = {
    FieldKind.TEXT: "One line of text",
    FieldKind.LONGTEXT: "Several lines of text",
    FieldKind.SELECT: "Choose one from a list",
    FieldKind.RADIO: "Choose one of a few",
    FieldKind.CHECKBOXES: "Choose any",
    FieldKind.COUNTRY: "Country",
    FieldKind.PHONE: "Telephone number",
    FieldKind.NUMBER: "Number",
    FieldKind.URL: "Web address",
    FieldKind.CONTACT_ME: "Asks to be contacted",
    FieldKind.CONSENT: "Consent",
    FieldKind.EMAIL: "E-mail address",
    FieldKind.HIDDEN: "Hidden value",
}

_PURPOSES = (
    ("marketing_email", "Marketing by e-mail"),
    ("marketing_phone", "Marketing by telephone"),
    ("tracking", "Noting what is read"),
)
_FILLS = (
    ("", "Nothing: it stays an answer"),
    *((name, name.replace("_", " ").capitalize()) for name in LEAD_FIELDS),
)

_ASKED_OF = (
    ("always", "Everybody, every time"),
    ("queued", "Whoever has not answered it yet, when its turn comes"),
)


def of_a_finished_document(sheet: Sheet) -> Sheet:
    """The sheet without what only a document has that is typeset here."""
    return tuple(entry for entry in sheet if entry.path not in _TYPESET)


def possible_sections(kind: MagnetKind) -> list[Section]:
    """The sections that a page of this kind can have."""
    others = (Section.INSIDE, Section.LOOK) if kind is MagnetKind.WEBINAR else (Section.AGENDA, Section.SPEAKERS)
    return [section for section in Section if section not in others]


def field_sheet(kind: FieldKind, others: Sequence[tuple[str, str]] = ()) -> Sheet:
    """What can be said about a field of this kind; it may depend on `others`, which are keys with their words."""
    entries = [
        Entry(("label",), Shape.LINE, "Label"),
        Entry(("hint",), Shape.LINE, "Hint", "One line below the label."),
    ]
    if kind is not FieldKind.HIDDEN:
        entries.append(Entry(("required",), Shape.FLAG, "An answer is required"))
        hint = "Empty: it stands with the field before it. Name the first step at the first field."
        entries.append(Entry(("step",), Shape.LINE, "Begins a step of the form called", hint))
    if kind in WITH_OPTIONS:
        hint = "One on each line. An option that keeps its words keeps its answers."
        entries.append(Entry(("options",), Shape.OPTIONS, "Options", hint))
    if kind is FieldKind.CONSENT:
        entries += [
            Entry(("purpose",), Shape.CHOICE, "What is agreed to", choices=_PURPOSES),
            Entry(
                ("wording",),
                Shape.TEXT,
                "Exact wording",
                "Shown beside the box, which is never ticked beforehand, and kept as proof.",
            ),
        ]
    elif kind is FieldKind.EMAIL:
        entries.append(Entry(("work_email",), Shape.FLAG, "Refuse addresses of private mail services"))
    elif kind is FieldKind.HIDDEN:
        entries.append(Entry(("value",), Shape.LINE, "Value"))
    elif kind is not FieldKind.CONTACT_ME:
        entries.append(Entry(("fills",), Shape.CHOICE, "Fills this field of the lead", choices=_FILLS))
    if kind not in (FieldKind.EMAIL, FieldKind.HIDDEN, *TICKED):
        entries.append(Entry(("ask",), Shape.CHOICE, "Asked of", default="always", choices=_ASKED_OF))
    if kind is not FieldKind.EMAIL:
        entries += [
            Entry(("when", "field"), Shape.CHOICE, "Asked", choices=(("", "Always"), *others)),
            Entry(
                ("when", "is"),
                Shape.LIST,
                "… has one of these answers",
                "One on each line, as it is kept. Empty: any answer will do.",
            ),
        ]
    return entries


def new_field(kind: FieldKind, label: str, key: str) -> dict[str, str | bool]:
    """What a field begins with; what it still needs (options, a wording) the check asks for."""
    field: dict[str, str | bool] = {"key": key, "kind": kind.value, "label": label}
    if kind is FieldKind.EMAIL:
        field["required"] = True
    if kind is FieldKind.CONSENT:
        field["purpose"] = "marketing_email"
    return field


def free_key(wanted: str, known: Collection[str]) -> str:
    """A key for a new field, made from its label, that no other field of the form has."""
    key = wanted.replace("-", "_")[:36].strip("_")
    key = key if key[:1].isalpha() and key not in OURS else f"field_{key}".rstrip("_")
    number, unique = 1, key
    while unique in known:
        number += 1
        unique = f"{key}_{number}"
    return unique


# --- what is found, in the words of the screens --------------------------------------------------------

_CALLED = re.compile(r"(?:\[(?P<table>[\w ]+)\] )?`(?P<key>\w+)`")  # as `magnets.tables.Table.named` calls a key


def spoken(message: str, table: str) -> str:
    """What was found about the magnet.toml, with each key called as its screen calls it.

    `table` is the one in which it was found, such as `form.fields`; what no screen shows keeps its name.
    """
    return _CALLED.sub(lambda called: _spoken(called, table), message)


def _spoken(called: re.Match[str], table: str) -> str:
    parts = cast("str | None", called["table"])
    names = parts.split() if parts is not None else table.split(".")
    path = tuple(name for name in names if name and not name.isdigit())
    label = _labels().get((*path, called["key"]))
    if label is None:
        return called[0]
    number = names[-1] if names and names[-1].isdigit() else ""
    within = "field" if path == _FIELDS else f"“{_labels().get(path, path[-1] if path else '')}”, number"
    return f"“{label}” of {within} {number}" if number else f"“{label}”"


_FIELDS = ("form", "fields")


@cache
def _labels() -> Mapping[Path, str]:
    return dict(_named(PAGE, DESIGN, DOCUMENT, SETTINGS, EVENT, SECTIONS, COVER, LOGO)) | {
        (*_FIELDS, *path): label for kind in FieldKind for path, label in _named(field_sheet(kind))
    }


def _named(*sheets: Sheet) -> Iterator[tuple[Path, str]]:
    for entry in (entry for sheet in sheets for entry in sheet):
        yield entry.path, entry.label
        for column in entry.columns:
            yield (*entry.path, column.key), column.label
