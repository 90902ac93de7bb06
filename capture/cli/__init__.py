"""The `lodestone` command: a file for each group of commands, loaded when one of its commands is asked for."""

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType

from capture.cli import loading

with loading.for_good():
    import click

    from capture.cli import common

COMMANDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "serve": ("running", "serve"),
        "worker": ("running", "worker"),
        "migrate": ("running", "migrate"),
        "demo": ("running", "furnish"),
        "mails": ("running", "mails"),
        "publish": ("publishing", "publish"),
        "check": ("publishing", "check"),
        "page": ("page", "published_page"),
        "brand": ("brand", "brand_of_the_installation"),
        "documents": ("stored", "stored"),
        "login-link": ("access", "login_link"),
        "token": ("access", "token"),
        "score": ("score", "score"),
        "leads": ("people", "people"),
        "mqls": ("mqls", "mqls"),
    }
)


class Commands(common.Sentences):
    """Loads the file of a command with the first look at it."""

    def list_commands(self, context: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        file, command = COMMANDS[name]
        with loading.for_good():
            found = getattr(import_module(f"{__name__}.{file}"), command)
        assert isinstance(found, click.Command)  # noqa: S101  said above
        return found


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Lodestone: gated pages, personal documents, explained scores, a feed of MQLs."""
