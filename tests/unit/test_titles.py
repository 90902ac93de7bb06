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
        ("VP, Eng.", Seniority.TOP),
        ("C.E.O.", Seniority.TOP),
        ("Directeur ge\u0301ne\u0301ral", Seniority.TOP),
        ("Mitglied der Geschäftsleitung", Seniority.TOP),
        ("Geschaeftsfuehrer", Seniority.TOP),
        ("Managing Partner", Seniority.TOP),
        ("Business owner", Seniority.TOP),
        ("Founder, Product Owner", Seniority.TOP),
        ("Vertriebsleitung", Seniority.LEADER),
        ("Leiter:in Marketing", Seniority.LEADER),
        ("Head of Growth (EMEA)", Seniority.LEADER),
        ("Senior Product Owner", Seniority.MANAGER),
        ("Channel Partner Manager", Seniority.MANAGER),
        ("Chef de projet", Seniority.MANAGER),
        ("Marketingmanagerin", Seniority.MANAGER),
        ("Product Owner", Seniority.OTHER),
        ("HR Business Partner", Seniority.OTHER),
        ("CEO’s assistant", Seniority.OTHER),
        ("EA to the CEO", Seniority.OTHER),
        ("Assistenz des CEO", Seniority.OTHER),
        ("Secrétaire du directeur général", Seniority.OTHER),
        ("Internal auditor", Seniority.OTHER),
        ("Student assistant", Seniority.LEARNER),
        ("Intern", Seniority.LEARNER),
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
        ("VP, Eng.", {Function.TECHNOLOGY}),
        ("Head of Growth (EMEA)", {Function.MARKETING}),
        ("Verkaufsleiterin", {Function.SALES}),
        ("Marketingleitung", {Function.MARKETING}),
        ("Engagement", set()),
    ],
)
def test_a_job_title_says_in_which_part_of_a_company(title: str, parts: set[Function]) -> None:
    assert titles.functions(title) == parts
