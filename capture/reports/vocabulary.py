"""The words that a team's links carry: sources and media that the latest visits had, the most frequent first."""

from collections import Counter
from collections.abc import Mapping, Sequence

from sqlalchemy import select

from capture.attribution.models import Touch
from capture.db import session

MOST = 30
LOOKED_AT = 5000  # visits, the newest: what nobody has used for long is no word of the team any more


def used() -> Mapping[str, Sequence[str]]:
    """For source, medium and content: what came of late. One query, however many visits there were."""
    newest = select(Touch.source, Touch.medium, Touch.content, Touch.raw_query).order_by(Touch.at.desc())
    counted: dict[str, Counter[str]] = {name: Counter() for name in ("source", "medium", "content")}
    for *values, raw_query in session().execute(newest.limit(LOOKED_AT)):
        if "utm_" in raw_query:
            for words, value in zip(counted.values(), values, strict=True):
                words[value] += 1
    return {name: _most(words) for name, words in counted.items()}


def _most(words: Counter[str]) -> list[str]:
    named = sorted((-number, word) for word, number in words.items() if word)
    return [word for _, word in named[:MOST]]
