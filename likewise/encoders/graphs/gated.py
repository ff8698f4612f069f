"""NomicBERT and GTE: norm last, turned heads, gated inner layers.

Sources: Nussbaum et al. 2024 (nomic-embed-text) with its authors' code (nomic-ai/contrastors,
models/huggingface/modeling_hf_nomic_bert.py); Zhang et al. 2024 (mGTE). The names of members are
the authors' own, `n_embd` and the like, or those of `transformers` 5.24 (models/nomic_bert,
models/gte), those of weights the authors' (transformers/conversion_mapping.py has both).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, model_validator

from likewise.encoders.graphs.bert import Activation, norm
from likewise.encoders.graphs.blocks import Blocks
from likewise.encoders.graphs.config import ACTIVATIONS, Count, Epsilon, Heads, ModelConfig, Shape
from likewise.encoders.graphs.rope import Rope, Theta, settings_digest
from likewise.encoders.local.schema import listed

_WORDS = "embeddings.word_embeddings.weight"
_TYPES = "embeddings.token_type_embeddings.weight"


class NomicBertConfig(Heads):
    """`config.json` of a NomicBERT model."""

    FIXED: ClassVar[Mapping[str, tuple[object, ...]]] = {
        **ModelConfig.FIXED,
        "causal": (False,),
        "mlp_fc1_bias": (False,),
        "mlp_fc2_bias": (False,),
        "norm_mlp": (False,),
        "num_experts": (0,),
        "num_shared_experts": (0,),
        "moe_every_n_layers": (0,),
        "parallel_block": (False,),
        "parallel_block_tied_norm": (False,),
        "prenorm": (False,),
        "qkv_proj_bias": (False,),
        "rotary_emb_fraction": (1.0, 1),
        "rotary_emb_interleaved": (False,),
        "rotary_emb_scale_base": (),
        "rotary_scaling_factor": (),
        "scale_attn_by_inverse_layer_idx": (False,),
        "scale_attn_weights": (True,),
        "use_rms_norm": (False,),
    }
    HARMLESS: ClassVar[frozenset[str]] = ModelConfig.HARMLESS | listed(
        """
        attn_pdrop dense_seq_output embd_pdrop expert_choice_router ffn_div fused_bias_fc
        fused_dropout_add_ln last_layer_subset max_trained_positions moe_impl
        moe_normalize_expert_weights moe_resid_pdrop moe_top_k n_ctx pad_token_id
        pad_vocab_size_multiple pad_vocab_to_multiple_of reorder_and_upcast_attn resid_pdrop
        router_aux_loss_coef summary_activation summary_first_dropout summary_proj_to_labels
        summary_type summary_use_proj use_flash_attn use_xentropy
        """
    )

    hidden_size: Count = Field(validation_alias=AliasChoices("n_embd", "hidden_size"))
    num_hidden_layers: Annotated[int, Field(gt=0, le=10_000)] = Field(
        validation_alias=AliasChoices("n_layer", "num_hidden_layers")
    )
    num_attention_heads: Annotated[int, Field(gt=0, le=100_000)] = Field(
        validation_alias=AliasChoices("n_head", "num_attention_heads")
    )
    intermediate_size: Count | None = Field(
        None, validation_alias=AliasChoices("n_inner", "intermediate_size")
    )
    max_position_embeddings: Count = Field(
        2_048, validation_alias=AliasChoices("n_positions", "max_position_embeddings")
    )
    layer_norm_eps: Epsilon = Field(
        1e-12, validation_alias=AliasChoices("layer_norm_epsilon", "layer_norm_eps")
    )
    activation: Literal["swiglu", "silu"] = Field(
        "swiglu", validation_alias=AliasChoices("activation_function", "hidden_act")
    )
    rotary_emb_base: Theta = 1_000.0
    rope_parameters: Rope | None = None
    type_vocab_size: Annotated[int, Field(ge=0)] = 2
    head_dim: Count | None = None

    @model_validator(mode="after")
    def _heads(self) -> Self:
        if self.head_dim not in (None, self.head):
            raise ValueError(f"head_dim: {self.head_dim}, where heads have {self.head} numbers")
        return self

    @property
    def positions(self) -> int | None:
        """What the model was made for."""
        return self.max_position_embeddings

    @property
    def theta(self) -> float:
        """The base of the rotation."""
        stated = self.rope_parameters and self.rope_parameters.rope_theta
        return stated or self.rotary_emb_base

    def shapes(self) -> Iterator[tuple[str, Shape]]:
        """Yield every weight's name and shape."""
        width, inner = self.hidden_size, self.intermediate_size or "inner"
        yield _WORDS, (self.vocab_size or "words", width)
        if self.type_vocab_size:
            yield _TYPES, (self.type_vocab_size, width)
        yield from norm("emb_ln", width)
        for index in range(self.layers):
            at = f"encoder.layers.{index}."
            yield at + "attn.Wqkv.weight", (3 * width, width)
            yield at + "attn.out_proj.weight", (width, width)
            yield at + "mlp.fc11.weight", (inner, width)
            yield at + "mlp.fc12.weight", (inner, width)
            yield at + "mlp.fc2.weight", (width, inner)
            yield from norm(at + "norm1", width)
            yield from norm(at + "norm2", width)

    def described(self) -> str:
        """Return the computation in one line."""
        chosen = settings_digest(self.layer_norm_eps, self.theta, bool(self.type_vocab_size))
        return f"nomic_bert {self.layers}x{self.width} heads {self.num_attention_heads} {chosen}"


