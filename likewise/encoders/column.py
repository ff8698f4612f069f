"""The one door for texts: whatever a caller has, behind it there is a list of strings."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from likewise.errors import InvalidText, shown


def texts_of(texts: Iterable[str], *, param: str | None = None) -> list[str]:
    """Return texts as a list of strings that UTF-8 can hold.

    Args:
        texts: n texts: a list, a tuple, a generator or any other iterable in an order, an array
            of shape (n,) or (n, 1), a column of pandas, Polars or Arrow.
        param: name of the argument, for the error.

    Raises:
        InvalidText: it is one string, has no order or several columns, or an element is not a
            string or holds a lone surrogate.
    """
    column = _column(texts, param)
    for index, text in enumerate(column):
        if not isinstance(text, str):
            raise InvalidText(
                f"Text {index + 1} is not a string but {type(text).__name__} {shown(text)}.",
                "Fill in or leave out what is missing, and turn numbers into text with str().",
                param=param,
            )
        if not text.isascii():
            _check_surrogates(index, text, param)
    # str() also of what is derived from it, such as NumPy's: two texts that are equal are alike
    return [text if type(text) is str else str(text) for text in column]


def _column(texts: Any, param: str | None) -> list[Any]:  # noqa: ANN401
    if isinstance(texts, str | bytes):
        raise InvalidText(
            f"Texts come as a list, and this is one {type(texts).__name__}: {shown(texts)}.",
            "Put it in a list: [text].",
            param=param,
        )
    if isinstance(texts, set | frozenset | Mapping):
        raise InvalidText(
            f"A {type(texts).__name__} has no order, so no vector could be told to be of a text.",
            "Put the texts in a list.",
            param=param,
        )
    if hasattr(texts, "to_pylist"):  # Arrow's scalars are not strings
        return list(texts.to_pylist())
    if hasattr(texts, "shape"):
        return _of_array(texts, param)
    try:
        return list(texts)
    except TypeError:
        raise InvalidText(
            f"Texts come as a list, and this is {type(texts).__name__} {shown(texts)}.",
            "Put the texts in a list.",
            param=param,
        ) from None


def _of_array(texts: Any, param: str | None) -> list[Any]:  # noqa: ANN401
    column = np.array(texts, dtype=object)
    if isinstance(texts, np.ma.MaskedArray):  # what is masked is missing, whatever lies below
        column[np.ma.getmaskarray(texts)] = None
    if column.ndim == 2 and column.shape[1] == 1:
        column = column[:, 0]
    if column.ndim != 1:
        raise InvalidText(
            f"An array of shape {column.shape} is not one column of texts.",
            "Choose the column that holds the text.",
            param=param,
        )
    return list(column)


def _check_surrogates(index: int, text: str, param: str | None) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        code = ord(text[error.start])
        raise InvalidText(
            f"Text {index + 1} holds a lone surrogate U+{code:04X} at character "
            f"{error.start + 1}, which is half a character.",
            "Read the file as UTF-8, or replace it: text.encode('utf-8', 'replace').decode().",
            param=param,
        ) from None
