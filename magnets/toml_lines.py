"""In which line of a TOML text each key stands: the parsers in use keep values, not places."""

import tomllib
from bisect import bisect_right
from collections.abc import Mapping

Path = tuple[str | int, ...]


def lines_of(text: str) -> Mapping[Path, int]:
    """The line (from 1) of every table, key and array element; `text` must be TOML that parses."""
    return _Scanner(text.replace("\r\n", "\n")).document()


class _Scanner:
    """Walks a text that is known to be valid, so it never has to complain."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._newlines = [place for place, char in enumerate(text) if char == "\n"]
        self._lines: dict[Path, int] = {}
        self._elements: dict[Path, int] = {}

    def document(self) -> Mapping[Path, int]:
        table: Path = ()
        while self._skip_blank():
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)
        return self._lines

    def _header(self) -> Path:
        line, many = self._line(), self._text.startswith("[[", self._at)
        self._at += 2 if many else 1
        *outer, last = self._keys()
        self._at += 2 if many else 1
        path: Path = ()
        for key in outer:
            path = self._latest((*path, key), line)
        if many:
            self._elements[(*path, last)] = self._elements.get((*path, last), -1) + 1
        return self._latest((*path, last), line)

    def _latest(self, path: Path, line: int) -> Path:
        """`[fields.rules]` after `[[fields]]` belongs to the latest of the fields."""
        self._remember(path, line)
        if path in self._elements:
            path = (*path, self._elements[path])
            self._remember(path, line)
        return path

    def _pair(self, table: Path) -> None:
        line = self._line()
        path = table
        for key in self._keys():
            path = (*path, key)
            self._remember(path, line)
        self._at += 1
        self._value(path)

    def _value(self, path: Path) -> None:
        self._skip_blank()
        self._remember(path, self._line())
        char = self._text[self._at]
        if char in "\"'":
            self._string()
        elif char == "[":
            self._array(path)
        elif char == "{":
            self._inline_table(path)
        else:
            while self._at < len(self._text) and self._text[self._at] not in ",]}\n#":
                self._at += 1

    def _array(self, path: Path) -> None:
        self._at += 1
        element = 0
        while self._next_until("]"):
            self._value((*path, element))
            element += 1

    def _inline_table(self, path: Path) -> None:
        self._at += 1
        while self._next_until("}"):
            self._pair(path)

    def _next_until(self, end: str) -> bool:
        """Whether another element stands here; the closing bracket is stepped over."""
        self._skip_blank()
        if self._text[self._at] == ",":
            self._at += 1
            self._skip_blank()
        if self._text[self._at] != end:
            return True
        self._at += 1
        return False

    def _keys(self) -> list[str]:
        """The parts of a dotted key; stops at the `=` or `]` behind it."""
        keys = []
        while True:
            self._skip_spaces()
            start = self._at
            if self._text[start] in "\"'":
                self._string()
                keys.append(str(tomllib.loads(f"key = {self._text[start : self._at]}")["key"]))
            else:
                while self._text[self._at] not in " \t.=]":
                    self._at += 1
                keys.append(self._text[start : self._at])
            self._skip_spaces()
            if self._text[self._at] != ".":
                return keys
            self._at += 1

    def _string(self) -> None:
        quote = self._text[self._at]
        mark = quote * 3 if self._text.startswith(quote * 3, self._at) else quote
        self._at += len(mark)
        while not self._text.startswith(mark, self._at):
            self._at += 2 if quote == '"' and self._text[self._at] == "\\" else 1
        self._at += len(mark)
        # Up to two quotation marks may stand directly before the three that end the string.
        while len(mark) == 3 and self._text.startswith(quote, self._at):
            self._at += 1

    def _skip_spaces(self) -> None:
        while self._text[self._at] in " \t":
            self._at += 1

    def _skip_blank(self) -> bool:
        """Over white space and comments; whether anything follows."""
        while self._at < len(self._text) and self._text[self._at] in " \t\n#":
            if self._text[self._at] == "#":
                end = self._text.find("\n", self._at)
                self._at = len(self._text) if end < 0 else end
            else:
                self._at += 1
        return self._at < len(self._text)

    def _line(self) -> int:
        return bisect_right(self._newlines, self._at) + 1

    def _remember(self, path: Path, line: int) -> None:
        self._lines.setdefault(path, line)
