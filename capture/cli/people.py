"""`lodestone leads`: people from elsewhere, and what is held of a person."""

import json
from datetime import datetime
from pathlib import Path

import click

from capture import clock
from capture.cli.common import data_option, installation, settings_of
from capture.cli.handover import chosen_handover
from capture.errors import NotFound, NotWipedYet
from capture.handoff import gate
from capture.handoff.gate import Handover
from capture.journey import importing, merging, privacy
from capture.leads import imports, leads, lists, persons
from capture.leads.imports import Said
from capture.reports import lookalikes
from capture.scoring import rulesets


@click.group(name="leads")
def people() -> None:
    """People from elsewhere; and all that is held of a person, shown and erased when he asks for it."""


@people.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--met-on", type=click.DateTime(["%Y-%m-%d"]), required=True, help="On which day these people were met.")
@click.option("--basis", type=click.Choice(list(imports.BASES)), required=True, help="To what they agreed.")
@click.option("--wording", default="", help="The words that they agreed to, exactly.")
@click.option("--campaign", default="", help="Where they were met.")
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="HEADER=MEANING",
    help="What a column means where its header does not say it; with nothing after the =, leave it out.",
)
@click.option("--load", is_flag=True, help="Import it. Without this you only see what would become of it.")
@data_option
def import_people(
    file: Path,
    met_on: datetime,
    basis: str,
    wording: str,
    campaign: str,
    columns: tuple[str, ...],
    load: bool,
    data: Path | None,
) -> None:
    """Take a CSV of people from elsewhere: nobody is mailed, and sales gets nobody until a person lets the list go."""
    content = file.read_bytes()
    headers, mapping = importing.read_columns(content, columns)
    for header, meaning in zip(headers, mapping, strict=True):
        click.echo(f"{header}: {meaning.replace('_', ' ') or 'left out'}")
    if left_out := lists.left_out(headers, mapping):
        click.echo(f"Left out: {left_out}. --column HEADER=MEANING says what they are: {', '.join(lists.MEANINGS)}.")
    said = Said(mapping, campaign, met_on.date(), basis, wording)
    with installation(data) as app:
        if not load:
            seen = importing.rehearse(file.name, content, said, settings=settings_of(app), at=clock.now())
            told = seen.preview
            for line in told.lines:
                becomes = line.entry.reason or ("known" if line.is_known else "new")
                written = ", telephone number kept as written" if line.entry.odd_phone else ""
                click.echo(f"line {line.entry.number}  {line.entry.address or '-'}: {becomes}{written}")
            click.echo(f"Of {told.looked_at} rows: {told.new} new, {told.known} known, {told.refused} refused.")
            if told.odd_phones:
                click.echo(f"Telephone numbers kept as written: {told.odd_phones}.")
            click.echo(f"{seen.rows} rows, {len(told.lines)} of them above. --load imports them.")
            return
        looked = importing.look_at(file.name, content, actor="cli", at=clock.now())
        importing.describe(looked.import_id, said, at=clock.now())
        importing.begin(looked.import_id, actor="cli", at=clock.now())
        importing.run(settings_of(app), {"import_id": looked.import_id})
        done = imports.by_public_id(looked.import_id)
        for *_, reason in imports.refused(done):
            click.echo(reason, err=True)
        if done.odd_phones:
            click.echo(f"Telephone numbers kept as written: {done.odd_phones}.")
        click.echo(
            f"{done.made} new, {done.known} known before, {done.refused} refused. The list is {looked.import_id}."
        )


@people.command("release")
@click.argument("list_id", metavar="LIST")
@click.option(
    "--handover",
    type=click.Choice(list(gate.OF_A_LIST)),
    help="Who of it goes to sales. Without it you only see how many.",
)
@click.option("--daily", default=20, show_default=True, type=click.IntRange(1), help="How many make a day's tranche.")
@data_option
def release_list(list_id: str, handover: str | None, daily: int, data: Path | None) -> None:
    """Let an imported list go to sales: says how many would go over, and does nothing until --handover chooses."""
    with installation(data):
        at = clock.now()
        over = len(gate.waiting_of(imports.by_public_id(list_id), rulesets.in_force(at=at), at=at))
        wanted = chosen_handover(gate.OF_A_LIST, over, handover, daily)
        choice = Handover.TRANCHES if wanted == gate.ALL else Handover(wanted)
        each = None if wanted == gate.ALL else daily
        importing.release(list_id, choice, daily=each, seen=over, actor="cli", at=at)
    click.echo("The list is released.")


