"""What a field of the form may wait for, as its screen offers it: other fields and questions, with their answers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from capture.languages import ENGLISH, say
from capture.pages import countries, parts, questionnaire
from capture.pages.fields import WITH_OPTIONS, FieldKind
from capture.pages.parts import Values
from capture.pages.questionnaire import Part

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Awaited:
    """Keys of fields with their words, and the answers that the chosen one can have: values with their labels.

    `is_typed`: any answer may be named, since the chosen field is a hidden one.
    """

    others: Pairs = ()
    answers: Pairs = ()
    is_typed: bool = False


NOTHING = Awaited()


def of(table: Mapping[str, object] | None, key: str, chosen: str) -> Awaited:
    """What the field `key` of a magnet.toml may wait for, while `chosen` is the one that it waits for."""
    fields = [field for _, field in parts.listed(table, parts.FIELDS)]
    asked = [one for _, one in questionnaire.part_of(table, Part.QUESTIONS)]
    free = [field for field in fields if field.get("key") != key and key not in _before(field, fields)]
    others = tuple((str(field.get("key")), words(field)) for field in [*asked, *free])
    field = next((field for field in fields if field.get("key") == chosen), None)
    question = next((one for one in asked if one.get("key") == chosen), None)
    answers = _of_field(field, table) if field else questionnaire.labels_of(question) if question else iter(())
    known = dict(answers)
    if field and field.get("kind") == FieldKind.HIDDEN:
        return Awaited(others, is_typed=True)
    for value in _named(key, chosen, fields):
        known.setdefault(value, say("%(value)s (no such answer)", value=value))
    return Awaited(others, tuple(known.items()))


def words(field: Values) -> str:
    """The words by which a field, or a question of an assessment, is known."""
    return str(field.get("label") or field.get("wording") or field.get("text") or field.get("key"))[:80]


def _of_field(field: Values, table: object) -> Iterator[tuple[str, str]]:
    if field.get("kind") == FieldKind.COUNTRY:
        magnet = table.get("magnet") if isinstance(table, Mapping) else None
        language = magnet.get("language") if isinstance(magnet, Mapping) else None
        yield from countries.names(language if isinstance(language, str) else ENGLISH).items()
    options = field.get("options") if field.get("kind") in WITH_OPTIONS else None
    for option in options if isinstance(options, list) else ():
        if isinstance(option, Mapping):
            yield str(option.get("value")), str(option.get("label", option.get("value")))
        else:
            yield str(option), str(option)


def _named(key: str, chosen: str, fields: Sequence[Values]) -> list[str]:
    """The answers that the field's condition names now, as long as it is about the chosen field."""
    when = next((field.get("when") for field in fields if field.get("key") == key), None)
    named = when.get("is") if isinstance(when, Mapping) and when.get("field") == chosen else None
    return [str(value) for value in named] if isinstance(named, list) else []


def _before(field: Values, fields: Sequence[Values]) -> list[str]:
    """The keys of the fields on which this one depends, over others or at once."""
    found: list[str] = []
    here: Values | None = field
    while here is not None and isinstance(when := here.get("when"), Mapping):
        key = str(when.get("field"))
        if key in found:
            break
        found.append(key)
        here = next((other for other in fields if other.get("key") == key), None)
    return found
