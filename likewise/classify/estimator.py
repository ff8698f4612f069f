"""What the classifier and the regressor have in common: encoder, inputs, files."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

from sklearn.base import BaseEstimator  # noqa: TID253 - imported with the class
from sklearn.utils.validation import check_is_fitted  # noqa: TID253

from likewise.classify.inputs import Column, are_vectors, embed
from likewise.classify.model import (
    ClassModel,
    Model,
    MultiLabelModel,
    NumberModel,
    check_encoder,
)
from likewise.classify.saved import artifact
from likewise.encoders import Encoder, resolve
from likewise.errors import EncoderError, FileError, InvalidOption, UnreadableFile, shown
from likewise.types import EmbeddedTexts, Identity, StageProgress


@dataclass(frozen=True)
class _MadeBy:
    """What reads texts for vectors, or a model, that came ready made.

    asked: the parameter `encoder` at that time; another one since then counts more. encoder: what
    the user named to read texts with, None for what the identity names. identity: what it must be.
    """

    asked: Any
    encoder: str | Encoder | None
    identity: Identity | None


_READERS: dict[type[Model], tuple[str, str]] = {
    ClassModel: ("classes", "Classifier"),
    NumberModel: ("numbers", "Regressor"),
    MultiLabelModel: ("several labels per text", "MultiLabelClassifier"),
}
"""What each kind of model predicts, and what reads its file."""


class TextEstimator(BaseEstimator):  # type: ignore[misc]
    """A scikit-learn estimator on texts, or on given vectors, that can be saved without pickle.

    Attributes:
        model_: what predicts and is saved.
    """

    encoder: str | Encoder | None
    model_: Any
    _read_as: "_MadeBy | None" = None
    """What made the vectors, where they or the model came ready made."""

    _kind: ClassVar[type[Model]]

    def save(self, path: str | Path) -> Path | None:
        """Write the model to one file; return where an older file was moved to, if any.

        Raises:
            UnwritableFile: no permission, no space, or no such folder.
        """
        check_is_fitted(self, "model_")
        return artifact.save(self.model_, Path(path))

    @classmethod
    def load(cls, path: str | Path, encoder: str | Encoder | None = None) -> Self:
        """Read a model from a file, ready to predict; see `likewise.classify.saved.artifact`.

        Args:
            path: the file.
            encoder: the encoder, or its name, where it goes by another one here than it did in
                training, or is at a provider: a file never decides by itself where texts are sent.

        Raises:
            FileMissing: there is no such file.
            UnreadableFile: it is not a model, is damaged, or predicts something else.
        """
        model = artifact.load(Path(path))
        if not isinstance(model, cls._kind):
            what, reader = _READERS[type(model)]
            raise UnreadableFile(
                f"{shown(Path(path).name)} predicts {what}.",
                f"Read it with likewise.{reader}.load.",
            )
        return cls.of(model, encoder)

    @classmethod
    def of(cls, model: Model, encoder: str | Encoder | None = None) -> Self:
        """Return an estimator that predicts with this model."""
        made = cls(encoder=encoder)
        made.model_ = model
        made._read_as = _MadeBy(encoder, encoder, model.identity)
        made._adopt(model)
        return made

    def _adopt(self, model: Any) -> None:  # noqa: ANN401
        """Take over from a model what scikit-learn expects on a fitted estimator."""

    def _embed(self, X: Column, progress: StageProgress) -> EmbeddedTexts:  # noqa: N803
        """Return rows to learn from; what they were embedded with reads texts from now on."""

        def embedding(done: int, total: int) -> None:
            progress("Embedding", done, total)

        embedded = embed(X, self.encoder, embedding)
        ready_made = None if isinstance(self.encoder, str) else self.encoder
        self._read_as = (
            _MadeBy(self.encoder, ready_made, embedded.identity)
            if isinstance(X, EmbeddedTexts)
            else None
        )
        return embedded

    def _inputs(self, X: Column) -> EmbeddedTexts:  # noqa: N803
        """Return rows to predict, made by what the model was trained with."""
        check_is_fitted(self, "model_")
        ready = isinstance(X, EmbeddedTexts) or are_vectors(X)
        embedded = embed(X, None if ready else self._reader())
        check_encoder(self.model_.identity, embedded.identity)
        return embedded

    def _reader(self) -> Encoder:
        """Return what texts are read with: what the user named, else what made the vectors."""
        if self._read_as is not None and self._read_as.asked == self.encoder:
            made_by = self._read_as
            return resolve(made_by.encoder, identity=made_by.identity, cached=True)
        return resolve(self.encoder, cached=True)

    def _reader_of(self, embedded: EmbeddedTexts) -> Encoder | None:
        """Return what more texts can be embedded with, None where vectors came without it."""
        if embedded.texts is None or embedded.identity is None:
            return None
        try:
            return self._reader()
        except (EncoderError, FileError):
            if self._read_as is None:
                raise
            return None  # the vectors are there already: nothing is asked of anybody for them

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "model_")

    def __sklearn_tags__(self) -> Any:  # noqa: ANN401
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        tags.target_tags.required = True
        return tags

    def _training_of(self, what: str) -> Any:  # noqa: ANN401
        """Return what `fit` kept about its rows.

        Raises:
            InvalidOption: the model was loaded.
        """
        check_is_fitted(self, "model_")
        if not hasattr(self, "_training"):
            raise InvalidOption(
                f"A loaded model can't {what}.", "Call fit with the labelled texts first."
            )
        return self._training
