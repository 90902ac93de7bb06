from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from capture.web import charts
from capture.web.charts import HEIGHT, WIDTH

COUNTS = st.lists(st.lists(st.integers(0, 5_000_000), min_size=3, max_size=3), min_size=1, max_size=3)


@given(COUNTS)
def test_bars_are_as_tall_as_their_values_and_stand_side_by_side_within_the_drawing(series: list[list[int]]) -> None:
    drawn = charts.columns(["one", "two", "three"], series)

    top = drawn.ticks[-1][1]
    bars = [bar for group in drawn.groups for bar in group.bars]
    assert sorted((bar.series, bar.value) for bar in bars) == sorted(
        (number, value) for number, values in enumerate(series) for value in values
    )
    assert all(abs(bar.height * top - HEIGHT * bar.value) < 1e-3 for bar in bars)
    assert all(abs(bar.y + bar.height - HEIGHT) < 1e-6 for bar in bars)
    edges = [edge for bar in bars for edge in (bar.x, bar.x + bar.width)]
    assert edges == sorted(edges)
    assert min(edges) >= 0
    assert max(edges) <= WIDTH


@given(COUNTS)
def test_a_scale_begins_at_nought_has_room_for_the_tallest_and_wastes_no_more_than_half(
    series: list[list[int]],
) -> None:
    (_, nought), (_, half), (highest, top) = charts.columns(["one", "two", "three"], series).ticks

    tallest = max(max(values) for values in series)
    assert (nought, highest, 2 * half) == (0, 0, top)
    assert tallest <= top <= max(2, 2 * tallest)


@given(st.integers(1, 10**9))
def test_a_scale_has_few_marks_which_are_round_and_equally_far_apart(most: int) -> None:
    marks = charts.ticks(most)

    steps = {later - mark for mark, later in pairwise(marks)}
    assert marks[0] == 0
    assert most / 2 <= marks[-1] <= most
    assert 2 <= len(marks) <= 6
    assert [str(step).rstrip("0") in {"1", "2", "5"} for step in steps] == [True]
