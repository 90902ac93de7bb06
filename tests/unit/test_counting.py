from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.engagement.models import EventKind
from capture.scoring import counting, decay, preset, rules
from capture.scoring.columns import About, Acts, Ints, Scorer, distinct
from capture.scoring.conditions import Condition, Question, first_number
from capture.scoring.counting import Occurrence
from capture.scoring.judging import Judge
from capture.scoring.people import People
from capture.scoring.rules import Cap, EngagementRule, FitRule, Per, Rules

NOON = datetime(2026, 9, 15, 12, 0, tzinfo=UTC)
VIEW = EngagementRule("view", "Looked at “{title}”", 8, "page_viewed")


def set_of(*engagement: EngagementRule, fit: tuple[FitRule, ...] = (), **caps: Cap) -> Rules:
    return Rules(1, 1, fit, engagement, caps)


def views(*days: float, page: str = "guide") -> list[Occurrence]:
    return [
        Occurrence(number, "page_viewed", NOON + timedelta(days=day), page=page, title="One pipeline")
        for number, day in enumerate(days)
    ]


def points(due: list[counting.Due]) -> list[int]:
    return [one.points for one in due]


@pytest.mark.parametrize(
    ("rule", "counted"),
    [
        (VIEW, [8, 8, 8, 8]),
        (replace(VIEW, at_most=1), [8]),
        (replace(VIEW, at_most=2), [8, 8]),
        (replace(VIEW, at_most=1, days=7), [8, 8]),
        (replace(VIEW, at_most=2, days=7), [8, 8, 8]),
        (replace(VIEW, points=-3, half_life=30), [-3, -3, -3, -3]),
        (replace(VIEW, pages=("another",)), []),
        (replace(VIEW, pages=("another", "guide")), [8, 8, 8, 8]),
        (replace(VIEW, magnet_kinds=("webinar",)), []),
    ],
)
def test_a_rule_counts_once_every_time_or_so_often_in_any_span_of_days(
    rule: EngagementRule, counted: list[int]
) -> None:
    assert points(counting.engagement(set_of(rule), views(0, 1, 2, 7))) == counted


WHERE = {"page": "guide", "magnet": "ebook-1", "magnet_kind": "ebook", "section": "Prices", "campaign": "spring"}


@pytest.mark.parametrize("name", WHERE)
def test_a_rule_may_be_narrowed_to_each_thing_that_an_act_is_about_one_by_one_and_in_columns(name: str) -> None:
    field = "magnet_kinds" if name == "magnet_kind" else f"{name}s"
    wanted: dict[str, tuple[str, ...]] = {field: (WHERE[name], "another")}
    elsewhere = WHERE | {name: "elsewhere"}
    narrowed = set_of(replace(VIEW, **wanted))  # type: ignore[arg-type]

    due = counting.engagement(
        narrowed, [Occurrence(number, "page_viewed", NOON, **about) for number, about in enumerate((elsewhere, WHERE))]
    )
    at, keys = np.array([NOON.timestamp() * 1e6] * 2, np.int64), np.zeros(0, np.int64)
    acts = Acts(np.zeros(2, np.int64), at, np.array([0, 1]), keys)
    in_columns = Scorer(narrowed).counted([About("page_viewed", **elsewhere), About("page_viewed", **WHERE)], acts)

    assert [one.event_id for one in due] == in_columns.act.tolist() == [1]


def test_a_span_of_days_slides_and_does_not_begin_anew_at_midnight_or_on_mondays() -> None:
    once_a_week = set_of(replace(VIEW, at_most=1, days=7))

    due = counting.engagement(once_a_week, views(0, 6.99, 7, 13, 14))

    assert [one.event_id for one in due] == [0, 2, 4]


def test_once_for_each_page_counts_pages() -> None:
    rule = replace(VIEW, at_most=1, per=Per.PAGE)
    seen = [*views(0, 1), Occurrence(9, "page_viewed", NOON, page="webinar")]

    assert points(counting.engagement(set_of(rule), seen)) == [8, 8]


