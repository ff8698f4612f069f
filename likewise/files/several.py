"""Opens several files as one table: those that are named, in a folder, or fit a pattern."""

import glob
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Unpack

from likewise.errors import FileMissing, UnreadableFile, shown
from likewise.files.aside import Aside
from likewise.files.formats import is_table
from likewise.files.names import listed
from likewise.files.options import ReadingOptions
from likewise.files.raw.source import STDIN
from likewise.files.read import open_table
from likewise.files.table import Met, Part, Table
from likewise.files.texts import Texts

_ABOUT = ("dataset_info.json", "dataset_infos.json", "dataset_dict.json", "datapackage.json")
"""What tells of the tables beside it: for Hugging Face's datasets, and in Frictionless Data."""
_LAKES = {
    "a Delta Lake table": "_delta_log",
    "an Iceberg table": "metadata/*.metadata.json",
    "a Hudi table": ".hoodie",
    "a Lance table": "_versions",
}
NAMED_BY_FOLDERS = "Not read: {}, which folders name, as Spark and Hive write columns."
"""What is said of the names that `named_by_folders` returns."""
_NOTES = 8
"""Sentences about single files that are told."""


def expanded(where: Sequence[str]) -> list[str]:
    """Return the files that are named: those of a folder and those that fit a pattern, in order.

    Raises:
        FileMissing: nothing fits a pattern.
        UnreadableFile: a folder holds no table.
    """
    found: list[str] = []
    for name in where:
        path = Path(name)
        if name == STDIN or path.is_file():
            found.append(name)
        elif path.is_dir():
            _refuse_lake(path)
            inside = sorted(str(one) for one in path.iterdir() if _is_table(one))
            if not inside:
                raise UnreadableFile(
                    f"{shown(name, 200)} is a folder without tables.", "Name a file in it."
                )
            found += inside
        elif glob.has_magic(name):
            fits = glob.iglob(name, recursive=True)  # noqa: PTH207  Path's takes no absolute ones
            fitting = sorted(one for one in fits if Path(one).is_file())
            if not fitting:
                raise FileMissing(f"No file matches {shown(name, 200)}.", "Check the pattern.")
            found += fitting
        else:
            found.append(name)
    return list(dict.fromkeys(found))


def _is_table(path: Path) -> bool:
    hidden = path.name.startswith(".") or _is_rejected(path)
    return path.is_file() and not hidden and not _is_about(path) and is_table(path.name)


def _is_about(path: Path) -> bool:
    """Return whether a file tells of the tables beside it."""
    beside = path.name == "state.json" and (path.parent / "dataset_info.json").exists()
    return beside or path.name in _ABOUT


def _refuse_lake(folder: Path) -> None:
    """Raise `UnreadableFile` where a log tells which files in a folder hold its rows now."""
    kind = next((kind for kind, sign in _LAKES.items() if any(folder.glob(sign))), None)
    if kind is not None:
        raise UnreadableFile(
            f"{shown(str(folder), 200)} is {kind}, whose log tells which of its files hold rows "
            "that still are.",
            "Write it as one Parquet file with the program that keeps it, and name that.",
        )


def _is_rejected(path: Path) -> bool:
    return path.name.endswith(".rejected.csv")


def _left_out(where: Sequence[str]) -> Iterator[str]:
    """Yield what is to be told of folders that hold more than tables."""
    for name in where:
        folder = Path(name)
        if name == STDIN or not folder.is_dir():
            continue
        others = [
            f"{one.name}/" if one.is_dir() else one.name
            for one in sorted(folder.iterdir())
            if not one.name.startswith(".") and not _is_rejected(one) and not _is_table(one)
        ]
        if others:
            named = listed(others, 8)
            yield (
                f"Not read in folder {shown(name, 200)}: {named}; its tables are the files right "
                "in it whose names end as those of tables do."
            )


def open_tables(
    where: Sequence[str], *, columns: bool = False, **reading: Unpack[ReadingOptions]
) -> Table:
    """Open some files as one table: the columns of all, the rows of each after another.

    Args:
        where: files, folders or patterns such as `data/*.csv`; `-` for standard input.
        columns: see `open_table`.
        **reading: see `open_table`.

    Raises:
        FileMissing, UnreadableFile, InvalidOption: see `open_table`.
    """
    paths = expanded(where)
    tables = [open_table(path, columns=columns, **reading) for path in paths]
    strict = reading.get("strict", False)
    table = tables[0] if len(tables) == 1 else _joined(tables, strict=strict)
    table.notes += _left_out(where)
    if names := named_by_folders(paths, table.columns):
        table.notes.append(NAMED_BY_FOLDERS.format(listed(names)))
    return table


def named_by_folders(paths: Iterable[str], columns: Sequence[str]) -> list[str]:
    """Return what folders such as `year=2020` name and no column is called.

    Args:
        paths: of files, `/` between folders.
        columns: of the files.
    """
    folders = (part for path in paths for part in Path(path).parent.parts if "=" in part)
    names = (folder.partition("=")[0] for folder in folders)
    return [name for name in dict.fromkeys(names) if name and name not in columns]


def open_several_texts(
    where: Sequence[str], *, column: str | None = None, **reading: Unpack[ReadingOptions]
) -> Texts:
    """Open the texts of some files; see `open_tables` and `open_texts`."""
    return Texts(open_tables(where, columns=column is not None, **reading), column)


def _joined(tables: Sequence[Table], *, strict: bool) -> Table:
    columns = list(dict.fromkeys(name for table in tables for name in table.columns))

    def parse(met: Met, places: Sequence[int] | None) -> Iterator[Part]:
        names = columns if places is None else [columns[at] for at in places]
        before = 0
        for table in tables:
            table.aside.keep = partial(_set_aside, met, table)
            last = 0
            for part in table.parts(_places(table, names)):
                cells = dict(zip(_held(table, names), part.cells, strict=True))
                nothing = [None] * len(part.numbers)
                numbers = [before + number for number in part.numbers]
                yield Part(numbers, [cells.get(name, nothing) for name in names])
                last = part.numbers[-1] if part.numbers else last
            before += last
            met.counts.update(table.counts)

    def locate(row: int) -> str:
        for table in tables:
            last = 0
            for part in table.parts(()):
                last = part.numbers[-1] if part.numbers else last
            if row <= last:
                where = table.place.found(row)
                return f"{where} of {table.name}" if where else table.place(row)
            row -= last
        return ""

    known = [table.known_rows for table in tables]
    alike = all(t.types == tables[0].types and t.columns == tables[0].columns for t in tables)
    notes = [f"{len(tables):,} files are read as one table; its rows are counted through."]
    told = [note for table in tables for note in table.notes]
    if len(told) > _NOTES:
        told[_NOTES:] = [f"{len(told) - _NOTES:,} more sentences about them are left out."]
    return Table(
        f"{len(tables):,} files",
        tables[0].format,
        columns,
        parse,
        once=any(table.once for table in tables),
        notes=[*notes, *told],
        known_rows=None if None in known else sum(count or 0 for count in known),
        types=tables[0].types if alike else (),
        strict=strict,
        spelling=tables[0].spelling,
        locate=locate,
    )


def _held(table: Table, names: Sequence[str]) -> list[str]:
    return [name for name in names if name in table.columns]


def _places(table: Table, names: Sequence[str]) -> list[int]:
    return [table.columns.index(name) for name in _held(table, names)]


def _set_aside(met: Met, table: Table, one: Aside) -> None:
    met.aside.add(one.line, f"{one.reason} ({table.name})", one.raw)
