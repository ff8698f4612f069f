"""Looks for inputs that nobody thought of, for as long as FUZZ_MINUTES says (60).

    python scripts/fuzz.py [PYTEST-ARGUMENT ...]

In turn, and each time with new examples: the properties of tests/fuzz, with FUZZ_PROCESSES (one for
each core, four at most), and what schemathesis makes of a server's own description of its API. What
is found is printed with what reproduces it; mend it and keep it as a test or an `@example`.
"""

import os
import secrets
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MOST_PROCESSES = 4
API_SECONDS = 300
"""How long the API is asked in each round."""


def main(arguments: list[str]) -> int:
    """Search until the time is over or something is found; return 0 where nothing was."""
    began = time.monotonic()
    end = began + 60 * float(os.environ.get("FUZZ_MINUTES", "60"))
    rounds = 0
    while True:
        rounds += 1
        left = max(0.0, end - time.monotonic())
        print(f"── round {rounds}, {left / 60:.0f} minutes left", flush=True)
        for search in (properties(arguments), api(min(API_SECONDS, left or 1))):
            code = subprocess.run(
                search, cwd=ROOT, env={**os.environ, "FUZZING": "1"}, check=False
            ).returncode
            if code:
                passed = (time.monotonic() - began) / 60
                print(f"── something was found after {passed:.0f} minutes; see above", flush=True)
                return code
        if time.monotonic() >= end:
            passed = (time.monotonic() - began) / 60
            print(f"── nothing was found in {rounds} rounds, {passed:.0f} minutes", flush=True)
            return 0


def properties(arguments: list[str]) -> list[str]:
    """Return the command that tries the properties on new examples."""
    own = min(MOST_PROCESSES, os.cpu_count() or 1)
    processes = os.environ.get("FUZZ_PROCESSES", str(own))
    pytest = ["-m", "pytest", "-q", "-x", "--timeout", "3600", "-n", processes]
    return [sys.executable, *pytest, "tests/fuzz", *arguments]


def api(seconds: float) -> list[str]:
    """Return the command that asks a server for so long."""
    return [sys.executable, "-m", "tests.fuzz.api", f"{max(1, seconds):.0f}",
            str(secrets.randbelow(2**31))]  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
