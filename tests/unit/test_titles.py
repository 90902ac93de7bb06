import pytest

from capture.scoring import titles
from capture.scoring.titles import Function, Seniority


@pytest.mark.parametrize(
    ("title", "rank"),
    [
        ("CTO", Seniority.TOP),
        ("Chief Marketing Officer", Seniority.TOP),
        ("Geschäftsführerin", Seniority.TOP),
        ("Directrice générale", Seniority.TOP),
        ("VP Sales, manager", Seniority.TOP),
        ("Head of Marketing", Seniority.LEADER),
        ("Vertriebsleiter", Seniority.LEADER),
        ("Directora de marketing", Seniority.LEADER),
        ("Direttore commerciale", Seniority.LEADER),
        ("Senior Engineer", Seniority.MANAGER),
        ("Teamleider verkoop", Seniority.MANAGER),
        ("Executive Assistant to the CEO", Seniority.OTHER),
        ("Engineer", Seniority.OTHER),
        ("Working student, office of the CEO", Seniority.LEARNER),
        ("Stagiaire marketing", Seniority.LEARNER),
        ("  ", None),
    ],
)
def test_a_job_title_says_how_high_somebody_stands(title: str, rank: Seniority | None) -> None:
    assert titles.seniority(title) is rank


@pytest.mark.parametrize(
    ("title", "parts"),
    [
        ("Director", set()),
        ("Head of Marketing and Sales", {Function.MARKETING, Function.SALES}),
        ("Leiterin Einkauf", {Function.OPERATIONS}),
        ("Responsable des ressources humaines", {Function.PEOPLE}),
        ("IT-Leiter", {Function.TECHNOLOGY}),
        ("CFO", {Function.FINANCE}),
    ],
)
def test_a_job_title_says_in_which_part_of_a_company(title: str, parts: set[Function]) -> None:
    assert titles.functions(title) == parts
