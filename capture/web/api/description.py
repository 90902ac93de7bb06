"""The API in OpenAPI 3.1. Tests hold it true: every route is in it, every answer is described."""

from capture import handoff
from capture.accounts import tokens
from capture.handoff.export import Form
from capture.handoff.rows import FeedRow
from capture.web.api.queries import MEDIA, MOST, USUAL
from capture.web.api.schemas import Json, components

_PROBLEM: dict[str, Json] = {
    "type": "object",
    "description": "A problem document (RFC 9457).",
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "parameter": {"type": "string", "description": "The query parameter that was refused."},
    },
    "required": ["type", "title", "status", "detail"],
    "additionalProperties": False,
}

_CHALLENGE: dict[str, Json] = {
    "WWW-Authenticate": {"description": "The challenge of RFC 6750.", "schema": {"type": "string"}, "required": True}
}
_WAIT: dict[str, Json] = {
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}, "required": True}
}
_ONWARD: dict[str, Json] = {
    "Link": {
        "description": 'Where more rows are, with rel="next" (RFC 8288); absent at the end of the feed.',
        "schema": {"type": "string"},
    },
    "Lodestone-Next": {
        "description": "The cursor behind the last row; ask with it again later.",
        "schema": {"type": "string"},
        "required": True,
    },
}


def openapi(base: str) -> dict[str, Json]:
    """The whole description, for the public address `base`."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Lodestone", "version": "1", "description": " ".join((handoff.__doc__ or "").split())},
        "servers": [{"url": base}],
        "security": [{"token": [tokens.MQLS_READ]}],
        "paths": {"/api/v1/mqls": {"get": _mqls()}, "/api/openapi.json": {"get": _itself()}},
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": _schemas(),
        },
    }


def _schemas() -> dict[str, Json]:
    page: dict[str, Json] = {
        "type": "object",
        "properties": {
            "items": {"type": "array", "items": {"$ref": "#/components/schemas/FeedRow"}},
            "next": {"type": "string", "description": "The cursor behind the last row: keep it, ask with it later."},
            "more": {"type": "boolean", "description": "Whether more rows are there to be read now."},
        },
        "required": ["items", "next", "more"],
        "additionalProperties": False,
    }
    return {"FeedPage": page, "Problem": _PROBLEM} | components(FeedRow)


def _mqls() -> dict[str, Json]:
    content: dict[str, Json] = {
        MEDIA[Form.JSON]: {"schema": {"$ref": "#/components/schemas/FeedPage"}},
        MEDIA[Form.NDJSON]: {"schema": {"type": "string", "description": "One FeedRow on each line."}},
        MEDIA[Form.CSV]: {"schema": {"type": "string", "description": "A header and one line for each row."}},
    }
    return {
        "operationId": "listMqls",
        "summary": "The MQLs behind a cursor, oldest first; nothing is skipped and nothing comes twice.",
        "parameters": [
            _parameter(
                "after", "Cursor of the last row that was read; without it from the oldest.", {"type": "string"}
            ),
            _parameter("limit", "Rows at most.", {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL}),
            _parameter(
                "format",
                "Goes before the Accept header.",
                {"type": "string", "enum": [form.value for form in Form], "default": Form.JSON.value},
            ),
            _parameter(
                "for",
                "With format=csv: `people` makes every cell text for spreadsheets, `machines` leaves it raw.",
                {"type": "string", "enum": ["people", "machines"], "default": "machines"},
            ),
        ],
        "responses": {
            "200": {"description": "The rows.", "headers": _ONWARD, "content": content},
            "401": _problem("No token, or one that is unknown or revoked.", _CHALLENGE),
            "403": _problem("The token lacks the scope.", _CHALLENGE),
            "422": _problem("A parameter or the cursor means nothing here."),
            "429": _problem("Too many requests.", _WAIT),
        },
    }


def _itself() -> dict[str, Json]:
    return {
        "operationId": "describe",
        "summary": "This description.",
        "security": [],
        "responses": {
            "200": {
                "description": "OpenAPI 3.1.",
                "content": {MEDIA[Form.JSON]: {"schema": {"type": "object"}}},
            }
        },
    }


def _parameter(name: str, words: str, schema: Json) -> dict[str, Json]:
    return {"name": name, "in": "query", "required": False, "description": words, "schema": schema}


def _problem(words: str, headers: dict[str, Json] | None = None) -> dict[str, Json]:
    described: dict[str, Json] = {
        "description": words,
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    return described | ({"headers": headers} if headers else {})
