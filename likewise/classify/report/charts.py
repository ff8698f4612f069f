"""Charts as SVG text: they open offline, scale, and say in words what they show."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np
import numpy.typing as npt

from likewise.classify.arrays import Floats
from likewise.classify.evaluate.metrics import BINS
from likewise.classify.report.figures import percent

BLUE, ORANGE, GREY = "#2a78b8", "#d9660a", "#8886"
SIDE = 320
"""Width and height of a square chart, in pixels at its own size."""

EDGE = 44
"""Room for axes."""

STUB = 5
"""Least height of a bar, in pixels: where all were wrong, that is seen above the axis."""

INSET = 0.05
"""How far from both ends of its axis a curve stays, so that no dot lies on a name."""

MOST_DOTS = 2_000
"""Texts above which a chart shows a random part, so that the page stays light."""


def reliability_chart(bins: Sequence[Mapping[str, Any]]) -> str:
    """Draw confidence against accuracy: bars on the diagonal are well calibrated.

    Args:
        bins: `count`, `confidence` (mean) and `accuracy` of each bin with a text.
    """
    parts, most = [], max((one["count"] for one in bins), default=1)
    width = (SIDE - 2 * EDGE) / BINS
    for one in bins:
        count, confidence, accuracy = one["count"], one["confidence"], one["accuracy"]
        place = min(int(confidence * BINS), BINS - 1)
        top = min(_y(float(accuracy)), _y(0) - STUB)
        title = f"{int(count)} texts: {percent(confidence, 0)} sure, {percent(accuracy, 0)} right"
        parts.append(
            f'<rect x="{EDGE + place * width:.1f}" y="{top:.1f}" width="{width - 1:.1f}" '
            f'height="{_y(0) - top:.1f}" fill="{BLUE}" '
            f'opacity="{0.35 + 0.65 * count / most:.2f}"><title>{title}</title></rect>'
        )
    parts.append(_line([(0, 0), (1, 1)], GREY, dashed=True))
    return _square(parts, "confidence", "share that is right", "Reliability diagram")


def curve_chart(points: Sequence[Mapping[str, Any]]) -> str:
    """Draw accuracy against the number of training texts, on a logarithmic axis, with a band."""
    logs = np.log2([point["texts"] for point in points])
    spread = max(float(logs[-1] - logs[0]), 1e-9)
    xs = [INSET + (1 - 2 * INSET) * float(log - logs[0]) / spread for log in logs]
    upper = [(x, point["high"]) for x, point in zip(xs, points, strict=True)]
    lower = [(x, point["low"]) for x, point in zip(xs, points, strict=True)]
    band = " ".join(f"{_x(x):.1f},{_y(y):.1f}" for x, y in [*upper, *reversed(lower)])
    parts = [f'<polygon points="{band}" fill="{BLUE}" opacity="0.25"/>']
    middle = [(x, point["accuracy"]) for x, point in zip(xs, points, strict=True)]
    parts.append(_line(middle, BLUE))
    for (x, y), point in zip(middle, points, strict=True):
        parts.append(
            f'<circle cx="{_x(x):.1f}" cy="{_y(y):.1f}" r="4" fill="{BLUE}">'
            f"<title>{point['texts']} texts: {percent(y)}</title></circle>"
            f'<text x="{_x(x):.1f}" y="{SIDE - EDGE + 16}" class="tick" text-anchor="middle">'
            f"{point['texts']}</text>"
        )
    return _square(parts, "training texts", "accuracy", "Learning curve", ticks=False)


def truth_chart(targets: Floats, predictions: Floats) -> str:
    """Draw predictions against the true numbers, both float64 (n,), on the same scale."""
    both = np.concatenate([targets, predictions])
    scale = _scale(both)
    parts = [_line([(0, 0), (1, 1)], GREY, dashed=True), _dots(targets, predictions, scale, scale)]
    return _numbered(parts, scale, scale, "true number", "predicted", "Held-out texts")


def residual_chart(targets: Floats, predictions: Floats) -> str:
    """Draw what each prediction is too high or too low by, against the prediction."""
    errors = predictions - targets
    far = max(float(np.abs(errors).max()), 1e-9)
    across, up = _scale(predictions), (-far, far)
    parts = [
        _line([(0, 0.5), (1, 0.5)], GREY, dashed=True),
        _dots(predictions, errors, across, up),
    ]
    return _numbered(parts, across, up, "predicted", "predicted − true", "Residuals")


def _scale(values: Floats) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    return (low, high) if high > low else (low - 1, high + 1)


def _dots(xs: Floats, ys: Floats, across: tuple[float, float], up: tuple[float, float]) -> str:
    if len(xs) > MOST_DOTS:
        rows = np.random.default_rng(0).choice(len(xs), MOST_DOTS, replace=False)
        xs, ys = xs[rows], ys[rows]
    (left, right), (low, high) = across, up
    return "".join(
        f'<circle cx="{_x((x - left) / (right - left)):.1f}" '
        f'cy="{_y((y - low) / (high - low)):.1f}" r="2.5" fill="{BLUE}" opacity="0.45"/>'
        for x, y in zip(xs.tolist(), ys.tolist(), strict=True)
    )


def _numbered(
    parts: Sequence[str],
    across: tuple[float, float],
    up: tuple[float, float],
    below: str,
    beside: str,
    title: str,
) -> str:
    axes = [_line([(0, 1), (0, 0), (1, 0)], "currentColor")]
    for share in (0, 0.5, 1):
        x, y = (low + share * (high - low) for low, high in (across, up))
        axes.append(
            f'<text x="{EDGE - 5}" y="{_y(share) + 4:.1f}" text-anchor="end" class="tick">{y:.3g}'
            f'</text><text x="{_x(share):.1f}" y="{SIDE - EDGE + 16}" text-anchor="middle" '
            f'class="tick">{x:.3g}</text>'
        )
    axes.append(_axis_names(below, beside))
    return _svg(SIDE, SIDE, [*parts, *axes], f"{title}: {beside} by {below}")


def _axis_names(across: str, up: str) -> str:
    return (
        f'<text x="{SIDE / 2}" y="{SIDE - 8}" text-anchor="middle" class="tick">{across}</text>'
        f'<text x="{EDGE}" y="{EDGE - 12}" class="tick">{up}</text>'
    )


def confusion_chart(table: npt.NDArray[np.int64], names: Sequence[str]) -> str:
    """Draw the confusion matrix: true labels down, predicted across, counts in the cells."""
    cell, room = 34, 24 + 7 * min(20, max(map(len, names)))
    size = room + cell * len(names)
    shares = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    parts = []
    for row, name in enumerate(names):
        middle = room + row * cell + cell / 2
        short = escape(name if len(name) <= 20 else name[:19] + "…")
        parts.append(
            f'<text x="{room - 6}" y="{middle + 4}" text-anchor="end" class="tick">{short}</text>'
            f'<text transform="translate({middle + 4},{room - 6}) rotate(-60)" class="tick">'
            f"{short}</text>"
        )
        for column, count in enumerate(table[row]):
            colour = BLUE if row == column else ORANGE
            x, y, share = room + column * cell, room + row * cell, float(shares[row, column])
            title = escape(f"{name} called {names[column]}: {count}")
            parts.append(
                f'<g><rect x="{x}" y="{y}" width="{cell - 1}" height="{cell - 1}" fill="{colour}" '
                f'opacity="{0.06 + 0.94 * share:.3f}"/><title>{title}</title>'
            )
            if count:
                light = "#fff" if share > 0.55 else "currentColor"
                parts.append(
                    f'<text x="{x + cell / 2}" y="{y + cell / 2 + 4}" text-anchor="middle" '
                    f'class="tick" style="fill:{light}">{count}</text>'
                )
            parts.append("</g>")
    return _svg(size + 60, size, parts, "Confusion matrix: true labels down, predicted across")


def _square(parts: list[str], across: str, up: str, title: str, *, ticks: bool = True) -> str:
    axes = [_line([(0, 1), (0, 0), (1, 0)], "currentColor")]
    for value in (0, 0.25, 0.5, 0.75, 1):
        axes.append(
            f'<text x="{EDGE - 5}" y="{_y(value) + 4:.1f}" text-anchor="end" class="tick">'
            f"{value:.0%}</text>"
        )
        if ticks:
            axes.append(
                f'<text x="{_x(value):.1f}" y="{SIDE - EDGE + 16}" text-anchor="middle" '
                f'class="tick">{value:.0%}</text>'
            )
    axes.append(_axis_names(across, up))
    return _svg(SIDE, SIDE, [*parts, *axes], f"{title}: {up} by {across}")


def _svg(width: float, height: float, parts: Sequence[str], title: str) -> str:
    return (
        f'<svg role="img" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'style="max-width:100%;height:auto"><title>{escape(title)}</title>{"".join(parts)}</svg>'
    )


def _line(points: Sequence[tuple[float, float]], colour: str, *, dashed: bool = False) -> str:
    path = " ".join(f"{_x(x):.1f},{_y(y):.1f}" for x, y in points)
    dash = ' stroke-dasharray="4 4"' if dashed else ""
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>'


def _x(share: float) -> float:
    return EDGE + share * (SIDE - 2 * EDGE)


def _y(share: float) -> float:
    return SIDE - EDGE - share * (SIDE - 2 * EDGE)
