"""Any other model that comes with an ONNX file, which OpenVINO reads by itself.

What the file computes is its authors' own; its inputs, its pooling and what follows are read from
the folder. Source of the names: `optimum` (exporters/onnx) and `sentence-transformers` 6.2
(backend/load.py).
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, ValidationError

from likewise.encoders.graphs.blocks import import_openvino
from likewise.encoders.graphs.config import MOST_POSITIONS, Count
from likewise.encoders.graphs.families import FAMILIES, foreign_code
from likewise.encoders.local.files import TOKENIZER, onnx_file, without_tokenizer
from likewise.encoders.local.modules import CONFIG, Pipeline, Pooling
from likewise.encoders.local.numpy_head import Steps, pool
from likewise.encoders.local.onnx_tensors import tensor_files
from likewise.encoders.local.packing import Ints
from likewise.encoders.local.schema import corrupt, is_pointer, unsupported
from likewise.encoders.local.spec import Spec, check_tokenizer
from likewise.encoders.local.texts import TextRules
from likewise.errors import shown
from likewise.types import Vectors

_INPUTS = {"input_ids", "attention_mask", "token_type_ids", "position_ids"}
_TOKENS = ("last_hidden_state", "token_embeddings", "hidden_states", "output")
_POOLED = ("sentence_embedding", "text_embeds", "pooler_output")
_USUAL_LIMIT = 512
_RESERVED = {1, 2, 3}
"""Usual ids of padding where it is not the first token, as with RoBERTa and its kin."""
_BATCH_TOKENS = 2_048


class OtherConfig(BaseModel):
    """What is read of the `config.json` of a family that is not ours."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    max_position_embeddings: Count | None = None
    hidden_size: Count | None = None
    pad_token_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class OnnxSpec(Spec):
    """An ONNX file with what the folder says about its texts and its pooling."""

    file: str
    """Path of the file inside the folder."""
    inputs: tuple[str, ...]
    output: str
    pooled: bool
    """The file pools by itself."""
    padding: int
    """Token that fills up a batch."""

    @property
    def is_a_sum(self) -> bool:
        """Never taken apart: the tokens do not leave the engine."""
        return False

    def weight_files(self) -> list[str]:
        """Return the file, and those that it says hold tensors of it."""
        return [self.file, *tensor_files(self.folder, self.file)]


