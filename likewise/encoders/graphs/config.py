"""What every `config.json` may say, whatever the family of the model.

Source: `transformers` 5.24 (configuration_utils.py) and the configurations that its earlier
versions wrote.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from likewise.encoders.local.schema import Members, listed

Count = Annotated[int, Field(gt=0, le=1 << 31)]
Epsilon = Annotated[float, Field(gt=0, lt=1)]

MOST_POSITIONS = 1 << 17
"""Tables of positions are made up to this length: longer texts are not for a CPU."""

ACTIVATIONS = {
    "gelu": "erf",
    "gelu_python": "erf",
    "gelu_new": "tanh",
    "gelu_fast": "tanh",
    "gelu_pytorch_tanh": "tanh",
    "relu": "relu",
    "silu": "silu",
    "swish": "silu",
}
"""Names of `transformers`, and what is computed: `erf` and `tanh` are the two forms of GELU."""

Shape = tuple[int | str, ...]
"""A tensor's shape. A word stands for a size that the configuration doesn't state; it must be the
same wherever that word stands."""


class ModelConfig(Members):
    """The members of `config.json` that are the same in all families."""

    FIXED: ClassVar[Mapping[str, tuple[object, ...]]] = {
        "is_decoder": (False,),
        "is_encoder_decoder": (False,),
        "is_causal": (False,),
        "add_cross_attention": (False,),
        "cross_attention_hidden_size": (),
        "pruned_heads": ({}, []),
        "quantization_config": (),
        "compression_config": (),
        "rescale_embeddings": (False,),
        "chunk_size_feed_forward": (0,),
        "adapters": ({},),
    }
    WHY: ClassVar[Mapping[str, str]] = {
        "is_decoder": "it is a decoder",
        "is_encoder_decoder": "it is an encoder and a decoder",
        "quantization_config": "its weights are quantised",
        "pruned_heads": "heads were taken out of it",
        "position_embedding_type": "its positions are relative",
    }
    HARMLESS: ClassVar[frozenset[str]] = listed(
        # a class of the authors' own in auto_map is judged by `foreign_code`
        """
        _attn_implementation _attn_implementation_autoset _name_or_path architectures
        attention_dropout attention_probs_dropout_prob attn_implementation auto_map bad_words_ids
        begin_suppress_tokens bos_token_id classifier_dropout classifier_dropout_prob cls_token_id
        decoder_start_token_id directionality diversity_penalty do_sample dropout dtype
        early_stopping embedding_dropout encoder_no_repeat_ngram_size eos_token_id
        exponential_decay_length_penalty finetuning_task forced_bos_token_id forced_eos_token_id
        gradient_checkpointing hidden_dropout hidden_dropout_prob id2label initializer_factor
        initializer_range label2id language length_penalty mask_token_id max_length min_length
        model_type name no_repeat_ngram_size num_beam_groups num_beams num_labels
        num_return_sequences output_attentions output_hidden_states output_past output_scores
        pooler_fc_size pooler_hidden_act pooler_num_attention_heads pooler_num_fc_layers
        pooler_size_per_head pooler_type prefix problem_type qa_dropout remove_invalid_values
        repetition_penalty return_dict return_dict_in_generate sep_token_id seq_classif_dropout
        suppress_tokens task_specific_params temperature tf_legacy_loss tie_encoder_decoder
        tie_weights_ tie_word_embeddings tokenizer_class top_k top_p torch_dtype torchscript
        transformers.js_config transformers_version typical_p unk_token_id use_bfloat16 use_cache
        """
    )

    matryoshka: list[Count] = Field([], validation_alias="matryoshka_dimensions")
    """Lengths to which the model's vectors may be cut."""
    vocab_size: Count | None = None

    @property
    def layers(self) -> int:
        """How many layers there are."""
        raise NotImplementedError

    @property
    def width(self) -> int:
        """Numbers in a token's vector."""
        raise NotImplementedError

    @property
    def positions(self) -> int | None:
        """Rows of the table of positions, or what the model was trained for; None: not stated."""
        raise NotImplementedError

    @property
    def first_position(self) -> int:
        """Position of a text's first token."""
        return 0

    @property
    def still(self) -> int | None:
        """Token that has position `first_position - 1` and lets the next one stand in its place."""
        return None

    def shapes(self) -> Iterator[tuple[str, Shape]]:
        """Yield the name and shape of every weight that the family computes with."""
        raise NotImplementedError

    def described(self) -> str:
        """Return the computation in one line, as a part of the encoder's identity."""
        raise NotImplementedError


class Heads(ModelConfig):
    """A configuration whose width is divided among attention heads under the usual names."""

    num_hidden_layers: Annotated[int, Field(gt=0, le=10_000)]
    hidden_size: Count
    num_attention_heads: Annotated[int, Field(gt=0, le=100_000)]
    intermediate_size: Count | None = None

    @property
    def layers(self) -> int:
        """`num_hidden_layers`."""
        return self.num_hidden_layers

    @property
    def width(self) -> int:
        """`hidden_size`."""
        return self.hidden_size

    @property
    def head(self) -> int:
        """Numbers of one head."""
        return self.hidden_size // self.num_attention_heads

    @model_validator(mode="after")
    def _divides(self) -> Self:
        if getattr(self, "head_dim", None) is None and self.hidden_size % self.num_attention_heads:
            raise ValueError(
                f"hidden size {self.hidden_size}: it can't be divided among "
                f"{self.num_attention_heads} heads"
            )
        return self
