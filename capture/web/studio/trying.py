"""A field of the form tried out as it is written now: what the form says to an answer, and what it keeps of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import request

from capture.languages import ENGLISH, say
from capture.pages import parts, screens
from capture.pages.fields import Field, FieldKind, JsonValue
from capture.pages.judging import form as judging
from capture.pages.text import MOST_TYPED
from capture.web import forms
from capture.web.forms import Answer
from magnets.findings import Finding
from magnets.tables import Table


@dataclass(frozen=True, slots=True)
class Tried:
    """The control of a field and, once something was tried, what the form says to it.

    `faults` are what stands in the way of the field by itself; `problem` is what a visitor would read.
    """

    answer: Answer
    faults: Sequence[str]
    is_tried: bool
    problem: str
    kept: str


def of(table: Mapping[str, object], key: str) -> Tried | None:
    """The field of this key with the answer in the address of the request; none for what nobody types."""
    written = next((part for _, part in parts.listed(table, parts.FIELDS) if part.get("key") == key), None)
    found: list[Finding] = []
    field = judging.define_field(Table(written, parts.FIELDS, _nowhere, found), exchange=True)
    if field.kind is FieldKind.HIDDEN:
        return None
    faults = [screens.spoken(one.message, one.keys) for one in found if one.stops]
    answer = forms.tried(field, _language(table), request.args)
    if "try" not in request.args and not any(answer.given):
        return Tried(answer, faults, is_tried=False, problem="", kept="")
    answer.validate()
    value, problem = answer.data, answer.problem
    answer.pass_over()  # what is wrong is said beside the control, which stays as it is
    return Tried(answer, faults, is_tried=True, problem=problem, kept=_kept(field, value))


def _kept(field: Field, value: JsonValue) -> str:
    if value is None:
        return say("Nothing: it may stay open.")
    if isinstance(value, bool):
        return say("Yes") if value else say("No")
    labels = {option.value: option.label for option in field.options}
    said = [labels.get(str(one), str(one)) for one in (value if isinstance(value, list) else [value])]
    return ", ".join(said)[:MOST_TYPED]


def _language(table: Mapping[str, object]) -> str:
    magnet = table.get("magnet")
    language = magnet.get("language") if isinstance(magnet, Mapping) else None
    return language if isinstance(language, str) else ENGLISH


def _nowhere(*_path: str | int) -> None:
    return None
