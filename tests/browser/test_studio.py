"""What a new marketer does in the studio, in a real Chromium; and every screen under axe-core."""

import io
import os
import re
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Name
from playwright.sync_api import Page, StorageState, expect

from capture import clock
from capture.accounts.models import Role
from capture.catalogue import drafts, proofs
from capture.catalogue.proofs import Result
from capture.db import transaction
from capture.journey import experimenting, staff
from capture.pages import pages
from capture.worker import Worker
from tests import stories
from tests.browser.conftest import LOOKS, Site, invitation
from tests.browser.test_public_pages import COLOURS, Browse, barriers, html_errors
from tests.guides import MESSY
from tests.magnets.documents import a_document, words
from tests.word import png

pytestmark = pytest.mark.browser

LIBRARY = Path(__file__).parents[2] / "magnets" / "library"
TEXT = "# Answer fast\n\nA guide about calling back while people still know why they asked.\n\n"
CHAPTERS = "## The first hour\n\nCall back.\n\n## Who calls\n\nOne person, by name.\n"


def of_a_live_page(site: Site) -> tuple[str, str]:
    """Address and dates of a page that is published, and its experiment, which is being written."""
    with site.app.app_context():
        published = drafts.by_slug("one-pipeline")
        assert published
        page = pages.by_slug("one-pipeline")
        assert page
        experimenting.begin(page.page_id, actor="cli", at=clock.now())
        place = f"/studio/drafts/{published.public_id}"
        return f"{place}/availability", f"{place}/experiment"


def begin(page: Page, text: str = TEXT + CHAPTERS) -> str:
    """A draft of a text; gives its path."""
    page.goto("/studio/drafts/new")
    page.fill("#text", text)
    page.click("text=Make a draft")
    page.wait_for_url(re.compile(r"/drafts/[\w-]{22}/$"))
    return page.url.removesuffix("/")


def guide() -> str:
    """A guide that was written for another tool: a real one where there is one."""
    folder = os.environ.get("LODESTONE_GUIDES")
    real = Path(folder or MESSY) / "opensource-guide" / "metrics.md"
    return (real if real.is_file() else next(iter(sorted(MESSY.glob("1-*.md"))))).read_text("utf-8")


