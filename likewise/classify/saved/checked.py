"""Values of a model file, checked: kinds, ranges and shapes, before anything is computed."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from likewise.classify.arrays import Floats
from likewise.classify.learn.heads import Head, KernelHead, LinearHead

Arrays = Mapping[str, npt.NDArray[Any]]
Fields = Mapping[str, Any]

RETIRED_HEADS = {"network": "holds a small neural network, which Likewise no longer has"}


class Retired(Exception):
    """The file is whole, but of a kind that is no longer read."""


def named(prefix: str, head: Head) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays of a head, each under a name that begins with `prefix`."""
    return {f"{prefix}.{name}": array for name, array in head.arrays().items()}


def head_in(prefix: str, kind: Any, arrays: Arrays) -> Head:  # noqa: ANN401
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
        shaped("landmarks", own["landmarks"], (marks, None))
        shaped("whitening", own["whiten"], (marks, marks))
        if own["gamma"].shape != (1,) or not 0 < own["gamma"][0] < 1e6:
            raise ValueError("its kernel has no width")
        return KernelHead.read(own)
    if kind != LinearHead.kind:
        raise ValueError("its head is unknown")
    if "sparse" in own and own["sparse"].shape[1:] != (width,):
        raise ValueError(f"its {prefix} does not fit itself")
    return LinearHead.read(own)


def dims_of(head: Head) -> int:
    """Return how many numbers a vector must have for a head."""
    arrays = head.arrays()
    return int(arrays["landmarks"].shape[1] if "landmarks" in arrays else arrays["dense"].shape[0])


def width_of(head: Head) -> int:
    """Return how many columns the logits of a head have."""
    return len(head.arrays()["bias"])


def units(array: npt.NDArray[Any], dims: int) -> npt.NDArray[np.float32]:
    """Return vectors made unit length anew, as half precision has rounded them."""
    vectors = shaped("vectors of its examples", array, (None, dims))
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if len(lengths) and not 0.9 < lengths.min() <= lengths.max() < 1.1:
        raise ValueError("the vectors of its examples have no unit length")
    found: npt.NDArray[np.float32] = vectors / lengths
    return found


def shaped(
    what: str, array: npt.NDArray[Any], shape: tuple[int | None, ...]
) -> npt.NDArray[np.float32]:
    """Return an array of a shape, of which None may be anything; else raise `ValueError`."""
    fits = array.ndim == len(shape) and all(
        wanted in (None, size) for wanted, size in zip(shape, array.shape, strict=True)
    )
    if not fits:
        raise ValueError(f"its {what} have the shape {array.shape}")
    return array.astype(np.float32)


def in_order(
    what: str, array: npt.NDArray[Any], low: float = -np.inf, high: float = np.inf
) -> Floats:
    """Return numbers that rise and are within bounds; else raise `ValueError`."""
    if array.ndim != 1 or (np.diff(array) < 0).any():
        raise ValueError(f"its {what} are not in order")
    if len(array) and not low <= array[0] <= array[-1] <= high:
        raise ValueError(f"its {what} are out of range")
    return array.astype(np.float64)


def number_in(what: str, value: Any, low: float, high: float) -> float:  # noqa: ANN401
    """Return a number within bounds; else raise `ValueError`."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
        raise ValueError(f"its {what} is not a number that it may be")
    return float(value)
