"""`lodestone publish`: what becomes of links given before is said in one way, or left as promised."""

from pathlib import Path

from click.testing import CliRunner

from capture import cli


def test_a_correction_cannot_ask_what_earlier_links_serve(tmp_path: Path) -> None:
    told = CliRunner().invoke(cli.main, ["publish", str(tmp_path), "--correct", "--new-edition", "pinned"])

    assert told.exit_code == 2
    assert "Either --correct or --new-edition" in told.stderr
