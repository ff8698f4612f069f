"""Options that several commands take: one spelling and one meaning each."""

from collections.abc import Callable
from typing import Any

import click

from likewise.files.formats import READ


class Respelt(click.Option):
    """An option whose help shows its first spelling alone; older ones are understood."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return the spelling and the help text."""
        every, self.opts = self.opts, self.opts[:1]
        try:
            return super().get_help_record(ctx)
        finally:
            self.opts = every


def text_option(help_: str = "Column of FILE that holds the texts.") -> Callable[[Any], Any]:
    """Return the option that names the column of the texts."""
    return click.option("--text", "--text-column", "text", cls=Respelt, metavar="NAME", help=help_)


input_format_option = click.option(
    "--input-format", type=click.Choice(READ), help="By default FILE tells."
)

encoding_option = click.option(
    "--encoding", metavar="NAME", help="How FILE spells characters, e.g. cp1252."
)

no_header_option = click.option(
    "--no-header", is_flag=True, help="The first row of csv and tsv is data."
)

json_option = click.option("--json", "as_json", is_flag=True, help="Print the results as JSON.")

encoder_option = click.option(
    "--encoder",
    "-e",
    metavar="NAME",
    help="minilm, sha256, a model folder, a name on the Hugging Face hub, or that of a "
    "provider's model.  "
    "[default: LIKEWISE_ENCODER or minilm]",
)

prefix_option = click.option(
    "--prefix",
    metavar="TEXT",
    help="Put before each text, for models trained with one, e.g. 'query: ' or 'passage: '.",
)
