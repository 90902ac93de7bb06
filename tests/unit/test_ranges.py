from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from capture.delivery import ranges


def pairs() -> st.SearchStrategy[list[tuple[int, int]]]:
    bound = st.integers(min_value=0, max_value=40)
    return st.lists(st.tuples(bound, bound).map(lambda two: (min(two), max(two))), max_size=8)


@given(pairs())
def test_the_ranges_hold_exactly_the_bytes_that_were_handed_out(parts: list[tuple[int, int]]) -> None:
    kept: list[ranges.Range] = []
    for start, stop in parts:
        kept = ranges.add(kept, start, stop)

    assert {byte for low, high in kept for byte in range(low, high)} == {
        byte for low, high in parts for byte in range(low, high)
    }
    assert all(one[1] < other[0] for one, other in pairwise(kept))


def test_a_copy_with_a_gap_is_not_complete() -> None:
    assert not ranges.cover(ranges.add([(0, 10)], 11, 20), 20)
    assert ranges.cover(ranges.add([(0, 10)], 10, 20), 20)
