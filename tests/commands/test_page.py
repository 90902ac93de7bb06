"""`lodestone page`: when pages are open, and where they lie."""

from pathlib import Path

from click.testing import CliRunner

from capture import cli

FOLDER = Path(__file__).parent.parent.parent / "magnets" / "library"


def test_a_page_opens_at_a_time_moves_and_is_taken_off(tmp_path: Path) -> None:
    environment = {
        "LODESTONE_DATA": str(tmp_path / "data"),
        "LODESTONE_TIMEZONE": "Europe/Berlin",
        "LODESTONE_PRIVACY_URL": "https://northwind.example/privacy",
        "LODESTONE_LEGAL_URL": "https://northwind.example/legal",
    }

    def run(*words: str, code: int = 0) -> str:
        done = CliRunner().invoke(cli.main, words, env=environment)
        assert done.exit_code == code, done.output
        return done.output

    webinar = next(path.parent for path in FOLDER.glob("*/magnet.toml") if 'kind = "webinar"' in path.read_text())
    slug = webinar.name
    opens = "Opens on Tuesday, 1 January 2999, 09:00 (Europe/Berlin)."
    assert opens in run("publish", str(webinar), "--from", "2999-01-01T09:00")
    assert opens in run("page", "list")
    assert "Open now, without an end." in run("page", "open", slug)
    assert run("page", "rename", slug, "another").endswith("/another\n")
    assert "is this one" in run("page", "close", slug, "--to", "another", code=1)
    assert "closed" in run("page", "close", slug, "--say", "Gone fishing.")
    assert "another  Taken off." in run("page", "list")
