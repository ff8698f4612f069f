"""A column of text that a filter compares with texts, numbers and dates."""

import re
from decimal import Decimal
from functools import cached_property
from typing import Any

_WHOLE = r"^\s*[+-]?\d{1,37}\s*$"
_NUMBER = r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?\s*$"
_DATE = r"^\s*\d{4}-\d\d-\d\d(?:\s*$|[T ]\d)"
_BEFORE_TIME = r"^(\d{4}-\d\d-\d\d)T"


class TextCells:
    """Cells of text; what they are as numbers and dates is worked out once for many values.

    Compared with a number, cells that are no numbers are missing. Before or after a date are only
    dates, of which `T` or a blank may stand before the time.

    Args:
        cells: Arrow's text.
    """

    def __init__(self, cells: Any) -> None:  # noqa: ANN401
        self._cells = cells

    def compared(self, how: Any, value: str | float | bool) -> Any:  # noqa: ANN401
        """Return which cells compare so with a value, missing where they can't.

        Args:
            how: one of Arrow's comparisons.
            value: any that a filter can name.
        """
        import pyarrow.compute as pc

        if isinstance(value, bool):
            return how(self._cells, str(value).lower())
        if isinstance(value, str):
            return self._with_text(how, value)
        found = how(self._numbers, float(value))
        if isinstance(value, int):
            # floats round whole numbers from 2^53 on
            found = pc.if_else(self._is_whole, how(self._whole, _exact(value)), found)
        return found

    def _with_text(self, how: Any, value: str) -> Any:  # noqa: ANN401
        import pyarrow.compute as pc

        if not re.match(_DATE, value):
            return how(self._cells, value)
        found = how(self._spelt, re.sub(_BEFORE_TIME, r"\1 ", value.strip()))
        return found if how.__name__ == "equal" else pc.and_(found, self._is_date)

    @cached_property
    def _trimmed(self) -> Any:  # noqa: ANN401
        import pyarrow.compute as pc

        return pc.utf8_trim_whitespace(self._cells)

    @cached_property
    def _spelt(self) -> Any:  # noqa: ANN401
        import pyarrow.compute as pc

        return pc.replace_substring_regex(self._trimmed, _BEFORE_TIME, r"\1 ")

    @cached_property
    def _is_date(self) -> Any:  # noqa: ANN401
        return self._are(_DATE)

    @cached_property
    def _numbers(self) -> Any:  # noqa: ANN401
        import pyarrow as pa

        return self._read(self._are(_NUMBER), pa.float64())

    @cached_property
    def _is_whole(self) -> Any:  # noqa: ANN401
        return self._are(_WHOLE)

    @cached_property
    def _whole(self) -> Any:  # noqa: ANN401
        return self._read(self._is_whole, _exact(0).type)

    def _are(self, pattern: str) -> Any:  # noqa: ANN401
        import pyarrow.compute as pc

        return pc.match_substring_regex(self._cells, pattern).fill_null(False)

    def _read(self, which: Any, type_: Any) -> Any:  # noqa: ANN401
        """Return cells as numbers, the others missing."""
        import pyarrow.compute as pc

        return pc.if_else(which, pc.utf8_ltrim(self._trimmed, "+"), None).cast(type_)


def _exact(value: int) -> Any:  # noqa: ANN401
    import pyarrow as pa

    return pa.scalar(Decimal(value), pa.decimal128(38, 0))
