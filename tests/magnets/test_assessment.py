"""Assessments: what is written in magnet.toml, and what answers come to."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magnets import assessment, questionnaire
from magnets.assessment import Assessment
from magnets.findings import Finding
from magnets.folder import nearest_line
from magnets.tables import Table
from magnets.toml_lines import lines_of

WRITTEN = """[assessment]
shown = 2

[[assessment.dimensions]]
key = "speed"
title = "Speed"

[[assessment.dimensions]]
key = "care"
title = "Care"
weight = 3

[[assessment.questions]]
key = "hours"
kind = "number"
text = "How many hours until the first call?"
dimension = "speed"
worst = 48
best = 0

[[assessment.questions]]
key = "owner"
kind = "yes_no"
text = "Has every lead one owner?"
dimension = "care"

[[assessment.questions]]
key = "notes"
kind = "several"
text = "What does sales see?"
dimension = "care"
enough = 2
answers = [
  { value = "source", label = "Where it came from", points = 1 },
  { value = "answers", label = "The answers", points = 1 },
  { value = "score", label = "The score", points = 1 },
]

[[assessment.questions]]
key = "trust"
kind = "scale"
text = "How far do the teams agree?"
dimension = "care"
lowest = "Not at all"
highest = "Entirely"
required = false

[[assessment.questions]]
key = "reason"
kind = "choice"
text = "What happens to a rejected lead?"
dimension = "care"
weight = 2
answers = [{ value = "back", label = "It goes back", points = 4 }, { value = "lost", label = "Nothing" }]

[[assessment.levels]]
key = "loose"
title = "Loose"
from = 0

[[assessment.levels]]
key = "firm"
title = "Firm"
from = 60

[[assessment.recommendations]]
key = "keep"
title = "Keep at it"
text = "Look again in a quarter."

[[assessment.recommendations]]
key = "send_back"
title = "Send leads back"
text = "With a reason."
when = [{ question = "reason", is = ["lost"] }, { dimension = "care", below = 80 }]

