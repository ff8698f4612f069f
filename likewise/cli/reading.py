"""Options that say how a file of texts is to be read, the same in every command that reads one."""

import click

# as in likewise.files.read, which takes too long to import for a help text
INPUTS = ["csv", "tsv", "jsonl", "parquet", "txt"]

input_format_option = click.option(
    "--input-format", type=click.Choice(INPUTS), help="By default FILE tells."
)

encoding_option = click.option(
    "--encoding", metavar="NAME", help="How FILE spells characters, e.g. cp1252."
)
