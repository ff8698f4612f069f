"""Names of columns: made different from each other, and listed in messages."""

from collections.abc import Iterable, Sequence

from likewise.errors import shown


def listed(names: Sequence[str], limit: int = 20) -> str:
    """Return names for a message, the first `limit` of them."""
    rest = f" and {len(names) - limit:,} more" if len(names) > limit else ""
    return ", ".join(shown(name) for name in names[:limit]) + rest


_TOLD = 5
"""Names that are told one by one where they were changed."""


def unique_names(names: Iterable[str]) -> tuple[tuple[str, ...], list[str]]:
    """Return names made different from each other, and notes about those that were met again."""
    used: dict[str, None] = {}
    last: dict[str, int] = {}
    notes = []
    for position, name in enumerate(names, 1):
        base = name if name.strip() else f"column {position}"
        fresh, count = base, last.get(base, 1)
        while fresh in used:
            count += 1
            fresh = f"{base} {count}"
        last[base] = count
        if fresh != base:
            notes.append(
                f"Column {position} is named {shown(base)} like one before it; "
                f"it is read as {shown(fresh)}."
            )
        used[fresh] = None
    if len(notes) > _TOLD:
        more = len(notes) - _TOLD
        notes[_TOLD:] = [f"{more:,} more column{'s are' if more > 1 else ' is'} renamed so."]
    return tuple(used), notes
