"""The picture in the README, taken of the page as it is."""

import os
import struct
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.steps import box, wait_for_score

COMMITTED = Path(__file__).resolve().parents[2] / "docs" / "page.png"
SIZE = (1280, 860)


def size(png: bytes) -> tuple[int, int]:
    return struct.unpack(">II", png[16:24])


def test_the_picture_of_the_readme(page, tmp_path):
    page.set_viewport_size({"width": SIZE[0], "height": SIZE[1]})
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.goto("/")
    expect(box(page, 1)).to_be_visible()
    wait_for_score(page, 2, least=0.5)
    page.evaluate("document.fonts.ready")
    target = COMMITTED if os.environ.get("PICTURES") else tmp_path / "readme.png"
    page.screenshot(path=target)
    assert size(COMMITTED.read_bytes()) == size(target.read_bytes()) == SIZE, (
        "Take it again: PICTURES=1 .venv/bin/python -m pytest tests/browser/test_readme.py"
    )
