"""The report of outcomes out of a CRM: understood, shown, recorded once, whatever its program makes of a CSV."""

from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from flask import Flask

from capture import cli, languages
from capture.accounts.models import Role
from capture.cli.common import installation
from capture.errors import UploadRefused
from capture.handoff import feed, outcomes
from capture.handoff.dispositions import Decision, Teller
from capture.handoff.models import Disposition, Mql, Outcome, Source
from capture.handoff.outcomes import Preview
from capture.journey import outcomes as outcomes_journey
from capture.journey import sales
from tests.factories import NOON, a_lead, an_mql, every
from tests.stages.test_feed_rows import counted_queries
from tests.stories import the_zone
from tests.web.studio import Studio

BERLIN = ZoneInfo("Europe/Berlin")
BEFORE = NOON - timedelta(days=20)
CRM = Teller("cli", Source.REPORT)


def read(text: str, statuses: str = outcomes.USUAL, *, at: datetime = NOON) -> Preview:
    return outcomes.read(text.encode(), outcomes.meanings(statuses), currency="EUR", zone=BERLIN, at=at)


def end_of(day: date) -> datetime:
    return datetime.combine(day, time.max, BERLIN)


def load(text: str, statuses: str = outcomes.USUAL, *, at: datetime = NOON) -> int:
    return outcomes_journey.load(read(text, statuses, at=at), outcomes.meanings(statuses), CRM, at=at)


def test_a_report_is_recorded_line_by_line_by_id_or_by_address(app: Flask) -> None:
    ada, grace = (
        an_mql(a_lead(address), at=BEFORE) for address in ("ada@analytical.example", "grace@compiler.example")
    )
    an_mql()

    loaded = load(
        "MQL ID;Email;Lead Status;Amount;Record ID;Close Date\r\n"
        f"{ada.public_id};;Closed Won;12.500,50;006-1;14.09.2026\r\n"
        ";Grace@Compiler.example;Unqualified;;;\r\n"
    )

    assert loaded == 2
    won, rejected = every(Disposition)
    assert (won.mql_id, won.outcome, won.value, won.currency, won.crm_id) == (
        ada.id,
        Outcome.WON,
        1_250_050,
        "EUR",
        "006-1",
    )
    assert won.at == end_of(date(2026, 9, 14))
    assert (rejected.mql_id, rejected.outcome, rejected.reason) == (grace.id, Outcome.REJECTED, "no_fit")
    assert {row.source for row in (won, rejected)} == {Source.REPORT}


def test_a_file_says_which_data_are_wrong_where_they_are_to_be_mended(app: Flask) -> None:
    statuses = "bad data = rejected: wrong_data\nlost = lost\n"
    phone, title, gone, shoe = (an_mql(at=BEFORE) for _ in range(4))
    lines = [(phone, "Bad data", "Phone"), (title, "Bad data", "job title"), (gone, "Lost", "Phone")]
    rows = "".join(f"{mql.public_id},{status},{wrong}\n" for mql, status, wrong in [*lines, (shoe, "Bad data", "shoe")])

    loaded = load(f"MQL ID,Status,Wrong data\n{rows}", statuses)
    again = read(f"MQL ID,Status\n{phone.public_id},Bad data\n", statuses)

    assert (loaded, again.new) == (3, [])
    assert [(row.outcome.value, row.wrong) for row in every(Disposition)] == [
        ("rejected", "phone"),
        ("rejected", "job_title"),
        ("lost", None),
    ]
    [fault] = read(f"MQL ID,Status,Wrong data\n{shoe.public_id},Bad data,shoe\n", statuses).faults
    assert "Name what is wrong by one of these: email, phone" in fault.why_not


def test_a_file_does_not_take_up_again_what_went_on_as_another_mql(app: Flask) -> None:
    lead, other, statuses = a_lead(), an_mql(at=BEFORE), "working = accepted\nlost = lost\n"
    old = an_mql(lead, at=BEFORE)
    sales.decide(old.public_id, Decision(Outcome.REJECTED, "wrong_data"), CRM, at=BEFORE)
    new = an_mql(lead, at=BEFORE + timedelta(days=1))

    lines = [f"{mql.public_id},Working\n" for mql in (old, new, other)]
    told = read(f"MQL ID,Status\n{''.join(lines)}", statuses)

    assert [row.mql_id for row in told.new] == [new.public_id, other.public_id]
    [left] = [row for row in told.rows if row.decision is None]
    assert (left.why_not, left.is_fault) == ("Went on as another MQL: what is said of that one counts.", False)
    assert load(f"MQL ID,Status\n{old.public_id},Lost\n", statuses) == 1


