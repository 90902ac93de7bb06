import re
from collections.abc import Sequence
from itertools import pairwise
from xml.etree import ElementTree as Xml

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture import languages
from capture.web import charts
from capture.web.charts import HEIGHT, WIDTH, Bars

COUNTS = st.lists(st.integers(0, 5_000_000), min_size=3, max_size=3)
NAMES = ("one", "two", "three")
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(autouse=True)
def _english() -> None:
    languages.speak(languages.ENGLISH)


def drawing(whole: Sequence[int], part: Sequence[int], labels: Sequence[str] = NAMES) -> Xml.Element:
    drawn = Bars(labels, whole, part).drawn("visits", "Visits", "Of <three> days", ("Visits", "Fills"))
    return Xml.fromstring(str(drawn))


def bars(drawn: Xml.Element, series: str) -> dict[str, list[float]]:
    """Left, top, width and height of each bar, by what is said of it."""
    return {
        bar.findtext(f"{SVG}title", ""): [float(rect.get(side, "")) for side in ("x", "y", "width", "height")]
        for bar in drawn.iterfind(f".//{SVG}g[@class='chart__{series}']//{SVG}g[@class='chart__bar']")
        if (rect := bar.find(f"{SVG}rect")) is not None
    }


def scale(drawn: Xml.Element, axis: str) -> dict[str, float]:
    """Where each number or label of an axis stands."""
    place, texts = {"x": "x", "y": "y"}[axis], f".//{SVG}g[@class='chart__guides']/{SVG}text"
    [found] = [node for node in drawn.iter(f"{SVG}g") if f"chart__{axis}" in node.get("class", "").split()]
    return {text.text or "": float(text.get(place, "")) for text in found.iterfind(texts)}


@settings(max_examples=30, deadline=None)
@given(COUNTS, COUNTS)
def test_bars_are_as_tall_as_their_values_and_stand_side_by_side_within_the_drawing(
    whole: list[int], part: list[int]
) -> None:
    drawn = drawing(whole, part)

    marks = {int(said.replace(",", "")): y for said, y in scale(drawn, "y").items()}
    top, unit = max(marks), (marks[0] - marks[max(marks)]) / max(marks)
    whole_bars, part_bars = bars(drawn, "whole"), bars(drawn, "part")
    assert [*whole_bars] == [
        f"{name}: {n:,} Visits" for name, n in zip(("one", "two", "three"), whole, strict=True) if n
    ]
    assert [*part_bars] == [f"{name}: {n:,} Fills" for name, n in zip(("one", "two", "three"), part, strict=True) if n]
    for said, (_, y, _, height) in (whole_bars | part_bars).items():
        value = int(re.sub(r"\D", "", said))
        assert height == pytest.approx(value * unit, abs=0.01)
        assert 0 <= y <= y + height <= HEIGHT
        assert value <= top
    edges = [edge for x, _, width, _ in sorted([*whole_bars.values(), *part_bars.values()]) for edge in (x, x + width)]
    assert edges == sorted(edges)
    assert all(0 <= edge <= WIDTH for edge in edges)


@given(COUNTS)
@settings(max_examples=30, deadline=None)
def test_a_scale_begins_at_nought_has_room_for_the_tallest_and_few_round_marks(values: list[int]) -> None:
    marks = [int(said.replace(",", "")) for said in scale(drawing(values, [0, 0, 0]), "y")]

    [step] = {later - mark for mark, later in pairwise(marks)}
    assert marks[0] == 0
    assert max(values) <= marks[-1] <= max(1, 2 * max(values))
    assert 2 <= len(marks) <= 5
    assert str(step).rstrip("0") in {"1", "2", "5"}


def test_a_drawing_has_a_name_a_description_and_nothing_that_the_content_policy_refuses() -> None:
    drawn = drawing([1, 2, 3], [1, 0, 2])

    ids = [node.get("id") for node in drawn.iter() if node.get("id") is not None]
    assert (drawn.get("role"), drawn.findtext(f"{SVG}title"), drawn.findtext(f"{SVG}desc")) == (
        "img",
        "Visits",
        "Of <three> days",
    )
    assert ids == [drawn.get("aria-labelledby"), drawn.get("aria-describedby")] == ["visits-title", "visits-desc"]
    assert {node.tag.removeprefix(SVG) for node in drawn.iter()} == {
        "svg",
        "title",
        "desc",
        "g",
        "path",
        "rect",
        "text",
    }
    assert len([*drawn.iter(f"{SVG}title")]) == 1 + len(bars(drawn, "whole")) + len(bars(drawn, "part"))
    assert {name for node in drawn.iter() for name in node.attrib if name == "style" or name.startswith("on")} == set()
    assert all(name.startswith("chart") for node in drawn.iter() for name in node.get("class", "").split())
    assert "pygal" not in Xml.tostring(drawn, encoding="unicode").lower()


def test_numbers_are_written_as_in_the_language_of_whoever_looks() -> None:
    languages.speak("de")
    german = drawing([1234, 0, 0], [0, 0, 0])

    assert [*scale(german, "y")] == ["0", "500", "1.000", "1.500"]
    assert [*bars(german, "whole")] == ["one: 1.234 Visits"]


def test_of_many_labels_as_many_are_written_as_have_room() -> None:
    days = [f"day {number}" for number in range(28)]

    drawn = drawing(range(28), range(28), days)

    assert [*scale(drawn, "x")] == days[::3]
    assert len(bars(drawn, "whole")) == 27


def test_where_there_is_nothing_an_empty_scale_is_drawn() -> None:
    drawn = drawing([0, 0, 0], [0, 0, 0])

    assert bars(drawn, "whole") == {}
    assert [*scale(drawn, "y")] == ["0", "1"]


@given(st.integers(1, 10**9), st.integers(2, 6))
def test_a_scale_has_few_marks_which_are_round_and_equally_far_apart(most: int, steps: int) -> None:
    marks = charts.ticks(most, steps=steps)

    assert marks[0] == 0
    assert most / 2 <= marks[-1] <= most
    assert 2 <= len(marks) <= steps + 1
    assert [str(step).rstrip("0") in {"1", "2", "5"} for step in {b - a for a, b in pairwise(marks)}] == [True]
