"""The classifier as a scikit-learn estimator on texts, or on given vectors."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin  # noqa: TID253 - imported with the class
from sklearn.utils.validation import check_is_fitted  # noqa: TID253

from likewise.classify import artifact
from likewise.classify.data.checks import Label, check_known, classes_of
from likewise.classify.evaluate.audit import Suspect, suspects
from likewise.classify.evaluate.curve import Curve, learning_curve
from likewise.classify.evaluate.decision import check_metric, tune
from likewise.classify.evaluate.ladder import Ladder, ladder
from likewise.classify.evaluate.metrics import Scores, scores
from likewise.classify.explain import Explanation, explain
from likewise.classify.facts import about
from likewise.classify.inputs import Inputs, label_texts, read_inputs
from likewise.classify.learn.candidates import TITLES, Candidate, Samples
from likewise.classify.learn.search import (
    Report,
    Search,
    Trained,
    choose,
    few_setting,
    silent,
    train,
)
from likewise.classify.learn.softmax import Floats
from likewise.classify.learn.tfidf import Counts
from likewise.classify.learn.threads import one_thread
from likewise.classify.model import ClassModel, Examples, check_encoder
from likewise.encoders import Encoder, resolve
from likewise.errors import InvalidLabels, InvalidOption, UnreadableFile
from likewise.types import Identity

Column = Iterable[str] | npt.NDArray[np.floating]


class Classifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Tell which label a text has, learnt from labelled texts.

    Several models are tried by cross-validation: logistic regression on embeddings, on words, on
    both, a kernel machine and a small neural network. The best is fitted on all texts, and its
    probabilities are calibrated on texts that it had not seen.

    X is n texts, or float vectors of shape (n, dims) and unit length; y is n labels: strings,
    numbers or booleans.

    Parameters:
        encoder: a name that `likewise.load` takes, or what it returns; None for the one that the
            settings name.
        candidates: which models are tried, of `words`, `embeddings`, `both`, `kernel` and
            `network`; None for all, or for the quick ones where there is much data.
        label_names: `auto` takes labels that are words as one more text each while texts are
            few; a dictionary gives a text for each label; None takes none.
        metric: what `predict` is good at: `accuracy` says the most probable label; `macro-F1` and
            `balanced accuracy` add an offset to each label, chosen on held-out texts, so that
            `predict` may differ from the largest of `predict_proba`, which stays calibrated.
        keep_texts: whether the model keeps its training texts, to explain by examples. A saved
            model then holds them.

    Attributes:
        classes_: the labels, sorted, shape (k,).
        model_: what predicts and is saved; see `likewise.classify.model.ClassModel`.

    Raises:
        InvalidLabels: labels are missing, of mixed kinds, or all the same.
        InvalidText, InvalidVectors, TooFewTexts: rows that can't be read.
        IncompatibleVectors: predicting with another encoder than trained with.
    """

    def __init__(
        self,
        encoder: str | Encoder | None = "minilm",
        *,
        candidates: Sequence[Candidate] | None = None,
        label_names: Mapping[Label, str] | str | None = "auto",
        metric: str = "accuracy",
        keep_texts: bool = True,
    ) -> None:
        self.encoder = encoder
        self.candidates = candidates
        self.label_names = label_names
        self.metric = metric
        self.keep_texts = keep_texts

    def fit(self, X: Column, y: Iterable[Any], *, report: Report = silent) -> Self:  # noqa: N803
        """Embed the texts, choose a model by cross-validation and fit it.

        `report(what, done, total)` is called as the work goes on; total is 0 where it is unknown.
        """
        check_metric(self.metric)
        inputs, samples, classes = self._samples(X, y, report)
        with one_thread():
            trial = Search(samples, report)
            found = trial.run(self._candidates(samples))
            setting = choose(found).setting if found else few_setting(samples)
            trained = train(trial, setting)
        self._training = trained, samples
        self.classes_ = _array(classes)
        made = _model(trained, samples, inputs, classes, self.metric, self.keep_texts)
        tried = [{"model": TITLES[one.setting.candidate], "log_loss": one.loss} for one in found]
        self.model_ = replace(made, facts={**made.facts, "tried": tried})
        return self

    def predict_proba(self, X: Column) -> Floats:  # noqa: N803
        """Return calibrated probabilities: float64, shape (n, k), columns as in `classes_`."""
        inputs = self._inputs(X)
        return self.model_.probabilities(inputs.vectors, inputs.texts or [])

    def predict(self, X: Column) -> npt.NDArray[Any]:  # noqa: N803
        """Return the label of each row, the most probable one unless `metric` differs: (n,)."""
        found: npt.NDArray[Any] = self.classes_[self.model_.decide(self.predict_proba(X))]
        return found

    def predict_sets(self, X: Column, coverage: float = 0.95) -> list[list[Label]]:  # noqa: N803
        """Return for each row the labels among which the true one is, most probable first.

        The true label is among them for at least the share `coverage` of new texts from where
        the training texts came from. What `predict` says is always among them.
        """
        probabilities = self.predict_proba(X)
        member = self.model_.sets(probabilities, coverage)
        order = np.argsort(-probabilities, axis=1, kind="stable")
        return [
            [self.model_.classes[column] for column in columns if within[column]]
            for columns, within in zip(order, member, strict=True)
        ]

    def fits(self, X: Column, rejected: float = 0.05) -> npt.NDArray[np.bool_]:  # noqa: N803
        """Return whether each row belongs to any of the labels: bool, shape (n,).

        At most about the share `rejected` of rows that do belong are turned away; a higher one
        turns away more of those that don't.
        """
        return self.model_.fits(self._inputs(X).vectors, rejected)

    def explain(self, text: str, neighbours: int = 3) -> Explanation:
        """Say why a text gets its label: training texts near it, words that decided."""
        inputs = self._inputs([text])
        encoder = resolve(self.encoder, identity=self._saved_identity, cached=True)
        return explain(self.model_, text, inputs.vectors[0], neighbours, encoder.encode)

    def evaluate(self, X: Column, y: Iterable[Any]) -> Scores:  # noqa: N803
        """Score predictions for labelled rows that were not learnt from.

        Raises:
            InvalidLabels: a label that the model does not know.
        """
        probabilities = self.predict_proba(X)
        return scores(probabilities, self._known(list(y)), self.model_.decide(probabilities))

    def ladder(self, X: Column, y: Iterable[Any], *, report: Report = silent) -> Ladder:  # noqa: N803
        """Compare all candidates and the simple baselines on held-out rows; see `ladder`."""
        check_metric(self.metric)
        _, samples, _ = self._samples(X, y, report)
        with one_thread():
            return ladder(samples, self._candidates(samples), metric=self.metric, report=report)

    def curve(self, *, report: Report = silent) -> Curve:
        """Return what accuracy the chosen model has with fewer texts, and what more would bring.

        Only after `fit`: a loaded model has no labels to learn from.
        """
        check_is_fitted(self)
        _, samples = self._fitted("draw its learning curve")
        with one_thread():
            return learning_curve(samples, self.model_.setting, report)

    def audit(self) -> list[Suspect]:
        """Return training rows whose label looks wrong, most suspicious first.

        Only after `fit`: a loaded model has no held-out predictions of its training rows.
        """
        trained, samples = self._fitted("audit its training labels")
        probabilities = trained.probabilities(trained.logits)
        return suspects(probabilities, trained.held_out, samples.classes)

    def save(self, path: str | Path) -> Path | None:
        """Write the model to one file; return where an older one was moved to, if any."""
        check_is_fitted(self)
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
        if not isinstance(model, ClassModel):
            raise UnreadableFile(
                f"{Path(path).name} predicts numbers.", "Read it with likewise.Regressor.load."
            )
        made = cls(encoder=encoder)
        made.metric = model.metric
        made.model_ = model
        made.classes_ = _array(model.classes)
        return made

    def _fitted(self, what: str) -> tuple[Trained, Samples]:
        check_is_fitted(self)
        if not hasattr(self, "_training"):
            raise InvalidOption(
                f"A loaded model can't {what}.", "Call fit with the labelled texts first."
            )
        found: tuple[Trained, Samples] = self._training
        return found

    def _samples(
        self,
        X: Column,  # noqa: N803
        y: Iterable[Any],
        report: Report,
    ) -> tuple[Inputs, Samples, list[Label]]:
        classes, places = classes_of(list(y))

        def embedding(done: int, total: int) -> None:
            report("Embedding", done, total)

        inputs = read_inputs(X, self.encoder, embedding)
        if len(inputs.vectors) != len(places):
            raise InvalidLabels(
                f"There are {len(inputs.vectors):,} texts and {len(places):,} labels.",
                "Give one label for each text.",
                param="y",
            )
        said = label_texts(classes, self.label_names) if inputs.texts is not None else None
        samples = Samples(
            vectors=inputs.vectors,
            classes=places,
            groups=inputs.groups(least=2),
            n_classes=len(classes),
            counts=None if inputs.texts is None else Counts.of(inputs.texts),
            label_vectors=None
            if said is None
            else resolve(self.encoder, cached=True).encode(said).vectors,
        )
        return inputs, samples, classes

    def _candidates(self, samples: Samples) -> Sequence[Candidate] | None:
        for name in self.candidates or ():
            if name not in TITLES or (samples.counts is None and name in {"words", "both"}):
                raise InvalidOption(
                    f"{name!r} can't be tried here.",
                    f"Candidates are {', '.join(TITLES)}; words need texts.",
                    param="candidates",
                )
        return self.candidates

    @property
    def _saved_identity(self) -> Identity | None:
        """What the encoder must be that embeds texts for a loaded model."""
        return None if hasattr(self, "_training") else self.model_.identity

    def _inputs(self, X: Column) -> Inputs:  # noqa: N803
        check_is_fitted(self, "model_")
        inputs = read_inputs(X, self.encoder, identity=self._saved_identity)
        check_encoder(self.model_.identity, inputs.identity)
        return inputs

    def _known(self, labels: list[Any]) -> npt.NDArray[np.int64]:
        place = {label: index for index, label in enumerate(self.model_.classes)}
        check_known(labels, self.model_.classes)
        return np.array([place[label] for label in labels], np.int64)