def test_what_a_file_tells_is_told_on_in_the_feed_once(app: Flask) -> None:
    mql = an_mql(at=BEFORE)

    for _ in range(2):
        load(f"MQL ID,Status\n{mql.public_id},Closed Won\n")

    assert [(row.event, row.outcome) for row in feed.rows(0, 9, zone=the_zone())] == [
        ("mql.created", "won"),
        ("mql.answered", "won"),
    ]


def test_a_day_without_an_hour_counts_above_what_sales_said_on_that_day_and_what_will_not_stand_says_so(
    app: Flask,
) -> None:
    mql, evening = an_mql(at=BEFORE), NOON + timedelta(hours=6)
    sales.decide(mql.public_id, Decision(Outcome.ACCEPTED), CRM, at=NOON + timedelta(hours=5))
    today = f"mql_id,status,date\n{mql.public_id},Negotiation,2026-09-15\n"

    assert [load(today, at=evening), load(today, at=evening + timedelta(days=9))] == [1, 0]
    assert every(Mql)[0].outcome is Outcome.OPPORTUNITY
    [row] = read(today.replace("09-15", "09-14").replace("Negotiation", "Junk"), "junk = rejected: no_fit").rows
    assert (row.decided, row.remark) == (end_of(date(2026, 9, 14)), "Something later was said: that goes on standing.")
    shown = Studio(app).post(
        "/studio/mqls/outcomes", 200, text=today.replace("09-15", "09-14"), statuses="negotiation = rejected: no_fit"
    )
    assert "Rejected: Does not fit" in shown
    assert "that goes on standing" in shown


@pytest.mark.parametrize("date", ["", "2026-09-14"])
def test_the_same_report_once_more_changes_nothing(app: Flask, date: str) -> None:
    mql = an_mql(at=BEFORE)
    text = f"mql_id,status,date\n{mql.public_id},Working,{date}\n{mql.public_id},Closed Won,{date}\n"

    assert [load(text, at=NOON + timedelta(days=day)) for day in range(3)] == [2 if date else 1, 0, 0]
    assert load(f"mql_id,status\n{mql.public_id},Closed Won\n", at=NOON + timedelta(days=4)) == 0


def test_a_report_without_days_that_says_what_it_said_last_time_undoes_nothing_that_was_said_since(app: Flask) -> None:
    mql = an_mql()
    working = f"mql_id,status,crm_id\n{mql.public_id},Working,006-1\n"
    load(working)
    sales.decide(mql.public_id, Decision(Outcome.WON), Teller("sam", Source.STUDIO), at=NOON + timedelta(days=1))

    [row] = read(working, at=NOON + timedelta(days=2)).rows
    assert (row.decision, row.why_not) == (None, "Was recorded before, and something else was said since.")
    assert not row.is_fault
    assert load(working, at=NOON + timedelta(days=2)) == 0
    assert every(Mql)[0].outcome is Outcome.WON
    assert load(working.replace("006-1", "006-2"), at=NOON + timedelta(days=3)) == 1  # of another record: that is news
    assert load(working.replace("Working", "Closed Lost"), at=NOON + timedelta(days=4)) == 1


def test_an_amount_is_of_the_currency_beside_it_and_else_of_the_house(app: Flask) -> None:
    first, second = an_mql(), an_mql()

    load(f"mql_id,status,amount,currency\n{first.public_id},Won,5000,jpy\n{second.public_id},Won,12.50,\n")

    assert [(row.value, row.currency) for row in every(Disposition)] == [(5000, "JPY"), (1250, "EUR")]


def test_a_status_that_comes_back_is_recorded_again(app: Flask) -> None:
    mql = an_mql()

    for day, status in enumerate(("Working", "Closed Lost", "Working")):
        load(f"mql_id,status\n{mql.public_id},{status}\n", at=NOON + timedelta(days=day))

    assert [row.outcome for row in every(Disposition)] == [Outcome.ACCEPTED, Outcome.LOST, Outcome.ACCEPTED]


def test_what_cannot_be_recorded_says_why_and_keeps_nothing_else_back(app: Flask) -> None:
    mql = an_mql()
    known = f"{mql.public_id}"

    told = read(
        "mql_id,status,amount,date\n"
        f"nobody,Working,,\n{known},Daydreaming,,\n{known},New,,\n{known},Won,lots,2026-09-14\n"
        f"{known},Won,,next week\n{known},Won,,2027-01-01\n{known},Lost,,\n{known},Working,,\n"
    )

    assert [row.why_not for row in told.rows] == [
        "Nobody of this id or address was handed over.",
        "Say what this status means.",
        "Says nothing about the outcome.",
        "Write the amount in digits, for instance 12500 or 12500.50.",
        "“next week” is not a day such as 2026-11-25",
        "The date lies in the future.",
        "A line below says how it stands.",
        "",
    ]
    assert told.unmapped == ["Daydreaming"]
    assert (len(told.new), len(told.faults)) == (1, 5)


