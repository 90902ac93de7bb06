"""Lists of people as files: read in whichever of the usual encodings, and what their columns probably mean."""

import csv
import hashlib
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from types import MappingProxyType

from capture.errors import UploadRefused
from capture.languages import kept, numeral, say
from capture.pages.fields import LEAD_FIELDS

EMAIL, NOTE, WARMTH, IGNORED = "email", "note", "warmth", ""
MEANINGS = (EMAIL, *LEAD_FIELDS, NOTE, WARMTH)
MOST_ROWS = 100_000
MOST_COLUMNS = 200
WARMTHS = MappingProxyType(
    dict.fromkeys(("hot", "heiss"), kept("Hot"))
    | {"warm": kept("Warm")}
    | dict.fromkeys(("cold", "kalt"), kept("Cold"))
)

_MARKS = ",;\t|"
_SYNONYMS: Mapping[str, str] = MappingProxyType(
    {name.replace("_", ""): name for name in MEANINGS}
    | dict.fromkeys(("mail", "emailaddress", "businessemail", "workemail", "emailadresse", "mailadresse"), EMAIL)
    | dict.fromkeys(("givenname", "vorname", "forename"), "first_name")
    | dict.fromkeys(("surname", "familyname", "nachname", "familienname"), "last_name")
    | dict.fromkeys(("fullname", "contact", "contactname", "attendee"), "name")
    | dict.fromkeys(("companyname", "organisation", "organization", "account", "firm", "employer"), "company")
    | dict.fromkeys(("firma", "firmenname", "unternehmen", "betrieb", "arbeitgeber"), "company")
    | dict.fromkeys(("title", "position", "job", "role", "jobrole", "jobposition"), "job_title")
    | dict.fromkeys(("funktion", "rolle", "beruf", "stelle", "jobtitel", "berufsbezeichnung"), "job_title")
    | dict.fromkeys(("phonenumber", "telephone", "mobile", "tel", "telefon", "businessphone"), "phone")
    | dict.fromkeys(("telefonnummer", "mobil", "handy"), "phone")
    | dict.fromkeys(("land", "countryregion"), "country")
    | dict.fromkeys(("employees", "numberofemployees", "size"), "company_size")
    | dict.fromkeys(("url", "web", "homepage"), "website")
    | dict.fromkeys(("notes", "comment", "comments", "remark", "remarks"), NOTE)
    | dict.fromkeys(("bemerkung", "bemerkungen", "notiz", "notizen", "anmerkung", "anmerkungen", "kommentar"), NOTE)
    | dict.fromkeys(("rating", "temperature", "hotness", "hotwarmcold", "leadrating", "priority", "interest"), WARMTH)
    | dict.fromkeys(("temperatur", "interesse"), WARMTH)
)


def table(data: bytes) -> Iterator[list[str]]:
    """The rows of a CSV one after the other, whichever mark parts the cells. Raises UploadRefused."""
    text = decoded(data)
    head = text[:4000]
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=max(list(_MARKS), key=head.count))
    except csv.Error as error:
        is_long = "field limit" in str(error)
        why = (
            say("a quotation mark is never closed, or a cell is far too long")
            if is_long
            else say("no line can be read")
        )
        raise UploadRefused(say("This is not a CSV file: %(why)s.", why=why)) from error


def decoded(data: bytes) -> str:
    """The text of a file: UTF-8 and UTF-16, with and without a mark, and what Windows writes. Raises UploadRefused."""
    for encoding in _encodings(data):
        try:
            return data.decode(encoding).replace("\x00", "")
        except UnicodeDecodeError:
            continue
    raise UploadRefused(say("This is not a text file. Save it as CSV and try again."))


def _encodings(data: bytes) -> tuple[str, ...]:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return ("utf-16",)
    if data[1:64:2].count(0) > 8:
        return ("utf-16-le",)
    if data[0:64:2].count(0) > 8:
        return ("utf-16-be",)
    return "utf-8-sig", "cp1252"


def headed(data: bytes) -> tuple[list[str], Iterator[tuple[int, list[str]]]]:
    """The header, and each row with something in it by its line in the file; without a header columns are numbered.

    The first line is 1, as a spreadsheet counts them: of a file with a header the first row is line 2.
    The first row is a header unless an address stands in it. Raises UploadRefused.
    """
    rows = enumerate(([" ".join(cell.split()) for cell in row] for row in table(data)), 1)
    line, first = next(((line, row) for line, row in rows if any(row)), (0, []))
    if not first:
        raise UploadRefused(say("There is nothing in this file."))
    if len(first) > MOST_COLUMNS:
        raise UploadRefused(
            say("At most %(most_columns)s columns. Leave out those that nobody needs.", most_columns=MOST_COLUMNS)
        )
    if any("@" in cell for cell in first):
        return [f"Column {number}" for number in range(1, len(first) + 1)], _counted([(line, first)], rows)
    return [cell or f"Column {number}" for number, cell in enumerate(first, 1)], _counted([], rows)


def _counted(
    begin: list[tuple[int, list[str]]], rows: Iterator[tuple[int, list[str]]]
) -> Iterator[tuple[int, list[str]]]:
    """Those with something in them. Raises UploadRefused where they are too many."""
    said = ((line, cells) for line, cells in chain(begin, rows) if any(cells))
    for number, (line, cells) in enumerate(said, 1):
        if number > MOST_ROWS:
            raise UploadRefused(
                say(
                    "At most %(most_rows)s rows in one file. Part it and bring the parts.", most_rows=numeral(MOST_ROWS)
                )
            )
        yield line, cells


def header_key(headers: Sequence[str]) -> str:
    """Alike for files with the same columns in the same order."""
    return hashlib.sha256("\x1f".join(header.casefold() for header in headers).encode()).hexdigest()


def guessed(headers: Sequence[str], sample: Sequence[Sequence[str]]) -> list[str]:
    """What each column probably means, by its header, and for the address by what stands in it.

    A column is a warmth only where nothing else stands in it: how somebody counts from 1 to 5 is not ours to say.
    """
    columns = [[row[number] for row in sample if number < len(row)] for number in range(len(headers))]
    found = [_SYNONYMS.get(re.sub(r"[\W\d_]", "", header.casefold()), IGNORED) for header in headers]
    seen: set[str] = set()
    for number, meaning in enumerate(found):
        is_taken = meaning in seen and meaning != NOTE
        if is_taken or (meaning == WARMTH and not {cell.casefold() for cell in columns[number]} <= {"", *WARMTHS}):
            found[number] = IGNORED
        seen.add(found[number])
    if EMAIL not in found:
        marks = [sum("@" in cell for cell in cells) for cells in columns]
        if any(marks):
            found[marks.index(max(marks))] = EMAIL
    return found


def left_out(headers: Sequence[str], mapping: Sequence[str]) -> str:
    """The columns of which nothing is kept, one after the other; empty where there is none."""
    return ", ".join(header for header, meaning in zip(headers, mapping, strict=True) if meaning == IGNORED)
