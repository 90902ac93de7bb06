"""Links in the studio: made in the team's own words, kept with their numbers, listed by page; and those words."""

import json
import re
from datetime import timedelta

import pytest
from flask import Flask

from capture import clock
from capture.attribution import kept_links, vocabulary
from capture.attribution.kept_links import Words
from capture.attribution.models import KeptLink, Touch, Word, WordKind
from capture.attribution.vocabulary import Said
from capture.db import transaction
from capture.errors import ParameterRefused
from capture.journey import reporting, visitor
from capture.reports import behind
from capture.reports import links as link_reports
from capture.reports.behind import Behind, Counted
from tests import stories
from tests.factories import NOON, every
from tests.stories import a_fill, an_arrival, settings
from tests.web.studio import Studio

XSS = "<script>alert(1)</script>"
POSTS = {"page": "pricing-guide", "source": "LinkedIn", "medium": "social", "campaign": "a&b", "term": "mql"}
BY_LINK = (Counted.FILLS, Counted.DOWNLOADS, Counted.MQLS)
QUERY = "utm_source=LinkedIn&utm_medium=social&utm_campaign=a%26b&utm_term=mql"


def arrive(query: str = QUERY) -> None:
    visitor.arrive("pricing-guide", an_arrival(query=query), settings=settings(), at=NOON)


def numbers() -> list[tuple[str, int, int, int, int]]:
    listed = link_reports.listing(settings().zone).links
    return [(one.link.name, one.visits, one.fills, one.downloads, one.mqls) for one in listed]


def test_a_link_carries_the_words_and_has_a_code_for_print(app: Flask) -> None:
    stories.a_page("pricing-guide")
    studio = Studio(app)

    page = studio.get("/studio/links/?page=pricing-guide&source=Linked In&medium=cpc&campaign=a%26b&term=x")

    link = "http://localhost:8000/pricing-guide?utm_source=Linked+In&amp;utm_medium=cpc&amp;utm_campaign=a%26b"
    assert f"{link}&amp;utm_term=x" in page
    assert "counted as Paid other" in page
    code = studio.client.get("/studio/links/qr.svg?link=http://localhost:8000/pricing-guide&download=1")
    assert code.mimetype == "image/svg+xml"
    assert code.text.startswith(("<?xml", "<svg"))
    assert "style=" not in code.text
    picture = studio.client.get("/studio/links/qr.png?link=http://localhost:8000/pricing-guide")
    assert (picture.mimetype, picture.data[:4]) == ("image/png", b"\x89PNG")
    studio.get("/studio/links/qr.svg?link=https://evil.example/", 404)
    assert "One link for each place" in studio.get("/studio/links/?page=nothing")


