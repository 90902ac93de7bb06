"""GET /api/: the description of the API as a page for people, out of the description for programs."""

from collections.abc import Mapping

from flask import Blueprint, render_template

from capture.web import current
from capture.web.api import description

bp = Blueprint("reference", __name__)


@bp.get("/api/")
def page() -> str:
    """Every operation with its parameters, its body and its answers."""
    told = description.openapi(current.addresses().base)
    return render_template("public/api.html", api=told, type_of=type_of)


def type_of(schema: Mapping[str, object]) -> str:
    """A JSON schema in a few words: `string`, `list of FeedRow`, `one of: a, b`, `integer or null`."""
    if ref := schema.get("$ref"):
        return str(ref).rpartition("/")[2]
    if isinstance(parts := schema.get("anyOf"), list):
        return " or ".join(type_of(part) for part in parts)
    if isinstance(choices := schema.get("enum"), list):
        named = ", ".join(str(choice) for choice in choices if choice is not None)
        return f"one of: {named}" + ("; or null" if None in choices else "")
    if schema.get("type") == "array" and isinstance(items := schema.get("items"), Mapping):
        return f"list of {type_of(items)}"
    if isinstance(kinds := schema.get("type"), list):
        return " or ".join(str(kind) for kind in kinds)
    return str(schema.get("format") or schema.get("type") or "anything")
