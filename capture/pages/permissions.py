"""Answers that are permissions: boxes that somebody ticked, by whatever key a page calls them.

Whether one may write or call says nothing about who somebody is: no rule looks at these answers.
"""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import select

from capture.db import session
from capture.pages.fields import TICKED
from capture.pages.models import PageVersion

_MOST_READ = 10_000


def ticked(versions: Mapping[str, int]) -> Mapping[str, frozenset[str]]:
    """By the digest of these versions: the keys of its boxes. A version is read once in the life of a process."""
    _read(versions)
    return {digest: _asked[digest][0] for digest in versions}


def versions_with(keys: Collection[str]) -> Mapping[str, Sequence[int]]:
    """Where each of these keys is that of a box: versions of pages, live or not. A query or two."""
    found: dict[str, list[int]] = {}
    for version_id, digest in _every():
        for key in _asked[digest][0].intersection(keys):
            found.setdefault(key, []).append(version_id)
    return found


def keys() -> frozenset[str]:
    """The keys that are those of boxes, and of no question, wherever a page has or had them. A query or two."""
    asked = {_asked[digest] for _, digest in _every()}
    return frozenset().union(*(boxes for boxes, _ in asked)) - frozenset().union(*(others for _, others in asked))


_asked: dict[str, tuple[frozenset[str], frozenset[str]]] = {}  # by digest: the keys of boxes, and of other fields


def _every() -> Sequence[tuple[int, str]]:
    versions = [(key, digest) for key, digest in session().execute(select(PageVersion.id, PageVersion.digest))]
    _read({digest: key for key, digest in versions})
    return versions


def _read(versions: Mapping[str, int]) -> None:
    if len(_asked) + len(versions) > max(_MOST_READ, 2 * len(versions)):
        _asked.clear()
    if fresh := [version_id for digest, version_id in versions.items() if digest not in _asked]:
        told = select(PageVersion.digest, PageVersion.definition["fields"]).where(PageVersion.id.in_(fresh))
        for digest, fields in session().execute(told):
            kinds = {str(field["key"]): field["kind"] for field in fields or ()}
            boxes = frozenset(key for key, kind in kinds.items() if kind in TICKED)
            _asked[digest] = boxes, frozenset(kinds) - boxes
