"""When a page is open, typed and said in a zone."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from capture.errors import ParameterRefused
from capture.pages import opening
from capture.pages.opening import Standing, Window

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 9, 15, 12, 0, tzinfo=UTC)


def test_what_is_typed_is_meant_in_the_zone_and_holds_to_the_second() -> None:
    window = opening.window("2026-12-10T09:00", "2026-12-11T09:00", BERLIN, at=NOON)

    assert window.opens_at == datetime(2026, 12, 10, 8, 0, tzinfo=UTC)
    seconds = (datetime(2026, 12, 10, 7, 59, 59, tzinfo=UTC), window.opens_at, window.closes_at)
    assert [window.standing(at) for at in seconds if at] == [Standing.NOT_YET, Standing.OPEN, Standing.ENDED]
    assert opening.typed(window.opens_at, BERLIN) == "2026-12-10T09:00"


@pytest.mark.parametrize(
    ("since", "until", "why"),
    [
        ("tomorrow", "", "Write a day and a time"),
        ("2027-03-28T02:30", "", "the clocks go forward"),
        ("", "2026-09-15T13:59", "still to come"),
        ("2026-12-11T09:00", "2026-12-10T09:00", "later than the beginning"),
    ],
)
def test_a_time_that_cannot_be_meant_is_refused(since: str, until: str, why: str) -> None:
    with pytest.raises(ParameterRefused, match=why):
        opening.window(since, until, BERLIN, at=NOON)


def test_the_times_are_said_in_one_sentence() -> None:
    begin, end = datetime(2026, 12, 10, 8, tzinfo=UTC), datetime(2026, 12, 11, 8, tzinfo=UTC)
    said = [
        opening.sentence(window, BERLIN, at=at)
        for window, at in (
            (Window(), NOON),
            (Window(begin, end), NOON),
            (Window(begin, end), begin),
            (Window(begin, end), end),
        )
    ]

    assert said == [
        "Open now, without an end.",
        "Opens on Thursday, 10 December 2026, 09:00 (Europe/Berlin), and stays open until Friday, 11 December 2026, "
        "09:00 (Europe/Berlin).",
        "Open now until Friday, 11 December 2026, 09:00 (Europe/Berlin).",
        "Closed since Friday, 11 December 2026, 09:00 (Europe/Berlin).",
    ]
