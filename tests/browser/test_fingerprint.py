"""The fingerprint's pixels are the numbers."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

import likewise
from likewise.server.workbench.opening import OPENING_TEXTS
from tests.browser.steps import box, choose, row, wait_for_score

READ_CELLS = """canvas => {
    const { width, height } = canvas;
    const pixels = canvas.getContext('2d').getImageData(0, 0, width, height).data;
    const [columns, rows] = getComputedStyle(canvas).aspectRatio.split('/').map(Number);
    return Array.from({ length: columns * rows }, (_, i) => {
        const x = Math.floor(((i % columns) + 0.5) * width / columns);
        const y = Math.floor((Math.floor(i / columns) + 0.5) * height / rows);
        const at = 4 * (y * width + x);
        return [pixels[at], pixels[at + 1], pixels[at + 2], pixels[at + 3]];
    });
}"""


def cells(page, number: int) -> list[list[int]]:
    return row(page, number).locator("canvas").evaluate(READ_CELLS)


@pytest.fixture(params=[1, 2, 3])
def dense(browser, browser_context_args, base_url, request):
    """The page on a screen with so many pixels a length."""
    context = browser.new_context(
        **{**browser_context_args, "base_url": base_url, "device_scale_factor": request.param}
    )
    page = context.new_page()
    page.goto("/")
    expect(box(page, 1)).to_be_visible()
    yield page
    context.close()


def in_the_model_s_order(page) -> None:
    page.get_by_label("sort the strips by the first text").uncheck()


def test_each_number_is_a_cell_whose_colour_says_sign_and_size(dense):
    width, shown = (
        row(dense, 1).locator("canvas").evaluate("canvas => [canvas.width, canvas.clientWidth]")
    )
    assert width == round(shown * dense.evaluate("devicePixelRatio"))
    in_the_model_s_order(dense)
    numbers = likewise.compare(list(OPENING_TEXTS)).encoding.vectors[0]
    found = cells(dense, 1)
    assert len(found) == len(numbers) == 384
    assert all(alpha == 255 for *_, alpha in found)
    for number, (red, _, blue, _) in zip(numbers, found, strict=True):
        if number > 0.01:
            assert red > blue  # above zero is orange
        elif number < -0.01:
            assert blue > red  # below zero is blue
    by_size = sorted(range(384), key=lambda i: numbers[i])
    assert found[by_size[-1]][2] < found[by_size[-40]][2] < found[by_size[-150]][2]
    assert found[by_size[0]][0] < found[by_size[40]][0] < found[by_size[150]][0]


def warmth(page, number: int) -> np.ndarray:
    """How much more orange than blue each cell of a strip is, column by column."""
    found = np.array(cells(page, number), float)
    across = found[:, 0] - found[:, 2]
    columns = round(len(across) / 4)
    return across.reshape(4, columns).T.ravel()


def test_strips_are_sorted_by_the_first_text_so_that_likeness_is_seen(opened, complaints):
    complaints.expect("willReadFrequently")  # this test reads pixels, the page never does
    vectors = likewise.compare(list(OPENING_TEXTS)).encoding.vectors
    order = np.argsort(vectors[0], kind="stable")
    first = warmth(opened, 1)
    assert (np.diff(first) >= -12).all()  # a smooth sweep: colours are rounded
    for number in (1, 2, 3, 4):
        shown = warmth(opened, number)
        assert np.corrcoef(shown, vectors[number - 1][order])[0, 1] > 0.9
    along = [np.corrcoef(first, warmth(opened, number))[0, 1] for number in (2, 3, 4)]
    assert along[0] > 0.6
    assert along[0] > along[1] + 0.15
    # the same text at another place brings its own order
    opened.get_by_role("button", name="Remove text 1").click()
    expect(row(opened, 1).get_by_text("the reference", exact=True)).to_be_visible()
    wait_for_score(opened, 2, most=0.6)
    assert (np.diff(warmth(opened, 1)) >= -12).all()
    # a checksum has no likeness to show
    choose(opened, "SHA-256")
    expect(opened.get_by_text("… 246 more").first).to_be_visible()
    wait_for_score(opened, 2, most=0.35)
    assert abs(np.corrcoef(warmth(opened, 1), warmth(opened, 2))[0, 1]) < 0.35
    in_the_model_s_order(opened)
    assert abs(np.corrcoef(np.arange(256), warmth(opened, 1))[0, 1]) < 0.35


def test_cells_slide_to_their_places_when_the_order_changes(opened, complaints):
    complaints.expect("willReadFrequently")
    opened.emulate_media(reduced_motion="no-preference")
    opened.evaluate(
        """() => {
            const canvas = document.querySelectorAll('ol li canvas')[0];
            window.drawn = new Set();
            const look = () => {
                window.drawn.add(canvas.toDataURL());
                window.looking = requestAnimationFrame(look);
            };
            look();
        }"""
    )
    opened.get_by_label("sort the strips by the first text").uncheck()
    opened.wait_for_function("() => window.drawn.size > 4")  # places between the first and the last
    opened.emulate_media(reduced_motion="reduce")
    opened.get_by_label("sort the strips by the first text").check()
    opened.evaluate("cancelAnimationFrame(window.looking)")


def test_the_same_number_lights_up_in_every_strip(opened):
    strip = row(opened, 2).locator("canvas")
    strip.hover(position={"x": 300, "y": 10})
    lit = opened.locator("ol .here")
    expect(lit).to_have_count(4)
    lefts = lit.evaluate_all("them => new Set(them.map(it => it.style.left)).size")
    assert lefts == 1
    said = row(opened, 2).locator(".bubble").inner_text()
    number, value = re.match(r"number (\d+): (.+)", said).groups()
    vectors = likewise.compare(list(OPENING_TEXTS)).encoding.vectors[:, int(number) - 1]
    assert abs(float(value.replace("\u2212", "-")) - vectors[1]) < 2e-3
    for index in (0, 2, 3):
        brief = row(opened, index + 1).locator(".bubble.brief").inner_text()
        assert abs(float(brief.replace("\u2212", "-")) - vectors[index]) < 2e-3
    opened.mouse.move(5, 5)
    expect(lit).to_have_count(0)


def test_a_tap_reads_a_cell_and_the_next_elsewhere_ends_it(browser, browser_context_args, base_url):
    context = browser.new_context(
        **{
            **browser_context_args,
            "base_url": base_url,
            "has_touch": True,
            "viewport": {"width": 390, "height": 844},
        }
    )
    page = context.new_page()
    page.goto("/")
    row(page, 1).locator("canvas").tap(position={"x": 60, "y": 10})
    expect(row(page, 1).locator(".bubble")).to_contain_text("number")
    page.get_by_role("heading", level=1).tap()
    expect(page.locator("ol .here")).to_have_count(0)
    context.close()


def test_it_is_drawn_again_when_the_text_the_encoder_or_the_scheme_changes(opened, complaints):
    complaints.expect("willReadFrequently")  # this test reads pixels, the page never does
    before = cells(opened, 2)
    box(opened, 2).fill("Trains run late in winter.")
    wait_for_score(opened, 2, most=0.3)
    typed = cells(opened, 2)
    assert typed != before
    opened.emulate_media(color_scheme="dark")
    opened.wait_for_function(
        """() => {
            const canvas = document.querySelector('ol canvas');
            const [red, green, blue] = canvas.getContext('2d').getImageData(
                canvas.width / 2, 2, 1, 1).data;
            return red + green + blue < 360;
        }"""
    )
    dark = cells(opened, 2)
    assert sum(map(sum, dark)) < 0.8 * sum(map(sum, typed))
    choose(opened, "SHA-256")
    expect(opened.get_by_text("… 246 more").first).to_be_visible()
    assert len({tuple(cell) for cell in cells(opened, 2)}) == 2  # every number is +1/16 or −1/16
