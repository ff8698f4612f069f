"""Checks that a precision computes what the model's authors meant.

The reference vectors of `minilm` ship with the package; they were computed by
sentence-transformers on PyTorch in float32, so they also check our graph. For any other
model the first load computes them with our own graph in float32 and keeps them in the cache,
which still catches an engine that goes wrong in a faster precision.

What was found is kept too, for this engine on this processor: to compute the sentences takes a
tenth of all the time that a short command runs.
"""

import json
from contextlib import suppress
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np

from likewise._version import __version__
from likewise.errors import UnwritableFile
from likewise.files.write import replacing
from likewise.types import Identity, Vectors, are_unit

LEAST_PARITY = 0.999
"""Cosine similarity to the reference under which a precision is not used."""

FOLDER = "parity"
"""Below the cache, for references and what was found."""

_MOST_PARITY = 1.001
"""Beyond it no cosine comes from rounding."""

SENTENCES = (
    "A cat is asleep on the windowsill.",
    "Our kitten naps where the sun comes in.",
    "cat prints a file to standard output.",
    "The invoice of 3 March was paid twice; please refund £1,249.50.",
    "No.",
    "Why does bread rise?",
    "Le marché ouvre à huit heures, sauf le dimanche.",
    "明日は雨が降るでしょう。",
    "print(sum(x * x for x in range(10)))",
    "🙂🙂 thanks so much!!",
    "The committee did not approve the plan, although every member had spoken in favour of it "
    "in March, when the costs were thought to be half of what the engineers now expect.",
    "Water boils at a lower temperature on a mountain, because the air above it weighs less. "
    "That is why eggs take longer there: the water around them is not as hot as in a kitchen "
    "by the sea. A closed pot keeps the steam in, raises the pressure, and so the temperature "
    "as well, which is all that a pressure cooker does.",
)
"""A dozen texts of different length, script and kind."""


def parity(reference: Vectors, computed: Vectors) -> float:
    """Return the least cosine similarity between two lots of unit vectors of `SENTENCES`."""
    return float((computed * reference).sum(axis=1).min())


def known_reference(identity: Identity, cache: Path | None) -> Vectors | None:
    """Return the vectors in float32 that came with the package, or were kept in `cache`."""
    for folder in (resources.files("likewise.encoders.local") / "reference", cache):
        if folder is None:
            continue
        try:
            raw = (folder / f"{identity.digest[:16]}.f32").read_bytes()
        except OSError:
            continue
        if len(raw) == len(SENTENCES) * identity.dims * 4:
            vectors = np.frombuffer(raw, "<f4").reshape(len(SENTENCES), identity.dims)
            if are_unit(vectors).all():
                return vectors.astype(np.float32)
    return None


def keep_reference(identity: Identity, reference: Vectors, cache: Path | None) -> None:
    """Write the reference to the cache; without it the next load computes it again."""
    if cache is None:
        return
    with suppress(OSError, UnwritableFile):
        cache.mkdir(parents=True, exist_ok=True)
        with replacing(cache / f"{identity.digest[:16]}.f32") as file:
            file.write(reference.astype("<f4").tobytes())


@dataclass(frozen=True)
class Checked:
    """What was checked: a precision of a model, by an engine, on a processor."""

    identity: Identity
    precision: str
    engine: str
    processor: str

    def known(self, cache: Path | None) -> float | None:
        """Return the parity that was kept, None where there is none of just this."""
        if cache is None:
            return None
        try:
            kept = json.loads(self._path(cache).read_text(encoding="utf-8"))
            found = kept.pop("parity") if kept.keys() == {*self._by, "parity"} else None
        except (OSError, ValueError, AttributeError):
            return None
        usable = isinstance(found, float) and LEAST_PARITY <= found <= _MOST_PARITY
        return found if usable and kept == self._by else None

    def keep(self, parity: float, cache: Path | None) -> None:
        """Write a parity to the cache; without it the next load computes it again."""
        if cache is None or not LEAST_PARITY <= parity <= _MOST_PARITY:
            return
        with suppress(OSError, UnwritableFile):
            cache.mkdir(parents=True, exist_ok=True)
            with replacing(self._path(cache)) as file:
                file.write(json.dumps({**self._by, "parity": parity}).encode())

    def _path(self, cache: Path) -> Path:
        return cache / f"{self.identity.digest[:16]}.{self.precision}.json"

    @property
    def _by(self) -> dict[str, str]:
        return {
            "encoder": self.identity.digest,
            "engine": self.engine,
            "processor": self.processor,
            "likewise": __version__,
        }


def forget(folder: Path) -> None:
    """Let each encoder be checked again when it is next loaded."""
    with suppress(OSError):
        for kept in folder.glob("*.json"):
            kept.unlink()
