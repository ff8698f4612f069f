"""What stands in a shard: rows in the order of the input, each done or with the reason why not."""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from likewise.classify.data.labels import spelt
from likewise.classify.model import ClassModel, Model, MultiLabelModel
from likewise.classify.predictions import (
    ClassPrediction,
    LabelsPrediction,
    NumberPrediction,
    TextPredictor,
)
from likewise.collections.storage.items import Item, content_of
from likewise.collections.storage.shard import CONTENT, ID, TEXT, TRUNCATED
from likewise.distributed.input_rows import InputRow
from likewise.distributed.plan import JobPlan
from likewise.encoders import Encoder
from likewise.encoders.culprit import without_failing
from likewise.encoders.stream import MOST_LEFT_OUT, embed_stream, slices
from likewise.files.vectors.columns import as_array
from likewise.files.vectors.embeddings import VECTOR, embeddings_schema
from likewise.types import Reading

if TYPE_CHECKING:
    import pyarrow as pa

    from likewise.types import Encoding

ERROR = "error"
"""The column that says why a row could not be done; empty where it was."""


class Rows(Protocol):
    """Makes the tables of a shard from the rows of the input."""

    schema: "pa.Schema"
    done: int
    failed: int
    reading: Reading

    def tables(self, source: Iterator[InputRow]) -> Iterator["pa.Table"]:
        """Yield the rows, some at a time, in order; counts them meanwhile."""


def rows_for(plan: JobPlan, encoder: Encoder, model: Model | None) -> Rows:
    """Return what makes the rows of one shard of a job.

    Args:
        plan: of the job.
        encoder: embeds the texts.
        model: the trained model, where the job is to predict.
    """
    return EmbeddedShard(plan, encoder) if model is None else PredictedShard(plan, encoder, model)


class EmbeddedShard:
    """Rows with their vectors, in the columns of a collection's shard, and `error`."""

    def __init__(self, plan: JobPlan, encoder: Encoder) -> None:
        import pyarrow as pa

        self.done = self.failed = 0
        self.reading = Reading()
        self._plan = plan
        self._encoder = encoder
        types = {
            ID: pa.string(),
            TEXT: pa.string(),
            **plan.columns,
            ERROR: pa.string(),
            TRUNCATED: pa.bool_(),
            CONTENT: pa.binary(16),
        }
        made = embeddings_schema(plan.identity.to_dict(), types, precision=plan.precision)
        at = made.get_field_index(VECTOR)
        self.schema = made.set(at, made.field(at).with_nullable(True))

    def tables(self, source: Iterator[InputRow]) -> Iterator["pa.Table"]:
        """See `Rows`."""
        aside: list[tuple[int, InputRow, str]] = []
        good = _with_text(source, aside)
        parts = embed_stream(
            good,
            self._encoder,
            text=lambda one: str(one[1].text),
            left_out=lambda one, error: aside.append((*one, error.problem)),
        )
        for part in parts:
            self.reading.add(part.encoding)
            yield self._table(part.items, part.encoding, aside)
            aside.clear()
        if aside:
            yield self._table([], self._encoder.encode([]), aside)

    def _table(
        self,
        items: Sequence[tuple[int, InputRow]],
        encoding: "Encoding",
        aside: list[tuple[int, InputRow, str]],
    ) -> "pa.Table":
        import pyarrow as pa

        there = {place: row for row, (place, _) in enumerate(items)}
        rows = merged(items, aside)
        order = np.array([there.get(place, -1) for place, _, _ in rows], np.int64)
        lost = order < 0
        vectors = np.zeros((len(rows), self._plan.identity.dims), np.float32)
        vectors[~lost] = encoding.vectors[order[~lost]]
        cut = np.zeros(len(rows), np.bool_)
        cut[~lost] = encoding.truncated[order[~lost]]
        self.done += len(rows)
        self.failed += int(lost.sum())
        names = list(self._plan.columns)
        content = [
            content_of(Item(row.id, row.text or "", row.values), names) for _, row, _ in rows
        ]
        columns = [
            *beside(self._plan, rows),
            pa.array(cut),
            pa.array(content, pa.binary(16)),
            self._vectors(vectors, lost),
        ]
        return pa.Table.from_arrays(columns, schema=self.schema)

    def _vectors(self, vectors: Any, lost: Any) -> "pa.Array":  # noqa: ANN401
        import pyarrow as pa

        type_ = self.schema.field(VECTOR).type
        numbers = vectors.astype(np.dtype(type_.value_type.to_pandas_dtype()))
        flat = pa.array(numbers.reshape(-1), type_.value_type)
        return pa.FixedSizeListArray.from_arrays(flat, type=type_, mask=pa.array(lost))


