"""Words that the team may take into its list: those of its links and campaigns, and what else came in visits."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import func, select

from capture.attribution import campaigns, vocabulary
from capture.attribution.campaigns import COUNTED_AS
from capture.attribution.models import KeptLink, Touch
from capture.attribution.models import WordKind as Kind
from capture.attribution.vocabulary import Said
from capture.db import session

MOST = 20  # of a kind
LOOKED_AT = 5000  # visits, the newest


@dataclass(frozen=True, slots=True)
class Offered:
    """Words that are not in the list: of the team's own links and campaigns, and those that visits carried besides.

    What strangers made of a link is among the latter: a word is only the team's when somebody takes it in.
    """

    own: list[Said]
    seen: list[Said]


def offered() -> Offered:
    """The most frequent ones. Four queries, however many visits there were."""
    names = campaigns.aliases()
    have = vocabulary.keys(word for words in vocabulary.listed().values() for word in words)
    own, seen = Counter[Said](), Counter[Said]()
    columns = KeptLink.source, KeptLink.medium, KeptLink.content, KeptLink.term
    for *values, number in session().execute(select(*columns, func.count()).group_by(*columns)):
        _count(own, values, number)
    newest = select(Touch.source, Touch.medium, Touch.content, Touch.term, COUNTED_AS, Touch.raw_query)
    for *values, campaign, raw_query in session().execute(newest.order_by(Touch.at.desc()).limit(LOOKED_AT)):
        if "utm_" in raw_query:
            _count(own if names.name_of(campaign) else seen, values, 1)
    of_team = list(_most(own, have))
    return Offered(of_team, list(_most(seen, have | {vocabulary.key_of(said) for said in own})))


def _count(counted: Counter[Said], values: list[str], number: int) -> None:
    source, medium, content, term = values
    for kind, word in ((Kind.SOURCE, source), (Kind.MEDIUM, medium), (Kind.CONTENT, content), (Kind.TERM, term)):
        if word:
            counted[Said(kind, word)] += number
    if source and medium:
        counted[Said(Kind.CHANNEL, f"{source} · {medium}", source, medium)] += number


def _most(counted: Counter[Said], have: Iterable[tuple[str, ...]]) -> Iterator[Said]:
    taken, of_kind = set(have), Counter[Kind]()
    for said, _ in sorted(counted.items(), key=lambda one: (-one[1], one[0].word)):
        key = vocabulary.key_of(said)
        if key not in taken and of_kind[said.kind] < MOST:
            taken.add(key)
            of_kind[said.kind] += 1
            yield said
