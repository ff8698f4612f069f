"""What a reading met that a person should know, a sentence each."""

from likewise.errors import counted
from likewise.files.table import Table

GUARDED = "guarded cells"
DROPPED = "dropped members"
DOUBTFUL = "doubtful line breaks"
MARKED = "rows with marks"
LONG = "numbers longer than a spreadsheet keeps"
SPELT = "cells of bytes that are no text"
"""What is counted of a reading, in `Table.counts`."""


def oddities(table: Table) -> list[str]:
    """Return what the latest reading of a table met, a sentence each; complete at its end."""
    counts = table.counts
    found = table.aside.sentences()
    if counts[GUARDED]:
        found.append(
            f"{counted(counts[GUARDED], 'cell')} read without the apostrophe that "
            "guards them from spreadsheets."
        )
    if counts[MARKED]:
        found.append(
            f"{counted(counts[MARKED], 'row')} of {table.name} read with quotation marks as part "
            "of the text: they open in one row and close in another."
        )
    if counts[DOUBTFUL]:
        found.append(
            f"{counted(counts[DOUBTFUL], 'cell')} of {table.name} with line breaks that could be "
            "several rows; --quotes none reads them so."
        )
    if counts[LONG]:
        found.append(
            f"{counted(counts[LONG], 'cell')} of {table.name} with a number of 16 digits or more, "
            "of which the last may be lost: spreadsheets keep 15. Write such numbers as text."
        )
    if counts[SPELT]:
        found.append(
            f"{counted(counts[SPELT], 'cell')} of {table.name} with bytes that are not UTF-8; each "
            r"such byte is spelt, as in \xff."
        )
    if counts[DROPPED]:
        found.append(
            f"{counted(counts[DROPPED], 'member')} of {table.name} left out: they come late, and a "
            "pipe is read only once. Save it to a file to keep all columns."
        )
    return found
