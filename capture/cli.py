"""The `lodestone` command."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import click
from flask import Flask

from capture import config, schema, serving
from capture.addresses import Addresses
from capture.app import create_app
from capture.config import Settings
from capture.errors import BadSetting, Refusal
from capture.outbox import mail
from capture.serving import Served
from capture.worker import Worker

F = TypeVar("F", bound=Callable[..., None])


class _Sentences(click.Group):
    """Says a refusal in one sentence on standard error: exit code 2 for a setting, 1 for anything else."""

    def invoke(self, context: click.Context) -> object:
        try:
            return super().invoke(context)
        except Refusal as refusal:
            click.echo(f"lodestone: {refusal}", err=True)
            context.exit(2 if isinstance(refusal, BadSetting) else 1)


def data_option(command: F) -> F:
    """--data on every command: which installation is meant."""
    return click.option(
        "--data", type=click.Path(path_type=Path), help="Data folder (default: LODESTONE_DATA, or ./data)."
    )(command)


def settings_for(data: Path | None, **given: str) -> Settings:
    """The settings of the environment with what the command line says on top; child processes get the same."""
    if data is not None:
        given["LODESTONE_DATA"] = str(data.resolve())
    os.environ.update(given)
    return config.from_environment()


@contextmanager
def installation(data: Path | None) -> Iterator[Flask]:
    """An application context of an installation whose schema is this code's."""
    app = create_app(settings_for(data))
    with app.app_context():
        schema.upgrade()
        yield app


@click.group(cls=_Sentences, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Lodestone: gated pages, personal documents, explained scores, a feed of MQLs."""


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port to listen at.")
@data_option
@click.option("--no-demo", is_flag=True, help="Start empty: no demo pages, leads or accounts.")
@click.option("--ready-file", type=click.Path(path_type=Path), help="Write the addresses as JSON once it answers.")
def serve(host: str, port: int, data: Path | None, no_demo: bool, ready_file: Path | None) -> None:
    """Serve the product with its worker until Ctrl-C."""
    base = {} if "LODESTONE_BASE_URL" in os.environ else {"LODESTONE_BASE_URL": f"http://localhost:{port}"}
    settings = settings_for(data, **base)
    if ready_file:
        ready_file.unlink(missing_ok=True)
    serving.check_port(host, port)
    with serving.sole_server(settings):
        app = serving.prepare(settings)
        served = Served(
            url=settings.base_url,
            landing_page=None,
            pages=(),
            studio=Addresses(settings.base_url).studio(),
            login=None,
            feed=Addresses(settings.base_url).mql_feed(),
            token=None,
            curl=f"curl {Addresses(settings.base_url).mql_feed()}",
            mail=str(mail.folder(settings)),
            data=str(settings.data),
            pid=os.getpid(),
        )
        serving.run(app, host=host, port=port, when_ready=lambda: _announce(served, ready_file))


def _announce(served: Served, ready_file: Path | None) -> None:
    lines = {
        "Landing page": served.landing_page,
        "Studio": served.login or served.studio,
        "Sales feed": served.curl,
        "Mail": served.mail,
    }
    click.echo(f"\nLodestone answers at {served.url}\n")
    for name, value in lines.items():
        if value:
            click.echo(f"  {name:<14}{value}")
    click.echo("\nCtrl-C stops it.")
    if ready_file:
        serving.write_ready_file(ready_file, served)


@main.command()
@data_option
def worker(data: Path | None) -> None:
    """Do what the outbox holds until Ctrl-C. For PostgreSQL; on SQLite the server does it."""
    with installation(data) as app:
        crew = Worker(app)
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    crew.start()
    stopping.wait()
    crew.stop()


@main.command()
@data_option
def migrate(data: Path | None) -> None:
    """Bring the database to this version's schema."""
    with installation(data):
        click.echo(f"The database is at revision {schema.revision()}.")


@main.command()
@data_option
@click.option("--limit", default=20, show_default=True, help="How many, newest first.")
def mails(data: Path | None, limit: int) -> None:
    """List the mails that were written to the folder."""
    found = mail.kept(settings_for(data))
    if not found:
        click.echo("No mail yet.")
    for kept in found[:limit]:
        click.echo(f"{kept.at:%Y-%m-%d %H:%M}  {kept.to}  {kept.subject}\n    {kept.path}")
        for link in kept.links[:1]:
            click.echo(f"    {link}")


if __name__ == "__main__":
    main()
