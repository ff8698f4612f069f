"""Intervals of means over texts."""

import numpy as np
import numpy.typing as npt

RESAMPLES = 2_000


def bootstrap(values: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Return the 95 per cent interval of the mean of values, by the percentile bootstrap.

    Shares of a few neighbours take few different values, so that how often each is drawn can be
    drawn at once, for any number of texts.

    Args:
        values: float64, shape (n,), n at least 1.
    """
    different, counts = np.unique(values, return_counts=True)
    drawn = np.random.default_rng(0).multinomial(len(values), counts / len(values), RESAMPLES)
    low, high = np.quantile(drawn @ different / len(values), [0.025, 0.975])
    return float(low), float(high)
