"""What files that visitors sent are called, and what is said of them, who have no command line."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePath

from likewise.errors import UnreadableFile
from likewise.files.formats import is_table

_ENDING = "Give it the ending of what it is: .csv, .tsv, .jsonl, .xlsx or .parquet."
_INSTEAD = {
    "--encoding ": "",
    " with --sheet": "",
    " with --id-column": "",
    "name [a-z' ]+ format with --input-format": "give it the ending of its format, such as .csv",
    r"--input-format (\w)": r"the ending .\1",
}
"""What stands for options, which a visitor has none of."""


def called(name: str) -> str:
    """Return what a file is called that was sent under a name, which is never a path."""
    return PurePath(name.replace("\\", "/")).name[:100] or "pasted table"


def ending_of(name: str) -> str:
    """Return the ending of a name where it tells a format, else nothing."""
    return "".join(PurePath(name).suffixes[-2:]).lower() if is_table(name) else ""


@contextmanager
def told_to_visitors() -> Iterator[None]:
    """Say without the options of the command line what is wrong with a file."""
    try:
        yield
    except UnreadableFile as error:
        raise UnreadableFile(
            for_visitors(error.problem), _advice(error.remedy), param=error.param
        ) from None


def _advice(remedy: str) -> str:
    """Return what to do without the options of the command line: there are others for most."""
    for option, instead in _INSTEAD.items():
        remedy = re.sub(option, instead, remedy)
    return _ENDING if "--" in remedy else remedy


def for_visitors(said: str) -> str:
    """Return a sentence without the options of the command line."""
    before, option, _ = re.sub(r" \(--[^()]*\)", "", said).partition("; --")
    return f"{before}." if option else before
