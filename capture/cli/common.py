"""What the commands share: whose installation is meant, and how a refusal is said."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import click
from flask import Flask

from capture import addresses, config, demo, foundation, schema
from capture.config import Settings
from capture.errors import BadSetting, Refusal, UploadRefused
from capture.leads import lists
from magnets.store import StoreUnavailable

F = TypeVar("F", bound=Callable[..., None])


class Sentences(click.Group):
    """Says a refusal in one sentence on standard error: exit code 2 for a setting, 1 for anything else."""

    def invoke(self, context: click.Context) -> object:
        try:
            return super().invoke(context)
        except StoreUnavailable as away:
            click.echo(f"lodestone: {away}", err=True)
            context.exit(1)
        except Refusal as refusal:
            click.echo(f"lodestone: {refusal}", err=True)
            context.exit(2 if isinstance(refusal, BadSetting) else 1)


def data_option(command: F) -> F:
    """--data on every command: which installation is meant."""
    return click.option(
        "--data", type=click.Path(path_type=Path), help="Data folder (default: LODESTONE_DATA, or ./data)."
    )(command)


def settings_for(data: Path | None, *, with_demo: bool = False, **given: str) -> Settings:
    """The settings of the environment with what the command line says on top; child processes get the same."""
    if data is not None:
        given["LODESTONE_DATA"] = str(data)
    os.environ.update(given)
    settings = config.from_environment()
    if "LODESTONE_BASE_URL" not in os.environ and (served := addresses.last_served(settings.data)):
        os.environ["LODESTONE_BASE_URL"] = served
        settings = config.from_environment()
    if with_demo or demo.is_demo(settings.data):
        os.environ.update(demo.defaults(settings.base_url) | os.environ)
        settings = config.from_environment()
    return settings


@contextmanager
def installation(data: Path | None) -> Iterator[Flask]:
    """An application context of an installation whose schema is this code's."""
    settings = settings_for(data)
    settings.data.mkdir(parents=True, exist_ok=True)
    app = foundation.lay(settings)
    with app.app_context():
        schema.upgrade()
        yield app


def text_of(file: Path) -> str:
    """What a text file says, as editors save it. Raises UploadRefused."""
    try:
        return lists.decoded(file.read_bytes()).replace("\r\n", "\n")
    except UploadRefused:
        raise UploadRefused(f"{file.name} is not saved as UTF-8.") from None


def settings_of(app: Flask) -> Settings:
    """The settings that this application was made with."""
    settings = app.extensions["lodestone"]
    assert isinstance(settings, Settings)  # noqa: S101  create_app put it there
    return settings
