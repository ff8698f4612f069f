"""A small labelled set to play with: 320 sentences in four moods, written for Likewise."""

import csv
import io
from importlib.resources import files


def moods() -> tuple[list[str], list[str]]:
    """Return 320 sentences and the mood of each: `happy`, `sad`, `angry` or `afraid`, 80 each.

    Few of them name their mood, and some name another ("not happy at all"), so that a
    comparison with the word does worse on them than a model that has seen examples.
    """
    text = (files("likewise.classify.data") / "moods.csv").read_text("utf-8")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    return [row["text"] for row in rows], [row["mood"] for row in rows]
