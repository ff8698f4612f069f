"""Numbers as people read them: the terminal, the report and the page round alike.

Halves go away from zero, as `toFixed` and `Intl.NumberFormat` of browsers have it; Python's own
formats take them to the even digit, and one result would be 62 here and 63 there. What the page
does stands in `web/src/classify/figures.ts`; one table of cases tests both.
"""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from math import isfinite

_EXACT = Context(prec=800)
"""Digits enough for any float."""

SIGNIFICANT = 4
"""Digits of a number whose unit is unknown."""


def fixed(value: float, decimals: int) -> str:
    """Return a number with so many decimals; never `-0.00`."""
    if not isfinite(value):
        return str(value)
    return _plain(Decimal(value).quantize(_unit(-decimals), ROUND_HALF_UP, _EXACT))


def percent(share: float, decimals: int = 1) -> str:
    """Return a share such as 0.7031 as `70.3 %`; never `100.0 %` for less than all."""
    return f"{hundred(share, decimals)} %"


def hundred(share: float, decimals: int = 0) -> str:
    """Return how many of a hundred a share is; never 100 for less than all."""
    shown = fixed(100 * share, decimals)
    return fixed(100 - 10.0**-decimals, decimals) if share < 1 and float(shown) >= 100 else shown


def points(interval: Sequence[float]) -> str:
    """Return an interval of shares in points, such as `-1.2 … +0.4`."""
    return " … ".join(_signed(fixed(100 * end, 1)) for end in interval)


def number(value: float, *, sign: bool = False) -> str:
    """Return a number of unknown unit with four digits, such as `0.4312`, `5` or `12,350`."""
    if not isfinite(value) or not value:
        return str(value) if value else "0"
    exact = Decimal(repr(float(value)))  # the shortest decimal, as browsers round
    rounded = exact.quantize(_unit(exact.adjusted() + 1 - SIGNIFICANT), ROUND_HALF_UP, _EXACT)
    shown = f"{rounded:,f}"
    if "." in shown:
        shown = shown.rstrip("0").rstrip(".")
    return _signed(shown) if sign else shown


def _unit(place: int) -> Decimal:
    return Decimal((0, (1,), place))


def _plain(value: Decimal) -> str:
    return f"{value if value else abs(value):f}"


def _signed(shown: str) -> str:
    return shown if shown.startswith("-") or not float(shown.replace(",", "")) else f"+{shown}"
