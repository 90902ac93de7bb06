"""Commands that judge a bundle and make it live."""

import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from capture import clock
from capture.catalogue.editions import Succession
from capture.cli.common import data_option, installation, settings_for, settings_of
from capture.errors import PublishingStopped
from capture.journey import marketer
from capture.pages import opening
from magnets.findings import Finding

if TYPE_CHECKING:
    from magnets.typeset import Progress


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--correct", is_flag=True, help="Mend the newest edition, under every link that serves it.")
@click.option(
    "--new-edition",
    "earlier",
    type=click.Choice(["newest", "pinned"]),
    help="Links given before serve the new edition, or what they served. Default: as the bundle's links promised.",
)
@click.option("--from", "opens", default="", help="Open from this time of LODESTONE_TIMEZONE: 2026-12-10T09:00.")
@click.option("--until", "closes", default="", help="Open until this time. Without both, the page keeps its times.")
@data_option
def publish(folder: Path, correct: bool, earlier: str | None, opens: str, closes: str, data: Path | None) -> None:
    """Make the bundle in FOLDER live, and print its address. Nobody is mailed, unless a webinar has another date."""
    if correct and earlier:
        raise click.UsageError("Either --correct or --new-edition: a correction is served by every link already given.")
    succession = Succession(correct, None if earlier is None else earlier == "pinned")
    with installation(data) as app:
        settings, at = settings_of(app), clock.now()
        window = opening.window(opens, closes, settings.zone, at=at) if opens or closes else None
        try:
            published = marketer.publish(
                folder, settings=settings, at=at, progress=_show_progress, succession=succession, window=window
            )
        except PublishingStopped as stopped:
            for fault in stopped.faults:
                click.echo(fault, err=True)
            raise PublishingStopped(["the live page is as it was."]) from None
    for finding in published.advice:
        click.echo(_spoken(finding), err=True)
    news = f"edition {published.edition}" if published.is_new_edition else "nothing new in the document"
    click.echo(f"{published.address}  ({news}, page version {published.version})")
    if published.overtook:
        click.echo("The version that waited for its time gave way to this one: it will not go live then.")
    if window is not None:
        click.echo(opening.sentence(window, settings.zone, at=at))


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@data_option
def check(folder: Path, form: str, data: Path | None) -> None:
    """List every fault of the bundle in FOLDER. Exit code 1 when one of them stops publishing."""
    with tempfile.TemporaryDirectory() as elsewhere, installation(_existing(data) or Path(elsewhere)) as app:
        findings = marketer.check(folder, settings=settings_of(app), at=clock.now())
    stops = sum(finding.stops for finding in findings)
    if form == "json":
        click.echo(json.dumps([_facts(finding) for finding in findings], indent=2, ensure_ascii=False))
    else:
        for finding in findings:
            click.echo(_spoken(finding))
        advice = len(findings) - stops
        click.echo(f"Faults that stop publishing: {stops}. Advice: {advice}." if findings else "Nothing to mend.")
    sys.exit(1 if stops else 0)


def _existing(data: Path | None) -> Path | None:
    """The data folder, where there is an installation: a check makes none."""
    settings = settings_for(data)
    return settings.data if settings.database_url or settings.data.exists() else None


def _spoken(finding: Finding) -> str:
    return f"{finding.place}: {finding.severity.value}: {finding.message} [{finding.code}]"


def _facts(finding: Finding) -> dict[str, str | int | None]:
    return {
        "severity": finding.severity.value,
        "code": finding.code,
        "path": finding.path,
        "line": finding.line,
        "message": finding.message,
    }


def _show_progress(progress: "Progress") -> None:
    if sys.stderr.isatty():
        pages = f" {progress.done} of {progress.total}" if progress.total else ""
        click.echo(f"\r\x1b[K{progress.stage}{pages}", err=True, nl=progress.stage == "done")
