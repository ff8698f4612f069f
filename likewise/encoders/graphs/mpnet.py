"""MPNet: BERT with positions from its padding's id + 1, and scores that know distances.

Sources: Song et al. 2020 (MPNet); Raffel et al. 2020 (the buckets of T5); the names of members
and weights are those of `transformers` 5.24 (models/mpnet/modeling_mpnet.py).
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from likewise.encoders.graphs.bert import Activation, linear, norm
from likewise.encoders.graphs.blocks import Blocks
from likewise.encoders.graphs.config import ACTIVATIONS, Count, Epsilon, Heads, ModelConfig, Shape

_PADDING = 1  # fixed in the authors' code, whatever config.json says
_BUCKETS = 32  # so is this
_FURTHEST = 128
_BIAS = "encoder.relative_attention_bias.weight"


class MpnetConfig(Heads):
    """`config.json` of an MPNet model."""

    FIXED: ClassVar[Mapping[str, tuple[object, ...]]] = {
        **ModelConfig.FIXED,
        "pad_token_id": (_PADDING,),
        "embedding_size": (),
        "relative_attention_num_buckets": (_BUCKETS,),
    }
    HARMLESS: ClassVar[frozenset[str]] = ModelConfig.HARMLESS | {"type_vocab_size"}  # it has none

    layer_norm_eps: Epsilon = 1e-12
    hidden_act: Activation = "gelu"
    max_position_embeddings: Count | None = None

    @property
    def positions(self) -> int | None:
        """`max_position_embeddings`."""
        return self.max_position_embeddings

    @property
    def first_position(self) -> int:
        """Position of the first token that is not padding."""
        return _PADDING + 1

    @property
    def still(self) -> int | None:
        """Padding that stands in a text; source: create_position_ids_from_input_ids."""
        return _PADDING

    def shapes(self) -> Iterator[tuple[str, Shape]]:
        """Yield every weight's name and shape."""
        width, inner = self.hidden_size, self.intermediate_size or "inner"
        yield "embeddings.word_embeddings.weight", (self.vocab_size or "words", width)
        yield "embeddings.position_embeddings.weight", (self.positions or "positions", width)
        yield from norm("embeddings.LayerNorm", width)
        yield _BIAS, (_BUCKETS, self.num_attention_heads)
        for index in range(self.layers):
            at = f"encoder.layer.{index}."
            for name in "qkvo":
                yield from linear(f"{at}attention.attn.{name}", width, width)
            yield from linear(at + "intermediate.dense", inner, width)
            yield from linear(at + "output.dense", width, inner)
            yield from norm(at + "attention.LayerNorm", width)
            yield from norm(at + "output.LayerNorm", width)

    def described(self) -> str:
        """Return the computation in one line."""
        return (
            f"mpnet {self.layers}x{self.width} heads {self.num_attention_heads} "
            f"{ACTIVATIONS[self.hidden_act]} eps {self.layer_norm_eps:g} from {_PADDING + 1}"
        )


def build_mpnet(b: Blocks, config: MpnetConfig) -> Any:  # noqa: ANN401
    """Return the packed tokens' vectors."""
    eps, op = config.layer_norm_eps, b.op
    table = b.read("embeddings.position_embeddings.weight")
    x = b.add(b.words("embeddings.word_embeddings.weight"), b.take(b.constant(table), b.positions))
    x = b.layer_norm(x, "embeddings.LayerNorm", eps)
    bias = op.add(b.padding_bias, _distance_bias(b, len(table)))
    for index in range(config.layers):
        at = f"encoder.layer.{index}."
        query, key, value = (b.linear(x, f"{at}attention.attn.{name}") for name in "qkv")
        attended = b.attention(query, key, value, config.num_attention_heads, bias=bias)
        out = b.linear(attended, at + "attention.attn.o")
        x = b.layer_norm(b.add(x, out), at + "attention.LayerNorm", eps)
        inner = b.activate(b.linear(x, at + "intermediate.dense"), ACTIVATIONS[config.hidden_act])
        x = b.layer_norm(
            b.add(x, b.linear(inner, at + "output.dense")), at + "output.LayerNorm", eps
        )
    return x


def _distance_bias(b: Blocks, positions: int) -> Any:  # noqa: ANN401
    """Return what a pair of tokens' distance adds to its score, (1, heads, tokens, tokens)."""
    op = b.op
    # a batch's width is rounded up, so a hole may lie a little further off than any token
    reach = positions + 64
    buckets = bucket(np.arange(-reach, reach + 1))
    table = b.constant(b.read(_BIAS)[buckets])
    added = b.take(table, op.add(b.distances, b.integers(reach)))
    return op.unsqueeze(op.transpose(added, b.integers([2, 0, 1])), b.integers([0]))


def bucket(distance: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the bucket of each distance, which is the key's place less the query's.

    Exact up to a quarter of the buckets, by logarithm up to 128; one half for each direction.
    """
    half = _BUCKETS // 2
    exact = half // 2
    away = np.abs(distance)
    scale = np.float32(half - exact) / np.float32(math.log(_FURTHEST / exact))
    far = np.log(np.maximum(away, 1).astype(np.float32) / np.float32(exact)) * scale
    coarse = np.minimum(exact + far.astype(np.int64), half - 1)
    found = np.where(away < exact, away, coarse) + half * (distance > 0)
    return np.asarray(found, np.int64)
