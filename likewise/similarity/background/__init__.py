"""The background *general English*: what unrelated sentences look like to an encoder.

`general_english.txt` holds ten sentences on each of 42 everyday topics, one `topic<TAB>sentence`
a line, written for Likewise. The scale of `minilm` is shipped beside it; any other encoder embeds
the sentences once, and its scale is kept in the cache folder.
"""

import hashlib
import json
import logging
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from likewise.encoders.base import Encoder
from likewise.errors import UnwritableFile
from likewise.files.write import replacing
from likewise.settings import Settings
from likewise.similarity.percentiles import LEVELS, Scale, measure
from likewise.types import Identity

log = logging.getLogger(__name__)

NAME = "general English"
SHIPPED = "minilm.json"

_in_memory: dict[tuple[Path, str], Scale] = {}
"""Scales that this process has used, by the folder where they are kept and identity digest."""


def general_english(encoder: Encoder, settings: Settings) -> Scale:
    """Return the scale of an encoder on *general English*.

    It is looked for in memory, in the package and in the cache folder. Where there is none, or a
    broken one, it is made, which takes about as long as embedding 400 short texts.
    """
    identity, folder = encoder.identity, settings.cache / "scales"
    scale = known(identity, settings)
    if scale is None:
        scale = make(encoder)
        _keep(scale, folder)
    _in_memory[folder, identity.digest] = scale
    return scale


def known(identity: Identity, settings: Settings) -> Scale | None:
    """Return the scale of an encoder, None where it would have to be made first."""
    folder = settings.cache / "scales"
    return (
        _in_memory.get((folder, identity.digest)) or _shipped(identity) or _cached(identity, folder)
    )


def make(encoder: Encoder) -> Scale:
    """Embed the sentences and measure the scale."""
    topics, sentences = topics_and_sentences()
    return measure(NAME, encoder.encode(sentences).vectors, topics, encoder.identity)


@lru_cache(maxsize=1)
def topics_and_sentences() -> tuple[list[str], list[str]]:
    """Return the topic of each sentence, and the sentences."""
    lines = _read("general_english.txt").splitlines()
    topics, sentences = zip(*(line.split("\t") for line in lines), strict=True)
    return list(topics), list(sentences)


@lru_cache(maxsize=1)
def sentences_digest() -> str:
    """Return the SHA-256 of the sentences: a scale that was made from others is out of date."""
    return hashlib.sha256(_read("general_english.txt").encode()).hexdigest()


def dumps(scale: Scale) -> str:
    """Return a scale as JSON, quantiles with five digits."""
    fields = {**scale.to_dict(), "sentences": sentences_digest()}
    return json.dumps({**fields, "quantiles": [round(float(q), 5) for q in scale.quantiles]})


def loads(text: str, identity: Identity) -> Scale | None:
    """Return the scale in `text`, or None unless it is whole, up to date and of this encoder."""
    try:
        fields: dict[str, Any] = json.loads(text)
        quantiles = np.array(fields["quantiles"], np.float64)
        scale = Scale(fields["name"], int(fields["pairs"]), fields["digest"], quantiles)
        current = fields["sentences"] == sentences_digest()
    except (ValueError, KeyError, TypeError):
        return None
    rising = quantiles.shape == LEVELS.shape and bool((np.diff(quantiles) >= 0).all())
    return scale if current and rising and scale.digest == identity.digest else None


def _shipped(identity: Identity) -> Scale | None:
    return loads(_read(SHIPPED), identity)


def _cached(identity: Identity, folder: Path) -> Scale | None:
    try:
        return loads(_file(folder, identity.digest).read_text("utf-8"), identity)
    except (OSError, ValueError):
        return None


def _keep(scale: Scale, folder: Path) -> None:
    """Write a scale to its folder, whole or not at all; without a folder it is remade."""
    path = _file(folder, scale.digest)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as file:
            file.write(dumps(scale).encode())
    except (OSError, UnwritableFile) as error:
        log.info("The scale was not kept in %s: %s", path, error)


def _file(folder: Path, digest: str) -> Path:
    return folder / f"general_english-{digest[:32]}.json"


def _read(name: str) -> str:
    return (files(__name__) / name).read_text("utf-8")