def test_a_line_of_before_the_hand_over_is_not_recorded_and_says_so(app: Flask) -> None:
    mql = an_mql(a_lead("ada@analytical.example"), at=NOON)
    statuses = "mql_id,email,status,date\n"
    by_id, by_address = f"{mql.public_id},,Working,2026-09-14\n", ",ada@analytical.example,Won,2026-09-14 10:00\n"
    later = NOON + timedelta(days=1)

    preview = read(statuses + by_id + by_address, at=later)

    why = "The date lies before the hand-over: Tuesday, 15 September 2026, 14:00."
    assert [(row.why_not, row.is_fault) for row in preview.rows] == [(why, True), (why, False)]
    assert "vor der Übergabe: Dienstag, 15. September 2026, 14:00" in languages.said(
        preview.rows[0].why_not, languages.of("de")
    )
    assert load(statuses + by_id + by_address, at=later) == 0
    assert every(Disposition) == []


def test_a_clock_of_the_crm_that_is_a_little_behind_counts_as_the_hand_over_and_once(app: Flask) -> None:
    mql = an_mql(at=NOON)
    text = f"mql_id,status,date\n{mql.public_id},Working,2026-09-15T11:56:00Z\n"

    assert [load(text, at=NOON + timedelta(days=day)) for day in (1, 2)] == [1, 0]
    assert every(Disposition)[0].at == NOON


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "status\nwon\n", "\x00\x00"])
def test_a_file_without_the_columns_is_refused_with_what_it_needs(app: Flask, text: str) -> None:
    with pytest.raises(UploadRefused, match="headers Status"):
        read(text)


@pytest.mark.parametrize("statuses", ["won", "won = sold", "no = rejected", "no = rejected: bored", "x = won: no_fit"])
def test_a_mapping_that_means_nothing_is_refused_with_its_line(app: Flask, statuses: str) -> None:
    with pytest.raises(UploadRefused, match="Line 2"):
        outcomes.meanings(f"working = accepted\n{statuses}")


@pytest.mark.parametrize(
    ("dates", "day"),
    [
        (["9/3/2026", "9/14/2026 2:30 PM"], datetime(2026, 9, 14, 14, 30, tzinfo=BERLIN)),
        (["3/9/26", "14/9/26, 14:30"], datetime(2026, 9, 14, 14, 30, tzinfo=BERLIN)),
        (["Sep 3, 2026", "14.09.2026 14:30"], datetime(2026, 9, 14, 14, 30, tzinfo=BERLIN)),
    ],
)
def test_the_order_of_dates_is_recognised_by_those_that_can_be_read_one_way_alone(
    app: Flask, dates: list[str], day: datetime
) -> None:
    first, second = an_mql(at=NOON - timedelta(days=20)), an_mql(at=NOON - timedelta(days=20))

    load(f'mql_id,status,date\n{first.public_id},Won,"{dates[0]}"\n{second.public_id},Won,"{dates[1]}"\n')

    assert [row.at for row in every(Disposition)] == [end_of(date(2026, 9, 3)), day]


def test_what_a_person_says_of_columns_and_dates_is_kept_for_such_files(app: Flask) -> None:
    mql, studio = an_mql(at=BEFORE), Studio(app)
    text = f"Lead,Where it stands,Reason,As of\n{mql.public_id},Closed Won,so,03/09/2026\n"

    def post(status: int, **more: str) -> str:
        return studio.post("/studio/mqls/outcomes", status, text=text, statuses=outcomes.USUAL, **more)

    columns = {"line": "0", "column-1": "mql_id", "column-2": "status", "column-3": "", "column-4": "date"}
    assert "no line with the headers Status" in post(422)
    assert "choose one" in post(422, **columns | {"column-3": "status"})
    assert "no line with the headers Status" in post(422, **columns | {"column-2": ""})
    assert "03/09/2026 may be read in two ways" in post(200, **columns)
    assert "1 outcome</strong> would be recorded" in post(200, **columns, order="dmy")
    assert every(Disposition) == []
    assert "1 outcome recorded" in post(200, **columns, order="dmy", load="1")
    assert every(Disposition)[0].at == end_of(date(2026, 9, 3))

    again = text.replace("03/09", "04/09").replace("Lead,", "LEAD,")
    [row] = read(again).rows
    assert row.decided == end_of(date(2026, 9, 4))
    with pytest.raises(UploadRefused):
        read(again.replace("As of", "Since"))


