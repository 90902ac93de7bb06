"""What a process loads, and what it can do without."""

import subprocess
import sys

LOOKS = "import gc; looks = []; gc.callbacks.append(lambda *_: looks.append(1))"


def told_by(*statements: str) -> list[str]:
    told = subprocess.run([sys.executable, "-c", "\n".join(statements)], capture_output=True, text=True, check=True)
    return told.stdout.split()


def test_the_web_process_never_loads_the_renderer_and_what_draws_charts_only_with_the_first() -> None:
    loaded = told_by("import capture.app, capture.serving, capture.cli, sys", "print(*sys.modules)")

    assert "capture.serving" in loaded
    assert {"weasyprint", "pygal"}.isdisjoint(loaded)


def test_a_command_loads_neither_the_web_nor_the_rooms_of_other_commands() -> None:
    loaded = told_by(
        "from capture import cli", "import sys", "cli.main.get_command(None, 'score')", "print(*sys.modules)"
    )

    assert {"capture.foundation", "capture.cli.score"} <= set(loaded)
    assert {"capture.web", "capture.serving", "capture.worker", "capture.demo.playing"}.isdisjoint(loaded)
    assert {"capture.cli.mqls", "capture.cli.running", "capture.cli.people", "wtforms", "granian"}.isdisjoint(loaded)
    assert {"capture.pages.judging", "magnets.bundle", "markdown_it", "yaml"}.isdisjoint(loaded)


def test_a_command_that_asks_for_no_score_loads_no_rules() -> None:
    load = "from capture import cli; cli.main.get_command(None, 'migrate')"
    loaded = told_by(load, "import sys", "print(*sys.modules)")

    assert {"capture.cli.running", "capture.schema"} <= set(loaded)
    assert {"capture.handoff.gate", "capture.scoring.scores", "capture.pages.screens"}.isdisjoint(loaded)


def test_a_start_loads_nothing_that_few_processes_need() -> None:
    loaded = told_by("import capture.app, capture.serving, capture.cli.score, sys", "print(*sys.modules)")

    assert {"numpy", "phonenumbers", "tldextract", "email_validator", "xlsxwriter", "icalendar"}.isdisjoint(loaded)
    assert {"webauthn", "OpenSSL", "authlib", "requests", "joserfc"}.isdisjoint(loaded)
    assert {"bs4", "charset_normalizer", "lxml", "markdownify", "mammoth"}.isdisjoint(loaded)
    assert {"pikepdf", "uharfbuzz", "fontTools", "pypdfium2", "PIL"}.isdisjoint(loaded)


def test_nobody_looks_for_rubbish_among_what_the_command_loads() -> None:
    load = "from capture import cli; cli.main(['score', 'explain', '--help'], standalone_mode=False)"
    *_, looked, goes_on, kept = told_by(
        LOOKS, load, "print(len(looks), gc.isenabled(), gc.get_freeze_count() > 100_000)"
    )

    assert [looked, goes_on, kept] == ["0", "True", "True"]


def test_the_installer_needs_the_standard_library_only() -> None:
    told = subprocess.run(
        [sys.executable, "-I", "-S", "-c", "import runpy; runpy.run_path('tools/prepare.py')"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert told.stderr == ""
