"""What stands in a model file: fields for JSON and arrays, made from a model and back.

A file comes from anywhere, so that nothing in it is believed: kinds, ranges and shapes of all
values are checked before anything is computed or allocated by them.
"""

from dataclasses import asdict
from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from likewise.classify.evaluate.decision import METRICS
from likewise.classify.facts import Facts
from likewise.classify.learn.calibration import COLDEST, HOTTEST
from likewise.classify.learn.candidates import FittedCandidate
from likewise.classify.learn.heads import Head
from likewise.classify.learn.levels import Levels
from likewise.classify.learn.ridge import Regressors
from likewise.classify.model import ClassModel, Examples, Model, MultiLabelModel, NumberModel
from likewise.classify.saved.checked import (
    Arrays,
    Fields,
    dims_of,
    head_in,
    in_order,
    named,
    number_in,
    units,
    width_of,
)
from likewise.classify.saved.head_members import classes_in, setting_in, words_in
from likewise.classify.saved.label_members import label_members, label_model
from likewise.classify.saved.novelty_members import novelty_arrays, novelty_in
from likewise.types import Identity

MOST_DIMS = 100_000
"""Numbers in a vector, beyond what any encoder has."""


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
    if isinstance(model, MultiLabelModel):
        more, numbers = label_members(model)
        return fields | more, arrays | numbers
    if isinstance(model, NumberModel):
        fields |= {"task": "regression", "name": model.name, "head": model.head.kind}
        if model.levels is not None:
            arrays |= {"levels": model.levels.values, "cuts": model.levels.cuts}
        return fields, arrays | {"residuals": model.residuals, **named("head", model.head)}
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
    arrays |= {"scores": model.scores, **named("head", model.fitted.head)}
    arrays |= novelty_arrays(model.novelty, model.examples)
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
    head = head_in("head", fields["head"], arrays)
    dims = dims_of(head)
    if not 0 < dims <= MOST_DIMS or (identity is not None and identity.dims != dims):
        raise ValueError("its head does not fit its encoder")
    facts = Facts.from_dict(fields["facts"])
    column = fields.get("text_column")  # models of before it was kept have none
    if not isinstance(column, str | None):
        raise TypeError("its text column is not a name")
    examples = _examples(fields["examples"], arrays, dims)
    if fields["task"] == "regression":
        return _number_model(fields, arrays, head, identity, examples, facts, column)
    if fields["task"] == "multi-label":
        common = {"identity": identity, "examples": examples, "facts": facts, "text_column": column}
        return label_model(fields, arrays, head, common)
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
    if fields["name"] not in get_args(Regressors) or width_of(head) != 1:
        raise ValueError("its head predicts no number")
    residuals = in_order("residuals", arrays["residuals"], low=0.0)
    levels = None
    if "levels" in arrays:
        values, cuts = (in_order(name, arrays[name]) for name in ("levels", "cuts"))
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
    classes = classes_in(fields["classes"])
    if width_of(head) != len(classes):
        raise ValueError("its head does not fit its classes")
    metric = fields.get("metric", "accuracy")
    if metric not in METRICS:
        raise ValueError("its metric is unknown")
    offsets = arrays.get("offsets")
    if offsets is not None and offsets.shape != (len(classes),):
        raise ValueError("its offsets do not fit its classes")
    temperature = number_in("temperature", fields["temperature"], COLDEST / 2, HOTTEST * 2)
    return ClassModel(
        identity=identity,
        classes=classes,
        setting=setting_in(fields["setting"]),
        fitted=FittedCandidate(head, words_in(fields["terms"], arrays, head)),
        novelty=novelty_in(fields, arrays, dims_of(head), len(classes), examples),
        temperature=temperature,
        scores=in_order("scores", arrays["scores"], low=0.0, high=1.0),
        examples=examples,
        facts=facts,
        metric=metric,
        offsets=None if offsets is None else offsets.astype(np.float64),
        text_column=column,
    )


def _examples(fields: Any, arrays: Arrays, dims: int) -> Examples | None:  # noqa: ANN401
    if fields is None:
        return None
    texts, answers = fields["texts"], fields["answers"]
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise TypeError("its examples are not texts")
    vectors = units(arrays["examples"], dims)
    if not len(vectors) == len(texts) == len(answers):
        raise ValueError("its examples lack texts, vectors or labels")
    if not all(isinstance(answer, str | int | float | bool) for answer in answers):
        raise TypeError("the label of an example is neither text nor number")
    return Examples(tuple(texts), vectors, tuple(answers))


def _example_fields(examples: Examples | None) -> dict[str, Any] | None:
    if examples is None:
        return None
    return {"texts": list(examples.texts), "answers": list(examples.answers)}
