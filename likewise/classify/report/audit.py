"""The label audit as a table: every label that looks wrong, most suspicious first."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from likewise.files.formats import WRITTEN, row_writer, written_format
from likewise.files.write import replace_keeping

COLUMNS = ("row", "given", "suggested", "probability", "text")


def write_audit(path: Path, suspects: Sequence[Mapping[str, Any]]) -> Path | None:
    """Write the suspicious labels of `class_results` as a table, and keep an older one.

    `row` is the row of the training file, from 1, and `probability` that of the given label beside
    the suggested one.

    Returns:
        Where the older table is now, None where there was none.

    Raises:
        InvalidOption: the ending of the name is of no format.
        UnwritableFile: no permission, no space, or no such folder.
    """
    format_ = written_format(path, WRITTEN)

    def fill(file: BinaryIO) -> None:
        with row_writer(format_, file, COLUMNS) as write:
            write([[one[name] for name in COLUMNS] for one in suspects])

    return replace_keeping(path, fill)
