"""Weights under other names: what saved them, wrapped them or trained them put names before names.

Source: `transformers` 5.24 (modeling_utils.py: base_model_prefix, the renaming of LayerNorm's
gamma and beta), torch's DataParallel (`module.`) and compile (`_orig_mod.`),
sentence-transformers' own modules (`0.auto_model.`).
"""

import re

from likewise.encoders.local.schema import unsupported
from likewise.encoders.local.tensors import Tensors

_OLD = {".gamma": ".weight", ".beta": ".bias"}

_BUFFERS = re.compile(
    r"(^|\.)(position_ids|token_type_ids|inv_freq|rotary_emb\..*|embed_scale|masked_bias)$"
)
"""Numbers that models keep with their weights and that are computed anew."""


def canonical(tensors: Tensors, anchor: str) -> Tensors:
    """Return the tensors under the names of the family's own code.

    Args:
        tensors: as the file names them.
        anchor: a weight that every model of the family has just once.

    Raises:
        UnsupportedModel: there are two models, adapters, or no model of that family.
    """
    modern = {_modern(name): name for name in tensors}
    if len(modern) < len(list(tensors)):
        raise unsupported(tensors.folder, "its weights hold one layer norm under two names")
    found = sorted(
        name.removesuffix(anchor)
        for name in modern
        if name == anchor or name.endswith("." + anchor)
    )
    if not found:
        raise unsupported(
            tensors.folder,
            f"its weights have no {anchor!r}",
            "Check that the folder holds the whole encoder, not only a head or an adapter.",
        )
    if len(found) > 1:
        raise unsupported(
            tensors.folder,
            f"its weights hold {len(found)} models, {found[0] or 'one without a name'!r} and "
            f"{found[1]!r}",
        )
    for name in modern:
        if ".lora_" in name or ".base_layer." in name:
            raise unsupported(
                tensors.folder,
                f"its weights hold an adapter that is not merged ({name})",
                "Merge it first: merge_and_unload() of the library peft.",
            )
    prefix = found[0]
    return tensors.renamed(
        {new.removeprefix(prefix): old for new, old in modern.items() if new.startswith(prefix)}
    )


def check_rest(tensors: Tensors, used: set[str], kind: str) -> None:
    """Raise `UnsupportedModel` where a part of the model itself would not be computed with.

    A head or a pooler beside it is none of ours, a seventh layer of six is.
    """
    parts = {name.split(".", 1)[0] for name in used}
    for name in tensors:
        if name in used or _BUFFERS.search(name):
            continue
        if name.split(".", 1)[0] in parts:
            raise unsupported(
                tensors.folder,
                f"its weights have {name!r}, for which a {kind} of this config.json has no use",
                "Check that config.json belongs to these weights.",
            )


def _modern(name: str) -> str:
    for old, new in _OLD.items():
        if name.endswith(f"LayerNorm{old}") or name.endswith(f"layer_norm{old}"):
            return name.removesuffix(old) + new
    return name
