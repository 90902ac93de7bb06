from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.attribution.patterns import Aliases, fits, is_of, takes_everything

NAMES = {
    "autumn": "Autumn",
    "li_*_2026": "LinkedIn",
    "li_de_*": "LinkedIn DE",
    "120*": "Meta",
    "a.b": "Dots",
    "{campaignid}": "Ads",
    "{1*": "Never",
}


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("autumn", "Autumn"),
        (" AUTUMN ", "Autumn"),
        ("Li_fr_2026", "LinkedIn"),
        ("li_de_2026", "LinkedIn"),
        ("li_de_x", "LinkedIn DE"),
        ("1200455", "Meta"),
        ("a.b", "Dots"),
        ("axb", None),
        ("autumn 2", None),
        ("", None),
        ("other\t1200455", "Meta"),
        ("li_fr_2026\tautumn", "Autumn"),
        ("\t{120455}", None),
        ("\t{campaignid}", "Ads"),
    ],
)
def test_a_raw_value_belongs_to_the_campaign_whose_pattern_says_most(raw: str, name: str | None) -> None:
    assert Aliases(NAMES).name_of(raw) == name
    assert is_of(raw, tuple(NAMES)) == (name is not None)


def test_patterns_are_of_a_rule_as_they_are_of_a_campaign() -> None:
    assert is_of("Spring Sale", (" SPRING  *", "x"))
    assert not is_of("Spring Sale", ("spring",))
    assert [takes_everything(one) for one in ("*", " * ", "", "a*")] == [True, True, True, False]


@given(st.text("ab*", max_size=6).filter(lambda text: "*" in text), st.text("ab", max_size=8))
def test_a_star_stands_for_anything_also_for_nothing(pattern: str, value: str) -> None:
    assert fits(pattern, value) == fnmatchcase(value, pattern)


def test_no_pattern_and_no_value_keeps_the_search_busy_for_long() -> None:
    assert not fits("*".join("a" * 5000) + "b", "a" * 200_000)