def _array(classes: Sequence[Label]) -> npt.NDArray[Any]:
    return np.array(list(classes))


def _model(
    trained: Trained,
    samples: Samples,
    inputs: Inputs,
    classes: list[Label],
    metric: str,
    keep_texts: bool,
) -> ClassModel:
    answers = tuple(classes[place] for place in samples.classes)
    examples = None
    if keep_texts:
        texts = tuple(inputs.texts or [""] * len(samples))
        examples = Examples(texts, samples.vectors, answers)
    probabilities = trained.probabilities(trained.logits)
    truth = samples.classes[trained.held_out]
    offsets = tune(probabilities, truth, metric)
    # of the most probable labels: the offsets have seen these rows, so that they would flatter
    held_out = scores(probabilities, truth) if len(truth) else None
    return ClassModel(
        identity=inputs.identity,
        classes=tuple(classes),
        setting=trained.setting,
        learnt=trained.learnt,
        scope=trained.scope.head,
        temperature=trained.temperature,
        scores=trained.scores(samples.classes),
        confidences=np.sort(trained.scope_confidences),
        examples=examples,
        facts={
            **about(inputs.texts, answers),
            "cut off": inputs.reading.cut_off,
            "reading": asdict(inputs.reading),
            "model": TITLES[trained.setting.candidate],
            "held out": None if held_out is None else held_out.to_dict(),
        },
        metric=metric,
        offsets=offsets,
    )
