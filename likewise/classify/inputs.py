"""What estimators take: texts, which an encoder turns into vectors, or vectors as they are."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from likewise.classify.data.checks import Label
from likewise.classify.learn.folds import Rows, groups_of
from likewise.encoders import Encoder, resolve
from likewise.encoders.column import texts_of
from likewise.errors import InvalidOption, TooFewTexts
from likewise.similarity.cosine import check_vectors
from likewise.types import Identity, Progress, Reading, Vectors

MOSTLY = 0.9
"""Share of the labels that must hold a word for their names to be taken as texts."""

_WORD = re.compile(r"[^\W\d_]{2,}")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, eq=False)
class Inputs:
    """n rows: their vectors, and their texts where there are any.

    vectors: float32, shape (n, dims), unit length. texts: n texts, or None.
    identity: of the encoder that made the vectors here, None where they were given.
    reading: how the encoder read the texts.
    """

    vectors: Vectors
    texts: list[str] | None
    identity: Identity | None
    reading: Reading = field(default_factory=Reading)

    def groups(self, least: int) -> Rows:
        """Return a number for each row, the same for equal texts or vectors: int64, (n,).

        Raises:
            TooFewTexts: there are fewer than `least` different ones.
        """
        if self.texts is not None:
            group = groups_of(self.texts)
        else:
            _, group = np.unique(self.vectors, axis=0, return_inverse=True)
            group = group.reshape(-1).astype(np.int64)
        different = len(np.unique(group))
        if different < least:
            raise TooFewTexts(
                f"There {'is' if different == 1 else 'are'} only {different} different "
                f"text{'' if different == 1 else 's'} among {len(group):,}.",
                f"Give at least {least} different ones.",
                param="X",
            )
        return group


def are_vectors(X: Any) -> bool:  # noqa: ANN401, N803
    """Return whether X is a table of numbers rather than a column of texts."""
    return isinstance(X, np.ndarray) and X.ndim == 2 and np.issubdtype(X.dtype, np.floating)


def read_inputs(
    X: Iterable[str] | npt.NDArray[np.floating],  # noqa: N803
    encoder: str | Encoder | None,
    progress: Progress | None = None,
    *,
    identity: Identity | None = None,
) -> Inputs:
    """Return the rows of X, with texts embedded.

    Args:
        X: n texts, or vectors as a float array of shape (n, dims), of unit length.
        encoder: the encoder for texts, or its name.
        progress: called as `progress(done, total)` while texts are embedded.
        identity: what the encoder must be, for a model that was saved; see `load_as`.

    Raises:
        TooFewTexts: there is no row.
        InvalidText, InvalidVectors: rows that can't be read.
    """
    if are_vectors(X):
        vectors = check_vectors(np.asarray(X), "X")
        _check_some(len(vectors))
        return Inputs(vectors, None, None)
    texts = texts_of(X, param="X")
    _check_some(len(texts))
    engine = resolve(encoder, identity=identity, cached=True)
    encoding = engine.encode(texts, progress=progress)
    reading = Reading()
    reading.add(encoding)
    return Inputs(encoding.vectors, texts, engine.identity, reading)


def _check_some(rows: int) -> None:
    if not rows:
        raise TooFewTexts("There is no text.", "Give at least one.", param="X")


def label_texts(
    classes: Sequence[Label], names: Mapping[Label, str] | str | None
) -> list[str] | None:
    """Return what each label says in words, None where labels say nothing.

    Args:
        classes: the labels.
        names: a text for each label; `auto` for the labels themselves where most hold a word;
            None for no text.

    Raises:
        InvalidOption: `names` leaves out a label, or is another string.
    """
    if names is None:
        return None
    if isinstance(names, str):
        if names != "auto":
            raise InvalidOption(
                f"label_names is {names!r}.",
                "Give 'auto', None, or a dictionary with a text for each label.",
                param="label_names",
            )
        said = [_in_words(label) for label in classes]
        in_words = sum(_WORD.search(text) is not None for text in said)
        return said if in_words >= MOSTLY * len(said) else None
    missing = [label for label in classes if label not in names]
    if missing:
        raise InvalidOption(
            f"label_names has no text for the label {missing[0]!r}.",
            "Give a text for each label.",
            param="label_names",
        )
    return [names[label] for label in classes]


def _in_words(label: Label) -> str:
    """Return `card_arrival` or `cardArrival` as `card arrival`."""
    if not isinstance(label, str):
        return ""
    return " ".join(_CAMEL.sub(" ", label).replace("_", " ").replace("-", " ").split())
