"""What a reader takes along, and brings back."""

import base64
import contextlib
import csv
import io
import json
import re
import zlib
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

import likewise
from likewise.server.workbench.opening import OPENING_TEXTS
from tests.browser.steps import (
    alert,
    box,
    choose,
    exported,
    row,
    score,
    texts,
    use_my_texts,
    wait_for_score,
)


@pytest.fixture
def keep(opened):
    """The page with its dialog open."""
    opened.get_by_role("button", name="Share and keep").click()
    return opened


def saved(page, name: str) -> Path:
    with page.expect_download() as download:
        page.get_by_role("dialog").get_by_role("button", name=name, exact=True).click()
    return Path(download.value.path())


def clipboard(page) -> str:
    return page.evaluate("navigator.clipboard.readText()")


def copied_link(page) -> str:
    page.get_by_role("button", name="Share and keep").click()
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_text("Link copied.")).to_contain_text("opens on this computer only")
    page.keyboard.press("Escape")
    return clipboard(page)


def test_a_link_carries_the_texts_and_no_server_sees_it(opened, context):
    box(opened, 2).fill("Ein Satz mit Ümläuten & <b>\U0001f408</b>")
    link = copied_link(opened)
    assert "#s=" in link
    asked = []
    other = context.new_page()
    other.on("request", lambda request: asked.append(request.url))
    other.goto(link)
    expect(box(other, 2)).to_have_value("Ein Satz mit Ümläuten & <b>\U0001f408</b>")
    assert texts(other) == texts(opened)
    assert not any(link.split("#s=")[1] in url for url in asked)
    assert other.evaluate("location.hash") == ""
    other.reload()  # what it brought stays
    assert texts(other) == texts(opened)


def all_that_is_set(page) -> dict[str, object]:
    """What a visitor has set, read off the page."""
    chapter = {name: page.locator(f"#{name}") for name in CHAPTERS}
    page.wait_for_function("document.querySelector('main').dataset.state === 'settled'")
    for lazy in (chapter["strangers"].locator("tbody tr"), chapter["traps"].locator(".result b")):
        expect(lazy).not_to_have_count(0)
    expect(chapter["words"].locator(".word")).not_to_have_count(0)
    expect(chapter["words"].locator(".words")).not_to_have_class(re.compile("stale"))
    expect(page.locator(".option b")).to_have_count(3)
    expect(page.locator("details tbody tr")).not_to_have_count(0)
    return {
        "texts": texts(page),
        "checked": page.locator("input:checked").evaluate_all(
            "inputs => inputs.map(i => i.closest('label')?.innerText.trim() ?? i.ariaLabel)"
        ),
        "ranges": page.locator("main [type=range]").evaluate_all("them => them.map(i => i.value)"),
        "fields": page.locator("main details input").evaluate_all("them => them.map(i => i.value)"),
        "trap": page.get_by_label("A sentence of your own", exact=True).input_value(),
        "selects": page.locator("main select").evaluate_all(
            "them => them.map(s => s.selectedOptions[0]?.label)"
        ),
        "pressed": page.locator("[aria-pressed=true]").evaluate_all(
            "them => them.map(b => b.getAttribute('aria-label') ?? b.innerText)"
        ),
        "open": page.locator("details").evaluate_all("them => them.map(d => d.open)"),
        "tables": [
            text for name in CHAPTERS for text in chapter[name].locator("table").all_inner_texts()
        ],
        "formula": chapter["sums"].locator(".formula").inner_text(),
        "words": chapter["words"].locator(".text").all_inner_texts(),
        "strip": chapter["close"].get_by_role("slider").first.get_attribute("aria-valuetext"),
        "question": page.locator(".card").inner_text(),
        "axes": chapter["concepts"].locator("svg .axis").all_text_contents(),
        "colours": row(page, 1).locator("canvas").evaluate("canvas => canvas.toDataURL()"),
    }


CHAPTERS = (
    "numbers",
    "strangers",
    "close",
    "words",
    "pairs",
    "traps",
    "sums",
    "concepts",
    "budget",
)


