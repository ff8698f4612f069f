"""The local encoder: a model folder read whole, its tokenizer, and the engine that computes it."""

import threading
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from likewise.encoders.base import BaseEncoder, Encoder, Places, Sink, TokenParts
from likewise.encoders.column import texts_of
from likewise.encoders.culprit import placed
from likewise.encoders.embedding import gather
from likewise.encoders.forking import computing
from likewise.encoders.local import memory
from likewise.encoders.local.engine import PackedEngine, choices, failing, machine, properties
from likewise.encoders.local.files import TOKENIZER, sha256_of
from likewise.encoders.local.model_folder import read_model_folder
from likewise.encoders.local.onnx import OnnxEngine, OnnxSpec
from likewise.encoders.local.packing import Ints
from likewise.encoders.local.parity import (
    LEAST_PARITY,
    SENTENCES,
    Checked,
    keep_reference,
    known_reference,
    parity,
)
from likewise.encoders.local.spec import ModelSpec, Spec
from likewise.encoders.local.static import StaticEngine, StaticSpec
from likewise.encoders.local.tokenizer import TextTokenizer
from likewise.encoders.prompted import WITHOUT_PREFIX
from likewise.errors import DefectiveVectors
from likewise.types import (
    Capabilities,
    Encoding,
    Identity,
    Progress,
    Runtime,
    TokenCounts,
    Vectors,
    check_same,
)

Engine = PackedEngine | StaticEngine | OnnxEngine

_SLICE = 8_192
"""Unique texts in hand at a time: enough for batches of like lengths, little in memory."""

