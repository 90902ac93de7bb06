"""A wheel holds all that the product reads at run time: what is installed from it works without the checkout."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
SPEAKS = """
from capture import app, config, schema
from capture.config import Settings, resource
made = app.create_app(Settings(data=config.Path("data"), language="de", rate_limits=""))
with made.app_context():
    schema.upgrade()
client = made.test_client()
assert "Unter dieser Adresse gibt es nichts" in client.get("/nothing-here").text
assert client.get("/static/css/base.css", follow_redirects=True).status_code in (200, 404)
print(config.__file__, resource("templates"))
"""


def test_what_is_installed_from_a_wheel_speaks_german(tmp_path: Path) -> None:
    source, installed = tmp_path / "source", tmp_path / "installed"
    for name in ("capture", "magnets", "templates", "migrations"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "setup.py", "README.md"):
        shutil.copy(ROOT / name, source / name)
    build = "from setuptools import build_meta; print(build_meta.build_wheel('.'))"
    built = subprocess.run([sys.executable, "-c", build], cwd=source, check=True, capture_output=True, text=True)
    with zipfile.ZipFile(source / built.stdout.split()[-1]) as wheel:
        wheel.extractall(installed)

    told = subprocess.run(
        [sys.executable, "-c", SPEAKS],
        cwd=tmp_path,
        env={"PYTHONPATH": str(installed), "PATH": ""},
        check=False,
        capture_output=True,
        text=True,
    )

    assert told.returncode == 0, told.stderr
    assert str(installed / "capture" / "config.py") in told.stdout
    assert str(installed / "capture" / "templates") in told.stdout
