"""Commands that run an installation and look at it."""

import os
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click

from capture import addresses, clock, foundation, schema
from capture.cli.common import data_option, installation, settings_for, settings_of
from capture.db import is_sqlite
from capture.errors import CannotStart
from capture.outbox import mail

if TYPE_CHECKING:
    from capture.serving import Served


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port to listen at.")
@data_option
@click.option("--no-demo", is_flag=True, help="Start empty: no demo pages and no invented leads.")
@click.option("--ready-file", type=click.Path(path_type=Path), help="Write the addresses as JSON once it answers.")
def serve(host: str, port: int, data: Path | None, no_demo: bool, ready_file: Path | None) -> None:
    """Serve the product with its worker until Ctrl-C."""
    from capture import serving  # and with it the web, which no other command needs: a third of their start

    base = {} if "LODESTONE_BASE_URL" in os.environ else {"LODESTONE_BASE_URL": f"http://localhost:{port}"}
    settings = settings_for(data, with_demo=not no_demo, **base)
    serving.check_port(host, port)
    if ready_file:
        ready_file.unlink(missing_ok=True)
    with serving.sole_server(settings):
        app = serving.prepare(settings)
        if not no_demo:
            serving.furnish(app, settings, tell=_tell)
        shown = not no_demo or ready_file is not None or sys.stdout.isatty()
        served = serving.welcome(app, with_secrets=shown)
        addresses.remember(settings.base_url, settings.data)
        try:
            serving.run(app, host=host, port=port, when_ready=lambda: _announce(served, ready_file))
        finally:
            if ready_file:
                ready_file.unlink(missing_ok=True)


def _announce(served: "Served", ready_file: Path | None) -> None:
    from capture import serving  # see `serve`

    click.echo(f"\nLodestone answers at {served.url}\n")
    for name, value in serving.lines(served):
        click.echo(f"  {name:<14}{value}")
    click.echo("\nCtrl-C stops it.", nl=True)
    if ready_file:
        serving.write_ready_file(ready_file, served)


@click.command()
@data_option
def worker(data: Path | None) -> None:
    """Do what the outbox holds until Ctrl-C. For PostgreSQL; on SQLite the server does it."""
    with installation(data) as app:
        mail.check(settings_of(app))
        if is_sqlite():
            raise CannotStart(
                "On SQLite `lodestone serve` does the worker's job; set LODESTONE_DATABASE_URL for PostgreSQL."
            )
        from capture.worker import Worker  # see `serve`

        crew = Worker(app)
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    crew.start()
    stopping.wait()
    crew.stop()


@click.command()
@data_option
def migrate(data: Path | None) -> None:
    """Bring the database to this version's schema."""
    with installation(data):
        click.echo(f"The database is at revision {schema.revision()}.")


@click.command(name="demo")
@data_option
def furnish(data: Path | None) -> None:
    """Fill an empty installation with the demo: an invented company, its pages, people and a month of events."""
    settings = settings_for(data)
    from capture.demo import playing  # see `serve`

    app = foundation.lay(settings_for(data, with_demo=True))
    with app.app_context():
        schema.upgrade()
        done = playing.furnish(settings_of(app), at=clock.now(), tell=_tell)
    click.echo("The demo is there." if done else f"Nothing was changed: {settings.data} is not empty.")


@click.command()
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


def _tell(sentence: str) -> None:
    click.echo(f"{sentence} …", err=True)
