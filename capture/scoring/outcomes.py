"""What the answers to an assessment come to, as facts for fit rules.

A rule looks at `SLUG.score`, `SLUG.level` (its key), or `SLUG.KEY` for the score of a dimension, by the magnet's slug.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from capture.catalogue.models import Magnet, MagnetKind
from capture.db import JsonObject, session
from capture.leads import leads
from capture.leads.models import Lead, Submission
from capture.pages import pages, questions
from capture.pages.models import Page, PageVersion
from capture.scoring.rules import Rules

Outcomes = Mapping[str, str]


def asked_for(rules: Rules) -> frozenset[str]:
    """The magnets whose results the rules look at; no field of a form has a point in its key."""
    return frozenset(rule.when.field.rpartition(".")[0] for rule in rules.fit) - {""}


def newest(rules: Rules, whose: Mapping[int, int] | None = None) -> dict[int, dict[str, str]]:
    """The newest results of these people, by `leads.members` (None: of everybody), as far as the rules look at any.

    One query.
    """
    fills = {
        (lead_id, slug): (digest, version_id, answers)
        for lead_id, slug, _, digest, version_id, answers in _fills(rules, whose)
    }
    found: dict[int, dict[str, str]] = {}
    for (lead_id, slug), (digest, version_id, answers) in fills.items():
        found.setdefault(lead_id, {}).update(_facts(slug, digest, version_id, answers))
    return found


def by_then(rules: Rules, whose: Mapping[int, int], moments: Sequence[tuple[int, datetime]]) -> list[dict[str, str]]:
    """The results of people as they were at moments. One query."""
    told: dict[int, list[tuple[datetime, Outcomes]]] = {}
    for lead_id, slug, at, digest, version_id, answers in _fills(rules, whose):
        told.setdefault(lead_id, []).append((at, _facts(slug, digest, version_id, answers)))
    return [
        {name: fact for at, facts in told.get(lead_id, ()) if at <= when for name, fact in facts.items()}
        for lead_id, when in moments
    ]


def _fills(rules: Rules, whose: Mapping[int, int] | None) -> Iterable[Any]:
    """The fills of assessments that the rules look at, the oldest first: whose, of which, when, and with what."""
    slugs = asked_for(rules)
    if not slugs:
        return ()
    query = (
        select(leads.whose(), Magnet.slug, Submission.at, PageVersion.digest, PageVersion.id, Submission.answers)
        .join(Lead, Lead.id == Submission.lead_id)
        .join(Page, Page.id == Submission.page_id)
        .join(Magnet, Magnet.id == Page.magnet_id)
        .join(PageVersion, PageVersion.id == Submission.page_version_id)
        .where(Magnet.kind == MagnetKind.ASSESSMENT, Magnet.slug.in_(slugs))
        .order_by(Submission.at, Submission.id)
    )
    if whose is not None:
        query = query.where(Submission.lead_id.in_(whose))
    return session().execute(query)


def _facts(slug: str, digest: str, version_id: int, answers: JsonObject) -> Outcomes:
    result = questions.result(pages.definition_with(digest, version_id).assessment, answers)
    if result is None:
        return {}
    dimensions = {f"{slug}.{key}": str(score) for key, score in result.by_dimension.items()}
    return dimensions | {f"{slug}.score": str(result.score), f"{slug}.level": result.level.key}
