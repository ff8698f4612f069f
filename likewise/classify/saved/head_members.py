"""What a model file holds of classes and of the features that a head sees."""

from typing import Any, get_args

import numpy as np

from likewise.classify.data.labels import Label
from likewise.classify.learn.candidates import Candidate, Setting
from likewise.classify.learn.heads import Head, LinearHead
from likewise.classify.learn.tfidf import Tfidf
from likewise.classify.saved.checked import Arrays, number_in

RETIRED = {"kernel": "embeddings + RBF kernel machine"}
"""Candidates that are no longer trained, but whose files are still read."""


def setting_in(fields: Any) -> Setting:  # noqa: ANN401
    """Return a candidate with its constants; raises what `model_of` raises."""
    said = dict(fields)
    if "cost" in said:  # the name of C in versions 1 and 2
        said["C"] = said.pop("cost")
    if said["candidate"] not in (*get_args(Candidate), *RETIRED):
        raise ValueError("its candidate is unknown")
    if isinstance(said["label_names"], bool):  # names counted once or not, before version 0.1
        said["label_names"] = float(said["label_names"])
    setting = Setting(**said)
    number_in("weight of the labels' names", setting.label_names, 0.0, 1e9)
    number_in("C", setting.C, 0.0, 1e9)
    number_in("γ", setting.gamma, 0.0, 1e6)
    number_in("weight of the words", setting.words, 0.0, 1e9)
    return setting


def classes_in(said: Any) -> tuple[Label, ...]:  # noqa: ANN401
    """Return the labels of a model; raises what `model_of` raises."""
    if not isinstance(said, list) or len(said) < 2:
        raise TypeError("its classes are not a list of two or more")
    for label in said:
        if not isinstance(label, str | int | float | bool):
            raise TypeError("a class is neither text nor number")
        if not isinstance(label, str) and not abs(label) < 2**63:  # which NaN fails, too
            raise ValueError("a class is not a finite number of 64 bits")
    if len(set(said)) != len(said):
        raise ValueError("a class appears twice")
    return tuple(said)


def words_in(terms: Any, arrays: Arrays, head: Head) -> Tfidf | None:  # noqa: ANN401
    """Return the terms of a head, None where it has none; raises what `model_of` raises."""
    sparse = head.linear.sparse if isinstance(head, LinearHead) else None
    if terms is None:
        if sparse is not None:
            raise ValueError("its words have no names")
        return None
    idf = arrays["idf"]
    if not isinstance(terms, list) or not all(isinstance(term, str) for term in terms):
        raise TypeError("its words are not a list of texts")
    if sparse is None or not len(terms) == len(idf) == len(sparse) or idf.ndim != 1:
        raise ValueError("its words do not fit its weights")
    if len(set(terms)) != len(terms):
        raise ValueError("a word appears twice")
    return Tfidf(np.array(terms, object), idf.astype(np.float32))
