"""What stands beside or below something else keeps away from it, in a real Chromium."""

import pytest
from playwright.sync_api import expect

from capture import clock
from capture.db import db
from capture.journey import importing
from tests.browser.conftest import Site, enter
from tests.browser.test_public_pages import Browse

pytestmark = pytest.mark.browser

LONG = "maximiliane-von-und-zu.hohenschwangau@ingenieurgesellschaftfuerverfahrenstechnik.example"
BESIDE = """(row) => {
  const boxes = [...document.querySelectorAll(`${row} > *`)].map((cell) => {
    const words = document.createRange();
    words.selectNodeContents(cell);
    return words.getBoundingClientRect();
  });
  return boxes.slice(1).map((one, number) => Math.round(one.left - boxes[number].right));
}"""
BELOW = """() => [...document.querySelectorAll(".picks")].map((list) => {
  const next = list.closest("fieldset").parentElement.nextElementSibling.getBoundingClientRect();
  const frame = parseFloat(getComputedStyle(list).borderBlockEndWidth);
  return [frame, Math.round(next.top - list.getBoundingClientRect().bottom)];
})"""


@pytest.mark.parametrize("width", [1280, 1440])
def test_the_words_of_a_column_keep_away_from_those_of_the_next(browse: Browse, site: Site, width: int) -> None:
    with site.app.app_context():
        file = f"E-mail,Firm\n{LONG},{'Verfahrenstechnik ' * 8}\n".encode()
        looked = importing.look_at("long.csv", file, actor="cli", at=clock.now())
        db.session.remove()
    page = browse(viewport={"width": width, "height": 900})
    enter(page, site)

    page.goto("/studio/scoring/simulate")
    heads = page.evaluate(BESIDE, "[aria-labelledby=contributions] thead tr")
    page.goto(f"/studio/imports/{looked.import_id}")
    _line, *cells = page.evaluate(BESIDE, ".sheet tbody tr")

    assert min(heads) >= 24
    assert min(cells) >= 24


@pytest.mark.parametrize("look", ["wide", "phone"])
def test_a_long_list_to_choose_from_has_a_frame_and_room_below_it(browse: Browse, site: Site, look: str) -> None:
    page = browse(look)
    enter(page, site)
    page.goto("/studio/scoring/draft/rule/?axis=engagement")
    page.get_by_text("Only about certain pages").click()
    expect(page.locator(".picks")).to_have_count(2)

    for frame, room in page.evaluate(BELOW):
        assert frame >= 1
        assert room >= 16
