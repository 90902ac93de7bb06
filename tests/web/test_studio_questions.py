"""An assessment is written in the studio: its questions, points, levels and recommendations, without its file."""

import re
import tomllib

import pytest
from flask import Flask

from tests.web.studio import Studio
from tests.web.test_studio_drafts import parcel


@pytest.fixture
def studio(app: Flask) -> Studio:
    return Studio(app)


@pytest.fixture
def draft(studio: Studio) -> str:
    return studio.post("/studio/drafts/new", starter="assessment").rstrip("/")


def definition(studio: Studio, draft: str) -> str:
    return parcel(studio, draft)["magnet.toml"].decode()


def written(studio: Studio, draft: str) -> dict[str, list[dict[str, object]]]:
    table = tomllib.loads(definition(studio, draft))
    found: dict[str, list[dict[str, object]]] = table["assessment"]
    return found


def test_a_question_and_the_points_of_an_answer_are_changed_and_nothing_else(studio: Studio, draft: str) -> None:
    before = definition(studio, draft)
    place = f"{draft}/questions/questions/first_call"

    studio.save(place, **{"text": "How soon is a lead called?", "answers-1-points": "1,5", "answers-1-label": "Today"})

    after = definition(studio, draft)
    assert (
        before.replace("When is a new lead called?", "How soon is a lead called?").replace(
            '{ value = "day", label = "On the same day", points = 2 }',
            '{ value = "day", label = "Today", points = 1.5 }',
        )
        == after
    )
    assert 'value="1.5"' in studio.get(place)
    assert "How soon is a lead called?" in studio.get(f"{draft}/questions")


def test_everything_is_added_ordered_and_taken_out_and_comments_stay(studio: Studio, draft: str) -> None:
    place, listed = f"{draft}/questions", f"{draft}/questions/questions"
    said = definition(studio, draft).replace(
        '[[assessment.questions]]\nkey = "reasons"', '# Ask sales first.\n[[assessment.questions]]\nkey = "reasons"'
    )
    studio.save(f"{draft}/text/magnet.toml", text=said)

    added = studio.post(listed, title="Who calls?", kind="choice", dimension="learning")
    studio.save(added, then="add", **{"answers-0-label": "One person", "answers-1-label": "Nobody"})
    studio.save(added, then="down 0", **{"answers-2-label": "A team", "answers-2-points": "2"})
    studio.post(f"{added}/up")
    studio.post(f"{draft}/questions/dimensions", title="Care")
    studio.post(f"{draft}/questions/dimensions/care/up")
    studio.post(f"{draft}/questions/dimensions/care/remove")
    studio.post(f"{draft}/questions/levels", title="Nearly")
    studio.save(f"{draft}/questions/levels/nearly", **{"from": "60", "text": "One more step."})
    studio.post(f"{draft}/questions/recommendations", title="Name one person")
    advice = f"{draft}/questions/recommendations/name_one_person"
    studio.save(advice, then="add", about="question:who_calls", text="By name.")
    studio.save(advice, **{"when-0-is": "answer_2"})

    asked = written(studio, draft)
    assert [part["key"] for part in asked["dimensions"]] == ["clarity", "speed", "learning"]
    assert [one["key"] for one in asked["questions"]] == ["profile", "first_call", "who_calls", "reasons"]
    assert asked["questions"][2]["answers"] == [
        {"value": "answer_2", "label": "Nobody"},
        {"value": "answer_1", "label": "One person", "points": 1},
        {"value": "answer_3", "label": "A team", "points": 2},
    ]
    assert [level["title"] for level in asked["levels"]] == [
        "At the beginning",
        "On the way",
        "Nearly",
        "On firm ground",
    ]
    assert asked["recommendations"][1]["when"] == [{"question": "who_calls", "is": ["answer_2"]}]
    after = definition(studio, draft)
    assert '# Ask sales first.\n[[assessment.questions]]\nkey = "reasons"' in after
    untouched = re.sub(r'\n\[\[assessment\.\w+\]\]\nkey = "(who_calls|nearly|name_one_person)"\n(?:.+\n)+', "", after)
    assert untouched == said
    assert "Who calls?" in studio.get(place)
    studio.get(added)
    studio.post(f"{added}/remove", 422)
    studio.post(f"{advice}/remove")
    studio.post(f"{added}/remove")
    studio.post(f"{draft}/questions/levels/nearly/remove")
    assert definition(studio, draft) == said


def test_what_something_else_needs_is_not_taken_out(studio: Studio, draft: str) -> None:
    told = studio.post(f"{draft}/questions/dimensions/speed/remove", 422)

    assert "still needed by “When is a new lead called?” and “Call sooner”" in told
    assert len(written(studio, draft)["dimensions"]) == 3


