"""The fingerprint's pixels are the numbers."""

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
def browser_context_args(browser_context_args, request):
    return {**browser_context_args, "device_scale_factor": request.param}


def test_each_number_is_a_cell_whose_colour_says_sign_and_size(opened):
    numbers = likewise.compare(list(OPENING_TEXTS)).encoding.vectors[0]
    found = cells(opened, 1)
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


def test_backing_store_follows_the_device_pixel_ratio(opened):
    width, shown = (
        row(opened, 1).locator("canvas").evaluate("canvas => [canvas.width, canvas.clientWidth]")
    )
    assert width == round(shown * opened.evaluate("devicePixelRatio"))


def test_it_is_drawn_again_when_the_text_the_encoder_or_the_scheme_changes(opened, complaints):
    complaints.expect("willReadFrequently")  # this test reads pixels, the page never does
    before = cells(opened, 2)
    box(opened, 2).fill("Trains run late in winter.")
    wait_for_score(opened, 2, most=0.3)
    typed = cells(opened, 2)
    assert typed != before
    opened.emulate_media(color_scheme="dark")
    opened.wait_for_timeout(100)
    dark = cells(opened, 2)
    assert sum(map(sum, dark)) < 0.8 * sum(map(sum, typed))
    choose(opened, "SHA-256")
    expect(opened.get_by_text("… 246 more").first).to_be_visible()
    assert len({tuple(cell) for cell in cells(opened, 2)}) == 2  # every number is +1/16 or −1/16
