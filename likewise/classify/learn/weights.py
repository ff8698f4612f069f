"""How much each text counts, so that rare classes may weigh as much as frequent ones."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np

from likewise.classify.arrays import Classes, Floats
from likewise.errors import InvalidOption, shown

ClassWeight = Mapping[Any, float] | Literal["balanced"] | None


def text_weights(asked: ClassWeight, classes: Sequence[Any], places: Classes) -> Floats | None:
    """Return the weight of each text, float64 (n,), in mean 1; None where all weigh alike.

    Args:
        asked: `balanced`, a weight for each label, or None, as scikit-learn's `class_weight`.
        classes: k labels.
        places: shape (n,), the place of each text's label.

    Raises:
        InvalidOption: a label has no weight, or one that is not a positive number.
    """
    if asked is None:
        return None
    if isinstance(asked, str):
        if asked != "balanced":
            raise InvalidOption(
                f"class_weight is {shown(asked)}.",
                "Give 'balanced', None, or a dictionary with a weight for each label.",
                param="class_weight",
            )
        counts = np.bincount(places, minlength=len(classes))
        by_class = len(places) / (len(classes) * counts)
    else:
        by_class = np.array([_weight(asked, label) for label in classes])
    found: Floats = by_class[places] / by_class[places].mean()
    return found


def _weight(asked: Mapping[Any, float], label: Any) -> float:  # noqa: ANN401
    value = asked.get(label, 1.0)
    if not isinstance(value, int | float | np.number) or not 0 < float(value) < np.inf:
        raise InvalidOption(
            f"class_weight has {shown(value)} for the label {shown(label)}.",
            "Give a positive number.",
            param="class_weight",
        )
    return float(value)
