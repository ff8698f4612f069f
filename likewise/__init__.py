"""Likewise: a playable workbench for text embeddings.

>>> import likewise
>>> likewise.compare(["I love my cat.", "My cat is dear to me.", "cat prints a file."])

Names are imported when they are first used, so `import likewise` costs next to nothing.
"""

import importlib
from typing import TYPE_CHECKING, Any

from likewise._version import __version__

if TYPE_CHECKING:
    from likewise import errors
    from likewise.classify.classifier import Classifier
    from likewise.classify.multilabel import MultiLabelClassifier
    from likewise.classify.regressor import Regressor
    from likewise.collections import Collection
    from likewise.encoders import load
    from likewise.maps import Map
    from likewise.similarity import Comparison, compare

__all__ = [
    "Classifier",
    "Collection",
    "Comparison",
    "Map",
    "MultiLabelClassifier",
    "Regressor",
    "__version__",
    "compare",
    "errors",
    "load",
]

_HOMES = {
    "Classifier": "likewise.classify.classifier",
    "Collection": "likewise.collections",
    "Comparison": "likewise.similarity",
    "Map": "likewise.maps",
    "MultiLabelClassifier": "likewise.classify.multilabel",
    "Regressor": "likewise.classify.regressor",
    "compare": "likewise.similarity",
    "load": "likewise.encoders",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401
    if name == "errors":
        return importlib.import_module("likewise.errors")
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'likewise' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
