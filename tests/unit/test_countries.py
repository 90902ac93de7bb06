"""Countries as people write them."""

import pytest

from capture.pages import countries


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("GB", ["UK", "uk", "U.K.", "GBR", "England", "Scotland", "Great Britain", "United Kingdom", "Großbritannien"]),
        ("US", ["USA", "U.S.", "U.S.A.", "us", "America", "United States of America", "Vereinigte Staaten"]),
        ("NL", ["Holland", "The Netherlands", "Niederlande", "Nederland", "Pays-Bas"]),
        ("DE", ["Deutschland", "deutschland ", "DEU", "Allemagne", "Germany", "BRD"]),
        ("AT", ["Österreich", "Oesterreich", "AUT"]),
        ("CH", ["Schweiz", "Suisse", "Svizzera", "CHE"]),
        ("CZ", ["Czech Republic", "Czechia", "Tschechien"]),
        ("ES", ["España", "Espana"]),
        ("AE", ["UAE", "U.A.E."]),
        ("KR", ["South Korea", "Korea"]),
        ("", ["", "Atlantis", "EU", "Europe", "DACH", "XK", "AN", "the", "."]),
    ],
)
def test_a_country_is_known_by_its_codes_its_names_and_what_people_call_it(code: str, told: list[str]) -> None:
    assert {one: countries.coded(one) for one in told} == dict.fromkeys(told, code)


@pytest.mark.parametrize("language", ["en", "de", "fr", "it"])
def test_every_name_that_a_form_offers_is_the_country_that_it_names(language: str) -> None:
    assert {code: countries.coded(name) for code, name in countries.names(language).items()} == {
        code: code for code in countries.names(language)
    }


def test_what_people_call_a_country_is_kept_as_it_is_looked_up() -> None:
    assert {name: countries.coded(name) for name in countries._ALSO} == dict(countries._ALSO)
