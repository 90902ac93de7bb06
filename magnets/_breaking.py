"""In the renderer: a line is full only when a word has no room, not when just the space behind its last word has none.

Pango lets that space hang, WeasyPrint 70 counts it. Of a text that is followed by an element, such as one in italics,
it then left the first word alone on its line wherever all but the last space had room.
"""

from math import inf
from typing import Any


def install() -> None:
    """From here on WeasyPrint, in this process, breaks lines so."""
    from weasyprint.layout import inline as layout

    inline: Any = layout
    broken = inline.split_first_line
    if broken.__module__ == __name__:
        return  # it does already

    def split_first_line(text: str, style: Any, context: Any, max_width: float | None, *rest: Any, **more: Any) -> Any:
        line = broken(text, style, context, max_width, *rest, **more)
        _, _, resume_index, *_ = line
        if resume_index is None or not text.endswith(" ") or style["white_space"] not in ("normal", "pre-line"):
            return line
        _, _, is_cut, *_ = broken(text.rstrip(" "), style, context, max_width, *rest, **more)
        return line if is_cut is not None else broken(text, style, context, inf, *rest, **more)

    inline.split_first_line = split_first_line
