"""One file for a trained model: a zip of JSON and safetensors, no code in it.

`model.json` says what the model is, `arrays.safetensors` holds its numbers, and both their
SHA-256 digests stand in `digests.json`. Members are stored, not compressed, so that a small
file can't unfold into a large one.
"""

import hashlib
import json
import zipfile
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from likewise.classify.learn.candidates import Learnt, Setting
from likewise.classify.learn.heads import KINDS, Head
from likewise.classify.learn.softmax import Blocks
from likewise.classify.learn.tfidf import Words
from likewise.classify.model import ClassModel, Examples, Model, NumberModel
from likewise.errors import FileMissing, InvalidIdentity, UnreadableFile, shown
from likewise.files.source import unopened
from likewise.files.write import keep, replacing
from likewise.types import Identity

FORMAT = "likewise model"
VERSION = 2
"""Raised when an older Likewise could misread the file; new fields alone don't raise it.

2 has offsets of the classes, without which other labels would be said; what has none is 1.
"""

_JSON, _ARRAYS, _DIGESTS = "model.json", "arrays.safetensors", "digests.json"

_DAMAGE = (
    *(ValueError, KeyError, IndexError, TypeError, AttributeError, EOFError, OSError),
    *(RuntimeError, NotImplementedError, zipfile.BadZipFile),
)
"""What the readers of zip, JSON and arrays raise over a file that is not what it should be."""

Arrays = dict[str, npt.NDArray[Any]]


def save(model: Model, path: Path) -> Path | None:
    """Write a model whole or not at all, and keep an older one under another name.

    Returns:
        Where the older model is now, None where there was none.

    Raises:
        UnwritableFile: no permission, no space, or no such folder.
    """
    from safetensors.numpy import save as to_bytes

    fields, arrays = _class_parts(model) if isinstance(model, ClassModel) else _number_parts(model)
    fields = {"format": FORMAT, "version": VERSION if "offsets" in arrays else 1, **fields}
    members = {
        _JSON: json.dumps(fields, ensure_ascii=False, indent=1).encode("utf-8"),
        _ARRAYS: to_bytes({name: np.ascontiguousarray(array) for name, array in arrays.items()}),
    }
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in members.items()}
    members[_DIGESTS] = json.dumps(digests).encode()
    with replacing(path) as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            for name, data in members.items():
                archive.writestr(zipfile.ZipInfo(name), data)
        return keep(path)


