"""Runs the project's checks and says at the end what ran, how long it took, and how it went.

    python scripts/check.py [NAME ...]

Style, types, the page's own checks and two runs of Python tests go side by side, the runs on as
many processes as the machine has cores, the longer one on two more, each up to four: tests in a
browser wait much, and so do those that start processes. All that was asked for runs, also after a
failure. Where memory is short, one run follows the other. The last line is `N passed, N failed`.
"""

import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

PYTHON_SUITES = ("unit", "browser", "newcomer")
"""`unit` is all Python tests but those of the others, which have a folder in tests/ each."""
TOGETHER = (("unit", "newcomer"), ("browser",))
"""Suites that one run of pytest has; Playwright's own event loop would stop others from running.
The first run tells how far it is while it goes, the others when they end."""
WAITING = "tests/http"
"""Slow clients, and servers that stop."""
MOST_PROCESSES = 4
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""Threads of linear algebra in several processes would mostly wait for each other."""
PROCESS_BYTES = 2_500_000_000
"""What a process of tests holds at most, with the browser that it drives: compiled models."""
INSTALLED = "node_modules/.package-lock.json"
"""What npm writes last."""
SLOWEST = 10


@dataclass
class Outcome:
    """How a check went: its tests, where it has any, and the seconds that each part took."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0
    parts: Counter[str] = field(default_factory=Counter)
    """Seconds within tests by folder; where several run at a time, more than have passed."""
    slowest: list[tuple[float, str]] = field(default_factory=list)

    def said(self) -> str:
        """Return one line about it."""
        tests = f"{self.passed:,} passed, {self.failed:,} failed"
        if self.skipped:
            tests += f", {self.skipped:,} skipped"
        if not self.passed + self.failed + self.skipped:
            tests = "passed"
        return f"{tests} in {self.seconds:,.0f} s"


def main(names: list[str]) -> int:
    """Run the named checks, all without a name; return 0 where everything passed."""
    chosen = names or ["lint", "web", "model", *PYTHON_SUITES]
    if unknown := set(chosen) - {*ALONE, *PYTHON_SUITES}:
        print(f"There is no check {', '.join(sorted(unknown))}.", file=sys.stderr)
        return 2
    outcomes: dict[str, Outcome] = {}
    with tempfile.TemporaryDirectory() as folder:
        reports = Path(folder)
        # the first: the tests run on the model
        for name in [name for name in ("model",) if name in chosen]:
            outcomes[name] = _told(name, *_captured(name, ALONE[name](reports), reports))
        beside = [name for name in ALONE if name in chosen and name not in outcomes]
        runs = [suites for names in TOGETHER if (suites := [n for n in names if n in chosen])]
        room = _memory() // PROCESS_BYTES
        at_once = 2 if room >= sum(map(_processes, range(len(runs)))) else 1
        with ThreadPoolExecutor() as pool, ThreadPoolExecutor(at_once) as tests:
            ran = [pool.submit(_captured, name, ALONE[name](reports), reports) for name in beside]
            tested = [
                tests.submit(_python_tests, suites, reports, silent=run > 0)
                for run, suites in enumerate(runs)
            ]
            for name, future in zip(beside, ran, strict=True):
                outcomes[name] = _told(name, *future.result())
            for found in tested:
                outcomes |= found.result()
    return _summary(outcomes)


def _told(name: str, outcome: Outcome, said: str) -> Outcome:
    """Print what a check said and how it went."""
    print(f"\n── {name}\n{said.rstrip()}\n── {name}: {outcome.said()}", flush=True)
    return outcome


def lint(_: Path) -> list[list[str]]:
    """Style and types."""
    ruff = [sys.executable, "-m", "ruff"]
    return [
        [*ruff, "format", "--check", "."],
        [*ruff, "check", "."],
        [sys.executable, "-m", "mypy"],
    ]


def web(reports: Path) -> list[list[str]]:
    """The page's types, its unit tests, and that its client is that of openapi.json."""
    import hatch_build

    command, path = hatch_build.npm()
    os.environ["PATH"] = path
    report = ["--reporter=default", "--reporter=junit", f"--outputFile.junit={reports / 'web.xml'}"]
    # npm's start script asks the PATH for its folder, which a path with spaces can't be
    run = [*command, "--prefix", "web", "run"]
    # the environment has installed them to build the page, and does so anew where the lock changes
    lock, installed = (ROOT / "web" / name for name in ("package-lock.json", INSTALLED))
    there = installed.is_file() and installed.stat().st_mtime >= lock.stat().st_mtime
    install = [*command, "--prefix", "web", "ci", "--ignore-scripts", "--include=dev"]
    return [
        *([] if there else [install]),
        [*run, "check"],
        [*run, "check:api"],
        [*run, "test", "--", *report],
    ]


def model(_: Path) -> list[list[str]]:
    """The model that the tests run on: fetched before, so that no test needs the network."""
    return [[sys.executable, "-m", "likewise", "models", "fetch", "minilm"]]


