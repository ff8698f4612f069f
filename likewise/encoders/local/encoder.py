"""The local engine: BERT-family models on OpenVINO, from safetensors weights."""

import importlib
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from likewise.encoders.base import BaseEncoder, Sink, TokenParts
from likewise.encoders.column import texts_of
from likewise.encoders.embedding import gather
from likewise.encoders.graphs.bert import build_graph, import_openvino
from likewise.encoders.graphs.token_graph import TokenGraph
from likewise.encoders.local import freed
from likewise.encoders.local.model_folder import TOKENIZER, WEIGHTS, ModelSpec, read_model_folder
from likewise.encoders.local.packing import Ints, pack
from likewise.encoders.local.parity import LEAST_PARITY, parity
from likewise.encoders.local.tokenizer import TextTokenizer
from likewise.encoders.local.weights import sha256_of
from likewise.errors import EncoderError, InvalidOption, UnsupportedModel, WeightsCorrupt, shown
from likewise.types import (
    Capabilities,
    Encoding,
    Identity,
    Progress,
    Runtime,
    TokenCounts,
    Vectors,
)

_SLICE = 8_192
"""Unique texts in hand at a time: enough for batches of like lengths, little in memory."""

_MANY = 512
"""Texts after whose slice freed memory is worth giving back."""

_CAPABILITIES = {"bf16": "BF16", "f16": "FP16", "f32": "FP32"}
"""Precisions, fastest first, with OpenVINO's names for what the processor can do."""


