"""The `lodestone` command: a file for each group of commands."""

from capture.cli import loading

with loading.for_good():
    import click

    from capture.cli import access, brand, common, mqls, page, people, publishing, running, score, stored


@click.group(cls=common.Sentences, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Lodestone: gated pages, personal documents, explained scores, a feed of MQLs."""


for command in (
    running.serve,
    running.worker,
    running.migrate,
    running.furnish,
    running.mails,
    publishing.publish,
    publishing.check,
    page.published_page,
    brand.brand_of_the_installation,
    stored.stored,
    access.login_link,
    access.token,
    score.score,
    people.people,
    mqls.mqls,
):
    main.add_command(command)
