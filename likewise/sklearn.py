"""Likewise in scikit-learn: an encoder as a transformer.

>>> from sklearn.linear_model import LogisticRegression
>>> from sklearn.pipeline import make_pipeline
>>> from likewise.sklearn import TextEncoder
>>> model = make_pipeline(TextEncoder(), LogisticRegression())
"""

from collections.abc import Iterable
from typing import Any, Self

from sklearn.base import (  # noqa: TID253 - whoever imports this module has scikit-learn in hand
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
)
from sklearn.utils.validation import check_is_fitted  # noqa: TID253

from likewise.encoders import Encoder, load
from likewise.encoders.column import texts_of
from likewise.errors import TooFewTexts
from likewise.types import Vectors, check_same

__all__ = ["TextEncoder"]


class TextEncoder(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Turn texts into unit vectors, as a step of a scikit-learn pipeline.

    `fit` learns nothing. Clones, grid searches and pickles carry the encoder's name, never the
    encoder: a fitted transformer pickles to about a kilobyte and loads its encoder by name where it
    is used, refusing one that is not the same.

    Parameters:
        encoder: a name that `likewise.load` takes; None for the one that the settings name.
        prefix: text to put before every text, for models trained with one; None for the
            model's own.

    Attributes:
        identity_: `likewise.encoders.Identity` of the encoder, known after `fit`.

    Raises:
        InvalidText: X is not a column of strings.
        TooFewTexts: `fit` got no text.
        EncoderError: the encoder can't be loaded.
        IncompatibleVectors: the encoder of this name is not the one that `fit` saw.
    """

    def __init__(self, encoder: str | None = "minilm", *, prefix: str | None = None) -> None:
        self.encoder = encoder
        self.prefix = prefix

    def fit(self, X: Iterable[str], y: object = None) -> Self:  # noqa: N803, ARG002
        """Check the texts and the encoder.

        Args:
            X: n texts: a list, an array of shape (n,) or (n, 1), or a column of a data frame.
            y: ignored.

        Raises:
            TooFewTexts: there is no text.
            EncoderError: the encoder can't be loaded.
        """
        if not texts_of(X):
            raise TooFewTexts("There is no text to fit on.", "Give at least one.", param="X")
        self.identity_ = self._load().identity
        self._n_features_out = self.identity_.dims
        return self

    def transform(self, X: Iterable[str]) -> Vectors:  # noqa: N803
        """Return the vectors of n texts: float32, shape (n, dims), unit length."""
        check_is_fitted(self)
        encoder = self._load()
        check_same(self.identity_, encoder.identity)
        return encoder.encode(texts_of(X)).vectors

    def fit_transform(self, X: Iterable[str], y: object = None) -> Vectors:  # noqa: N803
        """Fit and return the vectors of n texts, which may come from a generator; see `transform`.

        Args:
            X: n texts, as in `fit`.
            y: ignored.
        """
        every = texts_of(X)  # what can be read only once is read once
        return self.fit(every, y).transform(every)

    def _load(self) -> Encoder:
        return load(self.encoder, prefix=self.prefix)

    def __sklearn_tags__(self) -> Any:  # noqa: ANN401
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        tags.requires_fit = True
        return tags
