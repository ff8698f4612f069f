"""An engine in a process of its own, asleep while another one is measured."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import quiet


class EngineProcess:
    """Starts a worker, asks it things, and stops it between questions.

    Stopped (SIGSTOP), not only idle: thread pools that spin or poll would slow the others.
    """

    def __init__(self, command: list[str], environment: dict[str, str], log: Path) -> None:
        with log.open("w", encoding="utf-8") as said:
            self._process = subprocess.Popen(
                command,
                env=environment,
                text=True,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
            )
        self.about = self._answer()
        self._signal(signal.SIGSTOP)

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """Return the worker's answer."""
        assert self._process.stdin is not None
        self._signal(signal.SIGCONT)
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        answer = self._answer()
        self._signal(signal.SIGSTOP)
        return answer

    def measure(self, question: dict[str, Any], patience: quiet.Patience) -> dict[str, Any]:
        """Return the answer, with `others`: how many cores were busy with other work."""

        def take() -> tuple[dict[str, Any], float]:
            before = quiet.read(self._process.pid)
            answer = self.ask(question)
            return answer, quiet.others(before, quiet.read(self._process.pid))

        answer, busy = patience.quietest(take)
        return {**answer, "others": round(busy, 3)}

    def close(self) -> None:
        """End the worker."""
        self._signal(signal.SIGCONT)
        self._process.communicate()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            code = self._process.wait()
            raise EngineGone(f"{self._process.args} ended with {code}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _signal(self, number: signal.Signals) -> None:
        if self._process.poll() is None:
            os.kill(self._process.pid, number)


class EngineGone(Exception):
    """A worker ended where it should have answered."""


def start(command: list[str], environment: dict[str, str], log: Path) -> EngineProcess | None:
    """Return the running engine, or None, with a line on stderr, where it does not run."""
    try:
        return EngineProcess(command, environment, log)
    except EngineGone as error:
        print(f"left out: {error}; see {log}", file=sys.stderr)
        return None
