"""What jobs in shards cost beside the work itself: `python benchmarks/scale/measure.py WHAT`.

overhead   200,000 texts in a loop, in one process, and by one actor of Ray; A B C A B C A B C
speedup    14,400 texts (or TEXTS) with minilm by one single-threaded worker and by two, A B A B, by
           processes and then by actors of Ray (or KINDS)
memory     what one process holds while it does a million rows in 16 shards, and in one
large      10,000,000 rows (or ROWS): csv and parquet planned, and a shard of all of them made
simulate   1,000 nodes and 400,000 shards: plan, manifest, resume, status and driver, no encoder

The time until a worker has loaded what it needs and is given its first shard is start-up and stands
beside; the rest is compared.
"""

import heapq
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parents[2]))

import likewise
from likewise.distributed import jobs
from likewise.distributed.driver import drive
from likewise.distributed.executors import Executor, Loop, Processes
from likewise.distributed.lease import Lease
from likewise.distributed.on_ray import OnRay
from likewise.distributed.plan import InputFile, JobPlan, finished
from likewise.distributed.planning import JobOptions, make_plan, write_plan
from likewise.distributed.shard import Outcome, ShardWork
from likewise.distributed.store import JobStore
from likewise.encoders import Encoder
from tests.scale.tiny import TinyEncoder

WORDS = [
    *("the", "of", "river", "light", "paper", "seven", "cold", "engine", "music", "garden"),
    *("north", "answer", "quick", "stone"),
]