def test_on_the_command_line_columns_are_named_by_their_headers(app: Flask, tmp_path: Path) -> None:
    with installation(tmp_path):
        mql = an_mql(at=BEFORE)
    file = tmp_path / "report.csv"
    file.write_text(f"Lead,Where it stands,status\n{mql.public_id},Closed Won,09/03/2026\n")

    def run(*more: str) -> str:
        return CliRunner().invoke(cli.main, ["mqls", "outcomes", str(file), *more, "--data", str(tmp_path)]).output

    named = ("--column", "Lead=mql_id", "--column", "Where it stands=status", "--column", "status=date")

    assert "1 would be recorded" in run(*named, "--dates", "mdy")
    assert "two ways" in run(*named)
    assert "no such column" in run("--column", "Lead=owner")


def test_the_command_line_shows_all_that_would_be_recorded_beside_what_the_file_says(
    app: Flask, tmp_path: Path
) -> None:
    with installation(tmp_path):
        an_mql(a_lead("ada@alder.example"), at=BEFORE)
        an_mql(a_lead("bert@birch.example"), at=BEFORE)
    file = tmp_path / "report.csv"
    file.write_text(
        "email,status,amount,currency,crm_id\n"
        "ada@alder.example,Closed Won,9900,EUR,006-17\nbert@birch.example,Rubbish,,,\n"
    )
    (tmp_path / "means").write_text("closed won = won\nrubbish = rejected: wrong_data\n")

    command = ["mqls", "outcomes", str(file), "--statuses", str(tmp_path / "means"), "--data", str(tmp_path)]
    told = CliRunner().invoke(cli.main, command).output

    assert "line 2  ada@alder.example  Closed Won: won, 9,900 EUR, CRM 006-17\n" in told
    assert "line 3  bert@birch.example  Rubbish: rejected: wrong_data\n" in told


def test_the_mapping_is_kept_for_the_next_time(app: Flask) -> None:
    mql = an_mql()

    load(f"mql_id,status\n{mql.public_id},Done\n", "done = won\nno = rejected: no_need\nhm = ignore\n")

    assert outcomes.kept_meanings() == "done = won\nno = rejected: no_need\nhm = ignore\n"


def test_in_the_studio_nothing_is_recorded_before_it_was_seen(app: Flask) -> None:
    mql, studio = an_mql(), Studio(app)
    text = f'mql_id,status,crm_id\n{mql.public_id},Closed Won,"a ""b"", c"\n'

    seen = studio.post("/studio/mqls/outcomes", 200, text=text, statuses=outcomes.USUAL)
    assert "1 outcome</strong> would be recorded" in seen
    assert every(Disposition) == []
    assert "1 outcome recorded" in studio.post(
        "/studio/mqls/outcomes", 200, text=text, statuses=outcomes.USUAL, load="1"
    )

    assert [row.crm_id for row in every(Disposition)] == ['a "b", c']
    assert "Choose the file" in studio.post("/studio/mqls/outcomes", 422, statuses="")
    Studio(app, Role.SALES, "sam@northwind.example").get("/studio/mqls/outcomes", 403)


def test_the_queries_of_a_preview_do_not_grow_with_its_lines(app: Flask) -> None:

    many = [an_mql().public_id for _ in range(9)]

    def queries(ids: list[str]) -> int:
        with counted_queries() as told:
            read("mql_id,status\n" + "".join(f"{one},Working\n" for one in ids))
        return len(told)

    assert queries(many) == queries(many[:1])
    assert len(every(Mql)) == 9


def test_every_line_of_a_file_is_counted_once_whatever_becomes_of_it(app: Flask) -> None:
    for name in ("ada", "bo", "cy"):
        an_mql(a_lead(f"{name}@analytical.example"), at=BEFORE)
    lines = ("ada,won,", "bo,lost,", "cy,won,2020-01-01", "nobody,won,", "ada,dreaming,")
    text = "Email,Status,Date\n" + "\n".join(line.replace(",", "@analytical.example,", 1) for line in lines)

    told = read(text)
    studio = Studio(app, Role.ADMIN)
    page = studio.post("/studio/mqls/outcomes", 200, text=text, statuses=outcomes.USUAL)

    assert (len(told.new), len(told.faults), told.left_out) == (2, 2, 1)
    assert "2 outcomes</strong> would be recorded. 2 lines cannot be yet. 1 line is left out and says why." in page
