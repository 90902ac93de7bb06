"""Files that people bring, in the studio: which column is which as the screen shows it, and as it is sent back."""

from collections.abc import Mapping
from types import MappingProxyType

from flask import request
from werkzeug.datastructures import MultiDict

from capture.handoff import spreadsheet
from capture.handoff.dates import DateOrder
from capture.handoff.layouts import Said
from capture.languages import say

MOST_COLUMNS = 200
WORDS: Mapping[str, str] = MappingProxyType(
    {
        "": say("Not used"),
        "day": say("Day, or the first day"),
        "until": say("Last day"),
        "campaign": say("Campaign"),
        "amount": say("Amount"),
        "currency": say("Currency"),
        "source": say("Source"),
        "kind": say("Kind"),
        "mql_id": say("MQL ID"),
        "email": say("E-mail"),
        "status": say("Status"),
        "stage": say("Stage"),
        "wrong": say("Wrong data"),
        "crm_id": say("Id in the CRM"),
        "date": say("Date"),
    }
)
ORDERS: Mapping[str, str] = MappingProxyType(
    {
        "": say("As the file shows"),
        DateOrder.DAY: say("Day first: 31/12/2026"),
        DateOrder.MONTH: say("Month first: 12/31/2026"),
    }
)


def words(purpose: Mapping[str, object]) -> Mapping[str, str]:
    """What a column may be said to be, by its name."""
    return {name: WORDS[name] for name in ("", *purpose)}


def said(form: "MultiDict[str, str]") -> Said | None:
    """What the screen says of the columns; None where it says nothing, as before the file was seen."""
    if not form.get("line", "").isdecimal() or "column-1" not in form:
        return None
    numbers = range(1, MOST_COLUMNS + 1)
    means = [form[f"column-{number}"] for number in numbers if f"column-{number}" in form]
    order = form.get("order", "")
    return Said(int(form["line"][:5]), means, DateOrder(order) if order in list(DateOrder) else None)


def given() -> tuple[bytes, str]:
    """The file of the request and its name: as it is chosen now, or as it was sent with an earlier look."""
    upload = request.files.get("file")
    if upload and upload.filename:
        return upload.read(), upload.filename
    return request.form.get("text", "").encode(), request.form.get("name", "")


def is_fresh() -> bool:
    """Whether the file is chosen now: what was said of another one does not count for it."""
    upload = request.files.get("file")
    return bool(upload and upload.filename)


def typed(data: bytes) -> str:
    """The file as text, to be sent with the next look."""
    return "\n".join(",".join(_quoted(cell) for cell in cells) for cells in spreadsheet.table(data))


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'
