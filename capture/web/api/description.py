"""The API in OpenAPI 3.1. Tests hold it true: every route is in it, every answer is described."""

from capture import handoff
from capture.accounts import tokens
from capture.handoff import reasons, wrong
from capture.handoff.dispositions import LONGEST_ID, LONGEST_NOTE, MOST_VALUE
from capture.handoff.export import END, Form
from capture.handoff.models import Follows, Outcome
from capture.handoff.rows import FeedRow
from capture.journey.sales import Decided
from capture.web.api.queries import ALL, MEDIA, MOST, USUAL
from capture.web.api.schemas import Json, components

_PROBLEM: dict[str, Json] = {
    "type": "object",
    "description": "A problem document (RFC 9457).",
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "description": "Always about:blank: the status says it."},
        "title": {"type": "string", "description": "The name of the status."},
        "status": {"type": "integer", "description": "The status of the answer."},
        "detail": {"type": "string", "description": "What is wrong, in a sentence."},
        "parameter": {
            "type": "string",
            "description": "The query parameter, member of the body or header that was refused.",
        },
    },
    "required": ["type", "title", "status", "detail"],
    "additionalProperties": False,
}

_CURSOR: dict[str, Json] = {
    "type": "object",
    "description": "How far a program has read.",
    "properties": {"cursor": {"type": "string", "description": "A cursor of the feed; empty: the beginning."}},
    "required": ["cursor"],
}