class LocalEncoder(BaseEncoder):
    """A model folder, ready to encode on this machine.

    Safe to share between threads: one text batch is computed at a time.
    """

    def __init__(
        self,
        folder: Path,
        *,
        name: str,
        revision: str = "",
        prefix: str | None = None,
        precision: str = "auto",
        threads: int = 0,
        notes: tuple[str, ...] = (),
        exact_prefix: bool = False,
        parity_cache: Path | None = None,
    ) -> None:
        """Read, compile and check the model in `folder`.

        `exact_prefix` takes `prefix` for the text itself, also where a prompt goes by that name.
        References for the check of a precision are kept in `parity_cache`, where it is given.

        Raises:
            WeightsMissing, WeightsCorrupt, UnsupportedModel: see `read_model_folder`.
            InvalidOption: `precision` is not one that this processor has.
        """
        self._spec = read_model_folder(folder)
        before = (prefix or "") if exact_prefix else self._spec.prefix(prefix)
        self.identity = _identity(folder, self._spec, name, revision, before)
        self.capabilities = Capabilities(
            prompts=self._spec.prompts, token_parts=self._spec.pooling == "mean"
        )
        self._tokenizer = TextTokenizer(
            folder / TOKENIZER,
            max_tokens=self.identity.max_tokens,
            prefix=self.identity.prefix,
        )
        self._parity_cache = parity_cache
        self._lock = threading.Lock()
        self._tensor = _tensor_reader(folder / WEIGHTS)
        self._token_graph: TokenGraph | None = None
        self._token_lock = threading.Lock()
        self._compile(folder, precision, threads, notes)

    def __repr__(self) -> str:
        runtime = self.runtime
        return (
            f"LocalEncoder({self.identity.name!r}, {self.identity.dims} dims, "
            f"{runtime.engine} {runtime.precision})"
        )

    def encode(self, texts: Iterable[str], *, progress: Progress | None = None) -> Encoding:
        """Return unit vectors, token counts and truncation marks; see `Encoder.encode`."""
        every = texts_of(texts)

        def compute(different: list[str], sink: Sink) -> None:
            for start in range(0, len(different), _SLICE):
                ids, counts = self._tokenizer.tokenise(different[start : start + _SLICE])
                vectors = np.empty((len(ids), self.identity.dims), np.float32)
                for done, (which, computed) in self._infer(ids):
                    vectors[which] = computed
                    if progress:
                        progress((start + done) * len(every) // len(different), len(every))
                sink(range(start, start + len(ids)), Encoding(vectors, *counts))
                if len(ids) >= _MANY:
                    freed.give_back()

        return gather(every, self.identity.dims, compute)

    def count_tokens(self, texts: Iterable[str]) -> TokenCounts:
        """Return counts and truncation marks; see `Encoder.count_tokens`."""
        return self._tokenizer.tokenise(texts_of(texts))[1]

    def token_parts(self, texts: Iterable[str]) -> list[TokenParts] | None:
        """Return what each token adds; None for cls pooling. See `Encoder.token_parts`.

        The first call compiles a second graph, which takes as long as loading and as much memory.
        """
        every = texts_of(texts)
        if not self.capabilities.token_parts:
            return None
        with self._token_lock:  # not the other one: all encoding would wait for the compiling
            if self._token_graph is None:
                precision = self.runtime.precision
                properties = _properties(precision, self.runtime.threads)
                self._token_graph = TokenGraph(self._spec, self._tensor, precision, properties)
        return self._token_graph.split(self._tokenizer, every)

    def _infer(
        self, ids: list[Ints]
    ) -> Iterator[tuple[int, tuple[npt.NDArray[np.int64], Vectors]]]:
        """Yield (texts done so far, (which texts, their vectors)) batch by batch."""
        done = 0
        for batch in pack(ids, first_position=self._spec.first_position):
            with self._lock:
                answer = self._request.infer(batch.inputs, share_inputs=True, share_outputs=True)
                raw = np.array(answer[0], np.float32)
            done += len(batch.texts)
            yield done, (batch.texts, self._unit(raw))

    def _unit(self, raw: Vectors) -> Vectors:
        """Return rows of exactly unit length: bf16 leaves an error of a few in a thousand."""
        norms = np.linalg.norm(raw, axis=1, keepdims=True)
        if not (np.isfinite(norms).all() and (norms > 0).all()):
            raise EncoderError(
                f"{self.identity.name} gave a vector that has no direction (NaN or zero).",
                "Set LIKEWISE_PRECISION=f32 and try again; if it stays, the weights are broken.",
            )
        return np.asarray(raw / norms, np.float32)

    def _compile(self, folder: Path, precision: str, threads: int, notes: tuple[str, ...]) -> None:
        """Compile the fastest precision that agrees with the reference vectors."""
        openvino = import_openvino()
        core = openvino.Core()
        said = list(notes)
        for choice in _choices(core, precision):
            # built in the call, so that nothing holds on to its float32 weights
            compiled = core.compile_model(
                build_graph(self._spec, self._tensor, choice),
                "CPU",
                _properties(choice, threads or _thread_quota()),
            )
            self._request = compiled.create_infer_request()
            found = self._parity(folder, choice)
            if found is None or found >= LEAST_PARITY or choice == "f32":
                break
            said.append(
                f"{choice} was not used: its vectors agree with the reference only to "
                f"cosine {found:.4f}."
            )
        version = openvino.get_version().split("-")[0]
        self.runtime = Runtime(
            engine=f"openvino {version}",
            precision=choice,
            parity=found,
            threads=int(compiled.get_property("INFERENCE_NUM_THREADS")),
            notes=tuple(said),
        )

    def _parity(self, folder: Path, precision: str) -> float | None:
        def in_f32(sentences: Sequence[str]) -> Vectors:
            reference = LocalEncoder(
                folder,
                name=self.identity.name,
                prefix="",
                precision="f32",
                parity_cache=self._parity_cache,
            )
            return reference.encode(sentences).vectors

        def here(sentences: Sequence[str]) -> Vectors:
            ids, _ = self._tokenizer.tokenise(sentences)
            vectors = np.empty((len(ids), self.identity.dims), np.float32)
            for _, (which, computed) in self._infer(ids):
                vectors[which] = computed
            return vectors

        return parity(
            self.identity, here, None if precision == "f32" else in_f32, self._parity_cache
        )


def _choices(core: Any, precision: str) -> list[str]:  # noqa: ANN401
    able = set(core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"))
    usable = [name for name, capability in _CAPABILITIES.items() if capability in able]
    if precision == "auto":
        return usable
    if precision not in usable:
        raise InvalidOption(
            f"This processor does not compute in {shown(precision)}.",
            f"Choose one of {', '.join(['auto', *usable])}.",
            param="precision",
        )
    return [precision]


def _properties(precision: str, threads: int) -> dict[str, Any]:
    """Return how the engine is to compute; 0 threads leave their number to it."""
    properties: dict[str, Any] = {
        "INFERENCE_PRECISION_HINT": precision,
        "PERFORMANCE_HINT": "LATENCY",
    }
    if threads:
        properties["INFERENCE_NUM_THREADS"] = threads
    return properties


def _thread_quota() -> int:
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


def _tensor_reader(path: Path) -> Callable[[str], npt.NDArray[np.float32]]:
    """Return a function from a weight's name, with or without the model's prefix, to float32."""
    safetensors = importlib.import_module("safetensors")
    try:
        with safetensors.safe_open(path, framework="numpy") as weights:
            names = {name.removeprefix(_model_prefix(name)): name for name in weights.keys()}  # noqa: SIM118
    except (safetensors.SafetensorError, OSError) as error:
        raise WeightsCorrupt(
            f"{shown(str(path), 200)} is not a safetensors file that can be read: {error}.",
            "Fetch the model again, or restore the file from its source.",
        ) from None

    def tensor(name: str) -> npt.NDArray[np.float32]:
        # opened for each weight: an open file keeps every page that was read in memory
        with safetensors.safe_open(path, framework="numpy") as weights:
            try:
                return np.asarray(weights.get_tensor(names[name]), np.float32)
            except TypeError:
                # NumPy has no bfloat16
                raise UnsupportedModel(
                    f"The weight {name} is stored in a type that NumPy does not have.",
                    "Store the model as float32 or float16 safetensors.",
                ) from None

    return tensor


def _model_prefix(name: str) -> str:
    head = name.split(".", 1)[0]
    return f"{head}." if head in ("bert", "roberta", "distilbert", "model") else ""


def _identity(folder: Path, spec: ModelSpec, name: str, revision: str, prefix: str) -> Identity:
    return Identity(
        name=name,
        revision=revision,
        weights=sha256_of(folder / WEIGHTS),
        tokenizer=sha256_of(folder / TOKENIZER),
        graph=spec.graph,
        dims=spec.hidden,
        max_tokens=spec.max_tokens,
        pooling=spec.pooling,
        prefix=prefix,
    )
