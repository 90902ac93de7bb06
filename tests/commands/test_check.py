"""`lodestone check`: what an editor would say, for people and for programs."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from capture import cli
from tests import guides

MESSY = guides.MESSY


def check(folder: Path, *arguments: str) -> Result:
    notices = {f"LODESTONE_{name}_URL": f"https://northwind.example/{name}" for name in ("PRIVACY", "LEGAL")}
    return CliRunner(env=notices).invoke(
        cli.main, ["check", str(folder), "--data", str(folder / "nowhere"), *arguments]
    )


@pytest.fixture
def messy(tmp_path: Path) -> Path:
    return guides.as_bundle(MESSY, tmp_path)


def test_a_program_gets_every_finding_with_its_place_and_what_to_do(messy: Path) -> None:
    told = check(messy, "--format", "json")

    findings = json.loads(told.stdout)
    assert findings
    for finding in findings:
        assert list(finding) == ["severity", "code", "path", "line", "message"]
        assert finding["severity"] in ("stops", "advice")
        assert finding["code"] == finding["code"].lower()
        assert (messy / finding["path"]).exists()
        assert finding["line"] is None or finding["line"] >= 1
        assert finding["message"]
    assert told.exit_code == 1
    assert "stops" in {finding["severity"] for finding in findings}


def test_people_and_programs_are_told_the_same(messy: Path) -> None:
    findings = json.loads(check(messy, "--format", "json").stdout)

    lines = check(messy).stdout.splitlines()

    assert len(lines) == len(findings) + 1
    for line, finding in zip(lines, findings, strict=False):
        assert line.startswith(finding["path"])
        assert line.endswith(f"{finding['severity']}: {finding['message']} [{finding['code']}]")


def test_advice_alone_lets_a_program_go_on(tmp_path: Path) -> None:
    told = check(guides.cleaned(MESSY, tmp_path), "--format", "json")

    assert told.exit_code == 0
    assert all(finding["severity"] == "advice" for finding in json.loads(told.stdout))


def test_a_bundle_that_cannot_be_read_is_a_finding_too(tmp_path: Path) -> None:
    (tmp_path / "magnet.toml").write_text("[magnet\n")

    told = check(tmp_path, "--format", "json")

    [finding] = json.loads(told.stdout)
    assert (finding["severity"], finding["path"], finding["line"]) == ("stops", "magnet.toml", 1)
    assert told.exit_code == 1
