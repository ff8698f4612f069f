"""infinity-emb as a provider: a server that nobody here wrote, with minilm's own weights.

Runs in infinity's environment; `LIKEWISE_PYTHON` is the interpreter that has Likewise, and
`MODEL` the folder with the weights.
"""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import numpy as np

TEXTS = ["I love my cat.", "A cat sleeps for around fifteen hours a day.", "Der Hund schläft. 🐕"]

with socket.create_server(("127.0.0.1", 0)) as listener:
    port = listener.getsockname()[1]
base = f"http://127.0.0.1:{port}/v1"
server = subprocess.Popen(
    [
        sys.executable,
        "-c",
        "from infinity_emb.cli import cli; cli()",
        "v2",
        *("--model-id", os.environ["MODEL"], "--served-model-name", "org/minilm"),
        *("--engine", "torch", "--device", "cpu", "--dtype", "float32"),
        *("--host", "127.0.0.1", "--port", str(port), "--url-prefix", "/v1"),
    ],
    env={**os.environ, "INFINITY_ANONYMOUS_USAGE_STATS": "0", "HF_HUB_OFFLINE": "1"},
    stdout=subprocess.DEVNULL,
    stderr=subprocess.DEVNULL,
)


def wait() -> None:
    """Return once infinity answers."""
    until = time.monotonic() + 300
    while time.monotonic() < until:
        assert server.poll() is None, "infinity ended"
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{base}/models", timeout=2):
            return
        time.sleep(0.5)
    raise AssertionError("infinity did not start")


def embedded(folder: Path, encoder: str) -> np.ndarray:
    """Return what `likewise embed` makes of the texts."""
    out = folder / "out.npy"
    command = [os.environ["LIKEWISE_PYTHON"], "-m", "likewise", "embed", "texts.txt"]
    done = subprocess.run(
        [*command, "--restart", "-o", str(out), "--encoder", encoder],
        cwd=folder,
        env={**os.environ, "LIKEWISE_CACHE": str(folder / "cache")},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return np.load(out)


try:
    wait()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "texts.txt").write_text("\n".join(TEXTS), encoding="utf-8")
        theirs = embedded(folder, f"{base}/org/minilm")
        ours = embedded(folder, os.environ["MODEL"])
    assert theirs.shape == ours.shape == (3, 384)
    assert (theirs * ours).sum(axis=1).min() > 0.999
finally:
    server.terminate()
    server.wait(60)
print("infinity-emb as a provider")
