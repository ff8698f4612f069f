"""Looks for inputs that nobody thought of, for as long as FUZZ_MINUTES says (60).

    python scripts/fuzz.py [PYTEST-ARGUMENT ...]

Runs the properties of tests/fuzz again and again on new examples, a process for each core. What
is found is printed with a line that reproduces it; mend it and keep it as an `@example`.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MOST_PROCESSES = 4


def main(arguments: list[str]) -> int:
    """Search until the time is over or something is found; return 0 where nothing was."""
    minutes = float(os.environ.get("FUZZ_MINUTES", "60"))
    processes = str(min(MOST_PROCESSES, os.cpu_count() or 1))
    pytest = [sys.executable, "-m", "pytest", "-q", "-x", "--timeout", "3600", "-n", processes]
    end = time.monotonic() + 60 * minutes
    rounds = 0
    while True:
        rounds += 1
        left = (end - time.monotonic()) / 60
        print(f"── round {rounds}, {max(0, left):.0f} minutes left", flush=True)
        done = subprocess.run(
            [*pytest, "tests/fuzz", *arguments],
            cwd=ROOT,
            env={**os.environ, "FUZZING": "1"},
            check=False,
        )
        if done.returncode:
            print("── something was found; see above", flush=True)
            return done.returncode
        if time.monotonic() >= end:
            print(f"── nothing was found in {rounds} rounds", flush=True)
            return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
