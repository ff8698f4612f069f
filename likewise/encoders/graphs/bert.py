"""BERT, RoBERTa, XLM-RoBERTa, CamemBERT and DistilBERT.

Sources: Devlin et al. 2019 (BERT); Liu et al. 2019 (RoBERTa); Sanh et al. 2019 (DistilBERT);
the names of members and weights are those of `transformers` 5.24 (models/bert, models/roberta,
models/distilbert).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AliasChoices, Field

from likewise.encoders.graphs.blocks import Blocks
from likewise.encoders.graphs.config import (
    ACTIVATIONS,
    Count,
    Epsilon,
    Heads,
    ModelConfig,
    Shape,
)

Activation = Literal[
    "gelu", "gelu_python", "gelu_new", "gelu_fast", "gelu_pytorch_tanh", "relu", "silu", "swish"
]


@dataclass(frozen=True)
class _Names:
    """What the parts of a layer are called."""

    layer: str
    query: str
    key: str
    value: str
    attended: str
    attention_norm: str
    up: str
    down: str
    output_norm: str


_BERT = _Names(
    layer="encoder.layer.{}.",
    query="attention.self.query",
    key="attention.self.key",
    value="attention.self.value",
    attended="attention.output.dense",
    attention_norm="attention.output.LayerNorm",
    up="intermediate.dense",
    down="output.dense",
    output_norm="output.LayerNorm",
)
_DISTILBERT = _Names(
    layer="transformer.layer.{}.",
    query="attention.q_lin",
    key="attention.k_lin",
    value="attention.v_lin",
    attended="attention.out_lin",
    attention_norm="sa_layer_norm",
    up="ffn.lin1",
    down="ffn.lin2",
    output_norm="output_layer_norm",
)


class BertConfig(Heads):
    """`config.json` of a BERT model."""

    FIXED: ClassVar[Mapping[str, tuple[object, ...]]] = {
        **ModelConfig.FIXED,
        "position_embedding_type": ("absolute",),
        "embedding_size": (),
    }
    HARMLESS: ClassVar[frozenset[str]] = ModelConfig.HARMLESS | {"activation"}

    layer_norm_eps: Epsilon = 1e-12
    hidden_act: Activation = "gelu"
    max_position_embeddings: Count | None = None
    type_vocab_size: Count | None = None
    pad_token_id: Annotated[int, Field(ge=0, le=1 << 20)] | None = None
    """Not used; but one that no table has tells of a broken file."""

    @property
    def positions(self) -> int | None:
        """`max_position_embeddings`."""
        return self.max_position_embeddings

    def shapes(self) -> Iterator[tuple[str, Shape]]:
        """Yield every weight's name and shape."""
        yield (
            "embeddings.token_type_embeddings.weight",
            (
                self.type_vocab_size or "types",
                self.hidden_size,
            ),
        )
        yield from _shapes(self, _BERT, self.intermediate_size or "inner")

    def described(self) -> str:
        """Return e.g. `bert 6x384 heads 12 erf eps 1e-12 from 0`."""
        return _described(self, "bert")


class RobertaConfig(BertConfig):
    """`config.json` of a RoBERTa model, which counts positions from its padding's id + 1."""

    HARMLESS: ClassVar[frozenset[str]] = ModelConfig.HARMLESS | {"activation"}

    NAME: ClassVar[str] = "roberta"
    pad_token_id: Annotated[int, Field(ge=0, le=1 << 20)] = 1

    @property
    def first_position(self) -> int:
        """Position of the first token that is not padding."""
        return self.pad_token_id + 1

    @property
    def still(self) -> int | None:
        """A padding token that stands in a text; source: create_position_ids_from_input_ids."""
        return self.pad_token_id

    def described(self) -> str:
        """Return the line of `BertConfig.described`, and that padding stands still."""
        return _described(self, self.NAME) + ", padding at its own"


class XlmRobertaConfig(RobertaConfig):
    """`config.json` of an XLM-RoBERTa model."""

    NAME: ClassVar[str] = "xlm-roberta"


class CamembertConfig(RobertaConfig):
    """`config.json` of a CamemBERT model."""

    NAME: ClassVar[str] = "camembert"


