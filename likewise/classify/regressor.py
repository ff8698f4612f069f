"""The regressor as a scikit-learn estimator on texts, or on given vectors."""

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, RegressorMixin  # noqa: TID253 - imported with the class
from sklearn.utils.validation import check_is_fitted  # noqa: TID253

from likewise.classify import artifact
from likewise.classify.evaluate.metrics import NumberScores, number_scores
from likewise.classify.facts import about
from likewise.classify.inputs import Inputs, read_inputs
from likewise.classify.learn.ridge import FOLDS, TITLES, Regression, check_enough, fit_regression
from likewise.classify.learn.search import Report, silent
from likewise.classify.learn.softmax import Floats
from likewise.classify.learn.threads import one_thread
from likewise.classify.model import Examples, NumberModel, check_encoder
from likewise.encoders import Encoder
from likewise.errors import InvalidLabels, InvalidOption, UnreadableFile, shown
from likewise.types import Identity

Column = Iterable[str] | npt.NDArray[np.floating]


class Regressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Predict a number for a text, learnt from texts with numbers.

    Ridge regression on embeddings and on an RBF kernel of them are tried by cross-validation.

    X is n texts, or float vectors of shape (n, dims) and unit length; y is n finite numbers.

    Parameters:
        encoder: a name that `likewise.load` takes, or what it returns; None for the one that the
            settings name.
        keep_texts: whether the model keeps its training texts. A saved model then holds them.

    Attributes:
        model_: what predicts and is saved; see `likewise.classify.model.NumberModel`.

    Raises:
        InvalidLabels: a target is missing or no finite number.
        InvalidText, InvalidVectors, TooFewTexts: rows that can't be read, or under 10.
        IncompatibleVectors: predicting with another encoder than trained with.
    """

    def __init__(
        self, encoder: str | Encoder | None = "minilm", *, keep_texts: bool = True
    ) -> None:
        self.encoder = encoder
        self.keep_texts = keep_texts

    def fit(self, X: Column, y: Iterable[Any], *, report: Report = silent) -> Self:  # noqa: N803
        """Embed the texts, choose a regressor by cross-validation and fit it."""
        targets = targets_of(y)
        check_enough(len(targets))

        def embedding(done: int, total: int) -> None:
            report("Embedding", done, total)

        inputs = read_inputs(X, self.encoder, embedding)
        _check_as_many(len(inputs.vectors), len(targets))
        groups = inputs.groups(least=FOLDS)
        with one_thread():
            regression = fit_regression(inputs.vectors, targets, groups, report)
        self._training = regression, targets
        self.model_ = _model(regression, targets, inputs, self.keep_texts)
        return self

    def predict(self, X: Column) -> Floats:  # noqa: N803
        """Return a number for each row: float64, shape (n,)."""
        return self.model_.predictions(self._inputs(X).vectors)

    def predict_interval(self, X: Column, coverage: float = 0.9) -> Floats:  # noqa: N803
        """Return the ends between which the true number is: float64, shape (n, 2).

        That holds for at least the share `coverage` of new texts from where the training texts
        came from.
        """
        return self.model_.interval(self.predict(X), coverage)

    def evaluate(self, X: Column, y: Iterable[Any]) -> NumberScores:  # noqa: N803
        """Score predictions for rows with known numbers that were not learnt from.

        Raises:
            InvalidLabels: a target is missing or no finite number, or there is not one a row.
        """
        targets, predictions = targets_of(y), self.predict(X)
        _check_as_many(len(predictions), len(targets))
        return number_scores(predictions, targets)

    def held_out(self) -> tuple[Regression, Floats]:
        """Return what each regressor said of rows that it had not seen, and their true numbers.

        Only after `fit`: a loaded model has no held-out predictions of its training rows.
        """
        check_is_fitted(self, "model_")
        if not hasattr(self, "_training"):
            raise InvalidOption(
                "A loaded model can't show its held-out predictions.",
                "Call fit with the texts and numbers first.",
            )
        found: tuple[Regression, Floats] = self._training
        return found

    def save(self, path: str | Path) -> Path | None:
        """Write the model to one file; return where an older one was moved to, if any."""
        check_is_fitted(self, "model_")
        return artifact.save(self.model_, Path(path))

    @classmethod
    def load(cls, path: str | Path, encoder: str | Encoder | None = None) -> Self:
        """Read a model from a file, ready to predict; see `likewise.classify.artifact`.

        Args:
            path: the file.
            encoder: the encoder, or its name, where it goes by another one here than it did in
                training, or is at a provider: a file never decides by itself where texts are sent.
        """
        model = artifact.load(Path(path))
        if not isinstance(model, NumberModel):
            raise UnreadableFile(
                f"{Path(path).name} tells classes.", "Read it with likewise.Classifier.load."
            )
        made = cls(encoder=encoder)
        made.model_ = model
        return made

    @property
    def _saved_identity(self) -> Identity | None:
        """What the encoder must be that embeds texts for a loaded model."""
        return None if hasattr(self, "_training") else self.model_.identity

    def _inputs(self, X: Column) -> Inputs:  # noqa: N803
        check_is_fitted(self, "model_")
        inputs = read_inputs(X, self.encoder, identity=self._saved_identity)
        check_encoder(self.model_.identity, inputs.identity)
        return inputs


MOST = 1e100
"""Size of a target above which the squares of errors would no longer be finite."""


def _check_as_many(texts: int, numbers: int) -> None:
    if texts != numbers:
        raise InvalidLabels(
            f"There are {texts:,} texts and {numbers:,} numbers.",
            "Give one number for each text.",
            param="y",
        )


def targets_of(y: Iterable[Any]) -> Floats:
    """Return targets as float64, shape (n,).

    Raises:
        InvalidLabels: one is missing, no finite number or beyond `MOST`.
    """
    found = []
    for row, value in enumerate(y):
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = float("nan")
        if not abs(number) <= MOST:
            what = "too large" if np.isfinite(number) else "no finite number"
            raise InvalidLabels(
                f"The target of row {row + 1} is {shown(value)}, which is {what}.",
                "Fill it in or leave the row out.",
                param="y",
            )
        found.append(number)
    return np.array(found, np.float64)


def _model(
    regression: Regression, targets: Floats, inputs: Inputs, keep_texts: bool
) -> NumberModel:
    answers = tuple(targets.tolist())
    examples = None
    if keep_texts:
        examples = Examples(tuple(inputs.texts or [""] * len(targets)), inputs.vectors, answers)
    ladder = [
        {"name": TITLES[guess.name], **number_scores(guess.predictions, targets).to_dict()}
        for guess in regression.guesses
    ]
    return NumberModel(
        identity=inputs.identity,
        name=regression.chosen.name,
        head=regression.head,
        residuals=regression.residuals,
        examples=examples,
        facts={
            **about(inputs.texts, answers),
            "cut off": inputs.reading.cut_off,
            "reading": asdict(inputs.reading),
            "model": TITLES[regression.chosen.name],
            "ladder": ladder,
        },
    )
