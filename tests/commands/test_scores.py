"""`lodestone score`: the rules as a text file, points proposed, and a file of leads ranked."""

import math
import random
import re
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from capture import cli, clock
from capture.cli import score
from capture.cli.common import installation
from capture.db import transaction
from capture.engagement.models import EventKind
from capture.handoff.dispositions import Decision, Teller
from capture.handoff.models import Outcome, Source
from capture.journey import sales
from capture.reports import evaluation
from capture.scoring import preset, rulefile, scores
from tests.factories import NOON, a_good_lead, a_page, an_event, an_mql

FORM, CAME = EventKind.FORM_SUBMITTED, EventKind.WEBINAR_ATTENDED

GUIDE = Path(__file__).parents[2] / "docs" / "scoring.md"


def test_rules_go_out_to_a_file_are_changed_and_come_back(tmp_path: Path) -> None:
    environment = {"LODESTONE_DATA": str(tmp_path / "data")}
    file = tmp_path / "rules.toml"

    def run(*words: str, code: int = 0) -> str:
        done = CliRunner().invoke(cli.main, ["score", *words], env=environment)
        assert done.exit_code == code, done.output
        return done.output

    shipped = len(preset.DEFAULT.fit) + len(preset.DEFAULT.engagement)
    assert f"{shipped} rules" in run("rules", "export", str(file))
    assert "Begin one: lodestone score rules import FILE" in run("rules", "diff", code=1)
    assert run("rules", "list") == "1  fit 30, engagement 45  in force from the beginning\n"
    text = file.read_text()
    file.write_text(text.replace("engagement_threshold = 45", "engagement_threshold = 40"))
    assert run("rules", "import", str(file)) == "The engagement threshold goes from 45 to 40.\n"
    assert run("rules", "diff") == "The engagement threshold goes from 45 to 40.\n"
    told = run("rules", "activate", code=1)
    assert "0 leads are over both thresholds then" in told
    assert "--handover tranches  So many a day" in told
    assert "nothing was done" in told
    assert "2  fit" not in run("rules", "list")
    assert "Version 2 is on its way" in run("rules", "activate", "--handover", "evidence")
    assert "2  fit 30, engagement 40  being written" in run("rules", "list")
    file.write_text(text.replace("points = 15", "points = 0"))
    assert "needs points" in run("rules", "import", str(file), code=1)
    assert "no such lead" in run("explain", "nobody@company.example", code=1)


def test_a_file_as_an_editor_of_windows_leaves_it_is_read_by_every_command(tmp_path: Path) -> None:
    file, leads, meaning = (tmp_path / name for name in ("rules.toml", "leads.csv", "mapping.toml"))
    written = rulefile.write(preset.DEFAULT).replace("engagement_threshold = 45", "engagement_threshold = 40 # caf\xe9")
    leads.write_text("\ufeff" + a_file_of_leads(400).replace("\n", "\r\n"), "utf-8")
    meaning.write_text("\ufeff" + MAPPING.replace("\n", "\r\n"), "utf-8")

    def run(*words: str) -> str:
        done = CliRunner().invoke(cli.main, ["score", *words], env={"LODESTONE_DATA": str(tmp_path / "data")})
        assert done.exit_code == 0, done.output
        return done.output

    for content in (("\ufeff" + written).replace("\n", "\r\n").encode(), written.encode("cp1252")):
        file.write_bytes(content)
        assert run("rules", "import", str(file)) == "The engagement threshold goes from 45 to 40.\n"
        assert run("rules", "diff", str(file)) == "The engagement threshold goes from 45 to 40.\n"
        assert "0 leads and 0 events replayed" in run("simulate", "--rules", str(file))
        assert "400 leads" in run("evaluate", str(leads), "--mapping", str(meaning), "--rules", str(file))


