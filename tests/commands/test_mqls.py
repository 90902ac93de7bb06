"""`lodestone mqls export --for`: the file that another system takes."""

from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from capture import cli
from capture.cli.common import installation
from capture.handoff.dispositions import Decision, Teller
from capture.handoff.models import Outcome, Source
from capture.journey import sales
from tests.factories import NOON, a_lead, an_mql


def test_what_sales_rejected_is_left_out_of_a_file_unless_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LODESTONE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("LODESTONE_SECRET_KEYS", "k" * 64)
    with installation(None):
        rejected = an_mql(a_lead("gone@company.example"))
        sales.decide(
            rejected.public_id, Decision(Outcome.REJECTED, reason="no_fit"), Teller("cli", Source.STUDIO), at=NOON
        )
        an_mql(a_lead("here@company.example"))
    file = tmp_path / "leads.csv"

    def exported(*options: str) -> str:
        done = CliRunner().invoke(cli.main, ["mqls", "export", str(file), "--for", "generic", *options])
        assert done.exit_code == 0, done.output
        return done.output

    assert "One may not mail 1 of the people in it, as “May Be Mailed” says." in exported()
    assert "1 of those left out sales rejected or lost" in exported()
    assert "gone@" not in file.read_text()
    assert "here@" in file.read_text()
    assert "2 rows" in exported("--with-rejected")
    assert "gone@" in file.read_text()


def test_a_span_of_one_day_holds_that_day_and_one_that_ends_before_it_begins_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LODESTONE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("LODESTONE_SECRET_KEYS", "k" * 64)
    with installation(None):
        for days in (-1, 0, 1):
            an_mql(a_lead(f"day{days}@company.example"), at=NOON + timedelta(days=days))
    file = tmp_path / "leads.csv"
    day = f"{NOON:%Y-%m-%d}"

    def exported(since: str, until: str) -> Result:
        span = ["--since", since, "--until", until]
        return CliRunner().invoke(cli.main, ["mqls", "export", str(file), "--for", "generic", *span])

    assert "1 rows" in exported(day, day).output
    assert "day0@" in file.read_text()
    refused = exported(day, f"{NOON - timedelta(days=1):%Y-%m-%d}")
    assert (refused.exit_code, "lies before" in refused.output) == (2, True)


@pytest.mark.parametrize(
    "option", [["--since", "2026-11-01"], ["--until", "2026-11-01"], ["--report", "report.csv"], ["--with-rejected"]]
)
def test_what_only_a_file_for_another_system_knows_is_refused_for_the_whole_feed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: list[str]
) -> None:
    monkeypatch.setenv("LODESTONE_DATA", str(tmp_path / "data"))
    file = tmp_path / "all.csv"

    refused = CliRunner().invoke(cli.main, ["mqls", "export", str(file), *option])

    assert (refused.exit_code, f"{option[0]} goes with --for" in refused.output) == (2, True)
    assert not file.exists()
