"""The studio's sheets of magnet.toml: which values stand on which screen, in which words."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache

from capture.catalogue import sentences
from capture.catalogue.models import MagnetKind
from capture.languages import Language, Phrase, joined, said, say
from capture.pages import parts, questionnaire
from capture.pages.awaiting import NOTHING, Awaited
from capture.pages.buttons import BUTTONS
from capture.pages.definition import Section
from capture.pages.fields import TICKED, WITH_OPTIONS, FieldKind
from capture.pages.keys import FIELD_KEYS, OURS
from capture.pages.parts import Values
from capture.pages.sheets import Column, Entry, Path, Shape, Sheet, found
from magnets.definition import Voice

THEMES = (
    ("folio", say("Folio: an editorial serif with wide margins")),
    ("signal", say("Signal: a grid, strong sans, big numerals")),
    ("atlas", say("Atlas: a report, with tables and charts")),
)
COVERS = (
    ("", say("As the title gives it")),
    ("grid", say("Grid")),
    ("contours", say("Contour lines")),
    ("arcs", say("Arcs")),
    ("weave", say("Weave")),
)


def _buttons(voice: Voice) -> str:
    return joined([BUTTONS[voice][MagnetKind.EBOOK], BUTTONS[voice][MagnetKind.WEBINAR]])


PAGE: Sheet = (
    Entry(("magnet", "title"), Shape.LINE, say("Title"), say("Stands on the cover and in mails.")),
    Entry(("magnet", "subtitle"), Shape.LINE, say("Subtitle")),
    Entry(("magnet", "summary"), Shape.TEXT, say("Summary"), say("Two or three sentences about what it is.")),
    Entry(("page", "headline"), Shape.LINE, say("Headline of the page"), say("Empty: the title.")),
    Entry(("page", "promise"), Shape.TEXT, say("Promise"), say("What one gets, and for whom.")),
    Entry(("page", "outcomes"), Shape.LIST, say("What one can do afterwards"), say("Three things, one on each line.")),
    Entry(("page", "audience"), Shape.LIST, say("Who it is for"), say("One on each line.")),
    Entry(
        ("page", "button"),
        Shape.LINE,
        say("Words on the button"),
        say("Empty: what suits the kind, such as “%(button)s”.", button=BUTTONS[Voice.VISITOR][MagnetKind.EBOOK]),
    ),
    Entry(
        ("page", "faq"),
        Shape.ROWS,
        say("Questions people ask"),
        columns=(Column("question", say("Question")), Column("answer", say("Answer"), is_long=True)),
    ),
    Entry(
        ("page", "quotes"),
        Shape.ROWS,
        say("What readers say"),
        say("In their own words, with their leave."),
        columns=(Column("words", say("Words"), is_long=True), Column("name", say("Name")), Column("role", say("Role"))),
    ),
    Entry(("thanks", "headline"), Shape.LINE, say("Headline of the thank-you page")),
    Entry(("thanks", "text"), Shape.TEXT, say("Text of the thank-you page")),
    Entry(
        ("page", "next_step", "label"),
        Shape.LINE,
        say("Next step: words"),
        say("Such as “Book a call”. Shown on the thank-you page."),
    ),
    Entry(("page", "next_step", "url"), Shape.LINE, say("Next step: address")),
    Entry(("mail", "subject"), Shape.LINE, say("Subject of the mail"), say("Empty: the title.")),
    Entry(("mail", "text"), Shape.TEXT, say("Text of the mail"), say("Stands above the link.")),
    Entry(("seo", "title"), Shape.LINE, say("Title for search engines"), say("Empty: the title.")),
    Entry(("seo", "description"), Shape.TEXT, say("Description for search engines"), say("Empty: the summary.")),
    Entry(
        ("seo", "image"),
        Shape.CHOICE,
        say("Picture where the page is shared"),
        say("Best 1200 × 630 pixels. Pictures are added as files beside the text."),
        choices=(("", say("Drawn for it: title, publisher and cover")),),
    ),
)

DESIGN: Sheet = (
    Entry(("magnet", "theme"), Shape.CHOICE, say("Theme of document and page"), default="folio", choices=THEMES),
    Entry(("magnet", "cover_art"), Shape.CHOICE, say("Drawing on the cover"), choices=COVERS),
    Entry(
        ("magnet", "page_size"),
        Shape.CHOICE,
        say("Page size"),
        default="A4",
        choices=(("A4", "A4"), (say("Letter"), say("US Letter"))),
    ),
    Entry(
        ("magnet", "archive"),
        Shape.FLAG,
        say("Also fit for archives (PDF/A-3u)"),
        say("Some companies file nothing else. Readers see no difference."),
    ),
    Entry(("brand", "colour"), Shape.COLOUR, say("Brand colour"), default="#1d4e89"),
    Entry(
        ("brand", "lettering"),
        Shape.CHOICE,
        say("Headings of the page"),
        choices=(
            ("", say("As the theme has them")),
            ("serif", say("Serif: Source Serif")),
            ("sans", say("Sans: Inter")),
        ),
    ),
    Entry(
        ("brand", "voice"),
        Shape.CHOICE,
        say("Voice of the buttons"),
        say("Where a page has no words of its own for its button."),
        default="visitor",
        choices=(
            (Voice.VISITOR.value, say("The visitor speaks: %(buttons)s", buttons=_buttons(Voice.VISITOR))),
            (Voice.DIRECT.value, say("It says what happens: %(buttons)s", buttons=_buttons(Voice.DIRECT))),
        ),
    ),
    Entry(("brand", "name"), Shape.LINE, say("Brand name"), say("Empty: the name of this installation.")),
    Entry(("brand", "website"), Shape.LINE, say("Website"), say("A full address that begins with https://")),
    Entry(
        ("brand", "about"), Shape.TEXT, say("About the brand"), say("One paragraph for the last pages of the document.")
    ),
    Entry(
        ("magnet", "authors"),
        Shape.ROWS,
        say("Authors"),
        columns=(Column("name", say("Name")), Column("role", say("Role"))),
    ),
)

DOCUMENT: Sheet = (
    Entry(
        ("file", "mark"),
        Shape.CHOICE,
        say("Where the PDF says for whom a copy is"),
        default="slip",
        choices=(
            ("slip", say("On a page of its own before the first")),
            ("first-page", say("In a line at the foot of the first page")),
            ("every-page", say("In a line at the foot of every page")),
            ("none", say("Nowhere")),
        ),
    ),
    Entry(
        ("file", "deliver"),
        Shape.CHOICE,
        say("Which file people get"),
        default="original",
        choices=(
            ("original", say("The PDF as it is")),
            ("smaller", say("A smaller one, its pictures as screens show them")),
        ),
    ),
)
"""How a finished PDF is handed out; stands with the settings."""

SETTINGS: Sheet = (
    Entry(
        ("page", "slug"),
        Shape.LINE,
        say("Address of the page"),
        say("Empty: the name of the magnet. An address that it had before goes on leading here."),
    ),
    Entry(("magnet", "language"), Shape.LINE, say("Language"), say("A code such as en, en-GB or de."), default="en"),
    Entry(
        ("magnet", "translation_of"),
        Shape.LINE,
        say("Says in another language what this magnet says"),
        say("The name of the original. Their pages then lead to each other."),
    ),
    Entry(
        ("page", "delivery"),
        Shape.CHOICE,
        say("How it is delivered"),
        say("A mail with the link goes out in any case."),
        default="page",
        choices=(
            ("page", say("At once, on the thank-you page")),
            ("mail", say("Only by mail, so that the address is real")),
            ("confirmed", say("By mail, after a button was pressed (double opt-in)")),
        ),
    ),
    Entry(
        ("magnet", "links"),
        Shape.CHOICE,
        say("What links already given lead to"),
        default="newest",
        choices=(("newest", say("The newest edition")), ("pinned", say("The edition that was current then"))),
    ),
    Entry(
        ("page", "cookies"),
        Shape.CHOICE,
        say("Visitor cookie"),
        say("First-party, without personal data: it tells where somebody came from."),
        default="always",
        choices=(
            ("always", say("Always")),
            ("after_consent", say("After consent to tracking")),
            ("never", say("Never")),
        ),
    ),
    Entry(
        ("page", "ask_at_most"),
        Shape.NUMBER,
        say("Questions asked in turn: how many at once"),
        say(
            "Of those that a returning visitor is asked one after the other, see When it is asked of a field. With 2, "
            "a third comes once two were answered."
        ),
        default="2",
    ),
    Entry(
        ("page", "embed_on"),
        Shape.LIST,
        say("Sites that may show the form"),
        say(
            "One on each line, such as https://www.company.com. How the form looks there, and the line to paste: "
            "see Form."
        ),
    ),
    Entry(
        ("magnet", "personalised"),
        Shape.FLAG,
        say("Print name and company on the cover of each copy"),
        default=True,
    ),
    Entry(
        ("consent", "exchange"),
        Shape.FLAG,
        say("The page openly says that contact is the price"),
        say("Only then may a consent to contact be required."),
    ),
)

_TYPESET = {("magnet", "cover_art"), ("magnet", "page_size"), ("magnet", "archive")}

EVENT: Sheet = (
    Entry(("webinar", "starts"), Shape.INSTANT, say("Starts"), say("Date and time in the zone below.")),
    Entry(("webinar", "zone"), Shape.LINE, say("Time zone"), say("Such as Europe/Berlin.")),
    Entry(("webinar", "minutes"), Shape.NUMBER, say("Minutes")),
    Entry(("webinar", "seats"), Shape.NUMBER, say("Seats"), say("Empty: no limit.")),
    Entry(("webinar", "room_url"), Shape.LINE, say("Address of the room"), say("Where the join button leads.")),
    Entry(("webinar", "replay_url"), Shape.LINE, say("Address of the recording"), say("Shown after the end.")),
    Entry(
        ("webinar", "speakers"),
        Shape.ROWS,
        say("Speakers"),
        columns=(Column("name", say("Name")), Column("role", say("Role")), Column("about", say("About"), is_long=True)),
    ),
    Entry(("webinar", "agenda"), Shape.LIST, say("Agenda"), say("One item on each line.")),
)

CHAPTERS: Sheet = (Entry(("magnet", "chapters"), Shape.LIST, say("Chapters")),)
SECTIONS: Sheet = (Entry(("page", "sections"), Shape.LIST, say("Sections")),)
ADDRESS: Sheet = (SETTINGS[0],)
SITES: Sheet = tuple(entry for entry in SETTINGS if entry.path == ("page", "embed_on"))
COVER: Sheet = (Entry(("magnet", "cover"), Shape.LINE, say("Picture on the cover")), DESIGN[1])
LOGO: Sheet = (Entry(("brand", "logo"), Shape.LINE, say("Logo")),)
BRAND: Sheet = (
    replace(DESIGN[0], default="", choices=(("", say("As each kind of page begins with it")), *THEMES)),
    *(entry for entry in DESIGN if entry.path[0] == "brand"),
)
"""What the brand of an installation says of every draft that takes it; what is empty there is the draft's own."""