class Actions:
    """What somebody does besides typing, counted."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.count = 0

    def click(self, selector: str) -> None:
        self.count += 1
        self.page.click(selector)

    def choose(self, selector: str, file: Path) -> None:
        self.count += 1
        self.page.set_input_files(selector, file)


def a_newcomer(browse: Browse, site: Site) -> tuple[Page, Actions]:
    """Somebody who logs in for the first time, and goes to where a page begins."""
    page = browse()
    actions = Actions(page)
    page.goto(invitation(site))
    actions.click("main button")
    actions.click("nav >> text=Drafts")
    actions.click("text=New page")
    return page, actions


def publish(actions: Actions, site: Site) -> None:
    """Press the button, and see it become live."""
    page = actions.page
    actions.click("main form[action$=publish] .button")
    expect(page.locator("#state")).to_have_text("Publishing")
    set_pages(site)
    expect(page.locator("#state")).to_have_text("The page is live")


def set_pages(site: Site) -> None:
    """Everything that waits for the press: proofs that screens asked for, and what is published."""
    while Worker(site.app).do_one("render"):
        pass


def copy_of(actions: Actions, email: str) -> bytes:
    """Fill the form of the page as a visitor, and fetch the copy."""
    page = actions.page
    page.fill("[name=email]", email)
    page.wait_for_timeout(2100)  # a person takes longer than a machine
    actions.click(".form button[type=submit]")
    page.wait_for_url("**/thanks/*")
    with page.expect_download() as download:
        page.evaluate("for (const link of document.querySelectorAll('main a[href*=\"/get/\"]')) link.download = ''")
        actions.click("main a[href*='/get/'] >> nth=0")
    return Path(download.value.path()).read_bytes()


def a_price_report(folder: Path) -> Path:
    """A PDF from a tool that says nothing about it: no title, no bookmarks."""
    path = folder / "price_report-2026.pdf"
    with pikepdf.open(io.BytesIO(a_document("<p>What buyers paid.<p style='break-before: page'>How we asked."))) as pdf:
        del pdf.docinfo[Name.Title]
        del pdf.Root.Outlines
        pdf.save(path)
    return path


def test_a_marketer_comes_from_the_login_to_a_live_page_and_a_downloaded_document(browse: Browse, site: Site) -> None:
    page, actions = a_newcomer(browse, site)
    page.fill("#text", guide())
    actions.click("text=Make a draft")
    actions.click("text=Check and publish")
    publish(actions, site)
    actions.click(".big")
    copy = copy_of(actions, "grace@navy.example")

    assert copy[:5] == b"%PDF-"
    assert actions.count <= 12


def test_a_finished_pdf_comes_from_the_login_to_a_live_page_and_a_copy_in_somebodys_name(
    browse: Browse, site: Site, tmp_path: Path
) -> None:
    page, actions = a_newcomer(browse, site)
    actions.choose("#pdf", a_price_report(tmp_path))
    actions.click("form:has(#pdf) button")
    page.fill("[name=magnet-summary]", "What buyers paid, and how to set a price.")
    actions.click("button:not([aria-hidden]):text-is('Save')")
    actions.click("text=Check and publish")
    publish(actions, site)
    actions.click(".big")
    expect(page.locator("h1")).to_have_text("Price report 2026")
    expect(page.locator(".kicker")).to_contain_text("3 pages")
    page.fill("[name=first_name]", "Grace")

    path = tmp_path / "copy.pdf"
    path.write_bytes(copy_of(actions, "grace.pdf@navy.example"))

    text = words(path)
    assert text.index("Grace") < text.index("How we asked")
    assert actions.count <= 12


def test_the_screens_of_a_finished_pdf_are_accessible_and_show_its_pages(
    browse: Browse, site: Site, studio: Page, known: list[StorageState], tmp_path: Path
) -> None:
    studio.goto("/studio/drafts/new")
    studio.set_input_files("#pdf", a_price_report(tmp_path))
    studio.click("form:has(#pdf) button")
    studio.wait_for_url("**/page")
    draft = studio.url.removesuffix("/page")

    for look in LOOKS:
        page = browse(look, storage_state=known[0])
        page.goto(f"{draft}/")
        assert barriers(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    (tmp_path / "html").mkdir()
    (tmp_path / "html" / "document.html").write_bytes(page.request.get(f"{draft}/").body())
    assert html_errors(tmp_path / "html") == []
    set_pages(site)
    expect(page.locator("[data-proof-pages] img")).to_have_count(3)


def test_the_same_is_done_by_keyboard_alone(browse: Browse, site: Site) -> None:
    page = browse()
    page.goto(invitation(site))
    press(page, "main button")
    page.wait_for_url("**/studio/pages")
    press(page, ".bar a[href$='/drafts/']")
    press(page, "a[href$='/drafts/new']")
    tab_to(page, "#text")
    page.keyboard.insert_text(guide())
    press(page, "form:has(#text) button[type=submit]")
    page.wait_for_url(re.compile(r"/drafts/[\w-]{22}/"))
    tab_to(page, "#text")
    page.keyboard.press("Control+End")
    with page.expect_response(lambda answer: answer.request.method == "POST" and "/text/" in answer.url):
        page.keyboard.type("One more thought.")
    press(page, ".tabs__last")
    press(page, "main form[action$=publish] .button")
    expect(page.locator("#state")).to_have_text("Publishing")
    set_pages(site)
    expect(page.locator("#state")).to_have_text("The page is live")
    press(page, ".big")
    tab_to(page, "[name=email]")
    page.keyboard.type("ada@engine.example")
    page.wait_for_timeout(2100)  # a person takes longer than a machine
    press(page, ".form button[type=submit]")
    page.wait_for_url("**/thanks/*")

    tab_to(page, "main a[href*='/get/']")
    link = page.evaluate("document.activeElement.href")

    assert page.request.get(link).body()[:5] == b"%PDF-"


def tab_to(page: Page, selector: str) -> None:
    """Walk with the tab key until this has the focus, which can be seen on it."""
    for _ in range(90):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            break
    else:
        raise AssertionError(f"the tab key never comes to {selector}")
    assert page.evaluate("document.activeElement.matches(':focus-visible')"), selector


def press(page: Page, selector: str) -> None:
    """Walk to a link or a button, and go where it leads."""
    tab_to(page, selector)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_a_dialog_gives_the_focus_back_and_a_refusal_takes_it(studio: Page) -> None:
    studio.goto(begin(studio))
    studio.click("[data-tool=picture]")
    expect(studio.locator("#picture")).to_be_focused()
    assert barriers(studio) == []
    studio.emulate_media(color_scheme="dark", reduced_motion="reduce")
    assert barriers(studio, COLOURS) == []
    studio.keyboard.press("Escape")
    expect(studio.locator("#text")).to_be_focused()
    studio.goto("/studio/drafts/new")
    studio.click("text=Make a draft")
    expect(studio.locator("[role=alert]")).to_be_focused()
    studio.click("[role=alert] a")
    expect(studio.locator("#text")).to_be_focused()


@pytest.mark.parametrize("look", LOOKS)
def test_an_mql_is_answered_in_the_inbox_by_a_key_or_a_tap(
    browse: Browse, site: Site, studio: Page, known: list[StorageState], look: str
) -> None:
    assert studio
    with site.app.app_context():
        guide = pages.by_slug("one-pipeline")
        assert guide
        stories.submit(guide, stories.a_fill(email=f"{look}@asks.example", talk=True, contact_me=True), form_key=look)
    page = browse(look, storage_state=known[0])
    page.goto("/studio/mqls")
    if look == "phone":
        page.locator("[data-line]").first.click()
        page.wait_for_url(re.compile(r"/mqls/[\w-]{22}"))
    assert barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    if look == "phone":
        accept = page.locator(".reach [value=accepted]")
        expect(accept).to_be_in_viewport()
        expect(page.get_by_role("button", name="Accept")).to_have_count(1)
        page.get_by_role("link", name="Reject…").click()
        expect(page.locator("[value=no_fit]")).to_be_in_viewport()
        accept.click()
    else:
        page.keyboard.press("8")
        expect(page.locator("[value=duplicate]")).to_be_focused()
        page.keyboard.press("3")
        page.keyboard.press("Enter")

    expect(page.locator("[role=status]")).to_contain_text("accepted" if look == "phone" else "rejected")
    if look == "phone":
        page.click("text=Look again")
    else:
        page.keyboard.press("z")
    page.wait_for_url(re.compile("change=1"))
    assert barriers(page) == []
    if look == "phone":
        return
    page.keyboard.press("?")
    expect(page.locator("[data-shortcuts]")).to_contain_text("Go to accepting; Enter sends it")
    page.keyboard.press("Escape")
    address = page.url
    page.focus("#crm_id")
    page.keyboard.press("Enter")
    page.locator("#crm_id").blur()
    page.keyboard.press("a")
    expect(page.locator("[value=accepted]")).to_be_focused()
    assert page.url == address
    page.click("[value=no_fit]")
    expect(page.locator("[role=status]")).to_contain_text("rejected")


def test_an_endpoint_is_added_and_tried_on_accessible_screens(studio: Page) -> None:
    studio.goto("/studio/webhooks/")
    studio.click("text=Add the endpoint")
    assert barriers(studio) == []
    studio.fill("[name=url]", "https://crm.example/hook")
    studio.fill("[name=name]", "CRM")
    studio.click("text=Add the endpoint")
    expect(studio.locator(".secret")).to_contain_text("whsec_")
    assert barriers(studio) == []

    studio.click("button:has-text('Send a test')")

    expect(studio.locator("h1")).to_have_text("A test")
    assert barriers(studio) == []


def test_an_assessment_is_written_tried_out_and_published_without_its_file(site: Site, studio: Page) -> None:
    studio.goto("/studio/drafts/new")
    studio.click("[name=starter][value=assessment]")
    studio.click(".tabs a:has-text('Questions')")
    draft = studio.url.removesuffix("/questions")
    studio.locator("summary", has_text="Speed").click()
    studio.select_option("[name=try-first_call]", "week")
    tried = studio.locator("[data-tryout-result]")
    expect(tried.locator("dl")).to_contain_text("Speed33")
    studio.click("a:has-text('When is a new lead called?')")
    studio.select_option("[name=try-first_call]", "week")
    studio.fill("#text", "How soon does somebody call?")
    studio.fill("#answers-2-points", "3")
    expect(studio.locator("[data-said]")).to_contain_text("Saved at")
    expect(tried.locator("dl")).to_contain_text("Speed100")
    expect(studio.locator("[data-tryout]")).to_contain_text("How soon does somebody call?")
    studio.click("text=All questions and levels")
    press(studio, "a[href$='levels/firm']")
    studio.fill("#title", "On rock")
    expect(studio.locator("[data-said]")).to_contain_text("Saved at")

    studio.goto(f"{draft}/page")
    studio.fill("[name=magnet-summary]", "Where leads get lost on their way to sales.")
    studio.click("button:not([aria-hidden]):text-is('Save')")
    actions = Actions(studio)
    actions.click("text=Check and publish")
    publish(actions, site)
    actions.click(".big")
    for name, answer in (("profile", "yes"), ("first_call", "week"), ("reasons", "5")):
        studio.locator(f"[data-step]:visible [name={name}][value='{answer}']").check()
        studio.get_by_role("button", name="Next").click()
    studio.fill("[name=email]", "grace.asked@navy.example")
    studio.wait_for_timeout(2100)  # a person takes longer than a machine
    studio.click(".form button[type=submit]")
    studio.wait_for_url("**/thanks/*")
    expect(studio.locator("#outcome")).to_have_text("On rock")


def test_what_is_typed_is_saved_by_itself_and_a_clash_is_told(browse: Browse, studio: Page, known: list) -> None:
    draft = begin(studio)
    other = browse(storage_state=known[0])
    for page in (studio, other):
        page.goto(f"{draft}/page")

    studio.fill("#page-promise", "Call back within the hour.")
    expect(studio.locator("[data-said]").last).to_contain_text("Saved at")
    other.fill("#page-promise", "Something else.")
    expect(other.locator("[data-said]").last).to_contain_text("Nothing was overwritten")
    other.click(".form__row button")

    expect(other.locator("[role=alert]")).to_be_focused()
    expect(other.locator("#page-promise")).to_have_value("Something else.")
    expect(other.locator("#theirs + dl")).to_contain_text("Call back within the hour.")
    assert barriers(other) == []


def test_what_cannot_be_published_is_told_beside_its_control_while_one_types(studio: Page) -> None:
    draft = begin(studio)
    studio.goto(f"{draft}/settings")
    sites, error = studio.locator("#page-embed_on"), studio.locator("#page-embed_on-error")

    sites.fill("localhost:9206")
    expect(studio.locator("[data-said]").last).to_contain_text("What is marked cannot be published yet.")
    expect(error).to_have_text("Error: “localhost:9206” is no address of a site: write https:// and its name, such as "
                               "https://www.company.com.")  # fmt: skip
    expect(sites).to_be_focused()
    expect(sites).to_have_attribute("aria-describedby", "page-embed_on-hint page-embed_on-error")
    assert barriers(studio) == []

    sites.fill("https://www.company.com")
    expect(error).to_have_count(0)
    expect(sites).not_to_have_attribute("aria-invalid", "true")
    expect(sites).to_have_attribute("aria-describedby", "page-embed_on-hint")


def test_a_variant_is_ordered_by_keys_saved_by_itself_and_seen_beside_its_words(studio: Page, site: Site) -> None:
    studio.goto(of_a_live_page(site)[1])
    said, names = studio.locator("[data-said]"), "[...document.getElementsByName('B-order')].map((one) => one.value)"
    before = studio.evaluate(names)
    studio.fill("#B-headline", "Prices that hold")
    studio.locator("summary", has_text="Sections").press("Enter")
    up = studio.locator(f"#B-{before[1]} [data-move=up]")
    up.press("Enter")
    expect(up).to_be_focused()
    expect(said).to_contain_text("Saved")
    expect(studio.frame_locator("iframe").locator("h1")).to_have_text("Prices that hold")
    for weight, answer in (("abc", "has to be a whole number"), ("2", "Saved")):
        studio.fill("#B-weight", weight)
        expect(said).to_contain_text(answer)

    studio.reload()

    assert studio.evaluate(names)[:2] == [before[1], before[0]]
    expect(studio.locator("#B-weight")).to_have_value("2")
    studio.goto(f"{begin(studio)}/form/company")
    studio.fill("[data-tryout-form] input[type=text]", "x" * 300)
    expect(studio.locator("[data-tryout-result]")).to_contain_text("300 characters")
    studio.select_option("#when-field", index=1)
    expect(studio.locator("[data-reach=when-is]")).to_contain_text("has one of these answers")


def test_the_folder_of_a_bundle_becomes_a_draft_with_all_its_files(studio: Page) -> None:
    studio.goto("/studio/drafts/new")
    studio.set_input_files("#folder", LIBRARY / "one-pipeline")
    studio.click("form:has(#folder) .button")

    expect(studio.locator("h1")).to_have_text("One Pipeline")
    assert studio.locator("ol.chapters li").count() > 3


def test_without_scripts_everything_is_saved_by_the_button(browse: Browse, studio: Page, known: list) -> None:
    page = browse(storage_state=known[0], java_script_enabled=False)
    draft = begin(page)

    page.goto(f"{draft}/settings")
    page.fill("#page-slug", "answer-now")
    page.click(".form__row button")

    expect(page.locator("[role=status]").first).to_have_text("Saved")
    expect(page.locator("#page-slug")).to_have_value("answer-now")


def test_what_is_written_is_seen_as_pages_and_a_picture_is_described(browse: Browse, studio: Page, site: Site) -> None:
    while Worker(site.app, handlers={"proof": lambda _settings, _payload: None}).do_one("proof"):
        pass  # what other tests have left
    draft = begin(studio)
    worker = Worker(site.app)
    pages = studio.locator("[data-proof-pages] img")
    with studio.expect_response(re.compile(r"/proofs$")):
        studio.goto(f"{draft}/text/chapters/03-who-calls.md")
    while worker.do_one("proof"):
        pass
    expect(pages).to_have_count(1)
    before = pages.first.get_attribute("src")

    studio.focus("#text")
    studio.keyboard.press("Control+End")
    studio.keyboard.type("\nCall them ")
    studio.keyboard.press("Control+b")
    studio.keyboard.type("today")
    studio.click("[data-tool=picture]")
    assert barriers(studio) == []
    studio.set_input_files("#picture", {"name": "Tea.png", "mimeType": "image/png", "buffer": png()})
    studio.fill("#alt", "A cup of tea")
    with studio.expect_response(re.compile(r"/proofs$")):
        studio.click("text=Add the picture")

    expect(studio.locator("#text")).to_be_focused()
    expect(studio.locator("#text")).to_have_value(re.compile(r"Call them \*\*today\*\*\n\n!\[A cup of tea\]"))
    for _ in range(50):  # what was typed and the picture are saved one after the other, or at once
        while worker.do_one("proof"):
            pass
        if pages.first.get_attribute("src") != before:
            break
        studio.wait_for_timeout(100)
    expect(pages.first).not_to_have_attribute("src", before or "")


@pytest.mark.parametrize("screen", ["sections", "form"])
def test_a_link_of_the_previewed_page_opens_beside_the_studio_and_the_preview_stays(studio: Page, screen: str) -> None:
    draft = begin(studio)
    studio.goto(f"{draft}/{screen}")
    frame = studio.frame_locator("[data-landing] iframe")
    privacy = frame.locator("a[href$='/about/privacy']").first
    expect(privacy).to_have_attribute("target", "_blank")

    with studio.expect_popup() as opened:
        privacy.click()

    expect(opened.value.locator("h1")).to_be_visible()
    assert opened.value.url.endswith("/about/privacy")
    frame.locator(".closing a[href='#form']").click()
    expect(frame.locator("form.form [type=submit]")).to_have_count(1)
    assert len(studio.context.pages) == 2


def test_the_check_finds_by_itself_that_a_document_cannot_be_set(browse: Browse, studio: Page, site: Site) -> None:
    draft = begin(studio)
    with studio.expect_response(re.compile(r"/proofs$")):
        studio.goto(f"{draft}/check")
    expect(studio.locator("#check-document [data-said]")).to_contain_text("Being set")
    studio.click("summary")
    studio.fill("#until", "2031-01-01T10:00")
    with site.app.app_context(), transaction():
        found = drafts.by_public_id(draft.rpartition("/")[2])
        asked = proofs.of(found, proofs.WHOLE) if found else None
        assert asked
        proofs.finish(asked.id, Result(fault="Its table is too large."), at=clock.now())

    expect(studio.locator("#verdict")).to_have_text("1 thing in the way")

    expect(studio.locator("#check-verdict li")).to_contain_text("Its table is too large.")
    expect(studio.locator("#check-document [data-said]")).to_have_text("It cannot be set.")
    assert barriers(studio) == []
    studio.click("text=Set it again")
    set_pages(site)
    expect(studio.locator(".leaves-wall img").first).to_be_visible()
    studio.goto(f"{draft}/check")
    expect(studio.locator("#verdict")).to_have_text("Nothing stands in the way")
    expect(studio.locator("#check-document")).to_contain_text(re.compile(r"Set without a fault: \d+ pages"))
    studio.click("text=Say in “Promise” what one gets")
    expect(studio.locator("#page-promise")).to_be_focused()
    expect(studio.locator("#page-promise")).to_be_in_viewport()


def test_rich_text_is_pasted_as_markdown(studio: Page) -> None:
    studio.goto("/studio/drafts/new")
    studio.focus("#text")
    studio.evaluate(
        """() => {
          const data = new DataTransfer();
          data.setData("text/html", "<h1>Answer fast</h1><p>Call <b>back</b>.</p>");
          data.setData("text/plain", "Answer fast Call back.");
          const options = { clipboardData: data, bubbles: true, cancelable: true };
          document.activeElement.dispatchEvent(new ClipboardEvent("paste", options));
        }"""
    )

    expect(studio.locator("#text")).to_have_value("# Answer fast\n\nCall **back**.\n")


def test_the_keys_of_a_screen_are_listed_by_a_key_that_types_in_a_field(browse: Browse, site: Site) -> None:
    page, _ = a_newcomer(browse, site)
    begin(page)
    dialog, field = page.locator("[data-shortcuts]"), page.locator("textarea[data-editor]")

    field.focus()
    field.press("End")
    field.press("?")
    expect(field).to_have_value(re.compile(r"\?"))
    expect(dialog).to_be_hidden()
    page.locator("h1").click()
    page.keyboard.press("?")
    expect(dialog).to_be_visible()
    expect(dialog).to_contain_text("Bold, in the text")
    expect(page.get_by_role("button", name="Close")).to_be_focused()
    assert barriers(page) == []
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()

    page.goto("/studio/mqls")
    page.get_by_role("button", name="Keyboard shortcuts").click()
    expect(dialog).to_contain_text("The next MQL of the list")
    expect(dialog).not_to_contain_text("Bold")
    dialog.get_by_label("Single keys work in this browser").uncheck()
    page.keyboard.press("Escape")
    page.goto("/studio/mqls")
    page.keyboard.press("?")
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="Keyboard shortcuts").click()
    expect(dialog.get_by_label("Single keys work in this browser")).not_to_be_checked()


def test_an_absence_more_gets_a_line_of_its_own(studio: Page, site: Site) -> None:
    with site.app.app_context():
        finn = staff.add_person("finn@northwind.example", "Finn Sol", Role.SALES, actor="cli", at=clock.now()).public_id
    studio.goto("/studio/mqls/team")
    form = studio.locator(f"form[action$='{finn}']")
    days = form.locator("input[type=date]")

    days.nth(0).fill("2031-12-24")
    form.get_by_role("button", name="Another absence").click()
    expect(days.nth(2)).to_be_focused()
    expect(days.nth(2)).to_have_value("")
    days.nth(2).fill("2032-02-01")
    days.nth(3).fill("2032-02-07")
    assert barriers(studio) == []
    form.get_by_role("button", name="Keep").click()

    expect(studio.locator("[role=status]")).to_contain_text("Kept")
    expect(days).to_have_count(6)
    assert [one.input_value() for one in days.all()[:4]] == ["2031-12-24", "2031-12-24", "2032-02-01", "2032-02-07"]
    with site.app.app_context():
        staff.disable(finn, sla_hours=24, actor="cli", at=clock.now())