class Ntk(BaseModel):
    """`rope_scaling` of a GTE model. Source: Alibaba-NLP/new-impl, NTKScalingRotaryEmbedding."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", allow_inf_nan=False)

    type: Literal["ntk"]
    factor: Annotated[float, Field(ge=1, le=1_000)]


class GteConfig(Heads):
    """`config.json` of a GTE model, whose authors call its type `new`."""

    FIXED: ClassVar[Mapping[str, tuple[object, ...]]] = {
        **ModelConfig.FIXED,
        "layer_norm_type": ("layer_norm",),
        "logn_attention_clip1": (False,),
        "logn_attention_scale": (False,),
        "pack_qkv": (True,),
        "position_embedding_type": ("rope",),
    }
    HARMLESS: ClassVar[frozenset[str]] = ModelConfig.HARMLESS | listed(
        """
        pad_token_id unpad_inputs use_memory_efficient_attention
        """
    )

    hidden_act: Activation = "gelu"
    layer_norm_eps: Epsilon = 1e-12
    max_position_embeddings: Count = 8_192
    type_vocab_size: Annotated[int, Field(ge=0)] = 1
    rope_theta: Theta | None = None
    rope_scaling: Ntk | None = None
    rope_parameters: Rope | None = None

    @property
    def positions(self) -> int | None:
        """What the model was made for."""
        return self.max_position_embeddings

    @property
    def theta(self) -> float:
        """The base of the rotation, before scaling."""
        stated = self.rope_parameters and self.rope_parameters.rope_theta
        return stated or self.rope_theta or (160_000.0 if self.rope_parameters else 10_000.0)

    def shapes(self) -> Iterator[tuple[str, Shape]]:
        """Yield every weight's name and shape."""
        width, inner = self.hidden_size, self.intermediate_size or 3_072
        yield _WORDS, (self.vocab_size or "words", width)
        if self.type_vocab_size:
            yield _TYPES, (self.type_vocab_size, width)
        yield from norm("embeddings.LayerNorm", width)
        for index in range(self.layers):
            at = f"encoder.layer.{index}."
            yield at + "attention.qkv_proj.weight", (3 * width, width)
            yield at + "attention.qkv_proj.bias", (3 * width,)
            yield at + "attention.o_proj.weight", (width, width)
            yield at + "attention.o_proj.bias", (width,)
            yield at + "mlp.up_gate_proj.weight", (2 * inner, width)
            yield at + "mlp.down_proj.weight", (width, inner)
            yield at + "mlp.down_proj.bias", (width,)
            yield from norm(at + "attn_ln", width)
            yield from norm(at + "mlp_ln", width)

    def described(self) -> str:
        """Return the computation in one line."""
        chosen = settings_digest(
            self.layer_norm_eps,
            self.theta,
            self.rope_scaling.factor if self.rope_scaling else 1,
            bool(self.type_vocab_size),
            ACTIVATIONS[self.hidden_act],
        )
        return f"gte {self.layers}x{self.width} heads {self.num_attention_heads} {chosen}"