_MANY = 512
"""Texts after whose slice freed memory is worth giving back."""


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
        reopen: Callable[[], Encoder] | None = None,
        like: "LocalEncoder | None" = None,
    ) -> None:
        """Read, check and compile the model in `folder`.

        Args:
            folder: the model's folder.
            name: what the encoder is called.
            revision: the authors' version of the model.
            prefix: text to put before each text, or the name of a prompt of the model.
            precision: `auto`, `bf16`, `f16` or `f32`.
            threads: threads of the engine, 0 for all cores.
            notes: what a user should know already.
            exact_prefix: `prefix` is the text itself, also where a prompt goes by that name.
            parity_cache: folder for what the check of a precision needs and finds; None keeps
                nothing.
            reopen: opens the same encoder in another process, for pickling; by default this class
                with these arguments.
            like: an encoder with another prefix whose folder, precision and threads are these; its
                compiled model is used too.

        Raises:
            WeightsMissing, WeightsCorrupt, UnsupportedModel: see `read_model_folder`.
            InvalidOption: `precision` is not one that this processor has, or the model declares no
                such prompt.
        """
        self._reopen = reopen or partial(
            LocalEncoder,
            folder,
            name=name,
            revision=revision,
            prefix=prefix,
            precision=precision,
            threads=threads,
            exact_prefix=exact_prefix,
        )
        self._spec: Spec = read_model_folder(folder) if like is None else like._spec
        before = (prefix or "") if exact_prefix else self._spec.prefix(prefix)
        self._tokenizer = self._spec.tokenizer(before)
        leaves_out = not self._spec.pooling.include_prompt
        self._left_out = self._tokenizer.prefix_tokens() if leaves_out else 0
        self.identity = identity_of(self._spec, self._tokenizer, self._left_out, name, revision)
        self.capabilities = Capabilities(
            prompts=self._spec.prompts,
            pools_prefix=not leaves_out,
            widths=self._spec.matryoshka,
            token_parts=self._spec.is_a_sum and not self._left_out,
        )
        self._parity_cache = parity_cache
        self._token_engine: PackedEngine | StaticEngine | None = None
        self._token_lock = threading.Lock()
        self._engine: Engine
        self.runtime: Runtime
        if like is not None and like._left_out == self._left_out:
            self._engine, self.runtime = like._engine, like.runtime
        else:
            self._compile(precision, threads, notes)

    def __repr__(self) -> str:
        runtime = self.runtime
        return (
            f"LocalEncoder({self.identity.name!r}, {self.identity.dims} dims, "
            f"{runtime.engine} {runtime.precision})"
        )

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle as a name and options: the other process opens the model itself."""
        return _reopened, (self._reopen, self.identity)

    def encode(self, texts: Iterable[str], *, progress: Progress | None = None) -> Encoding:
        """Return unit vectors, token counts and truncation marks; see `Encoder.encode`."""
        every = texts_of(texts)

        def compute(different: list[str], sink: Sink) -> None:
            for start in range(0, len(different), _SLICE):
                ids, counts = self._tokenizer.tokenise(different[start : start + _SLICE])
                vectors = np.empty((len(ids), self.identity.dims), np.float32)
                for done, which, computed in self._engine.vectors(ids):
                    with placed(lambda place, start=start: start + place):  # type: ignore[misc]
                        vectors[which] = self._unit(computed, ids, which)
                    if progress:
                        progress((start + done) * len(every) // len(different), len(every))
                sink(range(start, start + len(ids)), Encoding(vectors, *counts))
                if len(ids) >= _MANY:
                    memory.give_back()

        return gather(every, self.identity.dims, compute)

    def count_tokens(self, texts: Iterable[str]) -> TokenCounts:
        """Return counts and truncation marks; see `Encoder.count_tokens`."""
        return self._tokenizer.tokenise(texts_of(texts))[1]

    def token_parts(self, texts: Iterable[str]) -> list[TokenParts] | None:
        """Return what each token adds; None where the vector is not a sum over tokens.

        A mean is one, where no module follows it. The first call compiles a second model without
        the pooling, which takes as long as loading and as much memory.

        Both the mean and the division by a length are linear once the length is known: the vector
        is the sum of each token's output divided by the length of their sum.
        """
        every = texts_of(texts)
        if not self.capabilities.token_parts:
            return None
        with (
            computing(),
            self._token_lock,
        ):  # not the other one: all encoding would wait for the compiling
            if self._token_engine is None:
                self._token_engine = self._for_tokens()
        outputs = self._token_engine.tokens(self._tokenizer.tokenise(every)[0])
        return [
            TokenParts(output / np.linalg.norm(output.sum(axis=0)), self._tokenizer.places(text))
            for output, text in zip(outputs, every, strict=True)
        ]

    def token_places(self, texts: Iterable[str]) -> list[Places] | None:
        """Return where each token stands; see `Encoder.token_places`."""
        return [self._tokenizer.places(text) for text in texts_of(texts)]

    def _for_tokens(self) -> PackedEngine | StaticEngine:
        """Return an engine that gives the tokens' vectors."""
        if isinstance(self._engine, StaticEngine):
            return self._engine
        if not isinstance(self._spec, ModelSpec):
            raise TypeError(type(self._spec))
        engine = self._engine
        return PackedEngine(self._spec, engine.precision, engine.threads, pooled=False)

    def _compiled(self, precision: str, threads: int) -> Engine:
        """Return the model, compiled."""
        with failing(self._spec):
            if isinstance(self._spec, ModelSpec):
                return PackedEngine(self._spec, precision, threads, left_out=self._left_out)
            if isinstance(self._spec, OnnxSpec):
                how = properties(precision, threads)
                return OnnxEngine(self._spec, precision, how, self._left_out)
        raise TypeError(type(self._spec))

    def _unit(self, raw: Vectors, ids: Sequence[Ints], which: npt.NDArray[np.int64]) -> Vectors:
        """Return rows of exactly unit length: bf16 leaves an error of a few in a thousand.

        A text whose numbers are not finite spoils others in its batch; those are computed alone.

        Raises:
            DefectiveVectors: a text has no direction also alone; its `which` is that of `ids`.
        """
        for row in np.flatnonzero(~_has_direction(raw)):
            [(_, _, alone)] = self._engine.vectors([ids[which[row]]])
            if not _has_direction(alone)[0]:
                exact = self._engine.precision == "f32"
                raise DefectiveVectors(
                    f"{self.identity.name} gave a vector that has no direction (NaN or zero).",
                    "The model's weights are broken: fetch it again, or choose another one."
                    if exact
                    else "Set LIKEWISE_PRECISION=f32 and try again; if that fails too, the weights "
                    "are broken.",
                    which=int(which[row]),
                )
            raw[row] = alone[0]
        return np.asarray(raw / np.linalg.norm(raw, axis=1, keepdims=True), np.float32)

    def _compile(self, precision: str, threads: int, notes: tuple[str, ...]) -> None:
        """Compile the fastest precision that agrees with the reference vectors."""
        said = [*self._spec.notes, *notes]
        if isinstance(self._spec, StaticSpec):
            self._engine = StaticEngine(self._spec)
            self.runtime = _runtime(self._engine, None, said)
            return
        tried = choices(precision)
        checks = [Checked(self.identity, choice, *machine()) for choice in tried]
        found = checks[0].known(self._parity_cache)
        if found is not None:
            self._engine = self._compiled(tried[0], threads)
            self.runtime = _runtime(self._engine, found, said)
            return
        reference = self._reference(threads, make=tried[0] != "f32")
        for choice, check in zip(tried, checks, strict=True):
            self._engine = self._compiled(choice, threads)
            with failing(self._spec):
                found = None if reference is None else parity(reference, self._sentences())
            if found is None or found >= LEAST_PARITY or choice == "f32":
                if found is not None:
                    check.keep(found, self._parity_cache)
                break
            said.append(
                f"{choice} was not used: its vectors agree with the reference only to "
                f"cosine {found:.4f}."
            )
        self.runtime = _runtime(self._engine, found, said)

    def _reference(self, threads: int, *, make: bool) -> Vectors | None:
        """Return what the precisions are compared with, None where there is nothing.

        It is made before any other precision is compiled, so that a large model is in memory once.
        """
        known = known_reference(self.identity, self._parity_cache)
        if known is not None or not make:
            return known
        self._engine = self._compiled("f32", threads)
        with failing(self._spec):
            made = self._sentences()
        del self._engine
        memory.give_back()
        keep_reference(self.identity, made, self._parity_cache)
        return made

    def _sentences(self) -> Vectors:
        """Return the vectors of the sentences by which a precision is checked."""
        ids: list[Ints] = self._tokenizer.tokenise(SENTENCES)[0]
        computed = np.empty((len(ids), self.identity.dims), np.float32)
        for _, which, raw in self._engine.vectors(ids):
            computed[which] = self._unit(raw, ids, which)
        return computed


