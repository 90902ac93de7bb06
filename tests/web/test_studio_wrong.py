"""What is wrong in a form of the studio stands beside the field in which it is, and the field says so."""

import io
import re
from collections.abc import Iterator, Mapping

from flask import Flask

from capture.accounts.models import Role, Staff
from capture.attribution.models import Campaign
from capture.catalogue.models import Draft
from capture.pages.models import Experiment
from capture.scoring import preset
from tests.factories import every
from tests.stories import a_page
from tests.web.everything import LIST, first
from tests.web.studio import TEXT, Studio
from tests.web.test_studio import a_person


def wrong(page: str) -> set[str]:
    """The fields that say that they are wrong; each has to name a sentence that stands in the page."""
    found = set()
    for tag in re.findall(r"<(?:input|select|textarea)\b[^>]*aria-invalid=\"true\"[^>]*>", page):
        [field] = re.findall(r'\bid="([^"]+)"', tag) or [""]
        told = re.findall(r'aria-describedby="([^"]+)"', tag)
        words = re.findall(rf'<p class="field__error" id="{re.escape(field)}-error">', page)
        assert not field or len(words) == 1, tag
        assert not field or not told or f"{field}-error" in told[0].split(), tag
        found |= {field} - {""}
    groups = re.findall(r'<fieldset id="([^"]+)"[^>]* aria-describedby="\1-error"', page)
    found |= {group for group in groups if f'<p class="field__error" id="{group}-error">' in page}
    for target in re.findall(r'<div class="error-summary".*?href="#([^"]+)"', page, re.DOTALL):
        assert target in found, target
    return found


