"""How much the page weighs, and how soon its results are seen."""

import gzip
import re
from pathlib import Path

import pytest

from likewise.server.static import PAGE


def test_first_paint_has_the_results(page):
    page.add_init_script(
        """new PerformanceObserver(list => {
            if (list.getEntriesByName('first-contentful-paint').length > 0)
                window.atFirstPaint = document.body.innerText;
        }).observe({ type: 'paint', buffered: true });"""
    )
    page.goto("/")
    page.wait_for_function("() => window.atFirstPaint")
    seen = page.evaluate("window.atFirstPaint")
    assert seen.count("nearly all unrelated pairs") == 3
    assert "most similar" in seen


def loaded(page: str) -> set[Path]:
    """The files that a page needs before it can be used."""
    found = {PAGE / page}
    waiting = list(found)
    while waiting:
        text = waiting.pop().read_text(encoding="utf-8")
        named = re.findall(r'(?:from|import)\s*"\./([^"]+\.js)"', text)
        named += re.findall(r'"\./assets/([^"]+)"', text)
        named += re.findall(r"url\(\.?/?([^)]+\.woff2)\)", text)
        for name in named:
            file = PAGE / "assets" / name
            if file not in found:
                found.add(file)
                if file.suffix in {".js", ".css"}:
                    waiting.append(file)
    return found


@pytest.mark.parametrize("name", ["index.html", "classify.html", "docs.html"])
def test_the_page_weighs_little(name):
    files = loaded(name)
    assert len([file for file in files if file.suffix == ".js"]) >= 2
    assert len([file for file in files if file.suffix == ".woff2"]) == 2
    fonts = sum(file.stat().st_size for file in files if file.suffix == ".woff2")
    texts = [file for file in files if file.suffix != ".woff2"]
    packed = sum(len(gzip.compress(file.read_bytes(), 9)) for file in texts)
    assert packed + fonts <= 170_000
