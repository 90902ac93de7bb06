"""`lodestone score rules`: the rules as a text file, and their versions."""

from pathlib import Path

import click

from capture import clock
from capture.cli.common import data_option, installation, text_of
from capture.cli.handover import chosen_handover
from capture.errors import RulesRefused
from capture.handoff import gate
from capture.handoff.gate import Handover
from capture.journey import rules as rules_journey
from capture.pages import permissions
from capture.reports import simulation
from capture.scoring import rulefile, rulesets, rulewords
from capture.scoring.rules import Rules


@click.group(name="rules")
def scoring_rules() -> None:
    """The rules as a text file, and their versions."""


@scoring_rules.command("export")
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
@click.option("--version", "number", type=int, help="An earlier version; default: the one in force.")
@click.option("--draft", "of_draft", is_flag=True, help="The draft.")
@data_option
def export_rules(file: Path, number: int | None, of_draft: bool, data: Path | None) -> None:
    """Write the rules to FILE as TOML."""
    with installation(data):
        rules = the_draft().rules if of_draft else _version(number).rules
        text = the_draft().text if of_draft else rulesets.text_of(_version(number).number)
    file.write_text(text, encoding="utf-8")
    click.echo(f"{len(rules.fit) + len(rules.engagement)} rules in {file}.")


@scoring_rules.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@data_option
def import_rules(file: Path, data: Path | None) -> None:
    """Check the rules in FILE and make them the draft. What is in force stays so."""
    with installation(data):
        try:
            rules_journey.import_file(text_of(file), actor="cli", at=clock.now())
        except RulesRefused as refused:
            for fault in refused.faults:
                click.echo(fault, err=True)
            raise RulesRefused(["nothing was changed."]) from None
        draft = the_draft()
        for finding in rulefile.check(draft.rules):
            click.echo(finding, err=True)
        tell_difference(draft.rules)


@scoring_rules.command("diff")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@data_option
def diff_rules(file: Path | None, data: Path | None) -> None:
    """Say what the draft, or the rules in FILE, change in those in force."""
    with installation(data):
        tell_difference(rulefile.read(text_of(file), permissions=permissions.keys()) if file else the_draft().rules)


@scoring_rules.command("activate")
@click.option(
    "--handover",
    type=click.Choice([choice.value for choice in Handover]),
    help="What becomes of those whom the change alone brings over the thresholds. Without it you only see how many.",
)
@click.option("--daily", default=20, show_default=True, type=click.IntRange(1), help="How many make a day's tranche.")
@click.option("--why", "note", default="", help="Why there is this version; stands with it.")
@data_option
def activate_rules(handover: str | None, daily: int, note: str, data: Path | None) -> None:
    """Put the draft in force. The server, or `lodestone worker`, writes everybody's entries and then switches.

    Says how many leads it alone would bring over the thresholds, and does nothing until --handover says what becomes
    of them.
    """
    with installation(data):
        draft = the_draft()
        over = simulation.waiting(draft.rules, at=clock.now())
        if queue := gate.queue():
            click.echo(
                f"Waiting for their turns under the rules in force: {queue.leads:,}. The choice takes their place."
            )
        choice = Handover(chosen_handover(gate.WORDS, over, handover, daily))
        revision, at = draft.revision, clock.now()
        number = rules_journey.activate(revision, choice, daily=daily, note=note, actor="cli", at=at)
    click.echo(f"Version {number} is on its way: it is in force when everybody's entries are written.")


@scoring_rules.command("list")
@data_option
def list_rules(data: Path | None) -> None:
    """List the versions, the newest first."""
    with installation(data):
        for row in rulesets.told():
            needed = f"fit {row.rules.fit_threshold}, engagement {row.rules.engagement_threshold}"
            click.echo("  ".join(filter(None, [str(row.number), needed, _since(row), row.note])))


def _since(version: rulesets.Told) -> str:
    if version.is_preset:
        return "in force from the beginning"
    return f"in force from {version.activated_at:%Y-%m-%d %H:%M}" if version.activated_at else "being written"


def the_draft() -> rulesets.Draft:
    """The rules that are being written; refused where there are none."""
    draft = rulesets.draft()
    if draft is None:
        told = (
            "There is no draft of the rules. Begin one: lodestone score rules import FILE, or in the studio, Scoring."
        )
        raise RulesRefused([told])
    return draft


def _version(number: int | None) -> rulesets.Version:
    return rulesets.by_number(number) if number is not None else rulesets.in_force(at=clock.now())


def tell_difference(rules: Rules) -> None:
    """Say what these rules change in those in force, a sentence each."""
    for sentence in rulewords.difference(rulesets.in_force(at=clock.now()).rules, rules) or ["Nothing changes."]:
        click.echo(sentence)