def written(folder: Path, rows: int, groups: int, words: int) -> Path:
    """Write a parquet file of texts of some random words."""
    rng = random.Random(7)
    path = folder / f"{rows}.parquet"
    schema = pa.schema({"text": pa.string()})
    with pq.ParquetWriter(path, schema) as out:
        for _ in range(groups):
            texts = [" ".join(rng.choices(WORDS, k=words)) for _ in range(rows // groups)]
            out.write_table(pa.table({"text": texts}))
    return path


@dataclass
class Timed:
    """A job: when each shard was begun and ended, seconds since the executor was asked.

    processor: seconds of each kind of process meanwhile, all of their threads together.
    """

    rows: int
    spans: list[tuple[float, float]]
    processor: dict[str, float]

    @property
    def start(self) -> float:
        """When the first worker began."""
        return min(begin for begin, _ in self.spans)

    @property
    def work(self) -> float:
        """From the first worker's beginning to the last one's end."""
        return max(end for _, end in self.spans) - self.start

    @property
    def after_first(self) -> float:
        """From the end of the first shard, in which whatever is used first is used."""
        ends = [end for _, end in self.spans]
        return max(ends) - min(ends)

    @property
    def busy(self) -> float:
        """Seconds in which workers did shards, of all of them together."""
        return sum(end - begin for begin, end in self.spans)

    def rate(self, workers: int) -> float:
        """Return the shards a second while all workers were at work.

        That is after the last had begun its first shard, and before the first found none to begin.
        Shards under way at either end count by the share of their time that lies between.
        """
        at_once = [
            begin for begin, _ in self.spans
            if sum(one <= begin < end for one, end in self.spans) >= workers
        ]  # fmt: skip
        first, last = min(at_once), max(begin for begin, _ in self.spans)
        within = sum(
            max(0.0, min(end, last) - max(begin, first)) / (end - begin)
            for begin, end in self.spans
        )
        return within / (last - first)


def timed(source: Path, out: Path, encoder: Encoder, executor: Executor, rows: int) -> Timed:
    """Run a job and return how long it took."""
    store = JobStore(str(out))
    plan = make_plan(str(source), store.address, encoder.identity, JobOptions(rows=rows)).plan
    write_plan(plan, store)
    work = ShardWork(store, plan.digest, encoder)
    began = time.monotonic()
    before: dict[int, tuple[str, float]] = {}
    found = Timed(plan.known_rows or 0, [], {})
    with Lease(store):
        for outcome in executor.run(work, range(len(plan))):
            assert outcome.problem is None, outcome
            end = time.monotonic() - began
            found.spans.append((end - outcome.seconds, end))
            if not before:
                before = processor_seconds()
            if len(found.spans) == len(plan):
                found.processor = used(before, processor_seconds())
    return found


def processor_seconds() -> dict[int, tuple[str, float]]:
    """Return what kind of process each of this job is, and the seconds that it has computed."""
    found = {}
    tick = os.sysconf("SC_CLK_TCK")
    for path in Path("/proc").glob("[0-9]*"):
        try:
            command = (path / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            said = (path / "stat").read_text().rpartition(") ")[2].split()
        except OSError:
            continue
        pid = int(path.name)
        if pid == os.getpid():
            kind = "driver"
        elif command.startswith("ray::Doing") or "spawn_main" in command:
            kind = "workers"
        elif "ray" in command and "measure.py" not in command:
            names = ("gcs_server", "raylet/raylet", "log_monitor", "dashboard", "monitor.py",
                     "runtime_env", "ray::")  # fmt: skip
            kind = next((f"Ray's {one}" for one in names if one in command), "Ray's others")
        else:
            continue
        found[pid] = kind, (int(said[11]) + int(said[12])) / tick
    return found


def used(
    before: dict[int, tuple[str, float]], after: dict[int, tuple[str, float]]
) -> dict[str, float]:
    """Return the seconds between two looks, by kind of process."""
    found: dict[str, float] = {}
    for pid, (kind, seconds) in after.items():
        found[kind] = found.get(kind, 0.0) + seconds - before.get(pid, (kind, 0.0))[1]
    return {kind: round(seconds, 2) for kind, seconds in sorted(found.items())}


def overhead(folder: Path) -> None:
    source = written(folder, 200_000, 25, 12)
    encoder = likewise.load("sha256")
    kinds = {"loop": Loop, "process": lambda: Processes(1), "ray": lambda: OnRay(None, 1)}
    found: dict[str, list[Timed]] = {name: [] for name in kinds}
    for run in range(3):
        for name, make in kinds.items():
            found[name].append(timed(source, folder / f"{name}{run}", encoder, make(), 8_000))
            run_ = found[name][-1]
            print(name, round(run_.work, 2), round(run_.busy, 2), run_.processor, flush=True)
    work = {name: statistics.median(run.work for run in runs) for name, runs in found.items()}
    after = {
        name: statistics.median(run.after_first for run in runs) for name, runs in found.items()
    }
    table = {
        name: {
            "start": round(statistics.median(run.start for run in runs), 2),
            "work": round(work[name], 2),
            "ratio": round(work[name] / work["loop"], 3),
            "after the first": round(after[name], 2),
            "its ratio": round(after[name] / after["loop"], 3),
        }
        for name, runs in found.items()
    }
    print(json.dumps(table))


def speedup(folder: Path) -> None:
    texts = int(os.environ.get("TEXTS", "14400"))
    source = written(folder, texts, texts // 100, 20)
    encoder = likewise.load("minilm", threads=1)
    kinds = {"process": Processes, "ray": lambda workers: OnRay(None, workers)}
    found = {}
    for kind in os.environ.get("KINDS", "process ray").split():
        runs: dict[int, list[Timed]] = {1: [], 2: []}
        for turn in range(int(os.environ.get("TURNS", "2"))):
            for workers in (1, 2):
                out = folder / f"{kind}{workers}-{turn}"
                run = timed(source, out, encoder, kinds[kind](workers), 100)
                runs[workers].append(run)
                seconds = {"start": run.start, "work": run.work, "busy": run.busy}
                said = {name: round(value, 2) for name, value in seconds.items()}
                print(kind, workers, said, run.processor, flush=True)
        rate = {n: statistics.median(run.rate(n) for run in several) for n, several in runs.items()}
        work = {n: statistics.median(run.work for run in several) for n, several in runs.items()}
        share = statistics.median(run.busy / run.work / 2 for run in runs[2])
        found[kind] = {
            "texts/s of one": round(100 * rate[1], 1),
            "of two": round(100 * rate[2], 1),
            "times as fast": round(rate[2] / rate[1], 3),
            "work of one": round(work[1], 2),
            "work of two": round(work[2], 2),
            "with the second's start": round(work[1] / work[2], 3),
            "busy of two": round(share, 3),
        }
    print(json.dumps(found))


CHILD = """
import json, resource, sys, numpy as np
from likewise.distributed import jobs
from likewise.distributed.executors import Loop
from likewise.encoders import Encoder
from tests.scale.tiny import TinyEncoder
store, plan = jobs.opened(sys.argv[1])
def held():
    said = open('/proc/self/status').read()
    return int(said.split('VmRSS:')[1].split()[0]) // 1024
class Watched(TinyEncoder):
    rows, told = 0, []
    def encode(self, texts, *, progress=None):
        texts = list(texts)
        Watched.rows += len(texts)
        if Watched.rows >= len(Watched.told) * int(sys.argv[2]):
            Watched.told.append(held())
        return super().encode(texts)
jobs.run(store, plan, Watched(), Loop(), job='embed')
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
print(json.dumps({'MB': Watched.told, 'peak_MB': peak}))
"""


def memory(folder: Path) -> None:
    source = written(folder, 1_000_000, 16, 12)
    found = {}
    for rows in (62_500, 2_000_000):
        store = JobStore(str(folder / f"out{rows}"))
        plan = make_plan(
            str(source), store.address, TinyEncoder.identity, JobOptions(rows=rows)
        ).plan
        write_plan(plan, store)
        found[f"{len(plan)} shards"] = watched(store, 100_000)
    print(json.dumps(found))


def watched(store: JobStore, step: int) -> dict[str, Any]:
    """Run a job in a process of its own; return what it holds after every `step` rows, in MB."""
    program = [sys.executable, "-c", CHILD, store.address, str(step)]
    ran = subprocess.run(
        program, check=True, capture_output=True, text=True, cwd=Path(__file__).parents[2]
    )
    return json.loads(ran.stdout)


def large(folder: Path) -> None:
    rows = int(os.environ.get("ROWS", "10000000"))
    source = written(folder, rows, 20, 6)
    table = folder / "large.csv"
    with table.open("w") as out:
        out.write("text\n")
        for batch in pq.ParquetFile(source).iter_batches(65_536):
            out.write("\n".join(batch.column(0).to_pylist()) + "\n")
    found: dict[str, Any] = {}
    for path, wished in ((table, 65_536), (source, 65_536), (source, 2 * rows)):
        store = JobStore(str(folder / f"out-{path.suffix[1:]}-{wished}"))
        began = time.monotonic()
        plan = make_plan(
            str(path), store.address, TinyEncoder.identity, JobOptions(rows=wished)
        ).plan
        seconds = round(time.monotonic() - began, 2)
        write_plan(plan, store)
        assert plan.known_rows == rows
        name = f"plan {path.suffix[1:]} by {wished:,} rows"
        found[name] = {
            "MB": path.stat().st_size >> 20,
            "shards": len(plan),
            "seconds": seconds,
            "peak_MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        }
        print(name, found[name], flush=True)
    began = time.monotonic()
    found["one shard"] = watched(store, 1_000_000) | {"seconds": round(time.monotonic() - began, 1)}
    print("one shard", found["one shard"], flush=True)
    began = time.monotonic()
    state, wrong = jobs.verify(store, plan, Loop())
    found["verified"] = {
        "rows": state.rows,
        "wrong": wrong,
        "texts_are_the_input's": holds_same_texts(source, store.local / "000000.parquet"),
        "seconds": round(time.monotonic() - began, 1),
        "peak_MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    print(json.dumps(found))


def holds_same_texts(one: Path, other: Path) -> bool:
    """Whether two parquet files hold the same texts in the same order, and as many."""
    sides = [pq.ParquetFile(path).iter_batches(65_536, columns=["text"]) for path in (one, other)]
    rows = [0, 0]
    texts: list[list[str]] = [[], []]
    while True:
        for side in (0, 1):  # batches need not end at the same rows
            while len(texts[side]) < 65_536 and (batch := next(sides[side], None)) is not None:
                texts[side] += batch.column(0).to_pylist()
                rows[side] += len(batch)
        both = min(map(len, texts))
        if texts[0][:both] != texts[1][:both]:
            return False
        if not both:
            return rows[0] == rows[1]
        texts = [left[both:] for left in texts]


class Nodes:
    """A thousand machines in simulated time: each takes a part when it is free, some are lost."""

    name = "simulated nodes"
    threads = None

    def __init__(self, store: JobStore, nodes: int) -> None:
        self.store, self.nodes = store, nodes
        self.clock = 0.0
        self.lost = 0

    def run(self, _: object, numbers: Sequence[int]) -> Iterator[Outcome]:
        """See `Executor`."""
        rng = random.Random(3)
        free = [(0.0, node) for node in range(self.nodes)]
        waiting = list(reversed(numbers))
        while waiting:
            self.clock, node = heapq.heappop(free)
            number = waiting.pop()
            takes = rng.lognormvariate(np.log(120), 0.3)
            if rng.random() < 0.001:  # the node is lost, and another comes ten minutes later
                self.lost += 1
                waiting.append(number)
                heapq.heappush(free, (self.clock + takes + 600, node))
                continue
            # what a worker leaves behind, without its rows
            (self.store.local / f"{number:06}.parquet").write_bytes(b"PAR1 simulated")
            heapq.heappush(free, (self.clock + takes, node))
            yield Outcome(number, rows=262_144, seconds=takes)


def simulate(folder: Path) -> None:
    shards, nodes = 400_000, 1_000
    store = JobStore(str(folder / "out"))
    store.make()
    seconds, held = {}, {}

    def stage(name: str, do: Callable[[], Any]) -> Any:  # noqa: ANN401
        began = time.monotonic()
        value = do()
        seconds[name] = round(time.monotonic() - began, 2)
        held[name] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        return value

    held["before"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    per = 100
    files = tuple(InputFile(f"part-{n:05}.parquet", 10**10, "0" * 64) for n in range(shards // per))
    plan = JobPlan(
        "embed", TinyEncoder.identity, "s3://bucket/texts", "text", None, {}, files,
        np.repeat(np.arange(len(files)), per), np.tile(np.arange(per) * 262_144, len(files)),
        np.full(shards, 262_144, np.int64),
    )  # fmt: skip
    stage("write the plan", lambda: plan.write(store))
    read = stage("read and check the plan", lambda: JobPlan.read(store))
    assert read.digest == plan.digest
    executor = Nodes(store, nodes)
    half = np.arange(shards // 2).tolist()
    stage("drive 200,000 shards", lambda: drive(executor, None, half, parts=shards))
    todo = stage("resume: what is missing", lambda: np.flatnonzero(~finished(store, read)).tolist())
    assert len(todo) == shards - len(half)
    stage("drive the other 200,000", lambda: drive(executor, None, todo, parts=shards))
    said = stage("status", lambda: jobs.status(store, read))
    assert (said.done, said.rows) == (shards, shards * 262_144)
    size = (store.local / "plan.json").stat().st_size / 1e6
    hours = round(executor.clock / 3600, 1)
    said = {"plan_MB": round(size, 1), "nodes_lost": executor.lost, "simulated_hours": hours}
    print(json.dumps({"seconds": seconds, "peak_MB": held, **said}))


if __name__ == "__main__":
    chosen = {
        "overhead": overhead,
        "speedup": speedup,
        "memory": memory,
        "large": large,
        "simulate": simulate,
    }
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with tempfile.TemporaryDirectory(prefix="lw-bench-") as place:
        chosen[sys.argv[1]](Path(place))
