"""What every worker does: load an engine once, then time what it is asked over a pipe.

One JSON object a line comes in on stdin, one goes out on stdout for each. An engine's own
prints go to stderr, so they can't get between.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

Encode = Callable[[list[str]], Any]
Action = Callable[[dict[str, Any]], dict[str, Any]]

LEAST_SECONDS = 4.0
"""Seconds for which an engine works before its speed is believed."""


def answer_requests(about: dict[str, Any], actions: dict[str, Action]) -> None:
    """Say what the engine is, then answer `{"do": action, ...}` until stdin ends."""
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    print(json.dumps(about), file=replies, flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        reply = actions[asked["do"]](asked)
        print(json.dumps(reply), file=replies, flush=True)


def timed(encode: Encode) -> Action:
    """Return the action that encodes `{"texts": json file, "save": npy file or null}`."""

    def action(asked: dict[str, Any]) -> dict[str, Any]:
        texts = read_texts(asked)
        vectors, answer = repeated(lambda: encode(texts))
        if asked.get("save"):
            np.save(asked["save"], np.asarray(vectors, np.float32))
        return answer

    return action


CLOCK = time.process_time if os.environ.get("BENCHMARK_CLOCK") == "processor" else time.perf_counter
"""Processor time is what the process used: with one thread, other work disturbs it little."""


def repeated(work: Callable[[], Any]) -> tuple[Any, dict[str, Any]]:
    """Do the work until `LEAST_SECONDS` have gone; return its result and the median seconds.

    A fast engine is repeated more often than a slow one, so that a moment's disturbance, of
    which a virtual machine need not know, weighs the same in each.
    """
    taken: list[float] = []
    while sum(taken) < LEAST_SECONDS:
        started = CLOCK()
        result = work()
        taken.append(CLOCK() - started)
    return result, {"seconds": median(taken), "repeats": len(taken)}


def read_texts(asked: dict[str, Any]) -> list[str]:
    texts: list[str] = json.loads(Path(asked["texts"]).read_text(encoding="utf-8"))
    return texts


def arguments() -> tuple[Path, int]:
    """Return the model's folder and the number of threads, as the runner gives them."""
    return Path(sys.argv[1]), int(sys.argv[2])