def test_another_kind_of_question_keeps_what_both_know(studio: Studio, draft: str) -> None:
    studio.post(f"{draft}/kind/first_call", kind="several")
    assert len(written(studio, draft)["questions"][1]["answers"]) == 4  # type: ignore[arg-type]

    studio.post(f"{draft}/kind/first_call", kind="number")
    studio.save(f"{draft}/questions/questions/first_call", worst="48", best="1", weight="2", hint="In hours.")

    assert written(studio, draft)["questions"][1] == {
        "key": "first_call",
        "kind": "number",
        "text": "When is a new lead called?",
        "dimension": "speed",
        "worst": 48,
        "best": 1,
        "weight": 2,
        "hint": "In hours.",
    }


def test_questions_are_dragged_within_their_step_unless_somebody_else_moved_them(
    app: Flask, studio: Studio, draft: str
) -> None:
    added = studio.post(f"{draft}/questions/questions", title="How late?", kind="yes_no", dimension="speed")
    mark = re.search(r'id="order-2".*?name="mark" value="(\w+)"', studio.get(f"{draft}/questions"), re.DOTALL)
    assert mark
    moved = {"order": "how_late,first_call", "mark": mark[1]}

    Studio(app, email="sam@northwind.example").post(f"{added}/up")
    refused = studio.post(f"{draft}/order/questions", 409, **{**moved, "order": "first_call,how_late"})
    studio.post(f"{added}/down")
    studio.post(f"{draft}/order/questions", **moved)

    assert "Nothing was overwritten" in refused
    keys = [one["key"] for one in written(studio, draft)["questions"]]
    assert keys == ["profile", "how_late", "reasons", "first_call"]
    studio.post(f"{draft}/order/questions", 409, order="nonsense", mark="x")


def test_what_somebody_else_typed_meanwhile_is_not_overwritten(app: Flask, studio: Studio, draft: str) -> None:
    place = f"{draft}/questions/levels/firm"
    mine = studio.fields(place)
    Studio(app, email="sam@northwind.example").save(place, title="On rock")

    told = studio.post(place, 409, **{**mine, "title": "At the top"})

    assert "Nothing was overwritten" in told
    assert "On rock" in told
    assert written(studio, draft)["levels"][2]["title"] == "On rock"


def test_what_the_check_finds_leads_to_the_very_control(studio: Studio, draft: str) -> None:
    studio.save(f"{draft}/questions/questions/first_call", **{"answers-2-label": "", "weight": "much"})
    studio.save(f"{draft}/questions", **{"dimensions-1-benchmark": "60"})
    studio.post(f"{draft}/questions/levels/begin/remove")

    told = studio.get(f"{draft}/check")

    for anchor, said in (
        ("/questions/first_call#answers-2-label", "Give “Answer” of answer 3 a value."),
        ("/questions/first_call#weight", "Write “Weight” of question 2 as a number."),
        ("#dimensions-0-benchmark", "Give each dimension a “Others score”, or none of them."),
        ("#levels", "Let the first level begin at 0"),
    ):
        assert re.search(rf'href="{draft}/questions{anchor}">{re.escape(said)}', told), said


def test_a_result_is_tried_out_without_publishing(studio: Studio, draft: str) -> None:
    place = f"{draft}/questions?try=1&try-profile=yes&try-first_call=day&try-reasons=5"

    before = studio.get(place)
    studio.save(f"{draft}/questions/questions/first_call", **{"answers-1-points": "0"})
    after = studio.get(place)

    assert shown(before) == ("89", "On firm ground", ["Clarity 100", "Speed 67", "Learning 100"], ["Call sooner"])
    assert shown(after) == ("67", "On the way", ["Clarity 100", "Speed 0", "Learning 100"], ["Call sooner"])
    assert "Answers come to 0 to 100 of 100" in after


def shown(page: str) -> tuple[str, str, list[str], list[str]]:
    found = re.search(r"data-tryout-result>(.*?)</div>\s*<form", page, re.DOTALL)
    assert found
    score, level = re.findall(r"<strong>([^<]+)</strong>", found[1])
    scores = [f"{title} {value}" for title, value in re.findall(r"<dt>([^<]+)</dt><dd>(\d+)", found[1])]
    return score, level, scores, re.findall(r"<li>([^<]+)</li>", found[1])


def test_only_an_assessment_has_questions(studio: Studio) -> None:
    guide = studio.start()

    studio.get(f"{guide}/questions", 404)
    assert "/questions" not in studio.get(f"{guide}/page")
