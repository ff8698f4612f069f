"""What visitors may make the operator pay."""

import json
import math
import time
from collections.abc import Sequence
from pathlib import Path

from filelock import FileLock, Timeout

from likewise.encoders.base import Encoder
from likewise.encoders.remote.spending import unbounded
from likewise.errors import Overloaded, RemoteQuota
from likewise.files.write import replacing, writing
from likewise.server.engine.visitors import only_owner
from likewise.settings import Settings

LOCK_SECONDS = 5
"""How long the file is waited for while others count in it, which takes each some milliseconds."""


class DailyBudget:
    """Dollars that visitors without an API key may spend at providers on one day (UTC).

    Holders of a key, and everybody on a server that only this machine can reach, are the operator
    or were let in by the operator, and are not counted. What was spent is kept in the cache
    folder, so that it outlives the process and holds for several.
    """

    def __init__(self, settings: Settings) -> None:
        self._dollars = settings.daily_budget
        self._open_to_all = not only_owner(settings)
        self._path = settings.cache / "budget.json"

    def take(self, encoder: Encoder, texts: Sequence[str], client: str) -> None:
        """Count what encoding `texts` is expected to cost. It waits for files.

        Raises:
            RemoteQuota: the day's budget does not reach, or nobody knows whether it does.
            Overloaded: the file in which it is counted stayed locked.
        """
        if not encoder.capabilities.remote or client.startswith("key "):
            return
        if self._open_to_all:
            self._spend(encoder, texts)

    def _spend(self, encoder: Encoder, texts: Sequence[str]) -> None:
        name = encoder.identity.name
        dollars = encoder.cost(texts)
        if dollars == 0:  # such as a provider on this machine, or texts that are known already
            return
        if not self._dollars:
            raise RemoteQuota(
                f"{name} may cost the operator of this server money and is not open to visitors.",
                "Use another encoder or an API key; the operator can set LIKEWISE_DAILY_BUDGET.",
            )
        if dollars is None:
            raise unbounded(name, "the daily budget")
        lock = FileLock(self._path.with_suffix(".lock"), timeout=LOCK_SECONDS, poll_interval=0.01)
        with writing(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            try:
                lock.acquire()
            except Timeout:
                raise Overloaded(
                    "What visitors spend today could not be counted: another process holds the "
                    "lock.",
                    "Try again later.",
                    retry_after=LOCK_SECONDS,
                ) from None
        try:
            self._count(dollars, name)
        finally:
            lock.release()

    def _count(self, dollars: float, name: str) -> None:
        today = time.strftime("%Y-%m-%d", time.gmtime())
        spent = _spent(self._path, today)
        if spent + dollars > self._dollars:
            raise RemoteQuota(
                f"What visitors may spend on {name} has been spent for today.",
                "Use another encoder, or come back tomorrow.",
            )
        with replacing(self._path) as file:
            file.write(json.dumps({"day": today, "dollars": spent + dollars}).encode())


def _spent(path: Path, today: str) -> float:
    """Return what was spent today; a broken file counts as nothing spent."""
    try:
        kept = json.loads(path.read_text("utf-8"))
        spent = float(kept["dollars"]) if kept["day"] == today else 0.0
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return 0.0
    return spent if 0 <= spent < math.inf else 0.0  # what is not finite would never be too much
