"""What a version in another language still says as the original does. Plain arithmetic on two parsed magnet.toml."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from capture.languages import say
from capture.pages import questionnaire, screens
from capture.pages.sheets import Entry, Path

# Keys whose values are read by prospects; names of people and companies are the same in every language.
_SPOKEN = frozenset(
    {"title", "subtitle", "summary", "headline", "promise", "outcomes", "audience", "button", "question", "answer"}
    | {"words", "role", "label", "hint", "step", "wording", "pattern_message", "options", "subject", "text", "about"}
    | {"description", "agenda", "lowest", "highest", "benchmark_source"}
)
_SCREENS: Mapping[str, Sequence[Entry]] = {"page": screens.PAGE, "event": screens.EVENT, "design": screens.DESIGN}
_WORD = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True, slots=True)
class Left:
    """A text that is not translated: on which screen it is written, what it is, and how it begins.

    `screen` is `page`, `event`, `design`, `form` with the key of a field in `key`, `questions` with a list and the key
    of one in it (`levels/firm`), or empty: in magnet.toml itself.
    """

    screen: str
    key: str
    what: str
    text: str


def left(here: Mapping[str, object], others: Sequence[Mapping[str, object]]) -> Iterator[Left]:
    """The texts of a magnet.toml that stand in one of the others too, at the same place."""
    theirs = [dict(_texts(other)) for other in others]
    for path, text in _texts(here):
        if any(known.get(path) == text for known in theirs):
            yield _named(path, text)


def passages(here: str, others: Sequence[str]) -> tuple[int, int]:
    """How many paragraphs of a chapter stand in another version of it too, and how many there are."""
    own = list(_paragraphs(here))
    known = {paragraph for other in others for paragraph in _paragraphs(other)}
    return sum(1 for paragraph in own if paragraph in known), len(own)


def _paragraphs(text: str) -> Iterator[str]:
    for block in re.split(r"\n\s*\n", text.replace("\r\n", "\n")):
        paragraph = " ".join(block.split())
        if len(_WORD.findall(paragraph)) > 1:
            yield paragraph


def _texts(value: object, path: Path = (), *, is_spoken: bool = False) -> Iterator[tuple[Path, str]]:
    """Every text for people with its place; what has a key is found by it, wherever in its list it stands."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            # An option's value is what is kept; its label is what is read.
            spoken = key in _SPOKEN or (is_spoken and key == "label")
            yield from _texts(part, (*path, key), is_spoken=spoken)
    elif isinstance(value, list):
        for number, part in enumerate(value):
            key = part.get("key", part.get("value")) if isinstance(part, Mapping) else None
            yield from _texts(part, (*path, key if isinstance(key, str) else number), is_spoken=is_spoken)
    elif isinstance(value, str) and is_spoken and _WORD.search(value):
        yield path, " ".join(value.split())


def _named(path: Path, text: str) -> Left:
    for screen, entries in _SCREENS.items():
        for entry in entries:
            if path[: len(entry.path)] == entry.path:
                return Left(screen, "", _within(entry, path[len(entry.path) :]), text)
    if path[:2] == ("form", "fields") and len(path) > 3:
        return Left("form", str(path[2]), say("Form, %(field)s: %(what)s", field=path[2], what=path[3]), text)
    if path[:1] == questionnaire.ROOT and len(path) > 2:
        what = say("Questions, %(what)s", what=", ".join(map(_spelt, path[2:])))
        return Left("questions", f"{path[1]}/{path[2]}", what, text)
    return Left("", "", ", ".join(_spelt(part) for part in path), text)


def _within(entry: Entry, rest: Path) -> str:
    """The words of the screen for a value, and where in it: `Questions people ask, 2: Answer`."""
    if not rest:
        return entry.label
    column = next((column.label for column in entry.columns if len(rest) > 1 and column.key == rest[1]), "")
    place = f"{entry.label}, {_spelt(rest[0])}"
    return f"{place}: {column}" if column else place


def _spelt(part: str | int) -> str:
    return str(part + 1) if isinstance(part, int) else part.replace("_", " ")