ALONE: dict[str, Callable[[Path], list[list[str]]]] = {"lint": lint, "web": web, "model": model}
"""Checks that are commands of their own; given the folder for reports."""


def _captured(name: str, commands: list[list[str]], reports: Path) -> tuple[Outcome, str]:
    """Run commands until one fails; return how it went and what they said."""
    began = time.monotonic()
    said, code = "", 0
    for command in commands:
        done = subprocess.run(
            command,
            cwd=ROOT,
            check=False,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        said += f"$ {' '.join(command[1:])}\n{done.stdout}"
        code = done.returncode
        if code:
            break
    report = reports / f"{name}.xml"
    outcome = _read(report, lambda _: name)[name] if report.exists() else Outcome()
    outcome.seconds = time.monotonic() - began
    if code and not outcome.failed:
        outcome.failed = 1
    return outcome, said


def _python_tests(suites: list[str], reports: Path, silent: bool) -> dict[str, Outcome]:
    """Run suites of Python tests together; whole files go to one process.

    They begin in the order of their names, but for the newcomer's, whose builds take longest, and
    those that wait much: at the end processors would be idle meanwhile. What a silent run says is
    printed when it ends.
    """
    folders = [f"tests/{name}" for name in suites if name != "unit"]
    left_out = []
    if "unit" in suites:
        folders += [WAITING, "tests"]
        left_out = [f"--ignore=tests/{name}" for name in PYTHON_SUITES[1:] if name not in suites]
    processes = str(_processes(int(silent)))
    report = reports / f"{suites[0]}.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-n", processes, "--dist", "loadfile"]
    command += ["--no-loadscope-reorder", f"--junitxml={report}", *folders, *left_out]
    title = ", ".join(suites)
    print(f"\n── {title}", flush=True)
    began = time.monotonic()
    ran = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | ONE_THREAD,
        check=False,
        text=True,
        stdout=subprocess.PIPE if silent else None,
        stderr=subprocess.STDOUT if silent else None,
    )
    if silent:
        print(f"\n── {title}\n{ran.stdout.rstrip()}")
    outcomes = {name: Outcome() for name in suites}
    if report.exists():
        outcomes |= _read(report, _suite)
    for outcome in outcomes.values():
        outcome.seconds = sum(outcome.parts.values())
    if ran.returncode and not any(outcome.failed for outcome in outcomes.values()):
        outcomes[suites[0]].failed += 1
    seconds = time.monotonic() - began
    print(f"── {title}: {seconds:,.0f} s on {processes} processes", flush=True)
    return outcomes


def _processes(run: int) -> int:
    """Return how many processes a run has, the first from 0."""
    return min(MOST_PROCESSES, (os.cpu_count() or 1) + 2 * (run == 0))


def _memory() -> int:
    """Return the bytes of memory that this machine, or its container, has."""
    bound = Path("/sys/fs/cgroup/memory.max")
    said = bound.read_text().strip() if bound.exists() else "max"
    try:
        whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # not on this system
        whole = 16_000_000_000
    return whole if said == "max" else min(whole, int(said))


def _suite(test: str) -> str:
    # an error of collecting has no module in front
    folder = f"{test}.".split(".")[1]
    return folder if folder in PYTHON_SUITES else "unit"


def _read(report: Path, suite: Callable[[str], str]) -> dict[str, Outcome]:
    """Return the outcome of each suite that a JUnit report tells of."""
    outcomes: dict[str, Outcome] = {}
    for case in ET.parse(report).iter("testcase"):
        where = case.get("classname") or case.get("name") or "?.?"
        outcome = outcomes.setdefault(suite(where), Outcome())
        seconds = float(case.get("time") or 0)
        outcome.parts[where.split(".")[1] if where.startswith("tests.") else ""] += seconds
        outcome.slowest = sorted([*outcome.slowest, (seconds, f"{where} {case.get('name')}")])
        outcome.slowest = outcome.slowest[-SLOWEST:]
        if case.find("failure") is not None or case.find("error") is not None:
            outcome.failed += 1
        elif case.find("skipped") is not None:
            outcome.skipped += 1
        else:
            outcome.passed += 1
    return outcomes


def _summary(outcomes: dict[str, Outcome]) -> int:
    print("\n── Where the time went (seconds within tests; several run at a time)")
    for name, outcome in outcomes.items():
        parts = ", ".join(
            f"{part} {seconds:,.0f}" for part, seconds in outcome.parts.most_common() if part
        )
        print(f"{name:9} {outcome.said()}{f'  ({parts})' if len(outcome.parts) > 1 else ''}")
    slowest = sorted(one for outcome in outcomes.values() for one in outcome.slowest)
    for seconds, test in reversed(slowest[-SLOWEST:]):
        print(f"{seconds:7.1f} s  {test}")
    passed = sum(outcome.passed for outcome in outcomes.values())
    failed = sum(outcome.failed for outcome in outcomes.values())
    print(f"\n{passed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