def test_the_simulator_says_on_the_command_line_what_its_screen_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LODESTONE_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(clock, "now", lambda: NOON)
    with installation(None):
        page = a_page()
        for name, kinds in (("Ada", (FORM, CAME)), ("Bo", (FORM,))):
            lead = a_good_lead(name=name, at=NOON - timedelta(days=9))
            for kind in kinds:
                an_event(kind, lead, page, at=NOON - timedelta(days=8))
            if name == "Ada":
                mql = an_mql(lead, hand_raised=False, at=NOON - timedelta(days=8))
                sales.decide(mql.public_id, Decision(Outcome.ACCEPTED), Teller("cli", Source.STUDIO), at=NOON)

    done = CliRunner().invoke(cli.main, ["score", "simulate", "--engagement", "15"])

    assert done.exit_code == 0, done.output
    told = " ".join(done.output.split())
    assert "2 leads and 3 events replayed." in told
    share = "100% (21% to 100%, of 1, too few to tell)"
    assert f"in force: 1 MQLs, 1 accepted, 0 rejected, 0 won; precision {share}" in told
    assert "these: 2 MQLs, 1 accepted" in told
    assert "would enter: 1 (Bo) would leave: 0 over the thresholds now, and sales never had them: 0 reach the" in told
    assert "2026-09-07 1 2 2026-09-14 0 0" in told
    assert f"2 0 Writes from a work e-mail address (+15); accepted {share}" in told
    assert "2 2 Filled in the form for “…” (+15)" in told
    assert "Nothing came of: Uses a throw-away address;" in told
    assert f"15 2 {share} 16 1 {share}" in told
    assert f"45 1 {share}, in force" in told


def test_of_older_weeks_and_of_more_people_it_is_said_how_many_and_all_are_told_when_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LODESTONE_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(clock, "now", lambda: NOON)
    monkeypatch.setattr(score, "AT_ONCE", 5)
    with installation(None):
        page = a_page()
        for number in range(12):
            at = NOON - timedelta(weeks=40 if number < 3 else 1)
            an_event(FORM, a_good_lead(name=f"Lead {number}", at=at), page, at=at)

    def told(*words: str) -> str:
        done = CliRunner().invoke(cli.main, ["score", "simulate", "--engagement", "15", *words])
        assert done.exit_code == 0, done.output
        return " ".join(done.output.split())

    first, whole = told(), told("--all")

    assert ", … and 2 more: --all)" in first
    assert "15 weeks before (--all) 0 3 2026-03-23 0 0" in first
    assert "2025-12-08" not in first
    assert all(f"Lead {number}" in whole for number in range(12))
    assert "2025-12-08 0 3 2025-12-15 0 0" in whole
    assert "--all" not in whole


