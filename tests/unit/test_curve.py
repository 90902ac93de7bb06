"""The curve of the simulator, as it is drawn."""

import re
from xml.etree import ElementTree as Xml

import pytest

from capture import languages
from capture.reports.simulation import Point, Share
from capture.web.studio import simulating
from capture.web.studio.simulating import HEIGHT, WIDTH, Curve

SVG = "{http://www.w3.org/2000/svg}"
NAMES = {"chosen": "chosen", "present": "in force"}
LETTER = 11  # the width of one of a label, at most, on a telephone


@pytest.fixture(autouse=True)
def _english() -> None:
    languages.speak(languages.ENGLISH)


def a_point(threshold: int, mqls: int, accepted: int, answered: int) -> Point:
    return Point(threshold, mqls, Share(accepted, answered), Share(accepted, answered))


FEW, MANY, MOST = a_point(60, 100, 8, 10), a_point(40, 800, 60, 100), a_point(20, 2000, 300, 1000)


def drawing(chosen: Point | None = None, present: Point | None = None) -> Xml.Element:
    drawn = Curve([MOST, MANY, FEW], chosen, present).drawn("precision", "Accepted share", "MQLs", NAMES)
    return Xml.fromstring(re.sub(r"\s%", "%", str(drawn)))


def parts(drawn: Xml.Element, series: str, tag: str) -> list[Xml.Element]:
    groups = [node for node in drawn.iter(f"{SVG}g") if f"chart__{series}" in node.get("class", "").split()]
    return [part for group in groups for part in group.iter(f"{SVG}{tag}")]


def dots(drawn: Xml.Element, series: str) -> list[tuple[float, ...]]:
    found = (tuple(float(one.get(name, "")) for name in ("cx", "cy", "r")) for one in parts(drawn, series, "circle"))
    return [dot for dot in found if dot[2]]


def lines(drawn: Xml.Element, series: str) -> list[list[float]]:
    """Of each line from where to where: x, y, x, y."""
    return [[float(one) for one in re.findall(r"[\d.]+", path.get("d", ""))] for path in parts(drawn, series, "path")]


def test_each_point_stands_at_its_count_and_share_with_its_interval_dashed_where_it_is_thin() -> None:
    drawn = drawing()

    at = {text.text: float(text.get("y", "")) - 5.6 for text in parts(drawn, "y", "text")}
    across = {text.text: float(text.get("x", "")) for text in parts(drawn, "x", "text")}
    down = at["0%"] - at["100%"]
    assert [*at] == ["0%", "25%", "50%", "75%", "100%"]
    assert [*across] == ["0", "500", "1,000", "1,500", "2,000"]
    unit = (across["2,000"] - across["0"]) / 2000
    points = (MOST, MANY, FEW)
    assert [dot[:2] for dot in dots(drawn, "curve")] == [
        pytest.approx((across["0"] + unit * one.mqls, at["0%"] - down * (one.precision.value or 0)), abs=0.01)
        for one in points
    ]
    assert lines(drawn, "curve") == [
        pytest.approx([side for dot in dots(drawn, "curve") for side in dot[:2]], abs=0.01)
    ]
    for one, span in zip(points, [*lines(drawn, "interval"), *lines(drawn, "thin")], strict=True):
        x, (low, high) = across["0"] + unit * one.mqls, one.precision.interval
        assert span == pytest.approx([x, at["0%"] - down * low, x, at["0%"] - down * high], abs=0.01)
    assert len(lines(drawn, "thin")) == 1


def test_the_chosen_and_the_present_threshold_are_marked_and_labelled() -> None:
    drawn = drawing(MANY, MOST)

    assert [text.text for text in parts(drawn, "chosen", "text")] == ["chosen: 40"]
    assert [text.text for text in parts(drawn, "present", "text")] == ["in force: 20"]
    [chosen], [present], places = dots(drawn, "chosen"), dots(drawn, "present"), dots(drawn, "curve")
    assert (present[:2], chosen[:2]) == (places[0][:2], places[1][:2])
    assert chosen[2] == present[2] > places[0][2]
    for name, dot in (("chosen", chosen), ("present", present)):
        [[x, top, below, bottom]] = lines(drawn, name)
        assert (x, below) == pytest.approx((dot[0], dot[0]), abs=0.01)
        assert top < bottom < dot[1]


def test_who_chose_what_is_in_force_sees_both_one_within_the_other() -> None:
    drawn = drawing(MANY, a_point(45, 800, 60, 100))

    [chosen], [present] = dots(drawn, "chosen"), dots(drawn, "present")
    assert chosen[:2] == present[:2]
    assert chosen[2] > present[2]


def test_what_is_in_force_and_on_no_curve_has_its_interval_too() -> None:
    beside = a_point(50, 400, 5, 10)

    assert len(lines(drawing(present=beside), "thin")) == len(lines(drawing(), "thin")) + 1


def test_it_is_as_high_whatever_is_labelled() -> None:
    heights = [
        [text.get("y") for text in parts(drawing(*told), "y", "text")] for told in ((), (None, MOST), (FEW, MOST))
    ]

    assert heights[0] == heights[1] == heights[2]


def test_it_is_described_in_words_and_numbers_as_a_language_writes_them() -> None:
    english = drawing()
    languages.speak("de")
    german = drawing()

    assert english.findtext(f"{SVG}title") == "Accepted share"
    assert english.findtext(f"{SVG}desc", "").startswith("Threshold 20: 2,000 MQLs, 30% accepted (27% to 33%). ")
    assert "2.000" in german.findtext(f"{SVG}desc", "")
    assert [text.text for text in parts(german, "x", "text")][-1] == "2.000"
    assert [text.text for text in english.iter(f"{SVG}text") if "chart__title" in text.get("class", "")] == ["MQLs"]


@pytest.mark.parametrize("first", range(0, 2001, 100))
@pytest.mark.parametrize("apart", [0, 40, 200, 500, 700, 1400])
def test_no_label_lies_on_another_or_on_a_line_that_leads_to_one(first: int, apart: int) -> None:
    chosen, present = (a_point(1000, max(1, min(count, 2000)), 50, 100) for count in (first, first + apart))

    drawn = drawing(chosen, present)

    boxes, leads = [], []
    for name in NAMES:
        [text], [lead] = parts(drawn, name, "text"), lines(drawn, name)
        x, y, room = float(text.get("x", "")), float(text.get("y", "")), LETTER * len(text.text or "")
        is_left = bool([one for one in parts(drawn, "left", "text") if one is text])
        boxes.append((x - 16 - room, x - 16, y) if is_left else (x, x + room, y))
        leads.append(lead)
    [(begin, end, y), (other_begin, other_end, other_y)] = boxes
    assert abs(y - other_y) >= 22 or end < other_begin or other_end < begin
    for begin, end, y in boxes:
        assert begin >= -50
        assert end <= WIDTH - 46
        assert 0 < y < HEIGHT
        assert not [lead for lead in leads if begin < lead[0] < end and lead[1] < y]


@pytest.mark.parametrize("places", [{}, {"one": 0.0}, {"one": 1.0}, {"one": 0.5, "other": 0.5}])
def test_whatever_is_labelled_has_a_row_of_its_own(places: dict[str, float]) -> None:
    told = simulating.labels(places)

    assert told.keys() == places.keys()
    assert len({label.row for label in told.values()}) == len(places)
