"""Does to the vector cache what machines do, and counts what came of it.

    python benchmarks/serve/faults.py

Whatever happens to its file, the cache must give the vector that the encoder would give, or none:
a row that was acknowledged is there after `kill -9`, and damage is a miss. Writes FAULTS.md beside
this file.
"""

import logging
import os
import random
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from likewise.encoders.cached import CachedEncoder
from likewise.encoders.embedding import keys_of, rows_of
from likewise.encoders.sha256 import Sha256Encoder
from likewise.encoders.vector_cache import VectorCache

HERE = Path(__file__).parent
KILLS = 50
DAMAGES = 100
ROWS = 400
ENCODER = Sha256Encoder()
DIMS = ENCODER.identity.dims


def main() -> None:
    """Try every fault and write the table."""
    if sys.argv[1:2] == ["write"]:
        write(Path(sys.argv[2]))
        return
    logging.disable(logging.CRITICAL)  # each damage is said in the log, as it should be
    lines = [
        "# What faults do to the vector cache",
        "",
        "| fault | times | outcome |",
        "|---|---|---|",
    ]
    with tempfile.TemporaryDirectory() as folder:
        for fault in (killed, flipped, cut_wal, cut_file, garbage, locked, read_only, full):
            began = time.monotonic()
            times, outcome = fault(Path(folder) / fault.__name__)
            lines.append(f"| {(fault.__doc__ or '').strip().rstrip('.')} | {times} | {outcome} |")
            print(f"{lines[-1]}  ({time.monotonic() - began:.0f} s)", flush=True)
    (HERE / "FAULTS.md").write_text("\n".join(lines) + "\n")


def write(path: Path) -> None:
    """Keep rows for ever, and say of each batch that it is kept once it can be read."""
    cache = VectorCache(path, max_bytes=10**9)
    number = int(time.time() * 1e6)
    while True:
        texts = [f"{number} {index}" for index in range(20)]
        keys = keys_of(ENCODER.identity, texts)
        cache.put(dict(zip(keys, rows_of(ENCODER.encode(texts)), strict=True)))
        if len(cache.get(keys, DIMS)) == len(keys):
            print(number, flush=True)
        number += 1


def killed(folder: Path) -> tuple[int, str]:
    """`kill -9` while it writes."""
    folder.mkdir()
    path = folder / "vectors.sqlite3"
    acknowledged: list[str] = []
    for _ in range(KILLS):
        with subprocess.Popen(
            [sys.executable, __file__, "write", str(path)], stdout=subprocess.PIPE, text=True
        ) as process:
            first = process.stdout.readline()  # type: ignore[union-attr]
            time.sleep(random.uniform(0.0, 0.15))
            process.send_signal(signal.SIGKILL)
            said = first + process.stdout.read()  # type: ignore[union-attr]
        whole = [line for line in said.split("\n")[:-1] if line]
        acknowledged += [f"{line} {index}" for line in whole for index in range(20)]
    lost, wrong = audit(path, acknowledged)
    return KILLS, f"{len(acknowledged):,} rows acknowledged, {lost} lost, {wrong} wrong"


def audit(path: Path, texts: list[str]) -> tuple[int, int]:
    """Return how many rows are missing, and how many differ from what the encoder gives."""
    cache = VectorCache(path, max_bytes=10**9)
    keys = keys_of(ENCODER.identity, texts)
    found = cache.get(keys, DIMS)
    expected = dict(zip(keys, rows_of(ENCODER.encode(texts)), strict=True))
    wrong = sum(found[key] != expected[key] for key in found)
    cache.close()
    return len(set(keys)) - len(found), wrong


