"""What is written beside the code says what the code does."""

import re
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from jinja2 import Environment, FileSystemLoader

from capture import cli
from capture.config import Settings

ROOT = Path(__file__).parent.parent.parent
TEMPLATES = ROOT / "templates"
WHOLE_PAGES = sorted(
    path.relative_to(TEMPLATES).as_posix()
    for room in ("public", "studio", "errors")
    for path in (TEMPLATES / room).rglob("*.html")
    if not path.name.startswith("_") and path.name not in ("base.html", "layout.html")
)
MAILS = sorted(path.name for path in (TEMPLATES / "emails").iterdir() if path.is_dir())


def test_the_settings_page_lists_every_setting_with_its_words_and_default() -> None:
    rows = re.findall(
        r"^\| `LODESTONE_(\w+)` \| (.+?) \| (yes|no) \| (.+?) \|$", (ROOT / "docs/settings.md").read_text(), re.M
    )

    def default(value: object) -> str:
        return "empty" if value in ("", ()) else f"`{value}`"

    assert rows == [
        (
            field.name.upper(),
            default(field.default),
            "yes" if field.metadata["secret"] else "no",
            field.metadata["doc"],
        )
        for field in fields(Settings)
    ]


@pytest.mark.parametrize("page", ["README.md", "docs/deployment.md"])
def test_every_command_and_file_that_a_page_names_exists(page: str) -> None:
    text = (ROOT / page).read_text()
    named = set(re.findall(r"lodestone ([a-z-]+)(?: |`)", text))
    targets = set(re.findall(r"^ {4}make (\w+)", text, re.M))
    links = set(re.findall(r"\]\(([^)#:]+)\)", text))

    assert named <= cli.COMMANDS.keys()
    assert all(re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.M) for target in targets)
    assert [link for link in links if not ((ROOT / page).parent / link).exists()] == []


@pytest.mark.parametrize("name", sorted(cli.COMMANDS))
def test_every_command_explains_itself(name: str) -> None:
    told = CliRunner().invoke(cli.main, [name, "--help"])

    assert told.exit_code == 0
    assert told.output.startswith(f"Usage: main {name} ")
    assert len(told.output.splitlines()) > 3


@pytest.mark.parametrize("name", WHOLE_PAGES)
def test_every_page_compiles_and_has_a_title(app: Flask, name: str) -> None:
    source = (TEMPLATES / name).read_text()
    app.jinja_env.get_template(name)

    parents = [source]
    while found := re.search(r'{% extends "([^"]+)" %}', parents[-1]):
        parents.append((TEMPLATES / found[1]).read_text())
    assert any("{% block title %}" in part for part in parents[:-1]) or len(parents) == 1


@pytest.mark.parametrize("name", MAILS)
def test_every_mail_has_three_parts_and_one_line_of_subject(name: str) -> None:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES / "emails"), autoescape=True, extensions=["jinja2.ext.i18n"]
    )

    for part in ("subject.txt", "body.txt", "body.html"):
        environment.get_template(f"{name}/{part}")
    assert len((TEMPLATES / "emails" / name / "subject.txt").read_text().strip().splitlines()) == 1


def test_no_template_trusts_what_it_is_given() -> None:
    pages = [path for path in TEMPLATES.rglob("*.html") if not {"_macros", "magnets"} & set(path.parts)]

    assert [path.name for path in pages if re.search(r"\|\s*safe\b", path.read_text())] == []


def test_every_dependency_has_its_reason() -> None:
    lines = (ROOT / "pyproject.toml").read_text().splitlines()
    pinned = [line for line in lines if re.match(r'^ {4}"[a-z][\w\[\]-]*[<>=]', line)]

    assert pinned
    assert [line for line in pinned if "#" not in line] == []


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-test.lock", "requirements-s3.lock"])
def test_a_lock_file_names_no_index_and_pins_what_the_project_asks_for(name: str) -> None:
    lock = (ROOT / name).read_text()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = ["moto"] if "s3" in name else list(project["project"]["dependencies"])
    if "test" in name:
        wanted += project["dependency-groups"]["test"]
    pinned = {found.lower() for found in re.findall(r"^([\w.-]+)(?:\[[\w,]+\])?==", lock, re.M)}

    assert not re.search(r"https?://|--index-url|--find-links|file:", lock)
    assert {re.split(r"[\[<>=]", need)[0].lower() for need in wanted} - pinned == set()
