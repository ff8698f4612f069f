"""Static models: a vector for each token, and the mean of them for a text.

Sources: `sentence-transformers` 6.2 (sentence_transformer/modules/static_embedding.py);
MinishLab/model2vec 0.10 (model2vec/model.py). They differ in two things: model2vec leaves out what
its tokenizer doesn't know, and reads no more than 512 tokens; sentence-transformers reads as many
as `tokenizer.json` itself says, mostly all. A folder that says it is model2vec's is read as
model2vec reads it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, ClassVar

import numpy as np
import numpy.typing as npt
from pydantic import Field

from likewise.encoders.local.files import MODEL2VEC, TOKENIZER
from likewise.encoders.local.modules import CONFIG, Pipeline, Pooling
from likewise.encoders.local.numpy_head import Steps
from likewise.encoders.local.packing import Ints
from likewise.encoders.local.schema import Members, listed, missing, read_object, unsupported
from likewise.encoders.local.spec import Spec, check_tokenizer
from likewise.encoders.local.tensors import Tensors, check_shapes, open_tensors
from likewise.encoders.local.texts import TextRules
from likewise.encoders.local.tokenizer import TextTokenizer
from likewise.errors import shown
from likewise.types import Vectors

_MOST_TOKENS = 512  # of model2vec, where its configuration says nothing
_AT_ONCE = 1 << 15

_TABLE = "embedding.weight"
_TABLE_OF_KINDS = "embeddings"
"""A table of model2vec's, beside which may stand which row is a token's, and a weight for it."""
_BESIDE = ("mapping", "weights")


class Model2VecConfig(Members):
    """`config.json` of model2vec."""

    FIXED: ClassVar[Mapping[str, tuple[object, ...]]] = {"pooling": ("mean",)}
    HARMLESS: ClassVar[frozenset[str]] = listed(
        """
        _name_or_path apply_pca apply_zipf architectures base_model_name embedding_dtype
        head_config hidden_dim language model_type normalize seq_length sif_coefficient
        tokenizer_name torch_dtype transformers_version vocabulary_quantization
        """
    )

    max_length: Annotated[int, Field(gt=0)] | None = None


@dataclass(frozen=True, kw_only=True)
class StaticSpec(Spec):
    """A table of vectors, one for each token, or for each kind of token."""

    tensors: Tensors
    table: str
    """Name of the table."""
    own: bool
    """It is computed as model2vec does."""

    def read_tokenizer(self) -> TextTokenizer:
        """Return the model's tokenizer from its file."""
        return TextTokenizer(
            self.folder / self.part / TOKENIZER,
            max_tokens=self.max_tokens if self.own else None,
            rules=self.rules,
            special=False,
            drop_unknown=self.own,
            cut_by_length=self.own,
        )


class StaticEngine:
    """Looks vectors up and takes their mean, in float32; safe to share between threads."""

    name = "numpy"
    precision = "f32"
    threads = 1

    def __init__(self, spec: StaticSpec) -> None:
        """Read the table."""
        tensors = spec.tensors
        self._table = tensors(spec.table, integers=spec.own)
        beside = spec.table == _TABLE_OF_KINDS
        self._kinds = tensors.integers("mapping") if beside and "mapping" in tensors else None
        self._weights = tensors("weights") if beside and "weights" in tensors else None
        self._steps = Steps(spec.folder, spec.steps, spec.cut)

    def vectors(self, ids: list[Ints]) -> Iterator[tuple[int, npt.NDArray[np.int64], Vectors]]:
        """Yield (texts done so far, which texts, their vectors); see `PackedEngine.vectors`."""
        done = 0
        while done < len(ids):
            stop, tokens = done + 1, len(ids[done])
            while stop < len(ids) and tokens + len(ids[stop]) <= _AT_ONCE:
                tokens += len(ids[stop])
                stop += 1
            means = self._means(ids[done:stop])
            yield stop, np.arange(done, stop), self._after(means)
            done = stop

    def tokens(self, ids: list[Ints]) -> list[Vectors]:
        """Return each text's token vectors."""
        return [self._rows(text) for text in ids]

    def _rows(self, ids: Ints) -> Vectors:
        rows: Vectors = self._table[ids if self._kinds is None else self._kinds[ids]]
        return rows if self._weights is None else rows * self._weights[ids][:, None]

    def _means(self, ids: list[Ints]) -> Vectors:
        if len(ids) == 1:
            parts = (ids[0][i : i + _AT_ONCE] for i in range(0, len(ids[0]), _AT_ONCE))
            total = sum(self._rows(part).sum(axis=0, dtype=np.float64) for part in parts)
            return np.asarray(total / len(ids[0]), np.float32)[None]
        lengths = np.array([len(text) for text in ids])
        starts = np.cumsum(lengths) - lengths
        sums = np.add.reduceat(self._rows(np.concatenate(ids)), starts, axis=0)
        return np.asarray(sums / lengths[:, None], np.float32)

    def _after(self, x: Vectors) -> Vectors:
        x = self._steps(x)
        # a text of which nothing is left has no direction: it gets one that is near none
        nothing = ~x.any(axis=1)
        if nothing.any():
            x = x.copy()
            x[nothing] = 1
        return x


def read_static(folder: Path, pipeline: Pipeline, notes: list[str]) -> StaticSpec:
    """Return the specification of a static model; see `read_model_folder`."""
    part = pipeline.encoder
    if not (folder / part / TOKENIZER).is_file():
        raise missing(folder, part + TOKENIZER)
    content = read_object(folder / part / CONFIG)
    own = content.get("model_type") == MODEL2VEC
    limit: int | None = None
    if own:
        config = Model2VecConfig.understood(folder, part + CONFIG, content, notes)
        # null is "no limit" here
        limit = config.max_length if "max_length" in content else _MOST_TOKENS
    tensors = open_tensors(folder, part)
    table = next((name for name in (_TABLE, _TABLE_OF_KINDS) if name in tensors), None)
    if table is None:
        raise unsupported(folder, f"its weights have no {_TABLE!r} and no {_TABLE_OF_KINDS!r}")
    rows, width = _checked(tensors, table, own=own)
    used = {table, *(_BESIDE if table == _TABLE_OF_KINDS else ())}
    if rest := sorted(set(tensors) - used):
        notes.append(f"Not used of its weights: {', '.join(shown(name) for name in rest[:5])}.")
    spec = StaticSpec(
        folder=folder,
        part=part,
        computation=f"static {width}" + (" of model2vec" if own else ""),
        # model2vec sets the limit anew, and so the side
        rules=TextRules(limit=limit, side="right" if own else None),
        pooling=Pooling(),
        steps=pipeline.steps,
        max_tokens=limit or 0,
        dims=width,
        tensors=tensors,
        table=table,
        own=own,
    )
    check_tokenizer(spec, rows)
    return replace(spec, max_tokens=spec.tokenizer("").max_tokens)


def _checked(tensors: Tensors, table: str, *, own: bool) -> tuple[int, int]:
    """Return for how many tokens there are vectors, and their width."""
    sizes = check_shapes(tensors, [(table, ("rows", "width"))], "static model", integers=own)
    rows = sizes["rows"]
    if table == _TABLE:
        return rows, sizes["width"]
    if "mapping" in tensors:
        kinds = tensors.integers("mapping")
        if kinds.ndim != 1 or not len(kinds) or kinds.min() < 0 or kinds.max() >= rows:
            raise unsupported(tensors.folder, f"its mapping leads outside of its {rows:,} rows")
        rows = len(kinds)
    if "weights" in tensors:
        check_shapes(tensors, [("weights", (rows,))], "static model")
    return rows, sizes["width"]
