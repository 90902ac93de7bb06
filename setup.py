"""What pyproject.toml cannot say: a wheel holds `templates/` and `migrations/` in `capture/` (see config.resource)."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class WithFolders(build_py):
    """Builds the packages, and puts the two folders that lie beside them in a checkout into the first."""

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            for folder in ("templates", "migrations"):
                target = Path(self.build_lib) / "capture" / folder
                shutil.copytree(folder, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))


setup(cmdclass={"build_py": WithFolders})
