"""What the answers to an assessment come to, as facts for fit rules.

A rule looks at `SLUG.score`, `SLUG.level` (its key), or `SLUG.KEY` for the score of a dimension, by the magnet's slug.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from capture.catalogue.models import Magnet, MagnetKind
from capture.db import JsonObject, session
from capture.leads import leads
from capture.leads.models import Lead, Submission
from capture.pages import pages, questions
from capture.pages.models import Page, PageVersion

Outcomes = Mapping[str, str]


def asked_for(fields: Iterable[str]) -> frozenset[str]:
    """The magnets to whose results these fields belong; no field of a form has a point in its key."""
    return frozenset(field.rpartition(".")[0] for field in fields) - {""}


def newest(fields: Collection[str], whose: Mapping[int, int]) -> dict[int, dict[str, str]]:
    """The newest results of these people, by `leads.members`, of the magnets to which the fields belong. One query."""
    fills = {(lead_id, slug): fill for lead_id, slug, _, *fill in _fills(fields, whose)}
    found: dict[int, dict[str, str]] = {}
    for (lead_id, slug), fill in fills.items():
        found.setdefault(lead_id, {}).update(_facts(slug, *fill))
    return found


def each(fields: Collection[str], whose: Mapping[int, int]) -> Iterator[tuple[int, datetime, Outcomes]]:
    """All results of these people, the oldest first: whose, since when, and what. One query."""
    for lead_id, slug, at, *fill in _fills(fields, whose):
        yield lead_id, at, _facts(slug, *fill)


def by_then(
    fields: Collection[str], whose: Mapping[int, int], moments: Sequence[tuple[int, datetime]]
) -> list[dict[str, str]]:
    """The results of people as they were at moments. One query."""
    told: dict[int, list[tuple[datetime, Outcomes]]] = {}
    for lead_id, at, facts in each(fields, whose):
        told.setdefault(lead_id, []).append((at, facts))
    return [
        {name: fact for at, facts in told.get(lead_id, ()) if at <= when for name, fact in facts.items()}
        for lead_id, when in moments
    ]


def _fills(fields: Collection[str], whose: Mapping[int, int]) -> Iterable[Any]:
    """The fills of assessments, the oldest first: whose, of which, when, and with what."""
    slugs = asked_for(fields)
    if not slugs:
        return ()
    query = (
        select(leads.whose(), Magnet.slug, Submission.at, PageVersion.digest, PageVersion.id, Submission.answers)
        .join(Lead, Lead.id == Submission.lead_id)
        .join(Page, Page.id == Submission.page_id)
        .join(Magnet, Magnet.id == Page.magnet_id)
        .join(PageVersion, PageVersion.id == Submission.page_version_id)
        .where(Magnet.kind == MagnetKind.ASSESSMENT, Magnet.slug.in_(slugs), Submission.lead_id.in_(whose))
        .order_by(Submission.at, Submission.id)
    )
    return session().execute(query)


def _facts(slug: str, digest: str, version_id: int, answers: JsonObject) -> Outcomes:
    result = questions.result(pages.definition_with(digest, version_id).assessment, answers)
    if result is None:
        return {}
    dimensions = {f"{slug}.{key}": str(score) for key, score in result.by_dimension.items()}
    return dimensions | {f"{slug}.score": str(result.score), f"{slug}.level": result.level.key}
