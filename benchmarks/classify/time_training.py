"""How long `likewise train` takes, from the file to the report, nothing in the cache.

    LIKEWISE_THREADS=2 python benchmarks/classify/time_training.py --data DIR [--write]

20,000 short texts with 20 labels: CLINC150's commands, each of its ten domains cut in two by the
first letter of the intent. Every run is a process of its own with a vector cache of its own; the
stages are those that training tells of. `time.md` holds the table.
"""

import argparse
import csv
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
TEXTS = 20_000


def write(data: Path, file: Path) -> int:
    """Write the table, and return how many labels it has."""
    rows = []
    for part in ("train", "val", "test"):
        with (data / "clinc150" / f"{part}.csv").open(encoding="utf-8", newline="") as opened:
            rows += [row for row in csv.DictReader(opened) if row["label"] != "oos"]
    middle = {}
    for domain in {row["domain"] for row in rows}:
        intents = sorted({row["label"] for row in rows if row["domain"] == domain})
        middle[domain] = intents[len(intents) // 2]
    chosen = np.random.default_rng(0).permutation(len(rows))[:TEXTS]
    with file.open("w", encoding="utf-8", newline="") as opened:
        out = csv.writer(opened)
        out.writerow(["text", "label"])
        for place in chosen:
            row = rows[place]
            half = "first" if row["label"] < middle[row["domain"]] else "second"
            out.writerow([row["text"], f"{row['domain']}, {half} half"])
    return 2 * len(middle)


STAGES = """
import sys, time
from pathlib import Path
from likewise.classify.training import train
from likewise.classify.training_data import TrainingOptions, read
from likewise.encoders import load, with_cache
from likewise.files.several import open_tables
begun = time.perf_counter()
data = read(open_tables([sys.argv[1]], columns=True), TrainingOptions())
engine = with_cache(load("minilm"))
spent, last = {}, ["reading the file and loading the encoder", begun]
def told(what, done, total):
    name = what.split(": ")[0].split(",")[0]
    if name != last[0]:
        now = time.perf_counter()
        spent[last[0]] = spent.get(last[0], 0) + now - last[1]
        last[:] = [name, now]
trained = train(data, engine, TrainingOptions(), told)
trained.estimator.save(Path(sys.argv[2]))
trained.write_report(Path(sys.argv[2]).with_suffix(".html"))
now = time.perf_counter()
spent[last[0]] = spent.get(last[0], 0) + now - last[1]
for name, seconds in spent.items():
    print(f"{name}|{seconds:.1f}|")
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--write", action="store_true", help="update time.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "commands.csv"
        labels = write(options.data, table)
        commands = {
            "command line": [sys.executable, "-m", "likewise", "train", str(table), "-o"],
            "stages": [sys.executable, "-c", STAGES, str(table)],
        }
        whole, stages = 0.0, ""
        for place, (name, command) in enumerate(commands.items()):
            cache = Path(folder) / f"cache-{place}"
            environment = {**os.environ, "LIKEWISE_CACHE": str(cache)}
            begun = time.perf_counter()
            made = subprocess.run(
                [*command, str(Path(folder) / f"{place}.likewise")],
                env=environment, capture_output=True, text=True, check=True,
            )  # fmt: skip
            seconds = time.perf_counter() - begun
            print(f"{name}: {seconds:.1f} s\n{made.stdout}{made.stderr}", flush=True)
            whole, stages = (seconds, stages) if name == "command line" else (whole, made.stdout)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    threads = os.environ.get("LIKEWISE_THREADS", "all")
    lines = [
        f"`likewise train` on {TEXTS:,} short texts (CLINC150, 41 characters on average) with "
        f"{labels} labels, as it comes, nothing in the cache: **{whole:.0f} seconds** from the "
        "file to model and report.",
        "",
        f"{platform.machine()}, {os.cpu_count()} cores, nothing else running, {threads} threads, "
        f"Python {platform.python_version()}, load before {os.getloadavg()[0]:.1f}, peak memory "
        f"{used.ru_maxrss / 1024:.0f} MB. Stages, of a second run:",
        "",
        "| stage | seconds |",
        "|---|--:|",
        *(f"| {line.rstrip('|').replace('|', ' | ')} |" for line in stages.splitlines()),
    ]
    if options.write:
        (HERE / "time.md").write_text("\n".join(lines) + "\n", "utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
