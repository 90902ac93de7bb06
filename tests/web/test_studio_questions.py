"""An assessment is written in the studio: its questions, points, levels and recommendations, without its file."""

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