_DETAILS: dict[str, Json] = {
    "value": {
        "type": ["integer", "null"],
        "minimum": 0,
        "maximum": MOST_VALUE,
        "description": "In minor units of the currency: 1250000 is 12,500.00 EUR.",
    },
    "currency": {"type": ["string", "null"], "pattern": "^[A-Z]{3}$", "description": "ISO 4217."},
    "note": {
        "type": ["string", "null"],
        "maxLength": LONGEST_NOTE,
        "description": "What whoever reads it later should know.",
    },
    "crm_id": {
        "type": ["string", "null"],
        "minLength": 1,
        "maxLength": LONGEST_ID,
        "description": "The CRM's own id of its record.",
    },
    "decided_at": {
        "type": ["string", "null"],
        "format": "date-time",
        "description": (
            "When it was decided; now, if you do not say. Neither before the MQL's `qualified_at` nor in the future; "
            "a clock that differs by up to five minutes is forgiven, and the nearest time that is possible recorded."
        ),
    },
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


def _problem(words: str, headers: dict[str, Json] | None = None) -> dict[str, Json]:
    described: dict[str, Json] = {
        "description": words,
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    return described | ({"headers": headers} if headers else {})


_UNAVAILABLE = _problem(
    "The disk is full, or the database is away or too busy: nothing was recorded. Send the same again later.",
    _WAIT,
)
_NO_PARAMETERS = "There are no parameters here; `parameter` names the one that was sent."


def openapi(base: str) -> dict[str, Json]:
    """The whole description, for the public address `base`."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Lodestone", "version": "1", "description": " ".join((handoff.__doc__ or "").split())},
        "servers": [{"url": base}],
        "security": [{"token": [tokens.MQLS_READ]}],
        "paths": {
            "/api/v1/mqls": {"get": _mqls()},
            "/api/v1/mqls/{mql_id}/disposition": {"post": _disposition()},
            "/api/v1/cursor": {"get": _kept_cursor(), "put": _acknowledge()},
            "/api/openapi.json": {"get": _itself()},
            "/api/": {"get": _for_people()},
        },
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": _schemas(),
        },
    }


def _schemas() -> dict[str, Json]:
    rows: Json = {"$ref": "#/components/schemas/FeedRow"}
    page: dict[str, Json] = {
        "type": "object",
        "description": "Rows of the feed, the oldest first, and where to go on.",
        "properties": {
            "items": {"type": "array", "items": rows, "description": "The rows behind the cursor."},
            "next": {"type": "string", "description": "The cursor behind the last row: keep it, ask with it later."},
            "more": {"type": "boolean", "description": "Whether more rows are there to be read now."},
        },
        "required": ["items", "next", "more"],
        "additionalProperties": False,
    }
    known: dict[str, Json] = {"FeedPage": page, "Cursor": _CURSOR, "Decision": _decision(), "Problem": _PROBLEM}
    return known | components(Decided) | components(FeedRow)


def _decision() -> Json:
    """With the reasons that may be given today, and what follows from each."""
    known = reasons.offered()
    told = "; ".join(f"`{key}`: {reason.label}, {reason.then.words}" for key, reason in known.items())
    reason: Json = {
        "type": ["string", "null"],
        "enum": [*known, None],
        "description": f"Why it was rejected, from the list that admins keep. {told}.",
    }
    mending = ", ".join(f"`{key}`" for key, reason in known.items() if reason.then.follows is Follows.MEND)
    which: Json = {
        "type": ["string", "null"],
        "enum": [*wrong.WORDS, None],
        "description": (
            "Which of the data are wrong: the person comes again once that is another. Without it any of them. "
            f"With a reason that waits until the data are mended, and with nothing else: {mending or 'none today'}."
        ),
    }
    outcome: Json = {
        "type": "string",
        "enum": [outcome.value for outcome in Outcome],
        "description": "What sales decided; docs/sales-feed.md says what each means.",
    }
    return {
        "type": "object",
        "description": "What sales decided. A reason goes with `rejected` alone; a value with `opportunity` or `won`.",
        "properties": {"outcome": outcome, "reason": reason, "wrong": which} | _DETAILS,
        "required": ["outcome"],
        "additionalProperties": False,
    }


_ROWS: dict[str, Json] = {
    "Lodestone-Rows": {"description": "With limit=all: how many rows come.", "schema": {"type": "integer"}}
}


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
                "after",
                "Cursor of the last row that was read; without it from the oldest; `kept`: what you acknowledged.",
                {"type": "string"},
            ),
            _parameter(
                "limit",
                "Rows at most; `all`, with format=ndjson or format=csv: every one, as a stream whose last line, of the "
                f"event {END}, says how many there were.",
                {
                    "anyOf": [{"type": "integer", "minimum": 1, "maximum": MOST}, {"type": "string", "const": ALL}],
                    "default": USUAL,
                },
            ),
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
            "200": {"description": "The rows.", "headers": _ONWARD | _ROWS, "content": content},
            **_refused(
                ("422", _problem("A parameter, also one that is not described here, or the cursor means nothing here."))
            ),
        },
    }


_ID: dict[str, Json] = {
    "name": "mql_id",
    "in": "path",
    "required": True,
    "description": "The MQL, as the feed calls it.",
    "schema": {"type": "string"},
}
_KEY: dict[str, Json] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "A text of your own for each decision: sent again with it, the answer is that of the first time.",
    "schema": {"type": "string", "maxLength": 255},
}


def _disposition() -> dict[str, Json]:
    return {
        "operationId": "disposeMql",
        "summary": "Tell what sales decided about an MQL. The newest decision stands; all are kept.",
        "security": [{"token": [tokens.MQLS_WRITE]}],
        "parameters": [_ID, _KEY],
        "requestBody": _sent("Decision", {"outcome": "won", "value": 1250000, "currency": "EUR", "crm_id": "006-17"}),
        "responses": {
            "200": _answered("The decision as it was recorded.", "Decided"),
            **_refused(
                ("404", _problem("There is no such MQL.")),
                ("410", _problem("The person was erased: nothing more is recorded.")),
                (
                    "409",
                    _problem("The Idempotency-Key was used before, or sales went on in another MQL."),
                ),
                ("413", _problem("The body is too large.")),
                ("422", _problem("The decision does not hold together; `parameter` names what is to be mended.")),
            ),
        },
    }


def _kept_cursor() -> dict[str, Json]:
    return {
        "operationId": "keptCursor",
        "summary": "The cursor that this token acknowledged last. Read on from it with after=kept.",
        "responses": {"200": _answered("The cursor.", "Cursor"), **_refused(("422", _problem(_NO_PARAMETERS)))},
    }


def _acknowledge() -> dict[str, Json]:
    return {
        "operationId": "acknowledge",
        "summary": "Keep the cursor here: everything before it is safe with you. You may also go back.",
        "requestBody": _sent("Cursor", {"cursor": "MTox"}),
        "responses": {
            "200": _answered("The cursor that is kept now.", "Cursor"),
            **_refused(
                ("413", _problem("The body is too large.")),
                ("422", _problem("This is no cursor of this feed.")),
            ),
        },
    }


def _sent(name: str, example: Json) -> dict[str, Json]:
    schema: Json = {"$ref": f"#/components/schemas/{name}"}
    return {"required": True, "content": {"application/json": {"schema": schema, "example": example}}}


def _answered(words: str, name: str) -> dict[str, Json]:
    schema: Json = {"$ref": f"#/components/schemas/{name}"}
    return {"description": words, "content": {MEDIA[Form.JSON]: {"schema": schema}}}


def _refused(*more: tuple[str, Json]) -> dict[str, Json]:
    """The refusals that every operation with a token may make, and more, by status."""
    common: dict[str, Json] = {
        "401": _problem("No token, or one that is unknown or revoked.", _CHALLENGE),
        "403": _problem("The token lacks the scope.", _CHALLENGE),
        "429": _problem("Too many requests.", _WAIT),
        "503": _UNAVAILABLE,
    }
    return dict(sorted([*common.items(), *more]))


def _itself() -> dict[str, Json]:
    return {
        "operationId": "describe",
        "summary": "This description.",
        "security": [],
        "responses": {
            "200": {
                "description": "OpenAPI 3.1.",
                "content": {MEDIA[Form.JSON]: {"schema": {"type": "object"}}},
            },
            "422": _problem(_NO_PARAMETERS),
            "503": _UNAVAILABLE,
        },
    }


def _for_people() -> dict[str, Json]:
    html: dict[str, Json] = {"schema": {"type": "string"}}
    return {
        "operationId": "read",
        "summary": "The same as a page for people.",
        "security": [],
        "responses": {"200": {"description": "The page.", "content": {"text/html": html}}, "503": _UNAVAILABLE},
    }


def _parameter(name: str, words: str, schema: Json) -> dict[str, Json]:
    return {"name": name, "in": "query", "required": False, "description": words, "schema": schema}
