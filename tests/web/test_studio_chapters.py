"""Chapters and rows stand in the order that somebody gives them, by dragging or by buttons; files keep their names."""

import re

import pytest
from flask import Flask

from tests.web.studio import Studio
from tests.web.test_studio_drafts import parcel

FIRST, SECOND = "chapters/02-the-first-hour.md", "chapters/03-who-calls.md"


@pytest.fixture
def studio(app: Flask) -> Studio:
    return Studio(app)


def order(page: str) -> list[str]:
    return re.findall(r'data-key="(chapters/[^"]+)"', page)


def seen(page: str) -> str:
    found = re.search(r'name="seen" value="([^"]+)"', page)
    assert found
    return found[1]


def test_chapters_are_moved_and_those_that_come_or_go_keep_the_list_whole(studio: Studio) -> None:
    draft = studio.start()
    before = studio.get(f"{draft}/")
    paths = order(before)
    assert paths[-2:] == [FIRST, SECOND]

    studio.post(f"{draft}/chapters/order", seen=seen(before), shown=SECOND, move=f"up {SECOND}")

    after = studio.get(f"{draft}/")
    assert order(after) == [*paths[:-2], SECOND, FIRST]
    assert "[magnet]" in parcel(studio, draft)["magnet.toml"].decode()
    assert "Order of the chapters" in studio.get(f"{draft}/versions")
    studio.post(f"{draft}/chapters/order", seen=seen(after), order=",".join(reversed(order(after))), move="")
    assert order(studio.get(f"{draft}/")) == order(after)[::-1]
    studio.post(f"{draft}/chapters", title="What comes back")
    studio.post(f"{draft}/files/remove", path=FIRST)
    left = order(studio.get(f"{draft}/"))
    assert FIRST not in left
    assert left[-1].endswith("what-comes-back.md")
    assert "There is no file" not in studio.get(f"{draft}/check")
    refused = studio.post(f"{draft}/chapters/order", 422, seen=seen(before), shown=SECOND, move=f"down {SECOND}")
    assert "Somebody else changed the chapters meanwhile" in refused


def test_questions_and_other_rows_are_moved_by_buttons_and_by_dragging_and_none_is_lost(studio: Studio) -> None:
    draft = studio.start()
    asked = {f"page-faq-{number}-{key}": f"{key} {number}" for number in (0, 1, 2) for key in ("question", "answer")}
    studio.save(f"{draft}/page", **asked)

    studio.save(f"{draft}/page", **{"page-faq-move": "2 up"})

    said = studio.fields(f"{draft}/page")
    assert [said[f"page-faq-{number}-question"] for number in range(3)] == ["question 0", "question 2", "question 1"]
    studio.save(f"{draft}/page", **{"page-faq-order": "1,0,2,3"})
    said = studio.fields(f"{draft}/page")
    assert [said[f"page-faq-{number}-answer"] for number in range(3)] == ["answer 2", "answer 0", "answer 1"]
    studio.save(f"{draft}/page", **{"page-faq-order": "1,1,9", "page-faq-move": "x up"})
    now = studio.fields(f"{draft}/page")
    assert now == {**said, **{name: now[name] for name in ("mark", "csrf_token")}}  # which tell the time
