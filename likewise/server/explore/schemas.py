"""The bodies of the requests and answers about collections."""

from typing import Annotated, Literal

from pydantic import Field

from likewise.server.contract import Parameters
from likewise.server.http.body import Answer, Body
from likewise.server.schemas import IdentityAnswer

MOST_ROWS = 5_000
"""Rows that a request may name, or an answer hold, with their texts."""

MOST_FOUND = 1_000

Row = Annotated[int, Field(ge=0, lt=2**31)]
Rows = Annotated[list[Row], Field(max_length=MOST_ROWS, fail_fast=True)]
Layout = Literal["tsne", "umap", "pca"]


class CollectionColumn(Answer):
    """A column that the user's table had."""

    name: str
    kind: str = Field(description='"number", "text", "time" or "other".')


class CollectionAnswer(Answer):
    """A collection: texts with vectors, ids and columns."""

    name: str
    count: int
    columns: list[CollectionColumn]
    encoder: IdentityAnswer
    generation: int = Field(
        description="Rises with every change; rows are counted anew then. Requests that have it as "
        "`If-Match` are refused with 412 once it has risen."
    )
    layouts: list[str] = Field(description="Those that a map was made by already.")


class BuiltinAnswer(Answer):
    """A collection that can be made on every machine."""

    name: str
    about: str


class LayoutAnswer(Answer):
    """A way to draw a map."""

    name: str
    about: str


class DamagedAnswer(Answer):
    """A collection that can't be opened, and why."""

    name: str
    problem: str
    remedy: str


class CollectionsAnswer(Answer):
    """What there is, and what could be."""

    collections: list[CollectionAnswer]
    damaged: list[DamagedAnswer] = Field(description="Those that can't be opened.")
    builtin: list[BuiltinAnswer]
    layouts: list[LayoutAnswer]
    most_bytes: int = Field(description="Of a file that is sent to /api/uploads.")
    most_rows: int = Field(description="Of the table in it.")


class CreateRequest(Body):
    """What to make a collection of: a table that was sent, or one of the built-in ones."""

    name: str = Field(description="What it is to be called; there may be one, which is added to.")
    table: str | None = Field(default=None, description="The id of a table from /api/tables.")
    text: str | None = Field(default=None, description="The table's column of texts.")
    id: str | None = Field(
        default=None,
        description="Its column of ids; by default one that is named so and tells all rows apart, "
        "else each id is made from its text.",
    )
    builtin: str | None = Field(default=None, description="The name of a built-in collection.")


class MapRequest(Body):
    """How to draw a map."""

    layout: Layout = "tsne"
    anew: bool = Field(default=False, description="Whether to forget one that was made before.")


class ExploreJobAnswer(Answer):
    """How the making of a collection or a map is."""

    id: str
    state: Literal["waiting", "running", "done", "failed", "stopped"]
    what: str = Field(description="What is being done.")
    done: int
    total: int = Field(description="0 where nobody can know.")
    seconds: float
    error: "ExploreJobError | None"
    pictures: int = Field(description="How many pictures of a map there were so far.")
    notes: list[str] = Field(description="What became of the texts, a sentence each.")


class ExploreJobError(Answer):
    """Why it failed."""

    problem: str
    remedy: str


class WeightedText(Body):
    """A text to search for, or with a weight below zero to turn away from."""

    text: str
    weight: float = 1.0


class WeightedRow(Body):
    """A text of the collection to search by."""

    row: Row
    weight: float = 1.0


class SearchRequest(Body):
    """What to search for, and where."""

    query: list[WeightedText] = Field(default_factory=list, max_length=20, fail_fast=True)
    like: list[WeightedRow] = Field(default_factory=list, max_length=20, fail_fast=True)
    filter: str | None = Field(
        default=None, description='Which rows may be found: year >= 2020 and lang = "en".'
    )
    k: int = Field(default=20, ge=1, le=MOST_FOUND)
    hybrid: bool = Field(default=False, description="Whether words count as well (BM25).")


