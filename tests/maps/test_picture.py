"""Maps for print: what stands in them, and that texts in them stay texts."""

import io
import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from likewise.maps import make_map
from likewise.maps.clusters import Cluster, Level
from likewise.maps.picture import COLOURS, HEIGHT, WIDTH, as_png, as_svg
from tests.maps.test_map import IDENTITY, islands, texts_of

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def made():
    vectors, group = islands(200)
    return make_map(vectors, texts_of(group), IDENTITY, layout="pca")


def test_an_svg_has_a_dot_for_each_text_and_says_where_it_lies(made):
    root = ET.fromstring(as_svg(made, title="Animals & more"))
    paths = root.iter(f"{SVG}path")
    assert sum(path.attrib["d"].count("M") for path in paths) == 200
    texts = [element.text for element in root.iter(f"{SVG}text")]
    assert "Animals & more" in texts
    share = f"{100 * made.share_kept:.0f} % are near it here"
    assert any(share in text for text in texts)
    assert any("penguin" in text for text in texts)


def test_names_do_not_cover_one_another(made):
    root = ET.fromstring(as_svg(made, title="t"))
    names = [e for e in root.iter(f"{SVG}text") if "font-size" not in e.attrib]
    places = [(float(e.attrib["x"]), float(e.attrib["y"]), len(e.text)) for e in names]
    assert len(places) > 1
    for i, (x, y, n) in enumerate(places):
        for x2, y2, n2 in places[:i]:
            assert abs(y - y2) > 30 or abs(x - x2) > 6 * (n + n2)


def test_words_can_not_become_markup(made):
    wicked = Level(np.zeros(200, np.int32), (Cluster(('<script>"&', "x"), 0, 200),))
    root = ET.fromstring(as_svg(replace(made, levels=(wicked,)), title="</svg><script>"))
    assert not list(root.iter(f"{SVG}script"))
    assert any(e.text == '<script>"&, x' for e in root.iter(f"{SVG}text"))


def test_a_png_shows_the_clusters(made):
    image = Image.open(io.BytesIO(as_png(made, title="Animals")))
    assert image.size == (WIDTH, HEIGHT)
    shown = {colour for count, colour in image.getcolors(maxcolors=2**20) if count > 50}
    first = tuple(int(COLOURS[0][i : i + 2], 16) for i in (1, 3, 5))
    assert first in shown


@pytest.mark.parametrize("n", [0, 1, 3])
def test_a_few_texts_make_a_picture_too(n):
    vectors, _ = islands(max(n, 1), 1)
    made = make_map(vectors[:n], ["text"] * n, IDENTITY)
    ET.fromstring(as_svg(made, title="t"))
    assert as_png(made, title="t").startswith(b"\x89PNG")
