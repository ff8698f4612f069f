"""Gemma 3 and Qwen3: decoders used as encoders, with shared heads and root-mean-square norms.

Sources: Gemma Team 2025 (Gemma 3; EmbeddingGemma); Zhang et al. 2025 (Qwen3 Embedding); the names
of members and weights are those of `transformers` 5.24 (models/gemma3, models/qwen3).
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, model_validator

from likewise.encoders.graphs.bert import Activation
from likewise.encoders.graphs.blocks import Blocks
from likewise.encoders.graphs.config import ACTIVATIONS, Count, Epsilon, Heads, ModelConfig, Shape
from likewise.encoders.graphs.rope import (
    UNSCALED,
    LayerType,
    Rope,
    Ropes,
    Theta,
    settings_digest,
)
from likewise.encoders.local.schema import listed

_WORDS = "embed_tokens.weight"


class _Decoder(Heads):
    """What both have."""

    FIXED: ClassVar[Mapping[str, tuple[object, ...]]] = {
        **ModelConfig.FIXED,
        "attention_bias": (False,),
        "is_causal": (True,),
        "is_decoder": (True, False),
        "rope_scaling": UNSCALED,
    }
    HARMLESS: ClassVar[frozenset[str]] = ModelConfig.HARMLESS | listed(
        """
        cache_implementation pad_token_id
        """
    )

    head_dim: Annotated[int, Field(gt=0, le=8_192, multiple_of=2)]
    num_key_value_heads: Annotated[int, Field(gt=0, le=100_000)]
    intermediate_size: Count
    max_position_embeddings: Count
    rms_norm_eps: Epsilon = 1e-6

    @property
    def positions(self) -> int | None:
        """What the model was made for."""
        return self.max_position_embeddings

    @property
    def head(self) -> int:
        """`head_dim`."""
        return self.head_dim

    @model_validator(mode="after")
    def _shares(self) -> Self:
        if self.num_attention_heads % self.num_key_value_heads:
            raise ValueError(
                f"num_key_value_heads: {self.num_attention_heads} heads can't share "
                f"{self.num_key_value_heads}"
            )
        return self

    def _layer_shapes(self, at: str, norms: tuple[str, ...]) -> Iterator[tuple[str, Shape]]:
        width, inner = self.hidden_size, self.intermediate_size
        query, shared = (
            count * self.head_dim for count in (self.num_attention_heads, self.num_key_value_heads)
        )
        yield at + "self_attn.q_proj.weight", (query, width)
        yield at + "self_attn.k_proj.weight", (shared, width)
        yield at + "self_attn.v_proj.weight", (shared, width)
        yield at + "self_attn.o_proj.weight", (width, query)
        yield at + "self_attn.q_norm.weight", (self.head_dim,)
        yield at + "self_attn.k_norm.weight", (self.head_dim,)
        yield at + "mlp.gate_proj.weight", (inner, width)
        yield at + "mlp.up_proj.weight", (inner, width)
        yield at + "mlp.down_proj.weight", (width, inner)
        for name in norms:
            yield f"{at}{name}.weight", (width,)

    def _all_shapes(self, norms: tuple[str, ...]) -> Iterator[tuple[str, Shape]]:
        yield _WORDS, (self.vocab_size or "words", self.hidden_size)
        yield "norm.weight", (self.hidden_size,)
        for index in range(self.layers):
            yield from self._layer_shapes(f"layers.{index}.", norms)

    def _described(self, name: str, *settings: Any) -> str:  # noqa: ANN401
        chosen = settings_digest(self.rms_norm_eps, self.head_dim, *settings)
        heads = f"heads {self.num_attention_heads}/{self.num_key_value_heads}"
        return f"{name} {self.layers}x{self.width} {heads} {chosen}"


class Gemma3Config(_Decoder):
    """`config.json` of a Gemma 3 text model."""

    FIXED: ClassVar[Mapping[str, tuple[object, ...]]] = {
        **_Decoder.FIXED,
        "attn_logit_softcapping": (),
    }
    HARMLESS: ClassVar[frozenset[str]] = _Decoder.HARMLESS | {
        "final_logit_softcapping",
        "_sliding_window_pattern",  # layer_types says it beside
    }

    hidden_activation: Activation = "gelu_pytorch_tanh"
    query_pre_attn_scalar: Annotated[float, Field(gt=0, le=1e6)] = 256
    sliding_window: Annotated[int, Field(gt=0)] = 4_096
    sliding_window_pattern: Annotated[int, Field(gt=0)] = 6
    layer_types: list[LayerType] | None = None
    use_bidirectional_attention: bool = False
    rope_theta: Theta = 1_000_000.0
    rope_local_base_freq: Theta = 10_000.0
    rope_parameters: Ropes | None = None

    @property
    def kinds(self) -> list[LayerType]:
        """Whether each layer sees everything, or a window."""
        if self.layer_types is not None:
            return self.layer_types
        every = self.sliding_window_pattern
        return [
            "sliding_attention" if (i + 1) % every else "full_attention" for i in range(self.layers)
        ]

    def theta(self, kind: LayerType) -> float:
        """Return the base of the rotation in layers of a kind."""
        stated = self.rope_parameters.of(kind) if self.rope_parameters else Rope()
        old = self.rope_theta if kind == "full_attention" else self.rope_local_base_freq
        return stated.rope_theta or old

    @model_validator(mode="after")
    def _types(self) -> Self:
        if len(self.kinds) != self.layers:
            raise ValueError(f"layer_types: {len(self.kinds)} for {self.layers} layers")
        return self

    def shapes(self) -> Iterator[tuple[str, Shape]]:
        """Yield every weight's name and shape."""
        yield from self._all_shapes(
            (
                "input_layernorm",
                "post_attention_layernorm",
                "pre_feedforward_layernorm",
                "post_feedforward_layernorm",
            )
        )

    def described(self) -> str:
        """Return the computation in one line."""
        return self._described(
            "gemma3",
            self.kinds,
            [self.theta(kind) for kind in ("full_attention", "sliding_attention")],
            self.query_pre_attn_scalar,
            self.sliding_window,
            self.use_bidirectional_attention,
            ACTIVATIONS[self.hidden_activation],
        )


