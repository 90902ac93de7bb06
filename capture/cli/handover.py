"""What commands ask before leads go to sales."""

from collections.abc import Mapping

import click

from capture.errors import ParameterRefused
from capture.handoff import gate


def chosen_handover(choices: Mapping[str, str], over: int, chosen: str | None, daily: int) -> str:
    """Say how many leads would go to sales, and what each choice, or the chosen one, makes of them; gives that one.

    Raises ParameterRefused where nothing was chosen: nobody goes to sales in silence.
    """
    leads = "1 lead is" if over == 1 else f"{over:,} leads are"
    click.echo(f"{leads} over both thresholds then, and sales never had them.")
    for choice, words in choices.items():
        if chosen in (None, choice):
            click.echo(f"  --handover {choice:<9} {words}. {gate.outlook(choice, over, daily=daily)}".rstrip())
    if not over:
        click.echo("Nobody goes over today; the choice is for those who get over them later.")
    if chosen is None:
        raise ParameterRefused("--handover", "choose what becomes of them; nothing was done")
    return chosen
