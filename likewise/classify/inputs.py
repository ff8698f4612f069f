"""What estimators take: texts, which an encoder turns into vectors, or vectors as they are."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from likewise.classify.arrays import Floats, Rows
from likewise.classify.data.labels import Label
from likewise.classify.data.normalise import groups_of
from likewise.classify.learn.candidates import TITLES, Candidate
from likewise.classify.learn.folds import joined, later
from likewise.encoders import Encoder, resolve
from likewise.encoders.column import texts_of
from likewise.errors import InvalidLabels, InvalidOption, InvalidText, TooFewTexts, shown
from likewise.similarity.cosine import check_vectors
from likewise.types import EmbeddedTexts, Identity, Progress, Reading

MOSTLY = 0.9
"""Share of the labels that must hold a word for their names to be taken as texts."""

Column = Iterable[str] | npt.NDArray[np.floating] | EmbeddedTexts
"""n texts, or vectors of unit length (n, dims), or both together with what made the vectors."""

CUTS = (5, 6)
"""Parts that time is cut into, to compare models and to choose one."""

_WORD = re.compile(r"[^\W\d_]{2,}")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def groups_in(embedded: EmbeddedTexts, least: int) -> Rows:
    """Return a number for each row, the same for equal texts or vectors: int64, (n,).

    Raises:
        TooFewTexts: there are fewer than `least` different ones.
    """
    if embedded.texts is not None:
        group = groups_of(embedded.texts)
    else:
        _, places = np.unique(embedded.vectors, axis=0, return_inverse=True)
        group = places.reshape(-1).astype(np.int64)
    different = len(np.unique(group))
    if different < least:
        raise TooFewTexts(
            f"There {'is' if different == 1 else 'are'} only {different} different "
            f"text{'' if different == 1 else 's'} among {len(group):,}.",
            f"Give at least {least} different ones.",
            param="X",
        )
    return group


def held_together(embedded: EmbeddedTexts, groups: Iterable[Any] | None, least: int = 2) -> Rows:
    """Return a number for each row, the same where rows are never split: int64, (n,).

    Equal texts never are, nor are those of one of the `groups`; a row whose group is missing
    (None, NaN) is a group of its own.

    Raises:
        InvalidOption: there is not one group for each row.
        TooFewTexts: there are fewer than `least` different texts, or one group holds all.
    """
    equal = groups_in(embedded, least)
    if groups is None:
        return equal
    places: dict[Any, int] = {}
    # as they are: NumPy would make texts of all, and one group of what is missing
    values = column_of(groups, len(equal), "groups", kind=object).tolist()
    asked = [
        places.setdefault(("group", str(value)) if _known(value) else ("row", row), len(places))
        for row, value in enumerate(values)
    ]
    found = joined(equal, np.array(asked, np.int64))
    if found.max() == 0:
        raise TooFewTexts(
            "All texts belong to one group: none can be held out.",
            "Leave out the groups, or name another column.",
            param="groups",
        )
    return found


def _known(value: Any) -> bool:  # noqa: ANN401
    try:
        return value is not None and bool(value == value)
    except (TypeError, ValueError):  # what pandas calls NA
        return False


def _number(value: Any) -> float:  # noqa: ANN401
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):  # the last of a huge int
        return float("nan")


def times_of(times: Iterable[float] | None, together: Rows) -> Floats | None:
    """Return when each row is from: float64, shape (n,); None where nothing is asked.

    Args:
        times: n numbers, larger is later.
        together: int64, shape (n,), of `held_together`.

    Raises:
        InvalidOption: there is not one time for each row, or one is no finite number.
        TooFewTexts: no text is later than another that may be learnt from.
    """
    if times is None:
        return None
    column = column_of(times, len(together), "times")
    if column.dtype.kind == "M":  # NumPy's dates
        found = np.where(np.isnat(column), np.nan, column.astype(np.float64))
    else:
        found = np.array([_number(value) for value in column.tolist()], np.float64)
    if not np.isfinite(found).all():
        row = int(np.isfinite(found).argmin())
        raise InvalidOption(
            f"The time of row {row + 1} is {shown(column.tolist()[row])}, which is no finite "
            "number.",
            "Give a number for each text, larger for later.",
            param="times",
        )
    if not all(any(True for _ in later(found, together, parts)) for parts in CUTS):
        raise TooFewTexts(
            "No text is later than others that could be learnt from: all have one time, or groups "
            "reach over the whole of it.",
            "Leave out --time, or name another column.",
            param="times",
        )
    return found


def are_vectors(X: Any) -> bool:  # noqa: ANN401, N803
    """Return whether X is a table of numbers rather than a column of texts."""
    return isinstance(X, np.ndarray) and X.ndim == 2 and np.issubdtype(X.dtype, np.floating)


def embed(
    X: Column,  # noqa: N803
    encoder: str | Encoder | None,
    progress: Progress | None = None,
    *,
    identity: Identity | None = None,
) -> EmbeddedTexts:
    """Return the rows of X with their vectors; texts are embedded unless they are already.

    Args:
        X: n texts; or vectors as a float array of shape (n, dims), of unit length; or an
            `EmbeddedTexts`, which is taken as it is.
        encoder: the encoder for texts, or its name.
        progress: called as `progress(done, total)` while texts are embedded.
        identity: what the encoder must be, for a model that was made before; see `load_as`.

    Raises:
        TooFewTexts: there is no row.
        InvalidText, InvalidVectors: rows that can't be read.
    """
    if isinstance(X, EmbeddedTexts):
        return _checked(X)
    if are_vectors(X):
        return _checked(EmbeddedTexts(np.asarray(X)))
    texts = texts_of(X, param="X")
    _check_some(len(texts))
    engine = resolve(encoder, identity=identity, cached=True)
    encoding = engine.encode(texts, progress=progress)
    reading = Reading()
    reading.add(encoding)
    return EmbeddedTexts(encoding.vectors, tuple(texts), engine.identity, reading)


def _checked(given: EmbeddedTexts) -> EmbeddedTexts:
    _check_some(len(given.vectors))
    vectors = check_vectors(np.asarray(given.vectors), "X")
    if given.texts is not None and len(given.texts) != len(vectors):
        raise InvalidText(
            f"There are {len(given.texts):,} texts and {len(vectors):,} vectors.",
            "Give one vector for each text.",
            param="X",
        )
    return EmbeddedTexts(vectors, given.texts, given.identity, given.reading)


def answers_of(y: Any) -> list[Any]:  # noqa: ANN401
    """Return labels or numbers as a list: of an iterable, or an array of shape (n,) or (n, 1).

    Raises:
        InvalidLabels: there are none, or several in a row.
    """
    if y is None:
        raise InvalidLabels("There are no labels: y is None.", "Give one for each text.", param="y")
    if not hasattr(y, "__array__") or hasattr(y, "to_list"):
        no_column = isinstance(y, str | bytes | set | frozenset | Mapping)
        if no_column or not isinstance(y, Iterable):
            raise InvalidLabels(
                f"Labels come as a list, and this is {type(y).__name__} {shown(y)}.",
                "Give a list with one for each text.",
                param="y",
            )
        return list(y)
    array = np.asarray(y)
    if isinstance(y, np.ma.MaskedArray):  # what is masked is missing, whatever lies below
        array = array.astype(object)
        array[np.ma.getmaskarray(y)] = None
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise InvalidLabels(
            f"The labels have the shape {array.shape}; a text has one label.",
            "Give an array of shape (n,).",
            param="y",
        )
    return list(array)


def column_of(
    values: Iterable[Any], rows: int, what: str, kind: npt.DTypeLike | None = None
) -> npt.NDArray[Any]:
    """Return one value for each row, shape (rows,), of the type `kind` or as they are.

    Raises:
        InvalidOption: there are more or fewer, or they are not single values.
    """
    try:
        # Arrow's scalars are not values
        plain = values.to_pylist() if hasattr(values, "to_pylist") else list(values)
        found = np.asarray(plain, kind)
    except (TypeError, ValueError):
        raise InvalidOption(
            f"The {what} are {shown(values)}, which is no list of single values.",
            "Give one value for each text.",
            param=what,
        ) from None
    if found.shape != (rows,):
        raise InvalidOption(
            f"There are {len(found):,} {what} for {rows:,} texts.",
            "Give one value for each text.",
            param=what,
        )
    return found


def check_candidates(
    asked: Sequence[Candidate] | None, with_words: bool
) -> tuple[Candidate, ...] | None:
    """Return the candidates that are asked for, None for the default ones.

    Raises:
        InvalidOption: one is unknown, or needs words that are not there.
    """
    for name in asked or ():
        if name not in TITLES or (not with_words and name in {"words", "both"}):
            raise InvalidOption(
                f"{name!r} can't be tried here.",
                f"Candidates are {', '.join(TITLES)}; words need texts.",
                param="candidates",
            )
    return tuple(asked) if asked else None


def _check_some(rows: int) -> None:
    if not rows:
        raise TooFewTexts("There is no text.", "Give at least one.", param="X")


def label_texts(
    classes: Sequence[Label], names: Mapping[Label, str] | str | None
) -> list[str] | None:
    """Return what each label says in words, None where labels say nothing.

    Args:
        classes: the labels.
        names: a text for each label; `auto` for the labels themselves where most hold a word;
            None for no text.

    Raises:
        InvalidOption: `names` leaves out a label, or is another string.
    """
    if names is None:
        return None
    if isinstance(names, str):
        if names != "auto":
            raise InvalidOption(
                f"label_names is {names!r}.",
                "Give 'auto', None, or a dictionary with a text for each label.",
                param="label_names",
            )
        said = [_in_words(label) for label in classes]
        in_words = sum(_WORD.search(text) is not None for text in said)
        return said if in_words >= MOSTLY * len(said) else None
    missing = [label for label in classes if label not in names]
    if missing:
        raise InvalidOption(
            f"label_names has no text for the label {missing[0]!r}.",
            "Give a text for each label.",
            param="label_names",
        )
    return [names[label] for label in classes]


def _in_words(label: Label) -> str:
    """Return `card_arrival` or `cardArrival` as `card arrival`."""
    if not isinstance(label, str):
        return ""
    return " ".join(_CAMEL.sub(" ", label).replace("_", " ").replace("-", " ").split())
