"""`lodestone page`: when published pages are open, and where they lie."""

from pathlib import Path

import click

from capture import clock
from capture.addresses import Addresses
from capture.cli.common import data_option, installation, settings_of
from capture.errors import NotFound
from capture.journey import opening as opening_journey
from capture.pages import opening, pages
from capture.pages.models import PageStatus


@click.group(name="page")
def published_page() -> None:
    """See when pages are open, open and close them, move them to another address."""


@published_page.command("list")
@data_option
def list_pages(data: Path | None) -> None:
    """Every page and when it is open."""
    with installation(data) as app:
        zone, at = settings_of(app).zone, clock.now()
        for page in pages.every():
            is_off = page.status is PageStatus.CLOSED
            click.echo(f"{page.slug}  {'Taken off.' if is_off else opening.sentence(page.window, zone, at=at)}")


@published_page.command("open")
@click.argument("slug")
@click.option("--from", "opens", default="", help="From this time of LODESTONE_TIMEZONE. Default: from now on.")
@click.option("--until", "closes", default="", help="Until this time. Default: without an end.")
@data_option
def open_page(slug: str, opens: str, closes: str, data: Path | None) -> None:
    """Let the page SLUG take fills, now or from a time, and perhaps until one."""
    with installation(data) as app:
        zone, at = settings_of(app).zone, clock.now()
        window = opening.window(opens, closes, zone, at=at)
        opening_journey.open_from(_magnet_of(slug), window, actor="cli", at=at)
        click.echo(opening.sentence(window, zone, at=at))


@published_page.command("close")
@click.argument("slug")
@click.option("--say", help="What visitors read instead. Default: as it was.")
@click.option("--to", help="The slug of the page to which they are led. Default: as it was.")
@data_option
def close_page(slug: str, say: str | None, to: str | None, data: Path | None) -> None:
    """Take the page SLUG off. Links in mails, and copies that were given, go on working."""
    with installation(data):
        magnet, at = _magnet_of(slug), clock.now()
        if say is not None or to is not None:
            opening_journey.say_when_closed(magnet, say, to, actor="cli", at=at)
        opening_journey.close(magnet, actor="cli", at=at)
    click.echo(f"/{slug} is closed.")


@published_page.command("rename")
@click.argument("slug")
@click.argument("new")
@data_option
def rename_page(slug: str, new: str, data: Path | None) -> None:
    """Move the page SLUG to the address NEW; the old one redirects."""
    with installation(data) as app:
        settings = settings_of(app)
        opening_journey.rename(_magnet_of(slug), new, settings=settings, actor="cli", at=clock.now())
        click.echo(Addresses(settings.base_url).page(new))


def _magnet_of(slug: str) -> str:
    page = pages.by_slug(slug)
    if page is None:
        raise NotFound("page")
    return page.magnet_slug
