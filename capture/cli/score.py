"""`lodestone score`: what a score is made of, what other rules would do, and how well rules rank."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import click

from capture import clock
from capture.cli.common import data_option, installation, settings_of, text_of
from capture.cli.score_rules import scoring_rules, tell_difference, the_draft
from capture.errors import NotFound
from capture.journey import rules as rules_journey
from capture.leads import leads
from capture.pages import permissions
from capture.reports import evaluation, proposals, simulation
from capture.reports.simulation import LeadsBehind, Simulation
from capture.scoring import preset, rulefile, rulesets, scores
from capture.scoring.models import Axis
from capture.scoring.rules import Rules

NAMED, AT_ONCE = 10, 500  # names that are told without --all, and that are read at once


@click.group()
def score() -> None:
    """Scores and the rules behind them."""


score.add_command(scoring_rules)


@score.command("simulate")
@click.option("--fit", type=click.IntRange(0), help="Another fit threshold.")
@click.option("--engagement", type=click.IntRange(0), help="Another engagement threshold.")
@click.option("--draft", "of_draft", is_flag=True, help="The rules of the draft; default: those in force.")
@click.option("--rules", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Rules of a file.")
@click.option("--all", "whole", is_flag=True, help="Every week, and the name of everybody who would enter or leave.")
@data_option
def simulate(
    fit: int | None, engagement: int | None, of_draft: bool, file: Path | None, whole: bool, data: Path | None
) -> None:
    """Replay the whole history under other thresholds or rules: who would be an MQL, and what sales said."""
    with installation(data) as app:
        in_force = rulesets.in_force(at=clock.now()).rules
        start = the_draft().rules if of_draft else _of(file) if file else in_force
        rules = replace(
            start,
            fit_threshold=start.fit_threshold if fit is None else fit,
            engagement_threshold=start.engagement_threshold if engagement is None else engagement,
        )
        done = simulation.simulate(rules, in_force, zone=settings_of(app).zone, at=clock.now())
        click.echo(f"{done.leads:,} leads and {done.events:,} events replayed.")
        for name, told in (("in force", done.present), ("these", done.then)):
            click.echo(
                f"{name:>9}: {told.mqls:,} MQLs, {told.accepted:,} accepted, {told.rejected:,} rejected, "
                f"{told.won:,} won; precision {_share(told.precision)}; recall {_share(told.recall)}"
            )
        for name, change in (("enter", done.entering), ("leave", done.leaving)):
            most = change.count if whole else NAMED
            names = ", ".join(_names(change, most))
            more = f", … and {change.count - most:,} more: --all" if change.count > most else ""
            click.echo(f"would {name}: {change.count:,}" + (f" ({names}{more})" if names else ""))
        click.echo(f"over the thresholds now, and sales never had them: {done.waiting:,}")
        click.echo(f"reach the thresholds, and are kept back by a list: {done.kept_back:,}")
    _tell_weeks(done, whole=whole)
    _tell_rules(done)
    _tell_curve(done, in_force)


def _names(behind: LeadsBehind, most: int) -> Iterator[str]:
    for first in range(0, min(most, behind.count), AT_ONCE):
        for person in simulation.people(behind, first, min(AT_ONCE, most - first)):
            yield person.name


def _tell_weeks(done: Simulation, *, whole: bool) -> None:
    click.echo("\nMQLs by week, from its Monday:  in force  these")
    if done.earlier and not whole:
        now, then = done.made_earlier
        click.echo(f"{f'{len(done.earlier):,} weeks before (--all)':>30}{now:>10,}{then:>7,}")
    for week, now, then in done.weeks if whole else done.recent:
        click.echo(f"{week!s:>30}{now:>10,}{then:>7,}")


def _tell_rules(done: Simulation) -> None:
    click.echo("\nWhat each rule brings:  MQLs with it   got over by it")
    for one in done.contributions:
        if one.mqls:
            accepted = f"accepted {_share(one.accepted)}"
            click.echo(f"{one.mqls:>36,}{one.decisive:>17,}  {one.because} ({one.worth}); {accepted}")
    if idle := "; ".join(one.because for one in done.contributions if not one.mqls):
        click.echo(f"Nothing came of: {idle}.")


def _tell_curve(done: Simulation, in_force: Rules) -> None:
    click.echo("\nEngagement needed:   MQLs  accepted among the answered")
    present = in_force.engagement_threshold, done.present.mqls, done.present.precision
    points = [(point.threshold, point.mqls, point.precision) for point in done.curve]
    for threshold, number, precision in points:
        is_present = (threshold, number, precision) == present
        click.echo(f"{threshold:>18}{number:>7,}  {_share(precision)}{', in force' if is_present else ''}")
    if present not in points:
        click.echo(f"{present[0]:>18}{present[1]:>7,}  {_share(present[2])}, in force")


def _of(file: Path) -> Rules:
    return rulesets.as_of_now(rulefile.read(text_of(file), permissions=permissions.keys()))


@score.command("propose")
@click.option("--draft", "as_draft", is_flag=True, help="Make the proposal the draft, in place of the one there was.")
@data_option
def propose(as_draft: bool, data: Path | None) -> None:
    """Propose points fitted from what sales answered in earlier weeks, and say how they do in later ones.

    Nothing comes into force: look at the draft in the simulator, then activate it or not.
    """
    with installation(data):
        proposal = proposals.propose(rulesets.in_force(at=clock.now()).rules, at=clock.now())
        if as_draft:
            rules_journey.import_file(rulefile.write(proposal.rules), actor="cli", at=clock.now())
        click.echo(
            f"Learned from {proposal.learned_from:,} answers; held against {proposal.held_out:,} "
            f"since {proposal.held_out_since:%Y-%m-%d}."
        )
        for name, told in (("in force", proposal.present), ("proposed", proposal.proposed)):
            half = _share(told.better_half)
            click.echo(f"{name:>9}: AUC {told.area}; accepted in the better half {half}")
        if not proposal.is_better:
            click.echo("The later weeks do not speak for it.")
        tell_difference(proposal.rules)
    click.echo("It is the draft." if as_draft else "Nothing was changed; --draft makes it the draft.")


@score.command("evaluate")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--mapping",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="TOML: what the columns mean.",
)
@click.option("--rules", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Default: the preset.")
@click.option("--write", type=click.Path(dir_okay=False, path_type=Path), help="Write the fitted points to this file.")
def evaluate(file: Path, mapping: Path, rules: Path | None, write: Path | None) -> None:
    """Rank the leads of a CSV by rules, and by points fitted on its earlier part; say how well each does."""
    chosen = rulefile.read(text_of(rules)) if rules else preset.DEFAULT
    meaning = evaluation.columns(text_of(mapping))
    done = evaluation.evaluate(file.read_bytes(), meaning, chosen)
    since = done.later_since
    begin = f"{meaning.order} {since:,.10g}" if isinstance(since, float) else f"{since}"
    apart = "that are three of each ten" if since is None else f"since {begin}"
    click.echo(f"{done.rows:,} leads, {done.won:,} of them good; the {done.later:,} {apart} held out.")
    click.echo(f"{rules.name if rules else 'the preset'}, all leads: AUC {done.of_rules}")
    click.echo(f"{rules.name if rules else 'the preset'}, held out: AUC {done.of_rules_later}")
    click.echo(f"fitted points, held out: AUC {done.of_fitted_later}")
    if write:
        write.write_text(rulefile.write(done.fitted), encoding="utf-8")
        click.echo(f"{len(done.fitted.fit)} fitted rules in {write}.")


def _share(share: simulation.Share) -> str:
    if share.value is None:
        return "unknown"
    low, high = share.interval
    thin = ", too few to tell" if share.is_thin else ""
    return f"{share.value:.0%} ({low:.0%} to {high:.0%}, of {share.whole:,}{thin})"


@score.command("explain")
@click.argument("email")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="The end of this day; default: now.")
@data_option
def explain_score(email: str, on: datetime | None, data: Path | None) -> None:
    """Say why EMAIL has its score, now or on a past day: a sentence for each entry, with its date."""
    with installation(data) as app:
        zone = settings_of(app).zone
        at = scores.end_of(on.date(), zone, now=clock.now()) if on else clock.now()
        lead_id = leads.of_address(email)
        if lead_id is None:
            raise NotFound("lead")
        told = scores.current(lead_id, at=at)
        click.echo(
            f"Fit {told.fit} ({told.fit_threshold} needed), engagement {told.engagement} "
            f"({told.engagement_threshold} needed), by version {told.rule_version} of the rules."
        )
        reasons = scores.explain(lead_id, at=at)
        for reason, points in zip(reasons, scores.shown(told, reasons), strict=True):
            worth = "not handed over" if reason.axis is Axis.BAR else f"{points:+.1f}"
            counted = reason.counted_since
            later = f" (counts by these rules since {counted.astimezone(zone):%Y-%m-%d})" if counted else ""
            click.echo(f"{worth:>16}  {reason.occurred_at.astimezone(zone):%Y-%m-%d}  {reason.because}{later}")