def test_a_link_carries_all_that_was_set(opened, browser, base_url):
    opened.get_by_role("button", name="Negation").click()
    opened.locator(".option").nth(1).click()
    expect(opened.locator(".option b")).to_have_count(3)
    box(opened, 2).fill("A cheerful film.")
    opened.get_by_role("button", name="Add a text").click()
    opened.keyboard.type("The film made me cry.")
    wait_for_score(opened, 5, least=0.3)
    opened.get_by_text("Prefix: none").click()
    opened.get_by_label("Before the others").fill("passage: ")
    opened.get_by_label("red–green").press(" ")  # figures above may still move it
    expect(opened.get_by_label("red–green")).to_be_checked()
    close = opened.locator("#close")
    close.get_by_label("One text").select_option(index=2)
    close.get_by_label("The other").select_option(index=4)
    close.get_by_label("largest first").uncheck()
    opened.get_by_label("group similar texts").check()
    opened.get_by_label("A sentence of your own", exact=True).fill("The cat caught a mouse.")
    use_my_texts(opened, "sums")
    opened.get_by_role("button", name="Plus text 1").click()
    opened.get_by_role("button", name="Minus text 4").click()
    opened.get_by_label("Text 3 to sort").fill("Rain again.")
    concepts = use_my_texts(opened, "concepts")
    for number in (2, 4, 5):
        concepts.get_by_label(f"Text {number} names").check()
    concepts.get_by_role("combobox", name="Horizontal").select_option(index=2)
    concepts.get_by_role("combobox", name="Vertical").select_option(index=1)
    opened.locator("#budget").get_by_role("slider").press("PageDown")
    opened.locator("#budget").get_by_label("8 bits").check()
    opened.locator("#numbers").scroll_into_view_if_needed()
    opened.locator("#strangers").scroll_into_view_if_needed()
    choose(opened, "SHA-256")
    opened.locator("#strangers select").select_option("minilm")
    for seen in ("words", "traps"):
        opened.locator(f"#{seen}").scroll_into_view_if_needed()
    before = all_that_is_set(opened)
    link = copied_link(opened)
    assert len(link) < 1000

    fresh = browser.new_context(base_url=base_url, viewport={"width": 1280, "height": 900})
    other = fresh.new_page()
    complaints: list[str] = []
    other.on("console", lambda said: complaints.append(said.text))
    other.goto(link)
    expect(box(other, 5)).to_have_value("The film made me cry.")
    other.locator("#numbers").scroll_into_view_if_needed()
    for seen in ("strangers", "words", "traps"):
        other.locator(f"#{seen}").scroll_into_view_if_needed()
    after = all_that_is_set(other)
    for what, value in before.items():
        assert after[what] == value, what
    # and it is not an accident: all of it is other than on the page as it opens
    assert before["axes"] == ["The film made me cry. \u2192", "\u2191 The film was long."]
    assert before["selects"].count("MiniLM") == 1
    assert before["open"] == [True]
    assert complaints == []
    fresh.close()


def test_a_link_with_an_encoder_that_is_not_here_opens_none(opened, context, complaints):
    complaints.expect("status of 404")
    asked = []
    opened.route(
        "**/api/encoders", lambda route: (asked.append(route.request.method), route.continue_())
    )
    link = link_of({"v": 1, "e": "someone/model", "t": ["a", "b"], "o": "/some/folder", "n": "x"})
    opened.goto(f"/{link}")
    expect(alert(opened)).to_contain_text("This server has no encoder 'someone/model'.")
    assert texts(opened) == ["a", "b"]
    opened.locator("#strangers").scroll_into_view_if_needed()
    choose(opened, "MiniLM")
    expect(opened.locator("#strangers").get_by_role("alert")).to_contain_text("'/some/folder'")
    opened.locator("#strangers select").select_option("sha256")
    expect(opened.locator("#strangers tbody tr")).to_have_count(1)
    assert set(asked) <= {"GET"}


def link_of(state: dict[str, object]) -> str:
    """Write a link by hand."""
    packer = zlib.compressobj(wbits=-15)
    packed = packer.compress(json.dumps(state).encode()) + packer.flush()
    return "#s=" + base64.urlsafe_b64encode(packed).decode().rstrip("=")


def test_a_damaged_link_is_told(page):
    page.goto("/#s=bm90IGEgbGluaw")
    expect(page.get_by_text("This link is incomplete.")).to_be_visible()
    assert texts(page) == list(OPENING_TEXTS)


