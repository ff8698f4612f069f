"""What the sheets of a workbook hold that its reader does not tell, for the sentences about it."""

import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field

from likewise.errors import counted

_MOST_BYTES = 4 * 1024**2
"""Bytes of the list of sheets that are looked at."""
_ATTRIBUTES = rb"((?:[^<>\"']++|\"[^\"<]*+\"|'[^'<]*+')*+)"
_SHEET = re.compile(rb"<(?:\w+:)?sheet\b" + _ATTRIBUTES + rb">")
_SHEET_ID = re.compile(rb"\w:id\s*=\s*[\"']([^\"']*)")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\b" + _ATTRIBUTES + rb">")
_ID_TARGET = re.compile(rb"\b(Id|Target)\s*=\s*[\"']([^\"']*)")


@dataclass
class Findings:
    """What the cells of a sheet hold that its reader does not tell.

    merged: whether a sheet of an .ods file merges cells of several rows. covered: cells with a
    value below merged ones. errors: cells that hold an error. uncomputed: formulas whose value was
    not stored. hidden: rows with values that are not seen. unseen: columns that are not seen, from
    one to another. width: the last column that has cells.
    """

    merged: bool = False
    covered: int = 0
    errors: int = 0
    uncomputed: int = 0
    hidden: int = 0
    unseen: list[tuple[int, int]] = field(default_factory=list)
    width: int = 0

    @property
    def columns(self) -> int:
        """Hidden columns that have cells."""
        return sum(max(0, min(end, self.width) - begin + 1) for begin, end in self.unseen)

    def notes(self, title: str) -> Iterator[str]:
        """Yield what is to be told about the sheet, a sentence each."""
        if self.merged:  # the reader knows the merged cells of .xlsx and .xls alone
            yield (
                f"{title} has merged cells: each gives its value to its first row alone; from "
                ".xlsx to all."
            )
        if self.covered:
            yield (
                f"{counted(self.covered, 'cell')} of {title} read although merged cells cover "
                f"{'it' if self.covered == 1 else 'them'}."
            )
        if columns := self.columns:
            many = "column" if columns == 1 else "columns"
            yield f"{columns:,} hidden {many} of {title} read like all others."
        if self.hidden:
            many = "row" if self.hidden == 1 else "rows"
            yield f"{self.hidden:,} hidden {many} of {title} read like all others."
        if self.errors:
            many = counted(self.errors, "cell")
            yield f"{many} of {title} with an error such as #N/A read as empty."
        if self.uncomputed:
            yield (
                f"{counted(self.uncomputed, 'cell')} of {title} with a formula whose value was not "
                "stored read as empty; open it in a spreadsheet program and save it again."
            )


def sheet_parts(archive: zipfile.ZipFile) -> list[str]:
    """Return which part of an .xlsx file holds each sheet, in their order, in small letters."""
    targets: dict[bytes, bytes] = {}
    for attributes in _RELATION.findall(_beginning(archive, "xl/_rels/workbook.xml.rels")):
        held = dict(_ID_TARGET.findall(attributes))
        targets[held.get(b"Id", b"")] = held.get(b"Target", b"")
    parts = []
    for attributes in _SHEET.findall(_beginning(archive, "xl/workbook.xml")):
        found = _SHEET_ID.search(attributes)
        target = targets.get(found[1], b"") if found else b""
        # a target stands below the workbook's folder, or behind a slash in the archive
        path = posixpath.normpath(posixpath.join("/xl", target.decode("utf-8", "replace")))
        parts.append(path.removeprefix("/").lower())
    return parts


def _beginning(archive: zipfile.ZipFile, name: str) -> bytes:
    known = next((one for one in archive.namelist() if one.lower() == name), None)
    if known is None:
        return b""
    with archive.open(known) as stream:
        return stream.read(_MOST_BYTES)
