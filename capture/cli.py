"""The `lodestone` command."""

import json
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import click
from flask import Flask

from capture import clock, config, demo, schema, serving
from capture.accounts import audit, tokens
from capture.accounts.models import Role
from capture.addresses import Addresses
from capture.app import create_app
from capture.catalogue import documents
from capture.catalogue.editions import Succession
from capture.config import Settings
from capture.db import is_sqlite, transaction
from capture.errors import (
    BadSetting,
    CannotStart,
    DocumentsDamaged,
    LoginRefused,
    NotFound,
    NotWipedYet,
    PublishingStopped,
    Refusal,
    RulesRefused,
)
from capture.handoff import export, outcomes
from capture.handoff.destinations import editing, files
from capture.handoff.destinations.tables import DESTINATIONS
from capture.handoff.dispositions import Teller
from capture.handoff.export import Form
from capture.handoff.gate import Handover
from capture.handoff.models import Source
from capture.journey import exporting, importing, marketer, privacy, sales, staff
from capture.journey import opening as opening_journey
from capture.journey import outcomes as outcomes_journey
from capture.journey import rules as rules_journey
from capture.leads import imports, leads
from capture.leads.imports import Said
from capture.leads.models import ExclusionKind
from capture.outbox import mail
from capture.pages import opening, pages
from capture.pages.models import PageStatus
from capture.reports import evaluation, proposals, simulation
from capture.scoring import preset, rulefile, rulesets, scores
from capture.scoring.models import Axis
from capture.scoring.rules import Rules
from capture.worker import Worker
from magnets import moving
from magnets.findings import Finding
from magnets.store import StoreUnavailable
from magnets.typeset import Progress

F = TypeVar("F", bound=Callable[..., None])


class _Sentences(click.Group):
    """Says a refusal in one sentence on standard error: exit code 2 for a setting, 1 for anything else."""

    def invoke(self, context: click.Context) -> object:
        try:
            return super().invoke(context)
        except StoreUnavailable as away:
            click.echo(f"lodestone: {away}", err=True)
            context.exit(1)
        except Refusal as refusal:
            click.echo(f"lodestone: {refusal}", err=True)
            context.exit(2 if isinstance(refusal, BadSetting) else 1)


def data_option(command: F) -> F:
    """--data on every command: which installation is meant."""
    return click.option(
        "--data", type=click.Path(path_type=Path), help="Data folder (default: LODESTONE_DATA, or ./data)."
    )(command)


def settings_for(data: Path | None, *, with_demo: bool = False, **given: str) -> Settings:
    """The settings of the environment with what the command line says on top; child processes get the same."""
    if data is not None:
        given["LODESTONE_DATA"] = str(data)
    os.environ.update(given)
    settings = config.from_environment()
    if "LODESTONE_BASE_URL" not in os.environ and (served := serving.last_address(settings.data)):
        os.environ["LODESTONE_BASE_URL"] = served
        settings = config.from_environment()
    if with_demo or demo.is_demo(settings.data):
        os.environ.update(demo.defaults(settings.base_url) | os.environ)
        settings = config.from_environment()
    return settings


@contextmanager
def installation(data: Path | None) -> Iterator[Flask]:
    """An application context of an installation whose schema is this code's."""
    settings = settings_for(data)
    settings.data.mkdir(parents=True, exist_ok=True)
    app = create_app(settings)
    with app.app_context():
        schema.upgrade()
        yield app


def _settings(app: Flask) -> Settings:
    settings = app.extensions["lodestone"]
    assert isinstance(settings, Settings)  # noqa: S101  create_app put it there
    return settings


