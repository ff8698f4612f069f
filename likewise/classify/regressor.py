"""The regressor as a scikit-learn estimator on texts, or on given vectors."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Self

import numpy as np
from sklearn.base import RegressorMixin  # noqa: TID253 - imported with the class

from likewise.classify.arrays import Floats
from likewise.classify.estimator import TextEstimator
from likewise.classify.evaluate.metrics import NumberScores, number_scores
from likewise.classify.facts import facts_of
from likewise.classify.inputs import Column, answers_of, held_together, times_of
from likewise.classify.learn.levels import fit_levels, levels_in
from likewise.classify.learn.ridge import (
    FOLDS,
    MOST,
    TITLES,
    Regression,
    check_apart,
    check_enough,
    fit_regression,
)
from likewise.classify.learn.threads import one_thread_each
from likewise.classify.model import Examples, NumberModel
from likewise.encoders import Encoder
from likewise.errors import InvalidLabels, InvalidOption, shown
from likewise.types import EmbeddedTexts, StageProgress, no_progress


class Regressor(RegressorMixin, TextEstimator):  # type: ignore[misc]
    """Predict a number for a text, learning from texts with numbers.

    Ridge regression on embeddings and on an RBF kernel of them are tried by cross-validation. If
    the targets are a few different whole numbers, such as stars, they are levels, and
    `predict_level` answers with one of them.

    X is n texts; or float vectors of shape (n, dims) and unit length; or a
    `likewise.types.EmbeddedTexts`, texts with vectors that were made before. y is n finite numbers.

    Parameters:
        encoder: a name that `likewise.load` takes, or what it returns; None for the one that the
            settings name.
        keep_texts: whether the model keeps its training texts. A saved model then holds them.

    Attributes:
        model_: what predicts and is saved; see `likewise.classify.model.NumberModel`.

    Raises:
        InvalidLabels: a target is missing or no finite number, or all differ by less than single
            precision can tell.
        InvalidText, InvalidVectors, TooFewTexts: rows that can't be read, or under 10.
        IncompatibleVectors: predicting with another encoder than trained with.
    """

    _kind = NumberModel

    def __init__(
        self, encoder: str | Encoder | None = "minilm", *, keep_texts: bool = True
    ) -> None:
        self.encoder = encoder
        self.keep_texts = keep_texts

    def fit(
        self,
        X: Column,  # noqa: N803
        y: Iterable[Any],
        *,
        groups: Iterable[Any] | None = None,
        times: Iterable[float] | None = None,
        progress: StageProgress = no_progress,
    ) -> Self:
        """Embed the texts, choose a regressor by cross-validation and fit it.

        Args:
            X: n texts, vectors, or both.
            y: n numbers.
            groups: n values; rows of one value (a person, a thread) are never split between
                learning and testing.
            times: n numbers, larger is later; then the past is learnt from and the future tested.
            progress: called as `progress(what, done, total)`; total is 0 where it is unknown.
        """
        targets = targets_of(y)
        check_enough(len(targets))
        check_apart(targets)
        embedded = self._embed(X, progress)
        _check_as_many(len(embedded), len(targets))
        together = held_together(embedded, groups, least=FOLDS)
        order = times_of(times, together)
        with one_thread_each():
            regression = fit_regression(
                embedded.vectors, targets, together, order, progress, grouped=groups is not None
            )
        self._training = regression
        self.model_ = _model(regression, targets, embedded, self.keep_texts)
        return self

    def predict(self, X: Column) -> Floats:  # noqa: N803
        """Return a number for each row: float64, shape (n,)."""
        vectors = self._inputs(X).vectors
        found: Floats = self.model_.predictions(vectors)
        return found

    def predict_level(self, X: Column) -> Floats:  # noqa: N803
        """Return a level for each row: float64, shape (n,).

        Raises:
            InvalidOption: the training targets are not levels.
        """
        predictions = self.predict(X)
        if self.model_.levels is None:
            raise InvalidOption(
                "This model predicts numbers that are not levels.",
                "Use predict; levels are 3 to 11 different whole numbers.",
            )
        found: Floats = self.model_.levels.of(predictions)
        return found

    def predict_interval(self, X: Column, coverage: float = 0.9) -> Floats:  # noqa: N803
        """Return an interval for the true number, its two ends: float64, shape (n, 2).

        For new texts from the same source as the training texts, it contains the true number in at
        least the share `coverage` of cases.
        """
        predictions = self.predict(X)
        found: Floats = self.model_.interval(predictions, coverage)
        return found

    def evaluate(self, X: Column, y: Iterable[Any]) -> NumberScores:  # noqa: N803
        """Score predictions for rows with known numbers that were not used for training.

        Raises:
            InvalidLabels: a target is missing or no finite number, or there is not one a row.
        """
        targets, predictions = targets_of(y), self.predict(X)
        _check_as_many(len(predictions), len(targets))
        return number_scores(predictions, targets)

    def held_out(self) -> Regression:
        """Return what each regressor predicted for rows that were held out.

        Only after `fit`: a loaded model has no held-out predictions of its training rows.
        """
        found: Regression = self._training_of("show its held-out predictions")
        return found


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
    for row, value in enumerate(answers_of(y)):
        try:
            number = float(value)
        except OverflowError:  # a huge int
            number = float("inf")
        except (TypeError, ValueError):
            number = float("nan")
        if not abs(number) <= MOST:
            large = np.isfinite(number) or isinstance(value, int)
            plain = value.item() if isinstance(value, np.generic) else value
            raise InvalidLabels(
                f"The target of row {row + 1} is {shown(plain)}, which is "
                f"{'too large' if large else 'no finite number'}.",
                f"Numbers may be up to {MOST:g}: correct it, leave the row out, or use another "
                "unit."
                if large
                else "Fill it in or leave the row out.",
                param="y",
            )
        found.append(number)
    return np.array(found, np.float64)


def _model(
    regression: Regression, targets: Floats, embedded: EmbeddedTexts, keep_texts: bool
) -> NumberModel:
    answers = tuple(targets.tolist())
    examples = None
    if keep_texts:
        texts = tuple(embedded.texts or [""] * len(targets))
        examples = Examples(texts, embedded.vectors, answers)
    tried = [
        {"name": TITLES[one.name], **number_scores(one.predictions, regression.targets).to_dict()}
        for one in regression.tried
    ]
    chosen = TITLES[regression.chosen.name]
    estimate = next(one for one in tried if one["name"] == chosen)
    facts = facts_of(embedded.texts, answers, chosen, embedded.reading)
    values, held_out = levels_in(targets), regression.chosen.predictions
    return NumberModel(
        identity=embedded.identity,
        name=regression.chosen.name,
        head=regression.head,
        residuals=regression.residuals,
        examples=examples,
        levels=None if values is None else fit_levels(held_out, regression.targets, values),
        facts=replace(
            facts,
            estimate={
                **{name: value for name, value in estimate.items() if name != "name"},
                "design": regression.design,
            },
            tried=tried,
        ),
    )
