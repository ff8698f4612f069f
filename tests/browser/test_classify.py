"""The page Classify: from a table to a trained model that is looked at, tried and taken along."""

import pytest
from playwright.sync_api import Page, expect

from likewise import Classifier

JOY = ("I am so happy today", "What a wonderful gift", "We laughed all evening", "I love this song")
GRIEF = (
    "I miss her so much",
    "The funeral was hard",
    "I cried all night",
    "Everything feels empty",
)
MINUTES = 180_000


def small_table(rows: int = 10) -> str:
    """Return a csv with `rows` variations of each sentence."""
    lines = ["text,mood"]
    for row in range(rows):
        lines += [f"{text} for the {row}. time,joy" for text in JOY]
        lines += [f"{text} for the {row}. time,grief" for text in GRIEF]
    return "\n".join(lines)


def train(page: Page, table: bytes) -> None:
    page.goto("/classify.html")
    page.get_by_label("File with the table").set_input_files(
        {"name": "moods.csv", "mimeType": "text/csv", "buffer": table}
    )
    expect(page.get_by_text("80 texts, 2 labels")).to_be_visible()
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.locator("main")).to_have_attribute("data-state", "done", timeout=MINUTES)


def test_a_table_becomes_a_model_that_can_be_tried(page: Page, axe, tmp_path):
    train(page, small_table().encode())
    expect(page.get_by_role("region", name="What the training found")).to_be_focused()
    expect(page.get_by_text("chosen", exact=True)).to_be_visible()

    cell = page.get_by_role("button", name="of joy, found")
    page.get_by_role("button", name="of grief, found").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    expect(cell).to_be_focused()
    page.keyboard.press("Enter")
    texts = page.get_by_label("Texts of the cell")
    expect(texts.get_by_role("listitem").first).to_contain_text("time")

    learned = page.get_by_role("region", name="The trained model")
    page.get_by_label("A sentence of your own").fill("I love this song so much, we laughed")
    expect(learned.get_by_role("listitem").first).to_contain_text("joy")
    expect(page.get_by_role("region", name="Nearest label word, no training")).to_be_visible()
    slider = page.get_by_label("The truth shall be in the set")
    slider.fill("0.8")
    expect(slider).to_have_attribute("aria-valuetext", "80 %")

    with page.expect_download() as download:
        page.get_by_role("link", name="Download the model").click()
    download.value.save_as(tmp_path / "model.likewise")
    assert list(Classifier.load(tmp_path / "model.likewise").classes_) == ["grief", "joy"]
    axe(page)


def test_a_table_of_one_column_is_refused_with_a_reason(page: Page, complaints):
    complaints.expect("Failed to load resource")
    page.goto("/classify.html")
    page.get_by_text("Or paste it").click()
    page.get_by_label("Rows of a table").fill("text,label\n")
    page.get_by_role("button", name="Read it").click()
    expect(page.get_by_role("alert").locator("b").first).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_classify_fits_a_telephone(page: Page, axe, scheme):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 390, "height": 844})
    train(page, small_table().encode())
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    axe(page)


def test_the_last_chapter_shows_the_gap(page: Page, axe):
    page.goto("/")
    page.get_by_role("button", name="Train on the moods").click()
    chapter = page.locator("#labels")
    expect(chapter.get_by_text("a classifier on the vectors")).to_be_visible(timeout=MINUTES)
    demo, trained = (
        float(text.split()[0]) for text in chapter.locator("li b").all_inner_texts()[:2]
    )
    assert trained >= demo + 5
    expect(chapter.get_by_role("region", name="The trained model")).to_be_visible()
    axe(page)