[[assessment.recommendations]]
key = "call_sooner"
title = "Call sooner"
text = "Within the hour."
when = [{ dimension = "speed", below = 60 }, { level = "loose" }]
"""
BEST = {"hours": 0, "owner": "yes", "notes": ["source", "score"], "trust": "5", "reason": "back"}
WORST = {"hours": 72, "owner": "no", "notes": ["source"], "trust": "1", "reason": "lost"}


def read(text: str = WRITTEN) -> tuple[Assessment, list[Finding]]:
    lines = lines_of(text)
    top = Table(tomllib.loads(text), (), lambda *keys: nearest_line(lines, keys), [])
    return questionnaire.define(top.table("assessment"), "en"), top.findings


def test_what_is_written_well_can_be_published() -> None:
    assert [finding.code for finding in read()[1]] == ["few-dimensions"]  # Two are no radar: advice.


def test_the_best_answers_have_full_scores_and_the_worst_none_for_what_is_worst() -> None:
    asked, _ = read()

    best, worst = assessment.result(asked, BEST), assessment.result(asked, WORST)

    assert (best.score, best.level.title, best.by_dimension) == (100, "Firm", {"speed": 100, "care": 100})
    assert (worst.score, worst.level.title, worst.by_dimension) == (8, "Loose", {"speed": 0, "care": 10})
    assert assessment.reach(asked) == {"speed": (0, 100), "care": (10, 100), "": (8, 100)}


def test_weights_of_questions_and_dimensions_count() -> None:
    asked, _ = read()

    found = assessment.result(asked, {"hours": 24, "owner": "no", "notes": [], "reason": "back"})

    assert found.by_dimension == {"speed": 50, "care": 67}  # No: 1 of 3 parts; the empty ones are left out.
    assert found.score == 63  # (50 + 3 * 67) / 4


def test_recommendations_are_chosen_by_their_conditions_weakest_dimension_first() -> None:
    asked, _ = read()

    assert assessment.sections(assessment.result(asked, BEST), None) == ("level.firm", "advice.keep")
    assert assessment.sections(assessment.result(asked, WORST), None) == (
        *("level.loose", "advice.call_sooner", "advice.send_back"),
    )
    assert assessment.sections(assessment.result(asked, BEST | {"reason": "lost"}), None) == (
        *("level.firm", "advice.send_back", "advice.keep"),
    )


def test_a_benchmark_of_earlier_answers_needs_enough_people() -> None:
    asked, _ = read()

    assert assessment.benchmark_of(asked, 29, {"speed": 2900, "care": 0}) is None
    found = assessment.benchmark_of(asked, 30, {"speed": 1800, "care": 1215})
    assert found == assessment.Benchmark(score=46, dimensions={"speed": 60, "care": 41}, people=30)


def test_a_given_benchmark_is_used_when_every_dimension_has_one() -> None:
    text = WRITTEN.replace('title = "Speed"', 'title = "Speed"\nbenchmark = 40')
    half, findings = read(text)
    whole, _ = read(text.replace("weight = 3", "weight = 3\nbenchmark = 80"))

    assert half.given_benchmark is None
    assert [finding.code for finding in findings if finding.stops] == ["half-benchmark"]
    assert whole.given_benchmark is not None
    assert (whole.given_benchmark.score, whole.given_benchmark.people) == (70, 0)


def test_a_document_gets_every_number_by_name() -> None:
    asked, _ = read()
    earlier = assessment.benchmark_of(asked, 40, {"speed": 1600, "care": 2000})

    assert assessment.values(assessment.result(asked, BEST), earlier) == {
        "score": 100,
        "level": "Firm",
        "profile-own": [100, 100],
        "score.speed": 100,
        "score.care": 100,
        "benchmark": 48,
        "profile-others": [40, 50],
        "benchmark.speed": 40,
        "benchmark.care": 50,
        "people": 40,
    }


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "hours": st.floats(-1e9, 1e9) | st.integers(),
            "owner": st.sampled_from(["yes", "no", "perhaps"]) | st.none(),
            "notes": st.lists(st.sampled_from(["source", "answers", "score", "else"])),
            "trust": st.sampled_from("123456"),
            "reason": st.text(max_size=5),
        },
    )
)
def test_whatever_was_answered_the_scores_stay_on_the_scale(answers: dict[str, object]) -> None:
    asked, _ = read()

    found = assessment.result(asked, answers)

    assert 0 <= found.score <= 100
    assert all(0 <= score <= 100 for score in found.by_dimension.values())
    assert len(found.recommendations) <= 2


@pytest.mark.parametrize(
    ("before", "after", "code", "line"),
    [
        ("shown = 2", "shwon = 2", "unknown-key", 2),
        ('key = "owner"', 'key = "level"', "taken-key", 22),
        ('key = "care"', 'key = "speed"', "duplicate-key", 9),
        ('key = "care"', 'key = "Care!"', "bad-key", 9),
        ("weight = 3", "weight = 0", "bad-number", 11),
        ('kind = "yes_no"', 'kind = "maybe"', "unknown-kind", 23),
        ("best = 0", "best = 48", "bad-number", 19),
        ("worst = 48", "steps = 4\nworst = 48", "rule-unused", 18),
        ('dimension = "speed"\nworst', 'dimension = "sped"\nworst', "unknown-name", 17),
        ('lowest = "Not at all"\n', "", "missing-key", 39),
        ("points = 4 }", "points = 0 }", "no-points", 54),
        ('{ value = "lost", label', '{ value = "back", label', "duplicate-option", 54),
        ("from = 60", "from = 0", "levels-disordered", 56),
        ('is = ["lost"]', 'is = ["gone"]', "unknown-answer", 75),
        ('{ level = "loose" }', "{}", "empty-condition", 81),
        ('key = "owner"\nkind = "yes_no"', 'key = "owner"\nkind = "yes_no"\ngood = "often"', "unknown-good", 24),
    ],
)
def test_a_fault_is_told_with_its_line(before: str, after: str, code: str, line: int) -> None:
    assert before in WRITTEN

    found = [(finding.code, finding.line) for finding in read(WRITTEN.replace(before, after))[1]]

    assert (code, line) in found


def test_a_dimension_that_nobody_is_asked_about_stops_publishing() -> None:
    _, findings = read(WRITTEN.replace('dimension = "speed"\nworst', 'dimension = "care"\nworst'))

    assert [(finding.code, finding.line) for finding in findings if finding.stops] == [("dimension-unasked", 5)]


def test_an_empty_assessment_says_what_is_missing() -> None:
    _, findings = read("[assessment]\n")

    assert [finding.code for finding in findings] == ["missing-key"] * 3