@click.group(cls=_Sentences, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Lodestone: gated pages, personal documents, explained scores, a feed of MQLs."""


# --- running ---------------------------------------------------------------------------------------------


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port to listen at.")
@data_option
@click.option("--no-demo", is_flag=True, help="Start empty: no demo pages and no invented leads.")
@click.option("--ready-file", type=click.Path(path_type=Path), help="Write the addresses as JSON once it answers.")
def serve(host: str, port: int, data: Path | None, no_demo: bool, ready_file: Path | None) -> None:
    """Serve the product with its worker until Ctrl-C."""
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
        serving.remember_address(settings)
        try:
            serving.run(app, host=host, port=port, when_ready=lambda: _announce(served, ready_file))
        finally:
            if ready_file:
                ready_file.unlink(missing_ok=True)


def _announce(served: serving.Served, ready_file: Path | None) -> None:
    click.echo(f"\nLodestone answers at {served.url}\n")
    for name, value in serving.lines(served):
        click.echo(f"  {name:<14}{value}")
    click.echo("\nCtrl-C stops it.", nl=True)
    if ready_file:
        serving.write_ready_file(ready_file, served)


def _tell(sentence: str) -> None:
    click.echo(f"{sentence} …", err=True)


@main.command()
@data_option
def worker(data: Path | None) -> None:
    """Do what the outbox holds until Ctrl-C. For PostgreSQL; on SQLite the server does it."""
    with installation(data) as app:
        mail.check(_settings(app))
        if is_sqlite():
            raise CannotStart(
                "On SQLite `lodestone serve` does the worker's job; set LODESTONE_DATABASE_URL for PostgreSQL."
            )
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


@main.command(name="demo")
@data_option
def furnish(data: Path | None) -> None:
    """Fill an empty installation with the demo: an invented company, its pages, people and a month of events."""
    settings = settings_for(data)
    app = create_app(settings_for(data, with_demo=True))
    with app.app_context():
        schema.upgrade()
        done = demo.furnish(_settings(app), at=clock.now(), tell=_tell)
    click.echo("The demo is there." if done else f"Nothing was changed: {settings.data} is not empty.")


# --- publishing ------------------------------------------------------------------------------------------


@main.command()
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
        settings, at = _settings(app), clock.now()
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
    if window is not None:
        click.echo(opening.sentence(window, settings.zone, at=at))


@main.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@data_option
def check(folder: Path, form: str, data: Path | None) -> None:
    """List every fault of the bundle in FOLDER. Exit code 1 when one of them stops publishing."""
    with tempfile.TemporaryDirectory() as elsewhere, installation(_existing(data) or Path(elsewhere)) as app:
        findings = marketer.check(folder, settings=_settings(app), at=clock.now())
    stops = sum(finding.stops for finding in findings)
    if form == "json":
        click.echo(json.dumps([_facts(finding) for finding in findings], indent=2, ensure_ascii=False))
    else:
        for finding in findings:
            click.echo(_spoken(finding))
        advice = len(findings) - stops
        click.echo(f"Faults that stop publishing: {stops}. Advice: {advice}." if findings else "Nothing to mend.")
    sys.exit(1 if stops else 0)


@main.group(name="page")
def published_page() -> None:
    """See when pages are open, open and close them, move them to another address."""


@published_page.command("list")
@data_option
def list_pages(data: Path | None) -> None:
    """Every page and when it is open."""
    with installation(data) as app:
        zone, at = _settings(app).zone, clock.now()
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
        zone, at = _settings(app).zone, clock.now()
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
        settings = _settings(app)
        opening_journey.rename(_magnet_of(slug), new, settings=settings, actor="cli", at=clock.now())
        click.echo(Addresses(settings.base_url).page(new))


def _magnet_of(slug: str) -> str:
    page = pages.by_slug(slug)
    if page is None:
        raise NotFound("page")
    return page.magnet_slug


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


def _show_progress(progress: Progress) -> None:
    if sys.stderr.isatty():
        pages = f" {progress.done} of {progress.total}" if progress.total else ""
        click.echo(f"\r\x1b[K{progress.stage}{pages}", err=True, nl=progress.stage == "done")


@main.group(name="documents")
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


# --- people and machines ---------------------------------------------------------------------------------


@main.command("login-link")
@click.argument("email")
@click.option("--role", type=click.Choice([role.value for role in Role]), help="Give this role; makes the account.")
@click.option("--name", help="The person's name, for a new account.")
@data_option
def login_link(email: str, role: str | None, name: str | None, data: Path | None) -> None:
    """Print a link that logs EMAIL in to the studio, once."""
    with installation(data) as app:
        if role:
            staff.add_person(email, name or email.partition("@")[0], Role(role), actor="cli", at=clock.now())
        try:
            token = staff.make_login_link(email, actor="cli", at=clock.now())
        except LoginRefused:
            raise NotFound("account, or it is disabled; --role makes one") from None
    click.echo(Addresses(_settings(app).base_url).studio_login(token))


@main.group()
def token() -> None:
    """Bearer tokens for machines that read the sales feed."""


@token.command("create")
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    default=[tokens.MQLS_READ],
    show_default=True,
    type=click.Choice(list(tokens.SCOPES)),
    help="What it opens; may be said more than once.",
)
@data_option
def create_token(name: str, scopes: tuple[str, ...], data: Path | None) -> None:
    """Make a token and print it: it is never shown again."""
    scope = " ".join(scopes)
    with installation(data):
        made = staff.make_token(name, scope, actor="cli", at=clock.now())
    click.echo(made)


@token.command("list")
@data_option
def list_tokens(data: Path | None) -> None:
    """List the tokens with the ids that `token revoke` takes."""
    with installation(data):
        for known in tokens.listed():
            used = f"used {known.last_used_at:%Y-%m-%d %H:%M}" if known.last_used_at else "never used"
            state = "revoked" if known.revoked_at else used
            click.echo(f"{known.public_id}  {known.scope}  {state}  {known.name}")


@token.command("revoke")
@click.argument("token_id")
@data_option
def revoke_token(token_id: str, data: Path | None) -> None:
    """Take away what the token with this id opens."""
    with installation(data):
        staff.revoke_token(token_id, actor="cli", at=clock.now())
    click.echo("Revoked.")


# --- scores ----------------------------------------------------------------------------------------------


@main.group()
def score() -> None:
    """Scores and the rules behind them."""


@score.group(name="rules")
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
        rules = _draft().rules if of_draft else _version(number).rules
    file.write_text(rulefile.write(rules), encoding="utf-8")
    click.echo(f"{len(rules.fit) + len(rules.engagement)} rules in {file}.")


@scoring_rules.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@data_option
def import_rules(file: Path, data: Path | None) -> None:
    """Check the rules in FILE and make them the draft. What is in force stays so."""
    with installation(data):
        try:
            rules_journey.import_file(file.read_text(encoding="utf-8", errors="replace"), actor="cli", at=clock.now())
        except RulesRefused as refused:
            for fault in refused.faults:
                click.echo(fault, err=True)
            raise RulesRefused(["nothing was changed."]) from None
        draft = _draft()
        for finding in rulefile.check(draft.rules):
            click.echo(finding, err=True)
        _tell_difference(draft.rules)


@scoring_rules.command("diff")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@data_option
def diff_rules(file: Path | None, data: Path | None) -> None:
    """Say what the draft, or the rules in FILE, change in those in force."""
    with installation(data):
        _tell_difference(rulefile.read(file.read_text(encoding="utf-8")) if file else _draft().rules)


@scoring_rules.command("activate")
@click.option(
    "--handover",
    type=click.Choice([choice.value for choice in Handover]),
    required=True,
    help="What becomes of those whom the change alone brings over the thresholds.",
)
@click.option("--daily", default=20, show_default=True, type=click.IntRange(1), help="How many make a day's tranche.")
@data_option
def activate_rules(handover: str, daily: int, data: Path | None) -> None:
    """Put the draft in force. The server, or `lodestone worker`, writes everybody's entries and then switches."""
    with installation(data):
        revision = _draft().revision
        number = rules_journey.activate(revision, Handover(handover), daily=daily, actor="cli", at=clock.now())
    click.echo(f"Version {number} is on its way: it is in force when everybody's entries are written.")


@scoring_rules.command("list")
@data_option
def list_rules(data: Path | None) -> None:
    """List the versions, the newest first."""
    with installation(data):
        for row in rulesets.versions():
            since = f"in force from {row.activated_at:%Y-%m-%d %H:%M}" if row.activated_at else "being written"
            click.echo(f"{row.version}  fit {row.fit_threshold}, engagement {row.engagement_threshold}  {since}")


@score.command("simulate")
@click.option("--fit", type=click.IntRange(0), help="Another fit threshold.")
@click.option("--engagement", type=click.IntRange(0), help="Another engagement threshold.")
@click.option("--draft", "of_draft", is_flag=True, help="The rules of the draft; default: those in force.")
@click.option("--rules", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Rules of a file.")
@data_option
def simulate(fit: int | None, engagement: int | None, of_draft: bool, file: Path | None, data: Path | None) -> None:
    """Replay the whole history under other thresholds or rules: who would be an MQL, and what sales said."""
    with installation(data) as app:
        in_force = rulesets.in_force(at=clock.now()).rules
        start = _draft().rules if of_draft else rulefile.read(file.read_text(encoding="utf-8")) if file else in_force
        rules = replace(
            start,
            fit_threshold=start.fit_threshold if fit is None else fit,
            engagement_threshold=start.engagement_threshold if engagement is None else engagement,
        )
        done = simulation.simulate(rules, in_force, zone=_settings(app).zone, at=clock.now())
    click.echo(f"{done.leads:,} leads and {done.events:,} events replayed.")
    for name, told in (("in force", done.present), ("these", done.then)):
        click.echo(
            f"{name:>9}: {told.mqls:,} MQLs, {told.accepted:,} accepted, {told.rejected:,} rejected, {told.won:,} won; "
            f"precision {_share(told.precision)}; recall {_share(told.recall)}"
        )
    for name, change in (("enter", done.entering), ("leave", done.leaving)):
        names = ", ".join(person.name for person in change.people[:10])
        click.echo(
            f"would {name}: {change.count:,}" + (f" ({names}{', …' if change.count > 10 else ''})" if names else "")
        )
    click.echo(f"over the thresholds now and never handed over: {done.waiting:,}")


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
        _tell_difference(proposal.rules)
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
    chosen = rulefile.read(rules.read_text(encoding="utf-8")) if rules else preset.DEFAULT
    meaning = evaluation.columns(mapping.read_text(encoding="utf-8"))
    done = evaluation.evaluate(file.read_bytes(), meaning, chosen)
    click.echo(f"{done.rows:,} leads, {done.won:,} of them good; the {done.later:,} since {done.later_since} held out.")
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
        zone = _settings(app).zone
        at = on.replace(tzinfo=zone) + timedelta(days=1) if on else clock.now()
        lead_id = leads.of_address(email)
        if lead_id is None:
            raise NotFound("lead")
        told = scores.current(lead_id, at=at)
        click.echo(
            f"Fit {told.fit} ({told.fit_threshold} needed), engagement {told.engagement} "
            f"({told.engagement_threshold} needed), by version {told.rule_version} of the rules."
        )
        for reason in scores.explain(lead_id, at=at):
            worth = "not handed over" if reason.axis is Axis.BAR else f"{reason.points_now:+.1f}"
            click.echo(f"{worth:>16}  {reason.occurred_at.astimezone(zone):%Y-%m-%d}  {reason.because}")


def _draft() -> rulesets.Draft:
    draft = rulesets.draft()
    if draft is None:
        raise NotFound("draft of the rules; `score rules import` begins one")
    return draft


def _version(number: int | None) -> rulesets.Version:
    return rulesets.by_number(number) if number is not None else rulesets.in_force(at=clock.now())


def _tell_difference(rules: Rules) -> None:
    for sentence in rulefile.difference(rulesets.in_force(at=clock.now()).rules, rules) or ["Nothing changes."]:
        click.echo(sentence)


# --- people ------------------------------------------------------------------------------------------------


@main.group(name="leads")
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
    said = Said(mapping, campaign, met_on.date(), basis, wording)
    with installation(data) as app:
        if not load:
            seen = importing.rehearse(file.name, content, said, at=clock.now())
            for line in seen.lines:
                becomes = line.entry.reason or ("known" if line.is_known else "new")
                click.echo(f"row {line.entry.number}  {line.entry.address or '-'}: {becomes}")
            click.echo(f"{seen.rows} rows, the first {len(seen.lines)} of them above. --load imports them.")
            return
        looked = importing.look_at(file.name, content, actor="cli", at=clock.now())
        importing.describe(looked.import_id, said, at=clock.now())
        importing.begin(looked.import_id, actor="cli", at=clock.now())
        importing.run(_settings(app), {"import_id": looked.import_id})
        done = imports.by_public_id(looked.import_id)
        for *_, reason in imports.refused(done):
            click.echo(reason, err=True)
        click.echo(
            f"{done.made} new, {done.known} known before, {done.refused} refused. The list is {looked.import_id}."
        )


@people.command("take-back")
@click.argument("list_id", metavar="LIST")
@data_option
def take_list_back(list_id: str, data: Path | None) -> None:
    """Take an imported list back: what it said goes, and whoever is known only by it."""
    with installation(data) as app:
        importing.take_back(list_id, actor="cli", at=clock.now())
        importing.undo(_settings(app), {"import_id": list_id})
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
            privacy.clear_traces(_settings(app), {"keys": done.mail_keys})
        except NotWipedYet as later:
            click.echo(str(later), err=True)
    click.echo(f"Erased: {done.fills} fills emptied, sales is told of {done.mqls} MQLs.")


# --- looking and taking out ------------------------------------------------------------------------------


@main.group()
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
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="With --for: handed over before this day.")
@data_option
def export_mqls(
    file: Path,
    form: str | None,
    spreadsheet: bool,
    destination: str | None,
    since: datetime | None,
    until: datetime | None,
    data: Path | None,
) -> None:
    """Write the whole sales feed to FILE, oldest first; with --for the file that another system imports."""
    if destination is not None:
        _export_for(destination, file, spreadsheet=spreadsheet, since=since, until=until, data=data)
        return
    ending = file.suffix.lstrip(".").lower()
    chosen = Form(form or (ending if ending in set(Form) else Form.JSON))
    with installation(data):
        rows = export.write(file, chosen, for_people=spreadsheet)
        with transaction():
            audit.record("cli", "mqls.exported", "feed", at=clock.now(), rows=rows)
    click.echo(f"{rows} rows in {file}.")


def _export_for(
    key: str, file: Path, *, spreadsheet: bool, since: datetime | None, until: datetime | None, data: Path | None
) -> None:
    form = files.Form.XLSX if file.suffix.lower() == ".xlsx" else files.Form.PEOPLE if spreadsheet else files.Form.CSV
    with installation(data) as app:
        zone = _settings(app).zone
        span = files.Span(*(day and day.replace(tzinfo=zone) for day in (since, until)))
        report = files.write(file, editing.in_force(key), form, span, zone=zone, at=clock.now())
        exporting.note_file(key, form, report, actor="cli", at=clock.now())
    for row, remark in report.remarks:
        click.echo(f"{row.person.email}: {remark}", err=True)
    click.echo(
        f"{report.written} rows in {', '.join(map(str, report.paths))}; {report.left_out} left out, "
        f"{report.changed} changed."
    )


@mqls.command("never")
@click.argument("kind", type=click.Choice([kind.value for kind in ExclusionKind]))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@data_option
def never(kind: str, file: Path, data: Path | None) -> None:
    """Never hand over who is on the list in FILE: a domain or an address a line, and perhaps its owner's address."""
    with installation(data):
        number = sales.never_hand_over(ExclusionKind(kind), file.read_bytes(), actor="cli", at=clock.now())
    click.echo(f"{number} on the list.")


@mqls.command("outcomes")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--statuses",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What the CRM's statuses mean, `status = outcome` a line. Default: as it was last.",
)
@click.option("--currency", help="Of amounts without one. Default: LODESTONE_CURRENCY.")
@click.option("--load", is_flag=True, help="Record it. Without this you only see what would be recorded.")
@data_option
def load_outcomes(file: Path, statuses: Path | None, currency: str | None, load: bool, data: Path | None) -> None:
    """Take a CSV of outcomes out of the CRM: what it would record, and with --load record it. Twice changes nothing."""
    with installation(data) as app:
        settings = _settings(app)
        known = outcomes.meanings(statuses.read_text(encoding="utf-8") if statuses else outcomes.kept_meanings())
        told = outcomes.read(
            file.read_bytes(), known, currency=currency or settings.currency, zone=settings.zone, at=clock.now()
        )
        for row in told.rows:
            said = row.decision.outcome.value if row.decision else row.why_not
            click.echo(f"line {row.line}  {row.mql_id or row.who}  {row.status}: {said}")
        if load:
            loaded = outcomes_journey.load(told, known, Teller("cli", Source.REPORT), at=clock.now())
            click.echo(f"{loaded} recorded, {len(told.faults)} to be mended.")
        else:
            click.echo(f"{len(told.new)} would be recorded, {len(told.faults)} to be mended. --load records them.")


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
