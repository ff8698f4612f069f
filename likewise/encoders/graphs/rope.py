"""How configurations state the rotation of heads, in the old form and in the new one.

Source: `transformers` 5.24 (modeling_rope_utils.py).
"""

import hashlib
import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

UNSCALED: tuple[dict[str, str], ...] = ({}, {"rope_type": "default"}, {"type": "default"})
"""Values of `rope_scaling` that scale nothing."""

LayerType = Literal["full_attention", "sliding_attention"]
Theta = Annotated[float, Field(gt=1, le=1e12)]


class Rope(BaseModel):
    """One entry of `rope_parameters`, or the old `rope_scaling`; no more than this is computed."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", allow_inf_nan=False)

    rope_type: Literal["default"] = "default"
    rope_theta: Theta | None = None
    partial_rotary_factor: Annotated[float, Field(ge=1, le=1)] | None = None


class Ropes(BaseModel):
    """`rope_parameters` of a model whose layers are of two kinds."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    full_attention: Rope | None = None
    sliding_attention: Rope | None = None

    def of(self, kind: LayerType) -> Rope:
        """Return the entry for layers of a kind."""
        return getattr(self, kind) or Rope()


def settings_digest(*settings: Any) -> str:  # noqa: ANN401
    """Return a short digest of what a computation depends on beside its sizes."""
    text = json.dumps(settings, sort_keys=True)
    return "settings " + hashlib.sha256(text.encode()).hexdigest()[:16]
