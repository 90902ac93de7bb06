"""Who may come in: login links for people, tokens for machines."""

from pathlib import Path

import click

from capture import clock
from capture.accounts import tokens
from capture.accounts.models import Role
from capture.addresses import Addresses
from capture.cli.common import data_option, installation, settings_of
from capture.errors import LoginRefused, NotFound
from capture.journey import staff


@click.command("login-link")
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
    click.echo(Addresses(settings_of(app).base_url).studio_login(token))


@click.group()
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
