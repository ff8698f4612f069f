"""How texts were held out, in words that are true of the parts that came about."""

from collections.abc import Sequence

from likewise.classify.arrays import Rows
from likewise.classify.report.figures import percent

NEAR = 0.3
"""How far a part may be from a fifth, as a share of it, that is still called one."""

_NUMBERS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}
_PARTS = {2: "half", 3: "third", 4: "quarter", 5: "fifth"}


def design_of(held_out: Sequence[Rows], texts: int, *, by_time: bool, grouped: bool) -> str:
    """Return how texts were held out.

    Rows of one time and large groups make parts of other sizes than were asked for.

    Args:
        held_out: rows of each part that was held out, one to five.
        texts: how many there are in all.
        by_time: whether each part was tested with what came before it.
        grouped: whether rows were never to be split by a group.
    """
    shares = [len(rows) / texts for rows in held_out]
    if len(shares) == 1:
        said = f"{_one(shares[0], by_time=by_time)} of the texts held out"
    elif by_time:
        said = (
            f"in {_NUMBERS[len(shares) + 1]} parts by time, each but the first tested with what "
            "came before"
        )
    else:
        many = len(shares)
        part = _PARTS[many] if all(_near(share, many) for share in shares) else "part"
        said = (
            f"in {_NUMBERS[many]} rounds, with a different {part} of the texts held out each time"
        )
    return _whole(said, grouped=grouped)


def cross_validated(tuned: str, *, by_time: bool, grouped: bool) -> str:
    """Return how an estimate came about that was compared with nothing; `tuned` names what was."""
    said = (
        "in parts by time, each but the first tested with what came before"
        if by_time
        else "in rounds, with a different part of the texts held out each time"
    )
    said = _whole(said, grouped=grouped)
    return f"{said}; {tuned} were chosen on all texts, which flatters a little"


def _whole(said: str, *, grouped: bool) -> str:
    return f"{said}, no group on both sides" if grouped else said


def _one(share: float, *, by_time: bool) -> str:
    if not _near(share, 5):
        return f"the latest {percent(share, 0)}" if by_time else percent(share, 0)
    return "the latest fifth" if by_time else "one fifth"


def _near(share: float, parts: int) -> bool:
    return abs(share * parts - 1) <= NEAR