def _runtime(engine: Engine, found: float | None, notes: list[str]) -> Runtime:
    return Runtime(
        engine=engine.name,
        precision=engine.precision,
        parity=found,
        threads=engine.threads,
        notes=tuple(notes),
    )


def identity_of(
    spec: Spec, tokenizer: TextTokenizer, left_out: int, name: str, revision: str
) -> Identity:
    """Return what an encoder is, with a prefix whose first `left_out` tokens are not pooled."""
    digest = sha256_of(spec.folder / spec.part / TOKENIZER)
    return Identity(
        name=name,
        revision=revision,
        weights=spec.weights_digest(),
        tokenizer=f"{digest}, {tokenizer.described}" if tokenizer.described else digest,
        graph=spec.graph,
        dims=spec.cut or spec.dims,
        max_tokens=spec.max_tokens,
        pooling=spec.pooling.name + (WITHOUT_PREFIX if left_out else ""),
        prefix=tokenizer.prefix,
    )


def _has_direction(raw: Vectors) -> npt.NDArray[np.bool_]:
    """Return whether each row is finite and not zero: bool, shape (n,)."""
    lengths = np.linalg.norm(raw, axis=1)
    found: npt.NDArray[np.bool_] = np.isfinite(lengths) & (lengths > 0)
    return found


def _reopened(reopen: Callable[[], Encoder], identity: Identity) -> Encoder:
    """Return an encoder in another process; raises `IncompatibleVectors` where it is another."""
    found = reopen()
    check_same(identity, found.identity)
    return found
