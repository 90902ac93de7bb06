"""`lodestone documents`: where the files of editions and drafts lie."""

import sys
from pathlib import Path

import click

from capture.catalogue import documents
from capture.cli.common import data_option, settings_for
from capture.errors import DocumentsDamaged
from magnets import moving


@click.group(name="documents")
def stored() -> None:
    """The files of editions and drafts, wherever they lie."""


@stored.command()
@click.option("--to", "target", required=True, metavar="PLACE", help="As LODESTONE_DOCUMENTS: folder:PATH or s3://….")
@click.option("--from", "source", metavar="PLACE", help="Default: where documents lie now.")
@data_option
def move(target: str, source: str | None, data: Path | None) -> None:
    """Carry every document to another place, and read each back there to see that it arrived whole.

    Nothing is taken away, so it may be broken off and begun again. Afterwards set LODESTONE_DOCUMENTS to the new
    place, start the server again, and run this once more with --from the old place for what was written meanwhile.
    """
    settings = settings_for(data)
    begin = documents.at(settings, source or settings.documents)
    moved = moving.move(begin, documents.at(settings, target), tell=_show_moving)
    click.echo(f"{moved.carried} documents carried over, {moved.known} were there already; all of them are intact.")
    if moved.damaged:
        raise DocumentsDamaged(moved.damaged)


def _show_moving(done: int, total: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[K{done} of {total} documents", err=True, nl=done == total)
