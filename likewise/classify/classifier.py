"""The classifier as a scikit-learn estimator on texts, or on given vectors."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import ClassifierMixin  # noqa: TID253 - imported with the class

from likewise.classify.arrays import Classes, Floats
from likewise.classify.data.labels import Label, check_classes, check_known, classes_of
from likewise.classify.design import cross_validated
from likewise.classify.estimator import TextEstimator
from likewise.classify.evaluate.audit import Suspect, suspects
from likewise.classify.evaluate.curve import Curve, learning_curve
from likewise.classify.evaluate.decision import check_metric, tune
from likewise.classify.evaluate.leaderboard import Leaderboard, leaderboard
from likewise.classify.evaluate.metrics import Scores, scores
from likewise.classify.explain import Explanation, explain
from likewise.classify.facts import facts_of
from likewise.classify.foreign import foreign_sets
from likewise.classify.inputs import (
    Column,
    answers_of,
    check_candidates,
    held_together,
    label_texts,
    times_of,
)
from likewise.classify.learn.candidates import TITLES, Candidate, Samples
from likewise.classify.learn.search import (
    FittedModel,
    Scored,
    Search,
    chosen_among,
    default_candidates,
    fit_model,
)
from likewise.classify.learn.softmax import softmax
from likewise.classify.learn.tfidf import TermCounts
from likewise.classify.learn.threads import one_thread_each
from likewise.classify.learn.weights import ClassWeight, text_weights
from likewise.classify.model import ClassModel, Examples
from likewise.encoders import Encoder
from likewise.encoders.culprit import apart
from likewise.errors import InvalidLabels
from likewise.types import EmbeddedTexts, StageProgress, Vectors, no_progress


@dataclass(frozen=True, eq=False)
class ClassTraining:
    """What `Classifier.fit` keeps of its rows, for the leaderboard, the audit and the report."""

    fitted: FittedModel
    samples: Samples


class Classifier(ClassifierMixin, TextEstimator):  # type: ignore[misc]
    """Predict the label of a text, learning from labelled texts.

    Several models are tried by cross-validation: logistic regression on embeddings, on words, and
    on both. The best one is fitted on all texts, and its probabilities are calibrated on texts that
    were held out. While labels have fewer than 16 texts, their names count as texts too, and the
    logistic regression compares embeddings by a Gaussian kernel.

    X is n texts, or float vectors of unit length, shape (n, dims), or a
    `likewise.types.EmbeddedTexts`, which holds texts with vectors that were made before. y is n
    labels: strings, numbers or booleans.

    Parameters:
        encoder: a name that `likewise.load` takes, or what it returns; None for the one that the
            settings name.
        candidates: which models to try, out of `words`, `embeddings` and `both`; None for all.
        label_names: `auto` uses labels that are words as one extra example each while texts are
            few; a dictionary gives a text for each label; None uses no names.
        metric: what `predict` aims for. `accuracy` answers with the most probable label. `macro-F1`
            and `balanced accuracy` add an offset to each label, chosen on held-out texts, so
            `predict` may differ from the largest of `predict_proba`, which stays calibrated.
        class_weight: None gives all texts the same weight, `balanced` gives all classes the same
            weight, and a dictionary gives the weight of a text of each class, as in scikit-learn.
            Probabilities are calibrated without these weights.
        keep_texts: whether the model keeps its training texts and their vectors, to explain
            predictions by example and to recognise texts unlike them. A saved model then contains
            them.

    Attributes:
        classes_: the labels, sorted, shape (k,).
        model_: what predicts and is saved; see `likewise.classify.model.ClassModel`.

    Raises:
        InvalidLabels: labels are missing, of mixed types, all the same, or nearly all different.
        InvalidText, InvalidVectors, TooFewTexts: rows that can't be read.
        IncompatibleVectors: predicting with another encoder than trained with.
    """

    _kind = ClassModel

    def __init__(
        self,
        encoder: str | Encoder | None = "minilm",
        *,
        candidates: Sequence[Candidate] | None = None,
        label_names: Mapping[Label, str] | Literal["auto"] | None = "auto",
        metric: str = "accuracy",
        class_weight: ClassWeight = None,
        keep_texts: bool = True,
    ) -> None:
        self.encoder = encoder
        self.candidates = candidates
        self.label_names = label_names
        self.metric = metric
        self.class_weight = class_weight
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
        """Embed the texts, choose a model by cross-validation and fit it.

        Args:
            X: n texts, vectors, or both.
            y: n labels.
            groups: n values; rows of one value (a person, a thread) are never split between
                learning and testing.
            times: n numbers, larger is later; then the past is learnt from and the future tested.
            progress: called as `progress(what, done, total)`; total is 0 where it is unknown.
        """
        check_metric(self.metric)
        embedded, samples, classes = self._samples(X, y, groups, times, progress)
        candidates = self._candidates(samples)
        far = foreign_sets(self._reader_of(embedded))
        with one_thread_each():
            search = Search(samples, progress)
            found = search.run(candidates)
            setting = chosen_among(found, samples, candidates)
            fitted = fit_model(search, setting, far=far, keep_vectors=self.keep_texts)
        self._training = ClassTraining(fitted, samples)
        self.model_ = _model(fitted, samples, embedded, classes, self, found)
        self._adopt(self.model_)
        return self

    def predict_proba(self, X: Column) -> Floats:  # noqa: N803
        """Return calibrated probabilities: float64, shape (n, k), columns as in `classes_`."""
        embedded = self._inputs(X)
        found: Floats = self.model_.probabilities(embedded.vectors, embedded.texts or ())
        return found

    def predict(self, X: Column) -> npt.NDArray[Any]:  # noqa: N803
        """Return the label of each row, the most probable one unless `metric` differs: (n,)."""
        probabilities = self.predict_proba(X)
        found: npt.NDArray[Any] = self.classes_[self.model_.decide(probabilities)]
        return found

    def predict_sets(self, X: Column, coverage: float = 0.95) -> list[list[Label]]:  # noqa: N803
        """Return for each row a set of labels that contains the true one, most probable first.

        For new texts from the same source as the training texts, the set contains the true label in
        at least the share `coverage` of cases. It always contains what `predict` answers.
        """
        probabilities = self.predict_proba(X)
        member = self.model_.sets(probabilities, coverage)
        order = np.argsort(-probabilities, axis=1, kind="stable")
        return [
            [self.model_.classes[column] for column in columns if within[column]]
            for columns, within in zip(order, member, strict=True)
        ]

    def fits(self, X: Column, abstain: float = 0.05) -> npt.NDArray[np.bool_]:  # noqa: N803
        """Return whether each row fits any of the labels at all: bool, shape (n,).

        About the share `abstain` of rows that do fit are turned away; a higher value turns away
        more of those that don't.
        """
        vectors = self._inputs(X).vectors
        found: npt.NDArray[np.bool_] = self.model_.fits(vectors, abstain)
        return found

    def explain(self, text: str, neighbours: int = 3) -> Explanation:
        """Explain a prediction: the nearest training texts and the words that decided."""
        embedded = self._inputs([text])
        return explain(self.model_, text, embedded.vectors[0], neighbours, self._reader().encode)

    def evaluate(self, X: Column, y: Iterable[Any]) -> Scores:  # noqa: N803
        """Score predictions for labelled rows that were not used for training.

        Raises:
            InvalidLabels: a label that the model does not know.
        """
        probabilities = self.predict_proba(X)
        places = self.model_.places_of(check_known(answers_of(y), self.model_.classes))
        return scores(probabilities, places, self.model_.decide(probabilities))

    def leaderboard(self, *, progress: StageProgress = no_progress) -> Leaderboard:
        """Compare all candidates, some simple baselines and the whole procedure on held-out rows.

        Only after `fit`: a loaded model has no texts to learn from. The scores of the procedure
        become the estimate that is saved with the model.
        """
        training: ClassTraining = self._training_of("compare itself with others")
        with one_thread_each():
            found = leaderboard(
                training.samples,
                training.fitted.setting.candidate,
                self._candidates(training.samples),
                self.metric,
                progress,
            )
        estimate = {**found.procedure.scores.to_dict(), "design": found.design}
        self.model_ = replace(self.model_, facts=replace(self.model_.facts, estimate=estimate))
        return found

    def curve(self, *, progress: StageProgress = no_progress) -> Curve:
        """Return how accuracy depends on the number of texts, and what more would bring.

        Only after `fit`: a loaded model has no labels to learn from.
        """
        training: ClassTraining = self._training_of("draw its learning curve")
        model: ClassModel = self.model_

        def decide(logits: Vectors) -> Classes:
            return model.decide(softmax(logits / np.float32(model.temperature)))

        with one_thread_each():
            return learning_curve(training.samples, model.setting, progress, decide=decide)

    def audit(self) -> list[Suspect]:
        """Return training rows whose labels look wrong, the most suspicious first.

        Only after `fit`: a loaded model has no held-out predictions of its training rows.
        """
        training: ClassTraining = self._training_of("audit its training labels")
        fitted = training.fitted
        return suspects(fitted.probabilities, fitted.held_out, training.samples)

    def _adopt(self, model: ClassModel) -> None:
        self.metric = model.metric
        self.classes_ = np.array(list(model.classes))

    def _samples(
        self,
        X: Column,  # noqa: N803
        y: Iterable[Any],
        groups: Iterable[Any] | None,
        times: Iterable[float] | None,
        progress: StageProgress,
    ) -> tuple[EmbeddedTexts, Samples, list[Label]]:
        classes, places = classes_of(answers_of(y))
        check_classes(len(classes), len(places))
        embedded = self._embed(X, progress)
        if len(embedded) != len(places):
            raise InvalidLabels(
                f"There are {len(embedded):,} texts and {len(places):,} labels.",
                "Give one label for each text.",
                param="y",
            )
        together = held_together(embedded, groups)
        said = label_texts(classes, self.label_names)
        reader = None if said is None else self._reader_of(embedded)
        with apart():
            names = None if reader is None or said is None else reader.encode(said).vectors
        samples = Samples(
            vectors=embedded.vectors,
            classes=places,
            groups=together,
            n_classes=len(classes),
            counts=None if embedded.texts is None else TermCounts.of(embedded.texts),
            label_vectors=names,
            keep_vectors=self.keep_texts,
            weights=text_weights(self.class_weight, classes, places),
            times=times_of(times, together),
            grouped=groups is not None,
        )
        return embedded, samples, classes

    def _candidates(self, samples: Samples) -> tuple[Candidate, ...]:
        asked = check_candidates(self.candidates, samples.counts is not None)
        return asked or default_candidates(samples)


def _model(
    fitted: FittedModel,
    samples: Samples,
    embedded: EmbeddedTexts,
    classes: list[Label],
    asked: Classifier,
    found: Sequence[Scored],
) -> ClassModel:
    answers = tuple(classes[place] for place in samples.classes)
    examples = None
    if asked.keep_texts:
        texts = tuple(embedded.texts or [""] * len(samples))
        examples = Examples(texts, samples.vectors, answers)
    truth = samples.classes[fitted.held_out]
    facts = facts_of(embedded.texts, answers, TITLES[fitted.setting.candidate], embedded.reading)
    # of the most probable labels: the offsets have seen these rows, so that they would flatter
    held_out = scores(fitted.probabilities, truth).to_dict() if len(truth) else None
    design = cross_validated("settings", by_time=samples.times is not None, grouped=samples.grouped)
    return ClassModel(
        identity=embedded.identity,
        classes=tuple(classes),
        setting=fitted.setting,
        fitted=fitted.fitted,
        novelty=fitted.novelty.novelty,
        temperature=fitted.temperature,
        scores=fitted.scores(samples.classes),
        examples=examples,
        facts=replace(
            facts,
            estimate=held_out and {**held_out, "design": design},
            tried=[{"model": TITLES[one.setting.candidate], "log_loss": one.loss} for one in found],
        ),
        metric=asked.metric,
        offsets=tune(fitted.probabilities, truth, asked.metric),
    )
