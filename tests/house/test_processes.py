"""What a process loads, and what it can do without."""

import subprocess
import sys


def modules_after(statement: str) -> set[str]:
    listing = f"{statement}; import sys; print(' '.join(sys.modules))"
    told = subprocess.run([sys.executable, "-c", listing], capture_output=True, text=True, check=True)
    return set(told.stdout.split())


def test_the_web_process_never_loads_the_renderer() -> None:
    assert "weasyprint" not in modules_after("import capture.app, capture.serving, capture.cli")


def test_the_installer_needs_the_standard_library_only() -> None:
    told = subprocess.run(
        [sys.executable, "-I", "-S", "-c", "import runpy; runpy.run_path('tools/prepare.py')"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert told.stderr == ""
