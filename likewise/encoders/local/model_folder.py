"""Reads a sentence-transformers model folder: what to compute, and whether we can.

Source: the file formats of `transformers` (config.json) and `sentence-transformers`
(modules.json, 1_Pooling/config.json, sentence_bert_config.json).
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from likewise.errors import UnsupportedModel, WeightsCorrupt, WeightsMissing, shown

WEIGHTS = "model.safetensors"
TOKENIZER = "tokenizer.json"
CONFIG = "config.json"
REQUIRED = (CONFIG, TOKENIZER, WEIGHTS)
OPTIONAL = (
    "modules.json",
    "1_Pooling/config.json",
    "sentence_bert_config.json",
    "config_sentence_transformers.json",
    "tokenizer_config.json",
)

_ABSOLUTE = {"bert", "distilbert"}
_OFFSET = {"roberta", "xlm-roberta", "camembert"}
"""Models that count positions from the padding token's id + 1."""
_MODULES = {"Transformer", "Pooling", "Normalize"}
_ACTIVATIONS = {"gelu": "erf", "gelu_new": "tanh", "gelu_pytorch_tanh": "tanh", "relu": "relu"}


@dataclass(frozen=True)
class ModelSpec:
    """What the graph builder and the tokenizer need to know of a model."""

    family: str
    layers: int
    hidden: int
    heads: int
    activation: str
    """`erf` or `tanh` for the two forms of GELU, or `relu`."""
    epsilon: float
    """Added to the variance inside the root of every layer norm."""
    first_position: int
    max_tokens: int
    pooling: str
    prompts: dict[str, str] = field(default_factory=dict)
    """Prefixes that the model was trained with, by name (`query`, `passage`)."""
    default_prompt: str = ""

    @property
    def graph(self) -> str:
        """The computation in one line; a part of the encoder's identity."""
        return (
            f"{self.family} {self.layers}x{self.hidden} heads {self.heads} "
            f"{self.activation} eps {self.epsilon:g} from {self.first_position}"
        )

    def prefix(self, wanted: str | None) -> str:
        """Return the text to put before each text: a prompt by its name, or `wanted` itself."""
        if wanted is None:
            return self.default_prompt
        return self.prompts.get(wanted, wanted)


def read_model_folder(folder: Path) -> ModelSpec:
    """Return the specification of the model in `folder`.

    Raises:
        WeightsMissing: a file that every model needs is not there.
        WeightsCorrupt: a configuration file is not valid JSON.
        UnsupportedModel: the model is of a kind that Likewise can't run.
    """
    for name in REQUIRED:
        if not (folder / name).is_file():
            raise WeightsMissing(
                f"The folder {shown(str(folder), 200)} has no {name}.",
                f"Name a folder of a sentence-transformers model that holds {', '.join(REQUIRED)}.",
            )
    config = _read_json(folder / CONFIG)
    family = str(config.get("model_type"))
    if family not in _ABSOLUTE | _OFFSET:
        raise _unsupported(folder, f"its type is {shown(family)}")
    if config.get("position_embedding_type", "absolute") != "absolute":
        raise _unsupported(folder, "its positions are relative")
    _check_modules(folder)
    first = int(config.get("pad_token_id", 1)) + 1 if family in _OFFSET else 0
    sentence = _read_json(folder / "config_sentence_transformers.json")
    prompts = {str(k): str(v) for k, v in (sentence.get("prompts") or {}).items() if v}
    try:
        return ModelSpec(
            family=family,
            layers=int(_either(config, "num_hidden_layers", "n_layers")),
            hidden=int(_either(config, "hidden_size", "dim")),
            heads=int(_either(config, "num_attention_heads", "n_heads")),
            activation=_activation(folder, config),
            epsilon=float(config.get("layer_norm_eps", 1e-12)),
            first_position=first,
            max_tokens=_max_tokens(folder, config, first),
            pooling=_pooling(folder),
            prompts=prompts,
            default_prompt=prompts.get(str(sentence.get("default_prompt_name")), ""),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _unsupported(folder, f"its {CONFIG} has no usable {error}") from None


def _read_json(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    value = _read_any_json(path)
    if not isinstance(value, dict):
        raise _broken_json(path)
    return value


def _read_any_json(path: Path) -> object:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError):
        raise _broken_json(path) from None


def _broken_json(path: Path) -> WeightsCorrupt:
    return WeightsCorrupt(
        f"{shown(str(path), 200)} is not the JSON file that it should be.",
        "Fetch the model again, or restore the file from its source.",
    )


def _either(config: dict[str, Any], name: str, distilbert_name: str) -> Any:  # noqa: ANN401
    return config[name] if name in config else config[distilbert_name]


def _activation(folder: Path, config: dict[str, Any]) -> str:
    name = str(config.get("hidden_act", config.get("activation", "gelu")))
    if name not in _ACTIVATIONS:
        raise _unsupported(folder, f"its activation is {shown(name)}")
    return _ACTIVATIONS[name]


def _max_tokens(folder: Path, config: dict[str, Any], first_position: int) -> int:
    positions = int(config["max_position_embeddings"]) - first_position
    stated = _read_json(folder / "sentence_bert_config.json").get("max_seq_length")
    if stated is None:
        stated = _read_json(folder / "tokenizer_config.json").get("model_max_length")
    # tokenizers without a limit state a huge one
    return min(positions, int(stated)) if stated else positions


def _check_modules(folder: Path) -> None:
    path = folder / "modules.json"
    modules = _read_any_json(path) if path.is_file() else []
    if not isinstance(modules, list):
        raise _broken_json(path)
    for module in modules:
        kind = str(module.get("type", "")).rpartition(".")[2]
        if kind not in _MODULES:
            raise _unsupported(folder, f"it has a {kind} module")


def _pooling(folder: Path) -> str:
    config = _read_json(folder / "1_Pooling" / CONFIG)
    if not config:
        return "mean"
    # sentence-transformers 5 writes one name, its predecessors a flag for each mode
    chosen = [config["pooling_mode"]] if "pooling_mode" in config else []
    chosen += [
        key.removeprefix("pooling_mode_").removesuffix("_tokens").removesuffix("_token")
        for key, value in config.items()
        if key.startswith("pooling_mode_") and value is True
    ]
    if chosen not in (["mean"], ["cls"]):
        raise _unsupported(folder, f"its pooling is {shown(' + '.join(map(str, chosen)))}")
    return str(chosen[0])


def _unsupported(folder: Path, why: str) -> UnsupportedModel:
    return UnsupportedModel(
        f"Likewise can't run the model in {shown(str(folder), 200)}: {why}.",
        "It runs BERT, DistilBERT, RoBERTa and XLM-RoBERTa models with mean or cls pooling; "
        "choose one of these.",
    )
