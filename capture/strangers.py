"""JSON that strangers send: read here alone, so that nothing of what they write is a fault."""

import json
from typing import Any

UNREADABLE = (ValueError, RecursionError)  # what libraries raise that read such texts by themselves


def read(text: str | bytes) -> Any:
    """What the text says. Raises ValueError for what is no JSON, and for what is nested deeper than we can follow."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
