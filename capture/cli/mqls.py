"""`lodestone mqls`: what was handed to sales, and what came of it."""

from datetime import datetime, timedelta
from pathlib import Path

import click

from capture import clock
from capture.accounts import audit
from capture.cli.common import data_option, installation, settings_of
from capture.db import transaction
from capture.handoff import exclusions, export, layouts, listed, money, outcomes
from capture.handoff.dates import DateOrder
from capture.handoff.destinations import editing, files
from capture.handoff.destinations.tables import DESTINATIONS
from capture.handoff.dispositions import Decision, Teller
from capture.handoff.export import Form
from capture.handoff.models import Source
from capture.journey import exporting, sales
from capture.journey import outcomes as outcomes_journey
from capture.leads.models import ExclusionKind


@click.group()
def mqls() -> None:
    """What was handed to sales."""


@mqls.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice([form.value for form in Form]),
    help="Default: what the name of FILE ends in, else json.",
)
@click.option("--spreadsheet", is_flag=True, help="CSV for people: no cell is taken for a formula.")
@click.option("--for", "destination", type=click.Choice(list(DESTINATIONS)), help="In the columns of this system.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="With --for: handed over on this day or later.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="With --for: handed over on this day or earlier.")
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    help="With --for: write what was done to each row to this CSV.",
)
@click.option("--with-rejected", "over", is_flag=True, help="With --for: also what sales rejected or lost.")
@data_option
def export_mqls(
    file: Path,
    form: str | None,
    spreadsheet: bool,
    destination: str | None,
    since: datetime | None,
    until: datetime | None,
    report: Path | None,
    over: bool,
    data: Path | None,
) -> None:
    """Write the whole sales feed to FILE, oldest first; with --for the file that another system imports."""
    if destination is not None:
        _export_for(
            destination,
            file,
            spreadsheet=spreadsheet,
            since=since,
            until=until,
            beside=report,
            with_over=over,
            data=data,
        )
        return
    given = {"--since": since, "--until": until, "--report": report, "--with-rejected": over}
    if alone := [name for name, value in given.items() if value]:
        raise click.UsageError(f"{alone[0]} goes with --for; without it the whole feed is written.")
    ending = file.suffix.lstrip(".").lower()
    chosen = Form(form or (ending if ending in set(Form) else Form.JSON))
    with installation(data) as app:
        rows = export.write(file, chosen, zone=settings_of(app).zone, for_people=spreadsheet)
        with transaction():
            audit.record("cli", "mqls.exported", "feed", at=clock.now(), rows=rows)
    click.echo(f"{rows} rows in {file}.")


def _export_for(
    key: str,
    file: Path,
    *,
    spreadsheet: bool,
    since: datetime | None,
    until: datetime | None,
    beside: Path | None,
    with_over: bool,
    data: Path | None,
) -> None:
    if since and until and until < since:
        raise click.UsageError("The day of --until lies before that of --since.")
    form = files.Form.XLSX if file.suffix.lower() == ".xlsx" else files.Form.PEOPLE if spreadsheet else files.Form.CSV
    with installation(data) as app:
        zone = settings_of(app).zone
        behind = until and until + timedelta(days=1)  # the last day is included
        span = files.Span(*(day and day.replace(tzinfo=zone) for day in (since, behind)))
        destination = editing.in_force(key)
        at = clock.now()
        report = files.write(file, destination, form, span, zone=zone, at=at, remarks=beside, with_over=with_over)
        exporting.note_file(destination, form, report, actor="cli", at=clock.now())
    for row, remark in report.remarks:
        click.echo(f"{row.person.email}: {remark}", err=True)
    click.echo(
        f"{report.written} rows in {', '.join(map(str, report.paths))}; {report.left_out} left out, "
        f"{report.changed} changed."
    )
    if report.barred:
        mark = destination.permission
        told = f"as “{mark}” says" if mark else "and no column says so"
        click.echo(f"One may not mail {report.barred} of the people in it, {told}.")
    if report.over:
        click.echo(f"{report.over} of those left out sales rejected or lost; --with-rejected takes them too.")


@mqls.command("never")
@click.argument("kind", type=click.Choice([kind.value for kind in ExclusionKind]))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@data_option
def never(kind: str, file: Path, data: Path | None) -> None:
    """Never hand over who is on the list in FILE: a domain or an address a line, and perhaps its owner's address."""
    with installation(data):
        number = sales.never_hand_over(ExclusionKind(kind), file.read_bytes(), actor="cli", at=clock.now())
        kept, free = listed.with_sales(ExclusionKind(kind)), exclusions.free_hosts(ExclusionKind(kind))
    click.echo(f"{number} on the list.")
    if kept.number:
        click.echo(f"MQLs of these that are with sales stay there: {kept.number}.")
    if free:
        click.echo(f"Gives addresses to anybody, none of whom is handed over: {', '.join(free)}.", err=True)


def _in_words(decision: Decision) -> str:
    """What would be recorded, with all that it says: `won, 9,900 EUR, CRM 0061x` or `rejected: no_fit`."""
    why = ", ".join(part for part in (decision.reason, decision.wrong) if part)
    more = [f"{decision.outcome.value}{f': {why}' if why else ''}"]
    if decision.value is not None and decision.currency is not None:
        more.append(money.written(decision.value, decision.currency))
    if decision.crm_id:
        more.append(f"CRM {decision.crm_id}")
    return ", ".join(more)


@mqls.command("outcomes")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--statuses",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What the CRM's statuses mean, `status = outcome` a line. Default: as it was last.",
)
@click.option("--currency", help="Of amounts without one. Default: LODESTONE_CURRENCY.")
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="HEADER=MEANING",
    help="Which column is which, such as “Stage name=status”; once for each. Kept with --load.",
)
@click.option(
    "--dates",
    type=click.Choice([order.value for order in DateOrder]),
    help="Whether the month or the day comes first in dates such as 03/04/2026.",
)
@click.option("--load", is_flag=True, help="Record it. Without this you only see what would be recorded.")
@data_option
def load_outcomes(
    file: Path,
    statuses: Path | None,
    currency: str | None,
    columns: tuple[str, ...],
    dates: str | None,
    load: bool,
    data: Path | None,
) -> None:
    """Take a CSV of outcomes out of the CRM: what it would record, and with --load record it. Twice changes nothing."""
    with installation(data) as app:
        settings = settings_of(app)
        known = outcomes.meanings(statuses.read_text(encoding="utf-8") if statuses else outcomes.kept_meanings())
        read, order = file.read_bytes(), DateOrder(dates) if dates else None
        said = layouts.named(read, outcomes.PURPOSE, dict(one.rpartition("=")[::2] for one in columns), order)
        told = outcomes.read(
            read, known, currency=currency or settings.currency, zone=settings.zone, at=clock.now(), said=said
        )
        for row in told.rows:
            becomes = _in_words(row.decision) if row.decision else row.why_not
            click.echo(f"line {row.line}  {row.who}  {row.status}: {becomes}  {row.remark}".rstrip())
        others = f"{len(told.faults)} to be mended, {told.left_out} left out as they say"
        if load:
            loaded = outcomes_journey.load(told, known, Teller("cli", Source.REPORT), at=clock.now())
            click.echo(f"{loaded} recorded, {others}.")
        else:
            click.echo(f"{len(told.new)} would be recorded, {others}. --load records them.")