@dataclass(frozen=True)
class _Names:
    """What the parts are called."""

    first_norm: str
    layer: str
    packed: str
    attended: str
    attention_norm: str
    down: str
    output_norm: str


_NOMIC = _Names(
    "emb_ln", "encoder.layers.{}.", "attn.Wqkv", "attn.out_proj", "norm1", "mlp.fc2", "norm2"
)
_GTE = _Names(
    "embeddings.LayerNorm",
    "encoder.layer.{}.",
    "attention.qkv_proj",
    "attention.o_proj",
    "attn_ln",
    "mlp.down_proj",
    "mlp_ln",
)


def build_nomic_bert(b: Blocks, config: NomicBertConfig) -> Any:  # noqa: ANN401
    """Return the packed tokens' vectors."""
    turned = b.rotary(config.head, config.theta)

    def inner(x: Any, at: str) -> Any:  # noqa: ANN401
        gate = b.activate(b.linear(x, at + "mlp.fc12", bias=False), "silu")
        return b.multiply(b.linear(x, at + "mlp.fc11", bias=False), gate)

    return _encoder(b, config, _NOMIC, turned, inner, bias=False)


def build_gte(b: Blocks, config: GteConfig) -> Any:  # noqa: ANN401
    """Return the packed tokens' vectors."""
    factor = config.rope_scaling.factor if config.rope_scaling else 1.0
    inverse = (config.theta * factor) ** -(np.arange(0, config.head, 2) / config.head)
    turned = b.rotary_of(inverse / factor ** (2 / config.head))

    def inner(x: Any, at: str) -> Any:  # noqa: ANN401
        up, gate = b.split_linear(x, at + "mlp.up_gate_proj", 2, bias=False)
        return b.multiply(up, b.activate(gate, ACTIVATIONS[config.hidden_act]))

    return _encoder(b, config, _GTE, turned, inner, bias=True)


def _encoder(
    b: Blocks,
    config: NomicBertConfig | GteConfig,
    names: _Names,
    turned: tuple[Any, Any],
    inner: Callable[[Any, str], Any],
    *,
    bias: bool,
) -> Any:  # noqa: ANN401
    eps, heads = config.layer_norm_eps, config.num_attention_heads
    x = b.words(_WORDS)
    if config.type_vocab_size:
        x = b.add(x, b.constant(b.read(_TYPES)[0]))
    x = b.layer_norm(x, names.first_norm, eps)
    for index in range(config.layers):
        at = names.layer.format(index)
        query, key, value = b.split_linear(x, at + names.packed, 3, bias=bias)
        query, key = (b.joined(b.turn(b.heads(one, heads), turned)) for one in (query, key))
        attended = b.attention(query, key, value, heads, bias=b.padding_bias)
        x = b.add(x, b.linear(attended, at + names.attended, bias=bias))
        x = b.layer_norm(x, at + names.attention_norm, eps)
        x = b.add(x, b.linear(inner(x, at), at + names.down, bias=bias))
        x = b.layer_norm(x, at + names.output_norm, eps)
    return x
