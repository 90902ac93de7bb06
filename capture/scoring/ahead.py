"""Getting the next while the one before is still being worked on."""

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

T = TypeVar("T")


def one_ahead(some: Generator[T]) -> Generator[T]:
    """The same, made in a thread and one ahead of whoever takes them. No more than that lie ready.

    The thread begins in the caller's context, also in its transaction, and from then on has one of its own.
    """
    context = copy_context()
    with ThreadPoolExecutor(1, "ahead") as beside:

        def make() -> T | None:
            return next(some, None)

        following = beside.submit(context.run, make)
        try:
            while (one := following.result()) is not None:
                following = beside.submit(context.run, make)
                yield one
        finally:
            beside.submit(context.run, some.close).result()
