"""Working time: counted in the zone of whoever works, also where the clock is moved."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.errors import UploadRefused
from capture.handoff import hours
from capture.handoff.hours import Hours

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = Hours(BERLIN, hours.week("Mon-Fri 09:00-17:00"))
HOUR = timedelta(hours=1)

zones = st.sampled_from(
    ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Sao_Paulo", "UTC"]
)
stretches = st.lists(st.integers(0, 1440), unique=True, max_size=6).map(
    lambda minutes: tuple(zip(sorted(minutes)[::2], sorted(minutes)[1::2], strict=False))
)
weeks = st.lists(stretches, min_size=7, max_size=7).filter(any).map(tuple)
instants = st.integers(0, 3 * 365 * 24 * 60).map(
    lambda minutes: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
works = st.integers(1, 60 * 60).map(lambda minutes: timedelta(minutes=minutes))
offs = st.lists(
    st.tuples(st.dates(date(2025, 1, 1), date(2027, 12, 31)), st.integers(0, 20)).map(
        lambda two: (two[0], two[0] + timedelta(days=two[1]))
    ),
    max_size=3,
).map(tuple)


@st.composite
def people(draw: st.DrawFn) -> Hours:
    return Hours(ZoneInfo(draw(zones)), draw(weeks), draw(offs))


@settings(max_examples=60)
@given(people(), instants, works)
def test_exactly_so_much_working_time_lies_before_the_due_time(own: Hours, at: datetime, work: timedelta) -> None:
    due = hours.after(own, at, work)

    if due < at + timedelta(days=hours.LONGEST):
        assert hours.between(own, at, due) == work
        local = (due - timedelta(microseconds=1)).astimezone(own.zone)
        assert own.week[local.weekday()] is not None
        assert not own.is_off(local.date())


@settings(max_examples=60)
@given(people(), instants, works, works)
def test_more_work_is_never_due_earlier_and_work_adds_up(
    own: Hours, at: datetime, first: timedelta, second: timedelta
) -> None:
    one, both = hours.after(own, at, first), hours.after(own, at, first + second)

    assert at < one < both or both == at + timedelta(days=hours.LONGEST)
    if both < at + timedelta(days=hours.LONGEST - 1):
        assert hours.after(own, one, second) == both


@pytest.mark.parametrize(
    ("at", "work", "due"),
    [
        ("2026-09-15T16:00+02:00", 2 * HOUR, "2026-09-16T10:00+02:00"),
        ("2026-09-18T16:00+02:00", 2 * HOUR, "2026-09-21T10:00+02:00"),
        ("2026-09-19T12:00+02:00", HOUR, "2026-09-21T10:00+02:00"),
        ("2026-09-15T03:00+02:00", 8 * HOUR, "2026-09-15T17:00+02:00"),
    ],
)
def test_evenings_and_weekends_do_not_count(at: str, work: timedelta, due: str) -> None:
    assert hours.after(OFFICE, datetime.fromisoformat(at), work) == datetime.fromisoformat(due)


@pytest.mark.parametrize(("day", "length"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-01", 24)])
def test_a_day_on_which_the_clock_is_moved_has_its_true_length(day: str, length: int) -> None:
    always = Hours(BERLIN, (((0, 1440),),) * 7)
    midnight = datetime.fromisoformat(day).replace(tzinfo=BERLIN)

    assert hours.after(always, midnight.astimezone(UTC), length * HOUR).astimezone(BERLIN) == datetime.fromisoformat(
        day
    ).replace(tzinfo=BERLIN) + timedelta(days=1)


def test_a_day_may_have_several_stretches_and_those_that_overlap_are_one() -> None:
    split = Hours(BERLIN, hours.week("Mon-Fri 13:00-17:00\nMon-Fri 09:00-12:00\nFri 11:00-14:00"))
    noon = datetime(2026, 9, 17, 11, 30, tzinfo=BERLIN)  # a Thursday

    assert hours.after(split, noon, HOUR) == datetime(2026, 9, 17, 13, 30, tzinfo=BERLIN)
    assert hours.after(split, noon, 12 * HOUR) == datetime(2026, 9, 18, 16, 30, tzinfo=BERLIN)
    assert hours.between(split, noon, noon + timedelta(days=2)) == timedelta(hours=12, minutes=30)


def test_days_off_are_passed_over() -> None:
    away = Hours(BERLIN, OFFICE.week, hours.days("2026-12-24 to 2027-01-03\n2027-01-06"))

    assert hours.after(away, datetime(2026, 12, 23, 16, tzinfo=UTC), HOUR) == datetime(2027, 1, 4, 9, tzinfo=UTC)
    assert away.is_away(datetime(2026, 12, 23, 23, 30, tzinfo=UTC))


@pytest.mark.parametrize(
    ("since", "until", "is_off"),
    [
        ("2026-12-22T12:00+01:00", "2026-12-23T23:59+01:00", False),
        ("2026-12-22T12:00+01:00", "2026-12-24T00:00+01:00", True),
        ("2026-12-24T23:59+01:00", "2026-12-24T23:59+01:00", True),
        ("2026-12-25T00:00+01:00", "2026-12-28T00:00+01:00", False),
        ("2026-12-23T22:30+00:00", "2026-12-23T23:30+00:00", True),
    ],
)
def test_a_day_off_counts_from_its_first_moment_to_its_last_where_somebody_is(
    since: str, until: str, is_off: bool
) -> None:
    away = Hours(BERLIN, OFFICE.week, hours.days("2026-12-24"))

    assert away.is_off_between(datetime.fromisoformat(since), datetime.fromisoformat(until)) is is_off


def test_stretches_that_touch_are_one() -> None:
    assert hours.week("Mon 09:00-12:00\nMon 12:00-17:00")[0] == ((9 * 60, 17 * 60),)


def test_days_may_go_over_the_end_of_the_week() -> None:
    told = hours.week("Sun-Tue 09:00-17:00\nFri-Mon 16:00-18:00")

    assert [len(day) for day in told] == [1, 1, 0, 0, 1, 1, 1]
    assert told[6] == ((9 * 60, 18 * 60),)


@pytest.mark.parametrize("text", ["", "always", "Mon-Fri 17:00-09:00", "Fun 09:00-17:00", "Mon 09:00-24:01"])
def test_hours_that_are_none_are_refused_with_how_to_write_them(text: str) -> None:
    with pytest.raises(UploadRefused, match="Mon-Fri 09:00-17:00"):
        hours.week(text)


@pytest.mark.parametrize("text", ["tomorrow", "2026-12-24 to 2026-12-01", "2026-02-30"])
def test_days_that_are_none_are_refused_with_how_to_write_them(text: str) -> None:
    with pytest.raises(UploadRefused, match="2026-12-24"):
        hours.days(text)
