"""Which guesser of dialects reads the odd files of `tests/files/odd` right?

Run `python -m benchmarks.tables.dialects`; it writes dialects.md beside itself. It needs
clevercsv and duckdb, which Likewise does not. They get the files in UTF-8, for they are asked
about separators and marks, not about encodings. A file is right where header and cells are
exactly those that stand in it; where rows must be set aside, DuckDB may skip them
(`ignore_errors`), clevercsv has no such thing.
"""

import csv
import io
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import clevercsv
import duckdb

from likewise.errors import LikewiseError
from likewise.files.raw.source import Source
from likewise.files.read import open_table
from tests.files.odd.cases import CASES, Case

Found = tuple[tuple[str, ...], list[tuple[Any, ...]]]


def of_likewise(path: Path, case: Case) -> Found:
    table = open_table(path, columns=True, **case.options)
    return table.columns, [row.values for row in table.rows()]


def of_clevercsv(path: Path, case: Case) -> Found:
    text = _text(path, case)
    dialect = clevercsv.Sniffer().sniff(text)
    rows = list(clevercsv.reader(io.StringIO(text, newline=""), dialect))
    header = case.options.get("header", clevercsv.Sniffer().has_header(text))
    return _headed([row for row in rows if row], header)


def of_sniffer(path: Path, case: Case) -> Found:
    text = _text(path, case)
    dialect = csv.Sniffer().sniff(text)
    rows = list(csv.reader(io.StringIO(text, newline=""), dialect))
    header = case.options.get("header", csv.Sniffer().has_header(text))
    return _headed([row for row in rows if row], header)


def of_duckdb(path: Path, case: Case) -> Found:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "t.csv"
        copy.write_bytes(_text(path, case).encode())
        found = duckdb.connect().read_csv(
            str(copy), all_varchar=True, ignore_errors=bool(case.aside), strict_mode=True
        )
        rows = [tuple(cell or "" for cell in row) for row in found.fetchall()]
        named = tuple(found.columns)
    plain = all(name == f"column{place}" for place, name in enumerate(named))
    return tuple(f"column {n + 1}" for n in range(len(named))) if plain else named, rows


def _headed(rows: list[list[str]], header: bool) -> Found:
    if header:
        return tuple(name.strip() for name in rows[0]), [tuple(row) for row in rows[1:]]
    names = tuple(f"column {place + 1}" for place in range(len(rows[0])))
    return names, [tuple(row) for row in rows]


def _text(path: Path, case: Case) -> str:
    encoding = case.options.get("encoding") or Source(path).encoding
    return path.read_bytes().decode(encoding)


READERS: dict[str, Callable[[Path, Case], Found]] = {
    "likewise": of_likewise,
    "clevercsv": of_clevercsv,
    "DuckDB": of_duckdb,
    "csv.Sniffer": of_sniffer,
}


def outcome(read: Callable[[Path, Case], Found], path: Path, case: Case) -> str:
    try:
        columns, rows = read(path, case)
    except LikewiseError:
        return "refused"
    except Exception as error:  # what the others raise is a result here
        return f"error ({type(error).__name__})"
    if columns != case.columns:
        return "wrong header"
    found = [tuple(cell or "" for cell in row) for row in rows]
    wanted = [tuple(cell or "" for cell in row) for row in case.rows]
    if found == wanted:
        return "right"
    return "rows lost" if len(found) < len(wanted) else "wrong cells"


def main() -> None:
    warnings.simplefilter("ignore")
    cases = [case for case in CASES if not case.refused]
    table: dict[str, dict[str, str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for case in cases:
            path = Path(folder) / case.name
            path.write_bytes(case.content)
            table[case.name] = {name: outcome(read, path, case) for name, read in READERS.items()}
    lines = [
        "# Guessers of dialects on odd files",
        "",
        f"clevercsv {clevercsv.__version__}, DuckDB {duckdb.__version__}, Python's csv.Sniffer "
        f"({sys.version.split()[0]}); {len(cases)} files of `tests/files/odd/cases.py`; made by "
        "`python -m benchmarks.tables.dialects`.",
        "",
        f"| file | {' | '.join(READERS)} |",
        f"| --- {'| --- ' * len(READERS)}|",
    ]
    total = [
        f"{sum(row[name] == 'right' for row in table.values())} of {len(table)}" for name in READERS
    ]
    lines += [f"| **right** | {' | '.join(f'**{said}**' for said in total)} |"]
    lines += [
        f"| {name} | {' | '.join('✓' if row[n] == 'right' else row[n] for n in READERS)} |"
        for name, row in table.items()
    ]
    Path(__file__).with_suffix(".md").write_text("\n".join(lines) + "\n")
    print(*zip(READERS, total, strict=True))


if __name__ == "__main__":
    main()
