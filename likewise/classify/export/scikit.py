"""A trained head as a plain scikit-learn pipeline, for people who want to go on from there.

The pipeline takes texts: `likewise.sklearn.TextEncoder` embeds them, beside scikit-learn's own
TF-IDF where the model has learnt from words, and a `LogisticRegression` with the model's weights
says the probabilities, its temperature folded in. It is written by skops, which reads back without
running code; Likewise itself never reads it.
"""

from typing import Any

import numpy as np

from likewise.classify.learn.heads import KernelHead, KernelMap, LinearHead
from likewise.classify.learn.softmax import Linear
from likewise.classify.learn.tfidf import WORD, Tfidf
from likewise.classify.model import ClassModel, Model, MultiLabelModel, check_reads_texts
from likewise.errors import InvalidOption, MissingPackage


def to_sklearn(model: Model, encoder: str | None = None) -> Any:  # noqa: ANN401
    """Return a fitted pipeline of texts to labels, or to a number.

    `predict_proba` agrees with that of the model to 1e-5; `predict` answers the most probable
    label.

    Args:
        model: the trained model; from a file of somebody else its encoder may be one that texts
            are sent to, see `likewise.encoders.loading.confirmed`.
        encoder: the name of its encoder, where that is another than the model's own.

    Raises:
        InvalidOption: the model was trained on vectors of an unknown encoder, answers for another
            metric than accuracy, or says several labels.
    """
    from sklearn.pipeline import FeatureUnion, Pipeline

    from likewise.sklearn import TextEncoder

    identity = check_reads_texts(model)
    if isinstance(model, MultiLabelModel):
        raise InvalidOption(
            "A model of several labels per text has thresholds, which scikit-learn's estimators "
            "don't keep.",
            "Export it with --onnx.",
        )
    head = model.fitted.head if isinstance(model, ClassModel) else model.head
    if not isinstance(head, LinearHead | KernelHead):
        raise TypeError(f"{type(head).__name__} has no estimator")
    if isinstance(model, ClassModel) and model.offsets is not None:
        raise InvalidOption(
            f"The model answers for {model.metric}, which LogisticRegression can't.",
            "Export it with --onnx, or train with the metric accuracy.",
        )
    encoder = TextEncoder(encoder or identity.name, prefix=identity.prefix or None)
    encoder.identity_, encoder._n_features_out = identity, identity.dims
    parts: list[tuple[str, Any]] = [("embeddings", encoder)]
    if isinstance(model, ClassModel) and model.fitted.words is not None:
        parts.append(("words", _tfidf(model.fitted.words)))
    steps: list[tuple[str, Any]] = [("features", FeatureUnion(parts))]
    if isinstance(head, KernelHead):
        steps.append(("kernel", _nystroem(head.kernel)))
    return Pipeline([*steps, ("head", _estimator(model, head.linear))])


def _tfidf(words: Tfidf) -> Any:  # noqa: ANN401
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(
        ngram_range=(1, 2),
        token_pattern=WORD,
        sublinear_tf=True,
        vocabulary={term: place for place, term in enumerate(words.terms.tolist())},
    )
    vectorizer._validate_vocabulary()
    vectorizer.idf_ = words.idf.astype(np.float64)
    return vectorizer


def _nystroem(kernel: KernelMap) -> Any:  # noqa: ANN401
    from sklearn.kernel_approximation import Nystroem

    made = Nystroem(gamma=kernel.gamma, n_components=len(kernel.landmarks))
    made.components_, made.normalization_ = kernel.landmarks, kernel.whiten.T.copy()
    made.component_indices_ = np.arange(len(kernel.landmarks))
    made.n_features_in_ = kernel.landmarks.shape[1]
    return made


def _estimator(model: Model, linear: Linear) -> Any:  # noqa: ANN401
    from sklearn.linear_model import LogisticRegression, Ridge

    blocks = [linear.dense] if linear.sparse is None else [linear.dense, linear.sparse]
    weights = np.concatenate(blocks).astype(np.float64)
    bias = linear.bias.astype(np.float64)
    if not isinstance(model, ClassModel):
        made = Ridge()
        made.coef_, made.intercept_ = weights[:, 0], float(bias[0])
        made.n_features_in_ = len(weights)
        return made
    weights, bias = weights / model.temperature, bias / model.temperature
    made = LogisticRegression()
    made.classes_ = np.array(list(model.classes))
    if len(model.classes) == 2:  # one row, the log-odds of the second class
        weights, bias = weights[:, 1:] - weights[:, :1], bias[1:] - bias[:1]
    made.coef_, made.intercept_ = weights.T.copy(), bias
    made.n_features_in_, made.n_iter_ = len(weights), np.array([0], np.int32)
    return made


def to_skops(model: Model, encoder: str | None = None) -> bytes:
    """Return the pipeline of `to_sklearn` as a skops file; raises as it, and `MissingPackage`."""
    try:
        from skops.io import dumps
    except ImportError:
        raise MissingPackage(
            "Writing scikit-learn objects needs the package skops, which is not installed.",
            "Install it: pip install 'likewise[export]'.",
        ) from None
    written: bytes = dumps(to_sklearn(model, encoder))
    return written