class FoundText(Answer):
    """A text that was found."""

    row: int
    id: str
    text: str
    similarity: float
    percentile: float | None = Field(
        description="Share of the collection's random pairs that are less similar."
    )
    columns: dict[str, str | int | float | bool | None]


class FoundAnswer(Answer):
    """What was found, best first."""

    hits: list[FoundText]
    searched: int = Field(description="Texts that were compared.")
    total: int
    exact: bool
    notes: list[str] = Field(
        description="Whether the query was cut off, and what of it the encoder does not know."
    )


class FilterRequest(Body):
    """Which rows to find."""

    filter: str


class RowNumbers(Answer):
    """Rows of the collection, in order."""

    rows: str = Field(description="int32, little-endian, base64.")
    count: int


class OrderQuery(Parameters):
    """What to order by."""

    column: str = Field(description='A column of the collection, "text" or "id".')
    down: bool = Field(default=False, description="From the greatest to the least.")


class SimilaritiesAnswer(Answer):
    """How similar each text is to a query."""

    values: str = Field(description="The cosine of each row: float32, little-endian, base64.")


class RowsRequest(Body):
    """Rows of the collection."""

    rows: Rows


class RowAnswer(Answer):
    """A text with its columns."""

    row: int
    id: str
    text: str
    columns: dict[str, str | int | float | bool | None]


class RowsAnswer(Answer):
    """Texts with their columns, in the order that was asked for."""

    rows: list[RowAnswer]


class ClusterAnswer(Answer):
    """A group of like texts."""

    words: list[str]
    typical: int = Field(description="The row of its most typical text.")
    size: int


class MapAnswer(Answer):
    """What a map says of itself; its points are fetched as bytes."""

    layout: Layout
    count: int
    kept: float = Field(description="Share of all true neighbours that are near in the picture.")
    trustworthiness: float
    neighbours: int
    generation: int
    levels: list[list[ClusterAnswer]] = Field(description="Coarse to fine.")


class NeighboursQuery(Parameters):
    """Whose neighbours."""

    row: Row


class NeighbourText(FoundText):
    """A true neighbour, and whether the map keeps it near."""

    kept: bool


class NeighboursAnswer(Answer):
    """The true neighbours of a text, nearest first."""

    text: RowAnswer
    share: float = Field(description="How many of them the map keeps near, 0 to 1.")
    neighbours: list[NeighbourText]


class ColumnQuery(Parameters):
    """Which column."""

    name: str


class ColumnAnswer(Answer):
    """A column to colour a map by."""

    kind: Literal["number", "time", "group"]
    names: list[str] = Field(description="Of the groups; empty for numbers and times.")
    values: str = Field(
        description="float32, for groups int32, for times float64, in seconds since 1970; "
        "little-endian, base64."
    )


class DescriptionAnswer(Answer):
    """What some texts are about, beside all others."""

    count: int
    words: list[str]
    typical: list[RowAnswer]


class DuplicatesRequest(Body):
    """From which similarity two texts count as near-duplicates."""

    percentile: float = 99.99


class DuplicatesQuery(Parameters):
    """Which near-duplicates, of those that were looked for."""

    percentile: float = 99.99


class DuplicateText(Answer):
    """A text that need not be kept."""

    row: int
    id: str
    text: str
    similarity: float
    exact: bool


class DuplicateGroupAnswer(Answer):
    """A text to keep, and those that it stands for."""

    row: int
    id: str
    text: str
    duplicates: list[DuplicateText]


class DuplicatesAnswer(Answer):
    """Near-duplicates, the largest group first; at most a thousand groups."""

    groups: list[DuplicateGroupAnswer]
    found: int = Field(description="Groups in all.")
    duplicates: int = Field(description="Texts that need not be kept, in all.")
    cosine: float
    searched: int


class ExportRequest(Body):
    """Which rows to take out."""

    rows: list[Row] = Field(max_length=1_000_000, fail_fast=True)
    format: Literal["csv", "jsonl"] = "csv"


class NewTableAnswer(Answer):
    """A table made of some rows, for /api/trainings or labelling."""

    id: str
    rows: int
