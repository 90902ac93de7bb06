"""Cells that a spreadsheet program takes as text, whatever somebody typed into a form."""

import re

# What makes Excel, LibreOffice or Google Sheets read a cell as a formula, in narrow and full width, also after spaces.
# https://owasp.org/www-community/attacks/CSV_Injection
_RUNS = re.compile(r"'*\s*[=+\-@\t\r\n＝＋－＠]")
_MARK = "'"


def safe(text: str) -> str:
    """The text as it may stand in a file for people: with an apostrophe before it where a program might run it.

    A telephone number such as +49 30 1234567 gets one too: without it the program makes a number of it and drops the +.
    """
    return _MARK + text if _RUNS.match(text) else text


def plain(cell: str) -> str:
    """What `safe` was given."""
    return cell[1:] if cell.startswith(_MARK) and _RUNS.match(cell[1:]) else cell
