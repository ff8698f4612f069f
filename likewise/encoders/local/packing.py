"""Puts tokenised texts together into batches that waste next to nothing on padding.

Texts of like length share a batch, longest first; see `likewise.encoders.graphs.blocks` for why the
tokens are packed. Two bounds hold for a batch: its packed tokens, and the rectangle of
texts × longest text that attention works on.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int32]

BATCH_TOKENS = 2_048
"""Packed tokens of a full batch. Measured: 1,024 to 4,096 are equally fast."""
_RECTANGLE = 1.5
"""The attention rectangle may be this many times the batch's token budget."""

_LEAST = 0.5
"""A batch before the last has at least this share of the budget."""
_PLACE, _PAIR = 0.13, 0.0003
"""What a place of the rectangle costs, and each pair of it with a place of the same text, where a
packed token costs 1. Measured with MiniLM in bf16."""
_CALL = 12
"""What a batch costs beside its tokens; measured as these."""


@dataclass(frozen=True, eq=False)
class Batch:
    """One call of the graph: n texts whose tokens are packed into p places.

    texts: int64 (n,), which texts these are.
    ids: int32 (p,), token ids, the tail filled with zeros.
    positions: int32 (p,), position of each token in its text.
    slots: int32 (n, t), place of each text's tokens, t that of the longest text rounded up.
    places: int32 (p,), where in the flattened rectangle each packed token stands.
    mask: float32 (n, t), 1 for a token and 0 for a hole.
    """

    texts: npt.NDArray[np.int64]
    ids: Ints
    positions: Ints
    slots: Ints
    places: Ints
    mask: npt.NDArray[np.float32]

    @property
    def inputs(self) -> list[npt.NDArray[np.generic]]:
        """Arrays in the order of `likewise.encoders.graphs.blocks.INPUTS`."""
        return [self.ids, self.positions, self.slots, self.places, self.mask]


def pack(
    tokens: Sequence[Ints],
    *,
    budget: int = BATCH_TOKENS,
    first_position: int = 0,
    still: int | None = None,
) -> Iterator[Batch]:
    """Yield batches that together hold every text of `tokens` once, longest texts first.

    Args:
        tokens: ids of each text, one at least.
        budget: packed tokens of a full batch.
        first_position: position of a text's first token.
        still: token that has position `first_position - 1`, and whose place the next one takes.
    """
    lengths = np.array([len(ids) for ids in tokens], np.int64)
    order = np.argsort(-lengths, kind="stable")
    start = 0
    while start < len(order):
        stop = _stop(lengths[order], start, budget)
        chosen = order[start:stop]
        yield _batch(chosen, [tokens[i] for i in chosen], lengths[chosen], first_position, still)
        start = stop


def _stop(descending: npt.NDArray[np.int64], start: int, budget: int) -> int:
    """Return where the batch that begins at `start` ends; it holds one text at least.

    Of all ends within the bounds that one is taken where a token costs least.
    """
    widest = _round_up(int(descending[start]), 8)
    most = max(1, int(budget * _RECTANGLE) // widest)
    total = np.cumsum(descending[start : start + min(most, budget)])
    fitting = max(1, int(np.searchsorted(total, budget, side="right")))
    if start + fitting == len(descending):
        return len(descending)
    fewest = min(fitting, int(np.searchsorted(total, _LEAST * budget)) + 1)
    texts = np.arange(fewest, fitting + 1)
    used = total[texts - 1]
    filled = np.array([_packed_size(int(tokens)) for tokens in used])
    attention = widest * texts * (_PLACE + _PAIR * widest)
    cost = (filled + attention + _CALL) / used
    return start + int(texts[np.argmin(cost)])


def _batch(
    chosen: npt.NDArray[np.int64],
    tokens: list[Ints],
    lengths: npt.NDArray[np.int64],
    first_position: int,
    still: int | None,
) -> Batch:
    used = int(lengths.sum())
    size = _packed_size(used)
    starts = np.cumsum(lengths) - lengths
    width = np.arange(_round_up(int(lengths.max()), 8))
    held = width < lengths[:, None]
    ids, positions, places = (np.zeros(size, np.int32) for _ in range(3))
    ids[:used] = np.concatenate(tokens)
    positions[:used] = np.arange(used) - np.repeat(starts, lengths) + first_position
    if still is not None and (ids[:used] == still).any():
        _stand_still(positions, ids[:used] == still, starts, lengths, first_position)
    places[:used] = np.flatnonzero(held)
    return Batch(
        texts=chosen,
        ids=ids,
        positions=positions,
        slots=np.where(held, starts[:, None] + width, 0).astype(np.int32),
        places=places,
        mask=held.astype(np.float32),
    )


def _stand_still(
    positions: Ints,
    padding: npt.NDArray[np.bool_],
    starts: npt.NDArray[np.int64],
    lengths: npt.NDArray[np.int64],
    first_position: int,
) -> None:
    """Count positions over what is not padding.

    Source: `transformers` 5.24, create_position_ids_from_input_ids of RoBERTa.
    """
    passed = np.cumsum(padding)
    before = np.where(starts > 0, passed[starts - 1], 0)
    moved = positions[: len(padding)] - (passed - np.repeat(before, lengths))
    positions[: len(padding)] = np.where(padding, first_position - 1, moved)


def _packed_size(used: int) -> int:
    """Round up to one of few sizes, by some 3 % for batches of a busy server.

    What is filled up is computed. Each size costs the engine about 3 ms and 1 MB once, for kernels
    of its own.
    """
    return _round_up(used, 16 if used <= 512 else 32 if used <= 1_024 else 128)


def _round_up(value: int, step: int) -> int:
    return -(-value // step) * step