def a_file_of_leads(rows: int = 3_000) -> str:
    """Leads of known structure: a middling time on the site is best, and jobs and calls count."""
    chance = random.Random(4)  # noqa: S311
    lines = ["Converted,Created,Title,Mail,Seconds,Origin"]
    for number in range(rows):
        seconds = 0 if chance.random() < 0.3 else int(chance.expovariate(1 / 600)) + 1
        title = chance.choice(["", "", "CTO", "Head of Marketing", "Engineer", "Student"])
        called = chance.random() < 0.15
        good = {"": -1.6, "Student": -2.2, "Engineer": 0.2, "CTO": 1.4, "Head of Marketing": 1.8}[title]
        good += 2.6 if 300 <= seconds <= 1_500 else -1.8
        good += 3.5 if called else 0.0
        won = chance.random() < 1 / (1 + math.exp(-1.3 * good))
        day = date(2026, 1, 1) + timedelta(days=number * 200 // rows)
        mail = f"p{number}@{'gmail.com' if chance.random() < 0.3 else 'alder.example'}"
        lines.append(f"{int(won)},{day},{title},{mail},{seconds},{'Called' if called else 'Page'}")
    return "\n".join(lines)


MAPPING = """\
outcome = "Converted"
date = "Created"
fields = { email = "Mail", job_title = "Title", origin = "Origin" }
numbers = { seconds = "Seconds" }

[[events]]
event = "page_viewed"
column = "Seconds"
low = 300
high = 1500

[[events]]
event = "contact_requested"
column = "Origin"
values = ["Called"]
"""


def test_a_file_of_leads_is_ranked_by_the_preset_and_better_by_fitted_points(tmp_path: Path) -> None:
    (tmp_path / "leads.csv").write_text(a_file_of_leads())
    (tmp_path / "mapping.toml").write_text(MAPPING)
    words = ["score", "evaluate", str(tmp_path / "leads.csv"), "--mapping", str(tmp_path / "mapping.toml")]
    fitted = tmp_path / "fitted.toml"

    done = CliRunner().invoke(cli.main, [*words, "--write", str(fitted)])
    again = CliRunner().invoke(cli.main, [*words, "--rules", str(fitted)])

    assert done.exit_code == 0, done.output
    areas = [float(area) for area in re.findall(r"AUC (0\.\d+) ", done.output)]
    assert areas[0] >= 0.79
    assert areas[1] >= 0.80
    assert areas[2] >= 0.86
    assert f"held out: AUC {areas[2]:.3f}" in again.output
    points = [rule.points for rule in rulefile.read(fitted.read_text()).fit if rule.when.field == "seconds"]
    assert max(points) > points[-1]


ODDS = {  # how often each is seen, and how much it speaks for a lead, as logarithms of odds
    "Origin": {"Landing page": (53, -0.3), "API": (39, -0.5), "Add form": (8, 3.0)},
    "Source": {
        "Google": (31, 0.1),
        "Direct": (28, -0.4),
        "Chat": (19, -0.7),
        "Organic": (12, 0.0),
        "Referral": (10, 1.5),
    },
    "Last activity": {
        "E-mail opened": (38, -0.2),
        "SMS sent": (30, 1.4),
        "Chat": (11, -1.7),
        "Page visited": (8, -0.8),
        "E-mail link clicked": (6, 0.0),
        "Converted": (4, -1.9),
        "Unsubscribed": (3, -0.5),
    },
    "Occupation": {"Unemployed": (61, 0.2), "": (29, -1.8), "Working professional": (8, 2.6), "Student": (2, -0.2)},
}
MEANING = """\
outcome = "Converted"
fields = { origin = "Origin", source = "Source", last = "Last activity", work = "Occupation", job_title = "Occupation" }
numbers = { visits = "Visits", seconds = "Time on the site" }

[[events]]
event = "page_viewed"
column = "Visits"

[[events]]
event = "form_submitted"
column = "Origin"
values = ["Landing page"]

[[events]]
event = "contact_requested"
column = "Origin"
values = ["Add form"]

[[events]]
event = "link_followed"
column = "Last activity"
values = ["E-mail link clicked"]
"""


def an_export_without_dates(rows: int = 3_000) -> str:
    """Leads as a common export has them: what is seen of each speaks for or against it, and chance does the rest."""
    chance = random.Random(11)  # noqa: S311
    lines = [",".join(["Converted", *ODDS, "Visits", "Time on the site"])]
    for _ in range(rows):
        cells = {
            name: chance.choices([*told], [weight for weight, _ in told.values()])[0] for name, told in ODDS.items()
        }
        seconds = 0 if chance.random() < 0.24 else int(chance.expovariate(1 / 600)) + 1
        visits = 0 if not seconds else 1 + int(chance.expovariate(1 / 3))
        good = -1.0 + sum(ODDS[name][cell][1] for name, cell in cells.items()) + min(seconds, 1_800) / 600 * 1.1
        won = chance.random() < 1 / (1 + math.exp(-1.2 * good))
        lines.append(",".join([str(int(won)), *cells.values(), str(visits), str(seconds)]))
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("span", "times"),
    [
        ("", [0, 0, 0, 10, 25, 26]),
        ("each = 10", [0, 0, 0, 1, 2, 2]),
        ("low = 10\nhigh = 25.5", [0, 0, 0, 1, 1, 0]),
        ("low = 26", [0, 0, 0, 0, 0, 1]),
        ("high = 25", [0, 0, 1, 1, 1, 0]),
        ("low = 0", [0, 0, 1, 1, 1, 1]),
    ],
)
def test_a_number_in_a_column_is_so_many_acts_or_one_within_a_span(span: str, times: list[int]) -> None:
    meaning = f'outcome = "Won"\n[[events]]\nevent = "page_viewed"\ncolumn = "Minutes"\n{span}'
    file = "\n".join(["Won,Minutes", *(f"1,{cell}" for cell in ("", "-3", "0", "10", "25", "26"))])

    rows = evaluation.read(file.encode(), evaluation.columns(meaning))

    assert [len(row.acts) for row in rows] == times


