"""`lodestone brand`: what every new draft begins with."""

import tomllib
from pathlib import Path

import click

from capture import clock
from capture.catalogue.parcels import DEFINITION
from capture.cli.common import data_option, installation, settings_of
from capture.errors import UploadRefused
from capture.journey import branding
from capture.journey.drafting import Scribe
from capture.pages import brand, screens, sheets


@click.group(name="brand")
def brand_of_the_installation() -> None:
    """See the brand that new drafts begin with, and set it."""


@brand_of_the_installation.command("show")
@data_option
def show_brand(data: Path | None) -> None:
    """Print the brand as a magnet.toml has it."""
    with installation(data):
        known = brand.current()
        said = {**brand.values(known), screens.LOGO[0].name: brand.logo(known)}
        click.echo(sheets.write("", (*screens.BRAND, *screens.LOGO), said) if known else "No brand is set.")


@brand_of_the_installation.command("take")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@data_option
def take_brand(folder: Path, data: Path | None) -> None:
    """Make the brand of the bundle in FOLDER that of the installation: theme, the table [brand] and the logo."""
    try:
        table = tomllib.loads((folder / DEFINITION).read_text(encoding="utf-8-sig"))
        logo = sheets.found(table, screens.LOGO[0].path)
        content = (folder / str(logo)).read_bytes() if logo else b""
    except (OSError, ValueError) as fault:
        raise UploadRefused(f"{folder} cannot be read as a bundle: {fault}") from fault
    with installation(data) as app:
        at = clock.now()
        branding.save(sheets.read(screens.BRAND, table), seen=None, actor="cli", at=at)
        branding.set_logo(str(logo or ""), content, Scribe("cli", settings_of(app), at), seen=None)
    click.echo("New drafts begin with this brand.")