class OnnxEngine:
    """An ONNX file, compiled; safe to share between threads: one batch is computed at a time."""

    def __init__(
        self, spec: OnnxSpec, precision: str, properties: dict[str, Any], left_out: int
    ) -> None:
        """Read and compile the file."""
        self._spec = spec
        self._left_out = left_out
        self._lock = threading.Lock()
        self._steps = Steps(spec.folder, spec.steps, spec.cut)
        openvino = import_openvino()
        model = openvino.Core().read_model(str(spec.folder / spec.file))
        compiled = openvino.Core().compile_model(model, "CPU", properties)
        self._request = compiled.create_infer_request()
        self._types = {
            port.get_any_name(): port.element_type.to_dtype() for port in compiled.inputs
        }
        self.name = f"openvino {openvino.get_version().split('-')[0]}, from {spec.file}"
        self.precision = precision
        self.threads = int(compiled.get_property("INFERENCE_NUM_THREADS"))

    def vectors(self, ids: list[Ints]) -> Iterator[tuple[int, npt.NDArray[np.int64], Vectors]]:
        """Yield (texts done so far, which texts, their vectors) batch by batch.

        Of m texts int64, shape (m,), and float32, shape (m, dims), not yet of unit length.
        """
        lengths = np.array([len(text) for text in ids])
        order = np.argsort(-lengths, kind="stable")
        start = 0
        while start < len(order):
            longest = -(-int(lengths[order[start]]) // 8) * 8
            longest = min(longest, max(self._spec.max_tokens, int(lengths[order[start]])))
            stop = start + max(1, _BATCH_TOKENS // longest)
            which = order[start:stop]
            yield min(stop, len(order)), which, self._run([ids[i] for i in which], longest)
            start = stop

    def _run(self, texts: list[Ints], longest: int) -> Vectors:
        lengths = np.array([len(text) for text in texts], np.int64)
        place = np.arange(longest)
        filled = np.full((len(texts), longest), self._spec.padding, np.int64)
        for row, text in zip(filled, texts, strict=True):
            row[: len(text)] = text
        given = {
            "input_ids": filled,
            "attention_mask": place < lengths[:, None],
            "token_type_ids": np.zeros_like(filled),
            "position_ids": np.broadcast_to(place, filled.shape),
        }
        inputs = {name: given[name].astype(self._types[name]) for name in self._spec.inputs}
        with self._lock:
            answer = self._request.infer(inputs)
            x = np.array(answer[self._spec.output], np.float32)
        pooled = x if self._spec.pooled else pool(x, lengths, self._spec.pooling, self._left_out)
        return self._steps(pooled)


def read_onnx(
    folder: Path,
    pipeline: Pipeline,
    content: dict[str, Any],
    rules: TextRules,
    first_position: int,
    notes: list[str],
) -> OnnxSpec:
    """Return the specification of a model with an ONNX file; see `read_model_folder`.

    Args:
        folder: the model's folder.
        pipeline: its modules.
        content: its `config.json`.
        rules: how its texts are read.
        first_position: position of a text's first token, where the family is known.
        notes: gets what a user should know.
    """
    part = pipeline.encoder
    file = onnx_file(folder, part)
    if file is None or not (folder / part / TOKENIZER).is_file():
        raise without_tokenizer(folder, part)
    try:
        config = OtherConfig.model_validate(
            {name: value for name, value in content.items() if value is not None}, strict=True
        )
    except ValidationError as error:
        raise unsupported(
            folder, f"{part}{CONFIG} has no usable {error.errors()[0]['loc'][0]}"
        ) from None
    model = _opened(folder, file)
    inputs, output, pooled, width = _ports(folder, file, model, config.hidden_size)
    rows = _rows(model)
    width = width or config.hidden_size
    if width is None:
        raise unsupported(
            folder, f"neither {file} nor {part}{CONFIG} says how wide its vectors are"
        )
    limit = _limit(config, rules, first_position, notes)
    foreign = foreign_code(content)
    if foreign:
        why = f"The authors' own code ({shown(foreign)}) is never run"
    elif content.get("model_type") in FAMILIES:
        why = "There are no other weights that can be read"
    else:
        why = f"{shown(content.get('model_type'))} is not one of our families"
    notes.append(f"{why}: OpenVINO runs {file} as it is.")
    spec = OnnxSpec(
        folder=folder,
        part=part,
        computation=f"onnx, {output}",
        rules=rules,
        pooling=Pooling(()) if pooled or pipeline.pooling is None else pipeline.pooling,
        steps=() if pooled else pipeline.steps,
        max_tokens=limit,
        dims=width,
        file=file,
        inputs=inputs,
        output=output,
        pooled=pooled,
        padding=max(config.pad_token_id or 0, 0),
    )
    if rows is not None:
        check_tokenizer(spec, rows)
    return spec


def _limit(config: OtherConfig, rules: TextRules, first_position: int, notes: list[str]) -> int:
    positions = config.max_position_embeddings
    if positions is None and rules.limit is None:
        notes.append(f"The folder sets no limit to a text; {_USUAL_LIMIT} tokens are read.")
        return _USUAL_LIMIT
    if positions and not first_position and config.pad_token_id in _RESERVED:
        # as RoBERTa has it, whose positions begin behind its padding's id: there may be two fewer
        first_position = config.pad_token_id + 1
    usable = min(positions - first_position, MOST_POSITIONS) if positions else MOST_POSITIONS
    return min(usable, rules.limit) if rules.limit else usable


def _opened(folder: Path, file: str) -> Any:  # noqa: ANN401
    try:
        return import_openvino().Core().read_model(str(folder / file))
    except Exception as error:  # the engine throws RuntimeError and its own
        for name in (file, *tensor_files(folder, file)):
            if is_pointer(folder / name):
                raise corrupt(folder / name, "is not a file of the model") from None
        said = (str(error).strip().splitlines() or ["no reason given"])[0]
        raise unsupported(folder, f"the engine can't read {file}: {shown(said, 200)}") from None


def _rows(model: Any) -> int | None:  # noqa: ANN401
    """Return for how many ids there are vectors, None where that can't be seen in the file.

    The engine reads a row that is not there as zeros.
    """
    for node in model.get_ordered_ops():
        if node.get_type_name() == "Gather":
            table, index = (_behind(node.input_value(i).get_node()) for i in (0, 1))
            named = index.get_type_name() == "Parameter" and index.get_friendly_name()
            if named == "input_ids" and table.get_type_name() == "Constant":
                return int(table.get_output_shape(0)[0])
    return None


def _behind(node: Any) -> Any:  # noqa: ANN401
    """Return what a chain of conversions begins with."""
    while node.get_type_name() in ("Convert", "Reshape", "Unsqueeze", "Multiply", "Subtract"):
        node = node.input_value(0).get_node()
    return node


def _ports(
    folder: Path,
    file: str,
    model: Any,  # noqa: ANN401
    hidden: int | None,
) -> tuple[tuple[str, ...], str, bool, int | None]:
    """Return the file's inputs, the output to take, whether that is pooled, and its width.

    An output of another name is taken where it is as wide as config.json says vectors are
    (`hidden`), so that nothing is taken for vectors that a head made of them.
    """
    inputs = tuple(port.get_any_name() for port in model.inputs)
    if "input_ids" not in inputs or set(inputs) - _INPUTS:
        raise unsupported(folder, f"{file} takes {', '.join(inputs) or 'nothing'}, not tokens")
    outputs = {name: port for port in model.outputs for name in port.get_names()}
    ranks = {name: _rank(port) for name, port in outputs.items()}
    for names, rank in ((_TOKENS, 3), (tuple(outputs), 3), (_POOLED, 2)):
        for name in names:
            if ranks.get(name) != rank:
                continue
            last = outputs[name].get_partial_shape()[rank - 1]
            width = int(last.get_length()) if last.is_static else None
            if name in _TOKENS + _POOLED or (width == hidden and "logits" not in name):
                return inputs, name, rank == 2, width
    raise unsupported(
        folder, f"{file} gives {', '.join(outputs) or 'nothing'}, no vectors of tokens"
    )


def _rank(port: Any) -> int:  # noqa: ANN401
    rank = port.get_partial_shape().rank
    return int(rank.get_length()) if rank.is_static else 0
