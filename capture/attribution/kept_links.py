"""Kept links: where a page was handed out, in the team's words. A visit by one of them knows it for good."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields, replace
from datetime import datetime
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, select, update

from capture.attribution import origin
from capture.attribution.models import KeptLink, Touch
from capture.attribution.origin import Origin
from capture.db import session
from capture.errors import NotFound, ParameterRefused
from capture.languages import say

LONGEST_NAME = 120
MOST_OF_A_PAGE = 500


@dataclass(frozen=True, slots=True)
class Words:
    """The UTM values of a link; only the source must say something."""

    source: str
    medium: str = ""
    campaign: str = ""
    content: str = ""
    term: str = ""

    def query(self) -> str:
        """As it stands behind the address of the page."""
        told = {field.name: getattr(self, field.name) for field in fields(self)}
        return urlencode({f"utm_{key}": value for key, value in told.items() if value})

    @property
    def channel(self) -> str:
        """The channel by which visits with them are counted."""
        return origin.read(self.query(), "", own_host="").channel


def words_of(link: KeptLink) -> Words:
    """What a kept link says."""
    return Words(link.source, link.medium, link.campaign, link.content, link.term)


def known(public_id: str) -> KeptLink:
    """The link with this public id. Raises NotFound."""
    found = session().scalar(select(KeptLink).where(KeptLink.public_id == public_id))
    if found is None:
        raise NotFound("link")
    return found


def name_of(public_id: str) -> str:
    """What the team calls it; empty for one that is not known."""
    return session().scalar(select(KeptLink.name).where(KeptLink.public_id == public_id)) or ""


def keep(page_id: int, name: str, words: Words, *, by: str, at: datetime) -> KeptLink:
    """Keep a link of a page; visits that came by these very words before count for it too. Raises ParameterRefused."""
    words = _clean(words)
    there = session().scalar(select(KeptLink).where(KeptLink.page_id == page_id, *_says(words)))
    if there is not None and there.archived_at is None:
        raise ParameterRefused(say("Link"), say("this page has it already, as “%(name)s”", name=there.name), "source")
    [link] = _keep(page_id, [(name, words)], by=by, at=at)
    return link


def keep_each(page_id: int, named: Sequence[tuple[str, Words]], *, by: str, at: datetime) -> int:
    """Keep several at once; gives how many are new. What the page has already stays. Raises ParameterRefused."""
    cleaned = [(name, _clean(words)) for name, words in named]
    mine = select(KeptLink).where(KeptLink.page_id == page_id, KeptLink.archived_at.is_(None))
    there = {words_of(link) for link in session().scalars(mine)}
    fresh = list({words: name for name, words in cleaned if words not in there}.items())
    return len(_keep(page_id, [(name, words) for words, name in fresh], by=by, at=at))


def archive(link: KeptLink, *, at: datetime) -> None:
    """It is listed no more; visits by it go on counting for it."""
    link.archived_at = link.archived_at or at


def bring_back(link: KeptLink) -> None:
    """It is listed again."""
    link.archived_at = None


def of_arrival(found: Origin, *, page_id: int | None) -> int | None:
    """The key of the link by which somebody came."""
    if page_id is None or not found.source or "utm_source" not in found.raw_query.lower():
        return None
    words = Words(found.source, found.medium, found.campaign, found.content, found.term)
    return session().scalar(select(KeptLink.id).where(KeptLink.page_id == page_id, *_says(words)))


def _keep(page_id: int, named: Sequence[tuple[str, Words]], *, by: str, at: datetime) -> list[KeptLink]:
    mine = session().scalars(select(KeptLink).where(KeptLink.page_id == page_id)).all()
    before = {words_of(link): link for link in mine}
    if len(before.keys() | {words for _, words in named}) > MOST_OF_A_PAGE:
        raise ParameterRefused(say("Link"), say("a page has at most %(most)s of them", most=MOST_OF_A_PAGE))
    kept = []
    for name, words in named:
        link = before.get(words)
        if link is None:
            link = KeptLink(page_id=page_id, **dict(zip(_NAMES, astuple(words), strict=True)), made_by=by, made_at=at)
            session().add(link)
        link.name, link.archived_at = origin.clean(name, LONGEST_NAME) or _name(words), None
        kept.append(link)
    session().flush()
    _take_earlier_visits(page_id, [link.source for link in kept])
    return kept


def _take_earlier_visits(page_id: int, sources: Sequence[str]) -> None:
    """Visits that came by these words before the link was kept. One statement, however many links."""
    told = (getattr(KeptLink, name) == getattr(Touch, name) for name in _NAMES)
    mine = select(KeptLink.id).where(KeptLink.page_id == Touch.page_id, *told).correlate(Touch).scalar_subquery()
    came = Touch.page_id == page_id, Touch.link_id.is_(None), Touch.source.in_(sources)
    by_utm = Touch.raw_query.icontains("utm_source")
    session().execute(
        update(Touch).where(*came, by_utm).values(link_id=mine).execution_options(synchronize_session=False)
    )


_NAMES = tuple(field.name for field in fields(Words))


def _says(words: Words) -> list[ColumnElement[bool]]:
    return [getattr(KeptLink, name) == getattr(words, name) for name in _NAMES]


def _name(words: Words) -> str:
    return " · ".join(part for part in (words.source, words.medium, words.content) if part)[:LONGEST_NAME]


def _clean(words: Words) -> Words:
    told = {name: origin.clean(getattr(words, name)) for name in _NAMES}
    if not told["source"]:
        raise ParameterRefused(say("Source"), say("say where the link will stand"), "source")
    for name, value in told.items():
        if value and not origin.is_value(value):
            raise ParameterRefused(
                say("Link"),
                say("“%(value)s” would not be counted: it is a macro, or an address of a person", value=value),
                name,
            )
    return replace(words, **told)
