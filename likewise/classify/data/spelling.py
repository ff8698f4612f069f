"""Which labels are probably one and the same, though they are spelt otherwise."""

from math import isfinite
from unicodedata import category, normalize

from likewise.classify.data.normalise import normalised

_ALIKE = str.maketrans({**dict.fromkeys("\u2018\u2019\u02bc\u00b4`", "'"), "\u2212": "-"})
"""Signs that look like an apostrophe, and the minus sign."""


def seen(label: str) -> str:
    """Return what labels share that look the same: visible letters, one hyphen, one apostrophe."""
    letters = normalize("NFKC", label.translate(_ALIKE))  # which would take ´ for a space
    return "".join("-" if category(one) == "Pd" else one for one in letters if _is_visible(one))


def _is_visible(letter: str) -> bool:
    if "\ufe00" <= letter <= "\ufe0f":  # chooses how an emoji is drawn
        return False
    return category(letter) not in ("Cf", "Cc") or letter.isspace()


def meant(label: str) -> str | float:
    """Return what labels share that are probably one and the same: "1" and "1.0", "Ok" and "ok"."""
    visible = seen(label)
    plain = normalised(visible.replace("_", " ").replace("-", " ")) or visible
    try:
        number = float(visible.replace("_", " "))  # Python alone reads 1_0 as ten
    except ValueError:
        return plain
    return number if isfinite(number) else plain
