"""One ahead: what is made beside whoever takes it, and what becomes of it when nobody takes any more."""

from collections.abc import Generator
from contextvars import ContextVar
from threading import Event, current_thread

import pytest

from capture.scoring.ahead import one_ahead

PLACE: ContextVar[str] = ContextVar("place", default="nowhere")


def test_all_come_in_their_order_and_are_made_in_another_thread() -> None:
    makers = set()

    def made() -> Generator[int]:
        for number in range(5):
            makers.add(current_thread())
            yield number

    assert [*one_ahead(made())] == [0, 1, 2, 3, 4]
    assert len(makers) == 1
    assert current_thread() not in makers


def test_the_next_is_made_before_it_is_asked_for_and_no_more_than_that() -> None:
    begun = [Event() for _ in range(4)]

    def made() -> Generator[int]:
        for number, event in enumerate(begun):
            event.set()
            yield number

    taken = one_ahead(made())
    assert next(taken) == 0
    assert begun[1].wait(10)
    assert next(taken) == 1
    assert begun[2].wait(10)
    assert not begun[3].wait(0.05)


def test_it_begins_in_the_context_of_the_caller_and_keeps_its_own() -> None:
    PLACE.set("caller")

    def made() -> Generator[str]:
        yield PLACE.get()
        PLACE.set("thread")
        yield PLACE.get()
        yield PLACE.get()

    assert [*one_ahead(made())] == ["caller", "thread", "thread"]
    assert PLACE.get() == "caller"


def test_whoever_stops_taking_ends_what_is_made() -> None:
    ended = []

    def made() -> Generator[int]:
        try:
            yield from range(9)
        finally:
            ended.append(current_thread())

    taken = one_ahead(made())
    next(taken)
    taken.close()

    assert len(ended) == 1
    assert current_thread() not in ended


def test_what_cannot_be_made_is_told_in_its_turn() -> None:
    def made() -> Generator[int]:
        yield 1
        raise LookupError("no more")

    taken = one_ahead(made())

    assert next(taken) == 1
    with pytest.raises(LookupError, match="no more"):
        next(taken)
