"""The page of an assessment: its questions in the form, its result behind it, and what sales sees of both."""

import re
from io import BytesIO

from flask.testing import FlaskClient
from pypdf import PdfReader

from capture import clock
from capture.catalogue.models import MagnetKind
from capture.handoff import columns, feed
from capture.leads.models import Lead
from capture.pages import questions
from capture.reports import leads as lead_reports
from magnets.imprint import prepare
from tests.factories import every
from tests.magnets.test_assessment import WRITTEN, read
from tests.stories import a_definition, a_page, the_zone
from tests.web.test_landing import fill

TYPED = {"hours": "0", "owner": "yes", "notes": "source", "trust": "5", "reason": "back"}


def an_assessment(*, benchmarks: bool = False, **changes: object) -> None:
    written = WRITTEN
    if benchmarks:
        written = written.replace('title = "Speed"', 'title = "Speed"\nbenchmark = 40').replace(
            "weight = 3", "weight = 3\nbenchmark = 80"
        )
    asked, _ = read(written.replace("[assessment]", '[assessment]\nbenchmark_source = "120 teams, 2026"'))
    fields = (*questions.fields(asked), *a_definition().fields)
    a_page("check-up", kind=MagnetKind.ASSESSMENT, assessment=asked, fields=fields, **changes)  # type: ignore[arg-type]


def test_the_questions_are_steps_of_the_form_with_those_of_a_dimension_together(client: FlaskClient) -> None:
    an_assessment()

    page = client.get("/check-up").get_data(as_text=True)

    steps = re.findall(r'<legend class="step__title".*?</span>\s*(.*?)</legend>', page)
    assert steps == ["Speed", "Care", "Your result"]
    assert page.index('name="hours"') < page.index('name="owner"') < page.index('name="email"')


def test_a_question_left_open_is_asked_again_with_every_answer_kept(client: FlaskClient) -> None:
    an_assessment()

    answer = client.post("/check-up", data={**TYPED, "reason": "", "email": "ada@analytical.example"})

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Please choose an answer to “What happens to a rejected lead?”" in page
    assert re.search(r'name="owner" value="yes" type="radio" required\s*checked', page)


def test_the_result_is_shown_at_once_with_level_bars_and_advice(client: FlaskClient) -> None:
    an_assessment(benchmarks=True)

    page = client.get(fill(client, "check-up", **TYPED | {"reason": "lost"})).get_data(as_text=True)

    assert "Send leads back" in page
    assert "Call sooner" not in page
    assert '<rect class="bars__own" width="100"' in page
    assert "others 40" in page
    assert "120 teams, 2026" in page


def test_without_a_benchmark_nothing_is_said_of_others(client: FlaskClient) -> None:
    an_assessment()

    page = client.get(fill(client, "check-up", **TYPED)).get_data(as_text=True)

    assert "Firm" in page
    assert "thers" not in page.partition('aria-labelledby="outcome"')[2].partition("</section>")[0]


def a_report() -> bytes:
    """A page with the score, one for each level, one for each recommendation, and a last one."""
    from weasyprint import HTML  # slow, and only here

    def page(name: str, text: str) -> str:
        mark = f"<a style='position:absolute;width:2pt;height:2pt' href='section:{name}'></a>"
        return f"<section style='break-before:page'>{mark}<p>{text}</p></section>"

    score = "<a style='display:block;width:9cm;height:1cm' href='slot:score?size=18'></a>"
    marked = [("level.loose", "Loose"), ("level.firm", "Firm"), ("benchmark", "Others"), ("advice.send_back", "Back")]
    body = "".join(page(name, f"{text} page") for name, text in [*marked, ("", "Last")])
    return prepare(HTML(string=f"<html lang=en><title>Report</title><h1>Report</h1>{score}{body}").write_pdf())


def test_the_copy_shows_the_own_result_and_only_the_pages_that_apply(client: FlaskClient) -> None:
    an_assessment(document=a_report())
    thanks = client.get(fill(client, "check-up", **TYPED)).get_data(as_text=True)
    [address] = set(re.findall(r'href="(/get/[^"]+)"', thanks))

    copy = PdfReader(BytesIO(client.get(address).data))

    text = " ".join(page.extract_text() for page in copy.pages)
    assert "93" in text
    assert "Firm page" in text
    assert "Loose page" not in text
    assert "Others page" not in text
    assert "Last page" in text


def test_another_browser_sees_no_result(client: FlaskClient) -> None:
    an_assessment()
    thanks = fill(client, "check-up", **TYPED)

    page = client.application.test_client().get(thanks).get_data(as_text=True)

    assert "Your level" not in page


def test_sales_reads_the_level_and_each_dimension(client: FlaskClient) -> None:
    an_assessment()
    fill(client, "check-up", **TYPED | {"talk": "yes"})

    [row] = feed.rows(0, 10, zone=the_zone())

    [told] = row.assessments
    assert (told.page, told.level, told.level_title) == ("check-up", "firm", "Firm")
    assert [(part.key, part.score) for part in told.dimensions] == [("speed", 100), ("care", 90)]
    cells = {column.name: column.take(row, the_zone()) for column in columns.COLUMNS}
    assert cells["assessment_dimensions"] == "Speed: 100; Care: 90"


def test_the_studio_shows_the_result_and_its_points(client: FlaskClient) -> None:
    an_assessment()
    fill(client, "check-up", **TYPED)
    [lead] = every(Lead)

    story = lead_reports.story(lead.public_id, zone=the_zone(), at=clock.now())

    assert story is not None
    assert story.fills[0].result is not None
    assert story.fills[0].result.level.title == "Firm"
    assert "Answered every question of “Pricing guide”" in [reason.because for reason in story.explanation]
