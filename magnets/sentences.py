"""Sentences of the library: plain English for whoever prints them, and what they are made of for other languages.

The library has no catalogue of translations. Whoever shows a sentence may have one, and finds it there by its pattern.
"""

import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias, cast

Value: TypeAlias = "str | int | float"


class Sentence(str):
    """A text whose `pattern` takes `values` by their names; of one with `many`, `number` says which form is meant."""

    pattern: str
    values: Mapping[str, Value]
    many: str
    number: int

    def __new__(cls, pattern: str, values: Mapping[str, Value], many: str = "", number: int = 1) -> "Sentence":
        form = many if many and number != 1 else pattern
        known = {"num": f"{number:,}", **{name: _english(value) for name, value in values.items()}}
        made = super().__new__(cls, form % known if values or many else form)
        made.pattern, made.values, made.many, made.number = pattern, values, many, number
        return made

    def __str__(self) -> str:
        return self  # A plain `str()` would forget what it is made of.

    def __deepcopy__(self, _known: object) -> "Sentence":
        return self

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return type(self), (self.pattern, self.values, self.many, self.number)


class Either(str):
    """Words of which one is to be chosen: `a or b`."""

    words: tuple[str, ...]

    def __new__(cls, words: Sequence[str]) -> "Either":
        made = super().__new__(cls, " or ".join(words))
        made.words = tuple(words)
        return made


def sentence(pattern: str, /, **values: Value) -> Sentence:
    """A text for people; `%(name)s` in it takes the value of that name, a number with a fraction its first digit."""
    return Sentence(pattern, values)


def quoted(value: object) -> Sentence:
    """Something that somebody wrote, between quotation marks; on one line. A list: its parts."""
    if isinstance(value, list) and value:
        *others, last = value
        return sentence("%(words)s, %(more)s", words=quoted(others), more=quoted(last)) if others else quoted(last)
    text = str(value)
    return sentence("“%(text)s”", text=text if text.isprintable() else repr(text)[1:-1])


def counted(one: str, many: str, count: int, /) -> Sentence:
    """The same for so many; `%(num)s` is the number."""
    return Sentence(one, {}, many, count)


def packed(text: str) -> str:
    """As it passes from one process to another, or is kept: what `unpacked` makes the same sentence of."""
    return json.dumps(_packed(text), ensure_ascii=False) if isinstance(text, Sentence) else text


def unpacked(kept: str) -> str:
    """The sentence that was packed; any other text as it stands."""
    if not kept.startswith('{"sentence"'):
        return kept
    return cast(str, _unpacked(json.loads(kept)))


def _packed(value: Value) -> object:
    if isinstance(value, Sentence):
        values = {name: _packed(one) for name, one in value.values.items()}
        return {"sentence": value.pattern, "values": values, "many": value.many, "number": value.number}
    return {"either": value.words} if isinstance(value, Either) else value


def _unpacked(value: object) -> Value:
    if not isinstance(value, dict):
        return cast(Value, value)
    if "either" in value:
        return Either(value["either"])
    values = {name: _unpacked(one) for name, one in value["values"].items()}
    return Sentence(value["sentence"], values, value["many"], value["number"])


def _english(value: Value) -> object:
    return f"{value:.1f}" if isinstance(value, float) else value
