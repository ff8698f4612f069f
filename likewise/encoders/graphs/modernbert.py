"""ModernBERT: norm first, turned heads, windows of attention, gated inner layers.

Sources: Warner et al. 2024 (ModernBERT); the names of members and weights are those of
`transformers` 5.24 (models/modernbert).
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

_WORDS = "embeddings.tok_embeddings.weight"


class ModernBertConfig(Heads):
    """`config.json` of a ModernBERT model."""

    FIXED: ClassVar[Mapping[str, tuple[object, ...]]] = {
        **ModelConfig.FIXED,
        "position_embedding_type": ("absolute", "rope", "sans_pos"),
        "rope_scaling": UNSCALED,
    }
    HARMLESS: ClassVar[frozenset[str]] = ModelConfig.HARMLESS | listed(
        """
        classifier_activation classifier_bias classifier_pooling cls_token_id compile_mlp
        decoder_bias deterministic_flash_attn initializer_cutoff_factor layer_norm_eps mlp_dropout
        pad_token_id reference_compile repad_logits_with_grad sparse_pred_ignore_index
        sparse_prediction
        """
    )

    intermediate_size: Count = 1152
    hidden_activation: Activation = "gelu"
    max_position_embeddings: Count = 8192
    norm_eps: Epsilon = 1e-5
    norm_bias: bool = False
    attention_bias: bool = False
    mlp_bias: bool = False
    local_attention: Annotated[int, Field(gt=1)] = 128
    sliding_window: Count | None = None
    """Half of `local_attention`, which `transformers` 5 takes in its place."""
    global_attn_every_n_layers: Annotated[int, Field(gt=0)] = 3
    layer_types: list[LayerType] | None = None
    global_rope_theta: Theta = 160_000.0
    local_rope_theta: Theta | None = 10_000.0
    rope_parameters: Ropes | None = None

    @property
    def positions(self) -> int | None:
        """`max_position_embeddings`."""
        return self.max_position_embeddings

    @property
    def kinds(self) -> list[LayerType]:
        """Whether each layer sees everything, or a window."""
        if self.layer_types is not None:
            return self.layer_types
        every = self.global_attn_every_n_layers
        return ["sliding_attention" if i % every else "full_attention" for i in range(self.layers)]

    def theta(self, kind: LayerType) -> float:
        """Return the base of the rotation in layers of a kind."""
        stated = self.rope_parameters.of(kind) if self.rope_parameters else Rope()
        if stated.rope_theta is not None:
            return stated.rope_theta
        full = self.global_rope_theta
        return full if kind == "full_attention" else self.local_rope_theta or full

    @model_validator(mode="after")
    def _types(self) -> Self:
        if len(self.kinds) != self.layers:
            raise ValueError(f"layer_types: {len(self.kinds)} for {self.layers} layers")
        if self.sliding_window not in (None, self.local_attention // 2):
            raise ValueError(
                f"sliding_window: {self.sliding_window}, where local_attention is "
                f"{self.local_attention}"
            )
        return self

    def shapes(self) -> Iterator[tuple[str, Shape]]:
        """Yield every weight's name and shape."""
        width, inner = self.hidden_size, self.intermediate_size
        yield _WORDS, (self.vocab_size or "words", width)
        yield from self._norm("embeddings.norm")
        yield from self._norm("final_norm")
        for index in range(self.layers):
            at = f"layers.{index}."
            if index:
                yield from self._norm(at + "attn_norm")
            yield from self._norm(at + "mlp_norm")
            for name, out, into, bias in (
                ("attn.Wqkv", 3 * width, width, self.attention_bias),
                ("attn.Wo", width, width, self.attention_bias),
                ("mlp.Wi", 2 * inner, width, self.mlp_bias),
                ("mlp.Wo", width, inner, self.mlp_bias),
            ):
                yield f"{at}{name}.weight", (out, into)
                if bias:
                    yield f"{at}{name}.bias", (out,)

    def _norm(self, name: str) -> Iterator[tuple[str, Shape]]:
        yield f"{name}.weight", (self.hidden_size,)
        if self.norm_bias:
            yield f"{name}.bias", (self.hidden_size,)

    def described(self) -> str:
        """Return the computation in one line."""
        size = f"modernbert {self.layers}x{self.width} heads {self.num_attention_heads}"
        thetas = [self.theta(kind) for kind in ("full_attention", "sliding_attention")]
        chosen = [ACTIVATIONS[self.hidden_activation], self.norm_eps, self.local_attention // 2]
        return f"{size} {settings_digest(self.kinds, thetas, chosen)}"


def build_modernbert(b: Blocks, config: ModernBertConfig) -> Any:  # noqa: ANN401
    """Return the packed tokens' vectors."""
    eps, bias, heads = config.norm_eps, config.norm_bias, config.num_attention_heads
    kinds = config.kinds
    turned = {kind: b.rotary(config.head, config.theta(kind)) for kind in set(kinds)}
    # a token sees half the window on each side, the edge included
    window = b.window_bias(config.local_attention // 2)
    x = b.layer_norm(b.words(_WORDS), "embeddings.norm", eps, bias=bias)
    for index, kind in enumerate(kinds):
        at = f"layers.{index}."
        normed = b.layer_norm(x, at + "attn_norm", eps, bias=bias) if index else x
        query, key, value = b.split_linear(normed, at + "attn.Wqkv", 3, bias=config.attention_bias)
        query, key = (b.joined(b.turn(b.heads(one, heads), turned[kind])) for one in (query, key))
        hidden = b.padding_bias if kind == "full_attention" else window
        attended = b.attention(query, key, value, heads, bias=hidden)
        x = b.add(x, b.linear(attended, at + "attn.Wo", bias=config.attention_bias))
        normed = b.layer_norm(x, at + "mlp_norm", eps, bias=bias)
        inner, gate = b.split_linear(normed, at + "mlp.Wi", 2, bias=config.mlp_bias)
        gated = b.multiply(b.activate(inner, ACTIVATIONS[config.hidden_activation]), gate)
        x = b.add(x, b.linear(gated, at + "mlp.Wo", bias=config.mlp_bias))
    return b.layer_norm(x, "final_norm", eps, bias=bias)
