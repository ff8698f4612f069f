"""Weights as they lie in safetensors files: found, checked by their headers, read as float32.

Source of the format: huggingface/safetensors, README.md; of the index of shards: `transformers`
5.24 (modeling_utils.py). The header of a file says every tensor's type, shape and place, so all is
checked before anything is read.
"""

import importlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from likewise.encoders.local.schema import corrupt, missing, read_object, unsupported
from likewise.errors import UnsupportedModel, WeightsMissing, shown

WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"

Shape = tuple[int | str, ...]

_SHARD = re.compile(r"-\d+-of-\d+\.safetensors\Z")

_OTHERS = {
    "pytorch_model.bin": "a pickle, which can run code when it is opened",
    "pytorch_model.bin.index.json": "pickles, which can run code when they are opened",
    "tf_model.h5": "a file of TensorFlow",
    "flax_model.msgpack": "a file of Flax",
    "openvino_model.xml": "a model of OpenVINO's own",
    "openvino/openvino_model.xml": "a model of OpenVINO's own",
}
"""Other forms of weights, and what they are."""

_FLOATS: dict[str, npt.DTypeLike] = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}
"""Types that are read, and as what; bfloat16 is the upper half of a float32."""

_INTEGERS: dict[str, npt.DTypeLike] = {
    **{"I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1"},
    **{"U32": "<u4", "U16": "<u2", "U8": "u1"},
}


@dataclass(frozen=True)
class TensorEntry:
    """Where a tensor lies."""

    path: Path
    dtype: str
    shape: tuple[int, ...]
    start: int
    """Byte in the file."""


class Tensors:
    """The tensors of one or several safetensors files, by name.

    No file stays open: an open one keeps every page that was read in memory.
    """

    def __init__(self, folder: Path, entries: Mapping[str, TensorEntry]) -> None:
        self.folder = folder
        self._entries = dict(entries)

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def entry(self, name: str) -> TensorEntry:
        """Return where a tensor lies; `KeyError` where there is none."""
        return self._entries[name]

    def renamed(self, names: Mapping[str, str]) -> "Tensors":
        """Return the tensors under other names (new: old)."""
        return Tensors(self.folder, {new: self._entries[old] for new, old in names.items()})

    def __call__(self, name: str, *, integers: bool = False) -> npt.NDArray[np.float32]:
        """Return a tensor as float32: exactly, but for float64.

        Where `integers` are meant to be computed with as they stand they are read too.

        Raises:
            UnsupportedModel: there is no such tensor, or it is stored in another type.
            WeightsCorrupt: the file ends before it does.
        """
        if name not in self._entries:
            raise unsupported(self.folder, f"its weights have no {name!r}")
        entry = self._entries[name]
        check_type(self.folder, name, entry, integers=integers)
        raw = self._raw(name, entry)
        if entry.dtype == "BF16":
            raw = (raw.astype(np.uint32) << 16).view(np.float32)
        return np.asarray(raw, np.float32).reshape(entry.shape)

    def integers(self, name: str) -> npt.NDArray[np.int64]:
        """Return a tensor of whole numbers.

        Raises:
            UnsupportedModel: it is stored in another type.
            WeightsCorrupt: the file ends before it does.
        """
        entry = self._entries[name]
        if entry.dtype not in _INTEGERS:
            raise unsupported(self.folder, f"{name} is stored as {entry.dtype}, not as integers")
        return self._raw(name, entry).astype(np.int64).reshape(entry.shape)

    def _raw(self, name: str, entry: TensorEntry) -> npt.NDArray[Any]:
        count = int(np.prod(entry.shape, dtype=np.int64))
        dtype = {**_FLOATS, **_INTEGERS}[entry.dtype]
        raw = np.fromfile(entry.path, dtype, count, offset=entry.start)
        if len(raw) != count:
            raise corrupt(entry.path, f"ends before {name} does")
        return raw


def open_tensors(folder: Path, part: str = "") -> Tensors:
    """Return the tensors in `folder / part`, in one file or in shards.

    Raises:
        WeightsMissing: there are none, or a shard is not there.
        WeightsCorrupt: a file is not a safetensors file.
        UnsupportedModel: the weights are kept in another form only.
    """
    files = weight_files(folder, part)
    if not files:
        raise without_weights(folder, part)
    entries: dict[str, TensorEntry] = {}
    for file in files:
        if not (folder / file).is_file():
            raise missing(folder, file, INDEX)
        for name, entry in _header(folder / file).items():
            if name in entries:
                raise corrupt(folder / file, f"has a weight that another file has too: {name}")
            entries[name] = entry
    return Tensors(folder, entries)


def weight_files(folder: Path, part: str = "") -> list[str]:
    """Return the paths, inside `folder`, of the files that hold the weights of `folder / part`."""
    if (folder / part / WEIGHTS).is_file():
        return [part + WEIGHTS]
    if not os.path.lexists(folder / part / INDEX):
        return []
    shards = read_object(folder / part / INDEX).get("weight_map")
    if not isinstance(shards, dict) or not all(_plain(name) for name in shards.values()):
        raise corrupt(folder / part / INDEX, "does not say in which file each weight is")
    return [part + name for name in sorted(set(shards.values()))]


