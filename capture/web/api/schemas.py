"""JSON Schema (2020-12) of our frozen values, from their types: what is described is what is answered."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from types import NoneType, UnionType
from typing import TypeAlias, Union, get_args, get_origin, get_type_hints

from capture.web.api.meanings import MEANINGS

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"

_PLAIN: dict[object, dict[str, Json]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    datetime: {"type": "string", "format": "date-time"},
}


def components(kind: type) -> dict[str, Json]:
    """The schema of a frozen dataclass and of every one inside it, by name."""
    types = get_type_hints(kind)
    names = [field.name for field in fields(kind)]
    found: dict[str, Json] = {
        kind.__name__: {
            "type": "object",
            "description": " ".join((kind.__doc__ or "").split()),
            "properties": {name: {**_schema(types[name]), "description": MEANINGS[kind][name]} for name in names},
            "required": [*names],
            "additionalProperties": False,
        }
    }
    for name in names:
        for inner in _dataclasses(types[name]):
            found |= components(inner)
    return found


def _schema(kind: object) -> dict[str, Json]:
    if kind in _PLAIN:
        return dict(_PLAIN[kind])
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return {"type": "string", "enum": [member.value for member in kind]}
    if isinstance(kind, type) and is_dataclass(kind):
        return {"$ref": f"#/components/schemas/{kind.__name__}"}
    parts = get_args(kind)
    if get_origin(kind) in (Union, UnionType):
        return {"anyOf": [{"type": "null"} if part is NoneType else _schema(part) for part in parts]}
    if get_origin(kind) is tuple:
        return {"type": "array", "items": _schema(parts[0])}
    if get_origin(kind) is Mapping:
        return {"type": "object", "additionalProperties": _schema(parts[1])}
    raise TypeError(f"no schema for {kind}")


def _dataclasses(kind: object) -> list[type]:
    if isinstance(kind, type) and is_dataclass(kind):
        return [kind]
    return [inner for part in get_args(kind) for inner in _dataclasses(part)]


def plain(value: object) -> Json:
    """A frozen value as it is answered: instants in ISO 8601 with their zone."""
    assert is_dataclass(value)  # noqa: S101  ours
    told: dict[str, Json] = {}
    for field in fields(value):
        inner = getattr(value, field.name)
        told[field.name] = inner.isoformat() if isinstance(inner, datetime) else inner
    return told
