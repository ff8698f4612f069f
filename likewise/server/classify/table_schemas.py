"""The bodies of the requests and answers about tables, before anything is learnt from them."""

from typing import Literal

from pydantic import Field

from likewise.server.contract import Parameters
from likewise.server.http.body import Answer


class TableQuery(Parameters):
    """What is said of a file beside its bytes."""

    name: str = ""
    encoding: str | None = None
    separator: str | None = Field(None, description="What stands between cells; else a guess.")
    quotes: str | None = Field(None, description="What stands around cells, or none.")
    header: bool | None = Field(None, description="Whether the first row names the columns.")
    sheet: str | None = Field(None, description="Sheet of a spreadsheet, by name or number.")


class TextsQuery(TableQuery):
    """What is said of a file, and how many of its texts are wanted."""

    most: int = Field(100, ge=1, le=50_000, description="How many texts are wanted.")


class TextsAnswer(Answer):
    """The first texts of a file."""

    name: str
    column: str | None = Field(description="Where they stand, where the file has several columns.")
    texts: list[str]
    of: int = Field(description="How many texts the file has.")
    notes: list[str]


class RejectedRow(Answer):
    """A row that was set aside."""

    line: int
    reason: str
    row: str = Field(description="What stands there, its first 300 characters.")


class TableAnswer(Answer):
    """A table that was read, and what its columns seem to be."""

    id: str
    name: str
    columns: list[str]
    rows: int
    sample: list[list[str | None]]
    text: str | None
    label: str | None
    why: str | None = Field(description="Why no column was taken for labels, where none was.")
    numeric: list[str]
    several: list[str] = Field(description="Columns whose cells seem to hold several labels.")
    notes: list[str]
    aside: int = Field(description="Rows that could not be understood and were set aside.")
    rejected: list[RejectedRow] = Field(description="The first ten of them.")


class ColumnLookAnswer(Answer):
    """One column: what its cells are, and its first different values."""

    name: str
    kind: Literal["empty", "text", "number", "date", "yes or no", "list"]
    missing: int
    different: int = Field(description="Different values, at most 10,000.")
    longest: int = Field(description="Characters of the longest.")
    samples: list[str]


class TokenLookAnswer(Answer):
    """How long the texts are for the default encoder."""

    encoder: str
    texts: int = Field(description="Texts that were counted.")
    median: int
    longest: int
    limit: int | None = Field(description="Tokens that are read of a text.")
    cut_off: int
    with_unknown: int = Field(description="Texts with tokens that the encoder does not know.")


class LookAnswer(Answer):
    """A table as Likewise understands it, as `likewise look` shows it."""

    name: str
    format: str
    encoding: str | None
    separator: str | None
    rows: int
    aside: int
    columns: list[ColumnLookAnswer]
    text: str | None
    why_text: str
    label: str | None
    why_label: str
    duplicates: int = Field(description="Texts that come again.")
    tokens: TokenLookAnswer | None
    notes: list[str]


class LabelCount(Answer):
    """How often a label occurs."""

    label: str
    count: int


class FindingAnswer(Answer):
    """Something odd about the data; `rows` are those of the table, from 1."""

    kind: str
    message: str
    rows: list[int]


class ChecksAnswer(Answer):
    """What is to be known before training."""

    texts: int
    labels: list[LabelCount]
    findings: list[FindingAnswer]
    notes: list[str]
