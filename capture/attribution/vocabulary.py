"""The team's own words for its links: sources, media, contents and terms, and the channels that it uses."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select

from capture.attribution import origin
from capture.attribution.models import Word
from capture.attribution.models import WordKind as Kind
from capture.attribution.patterns import normal
from capture.db import session
from capture.errors import NotFound, ParameterRefused
from capture.languages import say

MOST = 500  # of a kind


@dataclass(frozen=True, slots=True)
class Said:
    """A word as somebody says it; `source` and `medium` are those of a channel, whose name may be empty."""

    kind: Kind
    word: str
    source: str = ""
    medium: str = ""


def listed() -> Mapping[Kind, Sequence[Word]]:
    """Every word of the team, by kind. One query."""
    found: dict[Kind, list[Word]] = {kind: [] for kind in Kind}
    for word in session().scalars(select(Word).order_by(Word.word)):
        found[word.kind].append(word)
    return found


def words_of(kind: Kind) -> Sequence[str]:
    """The words of a kind. One query."""
    return session().scalars(select(Word.word).where(Word.kind == kind)).all()


def known(public_id: str) -> Word:
    """The word with this public id. Raises NotFound."""
    found = session().scalar(select(Word).where(Word.public_id == public_id))
    if found is None:
        raise NotFound("word")
    return found


def add(said: Said) -> Word:
    """A new word. Raises ParameterRefused: an empty one, one that no link can carry, one that is there already."""
    said = _clean(said)
    there = listed()[said.kind]
    _refuse_twice(said, there)
    if len(there) >= MOST:
        raise ParameterRefused(say("The word"), say("at most %(most)s of a kind", most=MOST))
    word = Word(kind=said.kind, word=said.word, source=said.source, medium=said.medium)
    session().add(word)
    session().flush()
    return word


def change(word: Word, said: Said) -> None:
    """Say it otherwise from now on; links that were made keep what they carry. Raises ParameterRefused."""
    said = _clean(Said(word.kind, said.word, said.source, said.medium))
    _refuse_twice(said, [other for other in listed()[said.kind] if other.id != word.id])
    word.word, word.source, word.medium = said.word, said.source, said.medium


def remove(word: Word) -> None:
    """The word is suggested no more."""
    session().execute(delete(Word).where(Word.id == word.id))


def take_in(words: Iterable[Said]) -> int:
    """Add those that are not there yet; gives how many. What no link can carry is left out. One query."""
    there = listed()
    have = keys(word for of_kind in there.values() for word in of_kind)
    called = {(kind, normal(word.word)) for kind, of_kind in there.items() for word in of_kind}
    left = {kind: MOST - len(of_kind) for kind, of_kind in there.items()}
    taken: list[Word] = []
    for said in words:
        try:
            clean = _clean(said)
        except ParameterRefused:
            continue
        key, name = key_of(clean), (clean.kind, normal(clean.word))
        if key not in have and name not in called and left[clean.kind] > 0:
            taken.append(Word(kind=clean.kind, word=clean.word, source=clean.source, medium=clean.medium))
            have.add(key)
            called.add(name)
            left[clean.kind] -= 1
    session().add_all(taken)
    session().flush()
    return len(taken)


def keys(words: Iterable[Word]) -> set[tuple[str, ...]]:
    """By which it is seen that a word is there already, whatever its capitals."""
    return {key_of(Said(word.kind, word.word, word.source, word.medium)) for word in words}


def key_of(said: Said) -> tuple[str, ...]:
    """The same of one that is said: a channel is its source and medium, whatever its name."""
    told = (said.source, said.medium) if said.kind is Kind.CHANNEL else (said.word,)
    return said.kind.value, *(normal(part) for part in told)


def _refuse_twice(said: Said, there: Sequence[Word]) -> None:
    if key_of(said) in keys(there) or normal(said.word) in {normal(word.word) for word in there}:
        raise ParameterRefused(say("The word"), say("“%(word)s” is in the list already", word=said.word))


def _clean(said: Said) -> Said:
    word, source, medium = (origin.clean(text) for text in (said.word, said.source, said.medium))
    if said.kind is Kind.CHANNEL:
        if not source or not medium:
            raise ParameterRefused(say("Channel"), say("it needs a source and a medium"))
        word = word or f"{source} · {medium}"[: origin.LONGEST_VALUE]
    else:
        source = medium = ""
    if not all(origin.is_value(text) for text in (word, source, medium) if text) or not word:
        raise ParameterRefused(
            say("The word"), say("write one that a link can carry: no macro, no address of a person")
        )
    return Said(said.kind, word, source, medium)
