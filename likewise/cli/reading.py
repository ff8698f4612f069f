"""Options that say how a file of texts is to be read, the same in every command that reads one."""

import click

from likewise.files.formats import READ

input_format_option = click.option(
    "--input-format", type=click.Choice(READ), help="By default FILE tells."
)

encoding_option = click.option(
    "--encoding", metavar="NAME", help="How FILE spells characters, e.g. cp1252."
)
