import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.handoff.spreadsheet import plain, safe


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
