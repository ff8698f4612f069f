"""Likewise, and the machine's own matrix peak in the same process.

Beside `encode` it answers `infer` (prepared full batches, nothing but the engine) and `peak`
(nothing but matrix products), so that the three can be measured within seconds of each other.
"""

import math
from statistics import median
from typing import Any

import matrix_peak
from answering import answer_requests, arguments, read_texts, repeated, timed

import likewise
from likewise.encoders.local.encoder import LocalEncoder
from likewise.encoders.local.packing import BATCH_TOKENS, pack

_, threads = arguments()
encoder = likewise.load("minilm", threads=threads)
if not isinstance(encoder, LocalEncoder):
    raise SystemExit(f"minilm is not a local encoder here: {encoder!r}")
products = matrix_peak.compile_products(threads, encoder.runtime.precision)

FULL = 0.5
"""A batch counts as full from this share of its token budget on: it may end there."""


def infer(asked: dict[str, Any]) -> dict[str, Any]:
    """Time the engine alone on the full batches of these texts, in the order of encode."""
    ids, _ = encoder._tokenizer.tokenise(list(dict.fromkeys(read_texts(asked))))
    full = [b for b in pack(ids) if b.mask.sum() >= FULL * BATCH_TOKENS]

    def work() -> None:
        for batch in full:
            encoder._engine._request.infer(batch.inputs, share_inputs=True, share_outputs=True)

    return {
        **(repeated(work)[1] if full else {"seconds": math.nan}),
        "batches": len(full),
        "lengths": [int(length) for batch in full for length in batch.mask.sum(axis=1)],
    }


def peak(_: dict[str, Any]) -> dict[str, Any]:
    """Return the best median of a few sizes, in FLOP a second."""
    speeds = {name: median(matrix_peak.speeds(*ready)) for name, ready in products.items()}
    return {"flops": max(speeds.values()), "by_size": speeds}


def count_tokens(asked: dict[str, Any]) -> dict[str, Any]:
    """Return how many tokens of each text the model reads."""
    read = encoder.encode(read_texts(asked)).tokens.clip(max=encoder.identity.max_tokens)
    return {"lengths": [int(length) for length in read]}


answer_requests(
    {
        "versions": {
            "likewise": likewise.__version__,
            **dict([encoder.runtime.engine.split(" ", 1)]),
        },
        "precision": encoder.runtime.precision,
        "threads": encoder.runtime.threads,
        "parity": encoder.runtime.parity,
    },
    {
        "encode": timed(lambda texts: encoder.encode(texts).vectors),
        "infer": infer,
        "peak": peak,
        "count_tokens": count_tokens,
    },
)