@people.command("take-back")
@click.argument("list_id", metavar="LIST")
@data_option
def take_list_back(list_id: str, data: Path | None) -> None:
    """Take an imported list back: what it said goes, and whoever is known only by it."""
    with installation(data) as app:
        importing.take_back(list_id, actor="cli", at=clock.now())
        importing.undo(settings_of(app), {"import_id": list_id})
        click.echo(f"Taken back; {imports.by_public_id(list_id).kept} stay, who did something since.")


@people.command("show")
@click.argument("person", metavar="ADDRESS|ID")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@data_option
def show_person(person: str, form: str, data: Path | None) -> None:
    """Show all that is held of whoever has this address or id; as JSON it may be given to him."""
    with installation(data):
        told = privacy.give_data(person, actor="cli", at=clock.now())
    if form == "json":
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
        return
    for table, rows in told.items():
        if isinstance(rows, list) and rows:
            click.echo(f"{table.replace('_', ' ')}: {len(rows)}")
            for row in rows:
                click.echo("    " + ", ".join(f"{name}: {value}" for name, value in row.items() if value))


@people.command("merge")
@click.argument("kept", metavar="ADDRESS|ID")
@click.argument("merged", metavar="ADDRESS|ID")
@click.option("--note", default="", help="How you know that they are one person.")
@click.option("--yes", is_flag=True, help="Merge. Without this you only see what would become of the two.")
@data_option
def merge_people(kept: str, merged: str, note: str, yes: bool, data: Path | None) -> None:
    """Make two leads one person: the second becomes the first. Nobody gains a permission, no figure changes."""
    with installation(data) as app:
        one, other = (leads.by_id(_lead_called(name)) for name in (kept, merged))
        if not yes:
            pair = lookalikes.pair(one, other, zone=settings_of(app).zone, at=clock.now())
            for value in pair.values:
                click.echo(f"{value.label}: {value.stands}  ({value.kept or '-'} | {value.merged or '-'})")
            click.echo(f"Fit {pair.together.fit}, engagement {pair.together.engagement} as one. --yes merges them.")
            return
        at, settings = clock.now(), settings_of(app)
        done = merging.merge(one.public_id, other.public_id, note=note, settings=settings, actor="cli", at=at)
    click.echo(f"Merged. The merge is {done.merge_id}: `lodestone leads part {done.merge_id}` undoes it.")


@people.command("part")
@click.argument("merge_id", metavar="MERGE")
@data_option
def part_people(merge_id: str, data: Path | None) -> None:
    """Undo a merge, as long as nobody can have done more as which of the two."""
    with installation(data):
        merging.part(merge_id, actor="cli", at=clock.now())
    click.echo("Undone: they are two people again.")


def _lead_called(name: str) -> int:
    lead_id = persons.find(name)
    if lead_id is None:
        raise NotFound("lead")
    return lead_id


@people.command("erase")
@click.argument("person", metavar="ADDRESS|ID")
@click.option("--yes", is_flag=True, help="Do not ask.")
@data_option
def erase_person(person: str, yes: bool, data: Path | None) -> None:
    """Erase whoever has this address or id, everywhere and for good. Figures stay; sales is told."""
    with installation(data) as app:
        if not yes:
            click.confirm(f"Erase {person} for good? Nobody can undo it.", abort=True)
        done = privacy.erase(person, actor="cli", at=clock.now())
        try:
            privacy.clear_traces(settings_of(app), {"keys": done.mail_keys})
        except NotWipedYet as later:
            click.echo(str(later), err=True)
    click.echo(f"Erased: {done.fills} fills emptied, sales is told of {done.mqls} MQLs.")
