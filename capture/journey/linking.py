"""The story of links: made in the team's own words, kept with their page, and put away."""

from collections.abc import Sequence
from datetime import datetime

from capture.accounts import audit
from capture.attribution import kept_links, vocabulary
from capture.attribution.kept_links import Words
from capture.attribution.models import WordKind as Kind
from capture.attribution.vocabulary import Said
from capture.db import journey
from capture.errors import NotFound, ParameterRefused
from capture.languages import say
from capture.pages import pages


@journey
def keep(slug: str, name: str, words: Words, *, actor: str, at: datetime) -> str:
    """Keep a link of a page; gives its public id. Raises NotFound or ParameterRefused."""
    link = kept_links.keep(_page(slug), name, words, by=actor, at=at)
    audit.record(actor, "link.kept", f"link:{link.public_id}", at=at)
    return link.public_id


@journey
def keep_for_channels(
    slug: str, channels: Sequence[str], campaign: str, content: str, *, actor: str, at: datetime
) -> int:
    """One link of a page for each of these channels, by public ids; gives how many are new.

    Raises NotFound or ParameterRefused.
    """
    known = [word for word in vocabulary.listed()[Kind.CHANNEL] if word.public_id in channels]
    if not known:
        raise ParameterRefused(say("Channels"), say("choose at least one"))
    named = [(word.word, Words(word.source, word.medium, campaign, content)) for word in known]
    made = kept_links.keep_each(_page(slug), named, by=actor, at=at)
    audit.record(actor, "link.kept", f"page:{slug}", at=at, links=made)
    return made


@journey
def archive(link_id: str, *, actor: str, at: datetime) -> None:
    """A link is listed no more, and goes on counting. Raises NotFound."""
    kept_links.archive(kept_links.known(link_id), at=at)
    audit.record(actor, "link.archived", f"link:{link_id}", at=at)


@journey
def bring_back(link_id: str, *, actor: str, at: datetime) -> None:
    """An archived link is listed again. Raises NotFound."""
    kept_links.bring_back(kept_links.known(link_id))
    audit.record(actor, "link.brought_back", f"link:{link_id}", at=at)


@journey
def add_word(said: Said, *, actor: str, at: datetime) -> None:
    """A word for the team's list. Raises ParameterRefused."""
    audit.record(actor, "word.added", f"word:{vocabulary.add(said).public_id}", at=at)


@journey
def change_word(word_id: str, said: Said, *, actor: str, at: datetime) -> None:
    """Another spelling; links that were made keep what they carry. Raises NotFound or ParameterRefused."""
    vocabulary.change(vocabulary.known(word_id), said)
    audit.record(actor, "word.changed", f"word:{word_id}", at=at)


@journey
def remove_word(word_id: str, *, actor: str, at: datetime) -> None:
    """The word is suggested no more. Raises NotFound."""
    vocabulary.remove(vocabulary.known(word_id))
    audit.record(actor, "word.removed", f"word:{word_id}", at=at)


@journey
def take_words_in(words: Sequence[Said], *, actor: str, at: datetime) -> int:
    """Several words at once; gives how many were not there before."""
    taken = vocabulary.take_in(words)
    audit.record(actor, "word.added", "words", at=at, words=taken)
    return taken


def _page(slug: str) -> int:
    page = pages.by_slug(slug)
    if page is None:
        raise NotFound("page")
    return page.page_id