class DistilBertConfig(Heads):
    """`config.json` of a DistilBERT model."""

    HARMLESS: ClassVar[frozenset[str]] = ModelConfig.HARMLESS | {
        "pad_token_id",
        "hidden_act",
        "layer_norm_eps",  # the model's code has it fixed
        "sinusoidal_pos_embds",  # the table stands in the weights
    }

    hidden_size: Count = Field(validation_alias=AliasChoices("dim", "hidden_size"))
    num_hidden_layers: Annotated[int, Field(gt=0, le=10_000)] = Field(
        validation_alias=AliasChoices("n_layers", "num_hidden_layers")
    )
    num_attention_heads: Annotated[int, Field(gt=0, le=100_000)] = Field(
        validation_alias=AliasChoices("n_heads", "num_attention_heads")
    )
    intermediate_size: Count | None = Field(None, validation_alias="hidden_dim")
    activation: Activation = "gelu"
    max_position_embeddings: Count | None = None

    @property
    def positions(self) -> int | None:
        """`max_position_embeddings`."""
        return self.max_position_embeddings

    @property
    def layer_norm_eps(self) -> float:
        """The constant of the authors' code."""
        return 1e-12

    @property
    def hidden_act(self) -> str:
        """`activation`."""
        return self.activation

    def shapes(self) -> Iterator[tuple[str, Shape]]:
        """Yield every weight's name and shape."""
        yield from _shapes(self, _DISTILBERT, self.intermediate_size or "inner")

    def described(self) -> str:
        """Return the line of `BertConfig.described`."""
        return _described(self, "distilbert")


def build_bert(b: Blocks, config: BertConfig) -> Any:  # noqa: ANN401
    """Return the packed tokens' vectors of a BERT or RoBERTa model."""
    # every token is of type 0, so its type's row can be folded into the positions
    types = b.read("embeddings.token_type_embeddings.weight")[0]
    return _encoder(b, config, _BERT, types)


def build_distilbert(b: Blocks, config: DistilBertConfig) -> Any:  # noqa: ANN401
    """Return the packed tokens' vectors of a DistilBERT model."""
    return _encoder(b, config, _DISTILBERT, 0.0)


def _encoder(b: Blocks, config: Any, names: _Names, types: Any) -> Any:  # noqa: ANN401
    eps = config.layer_norm_eps
    table = b.read("embeddings.position_embeddings.weight") + types
    x = b.add(b.words("embeddings.word_embeddings.weight"), b.take(b.constant(table), b.positions))
    x = b.layer_norm(x, "embeddings.LayerNorm", eps)
    for index in range(config.layers):
        x = _layer(b, config, names, names.layer.format(index), x)
    return x


def _layer(b: Blocks, config: Any, names: _Names, at: str, x: Any) -> Any:  # noqa: ANN401
    eps, heads = config.layer_norm_eps, config.num_attention_heads
    query, key, value = (b.linear(x, at + name) for name in (names.query, names.key, names.value))
    attended = b.attention(query, key, value, heads, bias=b.padding_bias)
    x = b.layer_norm(
        b.add(x, b.linear(attended, at + names.attended)), at + names.attention_norm, eps
    )
    inner = b.activate(b.linear(x, at + names.up), ACTIVATIONS[config.hidden_act])
    return b.layer_norm(b.add(x, b.linear(inner, at + names.down)), at + names.output_norm, eps)


def _shapes(config: Any, names: _Names, inner: int | str) -> Iterator[tuple[str, Shape]]:  # noqa: ANN401
    width = config.hidden_size
    yield "embeddings.word_embeddings.weight", (config.vocab_size or "words", width)
    yield "embeddings.position_embeddings.weight", (config.positions or "positions", width)
    yield from norm("embeddings.LayerNorm", width)
    for index in range(config.layers):
        at = names.layer.format(index)
        for name in (names.query, names.key, names.value, names.attended):
            yield from linear(at + name, width, width)
        yield from linear(at + names.up, inner, width)
        yield from linear(at + names.down, width, inner)
        yield from norm(at + names.attention_norm, width)
        yield from norm(at + names.output_norm, width)


def linear(name: str, out: int | str, into: int | str) -> Iterator[tuple[str, Shape]]:
    """Yield weight and bias of a linear layer."""
    yield f"{name}.weight", (out, into)
    yield f"{name}.bias", (out,)


def norm(name: str, width: int) -> Iterator[tuple[str, Shape]]:
    """Yield weight and bias of a layer norm."""
    yield f"{name}.weight", (width,)
    yield f"{name}.bias", (width,)


def _described(config: Any, name: str) -> str:  # noqa: ANN401
    return (
        f"{name} {config.layers}x{config.width} heads {config.num_attention_heads} "
        f"{ACTIVATIONS[config.hidden_act]} eps {config.layer_norm_eps:g} "
        f"from {config.first_position}"
    )
