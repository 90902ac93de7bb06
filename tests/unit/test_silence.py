"""When silence is hardly chance."""

import pytest

from capture.reports.silence import chance_of_none, is_silent


def test_the_chance_of_no_fill_goes_by_the_usual_rate_and_by_how_well_it_is_known() -> None:
    assert chance_of_none(30, usual_visits=10_000, usual_fills=1_000) == pytest.approx(0.9**30, rel=0.02)
    assert chance_of_none(1, usual_visits=9, usual_fills=2) == pytest.approx(8 / 10)
    little, much = (chance_of_none(50, usual_visits=10 * times, usual_fills=times) for times in (1, 100))
    assert little > 0.1 > 0.01 > much
    assert chance_of_none(500, usual_visits=100, usual_fills=0) == 1.0
    assert 0 < chance_of_none(20, usual_visits=3, usual_fills=9) < 1


@pytest.mark.parametrize(
    ("visits", "fills", "is_so"), [(100, 0, True), (100, 1, False), (19, 0, False), (25, 0, False)]
)
def test_few_visits_or_a_single_fill_raise_no_alarm(visits: int, fills: int, is_so: bool) -> None:
    assert is_silent(visits, fills, usual_visits=1000, usual_fills=100) is is_so
