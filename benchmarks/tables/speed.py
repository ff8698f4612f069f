"""How fast a csv of a million rows comes into `likewise embed`, beside pandas' C reader.

Run `python -m benchmarks.tables.speed`; it writes speed.md beside itself and needs pandas, which
Likewise does not. Each reading runs alone in its process, with one thread.
"""

import csv
import os
import platform
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROWS = 1_000_000
TEXT = """the quick brown fox jumps over a lazy dog while it is raining outside and nobody cares
about an invoice or the parcel that arrived late"""
WORDS = TEXT.split()


def write(path: Path, kind: str, many: int = ROWS) -> None:
    """Write so many rows: short texts, texts with commas in marks, or texts of several lines."""
    rng = random.Random(7)
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "text", "label"])
        for number in range(many):
            text = " ".join(rng.choices(WORDS, k=12))
            if kind != "plain" and number % 3 == 0:
                text += ', "really" so'
            if kind == "lines" and number % 5 == 0:
                text = text.replace(" ", "\n", 2)
            rows.writerow([number, text, rng.choice(["praise", "complaint"])])


def read(reader: str, path: str) -> int:
    """Return the number of texts."""
    if reader == "pandas, C engine":
        import pandas as pd

        return len(pd.read_csv(path, engine="c", usecols=None)["text"])
    if reader == "pandas, C engine, Python's strings":
        import pandas as pd

        return len(pd.read_csv(path, engine="c", dtype=object)["text"].tolist())
    if reader == "csv.reader":
        with Path(path).open(newline="", encoding="utf-8") as file:
            return sum(1 for _ in csv.reader(file)) - 1
    if reader == "likewise, texts one by one":
        from likewise.files.read import open_texts

        return sum(1 for _ in open_texts(path))
    from likewise.encoders.stream import SLICE_CHARACTERS, SLICE_TEXTS
    from likewise.files.several import open_several_texts
    from likewise.files.vectors.kept import KeptRows

    rows = KeptRows(open_several_texts([path]))
    return sum(len(part.texts) for part in rows.slices(SLICE_TEXTS, SLICE_CHARACTERS))


EMBED = "likewise, into embed's pipeline"
READERS = (
    "pandas, C engine",
    "pandas, C engine, Python's strings",
    "csv.reader",
    "likewise, texts one by one",
    EMBED,
)


def measured(reader: str, path: Path, small: Path) -> tuple[float, int]:
    """Return the best seconds of three and the peak megabytes."""
    env = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    runs = []
    for _ in range(3):
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.tables.speed", reader, str(path), str(small)],
            env=env, check=True, capture_output=True, text=True,
        )  # fmt: skip
        seconds, megabytes, count = done.stdout.split()
        assert int(count) == ROWS
        runs.append((float(seconds), int(megabytes)))
    return min(runs)


def main() -> None:
    lines = [
        "# A million rows of csv, to the texts that an encoder is given",
        "",
        f"Python {platform.python_version()}, {platform.machine()}, one thread, best of three, "
        "each alone in its process; processor seconds without imports: each reads a table of "
        "2,000 rows before. Made by `python -m benchmarks.tables.speed`.",
        "",
        "pandas 3 keeps texts in Arrow's buffers and makes Python's strings when asked; an encoder "
        "asks for all of them. So both are shown: what pandas takes to have read the table, and to "
        "have its texts as Likewise gives them. Likewise reads in blocks: its memory is that of "
        "imports, pandas' own included here.",
        "",
        "| table | reader | seconds | rows/s | of pandas' rate | peak MB |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("plain", "quoted", "lines"):
            path = Path(folder) / f"{kind}.csv"
            write(path, kind)
            small = Path(folder) / "small.csv"
            write(small, kind, 2_000)
            size = path.stat().st_size // 10**6
            base = 0.0
            for reader in READERS:
                seconds, peak = measured(reader, path, small)
                base = base or seconds
                lines.append(
                    f"| {kind}, {size} MB | {reader} | {seconds:.2f} | {ROWS / seconds:,.0f} | "
                    f"{base / seconds:.2f} | {peak} |"
                )
                print(lines[-1], flush=True)
    Path(__file__).with_suffix(".md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    if len(sys.argv) == 4:
        reader, path, small = sys.argv[1:]
        read(reader, small)  # imports are not to be measured
        began = time.process_time()
        found = read(reader, path)
        spent = time.process_time() - began
        print(spent, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, found)
    else:
        main()