SECTION_WORDS: Mapping[Section, tuple[str, str]] = {
    Section.HERO: (say("Opening"), say("Headline, promise and cover. It stands first.")),
    Section.FORM: (say("Form"), say("Beside the opening where it comes second, otherwise in a band of its own.")),
    Section.OUTCOMES: (say("What you will be able to do"), say("From the page's outcomes.")),
    Section.AUDIENCE: (say("Who it is for"), say("From the page's readers.")),
    Section.AGENDA: (say("Agenda"), say("Of a webinar.")),
    Section.SPEAKERS: (say("Speakers"), say("Of a webinar.")),
    Section.INSIDE: (say("What is inside"), say("The chapters with their reading time.")),
    Section.LOOK: (say("Look inside"), say("Real pages to leaf through, once it is published.")),
    Section.QUOTES: (say("What readers say"), say("From the page's quotes.")),
    Section.FAQ: (say("Questions people ask"), say("From the page's questions.")),
    Section.AUTHORS: (say("Who wrote it"), say("Authors, and a paragraph on the brand.")),
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

SHARED = ("seo", "image")


def with_pictures(sheet: Sheet, pictures: Sequence[str]) -> Sheet:
    """The sheet with the pictures of the draft to choose from, where it asks for the one that is shared."""
    more = tuple((path, path) for path in pictures)
    return [replace(entry, choices=(*entry.choices, *more)) if entry.path == SHARED else entry for entry in sheet]


KINDS: Mapping[FieldKind, str] = {
    FieldKind.TEXT: say("One line of text"),
    FieldKind.LONGTEXT: say("Several lines of text"),
    FieldKind.SELECT: say("Choose one from a list"),
    FieldKind.RADIO: say("Choose one of a few"),
    FieldKind.CHECKBOXES: say("Choose any"),
    FieldKind.COUNTRY: say("Country"),
    FieldKind.PHONE: say("Telephone number"),
    FieldKind.NUMBER: say("Number"),
    FieldKind.URL: say("Web address"),
    FieldKind.CONTACT_ME: say("Asks to be contacted"),
    FieldKind.CONSENT: say("Consent"),
    FieldKind.EMAIL: say("E-mail address"),
    FieldKind.HIDDEN: say("Hidden value"),
}

LEAD_WORDS: Mapping[str, Phrase] = {
    "first_name": say("First name"),
    "last_name": say("Last name"),
    "name": say("Full name"),
    "company": say("Company"),
    "job_title": say("Job title"),
    "phone": say("Phone"),
    "country": say("Country"),
    "company_size": say("Company size"),
    "website": say("Website"),
}
"""What the lead's own fields are called, by their keys in LEAD_FIELDS."""

_PURPOSES = (
    ("marketing_email", say("Marketing by e-mail")),
    ("marketing_phone", say("Marketing by telephone")),
    ("tracking", say("Noting what is read")),
)
_FILLS = (
    ("", say("Nothing: it stays an answer")),
    *LEAD_WORDS.items(),
)

_ASKED_OF = (
    ("always", say("Everybody, every time")),
    ("once", say("Whoever has not answered it yet; then the next queued field takes its place")),
    ("queued", say("Whoever has not answered it yet, when its turn comes")),
)


READY_PATTERNS = (
    ("[0-9]+", say("Digits only")),
    ("[0-9]{5}", say("Five digits, such as a German postcode")),
    (r"\p{L}[\p{L} .'’-]*", say("Letters, spaces and hyphens")),
    ("[A-Z]{2}[0-9]{2,12}", say("Two capital letters and digits, such as a VAT number")),
)

_CHARACTERS = (
    Entry(("min_length",), Shape.NUMBER, say("Characters at least"), say("Empty: no limit.")),
    Entry(("max_length",), Shape.NUMBER, say("Characters at most"), say("Empty: 200.")),
)
_FORM_OF_TEXT = (
    Entry(
        ("pattern",),
        Shape.PATTERN,
        say("The whole answer has this form"),
        say("One of the list, or a regular expression (RE2) of your own. Empty: any text."),
        choices=READY_PATTERNS,
    ),
    Entry(
        ("pattern_message",),
        Shape.LINE,
        say("What to say when it does not"),
        say("Such as “Please write the five digits of your postcode.”"),
    ),
)
_MOST_OF_LONG = Entry(("max_length",), Shape.NUMBER, say("Characters at most"), say("Empty: 5,000."))

LIMITS: Mapping[FieldKind, Sheet] = {
    FieldKind.TEXT: (*_CHARACTERS, *_FORM_OF_TEXT),
    FieldKind.LONGTEXT: (_CHARACTERS[0], _MOST_OF_LONG, *_FORM_OF_TEXT),
    FieldKind.NUMBER: (
        Entry(("min",), Shape.NUMBER, say("The smallest number"), say("Empty: no limit.")),
        Entry(("max",), Shape.NUMBER, say("The largest number"), say("Empty: no limit.")),
    ),
    FieldKind.EMAIL: (
        Entry(("work_email",), Shape.FLAG, say("Refuse addresses of private mail services")),
        Entry(
            ("blocked_domains",),
            Shape.LIST,
            say("Companies whose addresses are refused"),
            say("One domain on each line, such as rival.com."),
        ),
    ),
}
"""What an answer has to be like, by the kind of the field."""


def of_a_finished_document(sheet: Sheet) -> Sheet:
    """The sheet without what only a document has that is typeset here."""
    return tuple(entry for entry in sheet if entry.path not in _TYPESET)


def possible_sections(kind: MagnetKind) -> list[Section]:
    """The sections that a page of this kind can have."""
    others = (Section.INSIDE, Section.LOOK) if kind is MagnetKind.WEBINAR else (Section.AGENDA, Section.SPEAKERS)
    return [section for section in Section if section not in others]


def field_sheet(kind: FieldKind, awaited: Awaited = NOTHING) -> Sheet:
    """What can be said about a field of this kind, and what it may wait for."""
    entries = [
        Entry(("label",), Shape.LINE, say("Label")),
        Entry(("hint",), Shape.LINE, say("Hint"), say("One line below the label.")),
    ]
    if kind is not FieldKind.HIDDEN:
        entries.append(Entry(("required",), Shape.FLAG, say("An answer is required")))
        hint = say("Empty: it stands with the field before it. Name the first step at the first field.")
        entries.append(Entry(("step",), Shape.LINE, say("Begins a step of the form called"), hint))
    if kind in WITH_OPTIONS:
        hint = say("One on each line. An option that keeps its words keeps its answers.")
        entries.append(Entry(("options",), Shape.OPTIONS, say("Options"), hint))
    if kind is FieldKind.CONSENT:
        entries += [
            Entry(("purpose",), Shape.CHOICE, say("What is agreed to"), choices=_PURPOSES),
            Entry(
                ("wording",),
                Shape.TEXT,
                say("Exact wording"),
                say("Shown beside the box, which is never ticked beforehand, and kept as proof."),
            ),
        ]
    elif kind is FieldKind.HIDDEN:
        entries.append(Entry(("value",), Shape.LINE, say("Value")))
    elif kind not in (FieldKind.EMAIL, FieldKind.CONTACT_ME):
        entries.append(Entry(("fills",), Shape.CHOICE, say("Fills this field of the lead"), choices=_FILLS))
    entries += LIMITS.get(kind, ())
    if kind not in (FieldKind.EMAIL, FieldKind.HIDDEN, *TICKED):
        entries.append(Entry(("ask",), Shape.CHOICE, say("Asked of"), default="always", choices=_ASKED_OF))
    return [*entries, *_waiting(awaited)] if kind is not FieldKind.EMAIL else entries


def _waiting(awaited: Awaited) -> Iterator[Entry]:
    others = [(key, say("Only if “%(words)s” …", words=words)) for key, words in awaited.others]
    yield Entry(("when", "field"), Shape.CHOICE, say("Asked"), choices=(("", say("Always")), *others))
    label, path = say("… has one of these answers"), ("when", "is")
    if awaited.is_typed:
        hint = say("One on each line, as the hidden field carries it. Empty: anything will do.")
        yield Entry(path, Shape.LIST, label, hint)
        return
    none = say("Any answer will do: it is not chosen from a list. A box has to be ticked.")
    hint = say("None ticked: any answer will do.") if awaited.answers else none
    yield Entry(path, Shape.ANY, label, hint, choices=awaited.answers)


def new_field(kind: FieldKind, label: str, key: str) -> dict[str, str | bool]:
    """What a field begins with; what it still needs (options, a wording) the check asks for."""
    field: dict[str, str | bool] = {"key": key, "kind": kind.value, "label": label}
    if kind is FieldKind.EMAIL:
        field["required"] = True
    if kind is FieldKind.CONSENT:
        field["purpose"] = "marketing_email"
    return field


def field_of_another_kind(text: str, place: Path, field: Values, kind: FieldKind) -> str:
    """The magnet.toml with another kind of field, without what only the kind before knew."""
    known = {"key", "kind", *(entry.path[0] for entry in field_sheet(kind))}
    seed = {key: value for key, value in new_field(kind, "", "").items() if key not in field}
    return parts.changed(text, place, {**seed, "kind": kind.value}, set(FIELD_KEYS) - known)


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

# As `magnets.tables.Table.named` calls a key, perhaps with the value that it should have.
_CALLED = re.compile(r"(?:\[(?P<table>[\w ]+)\] )?`(?P<key>\w+)(?: = (?P<value>\w+|\"[\w-]+\"))?`")
_QUOTED = re.compile(r'"([\w-]+)"')
_FIELD = re.compile(r"[“„]([\w-]+)[”“]")
_AS_WRITTEN = re.compile(r"(?:, (?:each )?as a table .+|: \[.+\])(?=\.$)")  # of no use to whoever sees no file


def spoken(message: str, at: Path = (), table: Mapping[str, object] | None = None) -> str:
    """What was found about the magnet.toml, with keys and choices called as the screens call them.

    `at` is the value that it is about, in this `table`; what no screen shows keeps its name.
    """
    told = sentences.phrase(message)
    return Phrase(lambda language: _on_screens(_AS_WRITTEN.sub("", said(told, language)), at, table, language))


def _on_screens(words: str, at: Path, table: Mapping[str, object] | None, language: Language) -> str:
    known = [_path(called, at) for called in _CALLED.finditer(words)]
    words = _CALLED.sub(lambda called: _spoken(called, at, table, language), words)
    if at[:2] == parts.FIELDS:
        words = _with_fields_called(words, table, language)
    choices = {key: label for path in known for key, label in _choices().get(_plain(path), {}).items()}
    if not choices:
        return words
    return _QUOTED.sub(
        lambda quoted: _quote(choices[quoted[1]], language) if quoted[1] in choices else quoted[0], words
    )


def _with_fields_called(words: str, table: Mapping[str, object] | None, language: Language) -> str:
    """Fields of the form by what they ask in place of their keys."""
    fields = [field for _, field in parts.listed(table, parts.FIELDS)]
    asked = {str(field.get("key")): field.get("label") or field.get("wording") for field in fields}
    called = {key: label[:80] for key, label in asked.items() if isinstance(label, str) and label}
    return _FIELD.sub(lambda key: _quote(called[key[1]], language) if key[1] in called else key[0], words)


def _path(called: re.Match[str], at: Path) -> Path:
    """Where in the file the key stands that a sentence calls: in the table that it names, or near what it is about."""
    key = called["key"]
    if called["table"] is not None:
        parts = called["table"].split()
        return (*(int(part) - 1 if part.isdigit() else part for part in parts), key)
    around = (at[:length] for length in range(len(at), -1, -1))
    return next(((*path, key) for path in around if _plain((*path, key)) in _labels()), (*at[:-1], key))


def _plain(path: Path) -> Path:
    return tuple(part for part in path if isinstance(part, str))


def _spoken(called: re.Match[str], at: Path, table: Mapping[str, object] | None, language: Language) -> str:
    path = _path(called, at)
    label = _labels().get(_plain(path))
    if label is None:
        return called[0]
    label = said(label, language)
    if called["value"]:
        value = called["value"].strip('"')
        words = _choices().get(_plain(path), _YES_OR_NO).get(value, value)
        return language.gettext("“%(label)s”: “%(value)s”", label=label, value=said(words, language))
    number = path[-2] if len(path) > 1 and isinstance(path[-2], int) else None
    if called["table"] is None or number is None:
        return language.gettext("“%(words)s”", words=label)
    return _of_one(label, path[:-1], number, table, language)


def _of_one(label: str, one: Path, number: int, table: Mapping[str, object] | None, language: Language) -> str:
    """A key of one table of a list, which is called by its own words where it has some."""
    kind = _plain(one)
    if kind in questionnaire.ONE_OF:
        return said(questionnaire.ONE_OF[kind] % {"label": label, "number": number + 1}, language)
    row = found(table, one)
    name = next((row[key] for key in _NAMES if row.get(key)), None) if isinstance(row, Mapping) else None
    if isinstance(name, str) and label != name:
        return language.gettext("“%(label)s” of “%(name)s”", label=label, name=name[:80])
    if kind == _FIELDS:
        return language.gettext("“%(label)s” of field %(number)s", label=label, number=number + 1)
    within = said(_labels().get(kind, str(kind[-1]) if kind else ""), language)
    return language.gettext("“%(label)s” of “%(list)s”, number %(number)s", label=label, list=within, number=number + 1)


def _quote(words: str, language: Language) -> str:
    return language.gettext("“%(words)s”", words=said(words, language))


_YES_OR_NO: Mapping[str, str] = {"true": say("Yes"), "false": say("No")}
_NAMES = ("label", "name", "question", "title")
_FIELDS = ("form", "fields")


@cache
def _labels() -> Mapping[Path, str]:
    fields = {(*_FIELDS, *path): label for kind in FieldKind for path, label in _named(field_sheet(kind))}
    fields[(*_FIELDS, "kind")] = say("Kind")
    screens = dict(_named(PAGE, DESIGN, DOCUMENT, SETTINGS, EVENT, SECTIONS, COVER, LOGO))
    return screens | fields | dict(questionnaire.labels())


def _named(*sheets: Sheet) -> Iterator[tuple[Path, str]]:
    for entry in (entry for sheet in sheets for entry in sheet):
        yield entry.path, entry.label
        for column in entry.columns:
            yield (*entry.path, column.key), column.label


@cache
def _choices() -> Mapping[Path, Mapping[str, str]]:
    """What the screens call the values of a key that can be chosen."""
    entries = {(*_FIELDS, *entry.path): entry for kind in FieldKind for entry in field_sheet(kind)}
    entries |= {entry.path: entry for sheet in (PAGE, DESIGN, DOCUMENT, SETTINGS) for entry in sheet}
    chosen = {path: dict(entry.choices) for path, entry in entries.items() if entry.shape is Shape.CHOICE}
    return chosen | {(*_FIELDS, "kind"): {kind.value: words for kind, words in KINDS.items()}}
