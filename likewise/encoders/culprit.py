"""Which text an encoder fails at: an error that is about one text says so.

Each layer that gives an encoder other texts than it was given itself, fewer or in another order,
translates the place back with `placed`.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from likewise.encoders.base import Encoder
from likewise.errors import DefectiveVectors, LikewiseError, TextNotEncoded

T = TypeVar("T")

PROBE = "a"
"""What every encoder can encode that can encode anything."""


@contextmanager
def placed(at: Callable[[int], int]) -> Iterator[None]:
    """Translate the place of the text at fault: `at(place among those given on)` is ours."""
    try:
        yield
    except LikewiseError as error:
        if error.which is not None:
            error.which = at(error.which)
        raise


@contextmanager
def apart() -> Iterator[None]:
    """Leave the place out of an error about a text that is none of the caller's own."""
    try:
        yield
    except LikewiseError as error:
        error.which = None
        raise


def culprit(encoder: Encoder, texts: list[str], error: DefectiveVectors) -> DefectiveVectors:
    """Return the error for texts that could not be encoded, about one text where it is one.

    The text is the one that the encoder named, else it is found by halving. Where the encoder
    can't encode anything at all, the error stays as it is.
    """
    which = error.which
    if which is None or not _fails(encoder, [texts[which]]):
        which = _halved(encoder, texts)
    if which is None or _fails(encoder, [PROBE]):
        error.which = None
        return error
    return TextNotEncoded(
        f"{encoder.identity.name} gives no vector for this text, though it does for others.",
        "Leave the text out, or use another encoder.",
        which=which,
    )


def without_failing(
    compute: Callable[[list[str]], T], texts: Sequence[str]
) -> tuple[list[T], dict[int, DefectiveVectors]]:
    """Return what is computed of texts, and the errors of those of which nothing can be.

    Texts that fail together are halved, until those that fail stand alone.

    Returns:
        What `compute` gave for runs of texts, in order; and the errors by the places of texts.
    """
    try:
        return [compute(list(texts))], {}
    except DefectiveVectors as error:
        if len(texts) == 1:
            return [], {0: error}
    middle = len(texts) // 2
    first, failed = without_failing(compute, texts[:middle])
    second, others = without_failing(compute, texts[middle:])
    return first + second, failed | {middle + at: error for at, error in others.items()}


def _halved(encoder: Encoder, texts: list[str]) -> int | None:
    """Return the place of a text that fails alone, None where none does."""
    first, last = 0, len(texts)
    while last - first > 1:
        middle = (first + last) // 2
        if _fails(encoder, texts[first:middle]):
            last = middle
        else:
            first = middle
    return first if last > first and _fails(encoder, texts[first:last]) else None


def _fails(encoder: Encoder, texts: list[str]) -> bool:
    try:
        encoder.encode(texts)
    except DefectiveVectors:
        return True
    return False
