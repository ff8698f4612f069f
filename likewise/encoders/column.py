"""A column of texts, as scikit-learn and its users hand it over."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from likewise.errors import InvalidText, shown


def texts_of(X: Iterable[str]) -> list[str]:  # noqa: N803
    """Return a column of texts as a list.

    Args:
        X: n texts: an iterable, an array of shape (n,) or (n, 1), or a column of a data frame.

    Raises:
        InvalidText: X is one string, has several columns, or holds something else than strings.
    """
    if isinstance(X, str | bytes):
        raise InvalidText("X is one text.", "Put it in a list: [text].", param="X")
    column: npt.NDArray[Any] | list[Any]
    column = np.asarray(X, dtype=object) if hasattr(X, "shape") else list(X)
    if isinstance(column, np.ndarray):
        if column.ndim == 2 and column.shape[1] == 1:
            column = column[:, 0]
        if column.ndim != 1:
            raise InvalidText(
                f"X has shape {column.shape}; texts are one column.",
                "Choose the column that holds the text.",
                param="X",
            )
    for index, text in enumerate(column):
        if not isinstance(text, str):
            raise InvalidText(
                f"Row {index} of X is not a text but {type(text).__name__} {shown(text)}.",
                "Fill in or leave out what is missing, and turn numbers into text with str().",
                param="X",
            )
    return [str(text) for text in column]
