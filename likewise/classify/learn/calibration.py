"""How sure: calibrated probabilities, and sets and intervals that hold the truth."""

import numpy as np
import numpy.typing as npt

from likewise.classify.arrays import Classes, Floats

HOTTEST, COLDEST = 20.0, 0.02
"""Temperatures that are tried: nothing is ever as unsure or as sure."""


def log_losses(logits: npt.NDArray[np.floating], classes: Classes, temperature: float) -> Floats:
    """Return −log of the probability of the true class, shape (n,), of logits / temperature."""
    scaled = logits.astype(np.float64) / temperature
    scaled -= scaled.max(axis=1, keepdims=True)
    chosen: Floats = scaled[np.arange(len(classes)), classes]
    losses: Floats = np.log(np.exp(scaled).sum(axis=1)) - chosen
    return losses


def fit_temperature(logits: npt.NDArray[np.floating], classes: Classes) -> float:
    """Return the temperature that makes held-out logits most likely.

    Each text counts as one n-th of a text of an unknown class more, so that a handful of texts
    that are all told right don't make the model certain of everything.

    Source: Guo et al. 2017, On calibration of modern neural networks; Platt 1999, Probabilistic
    outputs for support vector machines, for the doubt.
    """
    from scipy.optimize import minimize_scalar

    doubt = 1 / (len(classes) + 2)
    above = (logits - logits[np.arange(len(classes)), classes][:, None]).mean(dtype=np.float64)

    def loss(log: float) -> float:
        temperature = float(np.exp(log))
        # the loss of a class drawn at random is that of the true one less the mean difference
        return float(log_losses(logits, classes, temperature).mean() - doubt * above / temperature)

    found = minimize_scalar(
        loss,
        bounds=(np.log(COLDEST), np.log(HOTTEST)),
        method="bounded",
        options={"xatol": 1e-3},
    )
    return float(np.exp(found.x))


def nonconformity(probabilities: Floats, classes: Classes) -> Floats:
    """Return 1 − the probability of the true class, sorted, shape (n,): the scores of LAC."""
    return np.sort(1 - probabilities[np.arange(len(classes)), classes])


def set_threshold(scores: Floats, coverage: float) -> float:
    """Return the probability from which on a class belongs to the set.

    Sets hold the true class with at least the probability `coverage`, for texts from where the
    held-out scores came from. With too few scores for the promise it is 0: every class.

    Source: Sadinle, Lei & Wasserman 2019, Least ambiguous set-valued classifiers with bounded
    error levels; the finite-sample quantile of Vovk et al. 2005.
    """
    rank = int(np.ceil((len(scores) + 1) * coverage))
    return 0.0 if rank > len(scores) else float(1 - scores[rank - 1])


def sets(
    probabilities: Floats, threshold: float, said: Classes | None = None
) -> npt.NDArray[np.bool_]:
    """Return which classes are in each text's set: bool, shape (n, k).

    The class that is said is always in. That can only raise the coverage, and no text gets an
    empty set; whether it belongs to any class at all is asked of `likewise.classify.learn.novelty`.

    Args:
        probabilities: float64, shape (n, k).
        threshold: see `set_threshold`.
        said: int64, shape (n,), the place of the class that is said; by default the most probable.
    """
    found: npt.NDArray[np.bool_] = probabilities >= threshold - 1e-12
    found[np.arange(len(found)), probabilities.argmax(axis=1) if said is None else said] = True
    return found


def half_width(residuals: Floats, coverage: float) -> float:
    """Return how far an interval reaches to each side of a prediction.

    It holds the true number with at least the probability `coverage`, for texts from where the
    held-out residuals came from; infinite where there are too few for the promise.

    Source: Lei et al. 2018, Distribution-free predictive inference for regression.
    """
    rank = int(np.ceil((len(residuals) + 1) * coverage))
    return float("inf") if rank > len(residuals) else float(residuals[rank - 1])