def test_a_cap_cuts_the_last_points_and_leaves_negative_ones_alone() -> None:
    capped = replace(VIEW, group="visits")
    unwelcome = replace(VIEW, key="unwelcome", points=-5, group="visits")

    due = counting.engagement(set_of(capped, unwelcome, visits=Cap(20)), views(0, 1, 2, 3))

    assert [one.points for one in due if one.rule_key == "view"] == [8, 8, 4]
    assert [one.points for one in due if one.rule_key == "unwelcome"] == [-5, -5, -5, -5]


def test_a_cap_with_days_has_room_again_later() -> None:
    capped = set_of(replace(VIEW, group="visits"), visits=Cap(10, days=30))

    assert points(counting.engagement(capped, views(0, 1, 30, 31))) == [8, 2, 8, 2]


def test_an_act_under_a_full_cap_is_one_of_the_times_that_its_rule_counts() -> None:
    first = replace(VIEW, key="first", at_most=1, group="visits")
    often = replace(VIEW, at_most=1, days=30, group="visits")
    capped = set_of(first, often, visits=Cap(8, days=10))

    due = counting.engagement(capped, views(0, 20, 30))

    assert [(one.rule_key, one.event_id) for one in due] == [("first", 0), ("view", 2)]


def test_negative_points_never_decay() -> None:
    [due] = counting.engagement(set_of(replace(VIEW, points=-8, half_life=30)), views(0))

    assert due.half_life is None


def test_the_order_in_which_events_became_known_does_not_matter() -> None:
    rule = set_of(replace(VIEW, at_most=1, days=7, group="visits"), visits=Cap(12))
    seen = views(0, 3, 8, 9, 20)

    assert counting.engagement(rule, reversed(seen)) == counting.engagement(rule, seen)


def test_of_what_happened_in_one_moment_what_was_known_first_counts_first() -> None:
    both = [Occurrence(key, "page_viewed", NOON, title=f"Number {key}") for key in (2, 1)]

    assert [one.event_id for one in counting.engagement(set_of(replace(VIEW, at_most=1)), both)] == [1]


def test_what_speaks_against_somebody_makes_no_room_under_a_cap_of_fit() -> None:
    known = Condition(Question.KNOWN, "company")
    points = {"a": 8, "against": -20, "b": 8, "c": 8}
    fit = tuple(FitRule(key, key, worth, known, group="firm") for key, worth in points.items())

    due = counting.fit(set_of(fit=fit, firm=Cap(20)), {"company": ("Alder",)})

    assert [(one.rule_key, one.points) for one in due] == [("a", 8), ("against", -20), ("b", 8), ("c", 4)]


def test_what_is_still_to_come_counts_whole_and_no_more() -> None:
    assert decay.left(8, NOON, 7, at=NOON) == decay.left(8, NOON + timedelta(days=7), 7, at=NOON) == 8


def test_the_sentence_names_what_it_is_about() -> None:
    [due] = counting.engagement(set_of(VIEW), views(0))

    assert due.because == "Looked at “One pipeline”"


