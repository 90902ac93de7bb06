"""`lodestone score`: the rules as a text file."""

from pathlib import Path

from click.testing import CliRunner

from capture import cli
from capture.scoring import preset


def test_rules_go_out_to_a_file_are_changed_and_come_back(tmp_path: Path) -> None:
    environment = {"LODESTONE_DATA": str(tmp_path / "data")}
    file = tmp_path / "rules.toml"

    def run(*words: str, code: int = 0) -> str:
        done = CliRunner().invoke(cli.main, ["score", *words], env=environment)
        assert done.exit_code == code, done.output
        return done.output

    shipped = len(preset.DEFAULT.fit) + len(preset.DEFAULT.engagement)
    assert f"{shipped} rules" in run("rules", "export", str(file))
    text = file.read_text()
    file.write_text(text.replace("engagement_threshold = 45", "engagement_threshold = 40"))
    assert run("rules", "import", str(file)) == "The engagement threshold goes from 45 to 40.\n"
    assert run("rules", "diff") == "The engagement threshold goes from 45 to 40.\n"
    assert "Version 2 is on its way" in run("rules", "activate", "--handover", "evidence")
    assert "2  fit 30, engagement 40  being written" in run("rules", "list")
    file.write_text(text.replace("points = 15", "points = 0"))
    assert "needs points" in run("rules", "import", str(file), code=1)
    assert "no such lead" in run("explain", "nobody@company.example", code=1)
