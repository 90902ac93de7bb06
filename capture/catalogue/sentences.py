"""What the library says of a magnet, in the language of whoever reads: it knows no catalogue, the product has one."""

from capture.languages import ENGLISH, Language, Phrase, again, of
from magnets.sentences import Either, Sentence, Value, unpacked


def phrase(text: str) -> str:
    """A sentence of the library as a phrase of the product; any other text as it stands."""
    return Phrase(lambda language: _said(text, language)) if isinstance(text, Sentence) else text


def recalled(text: str) -> Phrase:
    """The same of a text that was kept: English, or packed."""
    known = unpacked(text)
    return Phrase(lambda language: _said(known, language)) if isinstance(known, Sentence) else again(text)


def _said(text: Sentence, language: Language) -> str:
    if language.texts is of(ENGLISH).texts:
        return str.__str__(text)
    values = {name: _value(value, language) for name, value in text.values.items()}
    if text.many:
        return language.ngettext(text.pattern, text.many, text.number, **values)
    return language.gettext(text.pattern, **values)


def _value(value: Value, language: Language) -> str:
    if isinstance(value, Sentence):
        return _said(value, language)
    if isinstance(value, Either):
        return language.any_of(value.words)
    if isinstance(value, str):
        return value
    return language.decimal(value, 1) if isinstance(value, float) else language.number(value)