def test_a_kept_link_tells_what_came_by_it_and_who(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    page = stories.a_page("pricing-guide")
    arrive()
    studio = Studio(app)
    studio.post("/studio/links/", **POSTS, name=XSS)
    arrive()
    arrive("utm_source=LinkedIn&utm_medium=social")
    given = stories.submit(page, a_fill(talk=True, contact_me=True), arrival=an_arrival(query=QUERY))
    stories.submit(page, a_fill(email="grace@compiler.example"), form_key="key-2")
    stories.download(given)

    assert numbers() == [(XSS, 3, 1, 1, 1)]
    shown = studio.get("/studio/links/?page=pricing-guide")
    assert XSS not in shown
    assert '<span class="under">Mara Lind, ' in shown
    places = re.findall(r'class="behind" href="([^"]+)"', shown)
    assert len(places) == 3
    for place in places:
        told = studio.get(place.replace("&amp;", "&"))
        assert "ada@analytical.example" in told
        assert "grace@compiler.example" not in told
        assert "By the link" in told
    assert "as “" in studio.post("/studio/links/", 422, **POSTS)
    assert "say where" in studio.post("/studio/links/", 422, page="pricing-guide")
    assert "it is a macro" in studio.post("/studio/links/", 422, **{**POSTS, "source": "{{site}}"})
    studio.post("/studio/links/", 404, page="nothing", source="x")
    later = NOON + timedelta(days=1)
    assert reporting.count_days(settings(), at=later) == 1
    visitor.arrive("pricing-guide", an_arrival(query=QUERY), settings=settings(), at=later)
    assert numbers() == [(XSS, 4, 1, 1, 1)]  # a day that is kept, and one that goes on
    monkeypatch.setattr(clock, "now", lambda: later)
    stories.download(stories.submit(page, a_fill(), form_key="key-3", arrival=an_arrival(query=QUERY)))
    monkeypatch.setattr(behind, "MANY", -1)  # as where they are too many to be looked at one by one
    link = every(KeptLink)[0].public_id
    whole = {one: behind.total(Behind(one, link=link), settings().zone).number for one in BY_LINK}
    assert whole == {Counted.FILLS: 2, Counted.DOWNLOADS: 2, Counted.MQLS: 1}


def test_an_archived_link_goes_on_counting_and_is_brought_back(app: Flask) -> None:
    stories.a_page("pricing-guide")
    studio = Studio(app)
    studio.post("/studio/links/", **POSTS, name="Posts")
    place = f"/studio/links/{every(KeptLink)[0].public_id}"

    studio.post(f"{place}/archive", page="pricing-guide")
    arrive()

    assert numbers() == []
    assert "Posts" in studio.get("/studio/links/?archived=1")
    studio.post(f"{place}/back")
    assert numbers() == [("Posts", 1, 0, 0, 0)]
    studio.post(f"{place}/archive")
    studio.post("/studio/links/", **POSTS, name="Again")
    assert numbers() == [("Again", 1, 0, 0, 0)]


def test_one_link_for_each_channel_is_made_at_once_and_never_twice(app: Flask) -> None:
    stories.a_page("pricing-guide")
    studio, words = Studio(app), "/studio/links/words"
    for name, source, medium in (("Posts", "linkedin", "social"), ("", "newsletter", "email"), ("Ads", "x", "cpc")):
        studio.post(words, kind="channel", word=name, source=source, medium=medium)
    studio.post("/studio/links/", page="pricing-guide", source="linkedin", medium="social", campaign="spring")
    ids = [word.public_id for word in every(Word) if word.word != "Ads"]
    arrive("utm_source=newsletter&utm_medium=email&utm_campaign=spring")

    for _ in range(2):
        studio.post("/studio/links/channels", page="pricing-guide", channel=ids, campaign="spring")

    assert sorted(numbers()) == [("linkedin · social", 0, 0, 0, 0), ("newsletter · email", 1, 0, 0, 0)]
    assert {touch.link_id is None for touch in every(Touch)} == {False}
    assert "at least one" in studio.post("/studio/links/channels", 422, page="pricing-guide")


def test_the_team_keeps_its_own_words_and_strangers_slips_are_offered_apart(app: Flask) -> None:
    stories.a_page("pricing-guide")
    studio, place = Studio(app), "/studio/links/words"
    studio.post("/studio/campaigns/", name="spring")
    studio.post("/studio/links/", **POSTS)
    arrive("utm_source=newsletter&utm_medium=email&utm_campaign=spring")
    arrive("utm_source=linkdin&utm_medium=socail")
    own, seen = studio.get(place).split('id="seen"')
    assert ("newsletter" in own, "LinkedIn" in own, "linkdin" in own, "linkdin" in seen) == (True, True, False, True)
    assert "linkdin" not in studio.get("/studio/links/")

    taken = [json.dumps(["source", "newsletter", "", ""]), json.dumps(["channel", "n", "newsletter", "email"])]
    studio.post(f"{place}/taken-in", word=[*taken, "nonsense", "[" * 1500, '["source", "a@b.example", "", ""]'])
    studio.post(f"{place}/taken-in", word=taken)
    studio.post(place, kind="term", word=XSS)

    assert {(word.kind, word.word) for word in every(Word)} == {
        ("source", "newsletter"),
        ("channel", "n"),
        ("term", XSS),
    }
    assert '<option value="newsletter">' in studio.get("/studio/links/")
    assert XSS not in studio.get(place) + studio.get("/studio/links/")
    assert "in the list already" in studio.post(place, 422, kind="source", word="Newsletter")
    assert "needs a source" in studio.post(place, 422, kind="channel", word="x")
    one = next(word for word in every(Word) if word.kind == "source")
    studio.post(f"{place}/{one.public_id}", word="mailing")
    studio.post(f"{place}/{next(word for word in every(Word) if word.word == XSS).public_id}/remove")
    assert {word.word for word in every(Word)} == {"mailing", "n"}
    studio.post(f"{place}/nothing/remove", 404)


def test_a_full_list_takes_no_more_and_still_gives_back_what_it_had(app: Flask) -> None:
    page = stories.a_page("pricing-guide")
    full = [Words(f"s{number}") for number in range(kept_links.MOST_OF_A_PAGE)]
    with transaction():
        kept_links.keep_each(page.page_id, [("", words) for words in full], by="cli", at=NOON)
        kept_links.archive(every(KeptLink)[0], at=NOON)
        again = kept_links.keep(page.page_id, "Again", full[0], by="cli", at=NOON)
        assert (again.name, again.archived_at) == ("Again", None)
        with pytest.raises(ParameterRefused):
            kept_links.keep(page.page_id, "", Words("one more"), by="cli", at=NOON)

        said = [Said(WordKind.SOURCE, f"s{number}") for number in range(vocabulary.MOST + 1)]
        assert vocabulary.take_in(said[:400]) == 400
        assert vocabulary.take_in(said) == 100
        assert vocabulary.take_in([Said(WordKind.TERM, "another kind")]) == 1


def test_how_the_page_looks_where_it_is_shared_stands_beside_its_links(app: Flask) -> None:
    stories.a_page("pricing-guide")

    shown = Studio(app).get("/studio/links/?page=pricing-guide")

    page = app.test_client().get("/pricing-guide").text
    title = re.search(r'og:title" content="([^"]+)"', page)
    described = re.search(r'og:description" content="([^"]+)"', page)
    assert title
    assert described
    assert shown.count(f"<strong>{title[1]}</strong>") == 2
    assert shown.count(f">{described[1]}</span>") == 2
    assert shown.count('<span class="shared__domain">localhost</span>') == 2
