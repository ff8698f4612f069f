"""The apostrophe that keeps a spreadsheet from running a text as a formula.

A cell that begins with one of `= + - @ TAB CR LF NUL`, or with a sign of full width or behind
blanks, may be taken for a formula when a person opens the CSV file in a spreadsheet. An apostrophe
in front makes it text. A text that looks as if it had been guarded already gets one more, so that
taking one off gives back every text.

A number runs nothing, and behind an apostrophe no program would read it as one: -12.50 stays.

A program may split the file at another separator than its own, as one does that takes commas for
decimals; then a part of a text, behind a semicolon, a tab or the end of a line, begins a cell. So
the sign that begins such a part is guarded too: an equals sign always, another one where the part
calls a function or names a cell of another sheet or program. Lists whose items begin with a dash,
`;-)` and headings underlined with `=====` stay as they are: they are no formulas.

Source: OWASP, "CSV Injection".
"""

import re

_BEGINS = r"(?:[\t\r\n\0]|\s*[=+\-@＝＋－＠])"
_RISKY = re.compile(f"'*{_BEGINS}")
_GUARDED = re.compile(f"'+{_BEGINS}")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_FORMULA = (
    r"(?=[=＝](?![=＝]|[;\t\r\n]|\Z)"
    r"|[+\-@＋－＠][^;\t\r\n]*?"
    r"(?:[^ ;\t\r\n()]\(|[^ ;\t\r\n!]![$A-Za-z0-9]))"
)
"""What follows where a part of a text could be a formula."""
_WITHIN = re.compile(rf"""([;\t\r\n][ "]*)('*){_FORMULA}""")
_GUARDED_WITHIN = re.compile(rf"""([;\t\r\n][ "]*)'('*){_FORMULA}""")


def guard(cell: str) -> str:
    """Return the text cell as it is safe in a spreadsheet."""
    if _WITHIN.search(cell):
        cell = _WITHIN.sub(r"\1'\2", cell)
    return f"'{cell}" if _RISKY.match(cell) and not is_number(cell.lstrip(" ")) else cell


def is_number(cell: str) -> bool:
    """Return whether the cell is a number, which runs nothing."""
    return _NUMBER.fullmatch(cell) is not None


def is_guarded(cell: str) -> bool:
    """Return whether an apostrophe in the cell is a guard."""
    return "'" in cell and (
        _GUARDED.match(cell) is not None or _GUARDED_WITHIN.search(cell) is not None
    )


def unguard(cell: str) -> str:
    """Return the text that `guard` was given."""
    if "'" not in cell:
        return cell
    if _GUARDED.match(cell):
        cell = cell[1:]
    return _GUARDED_WITHIN.sub(r"\1\2", cell)
