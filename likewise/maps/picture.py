"""A map for print: SVG, or PNG in the same drawing."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import numpy.typing as npt

from likewise.errors import counted
from likewise.maps.clusters import Level
from likewise.maps.html import MOST_TITLE
from likewise.maps.made_by import MADE_BY
from likewise.maps.map import Map
from likewise.similarity.shown import one_line

WIDTH, HEIGHT = 1_600, 1_200
"""Pixels of the PNG, and units of the SVG."""

MARGIN = 60
CAPTION = 70
"""Room for the sentence that says where the map lies."""

COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#b2a51e", "#785ebe")
"""Okabe and Ito (2008), safe for colour-blind eyes; the eight largest clusters have one each."""

PAPER, INK = "#ffffff", "#211d17"
TITLE_SIZE, CAPTION_SIZE, NAME_SIZE = 34, 20, 24
NAMED_LEVEL = 1
NAMED = 24
"""Clusters of that level whose names are tried; those that would cover others are left out."""

_CELLS = 24


@dataclass(frozen=True)
class _Name:
    text: str
    x: float
    y: float


@dataclass(frozen=True)
class _Drawing:
    title: str
    caption: str
    places: npt.NDArray[np.float64]
    colours: npt.NDArray[np.int64]
    names: tuple[_Name, ...]
    radius: float


def as_svg(made: Map, *, title: str) -> str:
    """Return the map as an SVG document; texts in it are text, to be found and edited.

    Args:
        made: the map.
        title: its heading.
    """
    drawing = _drawn(made, title)
    groups, heading = [], escape(drawing.title)
    for number, colour in enumerate(COLOURS):
        points = drawing.places[drawing.colours == number]
        if not len(points):
            continue
        # a line of no length with round ends is a dot, in a fifth of a circle's characters
        path = "".join(f"M{x:.1f} {y:.1f}h0" for x, y in points)
        groups.append(f'<path stroke="{colour}" d="{path}"/>')
    names = "".join(
        f'<text x="{name.x:.1f}" y="{name.y:.1f}">{escape(name.text)}</text>'
        for name in drawing.names
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="Helvetica, Arial, sans-serif" fill="{INK}">'
        f"<title>{heading}</title><desc>{escape(drawing.caption)}</desc>"
        f"<metadata>{MADE_BY}</metadata>"
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{PAPER}"/>'
        f'<g fill="none" stroke-linecap="round" stroke-width="{2 * drawing.radius:.2f}" '
        f'stroke-opacity="0.8">{"".join(groups)}</g>'
        f'<g font-size="{NAME_SIZE}" font-weight="bold" text-anchor="middle" '
        f'dominant-baseline="central" paint-order="stroke" stroke="{PAPER}" stroke-width="5" '
        f'stroke-linejoin="round">{names}</g>'
        f'<text x="{MARGIN}" y="{MARGIN - 14}" font-size="{TITLE_SIZE}">{heading}</text>'
        f'<text x="{MARGIN}" y="{HEIGHT - 28}" font-size="{CAPTION_SIZE}">'
        f"{escape(drawing.caption)}</text></svg>\n"
    )


def as_png(made: Map, *, title: str) -> bytes:
    """Return the map as a PNG of 1,600 × 1,200 pixels.

    Its typeface has Latin letters; `as_svg` leaves names to the reader's own typefaces.
    """
    from PIL import Image, ImageDraw, ImageFont
    from PIL.PngImagePlugin import PngInfo

    drawing = _drawn(made, title)
    fine = 2  # drawn twice as large and made smaller, so that dots have smooth edges
    image = Image.new("RGB", (WIDTH * fine, HEIGHT * fine), PAPER)
    draw = ImageDraw.Draw(image)
    radius = max(1.0, drawing.radius * fine)
    for (x, y), number in zip(drawing.places * fine, drawing.colours, strict=True):
        box = (x - radius, y - radius, x + radius, y + radius)
        draw.ellipse(box, fill=COLOURS[number])
    image = image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    draw = ImageDraw.Draw(image)

    def write(text: str, x: float, y: float, size: int, anchor: str, **options: Any) -> None:  # noqa: ANN401
        draw.text((x, y), text, INK, font=ImageFont.load_default(size), anchor=anchor, **options)

    for name in drawing.names:
        write(name.text, name.x, name.y, NAME_SIZE, "mm", stroke_width=3, stroke_fill=PAPER)
    write(drawing.title, MARGIN, MARGIN - 14, TITLE_SIZE, "ls")
    write(drawing.caption, MARGIN, HEIGHT - 28, CAPTION_SIZE, "ls")
    out = io.BytesIO()
    about = PngInfo()
    about.add_text("Software", MADE_BY)
    image.save(out, "PNG", optimize=True, pnginfo=about)
    return out.getvalue()


def caption(made: Map) -> str:
    """Return the sentence that says where a map lies, and how far it can be trusted."""
    many = counted(len(made), "text")
    return (
        f"{many} by {one_line(made.identity.name)}, laid "
        f"out by {made.layout}. Of the {made.neighbours.indices.shape[1]} true neighbours of each "
        f"text, {100 * made.share_kept:.0f} % are near it here; how far apart two islands are says "
        "little."
    )


def _drawn(made: Map, title: str) -> _Drawing:
    room = min(WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN - CAPTION) / 2
    centre = np.array([WIDTH / 2, (HEIGHT - CAPTION + MARGIN / 2) / 2])
    places = centre + made.points.astype(np.float64) * room * [1, -1]
    coarse = made.levels[0].labels if made.levels else np.zeros(len(made), np.int32)
    level = made.levels[min(NAMED_LEVEL, len(made.levels) - 1)] if made.levels else None
    return _Drawing(
        title=one_line(title, MOST_TITLE),
        caption=caption(made),
        places=places,
        colours=np.minimum(coarse.astype(np.int64), len(COLOURS) - 1),
        names=() if level is None else _names(level, places),
        radius=float(np.clip(np.sqrt(0.1 * (2 * room) ** 2 / max(1, len(made)) / np.pi), 0.5, 7)),
    )


def _names(level: Level, places: npt.NDArray[np.float64]) -> tuple[_Name, ...]:
    """Return names in the thickest part of their clusters, none over another."""
    taken: list[tuple[float, float, float, float]] = []
    found = []
    for number, cluster in enumerate(level.clusters[:NAMED]):
        text = one_line(", ".join(cluster.words[:2]))
        if not text:
            continue
        x, y = _thickest(places[level.labels == number])
        half = 0.29 * NAME_SIZE * len(text)
        x = float(np.clip(x, MARGIN + half, WIDTH - MARGIN - half))
        box = (x - half, y - 0.7 * NAME_SIZE, x + half, y + 0.7 * NAME_SIZE)
        if not any(_overlap(box, other) for other in taken):
            taken.append(box)
            found.append(_Name(text, x, float(y)))
    return tuple(found)


def _thickest(places: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the middle of the cell of a grid that holds the most of some places."""
    cells = (places // (HEIGHT / _CELLS)).astype(np.int64)
    _, which, counts = np.unique(cells, axis=0, return_inverse=True, return_counts=True)
    middle: npt.NDArray[np.float64] = places[which.reshape(-1) == counts.argmax()].mean(axis=0)
    return middle


def _overlap(one: Sequence[float], other: Sequence[float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
