"""How a large csv or jsonl file is cut, as it stands in a plan."""

from itertools import pairwise

from pydantic import BaseModel, ConfigDict, Field

from likewise.files.delimited.layout import TableLayout
from likewise.files.raw.source import PIECE

CUT = ("csv", "tsv", "jsonl")
"""Formats of files that are cut."""


class CutFile(BaseModel):
    """The parts of a file, of which each is a shard.

    file: its number in the plan. format: one of `CUT`. piece: bytes that are read at a time, which
    decides where parts end. layout: of csv and tsv: how cells stand in lines, and their columns.
    offset, line: of the first record of each part; lines count from 1. digest: of its bytes.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)
    file: int
    format: str
    piece: int = Field(ge=1, le=PIECE)
    layout: TableLayout | None
    offset: tuple[int, ...] = ()
    line: tuple[int, ...] = ()
    digest: tuple[str, ...] = ()

    def is_sound(self, size: int, shards: int) -> bool:
        """Return whether it can be of a file of so many bytes in so many shards."""
        return (
            self.format in CUT
            and (self.layout is None) == (self.format == "jsonl")
            and len(self.offset) == len(self.line) == len(self.digest) == shards
            and self.offset[:1] == (0,)
            and self.line[:1] == (1,)
            and all(a < b for a, b in pairwise((*self.offset, size)))
            and all(a <= b for a, b in pairwise(self.line))
        )
