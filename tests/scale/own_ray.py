"""Clusters of Ray that a check starts by `ray start`, and ends without harm to any other."""

import contextlib
import os
import shutil
import signal
import socket
import tempfile
from pathlib import Path


def free_port():
    """Return a port that nobody has, and that Ray gives to no worker: they have 10,002-19,999."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as one:
            port = one.getsockname()[1]
        if not 10_000 <= port < 20_000:
            return port


@contextlib.contextmanager
def ray_folder():
    """Give a folder for Ray, whose processes are known by it and ended: `ray stop` ends all."""
    folder = tempfile.mkdtemp(prefix="lw-ray-", dir="/tmp")
    try:
        yield folder
    finally:
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError, ValueError):
                said = (entry / "environ").read_bytes().split(b"\0")
                if f"RAY_TMPDIR={folder}".encode() in said and int(entry.name) != os.getpid():
                    os.kill(int(entry.name), signal.SIGKILL)
        shutil.rmtree(folder, ignore_errors=True)
