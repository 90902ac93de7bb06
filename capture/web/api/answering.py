"""Answers to programs."""

import json

from flask import Response


def as_json(body: object) -> Response:
    """A JSON answer, with every character as it is."""
    return Response(json.dumps(body, ensure_ascii=False), mimetype="application/json")
