"""Campaigns in the studio: add, change, give them values."""

from flask import Flask

from capture.accounts.models import AuditEntry
from capture.attribution.models import Campaign
from tests import stories
from tests.factories import every
from tests.web.studio import Studio

XSS = "<script>alert(1)</script>"


def test_a_campaign_is_added_changed_and_removed(app: Flask) -> None:
    studio = Studio(app)

    assert "Enter a name" in studio.post("/studio/campaigns/", 422, name="")
    studio.post("/studio/campaigns/", name=XSS, aliases="li_*\r\nautumn", budget="1000.50", begins="2026-09-01")
    assert "belongs to" in studio.post("/studio/campaigns/", 422, name="Autumn")
    [one] = every(Campaign)
    assert one.budget == 100050
    assert XSS not in studio.get("/studio/campaigns/")
    place = f"/studio/campaigns/{one.public_id}"
    assert "li_*" in studio.get(place)
    assert "lies before" in studio.post_seen(place, 422, name="A", begins="2026-02-01", ends="2026-01-01")
    studio.post_seen(place, name="Renamed", aliases="")
    assert "Renamed" in studio.get("/studio/campaigns/")
    gone = studio.get(studio.post(f"{place}/remove"))
    studio.get(place, 404)
    assert "Renamed is removed" in gone
    assert f'action="{place}/back"' in gone
    studio.post(f"{place}/back")
    assert 'value="Renamed"' in studio.get(place)
    assert "it was not removed" in studio.post(f"{place}/back", 422)
    assert [entry.action for entry in every(AuditEntry)][-2:] == ["campaign.removed", "campaign.brought_back"]


def test_a_value_that_waits_becomes_a_campaign_or_goes_to_one(app: Flask) -> None:
    studio = Studio(app)

    studio.post("/studio/campaigns/take", raw="li_de_2026", campaign="")
    [one] = every(Campaign)
    studio.post("/studio/campaigns/take", raw="other", campaign=one.public_id)

    assert one.name == "li_de_2026"
    assert "other" in studio.get(f"/studio/campaigns/{one.public_id}")


def test_a_value_is_left_aside_and_taken_back(app: Flask) -> None:
    stories.a_page("pricing-guide")
    app.test_client().get("/pricing-guide?utm_source=x&utm_campaign=%25CAMPAIGN%25&utm_content={{ad.name}}")
    studio, place = Studio(app), "/studio/campaigns/aside"
    assert "utm_campaign=%CAMPAIGN%" in studio.get("/studio/campaigns/")
    macro = {"parameter": "utm_content", "raw": "{{ad.name}}"}

    studio.post(place, **macro)
    assert "Left aside (1)" in studio.get("/studio/campaigns/")
    studio.post(f"{place}/back", **macro)

    assert "Left aside (" not in studio.get("/studio/campaigns/")
    assert "write a day" in studio.post(place, 422, **macro, after="soon")
    assert "nothing to leave aside" in studio.post(place, 422, parameter="x", raw="y")
