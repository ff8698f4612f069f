"""The most floating-point operations a second that this machine's matrix products reach.

Chains of square products, so that turning the float32 input into the engine's precision and
the result back, once a chain, hardly counts. Each size is timed a few times, the median is
taken, and the best size is the peak: a number that nothing in this engine can beat.
"""

from typing import Any

import numpy as np
from answering import CLOCK

from likewise.encoders.graphs.blocks import import_openvino

SIZES = {1_024: 16, 2_048: 8, 4_096: 2}
"""Side of the matrices: products in the chain."""
REPEATS = 5

Ready = tuple[Any, np.ndarray, float]
"""A compiled chain, its input and its floating-point operations."""


def compile_products(threads: int, precision: str) -> dict[str, Ready]:
    """Return the chains by name, compiled and warm."""
    openvino = import_openvino()
    from openvino import opset13 as op

    core = openvino.Core()
    settings = {
        "INFERENCE_PRECISION_HINT": precision,
        "PERFORMANCE_HINT": "LATENCY",
        **({"INFERENCE_NUM_THREADS": threads} if threads else {}),
    }
    ready = {}
    rng = np.random.default_rng(0)
    for side, length in SIZES.items():
        start = rng.standard_normal((side, side), np.float32)
        # of such a size that the values neither vanish nor overflow along the chain
        weights = rng.standard_normal((side, side), np.float32) / np.float32(np.sqrt(side))
        left = op.parameter([side, side], np.float32)
        right = op.constant(weights)
        product = left
        for _ in range(length):
            product = op.matmul(product, right, False, False)
        request = core.compile_model(
            openvino.Model([product], [left]), "CPU", settings
        ).create_infer_request()
        request.infer([start], share_inputs=True, share_outputs=True)
        ready[f"{length} products of {side}²"] = (request, start, 2.0 * length * side**3)
    return ready


def speeds(request: Any, start: np.ndarray, flop: float) -> list[float]:  # noqa: ANN401
    """Return the speed of each of a few runs, in FLOP a second."""
    found = []
    for _ in range(REPEATS):
        began = CLOCK()
        request.infer([start], share_inputs=True, share_outputs=True)
        found.append(flop / (CLOCK() - began))
    return found
