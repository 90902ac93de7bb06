"""`lodestone brand`: what every new draft begins with."""

import tomllib
from pathlib import Path

from click.testing import CliRunner

from capture import cli
from tests import word


def test_the_brand_of_a_bundle_becomes_that_of_the_installation(tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    said = {"colour": "#7a1f5c", "name": "Halden Tools", "about": "Makes tools.\n\nIn Halden.", "logo": "Our logo.png"}
    lines = "\n".join(
        f"{key} = {value!r}" if "\n" not in value else f'{key} = """{value}"""' for key, value in said.items()
    )
    (bundle / "magnet.toml").write_text(f'[magnet]\ntheme = "signal"\n[brand]\n{lines}\n')

    def run(*words: str, code: int = 0) -> str:
        done = CliRunner().invoke(cli.main, words, env={"LODESTONE_DATA": str(tmp_path / "data")})
        assert done.exit_code == code, done.output
        return done.output

    assert run("brand", "show") == "No brand is set.\n"
    assert "Our logo.png" in run("brand", "take", str(bundle), code=1)
    (bundle / "Our logo.png").write_bytes(word.png())
    run("brand", "take", str(bundle))

    shown = tomllib.loads(run("brand", "show"))
    assert shown == {"magnet": {"theme": "signal"}, "brand": {**said, "logo": "pictures/our-logo.png"}}
    (bundle / "magnet.toml").write_text('[brand]\ncolour = "red"\n')
    assert "#0f5c4d" in run("brand", "take", str(bundle), code=1)
    assert tomllib.loads(run("brand", "show")) == shown
