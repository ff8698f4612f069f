"""Eight labelled examples a class: `Classifier()` beside setfit, on the same examples.

    python benchmarks/classify/few_shot.py --data DIR --setfit PYTHON --model FOLDER [--write]

PYTHON is the interpreter of an environment with setfit and `datasets`, FOLDER holds
all-MiniLM-L6-v2 for sentence-transformers, the same weights that Likewise uses. Each run is a
process of its own, in turn, both with all cores; seconds are those of training, the model loaded,
embedding and cross-validation included, and processor seconds beside them, which other work on the
machine changes less. setfit runs with its own defaults, except that a task may stop it after a
number of steps, which the table then says.
"""

import argparse
import csv
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
SHOTS = 8
Split = tuple[list[str], list[str]]


@dataclass(frozen=True)
class Task:
    """What is tried: `most_steps` of 0 lets setfit run to its end."""

    title: str
    seeds: int
    most_steps: int = 0


TASKS = {
    "valence": Task("EmoBank, low or high valence, 2 classes", 3),
    "banking10": Task("Banking77, its first 10 labels", 1),
    "banking77": Task("Banking77, all 77 labels", 1, 100),
}


def rows(data: Path, name: str, split: str) -> list[dict[str, str]]:
    with (data / name / f"{split}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def labelled(data: Path, task: str, split: str) -> Split:
    """Return the texts of a task and their labels."""
    if task == "valence":
        scored = [(row["text"], float(row["score"])) for row in rows(data, "emobank", split)]
        found = [(t, "low" if v < 3 else "high") for t, v in scored if abs(v - 3) >= 0.4]
    else:
        found = [(row["text"], row["label"]) for row in rows(data, "banking77", split)]
        if task == "banking10":
            kept = set(sorted({label for _, label in found})[:10])
            found = [pair for pair in found if pair[1] in kept]
    return [text for text, _ in found], [label for _, label in found]


def draw(texts: list[str], labels: list[str], seed: int) -> Split:
    """Return eight examples of each label."""
    of: dict[str, list[int]] = defaultdict(list)
    for row, label in enumerate(labels):
        of[label].append(row)
    chance = random.Random(seed)
    chosen = [row for label in sorted(of) for row in chance.sample(of[label], SHOTS)]
    return [texts[row] for row in chosen], [labels[row] for row in chosen]


def with_likewise(texts: list[str], labels: list[str], new: list[str]) -> list[str]:
    from likewise import Classifier, load

    encoder = load("minilm")  # ready made, so without the vector cache
    encoder.encode(["The model is loaded before the clock starts."])
    with Clock():
        model = Classifier(encoder).fit(texts, labels)
    return [str(label) for label in model.predict(new)]


def with_setfit(
    texts: list[str], labels: list[str], new: list[str], folder: str, most_steps: int
) -> list[str]:
    from datasets import Dataset
    from setfit import SetFitModel, Trainer, TrainingArguments

    model = SetFitModel.from_pretrained(folder, labels=sorted(set(labels)))
    steps = {"max_steps": most_steps} if most_steps else {}
    arguments = TrainingArguments(
        output_dir="/tmp/setfit-out", report_to="none", save_strategy="no", **steps
    )
    examples = Dataset.from_dict({"text": texts, "label": labels})
    with Clock():
        Trainer(model=model, args=arguments, train_dataset=examples).train()
    return [str(label) for label in model.predict(new)]


class Clock:
    """Prints how long a block took."""

    def __enter__(self) -> None:
        self.wall, self.processor = time.perf_counter(), time.process_time()

    def __exit__(self, *_: object) -> None:
        took = time.perf_counter() - self.wall, time.process_time() - self.processor
        print("SECONDS", *took, flush=True)


def work(options: argparse.Namespace) -> None:
    """Be one run: train, predict the test texts, print one line of JSON."""
    texts, labels = draw(*labelled(options.data, options.task, "train"), options.seed)
    new, truth = labelled(options.data, options.task, "test")
    if options.worker == "likewise":
        said = with_likewise(texts, labels, new)
    else:
        steps = TASKS[options.task].most_steps
        said = with_setfit(texts, labels, new, options.model, steps)
    right = sum(a == b for a, b in zip(said, truth, strict=True))
    print("RIGHT", right / len(truth), len(texts), len(truth), flush=True)


def run(interpreter: str, worker: str, task: str, seed: int, options: argparse.Namespace) -> dict:
    """Run one process and return what it measured."""
    command = [interpreter, __file__, "--worker", worker, "--task", task, "--seed", str(seed)]
    command += ["--data", str(options.data), "--model", options.model]
    offline = {"HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
    load = os.getloadavg()[0]
    done = subprocess.run(
        command, env=os.environ | offline, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    said = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines() if line}
    seconds, processor = map(float, said["SECONDS"])
    right, examples, texts = map(float, said["RIGHT"])
    return {
        "worker": worker, "task": task, "seed": seed, "load": load, "seconds": seconds,
        "processor": processor, "right": right, "examples": examples, "texts": texts,
    }  # fmt: skip


def table(results: list[dict]) -> str:
    """Return the results as Markdown: means over the seeds, the spread beside them."""
    lines = [
        "| task, 8 examples a class | | right, mean (each) | seconds to train | of processor |",
        "|---|---|--:|--:|--:|",
    ]
    for task in dict.fromkeys(found["task"] for found in results):
        for worker in ("likewise", "setfit"):
            these = [f for f in results if f["task"] == task and f["worker"] == worker]
            if not these:
                continue
            stopped = TASKS[task].most_steps if worker == "setfit" else 0
            name = worker + (f", stopped after {stopped} steps" if stopped else "")
            each = ", ".join(f"{100 * found['right']:.1f}" for found in these)
            right = statistics.mean(found["right"] for found in these)
            seconds = statistics.median(found["seconds"] for found in these)
            processor = statistics.median(found["processor"] for found in these)
            lines.append(
                f"| {TASKS[task].title} | {name} | {100 * right:.1f} % ({each}) "
                f"| {seconds:.1f} | {processor:.1f} |"
            )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--setfit", help="the interpreter that has setfit")
    parser.add_argument("--model", default="", help="the folder of all-MiniLM-L6-v2")
    parser.add_argument("--only", default=",".join(TASKS))
    parser.add_argument("--write", action="store_true", help="update few_shot.json and .md")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    parser.add_argument("--task", help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        return work(options)
    file = HERE / "few_shot.json"
    results = json.loads(file.read_text("utf-8")) if options.write and file.exists() else []
    for task in options.only.split(","):
        results = [found for found in results if found["task"] != task]
        for seed in range(TASKS[task].seeds):
            results.append(run(sys.executable, "likewise", task, seed, options))
            if options.setfit:
                results.append(run(options.setfit, "setfit", task, seed, options))
            print(json.dumps(results[-1]), file=sys.stderr, flush=True)
        if options.write:
            file.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
            machine = f"{platform.machine()}, {os.cpu_count()} cores"
            loads = [found["load"] for found in results]
            head = f"{machine}, load before each run {min(loads):.1f} to {max(loads):.1f}\n\n"
            (HERE / "few_shot.md").write_text(head + table(results) + "\n", "utf-8")
    print(table(results))
    return None


if __name__ == "__main__":
    main()
