"""Every family of models that Likewise computes itself: one row each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from likewise.encoders.graphs.bert import (
    BertConfig,
    CamembertConfig,
    DistilBertConfig,
    RobertaConfig,
    XlmRobertaConfig,
    build_bert,
    build_distilbert,
)
from likewise.encoders.graphs.blocks import Blocks
from likewise.encoders.graphs.config import ModelConfig
from likewise.encoders.graphs.decoders import (
    Gemma3Config,
    Qwen3Config,
    build_gemma3,
    build_qwen3,
)
from likewise.encoders.graphs.gated import (
    GteConfig,
    NomicBertConfig,
    build_gte,
    build_nomic_bert,
)
from likewise.encoders.graphs.modernbert import ModernBertConfig, build_modernbert
from likewise.encoders.graphs.mpnet import MpnetConfig, build_mpnet


@dataclass(frozen=True)
class Family:
    """How models of one `model_type` are read and computed."""

    config: type[ModelConfig]
    build: Callable[[Blocks, Any], Any]
    """Adds the model to a graph; returns its packed tokens' vectors, (places, width)."""
    anchor: str
    """Name of the weight by which the prefix of all names is found."""
    code: frozenset[str] = frozenset()
    """Classes of the authors' own code that compute what `build` does."""


_GTE = frozenset({"NewModel", "GteModel"})

_BERT_WORDS = "embeddings.word_embeddings.weight"
_DECODER_WORDS = "embed_tokens.weight"

FAMILIES: dict[str, Family] = {
    "bert": Family(BertConfig, build_bert, _BERT_WORDS),
    "roberta": Family(RobertaConfig, build_bert, _BERT_WORDS),
    "xlm-roberta": Family(XlmRobertaConfig, build_bert, _BERT_WORDS),
    "camembert": Family(CamembertConfig, build_bert, _BERT_WORDS),
    "distilbert": Family(DistilBertConfig, build_distilbert, _BERT_WORDS),
    "mpnet": Family(MpnetConfig, build_mpnet, _BERT_WORDS),
    "modernbert": Family(ModernBertConfig, build_modernbert, "embeddings.tok_embeddings.weight"),
    "nomic_bert": Family(
        NomicBertConfig, build_nomic_bert, _BERT_WORDS, frozenset({"NomicBertModel"})
    ),
    "new": Family(GteConfig, build_gte, _BERT_WORDS, _GTE),
    "gte": Family(GteConfig, build_gte, _BERT_WORDS, _GTE),
    "gemma3_text": Family(Gemma3Config, build_gemma3, _DECODER_WORDS),
    "qwen3": Family(Qwen3Config, build_qwen3, _DECODER_WORDS),
}
"""By the `model_type` of `config.json`."""


def foreign_code(content: Mapping[str, Any]) -> str | None:
    """Return the class of the authors' own that a `config.json` names for the model.

    None where there is none, or one that computes what the family does.
    """
    kind, classes = content.get("model_type"), content.get("auto_map")
    reference = classes.get("AutoModel") if isinstance(classes, dict) else None
    if reference is None:
        return None
    family = FAMILIES.get(kind) if isinstance(kind, str) else None
    name = str(reference).rpartition(".")[2]
    return None if family is not None and name in family.code else str(reference)