class Qwen3Config(_Decoder):
    """`config.json` of a Qwen3 model."""

    FIXED: ClassVar[Mapping[str, tuple[object, ...]]] = {
        **_Decoder.FIXED,
        "use_bidirectional_attention": (False,),
        "use_sliding_window": (False,),
    }
    HARMLESS: ClassVar[frozenset[str]] = _Decoder.HARMLESS | {"sliding_window", "max_window_layers"}

    head_dim: Annotated[int, Field(gt=0, le=8_192, multiple_of=2)] = 128
    hidden_act: Activation = "silu"
    rope_theta: Theta | None = None
    rope_parameters: Rope | None = None
    layer_types: list[LayerType] | None = None

    @property
    def theta(self) -> float:
        """The base of the rotation."""
        stated = self.rope_parameters and self.rope_parameters.rope_theta
        return stated or self.rope_theta or 10_000.0

    @model_validator(mode="after")
    def _types(self) -> Self:
        if self.layer_types not in (None, ["full_attention"] * self.layers):
            raise ValueError(f"layer_types: something else than {self.layers} of full attention")
        return self

    def shapes(self) -> Iterator[tuple[str, Shape]]:
        """Yield every weight's name and shape."""
        yield from self._all_shapes(("input_layernorm", "post_attention_layernorm"))

    def described(self) -> str:
        """Return the computation in one line."""
        return self._described("qwen3", self.theta, ACTIVATIONS[self.hidden_act])


