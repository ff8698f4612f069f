"""A collection of 100,000 rows and its map, made of numbers in seconds: nothing is embedded.

Rows come in groups of sixteen that are near to one another and far from all others, so the true
neighbours of each are known without a search. The map tears the last of each group away.
"""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np

from likewise.collections import Collection
from likewise.collections.storage.items import Item
from likewise.encoders.base import BaseEncoder
from likewise.encoders.sha256 import Sha256Encoder
from likewise.maps import Map
from likewise.maps.clusters import Cluster, Level
from likewise.maps.extending import keys_of
from likewise.maps.faithful import neighbours_kept
from likewise.settings import Settings
from likewise.similarity import Neighbours
from likewise.types import Encoding, TokenCounts

ROWS = 100_000
EACH = 16
GROUPS = ROWS // EACH
SUBJECTS = (
    *("amber", "basalt", "cedar", "dunes", "ember", "fjord", "garnet", "heath", "ivory", "jade"),
    *("kelp", "larch", "marsh", "nectar", "opal", "pearl", "quartz", "reef", "slate", "tundra"),
)
LANGUAGES = ("en", "de", "fr")
DIMS = 32


def noise(rows: int, size: float, seed: int, dims: int = DIMS) -> np.ndarray:
    drawn = np.random.default_rng(seed).standard_normal((rows, dims), np.float32)
    return drawn * np.float32(size / np.sqrt(dims))


def unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


SUBJECT_OF = np.arange(GROUPS) % len(SUBJECTS)
CENTRES = noise(len(SUBJECTS), 1, 1)[SUBJECT_OF] + noise(GROUPS, 0.7, 2)
VECTORS = unit(CENTRES.repeat(EACH, axis=0) + noise(ROWS, 0.05, 3))
TEXTS = [f"{SUBJECTS[SUBJECT_OF[i // EACH]]} group {i // EACH} text {i}" for i in range(ROWS)]
YEARS = [2000 + i % 25 for i in range(ROWS)]


class IslandEncoder(BaseEncoder):
    """Reads `group 12` as the middle of that group, and anything else as the first one's."""

    identity = replace(Sha256Encoder.identity, name="islands", dims=DIMS, graph="islands")
    runtime = Sha256Encoder.runtime

    def encode(self, texts, *, progress=None):
        named = [re.search(r"group (\d+)", text) for text in texts]
        groups = [int(found[1]) % GROUPS if found else 0 for found in named]
        return Encoding(unit(CENTRES[groups]), *self.count_tokens(texts))

    def count_tokens(self, texts):
        tokens = np.array([len(text.split()) for text in texts], np.int32)
        return TokenCounts(tokens, np.zeros(len(tokens), bool), np.zeros(len(tokens), np.int32))


def places() -> np.ndarray:
    """Where the rows lie: groups about their subject, the last of each group somewhere else."""
    angle = np.arange(len(SUBJECTS)) * 2.4
    far = 0.75 * np.sqrt((np.arange(len(SUBJECTS)) + 0.5) / len(SUBJECTS))
    subjects = np.stack([far * np.cos(angle), far * np.sin(angle)], axis=1)
    groups = subjects[SUBJECT_OF] + noise(GROUPS, 0.08, 4, 2)
    points = groups.repeat(EACH, axis=0) + noise(ROWS, 0.002, 5, 2)
    points[EACH - 1 :: EACH] = subjects[(SUBJECT_OF + 7) % len(SUBJECTS)]
    points[EACH - 1 :: EACH] += noise(GROUPS, 0.08, 6, 2)
    return np.clip(points, -1, 1).astype(np.float32)


def neighbours() -> Neighbours:
    """The fifteen others of each group, nearest first."""
    of_group = VECTORS.reshape(GROUPS, EACH, DIMS)
    cosines = of_group @ of_group.transpose(0, 2, 1)
    cosines[:, range(EACH), range(EACH)] = -2  # nobody is a neighbour of themselves
    order = np.argsort(-cosines, axis=2, kind="stable")[:, :, : EACH - 1]
    rows = order + np.arange(GROUPS)[:, None, None] * EACH
    similarities = np.take_along_axis(cosines, order, axis=2)
    shape = (ROWS, EACH - 1)
    return Neighbours(rows.reshape(shape).astype(np.int64), similarities.reshape(shape))


def make(name: str, settings: Settings) -> Map:
    """Write the collection and its map where the server looks for them."""
    made = Collection.create(name, IslandEncoder.identity, settings=settings)
    items = [
        Item(str(i), text, (YEARS[i], LANGUAGES[i % 3]), i + 1) for i, text in enumerate(TEXTS)
    ]
    whole = [(items, VECTORS, np.zeros(ROWS, bool))]
    made.add_embedded(iter(whole), IslandEncoder.identity, ["year", "lang"])
    points, near = places(), neighbours()
    of_row = SUBJECT_OF.repeat(EACH).astype(np.int32)
    clusters = tuple(
        Cluster((word,), int(np.flatnonzero(of_row == place)[0]), int((of_row == place).sum()))
        for place, word in enumerate(SUBJECTS)
    )
    drawn = Map(
        points=points,
        kept=neighbours_kept(points, near),
        neighbours=near,
        levels=(Level(of_row, clusters),),
        layout="tsne",
        trustworthiness=0.9,
        identity=IslandEncoder.identity,
        keys=keys_of(made.ids, made.vectors),
    )
    folder = Path(made.path) / "maps"
    folder.mkdir()
    drawn.save(folder / "tsne.map")
    return drawn