def filled(folder: Path) -> Path:
    """Return a cache file with `ROWS` rows, some of them still in the write-ahead log."""
    folder.mkdir(exist_ok=True)
    path = folder / "vectors.sqlite3"
    for suffix in ("", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    # a copy of the files of an open cache: closing it would fold the log in
    with tempfile.TemporaryDirectory() as other:
        source = Path(other) / "vectors.sqlite3"
        cache = VectorCache(source, max_bytes=10**9)
        for start in range(0, ROWS, 20):
            CachedEncoder(ENCODER, cache).encode(texts_of(start, 20))
        for suffix in ("", "-wal"):
            if Path(f"{source}{suffix}").exists():
                Path(f"{path}{suffix}").write_bytes(Path(f"{source}{suffix}").read_bytes())
        cache.close()
    return path


def texts_of(start: int, count: int) -> list[str]:
    """Return the texts that the cache holds."""
    return [f"a kept text, number {number}" for number in range(start, start + count)]


def damaged(folder: Path, damage: Callable[[Path], None]) -> tuple[int, str]:
    """Damage a filled cache again and again; every answer must be right all the same."""
    right = wrong = failed = 0
    expected = ENCODER.encode(texts_of(0, ROWS)).vectors
    for _ in range(DAMAGES):
        path = filled(folder)
        damage(path)
        cache = VectorCache(path, max_bytes=10**9)
        try:
            for _ in range(2):
                vectors = CachedEncoder(ENCODER, cache).encode(texts_of(0, ROWS)).vectors
                if np.array_equal(vectors, expected):
                    right += 1
                else:
                    wrong += 1
        except Exception as error:
            failed += 1
            print(f"{type(error).__name__}: {error}")
        cache.close()
    return DAMAGES, f"{right} answers right, {wrong} wrong, {failed} failed"


def flipped(folder: Path) -> tuple[int, str]:
    """Bits flipped anywhere in the file and its log."""

    def flip(path: Path) -> None:
        for file in (path, Path(f"{path}-wal")):
            if file.exists():
                data = bytearray(file.read_bytes())
                for _ in range(random.randrange(1, 40)):
                    data[random.randrange(len(data))] ^= 1 << random.randrange(8)
                file.write_bytes(data)

    return damaged(folder, flip)


def cut_wal(folder: Path) -> tuple[int, str]:
    """Write-ahead log cut anywhere."""
    return damaged(folder, lambda path: _cut(Path(f"{path}-wal")))


def cut_file(folder: Path) -> tuple[int, str]:
    """File cut anywhere, its log gone."""

    def cut(path: Path) -> None:
        Path(f"{path}-wal").unlink(missing_ok=True)
        _cut(path)

    return damaged(folder, cut)


def _cut(file: Path) -> None:
    if file.exists():
        data = file.read_bytes()
        file.write_bytes(data[: random.randrange(len(data) + 1)])


def garbage(folder: Path) -> tuple[int, str]:
    """Something else in place of the file."""
    return damaged(folder, lambda path: path.write_bytes(random.randbytes(50_000)) and None)


def locked(folder: Path) -> tuple[int, str]:
    """Another process holds the file's lock."""
    path = filled(folder)
    with sqlite3.connect(path) as other:
        other.execute("begin exclusive")
        began = time.monotonic()
        outcome = _still_right(path)
        took = time.monotonic() - began
        other.rollback()
    other.close()
    return 1, f"{outcome} after {took:.1f} s"


def read_only(folder: Path) -> tuple[int, str]:
    """Folder that nothing can be written to."""
    del folder
    return 1, _still_right(Path("/proc/likewise/vectors.sqlite3"))


def full(folder: Path) -> tuple[int, str]:
    """Disk full, at 60 sizes."""
    right = 0
    folder.mkdir()
    for kilobytes in range(1, 300, 5):
        child = os.fork()
        if child == 0:
            # a write over the limit fails as one on a full disk does
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (kilobytes * 1024, kilobytes * 1024))
            outcome = _still_right(folder / f"{kilobytes}.sqlite3")
            os._exit(0 if outcome == "right" else 1)
        right += os.waitpid(child, 0)[1] == 0
    return 60, f"{right} right"


def _still_right(path: Path) -> str:
    try:
        cache = VectorCache(path, max_bytes=10**9)
        encoder = CachedEncoder(ENCODER, cache)
        expected = ENCODER.encode(texts_of(0, ROWS)).vectors
        for _ in range(2):
            if not np.array_equal(encoder.encode(texts_of(0, ROWS)).vectors, expected):
                return "wrong"
        cache.close()
    except Exception as error:
        return f"failed: {type(error).__name__}: {error}"
    return "right"


if __name__ == "__main__":
    main()
