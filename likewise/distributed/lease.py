"""One driver for a job at a time, on any store: no lock of a file system reaches two machines.

A driver writes a claim, and then looks whether there is another one: of two that do so at the same
moment at least one sees the other, for all stores list what was written before. It renews its claim
while it works. A claim that is not renewed any more is that of a dead driver. Claims are compared
by the store's own clock, so that clocks of machines need not agree.
"""

import os
import random
import re
import secrets
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import orjson

from likewise.distributed.plan import NAME
from likewise.distributed.store import JobStore, StoreEntry
from likewise.errors import DriverBusy, FileMissing, LikewiseError, shown

FOLDER = "_drivers"

_CLAIM = re.compile(r"[0-9a-f]{16}\.json", re.ASCII)
"""Names of claims; what has another name is somebody else's, and is left alone."""

RENEW_SECONDS = 10.0
EXPIRE_SECONDS = 60.0
"""After so long without a sign a driver on another machine is taken to be dead."""

_TRIES = 4


class Lease:
    """The right to drive the job in a store; a context manager.

    Args:
        store: of the job.
        take: take it from whoever has it, by the word of a person who knows that he is dead.
        renew: seconds between signs of life.
        expire: seconds without one after which a driver is dead.

    Raises:
        DriverBusy: another process drives the job.
    """

    def __init__(
        self,
        store: JobStore,
        *,
        take: bool = False,
        renew: float = RENEW_SECONDS,
        expire: float = EXPIRE_SECONDS,
    ) -> None:
        self._store = store
        self._take = take
        self._renew = renew
        self._expire = expire
        self._name = ""
        self._over = threading.Event()
        self._lost = False
        self._took: list[str] = []
        self._progress: dict[str, Any] = {}
        self._thread: threading.Thread | None = None

    def __enter__(self) -> "Lease":
        self._store.make(FOLDER)
        for tried in range(_TRIES):
            self._name = f"{secrets.token_hex(8)}.json"
            self._say()
            others = self._others()
            if not others:
                break
            self._withdraw()
            if tried == _TRIES - 1 or any(said.get("at_work") for _, said in others):
                raise self._busy(*others[0])
            # two that asked at the same moment: one is likely to be first next time
            time.sleep(random.uniform(0.05, 0.5))  # noqa: S311 - no secret
        self._progress["at_work"] = True
        self._say()
        self._thread = threading.Thread(target=self._keep, name="likewise-lease", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join()
        self._withdraw()

    def check(self) -> None:
        """Raise `DriverBusy` where another driver has taken the job meanwhile.

        Raises:
            FileMissing: the whole job is gone, and the claim with it.
        """
        if not self._lost:
            return
        if self._store.entry(NAME) is None:
            raise FileMissing(
                f"The plan in {shown(self._store.address, 200)} is not there any more.",
                "Plan again: likewise scale plan INPUT OUT.",
            )
        raise DriverBusy(
            "Another process has taken over this job: this one had been silent for too long.",
            "Let that one finish it; nothing is lost.",
        )

    def tell(self, **progress: Any) -> None:  # noqa: ANN401
        """Say how far the job is, for `likewise scale status`."""
        self._progress.update(progress)

    def _keep(self) -> None:
        while not self._over.wait(self._renew):
            with suppress(LikewiseError):  # a store that does not answer now may do so later
                if self._was_taken():
                    self._lost = True
                    return
                self._say()

    def _was_taken(self) -> bool:
        """Whether another driver has taken this claim to be a dead one's.

        That its file is gone is not enough to ask: it may have been removed, and written again,
        within the same moment.
        """
        entries = self._store.entries(FOLDER)
        if entries.pop(self._name, None) is None:
            return True
        others = (_read(self._store, self._path(n)) for n in entries if _CLAIM.fullmatch(n))
        return any(self._name in said.get("took", ()) for said in others if said is not None)

    def _path(self, name: str) -> str:
        return f"{FOLDER}/{name}"

    def _say(self) -> None:
        said = {**_me(), "took": self._took, **self._progress}
        self._store.write(self._path(self._name), orjson.dumps(said))

    def _withdraw(self) -> None:
        with suppress(LikewiseError):
            self._store.delete(self._path(self._name))

    def _others(self) -> list[tuple[float, dict[str, Any]]]:
        """Return the claims of those that live: seconds since their last sign, and what they say.

        Those of the dead are removed.
        """
        entries = self._store.entries(FOLDER)
        mine = entries.pop(self._name, None)
        living = []
        for name, entry in entries.items():
            if not _CLAIM.fullmatch(name):
                continue
            said = _read(self._store, self._path(name))
            age = 0.0 if mine is None else (mine.changed - entry.changed) / 1e9
            if said is None:
                continue
            if self._take or age > self._expire or _is_dead(said):
                self._took.append(name)
                self._store.delete(self._path(name))
            else:
                living.append((age, said))
        return living

    def _busy(self, age: float, said: dict[str, Any]) -> DriverBusy:
        where = f"process {said.get('process')} on {shown(str(said.get('host')))}"
        return DriverBusy(
            f"Another driver is at work: {where}, last heard from {max(0.0, age):.0f} s ago.",
            f"Wait for it or stop it. One that is dead is forgotten after {self._expire:.0f} s; "
            "--take-over forgets it at once.",
        )


def drivers(store: JobStore) -> list[tuple[StoreEntry, dict[str, Any]]]:
    """Return the claims that are there, the dead ones' too."""
    found = []
    for name, entry in store.entries(FOLDER).items():
        said = _read(store, f"{FOLDER}/{name}") if _CLAIM.fullmatch(name) else None
        if said is not None and not _is_dead(said):
            found.append((entry, said))
    return found


def _read(store: JobStore, path: str) -> dict[str, Any] | None:
    try:
        said = orjson.loads(store.read(path))
    except (FileMissing, ValueError):
        return None
    return said if isinstance(said, dict) else None


def _me() -> dict[str, Any]:
    return {
        "host": socket.gethostname(),
        "machine": _machine(),
        "process": os.getpid(),
        "began": _began(os.getpid()),
    }


def _is_dead(said: dict[str, Any]) -> bool:
    """Whether a driver was one of this machine, and is no more."""
    process = said.get("process")
    if said.get("machine") != _machine() or not _machine() or not isinstance(process, int):
        return False
    return _began(process) != said.get("began")


def _machine() -> str:
    """Return what tells this machine, since it was started, and this container from all others."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()} {socket.gethostname()}"
    except OSError:
        return ""


def _began(process: int) -> str:
    """Return when a process began, in the system's own count; empty where there is none."""
    try:
        said = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return ""
    state, *rest = said.rpartition(") ")[2].split()
    return "" if state == "Z" else rest[18]