def without_weights(folder: Path, part: str) -> WeightsMissing | UnsupportedModel:
    """Return the error for a folder without safetensors, which names what is there instead."""
    for name, what in _OTHERS.items():
        if (folder / part / name).is_file():
            return unsupported(folder, *other_form(part + name, what))
    if found := sorted((folder / part).glob("*.gguf")):
        return unsupported(folder, *other_form(part + found[0].name, "a file of llama.cpp"))
    if found := sorted((folder / part).glob("**/*.onnx")):
        return unsupported(
            folder,
            f"of its ONNX files, {part}{found[0].relative_to(folder / part).as_posix()} and the "
            "like, none is called model.onnx",
            f"Copy the one that you want to {part}onnx/model.onnx.",
        )
    if found := sorted((folder / part).glob("*.safetensors")):
        return _otherwise_named(folder, part, [path.name for path in found])
    return missing(folder, part + WEIGHTS)


def _otherwise_named(folder: Path, part: str, names: list[str]) -> UnsupportedModel:
    """Return the error for safetensors that no index and no usual name tells the use of."""
    if any(_SHARD.search(name) for name in names):
        return unsupported(
            folder,
            f"its weights are in parts ({part}{names[0]} and the like), and {part}{INDEX}, which "
            "says what is where, is not there",
            "Copy that file too, or fetch the model again.",
        )
    return unsupported(
        folder,
        f"no file of weights is called {part}{WEIGHTS}; there is {part}{names[0]}",
        f"If those are the weights of the whole model, rename the file to {WEIGHTS}.",
    )


def other_form(name: str, what: str) -> tuple[str, str]:
    """Return problem and remedy for weights that are kept in another form only."""
    convert = (
        "Choose a model that is stored as safetensors, or convert it once: load it with "
        "sentence-transformers and call save_pretrained(folder)."
    )
    choose = "Choose a model that is stored as safetensors: the one that this was made from may be."
    return (
        f"its weights are only in {name}, {what}, and not in safetensors",
        convert if "pickle" in what else choose,
    )


def other_form_among(files: Iterable[str]) -> tuple[str, str] | None:
    """Return `other_form` of the first known other form among names of files."""
    for name in files:
        if name in _OTHERS:
            return other_form(name, _OTHERS[name])
        if name.endswith(".gguf"):
            return other_form(name, "a file of llama.cpp")
    return None


def check_type(folder: Path, name: str, entry: TensorEntry, *, integers: bool = False) -> None:
    """Raise `UnsupportedModel` unless the tensor is stored in a floating type that is read."""
    if entry.dtype not in _FLOATS and not (integers and entry.dtype in _INTEGERS):
        raise unsupported(
            folder,
            f"the weight {name} is stored as {entry.dtype}, which is quantised or no number "
            "that can be computed with as it stands",
            "Choose the model in float32, float16 or bfloat16.",
        )


def check_shapes(
    tensors: Tensors,
    wanted: Iterable[tuple[str, Shape]],
    kind: str,
    *,
    integers: bool = False,
) -> dict[str, int]:
    """Check that every wanted tensor is there, floating, and of its shape.

    Returns:
        What the words in the shapes turned out to be.

    Raises:
        UnsupportedModel: the first that is not so.
    """
    sizes: dict[str, int] = {}
    for name, shape in wanted:
        if name not in tensors:
            raise unsupported(
                tensors.folder,
                f"its weights have no {name!r}, which a {kind} needs",
                "Check that the folder holds the whole encoder, not only a head or an adapter, and "
                "that config.json belongs to these weights.",
            )
        entry = tensors.entry(name)
        check_type(tensors.folder, name, entry, integers=integers)
        fits = len(entry.shape) == len(shape) and all(
            actual == (sizes.setdefault(size, actual) if isinstance(size, str) else size)
            for actual, size in zip(entry.shape, shape, strict=True)
        )
        if not fits or 0 in entry.shape:
            stated = " × ".join(
                str(sizes.get(size, size)) if isinstance(size, str) else str(size) for size in shape
            )
            there = " × ".join(map(str, entry.shape)) or "a single number"
            raise unsupported(
                tensors.folder,
                f"the weight {name} is {there} where config.json calls for {stated}",
                "Check that config.json belongs to these weights.",
            )
    return sizes


def _header(path: Path) -> dict[str, TensorEntry]:
    """Return the tensors of one file; the library has checked that they fill it."""
    safetensors = importlib.import_module("safetensors")
    try:
        with safetensors.safe_open(path, framework="numpy"):
            pass
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            header: dict[str, Any] = json.loads(file.read(length))
        header.pop("__metadata__", None)
        return {
            name: TensorEntry(
                path,
                stated["dtype"],
                tuple(stated["shape"]),
                8 + length + stated["data_offsets"][0],
            )
            for name, stated in header.items()
        }
    except (
        safetensors.SafetensorError,
        OSError,
        ValueError,
        KeyError,
        TypeError,
        RecursionError,
    ) as error:
        raise corrupt(
            path, f"is not a safetensors file that can be read: {shown(error, 200)}"
        ) from None


def _plain(name: object) -> bool:
    """True for a file's name that leads nowhere else."""
    return isinstance(name, str) and name.endswith(".safetensors") and not set("/\\:\0") & set(name)
