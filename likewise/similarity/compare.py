"""Compare a few texts: how alike they are, and what that means."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from likewise.encoders import Encoder, resolve
from likewise.encoders.column import texts_of
from likewise.errors import InvalidText, TooFewTexts, TooManyTexts
from likewise.files.vectors.encoded import base64_of
from likewise.settings import Settings
from likewise.settings import settings as process_settings
from likewise.similarity.background import general_english
from likewise.similarity.cosine import cosine_matrix
from likewise.similarity.landmarks import Landmarks, landmarks
from likewise.similarity.percentiles import Scale
from likewise.similarity.plane import Plane, Points, plane
from likewise.types import Encoding, Identity, Runtime, Vectors

MOST_TEXTS = 2_000
"""Texts in one comparison: all pairs of them are 4 million similarities, 16 MB."""

TIE = 1e-6
"""Similarities that differ by no more are equal: float32 can't tell them apart."""


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """How similar some texts are. Row i belongs to text i; text 0 is the *first*, the reference.

    texts: the n texts, in order.
    unit: what is counted in a text: `token` or `byte`.
    encoding: their vectors (n, dims), token counts (n,) and truncation marks (n,).
    identity, runtime: the encoder that made the vectors, and how it ran.
    matrix: float32, shape (n, n), cosine similarities of all pairs; exactly 1 for equal texts.
    percentiles: float64, shape (n,), 0 to 100: the share of the background's unrelated pairs that
        are less similar than this text and the first.
    scale: the background that the percentiles refer to.
    landmarks: the cosines that this encoder gives to unrelated texts, to texts on the same subject
        and to texts with the same meaning.
    plane: a flat picture of the texts.
    """

    texts: tuple[str, ...]
    encoding: Encoding
    identity: Identity
    runtime: Runtime
    matrix: Vectors
    percentiles: npt.NDArray[np.float64]
    scale: Scale
    landmarks: Landmarks
    plane: Plane
    unit: str = "token"

    @property
    def similarities(self) -> Vectors:
        """float32, shape (n,): cosine similarity of each text to the first; 1 for the first."""
        first: Vectors = self.matrix[0]
        return first

    @property
    def best(self) -> list[int]:
        """Indices of the texts that are most similar to the first: several if tied."""
        others = self.similarities[1:]
        if not len(others):
            return []
        return [int(index) + 1 for index in np.flatnonzero(others >= others.max() - TIE)]

    @property
    def likeness(self) -> list[str | None]:
        """How each text relates to the first: "strangers", "same subject" or "same meaning".

        "related" or None if the encoder does not separate the three; None for the first text.
        """
        return [None, *(self.landmarks.likeness(float(it)) for it in self.similarities[1:])]

    @property
    def nearest(self) -> list[int | None]:
        """For each text the index of the most similar other text; None if there is no other."""
        if len(self.texts) == 1:
            return [None]
        others = self.matrix.copy()
        np.fill_diagonal(others, -np.inf)
        return [int(index) for index in others.argmax(axis=1)]

    def to_dict(self) -> dict[str, Any]:
        """Return everything, ready for JSON; similarities have seven digits, as float32 does."""
        matrix = np.round(self.matrix.astype(np.float64), 7)
        nearest, likeness = self.nearest, self.likeness
        return {
            "encoder": self.identity.to_dict(),
            "runtime": self.runtime.to_dict(),
            "background": self.scale.to_dict(),
            "landmarks": self.landmarks.to_dict(),
            "unit": self.unit,
            "texts": [
                {
                    "text": text,
                    "tokens": int(self.encoding.tokens[index]),
                    "truncated": bool(self.encoding.truncated[index]),
                    "unknown": int(self.encoding.unknown[index]),
                    "similarity": float(matrix[0, index]),
                    "percentile": round(float(self.percentiles[index]), 3),
                    "likeness": likeness[index],
                    "point": [round(float(value), 7) for value in self.plane.points[index]],
                    "nearest": nearest[index],
                    "embedding": base64_of(self.encoding.vectors[index].astype("<f4")),
                }
                for index, text in enumerate(self.texts)
            ],
            "best": self.best,
            "matrix": matrix.tolist(),
            "kept": round(self.plane.kept, 6),
        }

    def __repr__(self) -> str:
        from likewise.similarity.shown import as_text

        return as_text(self)

    def _repr_html_(self) -> str:
        from likewise.similarity.shown import as_html

        return as_html(self)


def compare(
    texts: Iterable[str],
    encoder: Encoder | str | None = None,
    *,
    previous: Sequence[Sequence[float] | None] | Points | None = None,
    settings: Settings | None = None,
) -> Comparison:
    """Compare each text with the first, and all of them with each other.

    Args:
        texts: 1 to 2,000 texts, none of them blank.
        encoder: an encoder, or a name that `likewise.load` takes; by default the one that the
            settings name.
        previous: where each text was in the last picture, shape (n, 2), None for a new text; the
            new picture is turned to match it as closely as possible.
        settings: where the scale is kept and how an encoder is found; by default those of the
            process.

    Raises:
        TooFewTexts: no text.
        TooManyTexts: more than 2,000 texts.
        InvalidText: a text is blank, not a string, or holds a lone surrogate.
        InvalidOption: `previous` doesn't have one point or None for each text.
        EncoderError: the encoder can't be loaded.
    """
    every = texts_of(texts, param="texts")
    _check(every)
    chosen_settings = settings or process_settings()
    chosen = resolve(encoder, settings=chosen_settings)
    encoding = chosen.encode(every)
    matrix = cosine_matrix(encoding.vectors)
    scale = general_english(chosen, chosen_settings)
    return Comparison(
        texts=tuple(every),
        encoding=encoding,
        identity=chosen.identity,
        runtime=chosen.runtime,
        matrix=matrix,
        percentiles=scale.percentiles(matrix[0], chosen.identity),
        scale=scale,
        landmarks=landmarks(chosen, scale, chosen_settings),
        plane=plane(encoding.vectors, previous),
        unit=chosen.capabilities.unit,
    )


def _check(texts: Sequence[str]) -> None:
    if not len(texts):
        raise TooFewTexts(
            "There are no texts to compare.", "Give at least one, or better two.", param="texts"
        )
    if len(texts) > MOST_TEXTS:
        raise TooManyTexts(
            f"{len(texts):,} texts are too many to compare all with all; "
            f"the most is {MOST_TEXTS:,}.",
            "Compare fewer, or embed them all with `likewise embed` or `load().encode(texts)` "
            "and find neighbours with `likewise.similarity.top_k`.",
            param="texts",
        )
    for index, text in enumerate(texts):
        if not text.strip():
            raise InvalidText(
                f"Text {index + 1} is blank.",
                "Write something in it, or leave it out.",
                param=f"texts[{index}]",
            )
