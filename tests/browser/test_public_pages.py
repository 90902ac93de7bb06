import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, Request, Route, expect

from capture.pages.fields import Field, FieldKind
from capture.web import errors
from tests import stories
from tests.browser.conftest import LOOKS, Site

pytestmark = pytest.mark.browser

NU_CHECKER = Path(__file__).parent.parent.parent / ".test-tools" / "vnu.jar"
PAGES = (
    *(
        "the list",
        "a guide",
        "a checklist",
        "an assessment",
        "a webinar",
        "thanks",
        "thanks for a seat",
        "is this you",
        "expired",
        "confirm",
    ),
    *("withdraw", "join", "join now", "closed", "not found", "privacy", "legal notice"),
)
# It lives for seconds, in which no better compiler is paid back. What the quick one makes needs more stack.
BRIEFLY = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xss4m")
WITH_A_STATUS_OF_THEIR_OWN = ("expired", "closed", "not found")
COLOURS: dict[str, object] = {"runOnly": ["color-contrast"]}
TYPED = {
    "email": "grace@navy.example",
    "first_name": "Grace",
    "last_name": "Hopper",
    "company": "Navy Works",
    "job_title": "Admiral",
}
TWO_STEPS = (
    Field("email", FieldKind.EMAIL, "Work e-mail", required=True, fills="email", step="Where to"),
    Field("role", FieldKind.TEXT, "Role", step="About you"),
)
WRONG_ADDRESS = "Please write an e-mail address such as name@company.com."
SHIFTS = """() => new Promise((resolve) => {
  const found = [];
  new PerformanceObserver((list) => found.push(...list.getEntries().map((entry) => entry.value)))
    .observe({ type: "layout-shift", buffered: true });
  setTimeout(() => resolve(found), 300);
})"""

# Nothing is told of what is right nor by which selector it is found, and no style sheet is asked for once more: no rule
# that finds anything needs either. A colour that was parsed is known, for that is most of what axe-core does with it.
QUICKLY: dict[str, object] = {"resultTypes": ["violations"], "preload": False, "selectors": False}
AXE = f"""{AXE_SCRIPT};
(({{ Color }}) => {{
  const known = new Map(), parse = Color.prototype.parseString;
  Color.prototype.parseString = function (text) {{
    if (!known.has(text)) known.set(text, parse.call(new Color(0, 0, 0), text));
    const {{ r, g, b, alpha }} = known.get(text);
    return Object.assign(this, {{ r, g, b, alpha }});
  }};
}})(axe.commons.color);"""
# A frame in which no script may run never says that axe-core stands ready in it: nobody waits half a second for that.
VIOLATIONS = """async (options) => {
  if (!("axe" in window)) return null;
  const frames = [...document.querySelectorAll("iframe")];
  const iframes = frames.some(({ sandbox }) => sandbox.length === 0 || sandbox.contains("allow-scripts"));
  return (await axe.run(document, { ...options, iframes })).violations.map((rule) =>
    `${rule.id}: ${rule.nodes.slice(0, 3).map((node) => node.html.slice(0, 120)).join(" ")}`);
}"""

Browse = Callable[..., Page]


def barriers(page: Page, options: dict[str, object] | None = None) -> list[str]:
    """What axe-core finds: the rule, and the first places where it is broken."""
    asked = {**QUICKLY, **(options or {})}
    found: list[str] | None = page.evaluate(VIOLATIONS, asked)
    if found is None:  # a document that axe-core was not sent to yet
        page.evaluate(AXE)
        found = page.evaluate(VIOLATIONS, asked)
    assert found is not None
    return found


def fill(page: Page, **changes: str) -> None:
    for name, value in {**TYPED, **changes}.items():
        page.fill(f"[name={name}]", value)


def send(page: Page) -> None:
    page.click(".form button[type=submit]")
    page.wait_for_load_state()


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible_and_keeps_to_itself(browse: Browse, site: Site, name: str, look: str) -> None:
    page = browse(look)
    asked: list[Request] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request))
    page.on("console", lambda line: complaints.append(line.text) if line.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))

    page.goto(site.paths[name], wait_until="networkidle")

    assert barriers(page) == []
    assert {urlsplit(request.url).netloc for request in asked} == {urlsplit(site.base).netloc}
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate(SHIFTS) == []
    if look == "phone":
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        assert barriers(page, COLOURS) == []
        page.set_viewport_size({"width": 320, "height": 640})
        assert page.evaluate("document.documentElement.scrollWidth <= 320")
    if name not in WITH_A_STATUS_OF_THEIR_OWN:
        assert complaints == []


