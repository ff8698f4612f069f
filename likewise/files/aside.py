"""Rows that can't be understood are set aside: counted, told, and kept for whoever asks."""

from collections.abc import Callable
from typing import NamedTuple

from likewise.errors import UnreadableFile

_TOLD = 10


class Aside(NamedTuple):
    """A row that was not read.

    line: where it begins in the file, from 1. reason: a part of a sentence. raw: what stands there.
    """

    line: int
    reason: str
    raw: str

    @property
    def shown(self) -> str:
        """What stands there, with bytes that are in no encoding as escapes."""
        return self.raw.encode("utf-8", "backslashreplace").decode()


class SetAside:
    """What one reading of a table has set aside.

    Attributes:
        count: how many rows.
        first: the first ten of them.
        strict: whether the first one is an error.
        kept: the file that they are in, where there is one.
        keep: called with each, where somebody wants them all.
    """

    def __init__(
        self, title: str, *, strict: bool = False, unit: str = "line", most: int | None = None
    ) -> None:
        """Begin with none.

        Args:
            title: the name of the file, as it begins a sentence.
            strict: whether the first one is an error.
            unit: what `Aside.line` counts.
            most: how many there may be, None for any number.
        """
        self._most = most
        self.count = 0
        self.first: list[Aside] = []
        self.kept: str | None = None
        self.keep: Callable[[Aside], None] | None = None
        self._title = title
        self.strict = strict
        self._unit = unit

    def clear(self) -> None:
        """Forget all, at the beginning of another reading."""
        self.count = 0
        self.first = []

    def add(self, line: int, reason: str, raw: str, remedy: str = "") -> None:
        """Set a row aside.

        Raises:
            UnreadableFile: the reading is strict, or there are too many.
        """
        if self._most is not None and self.count >= self._most:
            raise UnreadableFile(
                f"{self._title} has more than {self._most:,} rows that can't be understood; the "
                f"first {self.first[0].reason if self.first else reason}.",
                "Correct them, or name how the file is written.",
            )
        if self.strict:
            raise UnreadableFile(
                f"{self._unit.capitalize()} {line:,} of {self._title} {reason}.",
                remedy or "Correct it, or leave out --strict to set such rows aside.",
            )
        one = Aside(line, reason, raw)
        self.count += 1
        if len(self.first) < _TOLD:
            self.first.append(one)
        if self.keep is not None:
            self.keep(one)

    def sentences(self) -> list[str]:
        """Return what is to be told about them."""
        if not self.count:
            return []
        lines = ", ".join(f"{one.line:,}" for one in self.first)
        more = " …" if self.count > len(self.first) else ""
        many = self.count > 1
        return [
            f"{self.count:,} row{'s' if many else ''} of {self._title} set aside, "
            f"{self._unit}{'s' if many else ''} {lines}{more}; the first {self.first[0].reason}."
            + (f" {'They are' if many else 'It is'} in {self.kept}." if self.kept else "")
        ]
