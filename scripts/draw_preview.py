"""Draw what a link to the page looks like elsewhere, and its icon on a telephone.

Writes `web/public/preview.png` (1200 × 630) and `web/public/touch-icon.png` (180 × 180), with the
real numbers of the default encoder. Run it when the hero of the page has changed.
"""

import os
import shutil
from base64 import b64encode
from html import escape
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright

import likewise

WEB = Path(__file__).parent.parent / "web"
TEXTS = (
    "I love cats.",
    "Felines are my favourite animals.",
    "A cat sleeps for around fifteen hours a day.",
    "The budget was rejected.",
)
BELOW, ZERO, ABOVE = (16, 76, 150), (243, 239, 231), (196, 84, 4)
ROWS, WIDE, HIGH = 4, 11, 16


def main() -> None:
    """Draw both."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1200, "height": 630})
        page.set_content(_preview())
        page.evaluate("document.fonts.ready")
        page.screenshot(path=WEB / "public" / "preview.png")
        page.set_viewport_size({"width": 180, "height": 180})
        icon = (WEB / "public" / "favicon.svg").read_text(encoding="utf-8")
        page.set_content(f"<style>*{{margin:0}}svg{{display:block;width:180px}}</style>{icon}")
        page.screenshot(path=WEB / "public" / "touch-icon.png")
        browser.close()


def _preview() -> str:
    comparison = likewise.compare(list(TEXTS))
    vectors = comparison.encoding.vectors
    order = np.argsort(vectors[0], kind="stable")
    rows = "".join(
        f"<p><span>{escape(text)}</span><b>{'' if i == 0 else f'{similarity:.2f}'}</b></p>"
        f"{_strip(vectors[i][order])}"
        for i, (text, similarity) in enumerate(zip(TEXTS, comparison.similarities, strict=True))
    )
    return (
        f"<style>{_font('Newsreader', 'newsreader', 'newsreader-latin-400-normal')}"
        f"{_font('Figtree', 'figtree', 'figtree-latin-wght-normal')}"
        "body{margin:0;padding:42px 72px;background:#faf7f1;color:#211d17;font:26px Newsreader}"
        "h1{margin:0 0 22px;font-weight:400;font-size:58px;letter-spacing:-.02em}"
        "p{display:flex;justify-content:space-between;margin:14px 0 6px}b{font:500 26px Figtree}"
        f"svg{{display:block}}</style><h1>Which of these mean the same thing?</h1>{rows}"
    )


def _strip(numbers: np.ndarray) -> str:
    columns = -(-len(numbers) // ROWS)
    full = 3 / np.sqrt(len(numbers))
    cells = "".join(
        f'<rect x="{i // ROWS * WIDE}" y="{i % ROWS * HIGH}" width="{WIDE}" height="{HIGH}" '
        f'fill="{_colour(np.sign(n) * min(1, abs(n) / full) ** 0.6)}"/>'
        for i, n in enumerate(numbers.tolist())
    )
    size = f'width="{columns * WIDE}" height="{ROWS * HIGH}"'
    return f'<svg {size} shape-rendering="crispEdges">{cells}</svg>'


def _colour(place: float) -> str:
    end = ABOVE if place > 0 else BELOW
    mixed = (round(z + (e - z) * abs(place)) for z, e in zip(ZERO, end, strict=True))
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def _font(family: str, package: str, name: str) -> str:
    scope = "@fontsource-variable" if "wght" in name else "@fontsource"
    file = WEB / "node_modules" / scope / package / "files" / f"{name}.woff2"
    data = b64encode(file.read_bytes()).decode()
    return f"@font-face{{font-family:{family};src:url(data:font/woff2;base64,{data})}}"


if __name__ == "__main__":
    main()