@pytest.mark.parametrize(
    ("condition", "value", "holds"),
    [
        (Condition(Question.EQUALS, "f", ("DE",)), "de", True),
        (Condition(Question.EQUALS, "f", ("DE",)), "AT", False),
        (Condition(Question.ONE_OF, "f", ("DE", "AT")), " at ", True),
        (Condition(Question.CONTAINS, "f", ("pipe",)), "Pipeline", True),
        (Condition(Question.CONTAINS, "f", ("pipe",)), "plumbing", False),
        (Condition(Question.EQUALS, "f", ("Zu\u0308rich",)), "Zürich", True),
        (Condition(Question.ONE_OF, "f", ("Zürich", "Bern")), "ZU\u0308RICH", True),
        (Condition(Question.CONTAINS, "f", ("zu\u0308r",)), "bei Zürich", True),
        (Condition(Question.RANGE, "f", low=50, high=999), "50-249", True),
        (Condition(Question.RANGE, "f", low=50, high=999), "999", True),
        (Condition(Question.RANGE, "f", low=50, high=999), "49 or 51", False),
        (Condition(Question.RANGE, "f", low=50, high=999), "10–49", False),
        (Condition(Question.RANGE, "f", low=1000), "1,000 or more", True),
        (Condition(Question.RANGE, "f", low=1000), "unknown", False),
        (Condition(Question.DOMAINS, "f", ("rival.example",)), "sam@mail.rival.example", True),
        (Condition(Question.DOMAINS, "f", ("rival.example",)), "https://www.rival.example/about?x=1", True),
        (Condition(Question.DOMAINS, "f", ("rival.example",)), "sam@notrival.example", False),
        *(
            (Condition(Question.DOMAINS, "f", (domain,)), value, holds)
            for domain, value, holds in (
                ("rival.example", "SAM@UK.RIVAL.EXAMPLE", True),
                ("rival.example", "sam/west@rival.example", True),
                ("rival.example", "sam#1@rival.example", True),
                ("rival.example", "sam@rival.example.com", False),
                ("rival.example", "https://sam:pw@rival.example:8080/@sam", True),
                ("rival.example", "rival.example/about", True),
                ("rival.example", "//rival.example", True),
                ("*.rival.example", "sam@rival.example", True),
                (".rival.example", "sam@uk.rival.example", True),
                ("@rival.example", "sam@rival.example", True),
                ("https://www.Rival.example/", "sam@rival.example", True),
                ("bücher.example", "sam@xn--bcher-kva.example", True),
                ("xn--bcher-kva.example", "sam@BÜCHER.example", True),
                ("*.bücher.example", "sam@uk.xn--bcher-kva.example", True),
                ("@*.bücher.example", "sam@bücher.example", True),
                ("straße.example", "sam@xn--strae-oqa.example", True),
                ("straße.example", "sam@strasse.example", False),
                ("@", "sam@rival.example", False),
            )
        ),
        (Condition(Question.KEYWORDS, "f", ("cto",)), "Director", False),
        (Condition(Question.KEYWORDS, "f", ("cto",)), "Interim CTO/CIO", True),
        (Condition(Question.KEYWORDS, "f", ("head of",)), "Co-Head of Sales", True),
        (Condition(Question.KEYWORDS, "f", ("vice president",)), "Vice-President, Sales", True),
        (Condition(Question.KEYWORDS, "f", ("geschäftsführer",)), "GESCHÄFTSFÜHRER", True),
        (Condition(Question.WORK_EMAIL, "f"), "ada@rivers.example", True),
        (Condition(Question.WORK_EMAIL, "f"), "ada@gmail.com", False),
        (Condition(Question.WORK_EMAIL, "f"), "ada@mailinator.com", False),
        (Condition(Question.THROWAWAY_EMAIL, "f"), "ada@mailinator.com", True),
        (Condition(Question.KNOWN, "f"), "anything", True),
        (Condition(Question.KNOWN, "f"), "  ", False),
        (Condition(Question.KNOWN, "another"), "anything", False),
        (Condition(Question.WORK_EMAIL, "f"), "  ", False),
    ],
)
def test_a_fit_rule_looks_at_one_field(condition: Condition, value: str, holds: bool) -> None:
    assert condition.holds({"f": (value,)}) is holds


def test_one_of_several_ticked_boxes_is_enough() -> None:
    assert Condition(Question.EQUALS, "f", ("b",)).holds({"f": ("a", "b")})


@given(st.text())
def test_whatever_was_typed_every_question_has_an_answer(text: str) -> None:
    for question in Question:
        assert Condition(question, "f", ("x",), low=1).holds({"f": (text,)}) in (True, False)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("51–200", 51),
        ("1,000+", 1000),
        ("1.000", 1000),
        ("1 000", 1000),
        ("2.5", 2.5),
        ("< 10", 10),
        ("none", None),
        ("0.125", 0.125),
        ("1234.567", 1234.567),
        ("1.000.000", 1_000_000),
        ("10k", 10_000),
        ("10K-50K", 10_000),
        ("10-50k", 10_000),
        ("5 million", 5_000_000),
        ("5 Mio. €", 5_000_000),
        ("€1.5m", 1_500_000),
        ("2 tsd", 2_000),
        ("10 mm", 10),
        ("5 minutes", 5),
        ("-5", -5),
        ("about −5", -5),
        ("-1,000", -1000),
        ("50-100", 50),
        ("50 - 100", 50),
        ("1,5", 1.5),
        ("12,50 €", 12.5),
        ("1,234,567.89", 1_234_567.89),
        ("1.234.567,89", 1_234_567.89),
        ("1’000", 1000),
        ("COVID-19", 19),
        ("0,125", 0.125),
    ],
)
def test_the_first_number_of_an_answer_is_read_as_people_write_it(text: str, number: float | None) -> None:
    assert first_number(text) == number


