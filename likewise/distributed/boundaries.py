"""Where shards begin and end: at row groups of parquet, and at records of large csv and jsonl."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from likewise.distributed.cuts import CutFile
from likewise.distributed.cutting import cut_file, plain_file
from likewise.distributed.inputs import Footer
from likewise.distributed.store import JobStore
from likewise.types import StageProgress

_WORTH = 1.5
"""Shards that a file must have, about, to be read for where it can be cut."""


def cut_files(
    folder: JobStore,
    found: Sequence[tuple[str, int, str]],
    reading: dict[str, Any],
    rows: int,
    row_bytes: float,
    wanted: Sequence[str],
    progress: StageProgress,
) -> tuple[list[CutFile], dict[int, list[int]]]:
    """Return how large files are cut, and by their numbers the rows of each part."""
    least = _WORTH * rows * max(1.0, row_bytes)
    large = {at: one for at, one in enumerate(found) if one[1] > least}
    files = {at: plain_file(folder, path, reading) for at, (path, _, _) in large.items()}
    total = sum(found[at][1] for at, file in files.items() if file is not None)
    cuts: list[CutFile] = []
    ranges: dict[int, list[int]] = {}
    before = 0
    for at, file in files.items():
        if file is None:
            continue
        size = found[at][1]

        def tell(read: int, before: int = before) -> None:
            progress("Finding where rows end, MB", (before + read) >> 20, max(1, total >> 20))

        made = cut_file(
            file, at, size, rows=rows, row_bytes=row_bytes, wanted=wanted, progress=tell
        )
        before += size
        if made is not None:
            cuts.append(made[0])
            ranges[at] = made[1]
    return cuts, ranges


def ranges_of(
    footers: Iterable[Footer | None], most: int, ranges: Mapping[int, Sequence[int]]
) -> tuple[list[int], list[int], list[int]]:
    """Return the file, the first row and the number of rows of each shard.

    Row groups stay together where they fit; a larger one is cut into equal parts.
    """
    file: list[int] = []
    start: list[int] = []
    rows: list[int] = []

    def add(at: int, begins: int, count: int) -> None:
        file.append(at)
        start.append(begins)
        rows.append(count)

    for at, said in enumerate(footers):
        if said is None:
            begins = 0
            for count in ranges.get(at, [-1]):
                add(at, begins, count)
                begins += count
            continue
        begins = held = 0
        for group in [*said.groups, None]:
            if group is None or (held and held + group > most):
                parts = max(1, -(-held // most))
                for part in range(parts):
                    first, last = held * part // parts, held * (part + 1) // parts
                    if last > first or (not begins and group is None and not held):
                        add(at, begins + first, last - first)
                begins, held = begins + held, 0
            held += group or 0
    return file, start, rows
