import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.handoff.spreadsheet import Cell, Separator, csv_of, plain, safe, table


@pytest.mark.parametrize(
    "cell",
    [
        '=HYPERLINK("http://evil.example","Open")',
        "+49 30 1234567",
        "-2+3",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "＝1",
        "＋1",
        "－1",
        "＠x",
        "  =1",
        "'=1",
    ],
)
def test_what_a_spreadsheet_might_run_becomes_text(cell: str) -> None:
    assert safe(cell) == "'" + cell
    assert plain(safe(cell)) == cell


@pytest.mark.parametrize("cell", ["", "Ada Lovelace", "O'Neill", "'tis", "a=b", "1-2", "ada@example.com", "5 + 5"])
def test_what_is_harmless_stays_as_it_is(cell: str) -> None:
    assert safe(cell) == cell


@given(st.text(st.sampled_from("'=+-@\t\r\n＝＋－＠ a1")) | st.text())
def test_every_text_comes_back_from_a_file_for_people(cell: str) -> None:
    told = safe(cell)

    assert plain(told) == cell
    assert not told.lstrip().startswith(tuple("=+-@＝＋－＠"))


def test_with_semicolons_decimals_have_a_comma_and_words_stay_as_they_are() -> None:
    rows: list[list[Cell]] = [["Name", "Share", "Number"], ["1.5; a, b", 12.5, 3], ["=1+1", -0.25, None]]

    told = "".join(csv_of(rows, Separator.SEMICOLON))

    assert told == '\ufeffName;Share;Number\r\n"1.5; a, b";12,5;3\r\n\'=1+1;-0,25;\r\n'
    assert table(told.encode())[1] == ["1.5; a, b", "12,5", "3"]
    assert "".join(csv_of(rows)).splitlines()[1] == '"1.5; a, b",12.5,3'