def wrong_posts(studio: Studio) -> Iterator[tuple[str, set[str], str]]:
    """A form of each screen filled in wrongly: where it goes, the fields that are wrong, and the page that says so."""
    a_page(slug="wrong-guide")
    a_person(Role.SALES, "wim@northwind.example")
    wim = first(Staff, email="wim@northwind.example").public_id
    ada = first(Staff, email="ada@northwind.example").public_id
    draft = studio.start(TEXT.replace("Answer fast", "Answer wrongly"))
    studio.post("/studio/campaigns/", name="Taken", aliases="taken")
    studio.post("/studio/campaigns/", name="Spare")
    studio.post("/studio/links/words", kind="source", word="taken")
    spare = first(Campaign, name="Spare").public_id
    brought = studio.post("/studio/imports/", file=(io.BytesIO(LIST), "fair.csv"))
    chapter = next(path for path in every(Draft)[-1].files if path.startswith("chapters/"))
    columns = {"header-1": "Mail", "source-1": "email", "header-2": "Mail", "source-2": "email"}
    said = {"column-1": "email", "column-2": "first_name", "column-3": "company"}
    tested = f"{studio.start(TEXT.replace('Answer fast', 'Answer twice'))}/experiment"
    a_page("answer-twice")
    studio.post(tested)
    experiment = f"{tested}/{every(Experiment)[-1].public_id}"
    rule, points = "/studio/scoring/draft/rule/", {"revision": "0", "fit_threshold": "30", "engagement_threshold": "45"}
    fit = preset.DEFAULT.fit[0].key
    brand, look = "/studio/settings/brand", {"brand-colour": "#1d4e89", "brand-voice": "visitor"}
    posts: list[tuple[str, Mapping[str, object], set[str]]] = [
        ("/studio/campaigns/", {"name": "", "budget": "much"}, {"name", "budget"}),
        ("/studio/campaigns/", {"name": "Taken"}, {"name"}),
        (f"/studio/campaigns/{spare}", {"name": "Spare", "aliases": "taken"}, {"aliases"}),
        (f"/studio/campaigns/{spare}", {"name": "Spare", "begins": "2026-09-02", "ends": "2026-09-01"}, {"ends"}),
        ("/studio/people/", {"email": "nobody", "name": "", "role": "marketer"}, {"email", "name"}),
        ("/studio/people/", {"email": "pat@northwind.example", "name": "Pat", "role": "king"}, {"role"}),
        (f"/studio/people/{ada}/role", {"role": "sales"}, {f"role-{ada}"}),
        ("/studio/people/me", {"password": "short", "again": "other"}, {"password", "again"}),
        ("/studio/people/me/second-factor", {"code": ""}, {"code"}),
        ("/studio/settings/tokens", {"name": ""}, {"name", "scopes"}),
        ("/studio/webhooks/", {"url": "http://127.0.0.1/", "name": ""}, {"name", "kinds"}),
        ("/studio/webhooks/", {"url": "ftp://a.example", "name": "CRM", "kinds": "mql.created"}, {"url"}),
        ("/studio/imports/", {}, {"file"}),
        (brought, {"begin": "1", **said}, {"met_on", "basis"}),
        (brought, {"begin": "1", **said, "met_on": "2026-01-01"}, {"basis"}),
        (brought, {"begin": "1", "met_on": "2026-01-01"}, {"column-1", "basis"}),
        ("/studio/reports/costs", {"kind": "ads"}, {"file"}),
        ("/studio/mqls/outcomes", {"text": ""}, {"file"}),
        ("/studio/mqls/outcomes", {"text": "mql_id,status\n1,won\n", "statuses": "won"}, {"statuses"}),
        (f"/studio/mqls/team/{wim}", {"zone": "Mars/Olympus", "week": "Mon-Fri 09:00-17:00"}, {f"of-{wim}-zone"}),
        (f"/studio/mqls/team/{wim}", {"zone": "UTC", "week": "never"}, {f"of-{wim}-week"}),
        (f"/studio/mqls/team/{wim}", {"zone": "UTC", "daily": "some"}, {f"of-{wim}-daily"}),
        ("/studio/mqls/routing", {"seen": "0", "rules": "nonsense"}, {"rules"}),
        ("/studio/mqls/routing", {"seen": "0", "accounts": "nonsense"}, {"accounts"}),
        ("/studio/mqls/never", {"kind": "customer", "text": "alder.example\nnonsense", "seen": "0"}, {"text"}),
        ("/studio/destinations/generic/columns", columns, {"header-2"}),
        ("/studio/links/", {"page": "wrong-guide", "source": ""}, {"source"}),
        ("/studio/links/words", {"kind": "source", "word": "taken"}, {"word-source"}),
        ("/studio/leads/views", {"name": "", "q": "ada"}, {"name"}),
        ("/studio/drafts/new", {"text": ""}, {"text"}),
        ("/studio/drafts/new", {"file": (io.BytesIO(b"\x00"), "a.exe")}, {"file"}),
        ("/studio/drafts/pdf", {}, {"pdf"}),
        (f"{draft}/languages", {"code": "no language"}, {"code"}),
        (f"{draft}/embed", {"site": "somewhere"}, {"site"}),
        (f"{draft}/publish", {"until": "2001-01-01T09:00"}, {"until"}),
        (f"{draft}/files", {"files": (io.BytesIO(b"MZ"), "a.exe")}, {"add-files"}),
        (f"{draft}/pictures/{chapter}", {"picture": (io.BytesIO(b"MZ"), "a.exe")}, {"picture"}),
        (f"{draft}/logo", {"logo": (io.BytesIO(b"<svg/>"), "a.svg")}, {"logo"}),
        (brand, {**look, "brand-colour": "red"}, {"brand-colour"}),
        (brand, {**look, "brand-website": "northwind"}, {"brand-website"}),
        (brand, {**look, "magnet-theme": "baroque"}, {"magnet-theme"}),
        (brand, {**look, "brand-name": "N" * 121}, {"brand-name"}),
        (f"{brand}/logo", {"logo": (io.BytesIO(b"no picture"), "a.png")}, {"logo"}),
        ("/studio/scoring/draft", {**points, "fit_threshold": "much"}, {"fit_threshold"}),
        ("/studio/scoring/draft", {**points, "engagement_threshold": "900000"}, {"engagement_threshold"}),
        ("/studio/scoring/draft", {**points, f"{fit}-points": "many"}, {f"{fit}-points"}),
        ("/studio/scoring/draft", {**points, "cap-points downloads": "0"}, {"cap-1-points"}),
        ("/studio/scoring/draft", {**points, "new-group": "calls", "new-points": "2", "new-days": "-1"}, {"new-days"}),
        ("/studio/scoring/draft/text", {"revision": "0", "text": "fit_threshold = "}, {"text"}),
        ("/studio/scoring/draft/text", {"revision": "0", "text": "fit_threshold = 1"}, {"text"}),
        (f"{rule}?axis=fit", {"asks": "keywords", "field": "job_title", "points": "many"}, {"values", "points"}),
        (f"{rule}?axis=fit", {"asks": "range", "field": "company_size", "low": "a", "points": "1"}, {"low"}),
        (f"{rule}?axis=fit", {"asks": "seniority", "field": "consent", "points": "1"}, {"field", "ranks"}),
        (f"{rule}?axis=engagement", {"event": "x", "often": "most", "points": "0"}, {"event", "points"}),
        (
            f"{rule}?axis=engagement",
            {"event": "form_submitted", "often": "most", "at_most": "0", "days": "x", "half_life": "2", "points": "5"},
            {"at_most", "days", "half_life"},
        ),
        ("/studio/scoring/draft/activate", {"revision": "0"}, set()),
        (f"{experiment}/variants", {"A-weight": "1", "B-weight": "heavy"}, {"B-weight"}),
        (f"{experiment}/B/cover", {"picture": (io.BytesIO(b"MZ"), "a.exe")}, {"B-picture"}),
    ]

    marked = {
        f"/studio/campaigns/{spare}": "",
        f"/studio/people/{ada}/role": "/studio/people/",
        f"/studio/mqls/team/{wim}": "/studio/mqls/team",
        "/studio/destinations/generic/columns": "",
        brought: "",
        brand: "",
        f"{brand}/logo": brand,
        f"{experiment}/variants": tested,
    }
    for path, given, expected in posts:
        on = marked.get(path)
        yield (
            path,
            expected,
            studio.post(path, 422, **given) if on is None else studio.post_seen(path, 422, on=on, **given),
        )


def test_every_form_says_beside_the_field_what_is_wrong(app: Flask) -> None:
    for path, expected, page in wrong_posts(Studio(app, Role.ADMIN, "ada@northwind.example")):
        assert wrong(page) == expected, path