class PredictedShard:
    """Rows with what a trained model says about their texts, and `error`."""

    def __init__(self, plan: JobPlan, encoder: Encoder, model: Model) -> None:
        import pyarrow as pa

        assert plan.model is not None  # noqa: S101 - a plan is checked when it is read
        self.done = self.failed = 0
        self._plan = plan
        self._said = plan.model
        self._predictor = TextPredictor(
            model, encoder, self._said.coverage, self._said.abstain, listed=0
        )
        self.reading = self._predictor.reading
        predicted = predicted_types(model)
        self._cells = _cells_of(model)
        kept = {TEXT: pa.string(), **plan.columns} if plan.columns else {}
        self._predicted = predicted
        self.schema = pa.schema({ID: pa.string(), **kept, ERROR: pa.string(), **predicted})

    def tables(self, source: Iterator[InputRow]) -> Iterator["pa.Table"]:
        """See `Rows`."""
        aside: list[tuple[int, InputRow, str]] = []
        lost = 0
        for items in slices(_with_text(source, aside), lambda one: str(one[1].text)):
            parts, failed = without_failing(self._predictor, [str(row.text) for _, row in items])
            lost += len(failed)
            if lost > MOST_LEFT_OUT:
                raise next(iter(failed.values()))  # so many are not the texts' fault
            aside += [(*items[at], error.problem) for at, error in failed.items()]
            good = [one for at, one in enumerate(items) if at not in failed]
            yield self._table(good, list(chain.from_iterable(parts)), aside)
            aside.clear()
        if aside:
            yield self._table([], [], aside)

    def _table(
        self,
        items: Sequence[tuple[int, InputRow]],
        found: Sequence[Any],
        aside: list[tuple[int, InputRow, str]],
    ) -> "pa.Table":
        import pyarrow as pa

        said = {place: one for (place, _), one in zip(items, found, strict=True)}
        rows = merged(items, aside)
        nothing = [None] * len(self._predicted)
        cells = [
            self._cells(said[place], len(nothing)) if place in said else nothing
            for place, _, _ in rows
        ]
        self.done += len(rows)
        self.failed += len(rows) - len(said)
        columns = beside(self._plan, rows, text=bool(self._plan.columns))
        for at, type_ in enumerate(self._predicted.values()):
            columns.append(pa.array([row[at] for row in cells], type_))
        return pa.Table.from_arrays(columns, schema=self.schema)


def predicted_types(model: Model) -> dict[str, "pa.DataType"]:
    """Return the columns of what a model says."""
    import pyarrow as pa

    number = pa.float64()
    if isinstance(model, ClassModel):
        kinds = {type(label) for label in model.classes}
        of = {bool: pa.bool_(), int: pa.int64(), float: number}
        label = of.get(kinds.pop(), pa.string()) if len(kinds) == 1 else pa.string()
        return {
            "label": label,
            "probability": number,
            "set": pa.list_(pa.string()),
            "none_of_these": pa.bool_(),
        }
    if isinstance(model, MultiLabelModel):
        several = pa.list_(pa.string())
        return {"labels": several, "set": several, "none_of_these": pa.bool_()}
    types = {"prediction": number, "low": number, "high": number}
    return types if model.levels is None else {**types, "level": number}


def _cells_of(model: Model) -> Callable[[Any, int], list[Any]]:
    if isinstance(model, MultiLabelModel):
        return _label_cells
    return _class_cells if isinstance(model, ClassModel) else _number_cells


def _label_cells(said: LabelsPrediction, _: int) -> list[Any]:
    return [[spelt(one) for one in said.labels], [spelt(one) for one in said.set], not said.fits]


def _class_cells(said: ClassPrediction, _: int) -> list[Any]:
    within = [spelt(label) for label in said.set]
    return [said.label, said.probability, within, not said.fits]


def _number_cells(said: NumberPrediction, count: int) -> list[Any]:
    return [said.number, said.low, said.high, said.level][:count]


def beside(
    plan: JobPlan, rows: Sequence[tuple[int, InputRow, str | None]], *, text: bool = True
) -> list["pa.Array"]:
    """Return the columns id, text, the user's, and error."""
    import pyarrow as pa

    made = [pa.array([row.id for _, row, _ in rows], pa.string())]
    if text:
        made.append(pa.array([row.text for _, row, _ in rows], pa.string()))
    cells = list(zip(*(row.values for _, row, _ in rows), strict=True)) or [()] * len(plan.columns)
    made += [
        as_array(column, type_) for column, type_ in zip(cells, plan.columns.values(), strict=True)
    ]
    return [*made, pa.array([problem for _, _, problem in rows], pa.string())]


def merged(
    items: Sequence[tuple[int, InputRow]], aside: Sequence[tuple[int, InputRow, str]]
) -> list[tuple[int, InputRow, str | None]]:
    """Return rows that were done and rows that were not in the order of the input."""
    every: list[tuple[int, InputRow, str | None]] = [(*one, None) for one in items]
    return sorted([*every, *aside], key=lambda one: one[0])


def _with_text(
    source: Iterator[InputRow], aside: list[tuple[int, InputRow, str]]
) -> Iterator[tuple[int, InputRow]]:
    """Yield the rows that have a text, with their places; the others go aside."""
    for place, row in enumerate(source):
        if row.problem is None:
            yield place, row
        else:
            aside.append((place, row, row.problem))
