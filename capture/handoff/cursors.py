"""Feed cursors: positions as they are told to readers, who are to make nothing of them."""

import base64
import binascii

from capture.errors import BadCursor

_FORMAT = "1:"


def encode(position: int) -> str:
    """The cursor behind which the rows after `position` follow."""
    return base64.urlsafe_b64encode(f"{_FORMAT}{position}".encode()).decode().rstrip("=")


def decode(cursor: str) -> int:
    """The position of a cursor; an empty one is the beginning. Raises BadCursor for what `encode` never made."""
    if not cursor:
        return 0
    try:
        told = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
        position = int(told.removeprefix(_FORMAT))
    except (ValueError, binascii.Error):
        raise BadCursor(cursor) from None
    if position < 0 or encode(position) != cursor:
        raise BadCursor(cursor)
    return position
