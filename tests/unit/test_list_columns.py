"""What the columns of a list mean, by headers as people write them."""

import pytest

from capture.leads import lists

HEADERS = {
    "company": "Firm, FIRMA, Organisation, Organization, Employer, Unternehmen, Betrieb, Arbeitgeber, Company name",
    "job_title": "Job, Job title, Position, Role, Funktion, Rolle, Beruf",
    "note": "Remark, Remarks, Comment, Comments, Bemerkung, Bemerkungen, Notiz, Anmerkung, Note:",
    "warmth": "Hotness, Temperature, Rating, Interest, Interesse, Warmth",
}


@pytest.mark.parametrize(("meaning", "header"), [(m, one) for m, all_ in HEADERS.items() for one in all_.split(", ")])
def test_a_plain_header_is_understood(meaning: str, header: str) -> None:
    assert lists.guessed(["E-mail", header], [["ada@alder.example", ""]]) == ["email", meaning]


@pytest.mark.parametrize(
    ("cells", "meaning"),
    [(("hot", ""), "warmth"), (("Heiß", "KALT", "warm"), "warmth"), (("5", "hot"), ""), (("Pricing",), "")],
)
def test_a_warmth_is_one_only_where_its_values_are(cells: tuple[str, ...], meaning: str) -> None:
    assert lists.guessed(["Mail", "Interest"], [["", cell] for cell in cells]) == ["email", meaning]


def test_of_two_columns_with_one_meaning_the_second_is_left_out_and_named() -> None:
    headers = ["E-mail", "Company", "Firm", "Shoe size"]
    mapping = lists.guessed(headers, [])

    assert mapping == ["email", "company", "", ""]
    assert lists.left_out(headers, mapping) == "Firm, Shoe size"
