from xml.etree import ElementTree

import pytest

from magnets.figures import chart

BARS = """
kind = "bar"
title = "Calls by time of day"
unit = "calls"
caption = "One week, invented."
rows = [["Morning", 12], ["Noon", 3], ["After <work>", 6.5]]
highlight = ["Morning"]
"""

LINE = """
kind = "line"
title = "Warmth"
unit = "°"
rows = [["Mon", 12], ["Tue", 18], ["Wed", 15]]
threshold = 16
threshold_label = "too warm"
"""


def test_bars_are_a_table_that_reads_as_its_own_data() -> None:
    figure = ElementTree.fromstring(chart(BARS))

    assert figure.attrib["class"] == "chart chart-bar"
    assert [(row.findtext("th"), row.findtext("td/span[@class='bar-value']")) for row in figure.iter("tr")] == [
        ("Morning", "12"),
        ("Noon", "3"),
        ("After <work>", "6.5"),
    ]
    assert figure.findtext("figcaption/p[@class='chart-caption']") == "One week, invented."


def test_bars_are_as_long_as_their_numbers_and_the_others_step_back_from_a_highlight() -> None:
    figure = ElementTree.fromstring(chart(BARS))
    bars = [span.attrib for span in figure.iter("span") if span.attrib["class"].startswith("bar")][::2]

    lengths = [float(bar["style"].removeprefix("width:").removesuffix("%")) for bar in bars]
    assert lengths[1] == pytest.approx(lengths[0] / 4, abs=0.01)
    assert [bar["class"] for bar in bars] == ["bar", "bar quiet", "bar quiet"]


def test_a_funnel_says_what_share_of_the_step_before_is_left() -> None:
    figure = ElementTree.fromstring(chart('kind = "funnel"\nrows = [["Seen", 1200], ["Asked", 300], ["Bought", 30]]'))

    assert [cell.text for cell in figure.iter("td") if cell.get("class") == "funnel-rate"] == [None, "25%", "10%"]


def test_a_line_has_a_text_alternative_with_its_numbers() -> None:
    title = ElementTree.fromstring(chart(LINE)).find(".//{*}title")

    assert title is not None
    assert title.text == "Warmth: Mon 12°; Tue 18°; Wed 15°."


def test_the_authors_own_alternative_comes_first() -> None:
    title = ElementTree.fromstring(chart(LINE + 'alt = "It was too warm on Tuesday."')).find(".//{*}title")

    assert title is not None
    assert title.text == "It was too warm on Tuesday."


def test_several_lines_bring_their_table_along() -> None:
    rows = 'kind = "line"\ncolumns = ["This year", "Last year"]\nrows = [["Mon", 1, 2], ["Tue", 3, 1]]'
    figure = ElementTree.fromstring(chart(rows))

    assert [cell.text for cell in figure.iter("td") if cell.text] == ["1", "2", "3", "1"]
    assert len(list(figure.iter("{http://www.w3.org/2000/svg}polyline"))) == 2


def test_numbers_are_written_as_people_write_them() -> None:
    figure = chart('kind = "bar"\nunit = "€"\nrows = [["a", 1200], ["b", 12000], ["c", 1234567.25]]')

    assert "€1200<" in figure
    assert "€12,000<" in figure
    assert "€1,234,567.2<" in figure


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("kind = bar", "not valid TOML"),
        ('kind = "pie"\nrows = [["a", 1]]', "Give the chart a kind"),
        ('kind = "bar"', "Give the chart rows"),
        ('kind = "bar"\nrows = [["a"]]', "a label and a number"),
        ('kind = "bar"\nrows = [["a", "1"]]', "plain numbers"),
        ('kind = "bar"\nrows = [["a", true]]', "plain numbers"),
        ('kind = "bar"\nrows = [["a", nan]]', "plain numbers"),
        ('kind = "bar"\nrows = [["a", -1]]', "from 0 up"),
        ('kind = "bar"\nrows = [["a", 0]]', "zero"),
        ('kind = "bar"\nrows = [["a", 1, 2]]\ncolumns = ["x", "y"]', "one number for each row"),
        ('kind = "line"\nrows = [["a", 1]]', "at least two rows"),
        ('kind = "line"\nrows = [["a", 1, 2], ["b", 1, 2]]', "name them"),
        ('kind = "line"\nrows = [["a", 1, 2], ["b", 1]]', "same number of values"),
        ('kind = "bar"\nrows = [["a", 1]]\nhighlight = ["b"]', "highlights “b”"),
        ('kind = "bar"\nrows = [["a", 1]]\ncolour = "red"', "no key “colour”"),
        ('kind = "bar"\nrows = [["a", 1]]\ntitle = 3', "as a text"),
        ('kind = "bar"\nrows = [' + '["a", 1],' * 41 + "]", "41 rows"),
    ],
)
def test_a_chart_at_fault_says_what_to_mend(source: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        chart(source)
