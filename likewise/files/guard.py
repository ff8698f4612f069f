"""The apostrophe that keeps a spreadsheet from running a text as a formula.

A cell that begins with one of `= + - @ TAB CR NUL` may be taken for a formula when a person
opens the CSV file in a spreadsheet. An apostrophe in front makes it text. A text that looks
as if it had been guarded already gets one more, so that taking one off gives back every text.

A number runs nothing, and behind an apostrophe no program would read it as one: -12.50 stays.

Source: OWASP, "CSV Injection".
"""

import re

_RISKY = re.compile(r"'*[=+\-@\t\r\0]")
_GUARDED = re.compile(r"'+[=+\-@\t\r\0]")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def guard(cell: str) -> str:
    """Return the text cell as it is safe in a spreadsheet."""
    return f"'{cell}" if _RISKY.match(cell) and not is_number(cell) else cell


def is_number(cell: str) -> bool:
    """Return whether the cell is a number, which runs nothing."""
    return _NUMBER.fullmatch(cell) is not None


def is_guarded(cell: str) -> bool:
    """Return whether the cell begins with a guard."""
    return cell[:1] == "'" and _GUARDED.match(cell) is not None


def unguard(cell: str) -> str:
    """Return the text that `guard` was given."""
    return cell[1:] if is_guarded(cell) else cell
