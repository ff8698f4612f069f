"""Computes packed tokens on OpenVINO, in the fastest precision that agrees with float32."""

import ctypes
import os
import threading
from collections.abc import Iterator, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from likewise.encoders.forking import computing, renewed_after_fork
from likewise.encoders.graphs.blocks import Blocks, import_openvino
from likewise.encoders.graphs.head import PoolingBlocks
from likewise.encoders.local.packing import Ints, pack
from likewise.encoders.local.schema import unsupported
from likewise.encoders.local.spec import ModelSpec
from likewise.encoders.local.tensors import open_tensors
from likewise.errors import InvalidOption, LikewiseError, shown
from likewise.types import Vectors

CAPABILITIES = {"bf16": "BF16", "f16": "FP16", "f32": "FP32"}
"""Precisions, fastest first, with OpenVINO's names for what the processor can do."""


class PackedEngine:
    """A compiled model; safe to share between threads: one batch is computed at a time."""

    def __init__(
        self,
        spec: ModelSpec,
        precision: str,
        threads: int = 0,
        *,
        pooled: bool = True,
        left_out: int = 0,
    ) -> None:
        """Build and compile the model.

        Args:
            spec: what to compute.
            precision: `bf16`, `f16` or `f32`.
            threads: threads of the engine, 0 for all cores.
            pooled: False: gives the tokens' vectors, without pooling and modules.
            left_out: tokens at the start of a text that are not pooled.

        Raises:
            UnsupportedModel: the engine can't build or compile it.
        """
        self._spec = spec
        self._lock = threading.Lock()
        openvino = import_openvino()
        with failing(spec), computing():
            compiled = openvino.Core().compile_model(
                # built in the call, so that nothing holds on to its float32 weights
                _graph(spec, precision, pooled=pooled, left_out=left_out),
                "CPU",
                properties(precision, threads),
            )
        self._request = compiled.create_infer_request()
        renewed_after_fork(self)
        self.name = f"openvino {openvino.get_version().split('-')[0]}"
        self.precision = precision
        self.threads = int(compiled.get_property("INFERENCE_NUM_THREADS"))

    def renew(self) -> None:
        """Take over the compiled model after a fork; it computes, but must never be freed there.

        Freeing it would wait for threads of the engine that only the other process has.
        """
        self._lock = threading.Lock()
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._request))

    def vectors(self, ids: list[Ints]) -> Iterator[tuple[int, npt.NDArray[np.int64], Vectors]]:
        """Yield (texts done so far, which texts, their vectors) batch by batch.

        Of m texts int64, shape (m,), and float32, shape (m, dims), not yet of unit length.
        """
        done = 0
        for batch in self._pack(ids):
            raw = self._run(batch.inputs)
            done += len(batch.texts)
            yield done, batch.texts, raw

    def tokens(self, ids: list[Ints]) -> list[Vectors]:
        """Return each text's token vectors, float32, shape (tokens, dims).

        Only of an engine that is not `pooled`.
        """
        outputs: list[Vectors] = [np.empty((0, 0), np.float32)] * len(ids)
        for batch in self._pack(ids):
            packed = self._run(batch.inputs)
            for text, slots, mask in zip(batch.texts, batch.slots, batch.mask, strict=True):
                outputs[text] = packed[slots[mask > 0]]
        return outputs

    def _pack(self, ids: Sequence[Ints]) -> Any:  # noqa: ANN401
        config = self._spec.config
        return pack(ids, first_position=config.first_position, still=config.still)

    def _run(self, inputs: list[npt.NDArray[np.generic]]) -> Vectors:
        with computing(), self._lock:
            answer = self._request.infer(inputs, share_inputs=True, share_outputs=True)
            return np.array(answer[0], np.float32)


class failing:  # noqa: N801 - reads as a sentence
    """Turn whatever building and first inference throw into an `UnsupportedModel`."""

    def __init__(self, spec: Any) -> None:  # noqa: ANN401
        self._folder: Path = spec.folder

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:  # noqa: ANN401
        """Translate."""
        if isinstance(error, Exception) and not isinstance(error, LikewiseError):
            first = str(error).strip().splitlines() or [type(error).__name__]
            raise unsupported(
                self._folder, f"the engine refuses it: {shown(first[0], 200)}"
            ) from None


def _graph(spec: ModelSpec, precision: str, *, pooled: bool, left_out: int) -> Any:  # noqa: ANN401
    blocks = Blocks(spec.tensors, precision, spec.max_tokens + spec.config.first_position)
    x = spec.family.build(blocks, spec.config)
    if not pooled:
        return blocks.model(x)
    head = PoolingBlocks(blocks)
    x = head.pool(x, spec.pooling, left_out)
    for step in spec.steps:
        x = head.step(x, step, partial(open_tensors, spec.folder))
    if spec.cut:
        x = blocks.take(x, blocks.integers(list(range(spec.cut))), axis=1)
    return blocks.model(head.unit(x))


def choices(precision: str) -> list[str]:
    """Return the precisions to try, fastest first.

    Raises:
        InvalidOption: `precision` is not one that this processor has.
    """
    _, _, able = _processor()
    usable = [name for name, capability in CAPABILITIES.items() if capability in able]
    if precision == "auto":
        return usable
    if precision not in usable:
        raise InvalidOption(
            f"This processor does not compute in {shown(precision)}.",
            f"Choose one of {', '.join(['auto', *usable])}.",
            param="precision",
        )
    return [precision]


def machine() -> tuple[str, str]:
    """Return the engine's whole version, and the processor with what it can do."""
    version, name, able = _processor()
    return version, f"{name} ({', '.join(able)})"


@lru_cache(maxsize=1)
def _processor() -> tuple[str, str, tuple[str, ...]]:
    """Return the engine's version, the processor's name and what it can do."""
    openvino = import_openvino()
    core = openvino.Core()
    able = sorted(core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"))
    return openvino.get_version(), core.get_property("CPU", "FULL_DEVICE_NAME"), tuple(able)


def properties(precision: str, threads: int) -> dict[str, Any]:
    """Return how the engine is to compute; 0 threads: as many as this process may use."""
    chosen: dict[str, Any] = {
        "INFERENCE_PRECISION_HINT": precision,
        "PERFORMANCE_HINT": "LATENCY",
        # pinned, the engines of two processes share the first core and leave the second idle
        "ENABLE_CPU_PINNING": False,
    }
    if threads := threads or thread_quota():
        chosen["INFERENCE_NUM_THREADS"] = threads
    return chosen


def thread_quota() -> int:
    """Return the cores that a container's CPU quota allows, 0 where there is none.

    OpenVINO looks at the cores of the machine; a container that may use two of 64 would be
    throttled. Source: Linux cgroup v2, `cpu.max`.
    """
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return 0
    if quota == "max":
        return 0
    return min(max(1, int(quota) // int(period)), os.cpu_count() or 1)