def test_an_export_without_dates_is_ranked_by_rows_that_are_held_out(tmp_path: Path) -> None:
    (tmp_path / "leads.csv").write_text(an_export_without_dates())
    (tmp_path / "mapping.toml").write_text(MEANING)

    done = CliRunner().invoke(
        cli.main, ["score", "evaluate", str(tmp_path / "leads.csv"), "--mapping", str(tmp_path / "mapping.toml")]
    )

    assert done.exit_code == 0, done.output
    assert "the 900 that are three of each ten held out" in done.output
    areas = [float(area) for area in re.findall(r"AUC (0\.\d+) ", done.output)]
    assert areas[0] >= 0.60
    assert areas[2] >= 0.85


def test_a_number_that_grows_with_time_puts_the_leads_in_order_where_there_are_no_dates(tmp_path: Path) -> None:
    head, *lines = a_file_of_leads().splitlines()
    numbered = [f"{number},{line}" for number, line in enumerate(lines, 7_001)]
    random.Random(2).shuffle(numbered)  # noqa: S311
    (tmp_path / "leads.csv").write_text("\n".join([f"Number,{head}", *numbered]).replace(",Student,", ",Select,"))
    mapping = tmp_path / "mapping.toml"
    words = ["score", "evaluate", str(tmp_path / "leads.csv"), "--mapping", str(mapping)]

    mapping.write_text(MAPPING.replace('date = "Created"', 'order = "Number"\nblank = ["select"]'))
    done = CliRunner().invoke(cli.main, [*words, "--write", str(tmp_path / "fitted.toml")])
    mapping.write_text(MAPPING.replace('date = "Created"', 'date = "Created"\norder = "Number"'))
    both = CliRunner().invoke(cli.main, words)
    mapping.write_text(MAPPING.replace('date = "Created"', 'order = "Title"'))
    no_number = CliRunner().invoke(cli.main, words)

    assert "the 900 since Number 9,101 held out" in done.output
    assert "Title: select" not in (tmp_path / "fitted.toml").read_text()
    assert "keep one of them" in both.output
    assert "is no number to put the leads in order by" in no_number.output


def test_fitted_points_are_a_rule_file_whatever_the_columns_are_called(tmp_path: Path) -> None:
    (tmp_path / "leads.csv").write_text(a_file_of_leads(600))
    strange = MAPPING.replace("job_title = ", '"Titel / Rolle" = ').replace("origin = ", "seconds = ")
    (tmp_path / "mapping.toml").write_text(strange)
    words = ["score", "evaluate", str(tmp_path / "leads.csv"), "--mapping", str(tmp_path / "mapping.toml")]

    done = CliRunner().invoke(cli.main, [*words, "--write", str(tmp_path / "fitted.toml")])

    assert done.exit_code == 0, done.output
    written = rulefile.read((tmp_path / "fitted.toml").read_text(encoding="utf-8"))
    assert "Titel_Rolle_1" in {rule.key for rule in written.fit}


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('values = ["Called"]', 'values = "Called"', "“values” must be a list"),
        ("date = ", 'blank = "Select"\ndate = ', "“blank” must be a list"),
        ("date = ", 'yes = "won"\ndate = ', "“yes” must be a list"),
        ("low = 300\nhigh = 1500", "each = nan", "“each” must be a number over 0"),
        ("low = 300\nhigh = 1500", "eech = 300", "“eech” is not known of an event"),
        ("low = 300", "low = 1501", "“low” must not be over “high”"),
        ("low = 300", "low = nan", "“low” must be a number"),
        ("low = 300", "each = 300", "“each” and “low” both say how often an event happened"),
        ('event = "page_viewed"', 'event = "page_seen"', "“page_seen” is no event"),
        ('event = "page_viewed"', "", "does not say 'event'"),
        ("Created", "Made", "no column “Made”"),
        ("outcome", "\ufeff\ufeffoutcome", "cannot be read"),
    ],
)
def test_what_is_wrong_in_a_mapping_is_said(tmp_path: Path, before: str, after: str, said: str) -> None:
    (tmp_path / "leads.csv").write_text(a_file_of_leads(60))
    (tmp_path / "mapping.toml").write_text(MAPPING.replace(before, after, 1))

    done = CliRunner().invoke(
        cli.main, ["score", "evaluate", str(tmp_path / "leads.csv"), "--mapping", str(tmp_path / "mapping.toml")]
    )

    assert done.exit_code == 1, done.output
    assert said in done.output


