"""What stands in a model file: fields for JSON and arrays, made from a model and back.

A file comes from anywhere, so that nothing in it is believed: kinds, ranges and shapes of all
values are checked before anything is computed or allocated by them.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from likewise.classify.arrays import Floats
from likewise.classify.data.checks import Label
from likewise.classify.evaluate.decision import METRICS
from likewise.classify.facts import Facts
from likewise.classify.learn.calibration import COLDEST, HOTTEST
from likewise.classify.learn.candidates import Candidate, FittedCandidate, Setting
from likewise.classify.learn.heads import Head, KernelHead, LinearHead
from likewise.classify.learn.levels import Levels
from likewise.classify.learn.ood import DETECTORS, Detector, Novelty
from likewise.classify.learn.ridge import Regressors
from likewise.classify.learn.tfidf import Tfidf
from likewise.classify.model import ClassModel, Examples, Model, NumberModel
from likewise.types import Identity

Arrays = Mapping[str, npt.NDArray[Any]]
Fields = Mapping[str, Any]

MOST_DIMS = 100_000
"""Numbers in a vector, beyond what any encoder has."""

RETIRED_HEADS = {"network": "holds a small neural network, which Likewise no longer has"}
RETIRED = {"kernel": "embeddings + RBF kernel machine"}
"""Candidates that are no longer trained, but whose files are still read."""


class Retired(Exception):
    """The file is whole, but of a kind that is no longer read."""


def members_of(model: Model) -> tuple[dict[str, Any], dict[str, npt.NDArray[Any]]]:
    """Return the fields and the arrays of a model."""
    fields: dict[str, Any] = {
        "identity": None if model.identity is None else model.identity.to_dict(),
        "facts": model.facts.to_dict(),
        "text_column": model.text_column,
        "examples": _example_fields(model.examples),
    }
    arrays: dict[str, npt.NDArray[Any]] = {}
    if model.examples is not None:
        arrays["examples"] = model.examples.vectors.astype(np.float16)
    if isinstance(model, NumberModel):
        fields |= {"task": "regression", "name": model.name, "head": model.head.kind}
        if model.levels is not None:
            arrays |= {"levels": model.levels.values, "cuts": model.levels.cuts}
        return fields, arrays | {"residuals": model.residuals, **_named("head", model.head)}
    words = model.fitted.words
    fields |= {
        "task": "classification",
        "classes": list(model.classes),
        "setting": asdict(model.setting),
        "head": model.fitted.head.kind,
        "temperature": model.temperature,
        "metric": model.metric,
        "terms": None if words is None else words.terms.tolist(),
        "novelty": {"weights": dict(model.novelty.weights)},
    }
    arrays |= {"scores": model.scores, **_named("head", model.fitted.head)}
    arrays |= _novelty_arrays(model)
    if words is not None:
        arrays["idf"] = words.idf
    if model.offsets is not None:
        arrays["offsets"] = model.offsets
    return fields, arrays


def model_of(fields: Fields, arrays: Arrays) -> Model:
    """Return the model that `members_of` was given.

    Raises:
        Retired: it is of a kind that is no longer read.
        ValueError, TypeError, KeyError: it is damaged, or made by something else.
    """
    for name, array in arrays.items():
        if array.dtype not in (np.float16, np.float32, np.float64):
            raise ValueError(f"{name} holds {array.dtype}")
        if not np.isfinite(array).all():
            raise ValueError(f"its {name} holds numbers that are not finite")
    said = fields["identity"]
    identity = None if said is None else Identity.from_dict(said)
    head = _head("head", fields["head"], arrays)
    dims = _dims(head)
    if not 0 < dims <= MOST_DIMS or (identity is not None and identity.dims != dims):
        raise ValueError("its head does not fit its encoder")
    facts = Facts.from_dict(fields["facts"])
    column = fields.get("text_column")  # models of before it was kept have none
    if not isinstance(column, str | None):
        raise TypeError("its text column is no name")
    examples = _examples(fields["examples"], arrays, dims)
    if fields["task"] == "regression":
        return _number_model(fields, arrays, head, identity, examples, facts, column)
    if fields["task"] != "classification":
        raise ValueError("its task is unknown")
    return _class_model(fields, arrays, head, identity, examples, facts, column)


def _number_model(
    fields: Fields,
    arrays: Arrays,
    head: Head,
    identity: Identity | None,
    examples: Examples | None,
    facts: Facts,
    column: str | None,
) -> NumberModel:
    if fields["name"] not in get_args(Regressors) or _width(head) != 1:
        raise ValueError("its head predicts no number")
    residuals = _sorted("residuals", arrays["residuals"], low=0.0)
    levels = None
    if "levels" in arrays:
        values, cuts = (_sorted(name, arrays[name]) for name in ("levels", "cuts"))
        if len(cuts) != len(values) - 1 or len(values) < 2:
            raise ValueError("its levels do not fit their cuts")
        levels = Levels(values, cuts)
    return NumberModel(identity, fields["name"], head, residuals, examples, facts, column, levels)


def _class_model(
    fields: Fields,
    arrays: Arrays,
    head: Head,
    identity: Identity | None,
    examples: Examples | None,
    facts: Facts,
    column: str | None,
) -> ClassModel:
    classes = _classes(fields["classes"])
    if _width(head) != len(classes):
        raise ValueError("its head does not fit its classes")
    metric = fields.get("metric", "accuracy")
    if metric not in METRICS:
        raise ValueError("its metric is unknown")
    offsets = arrays.get("offsets")
    if offsets is not None and offsets.shape != (len(classes),):
        raise ValueError("its offsets do not fit its classes")
    temperature = _number("temperature", fields["temperature"], COLDEST / 2, HOTTEST * 2)
    return ClassModel(
        identity=identity,
        classes=classes,
        setting=_setting(fields["setting"]),
        fitted=FittedCandidate(head, _words(fields["terms"], arrays, head)),
        novelty=_novelty(fields, arrays, _dims(head), len(classes), examples),
        temperature=temperature,
        scores=_sorted("scores", arrays["scores"], low=0.0, high=1.0),
        examples=examples,
        facts=facts,
        metric=metric,
        offsets=None if offsets is None else offsets.astype(np.float64),
        text_column=column,
    )


def _setting(fields: Any) -> Setting:  # noqa: ANN401
    said = dict(fields)
    if "cost" in said:  # the name of C in versions 1 and 2
        said["C"] = said.pop("cost")
    if said["candidate"] not in (*get_args(Candidate), *RETIRED):
        raise ValueError("its candidate is unknown")
    setting = Setting(**said)
    _number("C", setting.C, 0.0, 1e9)
    _number("weight of the words", setting.words, 0.0, 1e9)
    return setting


def _classes(said: Any) -> tuple[Label, ...]:  # noqa: ANN401
    if not isinstance(said, list) or len(said) < 2:
        raise TypeError("its classes are no list of two or more")
    for label in said:
        if not isinstance(label, str | int | float | bool):
            raise TypeError("a class is neither text nor number")
        if not isinstance(label, str) and not abs(label) < 2**63:  # which NaN fails, too
            raise ValueError("a class is no finite number of 64 bits")
    if len(set(said)) != len(said):
        raise ValueError("a class stands there twice")
    return tuple(said)


def _words(terms: Any, arrays: Arrays, head: Head) -> Tfidf | None:  # noqa: ANN401
    sparse = head.linear.sparse if isinstance(head, LinearHead) else None
    if terms is None:
        if sparse is not None:
            raise ValueError("its words have no names")
        return None
    idf = arrays["idf"]
    if not isinstance(terms, list) or not all(isinstance(term, str) for term in terms):
        raise TypeError("its words are no list of texts")
    if sparse is None or not len(terms) == len(idf) == len(sparse) or idf.ndim != 1:
        raise ValueError("its words do not fit its weights")
    if len(set(terms)) != len(terms):
        raise ValueError("a word stands there twice")
    return Tfidf(np.array(terms, object), idf.astype(np.float32))


def _novelty_arrays(model: ClassModel) -> dict[str, npt.NDArray[Any]]:
    novelty = model.novelty
    found: dict[str, npt.NDArray[Any]] = {"novelty.combined": novelty.combined}
    for name, reference in novelty.references.items():
        found[f"novelty.reference.{name}"] = reference
    if novelty.means is not None and novelty.whitening is not None:
        found |= {"novelty.means": novelty.means, "novelty.whitening": novelty.whitening}
    if novelty.cautious is not None:
        found |= _named("cautious", novelty.cautious)
    shares = model.examples is not None and novelty.neighbours is not None
    if novelty.neighbours is not None and not (
        shares and len(novelty.neighbours) == len(model.examples.vectors)  # type: ignore[union-attr]
    ):
        found["novelty.neighbours"] = novelty.neighbours.astype(np.float16)
    return found


def _novelty(
    fields: Fields, arrays: Arrays, dims: int, n_classes: int, examples: Examples | None
) -> Novelty:
    if "novelty" not in fields:  # versions 1 and 2 had the one detector
        return _old_novelty(fields, arrays, dims, n_classes)
    said = fields["novelty"]["weights"]
    if not isinstance(said, dict) or not set(said) <= set(DETECTORS):
        raise ValueError("its detectors are unknown")
    weights: dict[Detector, float] = {
        name: _number("weight of a detector", said[name], 0.0, 1.0)
        for name in DETECTORS
        if name in said
    }
    combined = _sorted("novelty.combined", arrays["novelty.combined"], high=0.0)
    references = {
        name: _sorted(f"reference of {name}", arrays[f"novelty.reference.{name}"])
        .astype(np.float32)
        for name in weights
    }  # fmt: skip
    if any(len(one) != len(combined) for one in references.values()):
        raise ValueError("its detectors were not tried on the same texts")
    parts: dict[str, Any] = {}
    if "neighbours" in weights:
        given = arrays.get("novelty.neighbours")
        own = None if examples is None else examples.vectors
        parts["neighbours"] = own if given is None else _units(given, dims)
    if "density" in weights:
        parts["means"] = _shaped("means", arrays["novelty.means"], (None, dims))
        parts["whitening"] = _shaped("whitening", arrays["novelty.whitening"], (dims, dims))
    if "confidence" in weights:
        parts["cautious"] = _cautious("cautious", "linear", arrays, dims, n_classes)
    if any(
        part is None or (isinstance(part, np.ndarray) and not len(part)) for part in parts.values()
    ):
        raise ValueError("a detector lacks its numbers")
    if len(combined) and not weights:
        raise ValueError("it has no detector")
    return Novelty(weights, references, combined, **parts)


def _old_novelty(fields: Fields, arrays: Arrays, dims: int, n_classes: int) -> Novelty:
    """Return what versions 1 and 2 had: the confidence of a cautious head alone."""
    reference = _sorted("confidences", arrays["confidences"]).astype(np.float32)
    if not len(reference):
        return Novelty({}, {}, np.empty(0))
    ranks = np.searchsorted(reference, reference, side="right")
    combined = np.log((ranks + 1) / (len(reference) + 1))
    cautious = _cautious("scope", fields["scope"], arrays, dims, n_classes)
    return Novelty({"confidence": 1.0}, {"confidence": reference}, combined, cautious=cautious)


def _cautious(prefix: str, kind: Any, arrays: Arrays, dims: int, n_classes: int) -> Head:  # noqa: ANN401
    head = _head(prefix, kind, arrays)
    if _dims(head) != dims or _width(head) != n_classes:
        raise ValueError("its cautious head does not fit its classes")
    return head


def _head(prefix: str, kind: Any, arrays: Arrays) -> Head:  # noqa: ANN401
    """Return a head whose arrays fit each other."""
    own = {
        name.removeprefix(f"{prefix}."): array.astype(np.float32)
        for name, array in arrays.items()
        if name.startswith(f"{prefix}.")
    }
    if isinstance(kind, str) and kind in RETIRED_HEADS:
        raise Retired(RETIRED_HEADS[kind])
    dense, bias = own["dense"], own["bias"]
    width = bias.size
    if not width or bias.shape != (width,) or dense.shape[1:] != (width,) or not len(dense):
        raise ValueError(f"its {prefix} does not fit itself")
    if kind == KernelHead.kind:
        marks = len(dense)
        _shaped("landmarks", own["landmarks"], (marks, None))
        _shaped("whitening", own["whiten"], (marks, marks))
        if own["gamma"].shape != (1,) or not 0 < own["gamma"][0] < 1e6:
            raise ValueError("its kernel has no width")
        return KernelHead.read(own)
    if kind != LinearHead.kind:
        raise ValueError("its head is unknown")
    if "sparse" in own and own["sparse"].shape[1:] != (width,):
        raise ValueError(f"its {prefix} does not fit itself")
    return LinearHead.read(own)


def _dims(head: Head) -> int:
    """Return how many numbers a vector must have for a head."""
    arrays = head.arrays()
    return int(arrays["landmarks"].shape[1] if "landmarks" in arrays else arrays["dense"].shape[0])


def _width(head: Head) -> int:
    return len(head.arrays()["bias"])


def _examples(fields: Any, arrays: Arrays, dims: int) -> Examples | None:  # noqa: ANN401
    if fields is None:
        return None
    texts, answers = fields["texts"], fields["answers"]
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise TypeError("its examples are no texts")
    vectors = _units(arrays["examples"], dims)
    if not len(vectors) == len(texts) == len(answers):
        raise ValueError("its examples lack texts, vectors or labels")
    if not all(isinstance(answer, str | int | float | bool) for answer in answers):
        raise TypeError("the label of an example is neither text nor number")
    return Examples(tuple(texts), vectors, tuple(answers))


def _example_fields(examples: Examples | None) -> dict[str, Any] | None:
    if examples is None:
        return None
    return {"texts": list(examples.texts), "answers": list(examples.answers)}


def _named(prefix: str, head: Head) -> dict[str, npt.NDArray[Any]]:
    return {f"{prefix}.{name}": array for name, array in head.arrays().items()}


def _units(array: npt.NDArray[Any], dims: int) -> npt.NDArray[np.float32]:
    """Return vectors made unit length anew, as half precision has rounded them."""
    vectors = _shaped("vectors of its examples", array, (None, dims))
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if len(lengths) and not 0.9 < lengths.min() <= lengths.max() < 1.1:
        raise ValueError("the vectors of its examples have no unit length")
    found: npt.NDArray[np.float32] = vectors / lengths
    return found


def _shaped(
    what: str, array: npt.NDArray[Any], shape: tuple[int | None, ...]
) -> npt.NDArray[np.float32]:
    fits = array.ndim == len(shape) and all(
        wanted in (None, size) for wanted, size in zip(shape, array.shape, strict=True)
    )
    if not fits:
        raise ValueError(f"its {what} have the shape {array.shape}")
    return array.astype(np.float32)


def _sorted(
    what: str, array: npt.NDArray[Any], low: float = -np.inf, high: float = np.inf
) -> Floats:
    if array.ndim != 1 or (np.diff(array) < 0).any():
        raise ValueError(f"its {what} are not in order")
    if len(array) and not low <= array[0] <= array[-1] <= high:
        raise ValueError(f"its {what} are out of range")
    return array.astype(np.float64)


def _number(what: str, value: Any, low: float, high: float) -> float:  # noqa: ANN401
    if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
        raise ValueError(f"its {what} is no number that it may be")
    return float(value)
