"""The classifier of several labels per text, as an estimator on texts or on given vectors."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from likewise.classify.arrays import Floats
from likewise.classify.data.label_sets import BARRED
from likewise.classify.data.labels import Label, check_classes, classes_of
from likewise.classify.design import cross_validated
from likewise.classify.estimator import TextEstimator
from likewise.classify.evaluate.label_board import LabelBoard, label_board
from likewise.classify.evaluate.multilabel_metrics import LabelScores, label_scores
from likewise.classify.evaluate.thresholds import check_label_metric, tune_thresholds
from likewise.classify.facts import facts_of
from likewise.classify.foreign import foreign_sets
from likewise.classify.inputs import Column, check_candidates, held_together, times_of
from likewise.classify.learn.candidates import TITLES, Candidate, Samples
from likewise.classify.learn.multilabel import (
    FittedLabels,
    MultiLabelSearch,
    fit_labels,
    members_of,
    strata,
)
from likewise.classify.learn.search import Scored, chosen_among, default_candidates
from likewise.classify.learn.sigmoid import Members
from likewise.classify.learn.tfidf import TermCounts
from likewise.classify.learn.threads import one_thread_each
from likewise.classify.model import Examples, MultiLabelModel, positive_scores
from likewise.encoders import Encoder
from likewise.errors import InvalidLabels, shown
from likewise.types import EmbeddedTexts, StageProgress, no_progress


@dataclass(frozen=True, eq=False)
class LabelTraining:
    """What `MultiLabelClassifier.fit` keeps of its rows, for the leaderboard and the report."""

    fitted: FittedLabels
    samples: Samples


class MultiLabelClassifier(TextEstimator):
    """Predict the labels of a text, which may be several or none.

    Logistic regression on embeddings, on words, or on both, chosen by cross-validation, answers yes
    or no for each label. Its probability is calibrated, and the threshold for yes is chosen, on
    texts that were held out.

    X is n texts; or float vectors of shape (n, dims) and unit length; or a
    `likewise.types.EmbeddedTexts`, texts with vectors that were made before. y is n collections of
    labels, an empty one for none; or an array or data frame of 0 and 1, shape (n, k), a column for
    each label.

    Parameters:
        encoder: a name that `likewise.load` takes, or what it returns; None for the one that the
            settings name.
        candidates: which models to try, out of `words`, `embeddings` and `both`; None for all.
        metric: what `predict` aims for: `micro-F1` gives every answer the same weight, `macro-F1`
            every label.
        keep_texts: whether the model keeps its training texts and their vectors, to compare new
            texts with. A saved model then holds them.

    Attributes:
        classes_: the labels, sorted, shape (k,).
        model_: what predicts and is saved; see `likewise.classify.model.MultiLabelModel`.

    Raises:
        InvalidLabels: labels are missing, of mixed kinds, or all the same.
        InvalidText, InvalidVectors, TooFewTexts: rows that can't be read.
        IncompatibleVectors: predicting with another encoder than trained with.
    """

    _kind = MultiLabelModel

    def __init__(
        self,
        encoder: str | Encoder | None = "minilm",
        *,
        candidates: Sequence[Candidate] | None = None,
        metric: str = "micro-F1",
        keep_texts: bool = True,
    ) -> None:
        self.encoder = encoder
        self.candidates = candidates
        self.metric = metric
        self.keep_texts = keep_texts

    def fit(
        self,
        X: Column,  # noqa: N803
        y: Any,  # noqa: ANN401
        *,
        groups: Iterable[Any] | None = None,
        times: Iterable[float] | None = None,
        progress: StageProgress = no_progress,
    ) -> Self:
        """Embed the texts, choose a model by cross-validation, fit it and choose thresholds.

        Args:
            X: n texts, vectors, or both.
            y: n collections of labels, or 0 and 1 in an array of shape (n, k).
            groups: n values; rows of one value (a person, a thread) are never split between
                learning and testing.
            times: n numbers, larger is later; then the past is learnt from and the future tested.
            progress: called as `progress(what, done, total)`; total is 0 where it is unknown.
        """
        check_label_metric(self.metric)
        classes, members = members_in(y)
        check_classes(len(classes), len(members))
        embedded = self._embed(X, progress)
        samples = _samples(embedded, members, groups, times)
        candidates = check_candidates(self.candidates, samples.counts is not None)
        candidates = candidates or default_candidates(samples)
        far = foreign_sets(self._reader_of(embedded))
        with one_thread_each():
            search = MultiLabelSearch(samples, progress)
            found = search.run(candidates)
            setting = chosen_among(found, samples, candidates)
            fitted = fit_labels(search, setting, far=far, keep_vectors=self.keep_texts)
        self._training = LabelTraining(fitted, samples)
        self.model_ = _model(fitted, samples, embedded, classes, self, found)
        self._adopt(self.model_)
        return self

    def predict_proba(self, X: Column) -> Floats:  # noqa: N803
        """Return the calibrated probability of each label: float64, shape (n, k).

        Columns are as in `classes_`. Rows need not sum to 1: each label is a separate question.
        """
        embedded = self._inputs(X)
        found: Floats = self.model_.probabilities(embedded.vectors, embedded.texts or ())
        return found

    def predict_members(self, X: Column) -> Members:  # noqa: N803
        """Return whether each row has each label: bool, shape (n, k), columns as in `classes_`."""
        found: Members = self.model_.say(self.predict_proba(X))
        return found

    def predict(self, X: Column) -> list[tuple[Label, ...]]:  # noqa: N803
        """Return the labels of each row, a tuple of none, one or several in order."""
        return [self.model_.named(row) for row in self.predict_members(X)]

    def predict_sets(self, X: Column, coverage: float = 0.95) -> list[tuple[Label, ...]]:  # noqa: N803
        """Return for each row the labels that can't be ruled out, in order.

        Of new texts that have a given label, at least the share `coverage` has it in the set.
        """
        within = self.model_.sets(self.predict_proba(X), coverage)
        return [self.model_.named(row) for row in within]

    def fits(self, X: Column, abstain: float = 0.05) -> npt.NDArray[np.bool_]:  # noqa: N803
        """Return whether each row is like the training texts: bool, shape (n,)."""
        found: npt.NDArray[np.bool_] = self.model_.fits(self._inputs(X).vectors, abstain)
        return found

    def evaluate(self, X: Column, y: Any) -> LabelScores:  # noqa: N803, ANN401
        """Score predictions for labelled rows that were not used for training.

        Raises:
            InvalidLabels: a label that the model does not know.
        """
        chances = self.predict_proba(X)
        members = self.model_.members_of(_sets_in(y))
        return label_scores(chances, self.model_.say(chances), members)

    def score(self, X: Column, y: Any) -> float:  # noqa: N803, ANN401
        """Return the micro-F1 of the predictions for labelled rows."""
        return self.evaluate(X, y).micro_f1

    def leaderboard(self, *, progress: StageProgress = no_progress) -> LabelBoard:
        """Compare all candidates, some simple baselines and the whole procedure on held-out rows.

        Only after `fit`: a loaded model has no texts to learn from. The scores of the procedure
        become the estimate that is saved with the model.
        """
        training: LabelTraining = self._training_of("compare itself with others")
        samples = training.samples
        candidates = check_candidates(self.candidates, samples.counts is not None)
        with one_thread_each():
            found = label_board(
                samples,
                training.fitted.setting.candidate,
                candidates,
                check_label_metric(self.metric),
                progress,
            )
        estimate = {**found.procedure.scores.to_dict(), "design": found.design}
        self.model_ = replace(self.model_, facts=replace(self.model_.facts, estimate=estimate))
        return found

    def _adopt(self, model: MultiLabelModel) -> None:
        self.metric = model.metric
        self.classes_ = np.array(list(model.classes))


def _sets_in(y: Any) -> list[list[Any]]:  # noqa: ANN401
    """Return the labels of each row; of an array of 0 and 1 the names, or places, of columns."""
    if y is None:
        raise InvalidLabels("There are no labels: y is None.", "Give a list of labels for each "
                            "text, empty for none.", param="y")  # fmt: skip
    shape = getattr(y, "shape", None)
    if shape is not None and len(shape) == 2:
        table = np.asarray(y)
        if not np.isin(table, (0, 1)).all():
            raise InvalidLabels(
                f"The labels are a table of shape {table.shape} that holds more than 0 and 1.",
                "Give 1 where a text has the label of a column and 0 where not.",
                param="y",
            )
        columns = list(getattr(y, "columns", range(table.shape[1])))
        return [[columns[place] for place in np.flatnonzero(row)] for row in table]
    if not isinstance(y, Iterable):
        raise InvalidLabels(f"Labels come as a list, and this is {type(y).__name__} {shown(y)}.",
                            "Give a list of labels for each text, empty for none.",
                            param="y")  # fmt: skip
    # Arrow's scalars are not labels
    rows = y.to_pylist() if hasattr(y, "to_pylist") else list(y)
    for row, labels in enumerate(rows):
        if isinstance(labels, str | bytes) or not isinstance(labels, Iterable):
            raise InvalidLabels(
                f"Row {row + 1} has {shown(labels)} instead of a list of labels.",
                "Give a list for each text, empty for none, or use likewise.Classifier for one "
                "label per text.",
                param="y",
            )
    return [list(labels) for labels in rows]


def members_in(y: Any) -> tuple[list[Label], Members]:  # noqa: ANN401
    """Return the different labels in order, and which of them each row has: bool, shape (n, k).

    Raises:
        InvalidLabels: `y` does not hold collections of labels, or there is only one label.
    """
    sets = _sets_in(y)
    rows = [row for row, labels in enumerate(sets) for _ in labels]
    classes, places = classes_of([label for labels in sets for label in labels])
    members = np.zeros((len(sets), len(classes)), np.bool_)
    members[rows, places] = True
    return classes, members


def _samples(
    embedded: EmbeddedTexts,
    members: Members,
    groups: Iterable[Any] | None,
    times: Iterable[float] | None,
) -> Samples:
    if len(embedded) != len(members):
        raise InvalidLabels(
            f"There are {len(embedded):,} texts and {len(members):,} lists of labels.",
            "Give one list of labels for each text.",
            param="y",
        )
    together = held_together(embedded, groups)
    return Samples(
        vectors=embedded.vectors,
        classes=strata(members),
        groups=together,
        n_classes=members.shape[1],
        counts=None if embedded.texts is None else TermCounts.of(embedded.texts),
        times=times_of(times, together),
        members=members,
        grouped=groups is not None,
    )


def _model(
    fitted: FittedLabels,
    samples: Samples,
    embedded: EmbeddedTexts,
    classes: list[Label],
    asked: MultiLabelClassifier,
    found: Sequence[Scored],
) -> MultiLabelModel:
    members = members_of(samples)
    at_least_one = bool(members.any(axis=1).all())
    truth = members[fitted.held_out]
    metric = check_label_metric(asked.metric)
    thresholds = tune_thresholds(fitted.probabilities, truth, metric, at_least_one)
    answers = [BARRED.join(classes[place] for place in np.flatnonzero(row)) for row in members]
    examples = None
    if asked.keep_texts:
        texts = tuple(embedded.texts or [""] * len(samples))
        examples = Examples(texts, samples.vectors, tuple(answers))
    model = MultiLabelModel(
        identity=embedded.identity,
        classes=tuple(classes),
        setting=fitted.setting,
        fitted=fitted.fitted,
        novelty=fitted.novelty.novelty,
        thresholds=thresholds,
        at_least_one=at_least_one,
        scores=positive_scores(fitted.probabilities, truth),
        examples=examples,
        facts=replace(
            facts_of(embedded.texts, answers, TITLES[fitted.setting.candidate], embedded.reading),
            tried=[{"model": TITLES[one.setting.candidate], "log_loss": one.loss} for one in found],
        ),
        metric=metric,
        spelling=BARRED,
    )
    if not len(truth):
        return model
    held_out = label_scores(fitted.probabilities, model.say(fitted.probabilities), truth)
    design = cross_validated(
        "settings and thresholds", by_time=samples.times is not None, grouped=samples.grouped
    )
    estimate = {**held_out.to_dict(), "design": design}
    return replace(model, facts=replace(model.facts, estimate=estimate))
