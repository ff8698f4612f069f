"""What is measured of an encoder once, and kept: in memory, in the package, in the cache folder."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from likewise.errors import UnwritableFile
from likewise.files.write import replacing
from likewise.settings import Settings
from likewise.types import Identity

log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass
class Measured(Generic[T]):
    """Where measurements of one kind are kept.

    Attributes:
        name: what the files are called, before the encoder's digest.
        shipped: returns the file that comes with the package.
        dumps: spells a measurement.
        loads: reads one; None unless it is whole, up to date and of this encoder.
        in_memory: what this process has used, by the folder where it is kept and identity digest.
    """

    name: str
    shipped: Callable[[], str]
    dumps: Callable[[T], str]
    loads: Callable[[str, Identity], T | None]
    in_memory: dict[tuple[Path, str], T] = field(default_factory=dict)

    def known(self, identity: Identity, settings: Settings) -> T | None:
        """Return the measurement of an encoder, None where it would have to be made first."""
        return (
            self.in_memory.get((_folder(settings), identity.digest))
            or self.loads(self.shipped(), identity)
            or self._cached(identity, settings)
        )

    def known_or_made(self, identity: Identity, settings: Settings, make: Callable[[], T]) -> T:
        """Return the measurement of an encoder, from `make` where there is none, or a broken one.

        It is written whole or not at all; without a folder it is made again in each process.
        """
        found = self.known(identity, settings)
        if found is None:
            found = make()
            self._keep(found, self.file(identity, settings))
        self.in_memory[_folder(settings), identity.digest] = found
        return found

    def file(self, identity: Identity, settings: Settings) -> Path:
        """Return where the measurement of an encoder is kept."""
        return _folder(settings) / f"{self.name}-{identity.digest[:32]}.json"

    def _cached(self, identity: Identity, settings: Settings) -> T | None:
        try:
            return self.loads(self.file(identity, settings).read_text("utf-8"), identity)
        except (OSError, ValueError):
            return None

    def _keep(self, found: T, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with replacing(path) as file:
                file.write(self.dumps(found).encode())
        except (OSError, UnwritableFile) as error:
            log.info("What was measured was not kept in %s: %s", path, error)


def _folder(settings: Settings) -> Path:
    return settings.cache / "scales"