def load(path: Path) -> Model:
    """Read a model.

    Raises:
        FileMissing: there is no such file.
        UnreadableFile: it may not be read, is no model, damaged, changed by hand, or of a newer
            Likewise.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load as from_bytes

    with _open(path) as file:
        try:
            members = _members(file, path)
            fields = json.loads(members[_JSON])
            _check_version(fields, path)
            model = _model(fields, from_bytes(members[_ARRAYS]))
            _try_out(model)
        except InvalidIdentity as error:
            raise UnreadableFile(f"{shown(str(path))}: {error.problem}", error.remedy) from None
        except (*_DAMAGE, SafetensorError) as error:
            raise _damaged(path, f"{error}" or type(error).__name__) from None
    return model


def _open(path: Path) -> BinaryIO:
    try:
        if path.is_file() or path.is_dir():  # a pipe would be waited for
            return path.open("rb")
    except OSError as error:
        raise unopened(shown(str(path)), error) from None
    raise FileMissing(f"There is no model {shown(str(path))}.", "Make one with `likewise train`.")


def _members(file: BinaryIO, path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(file) as archive:
        infos = {info.filename: info for info in archive.infolist()}
        if sorted(infos) != sorted([_JSON, _ARRAYS, _DIGESTS]) or len(archive.infolist()) != 3:
            raise _damaged(path, f"it holds {', '.join(map(shown, list(infos)[:5])) or 'nothing'}")
        size = path.stat().st_size
        for info in infos.values():
            if info.compress_type != zipfile.ZIP_STORED or info.file_size > size:
                raise _damaged(path, f"{info.filename} is compressed, which Likewise never does")
        members = {name: archive.read(name) for name in infos}
    digests = json.loads(members[_DIGESTS])
    for name in (_JSON, _ARRAYS):
        if hashlib.sha256(members[name]).hexdigest() != digests[name]:
            raise _damaged(path, f"{name} does not have the digest that it must have")
    return members


def _check_version(fields: dict[str, Any], path: Path) -> None:
    if fields.get("format") != FORMAT:
        raise _damaged(path, "its format is not named")
    if fields["version"] > VERSION:
        raise UnreadableFile(
            f"{shown(str(path))} has version {fields['version']} of the model format; this "
            f"Likewise reads up to {VERSION}.",
            "Update Likewise: pip install -U likewise.",
        )


def _damaged(path: Path, why: str) -> UnreadableFile:
    return UnreadableFile(
        f"{shown(str(path))} is not a whole Likewise model: {why[:200]}.",
        "Copy it again from where it came from, or train it again.",
    )


def _class_parts(model: ClassModel) -> tuple[dict[str, Any], Arrays]:
    words = model.learnt.words
    fields = {
        **_shared(model),
        "task": "classification",
        "classes": list(model.classes),
        "setting": asdict(model.setting),
        "head": model.learnt.head.kind,
        "scope": model.scope.kind,
        "temperature": model.temperature,
        "metric": model.metric,
        "terms": None if words is None else words.terms.tolist(),
    }
    arrays: Arrays = {
        "scores": model.scores,
        "confidences": model.confidences,
        **_named("head", model.learnt.head),
        **_named("scope", model.scope),
        **_example_vectors(model.examples),
    }
    if words is not None:
        arrays["idf"] = words.idf
    if model.offsets is not None:
        arrays["offsets"] = model.offsets
    return fields, arrays


def _number_parts(model: NumberModel) -> tuple[dict[str, Any], Arrays]:
    fields = {
        **_shared(model),
        "task": "regression",
        "name": model.name,
        "head": model.head.kind,
    }
    return fields, {
        "residuals": model.residuals,
        **_named("head", model.head),
        **_example_vectors(model.examples),
    }


def _shared(model: Model) -> dict[str, Any]:
    examples = model.examples
    return {
        "identity": None if model.identity is None else model.identity.to_dict(),
        "facts": dict(model.facts),
        "text_column": model.text_column,
        "examples": None
        if examples is None
        else {"texts": list(examples.texts), "answers": list(examples.answers)},
    }


def _named(prefix: str, head: Head) -> Arrays:
    return {f"{prefix}.{name}": array for name, array in head.arrays().items()}


def _example_vectors(examples: Examples | None) -> Arrays:
    return {} if examples is None else {"examples": examples.vectors.astype(np.float16)}


def _model(fields: dict[str, Any], arrays: Arrays) -> Model:
    shared: dict[str, Any] = {
        "identity": None if fields["identity"] is None else Identity.from_dict(fields["identity"]),
        "facts": fields["facts"],
        "text_column": fields.get("text_column"),  # models of before it was kept have none
        "examples": _examples(fields["examples"], arrays),
    }
    head = _head("head", fields["head"], arrays)
    if fields["task"] == "regression":
        return NumberModel(name=fields["name"], head=head, residuals=arrays["residuals"], **shared)
    words = (
        None if fields["terms"] is None else Words(np.array(fields["terms"], object), arrays["idf"])
    )
    return ClassModel(
        classes=tuple(fields["classes"]),
        setting=Setting(**fields["setting"]),
        learnt=Learnt(head, words),
        scope=_head("scope", fields["scope"], arrays),
        temperature=float(fields["temperature"]),
        scores=arrays["scores"],
        confidences=arrays["confidences"],
        metric=fields.get("metric", "accuracy"),
        offsets=arrays.get("offsets"),
        **shared,
    )


def _try_out(model: Model) -> None:
    """Raise ValueError unless the arrays fit each other and the classes."""
    head = model.scope if isinstance(model, ClassModel) else model.head
    arrays = head.arrays()
    first = arrays.get("landmarks", arrays.get("dense", np.empty((0, 0))))
    dims = first.shape[1] if "landmarks" in arrays else first.shape[0]
    if model.identity is not None and model.identity.dims != dims:
        raise ValueError("its head does not fit its encoder")
    vector = np.full((1, dims), dims**-0.5, np.float32)
    if isinstance(model, NumberModel):
        model.predictions(vector)
    elif model.probabilities(vector, ["a"]).shape != (1, len(model.classes)):
        raise ValueError("its head does not fit its classes")
    elif model.scope.logits(Blocks(vector)).shape != (1, len(model.classes)):
        raise ValueError("its scope does not fit its classes")
    elif model.offsets is not None and (
        model.offsets.shape != (len(model.classes),) or not np.isfinite(model.offsets).all()
    ):
        raise ValueError("its offsets do not fit its classes")


def _head(prefix: str, kind: str, arrays: Arrays) -> Head:
    own = {
        name.removeprefix(f"{prefix}."): array
        for name, array in arrays.items()
        if name.startswith(f"{prefix}.")
    }
    if any(not np.isfinite(array).all() for array in own.values()):
        raise ValueError(f"its {prefix} holds numbers that are not finite")
    head: Head = KINDS[kind].read(own)
    return head


def _examples(fields: dict[str, Any] | None, arrays: Arrays) -> Examples | None:
    if fields is None:
        return None
    vectors = arrays["examples"].astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Examples(tuple(fields["texts"]), vectors, tuple(fields["answers"]))
