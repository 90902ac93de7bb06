"""Documents on their way from one store to another: nothing is trusted that was not read back."""

from collections.abc import Callable
from dataclasses import dataclass

from magnets.store import Damaged, Store

Told = Callable[[int, int], None]
"""Is told how many documents are done, and of how many."""


@dataclass(frozen=True, slots=True)
class Moved:
    """How many were carried over, how many were there already, and which are damaged where they come from."""

    carried: int
    known: int
    damaged: tuple[str, ...]


def move(source: Store, target: Store, *, tell: Told) -> Moved:
    """Every document of the source lies in the target too, intact: each is read back there and its hash compared.

    The source stays as it is. Cut short anywhere and begun again, it carries over only what is missing.
    """
    waiting = list(source.hashes())
    carried, damaged = 0, []
    for done, sha in enumerate(waiting):
        tell(done, len(waiting))
        if target.is_intact(sha):
            continue
        try:
            _carry(sha, source, target)
            carried += 1
        except Damaged:
            damaged.append(sha)
    tell(len(waiting), len(waiting))
    return Moved(carried, len(waiting) - carried - len(damaged), tuple(damaged))


def _carry(sha: str, source: Store, target: Store) -> None:
    with source.open(sha) as file:
        target.put_from(file, sha=sha)
    if not target.is_intact(sha):
        raise Damaged(f"{sha} did not arrive whole")
