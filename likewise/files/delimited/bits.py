"""Sets of places in a block of bytes, a bit for each byte, so that 64 places are one step.

What stands between marks is found as simdjson finds it (Langdale and Lemire, Parsing Gigabytes of
JSON per Second, 2019), how many places come before one as by Jacobson's rank (1989).
"""

from functools import cached_property
from typing import cast

import numpy as np
import numpy.typing as npt

Flags = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64]
_Words = npt.NDArray[np.uint64]

_EACH = np.uint64(63)
"""Which place of a word one is: the lower six bits of its number; the others tell the word."""
_ONE = np.uint64(1)
_ALL = np.uint64(2**64 - 1)


class Bits:
    """Some of the places in n bytes.

    Args:
        words: a bit for each byte, the first one lowest, uint64 (n / 64 rounded up,); beyond n
            there are none.
    """

    def __init__(self, words: _Words) -> None:
        self._words = words

    @classmethod
    def where(cls, flags: Flags) -> "Bits":
        """Return the places of n flags that are true."""
        found = cls.none(len(flags))
        packed = np.packbits(flags, bitorder="little")
        found._bytes[: len(packed)] = packed
        return found

    @classmethod
    def none(cls, size: int) -> "Bits":
        """Return no place in so many bytes."""
        return cls(np.zeros(-(-size // 64), "<u8"))

    def __bool__(self) -> bool:
        """Return whether there is any."""
        return bool(np.any(self._words))

    def __and__(self, other: "Bits") -> "Bits":
        """Return those that are in both."""
        return Bits(self._words & other._words)

    def __or__(self, other: "Bits") -> "Bits":
        """Return those that are in one or the other."""
        return Bits(self._words | other._words)

    def __sub__(self, other: "Bits") -> "Bits":
        """Return those that are not in the other."""
        return Bits(self._words & ~other._words)

    def __len__(self) -> int:
        """Return how many there are."""
        return int(self._before[-1])

    def until(self, end: int) -> "Bits":
        """Return those before a place, in so many bytes."""
        words = self._words[: -(-end // 64)].copy()
        if end % 64:
            words[-1] &= _ALL >> np.uint64(64 - end % 64)
        return Bits(words)

    def after(self, *, start: bool = False) -> "Bits":
        """Return the place behind each; the first place, too, where `start` says so."""
        words = self._words << _ONE
        words[1:] |= self._words[:-1] >> _EACH
        if start:
            words[0] |= _ONE
        return Bits(words)

    def before(self) -> "Bits":
        """Return the place before each."""
        words = self._words >> _ONE
        words[:-1] |= self._words[1:] << _EACH
        return Bits(words)

    def paired(self) -> "Bits":
        """Return all places from the first until before the second, and so with each further two.

        Where their number is odd, all places from the last one on are among them.
        """
        words = self._words.copy()
        for step in (1, 2, 4, 8, 16, 32):
            words ^= words << np.uint64(step)
        words ^= _ALL * (self._before[:-1].astype(np.uint64) & _ONE)
        return Bits(words)

    @property
    def last(self) -> int:
        """The last place, -1 where there is none."""
        if not self:
            return -1
        at = len(self._words) - 1 - int(np.argmax(self._words[::-1] != 0))
        return 64 * at + int(self._words[at]).bit_length() - 1

    @cached_property
    def places(self) -> Places:
        """All of them in order, int64 (len(self),)."""
        if len(self) > len(self._words):  # some in every word
            return np.flatnonzero(self._flags)
        found = np.empty(len(self), np.int64)
        at = np.flatnonzero(self._words != 0)
        words, index, base = self._words[at], self._before[at], at << 6
        while len(words):  # the lowest of each word, then the next ones
            rest = words & (words - _ONE)
            found[index] = base + np.bitwise_count((words ^ rest) - _ONE)
            at = np.flatnonzero(rest != 0)
            words, index, base = rest[at], index[at] + 1, base[at]
        return found

    @property
    def _flags(self) -> Flags:
        return np.unpackbits(self._bytes, bitorder="little").view(np.bool_)

    def has(self, places: Places) -> Flags:
        """Return whether each of m places is one of them, bool (m,)."""
        found = self._bytes[places >> 3] >> (places & 7).astype(np.uint8) & 1
        return cast("Flags", found.view(np.bool_))

    def rank(self, places: Places) -> Places:
        """Return how many are before each of m places, both int64 (m,)."""
        at = places >> 6
        below = (_ONE << (places.view(np.uint64) & _EACH)) - _ONE
        return cast("Places", self._before[at] + np.bitwise_count(self._words[at] & below))

    @property
    def _bytes(self) -> npt.NDArray[np.uint8]:
        return self._words.view(np.uint8)

    @cached_property
    def _before(self) -> Places:
        """How many are before each word, and in all, int64 (words + 1,)."""
        before = np.zeros(len(self._words) + 1, np.int64)
        np.cumsum(np.bitwise_count(self._words), out=before[1:])
        return before
