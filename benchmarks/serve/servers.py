"""The servers that are measured, each started in its own process with the same threads."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

START_SECONDS = 120


@dataclass
class Running:
    """A server that answers."""

    name: str
    url: str
    model: str
    process: subprocess.Popen[bytes]

    def memory_mb(self) -> float:
        """Return the resident memory of the process and its children."""
        return sum(_resident(pid) for pid in _family(self.process.pid)) / 1e6

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def likewise(threads: int, folder: Path, log: Path, **settings: str) -> Running:
    """Start `likewise serve`, without a line for each request, as infinity has none either."""
    port = _free_port()
    command = [sys.executable, "-m", "likewise", "serve", "--port", str(port), "--no-log"]
    environment = {"LIKEWISE_THREADS": str(threads), "LIKEWISE_CACHE": str(folder)}
    environment |= {f"LIKEWISE_{name.upper()}": value for name, value in settings.items()}
    return _start("likewise", command, port, "minilm", environment, log)


def infinity(python: Path, weights: Path, threads: int, log: Path) -> Running:
    """Start infinity-emb with its torch engine and its defaults on the same weights."""
    port = _free_port()
    command = [
        str(python.with_name("infinity_emb")),
        "v2",
        *("--model-id", str(weights), "--served-model-name", "minilm"),
        *("--engine", "torch", "--device", "cpu", "--dtype", "float32"),
        *("--host", "127.0.0.1", "--port", str(port), "--url-prefix", "/v1"),
    ]
    environment = {"INFINITY_ANONYMOUS_USAGE_STATS": "0", "HF_HUB_OFFLINE": "1"}
    environment |= {"OMP_NUM_THREADS": str(threads)}
    return _start("infinity", command, port, "minilm", environment, log)


def _start(
    name: str, command: list[str], port: int, model: str, variables: dict[str, str], log: Path
) -> Running:
    with log.open("wb") as file:
        process = subprocess.Popen(
            command, stdout=file, stderr=file, env={**os.environ, **variables}
        )
    running = Running(name, f"http://127.0.0.1:{port}", model, process)
    until = time.monotonic() + START_SECONDS
    path = "/ready" if name == "likewise" else "/v1/models"
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(running.url + path, timeout=2):
                return running
        except OSError:
            time.sleep(0.2)
    running.stop()
    raise RuntimeError(f"{name} did not start; see {log}")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _family(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return [pid]
    return [pid, *(other for child in children for other in _family(int(child)))]


def _resident(pid: int) -> int:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