def test_the_score_of_a_day_is_what_was_written_before_its_midnight_and_today_is_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LODESTONE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("LODESTONE_TIMEZONE", "Europe/Berlin")
    midnight = datetime(2026, 3, 30, tzinfo=ZoneInfo("Europe/Berlin"))  # the clocks went forward on the day before
    monkeypatch.setattr(clock, "now", lambda: midnight + timedelta(hours=15))
    with installation(None):
        lead, page = a_good_lead("ada@rivers.example", at=midnight - timedelta(days=3)), a_page()
        for kind, at in ((FORM, midnight - timedelta(microseconds=1)), (CAME, midnight)):
            an_event(kind, lead, page, at=at)
            with transaction():
                scores.after(lead.id, at=at)

    def told(*on: str) -> str:
        done = CliRunner().invoke(cli.main, ["score", "explain", "ada@rivers.example", *on])
        assert done.exit_code == 0, done.output
        return done.output

    assert "Fit 0 (30 needed), engagement 0" in told("--on", "2026-03-28")
    assert "engagement 15 (45 needed)" in told("--on", "2026-03-29")
    assert told("--on", "2026-03-30") == told()
    assert "Joined the webinar" not in told("--on", "2026-03-29")
    assert re.search(r"2026-03-30  Joined the webinar", told())
    to_come = CliRunner().invoke(cli.main, ["score", "explain", "ada@rivers.example", "--on", "2026-03-31"])
    assert (to_come.exit_code, "this day is still to come" in to_come.output) == (1, True)


def test_the_mapping_in_the_guide_reads_the_columns_of_the_public_set(tmp_path: Path) -> None:
    [told] = re.findall(r"```toml\n(outcome = \"Converted\"\norder =.*?)```", GUIDE.read_text(), re.DOTALL)
    meaning = evaluation.columns(told)
    heads = [meaning.outcome, meaning.order, *meaning.fields.values(), *meaning.numbers.values()]
    rows = [f"{n % 2},{1_000 + n}," + ",".join(["Select"] * (len(heads) - 2)) for n in range(40)]
    (tmp_path / "leads.csv").write_text("\n".join([",".join(heads), *rows]))
    (tmp_path / "mapping.toml").write_text(told)

    done = CliRunner().invoke(
        cli.main, ["score", "evaluate", str(tmp_path / "leads.csv"), "--mapping", str(tmp_path / "mapping.toml")]
    )

    assert "the preset, held out: AUC 0.500" in done.output


def test_a_mapping_that_does_not_fit_the_file_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "leads.csv").write_text(a_file_of_leads(10).replace("Converted,", "Result,"))
    mapping = tmp_path / "mapping.toml"
    words = ["score", "evaluate", str(tmp_path / "leads.csv"), "--mapping", str(mapping)]

    mapping.write_text(MAPPING)
    assert "The file has no column “Converted”" in CliRunner().invoke(cli.main, words).output
    mapping.write_text(MAPPING.replace("Converted", "Result").replace("fields =", "felds ="))
    assert "“felds” is not known" in CliRunner().invoke(cli.main, words).output


def test_a_proposal_without_answers_says_what_it_waits_for(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli.main, ["score", "propose", "--data", str(tmp_path)])

    assert done.exit_code == 1
    assert "Points can be proposed when it has answered 200." in done.output
