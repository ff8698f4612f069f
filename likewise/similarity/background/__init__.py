"""The background *general English*: what unrelated sentences look like to an encoder.

`general_english.txt` holds ten sentences on each of 42 everyday topics, one `topic<TAB>sentence`
a line, written for Likewise. The scale of `minilm` is shipped beside it; any other encoder embeds
the sentences once, and its scale is kept in the cache folder.
"""

import hashlib
import json
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np

from likewise.encoders.base import Encoder
from likewise.settings import Settings
from likewise.similarity.measured import Measured
from likewise.similarity.percentiles import LEVELS, Scale, measure
from likewise.types import Identity

NAME = "general English"
SHIPPED = "minilm.json"


def general_english(encoder: Encoder, settings: Settings) -> Scale:
    """Return the scale of an encoder on *general English*.

    It is looked for in memory, in the package and in the cache folder. Where there is none, or a
    broken one, it is made, which takes about as long as embedding 400 short texts.
    """
    return KEPT.known_or_made(encoder.identity, settings, lambda: make(encoder))


def known(identity: Identity, settings: Settings) -> Scale | None:
    """Return the scale of an encoder, None where it would have to be made first."""
    return KEPT.known(identity, settings)


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


def _read(name: str) -> str:
    return (files(__name__) / name).read_text("utf-8")


KEPT = Measured("general_english", lambda: _read(SHIPPED), dumps, loads)
"""The scales that were made, and the one that comes with the package."""
