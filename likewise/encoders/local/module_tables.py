"""What becomes of every member of the modules' own `config.json`.

Source: `sentence-transformers` 6.2: sentence_transformer/modules/pooling.py and layer_norm.py,
base/modules/dense.py and normalize.py.
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import AliasChoices, Field

from likewise.encoders.local.schema import Members

Mode = Literal["cls", "max", "mean", "mean_sqrt_len_tokens", "weightedmean", "lasttoken"]

Width = Annotated[int, Field(gt=0, le=1 << 20)]


class PoolingConfig(Members):
    """`config.json` in the folder of a Pooling module."""

    REFUSES_UNKNOWN: ClassVar[bool] = True

    width: Width | None = Field(
        None, validation_alias=AliasChoices("word_embedding_dimension", "embedding_dimension")
    )
    pooling_mode: Mode | Annotated[list[Mode], Field(min_length=1, max_length=6)] | None = None
    include_prompt: bool = True
    pooling_mode_cls_token: bool = False
    pooling_mode_max_tokens: bool = False
    pooling_mode_mean_tokens: bool | None = None
    pooling_mode_mean_sqrt_len_tokens: bool = False
    pooling_mode_weightedmean_tokens: bool = False
    pooling_mode_lasttoken: bool = False


class DenseConfig(Members):
    """`config.json` in the folder of a Dense module."""

    FIXED: ClassVar[Mapping[str, tuple[object, ...]]] = {
        "module_input_name": ("sentence_embedding",),
        "module_output_name": ("sentence_embedding",),
        "use_residual": (False,),
    }
    REFUSES_UNKNOWN: ClassVar[bool] = True

    in_features: Width
    out_features: Width
    bias: bool = True
    activation_function: str = "torch.nn.modules.activation.Tanh"


class LayerNormConfig(Members):
    """`config.json` in the folder of a LayerNorm module."""

    REFUSES_UNKNOWN: ClassVar[bool] = True

    dimension: Width


class NormalizeConfig(Members):
    """`config.json` in the folder of a Normalize module, where it has one."""

    FIXED: ClassVar[Mapping[str, tuple[object, ...]]] = {
        "module_input_name": ("sentence_embedding",),
        "module_output_name": ("sentence_embedding",),
    }
    REFUSES_UNKNOWN: ClassVar[bool] = True


class DropoutConfig(Members):
    """`config.json` in the folder of a Dropout module, which does nothing but in training."""

    HARMLESS: ClassVar[frozenset[str]] = frozenset({"dropout"})
    REFUSES_UNKNOWN: ClassVar[bool] = True