def test_numbers_and_picture_are_taken_along(keep, axe):
    axe(keep, within="dialog[open]")
    expected = likewise.compare(list(OPENING_TEXTS))
    rows = list(csv.DictReader(io.StringIO(saved(keep, "CSV").read_bytes().decode())))
    assert [line["text"] for line in rows] == list(OPENING_TEXTS)
    similarities = [float(line["similarity"]) for line in rows]
    assert np.allclose(similarities, expected.similarities, atol=5e-4)
    assert {line["digest"] for line in rows} == {expected.identity.digest}

    vectors = np.load(saved(keep, "NPY"), allow_pickle=False)
    assert vectors.dtype == np.float32
    assert vectors.shape == (4, 384)
    assert np.sum(vectors * expected.encoding.vectors, axis=1).min() > 0.9995

    svg = saved(keep, "SVG").read_text(encoding="utf-8")
    assert svg.count("<circle") == 5  # four points and the ring of the first
    assert "class=" not in svg
    assert "Felines are my favour" in svg
    png = saved(keep, "PNG").read_bytes()
    assert png.startswith(b"\x89PNG")
    width = keep.locator("figure .sheet svg").bounding_box()["width"]
    assert int.from_bytes(png[16:20], "big") == 3 * round(width)
    assert len(png) > 10_000  # not an empty sheet

    keep.get_by_role("button", name="Copy as Python").click()
    expect(keep.get_by_text("Program copied.")).to_be_visible()
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(clipboard(keep), {})
    printed = json.loads(said.getvalue().strip().splitlines()[-1])
    assert np.allclose(printed[1:], [score(keep, number) for number in (2, 3, 4)], atol=6e-4)
    keep.keyboard.press("Escape")
    expect(keep.get_by_role("dialog")).to_be_hidden()


def test_json_goes_out_and_comes_in(opened, tmp_path):
    box(opened, 2).fill("Kittens purr.")
    similarity = wait_for_score(opened, 2, most=0.69)
    comparison = exported(opened)
    file = tmp_path / "likewise.json"
    file.write_text(json.dumps(comparison), encoding="utf-8")
    before = texts(opened)
    opened.get_by_role("button", name="Clear").click()
    opened.get_by_role("button", name="Share and keep").click()
    chosen = opened.get_by_label("A JSON file from Likewise")
    dialog = opened.get_by_role("dialog")
    chosen.set_input_files(file)
    expect(dialog).to_be_hidden()
    assert texts(opened) == before
    assert score(opened, 2) == similarity
    # vectors of another identity are refused with the reason
    comparison["encoder"]["digest"] = "0" * 64
    file.write_text(json.dumps(comparison), encoding="utf-8")
    opened.get_by_role("button", name="Share and keep").click()
    chosen.set_input_files(file)
    expect(dialog).to_contain_text("made by minilm 000000000000, which is a different encoder")
    expect(dialog).to_contain_text("paste its texts to embed them again")
    file.write_text("no json", encoding="utf-8")
    chosen.set_input_files(file)
    expect(dialog).to_contain_text("This file is not a comparison made with Likewise.")
    assert texts(opened) == before


def test_a_capsule_opens_offline_and_ranks_the_same(opened, context, tmp_path, complaints):
    box(opened, 3).fill("</script><script>document.title='broken'</script> cats")
    wait_for_score(opened, 3, most=0.69)
    shown = {number: score(opened, number) for number in (2, 3, 4)}
    ranked = sorted(shown, key=shown.get, reverse=True)
    expected = [texts(opened)[number - 1] for number in [1, *ranked]]
    opened.get_by_role("button", name="Share and keep").click()
    file = tmp_path / "capsule.html"
    file.write_bytes(saved(opened, "Stand-alone page").read_bytes())
    other = context.new_page()
    other.on("console", lambda message: complaints.seen.append(message.text))
    context.set_offline(True)
    other.goto(file.as_uri())
    assert other.locator("li span").all_inner_texts() == expected
    numbers = [float(text) for text in other.locator("li b").all_inner_texts()[1:]]
    assert np.allclose(numbers, sorted(shown.values(), reverse=True), atol=0.0011)
    assert other.title() == "Which of these mean the same thing?"
    assert other.locator("canvas").count() == 4
    assert other.locator("img").evaluate("image => image.naturalWidth") > 100
    other.get_by_role("button", name="The Unix command").click()
    expect(other.locator("li").first).to_contain_text("The Unix command")
    context.set_offline(False)