@pytest.mark.parametrize("look", LOOKS)
def test_the_page_of_every_error_is_accessible_and_fits(browse: Browse, site: Site, look: str) -> None:
    page = browse(look)

    def answer(route: Route) -> None:
        route.fulfill(body=body, content_type="text/html")

    page.route("**/some-page", answer)
    for status in errors.PAGES:
        with site.app.test_request_context("/some-page"):
            body = errors.page(status).get_data(as_text=True)
        page.goto("/some-page")
        assert str(status) in page.inner_text("main")
        assert barriers(page) == [], status
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), status


@pytest.mark.parametrize("look", LOOKS)
def test_nothing_moves_when_our_fonts_come_late(browse: Browse, site: Site, look: str) -> None:
    page = browse(look)

    def later(route: Route) -> None:
        page.wait_for_timeout(400)
        route.continue_()

    page.route("**/*.woff2", later)
    page.goto(site.paths["a guide"], wait_until="load")
    page.evaluate("document.fonts.ready")

    assert page.evaluate(SHIFTS) == []


@pytest.mark.parametrize("colour", ["ffd400", "ff5a1f", "111111", "ffffff", "8a2be2", "00c2ff"])
@pytest.mark.parametrize("look", ["wide", "dark"])
def test_every_brand_colour_can_be_read(browse: Browse, site: Site, colour: str, look: str) -> None:
    page = browse(look)
    page.route(
        "**/brand/*.css", lambda route: route.continue_(url=f"{route.request.url.rpartition('/')[0]}/{colour}.css")
    )

    page.goto(site.paths["a guide"])

    assert barriers(page) == []


def test_the_nu_checker_finds_no_error(browse: Browse, site: Site, tmp_path: Path) -> None:
    page = browse()
    for name, path in site.paths.items():
        (tmp_path / f"{name}.html").write_bytes(page.request.get(path).body())

    assert html_errors(tmp_path) == []


def html_errors(folder: Path) -> list[dict[str, object]]:
    """What the Nu checker says of the pages in a folder."""
    run = subprocess.run(
        ["java", *BRIEFLY, "-jar", NU_CHECKER, "--format", "json", "--exit-zero-always", *sorted(folder.iterdir())],
        capture_output=True,
        check=True,
    )
    return [message for message in json.loads(run.stderr)["messages"] if message["type"] == "error"]


def test_the_error_summary_takes_the_focus_and_leads_to_the_fields(browse: Browse, site: Site) -> None:
    page = browse("phone")
    page.goto(site.paths["a guide"])
    fill(page, email="grace at home", company="")

    send(page)

    expect(page.locator(".error-summary")).to_be_focused()
    assert page.title().startswith("Please check:")
    page.click(".error-summary a >> nth=0")
    expect(page.locator("[name=email]")).to_be_focused()
    assert page.input_value("[name=email]") == "grace at home"
    assert page.input_value("[name=last_name]") == "Hopper"
    assert barriers(page) == []


def test_without_scripts_a_person_fills_the_form_and_opens_the_copy(browse: Browse, site: Site) -> None:
    page = browse("phone", java_script_enabled=False)
    page.goto(site.paths["a guide"])
    fill(page)
    page.wait_for_timeout(2100)  # a person takes longer than a machine
    send(page)

    copy = page.get_by_role("link", name="Open your copy").get_attribute("href")

    assert "Grace Hopper" in page.inner_text("main")
    assert copy
    assert page.request.get(copy).body().startswith(b"%PDF-")


def test_a_double_click_on_the_button_is_one_fill(browse: Browse, site: Site) -> None:
    page = browse()
    posts: list[str] = []
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    page.goto(site.paths["a guide"])
    fill(page, email="double@click.example")

    page.dblclick(".form button[type=submit]")
    page.wait_for_url("**/thanks/**")

    begun = f"{page.url.partition('/thanks')[0]}{site.paths['a guide']}/started"
    assert posts.count(begun) == 1  # nobody left: how far he came needs no second word
    assert len(posts) == 2


def test_pages_to_leaf_through_are_there_before_anybody_scrolls_to_them(browse: Browse, site: Site) -> None:
    page = browse()
    page.set_viewport_size({"width": 390, "height": 300})  # so low that a browser leaves them for later by itself
    page.goto(site.paths["a guide"])

    expect(page.locator("[data-leaf]").first).not_to_be_in_viewport()
    for picture in page.locator("[data-leaf] img").all():
        expect(picture).to_have_js_property("complete", True)
        assert picture.evaluate("one => one.naturalWidth")


def test_pages_can_be_leafed_through_with_the_keyboard(browse: Browse, site: Site) -> None:
    page = browse()
    page.goto(site.paths["a guide"])

    page.focus("[data-leaf] >> nth=0")
    page.keyboard.press("Enter")
    first = page.inner_text("dialog [role=status]")
    page.keyboard.press("ArrowRight")
    second = page.inner_text("dialog [role=status]")

    assert first != second
    assert barriers(page) == []
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_be_hidden()
    expect(page.locator("[data-leaf] >> nth=0")).to_be_focused()


