"""The words that a team's links carry: sources and media that visits had, the most frequent first."""

from collections.abc import Mapping, Sequence

from sqlalchemy import func, select

from capture.attribution.models import Touch
from capture.db import session

MOST = 30


def used() -> Mapping[str, Sequence[str]]:
    """For source, medium and content: what came before. Three queries."""
    return {
        column.key: list(
            session().scalars(
                select(column)
                .where(column != "", Touch.raw_query.contains("utm_"))
                .group_by(column)
                .order_by(func.count().desc(), column)
                .limit(MOST)
            )
        )
        for column in (Touch.source, Touch.medium, Touch.content)
    }