def test_the_strongest_words_of_a_title_count_once() -> None:
    due = counting.fit(preset.DEFAULT, {"job_title": ("Founder, Director and Head of Marketing",)})

    assert [one.rule_key for one in due] == ["title_known", "title_top", "title_function"]


def test_rules_come_back_from_the_database_as_they_were() -> None:
    assert rules.from_json(rules.to_json(preset.DEFAULT)) == preset.DEFAULT


def test_the_preset_speaks_of_events_that_exist() -> None:
    assert {rule.event for rule in preset.DEFAULT.engagement} <= {kind.value for kind in EventKind}


@pytest.mark.parametrize("change", [{"half_life": 6}, {"at_most": 0}, {"days": 7}])
def test_a_rule_that_cannot_be_meant_is_refused(change: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="view"):
        replace(VIEW, **change)  # type: ignore[arg-type]


def test_two_rules_of_one_key_are_refused() -> None:
    with pytest.raises(ValueError, match="same key"):
        set_of(VIEW, VIEW)


@given(st.integers(1, 1000), st.integers(7, 400), st.floats(0, 10**6))
def test_points_only_fade_and_halve_in_every_half_life(worth: int, half_life: int, days: float) -> None:
    later = NOON + timedelta(days=days)

    left = decay.left(worth, NOON, half_life, at=later)

    assert 0 <= left <= worth
    assert decay.left(worth, NOON, half_life, at=later + timedelta(days=half_life)) == pytest.approx(left / 2)
    assert decay.left(worth, NOON, None, at=later) == worth


@pytest.mark.parametrize(("score", "shown"), [(29.9999999, 30), (29.99, 29), (30.0, 30), (-0.5, -1), (0.0, 0)])
def test_a_score_is_rounded_down_but_never_for_want_of_a_millionth(score: float, shown: int) -> None:
    assert decay.whole(score) == shown


@given(st.lists(st.floats(-50, 50), max_size=30))
def test_parts_add_up_to_the_score_and_none_is_a_point_away_from_what_it_is(points: list[float]) -> None:
    score = decay.whole(sum(points))

    parts = decay.parts(points, score)

    assert sum(parts) == score
    assert all(abs(part - exact) < 1 + 2 * decay.GRAIN for part, exact in zip(parts, points, strict=True))
    tenths = decay.parts_in_tenths(points, sum(points))
    assert round(sum(tenths) * 10) == round(decay.tenths(sum(points)) * 10)
    assert decay.whole(decay.tenths(sum(points))) == score


@given(st.lists(st.integers(-3, 12) | st.integers(10**9, 10**9 + 2)))
def test_numbers_that_lie_close_together_or_far_apart_come_apart_as_numpy_says(numbers: list[int]) -> None:
    found = distinct(np.array(numbers, np.int64))

    for one, same in zip(found, np.unique(np.array(numbers, np.int64), return_inverse=True), strict=True):
        assert one.tolist() == same.tolist()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("website", "https://rival.example/@sam"),
        ("website", "https://sam@rival.example"),
        ("website", "https://medium.example/@rival.example"),
        ("email", "a/b@rival.example"),
        ("email", "sam@rival.example"),
    ],
)
def test_the_host_of_a_value_is_the_same_in_columns_and_one_by_one(field: str, value: str) -> None:
    rule = FitRule("rival", "Works there", 5, Condition(Question.DOMAINS, field, ("rival.example",)))
    one: Ints = np.zeros(1, np.int64)

    [fit] = Judge(Rules(1, 1, (rule,), (), {})).of(People(one, one, one, {field: [value]}, {}, {}))[0]

    assert fit == (5 if rule.when.holds({field: (value,)}) else 0)
