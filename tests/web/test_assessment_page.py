"""The page of an assessment: its questions in the form, its result behind it, and what sales sees of both."""

import re

from flask.testing import FlaskClient

from capture import clock
from capture.catalogue.models import MagnetKind
from capture.handoff import columns, feed
from capture.leads.models import Lead
from capture.pages import questions
from capture.reports import leads as lead_reports
from tests.factories import every
from tests.magnets.test_assessment import WRITTEN, read
from tests.stories import a_definition, a_page
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


def test_another_browser_sees_no_result(client: FlaskClient) -> None:
    an_assessment()
    thanks = fill(client, "check-up", **TYPED)

    page = client.application.test_client().get(thanks).get_data(as_text=True)

    assert "Your level" not in page


def test_sales_reads_the_level_and_each_dimension(client: FlaskClient) -> None:
    an_assessment()
    fill(client, "check-up", **TYPED | {"talk": "yes"})

    [row] = feed.rows(0, 10)

    [told] = row.assessments
    assert (told.page, told.level, told.level_title) == ("check-up", "firm", "Firm")
    assert [(part.key, part.score) for part in told.dimensions] == [("speed", 100), ("care", 90)]
    cells = {column.name: column.take(row) for column in columns.COLUMNS}
    assert cells["assessment_dimensions"] == "Speed: 100; Care: 90"


def test_the_studio_shows_the_result_and_its_points(client: FlaskClient) -> None:
    an_assessment()
    fill(client, "check-up", **TYPED)
    [lead] = every(Lead)

    story = lead_reports.story(lead.public_id, at=clock.now())

    assert story is not None
    assert story.fills[0].result is not None
    assert story.fills[0].result.level.title == "Firm"
    assert "Answered every question of “Pricing guide”" in [reason.because for reason in story.explanation]