def build_qwen3(b: Blocks, config: Qwen3Config) -> Any:  # noqa: ANN401
    """Return the packed tokens' vectors."""
    eps = config.rms_norm_eps
    turned = b.rotary(config.head_dim, config.theta)
    x = b.words(_WORDS)
    for index in range(config.layers):
        at = f"layers.{index}."
        normed = b.rms_norm(x, at + "input_layernorm", eps)
        # holes stand behind a text's tokens, and no token looks there
        x = b.add(x, _attention(b, config, at, normed, turned, causal=True))
        normed = b.rms_norm(x, at + "post_attention_layernorm", eps)
        x = b.add(x, _gated(b, at, normed, ACTIVATIONS[config.hidden_act]))
    return b.rms_norm(x, "norm", eps)


def build_gemma3(b: Blocks, config: Gemma3Config) -> Any:  # noqa: ANN401
    """Return the packed tokens' vectors."""
    eps, one = config.rms_norm_eps, 1.0  # weights are stored as their difference to 1
    kinds = config.kinds
    turned = {kind: b.rotary(config.head_dim, config.theta(kind)) for kind in set(kinds)}
    scale = config.query_pre_attn_scalar**-0.5
    biases = {kind: _gemma_bias(b, config, kind) for kind in set(kinds)}
    x = b.multiply(b.words(_WORDS), b.number(config.hidden_size**0.5))
    for index, kind in enumerate(kinds):
        at = f"layers.{index}."
        normed = b.rms_norm(x, at + "input_layernorm", eps, one)
        attended = _attention(
            b, config, at, normed, turned[kind], bias=biases[kind], scale=scale, offset=one
        )
        x = b.add(x, b.rms_norm(attended, at + "post_attention_layernorm", eps, one))
        normed = b.rms_norm(x, at + "pre_feedforward_layernorm", eps, one)
        inner = _gated(b, at, normed, ACTIVATIONS[config.hidden_activation])
        x = b.add(x, b.rms_norm(inner, at + "post_feedforward_layernorm", eps, one))
    return b.rms_norm(x, "norm", eps, one)


def _gemma_bias(b: Blocks, config: Gemma3Config, kind: LayerType) -> Any:  # noqa: ANN401
    if config.use_bidirectional_attention:
        if kind == "full_attention":
            return b.padding_bias
        # the authors' code halves the window and adds 1, and the edge is not seen
        return b.window_bias(config.sliding_window // 2)
    reach = None if kind == "full_attention" else config.sliding_window - 1
    return b.causal_bias(reach)


def _attention(
    b: Blocks,
    config: Any,  # noqa: ANN401
    at: str,
    x: Any,  # noqa: ANN401
    turned: Any,  # noqa: ANN401
    *,
    bias: Any = None,  # noqa: ANN401
    scale: float | None = None,
    causal: bool = False,
    offset: float = 0.0,
) -> Any:  # noqa: ANN401
    heads, groups, eps = (
        config.num_attention_heads,
        config.num_key_value_heads,
        config.rms_norm_eps,
    )
    sides = []
    for name, count in (("q", heads), ("k", groups)):
        apart = b.heads(b.linear(x, f"{at}self_attn.{name}_proj", bias=False), count)
        normed = b.rms_norm(apart, f"{at}self_attn.{name}_norm", eps, offset)
        sides.append(b.joined(b.turn(normed, turned)))
    value = b.linear(x, at + "self_attn.v_proj", bias=False)
    query, key = sides
    attended = b.attention(
        query, key, value, heads, groups=groups, bias=bias, scale=scale, causal=causal
    )
    return b.linear(attended, at + "self_attn.o_proj", bias=False)


def _gated(b: Blocks, at: str, x: Any, activation: str) -> Any:  # noqa: ANN401
    gate = b.activate(b.linear(x, at + "mlp.gate_proj", bias=False), activation)
    up = b.linear(x, at + "mlp.up_proj", bias=False)
    return b.linear(b.multiply(gate, up), at + "mlp.down_proj", bias=False)