def answer_three_steps(page: Page) -> None:
    step = page.locator("[data-step]:visible")
    for answers in (
        {"profile": "signed", "fit_and_intent": "yes", "trust": "4"},
        {"first_call": "3", "owner": "one", "tries": "6"},
        {"outcome": "some", "reasons": "2", "changed": "no"},
    ):
        for name, answer in answers.items():
            answered = step.locator(f"[name={name}]")
            if answered.first.get_attribute("type") == "radio":
                step.locator(f"[name={name}][value='{answer}']").check()
            else:
                answered.fill(answer)
        page.get_by_role("button", name="Next").click()


@pytest.mark.parametrize("look", LOOKS)
def test_an_assessment_goes_step_by_step_keeps_its_answers_and_shows_its_result(browse: Browse, look: str) -> None:
    page = browse(look)
    page.goto("/pipeline-check-up")
    step = page.locator("[data-step]:visible")
    answer_three_steps(page)
    page.get_by_role("button", name="Back").click()
    page.go_back()
    page.go_forward()
    page.go_back()

    expect(step.locator("[name=first_call]")).to_have_value("3")
    expect(step.locator("[name=owner][value=one]")).to_be_checked()
    assert barriers(page) == []
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Next").click()
    step.locator("[name=shared][value=leads]").check()
    step.locator("[name=back][value=most]").check()
    page.get_by_role("button", name="Next").click()
    fill(page, email=f"steps-{look}@navy.example")
    page.wait_for_timeout(2100)  # a person takes longer than a machine
    send(page)
    expect(page.locator("#outcome")).to_have_text("One pipeline")
    assert "Let every lead end in a word" in page.inner_text("main")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert barriers(page) == []


def test_a_step_is_not_left_while_a_question_with_boxes_has_none_ticked(browse: Browse) -> None:
    page = browse()
    page.goto("/pipeline-check-up")
    step = page.locator("[data-step]:visible")
    following = page.get_by_role("button", name="Next")
    answer_three_steps(page)
    step.locator("[name=back][value=most]").check()
    first = step.locator("[name=shared]").first

    following.click()

    expect(first).to_be_focused()
    assert first.evaluate("box => box.validationMessage") == page.locator("form.form").get_attribute("data-unanswered")
    step.locator("[name=shared][value=leads]").check()
    following.click()
    expect(page.locator("[name=email]")).to_be_visible()


def test_a_step_is_left_once_the_server_would_take_it_and_a_problem_that_is_mended_is_no_longer_told(
    browse: Browse, site: Site
) -> None:
    with site.app.app_context():
        stories.a_page("two-steps", fields=TWO_STEPS)
    page = browse()
    page.goto("/two-steps")
    email, role = page.locator("[name=email]"), page.locator("[name=role]")
    following = page.get_by_role("button", name="Next")

    email.fill("petra@muster")
    following.click()
    expect(email).to_be_focused()
    assert email.evaluate("field => field.validationMessage") == WRONG_ADDRESS
    expect(role).to_be_hidden()
    with page.expect_navigation():
        page.locator("form.form").evaluate("form => form.submit()")  # as without a script
    expect(page.locator(".error-summary")).to_contain_text(WRONG_ADDRESS)

    email.fill("petra@muster.example")
    following.click()
    expect(role).to_be_visible()
    expect(page.locator(".error-summary")).to_have_count(0)
    page.get_by_role("button", name="Back").click()
    expect(email).to_be_visible()
    expect(page.locator(".field__error")).to_have_count(0)

    page.context.set_offline(True)  # a form can be gone through all the same
    following.click()
    expect(role).to_be_visible()


def test_a_webinar_shows_the_time_where_the_visitor_is(browse: Browse, site: Site) -> None:
    far, near = browse(timezone_id="America/New_York"), browse(timezone_id="Europe/Dublin")

    far.goto(site.paths["a webinar"])
    near.goto(site.paths["a webinar"])

    expect(far.locator("[data-local-time]")).to_contain_text("Where you are:")
    expect(near.locator("[data-local-time]")).to_have_text("The same where you are")


def test_the_button_of_the_personal_link_leads_into_the_room(browse: Browse, site: Site) -> None:
    page = browse("phone")
    page.goto(site.paths["join now"])

    with page.expect_request("https://meet.example/room") as asked:
        page.get_by_role("button", name="Enter the room").click()

    assert asked.value.is_navigation_request()


def test_the_address_to_pass_on_is_the_page_and_not_the_own_link(browse: Browse, site: Site) -> None:
    page = browse()
    page.goto(site.paths["thanks"])

    assert page.input_value("#share-address") == f"{site.base}/one-pipeline"
