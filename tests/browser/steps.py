"""What a reader does and sees on the page, in the page's words."""

import base64
import json
from pathlib import Path

import numpy as np
from playwright.sync_api import Locator, Page, expect


def box(page: Page, number: int) -> Locator:
    """The box of text `number`, from 1."""
    return page.get_by_label(f"Text {number}", exact=True)


def row(page: Page, number: int) -> Locator:
    """Everything about text `number`."""
    return page.get_by_role("listitem").filter(has=box(page, number))


def texts(page: Page) -> list[str]:
    """What stands in the boxes."""
    return page.locator("ol textarea").evaluate_all("areas => areas.map(area => area.value)")


def alert(page: Page) -> Locator:
    """Where a problem with the texts is told."""
    return page.get_by_role("region", name="Texts").get_by_role("alert")


def score(page: Page, number: int) -> float:
    """The similarity to the first as it is shown."""
    shown = row(page, number).locator(".number").inner_text()
    return float(shown.split(":")[-1].strip().replace("\u2212", "-"))


def wait_for_score(page: Page, number: int, *, least: float = -1.0, most: float = 1.0) -> float:
    """Wait until all shows the newest answer and the similarity lies between `least` and `most`."""
    page.wait_for_function(
        """([number, least, most]) => {
            const row = document.querySelectorAll('ol > li')[number - 1];
            const shown = row?.querySelector('.number')?.lastChild?.textContent ?? '';
            const value = parseFloat(shown.trim().replace('\\u2212', '-'));
            const settled = document.querySelector('main').dataset.state === 'settled';
            return settled && value >= least && value <= most;
        }""",
        arg=[number, least, most],
    )
    return score(page, number)


def choose(page: Page, encoder: str) -> None:
    """Switch the encoder."""
    page.locator(".switch").get_by_text(encoder, exact=True).click()
    expect(page.get_by_role("radio", name=encoder)).to_be_checked()


def exported(page: Page) -> dict:
    """What "Export JSON" gives."""
    with page.expect_download() as download:
        page.get_by_role("button", name="Export JSON").click()
    assert download.value.suggested_filename == "likewise.json"
    return json.loads(Path(download.value.path()).read_text(encoding="utf-8"))


def vector(embedding: str) -> np.ndarray:
    """A vector as the server sends it, decoded."""
    return np.frombuffer(base64.b64decode(embedding), "<f4")


def paste(page: Page, number: int, text: str) -> None:
    """Paste into the box of text `number` as the clipboard would."""
    box(page, number).evaluate(
        """(area, text) => {
            area.focus();
            const clipboardData = new DataTransfer();
            clipboardData.setData('text/plain', text);
            const event = new ClipboardEvent('paste', {
                clipboardData, data: text, dataType: 'text/plain',  // as Firefox takes it
                bubbles: true, cancelable: true,
            });
            if (area.dispatchEvent(event)) area.setRangeText(text);
        }""",
        text,
    )


def use_my_texts(page: Page, chapter: str) -> Locator:
    """Have the figure of a chapter show the reader's texts, not its own."""
    figure = page.locator(f"#{chapter}")
    figure.get_by_label("my texts").check()
    return figure


def open_everything(page: Page) -> None:
    """Open every panel and fill every instrument."""
    page.get_by_role("button", name="Negation").click()
    page.locator(".option").nth(1).click()
    expect(page.locator(".option b")).to_have_count(3)
    page.get_by_role("button", name="Add a text").click()
    page.keyboard.insert_text("cats and dogs " * 100)
    page.get_by_role("button", name="Add a text").click()
    page.locator("summary", has_text="Prefix: none").press("Enter")  # where it is may still move
    page.get_by_label("Before the others").fill("passage: ")
    use_my_texts(page, "sums")
    page.get_by_role("button", name="Plus text 1").click()
    page.get_by_role("button", name="Minus text 4").click()
    concepts = use_my_texts(page, "concepts")
    for number in (2, 3, 4):
        concepts.get_by_role("checkbox", name=f"Text {number} ").check()
    for figure in ("#numbers .prose", "#strangers .live", "#words .live", "#traps .live"):
        page.locator(figure).scroll_into_view_if_needed()
    for filled in (
        "details tbody tr",
        "s",
        "#words .word",
        "#traps .result b",
        "#sums ol li",
        "#concepts tbody tr",
        "#strangers tbody tr",
        "#numbers .numbers span",
    ):
        expect(page.locator(filled)).not_to_have_count(0)
    page.evaluate("scrollTo(0, 0)")


def no_overflow(page: Page) -> bool:
    """Whether the page is no wider than its window, once it is laid out for it."""
    return page.evaluate(
        """() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() =>
            done(document.documentElement.scrollWidth <= innerWidth))))"""
    )
