"""What takes seconds to reckon stays at hand for some minutes, in this process: the latest few of a kind."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Generic, TypeVar, cast

from flask import current_app

T = TypeVar("T")
MOST = 3  # of a kind; the largest has a few million numbers
FRESH = timedelta(minutes=10)
SHOWN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class _Held(Generic[T]):
    key: object
    signs: object
    at: datetime
    value: T


class Shelf(Generic[T]):
    """The latest things of one kind, each by what was asked for."""

    def __init__(self) -> None:
        """Nothing, to begin with."""
        self._lock = Lock()
        self._held: list[_Held[T]] = []

    def of(self, key: object, reckon: Callable[[], T], *, signs: object, at: datetime, within: timedelta | None) -> T:
        """What was reckoned for this key within that time, under the same signs where it is not only shown again.

        Otherwise, and where `within` is None, it is reckoned now. Who asks meanwhile waits: two would take twice as
        long.
        """
        with self._lock:
            for held in self._held:
                is_recent = within is not None and timedelta(0) <= at - held.at <= within
                if held.key == key and is_recent and (within is SHOWN or held.signs == signs):
                    return held.value
            value = reckon()
            others = [held for held in self._held if held.key != key]
            self._held = [_Held(key, signs, at, value), *others][:MOST]
            return value

    def clear(self) -> None:
        """Keep none any longer."""
        with self._lock:
            self._held = []


def shelf(kind: type[T]) -> Shelf[T]:
    """The shelf for such things in the running application."""
    return cast(Shelf[T], current_app.extensions.setdefault(f"lodestone-{kind.__name__}", Shelf[T]()))
