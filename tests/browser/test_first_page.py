"""The page as a reader uses it."""

import json
import math
import re

from playwright.sync_api import expect

import likewise
from likewise.server.workbench.opening import OPENING_TEXTS
from tests.browser.steps import (
    alert,
    box,
    choose,
    exported,
    paste,
    row,
    score,
    texts,
    vector,
    wait_for_score,
)

WHOLE_LINES = """area => {
    const high = parseFloat(getComputedStyle(area).lineHeight);
    const over = area.scrollTop % high;
    return area.scrollTop > 5 * high && Math.min(over, high - over) < 2;
}"""


def test_opens_with_results_and_asks_nothing(page):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/")
    assert texts(page) == list(OPENING_TEXTS)
    expected = likewise.compare(list(OPENING_TEXTS))
    for number in (2, 3, 4):
        assert math.isclose(score(page, number), expected.similarities[number - 1], abs_tol=0.00051)
    expect(row(page, 2).get_by_text("most similar")).to_be_visible()
    expect(row(page, 1).get_by_text("the reference", exact=True)).to_be_visible()
    expect(row(page, 2)).to_contain_text("like two ways of saying one thing")
    expect(row(page, 3)).to_contain_text("like two sentences on one subject")
    # what is said of the last text above is what its own label says
    expect(row(page, 4)).to_contain_text("like two sentences on one subject")
    expect(page.get_by_text("the word cat alone makes it look related")).to_be_visible()
    alone = likewise.compare([OPENING_TEXTS[0], OPENING_TEXTS[3].replace("cat", "tail")])
    assert alone.likeness[1] == "strangers"
    assert not [url for url in asked if "/api/compare" in url]
    # and the first ten numbers of each, in the order of the cells above them
    numbers = row(page, 1).locator("p").filter(has_text="more").locator("span")
    assert numbers.count() == 11
    shown = [float(text.replace("\u2212", "-")) for text in numbers.all_inner_texts()[:10]]
    first = expected.encoding.vectors[0]
    for value, number in zip(shown, sorted(first), strict=False):
        assert math.isclose(value, number, abs_tol=0.00051)
    assert numbers.last.inner_text() == "… 374 more"
    page.get_by_label("sort the strips by the first text").uncheck()
    expect(numbers.first).to_have_text(f"{first[0]:.3f}".replace("-", "\u2212"))


def test_typing_changes_the_result_without_a_button(opened):
    assert score(opened, 4) < 0.5
    box(opened, 4).fill("I really love cats!")
    assert wait_for_score(opened, 4, least=0.8) > score(opened, 2)
    expect(row(opened, 4).get_by_text("most similar")).to_be_visible()
    expect(row(opened, 2).get_by_text("most similar")).to_have_count(0)


def test_when_not_to_trust_a_number_is_said_before_the_first(opened):
    opened.set_viewport_size({"width": 390, "height": 844})
    link = opened.get_by_role("main").get_by_role("link", name="When not to trust it")
    expect(link).to_be_visible()
    assert link.bounding_box()["y"] < row(opened, 1).bounding_box()["y"]
    # what it says is so
    assert likewise.compare(["The film was good.", "The film was not good."]).likeness[1] == (
        "same meaning"
    )
    link.click()
    opened.wait_for_url(re.compile("#traps$"))


def test_every_keystroke_ends_in_the_result_of_the_last(opened):
    box(opened, 2).fill("")
    box(opened, 2).press_sequentially("The weather report promises rain.", delay=15)
    expected = likewise.compare([OPENING_TEXTS[0], "The weather report promises rain."])
    similarity = float(expected.similarities[1])
    wait_for_score(opened, 2, least=similarity - 0.001, most=similarity + 0.001)


def test_a_late_answer_never_replaces_a_newer_one(opened):
    held = []
    opened.route("**/api/compare", lambda route: route.continue_() if held else held.append(route))
    with opened.expect_request("**/api/compare"):
        box(opened, 2).fill("slow")
    box(opened, 2).fill("I love cats.")
    wait_for_score(opened, 2, least=0.999)  # the slow one was given up
    assert len(held) == 1
    held[0].fulfill(status=200, json={})  # too late: nobody waits for it any more
    opened.evaluate("fetch('/api/encoders')")  # and by now it would have been read
    assert score(opened, 2) == 1.0


def test_add_remove_and_focus(opened):
    opened.get_by_role("button", name="Add a text").click()
    expect(box(opened, 5)).to_be_focused()
    expect(row(opened, 5)).to_contain_text("left out")
    opened.keyboard.type("Kittens are lovely.")
    wait_for_score(opened, 5, least=0.3)
    opened.get_by_role("button", name="Remove text 2").click()
    expect(box(opened, 5)).to_have_count(0)
    assert texts(opened)[3] == "Kittens are lovely."
    expect(box(opened, 2)).to_be_focused()
    for _ in range(5):  # the last two are emptied, not removed
        opened.get_by_role("button", name="Remove text 1").click()
    assert len(texts(opened)) == 2
    assert "" in texts(opened)


def test_an_empty_first_box_passes_its_place_on(opened):
    box(opened, 1).fill("   ")
    expect(row(opened, 2).get_by_text("the reference", exact=True)).to_be_visible()
    expect(row(opened, 1)).to_contain_text("left out")
    expected = likewise.compare(list(OPENING_TEXTS[1:]))
    similarity = float(expected.similarities[1])
    wait_for_score(opened, 3, least=similarity - 0.001, most=similarity + 0.001)


def test_pasting_lines_makes_texts_and_can_be_taken_back(opened):
    box(opened, 2).fill("")
    paste(opened, 2, "one dog\n\ntwo dogs\r\nthree dogs")
    assert texts(opened)[1:4] == ["one dog", "two dogs", "three dogs"]
    opened.get_by_role("button", name="Keep them as one text").click()
    assert texts(opened)[1] == "one dog\ntwo dogs\nthree dogs"
    assert len(texts(opened)) == 4


def test_a_hundred_texts_fit_and_the_rest_is_told(opened):
    opened.get_by_role("button", name="Paste many lines").click()
    dialog = opened.get_by_role("dialog")
    dialog.get_by_role("textbox").fill("\n".join(f"This is text {n}." for n in range(120)))
    dialog.get_by_role("button", name="Add 96 of 120 texts (100 is the most)").click()
    assert len(texts(opened)) == 100
    expect(opened.get_by_text("The limit is 100 texts; 24 were left out.")).to_be_visible()
    wait_for_score(opened, 100, least=-1)
    expect(opened.get_by_role("button", name="Add a text")).to_be_disabled()


def test_sha256_knows_nothing_of_meaning(opened):
    expect(opened.get_by_text("This encoder’s numbers say nothing about meaning.")).to_be_hidden()
    choose(opened, "SHA-256")
    expect(opened.get_by_text("This encoder’s numbers say nothing about meaning.")).to_be_visible()
    expect(
        opened.get_by_role("main").get_by_role("link", name="When not to trust it")
    ).to_be_hidden()
    expect(opened.get_by_text("… 246 more").first).to_be_visible()
    for number in (2, 3, 4):
        assert abs(wait_for_score(opened, number, least=-0.35, most=0.35)) < 0.35
    box(opened, 2).fill(OPENING_TEXTS[0])
    wait_for_score(opened, 2, least=1)  # the same text is the same
    box(opened, 2).fill(OPENING_TEXTS[0] + " ")
    wait_for_score(opened, 2, most=0.35)  # and one space makes another
    choose(opened, "MiniLM")
    wait_for_score(opened, 2, least=0.99)


def test_export_is_the_library_s_comparison(opened):
    comparison = exported(opened)
    expected = likewise.compare(list(OPENING_TEXTS)).to_dict()
    assert [text["text"] for text in comparison["texts"]] == list(OPENING_TEXTS)
    assert comparison["encoder"] == expected["encoder"]
    for text, other in zip(comparison["texts"], expected["texts"], strict=True):
        assert vector(text["embedding"]) @ vector(other["embedding"]) > 0.9995


def test_what_is_not_read_is_shown_struck(opened):
    text = "cats and dogs " * 84 + "and then the end of it all"
    box(opened, 2).fill(text)
    expect(row(opened, 2)).to_contain_text("cut off: read 256 of 261 tokens")
    expect(row(opened, 1)).to_contain_text("6 of 256 tokens")
    struck = row(opened, 2).locator("s")
    expect(struck).to_be_visible()
    dropped = struck.inner_text().strip()
    assert text.endswith(dropped)
    assert dropped.endswith("the end of it all")
    # another end changes nothing, which is what "not read" means
    expect(row(opened, 2).locator(".number")).to_have_text(re.compile(r"0\.\d{3}"))
    before = score(opened, 2)
    box(opened, 2).fill(text.replace("the end of it all", "a start"))
    expect(struck).to_contain_text("a start")
    box(opened, 2).press("Control+End")
    area = box(opened, 2).element_handle()
    opened.wait_for_function(WHOLE_LINES, arg=area)
    area.evaluate("it => { it.scrollTop -= 0.4 * parseFloat(getComputedStyle(it).lineHeight); }")
    opened.wait_for_function(WHOLE_LINES, arg=area)  # where a hand left it between two lines
    assert score(opened, 2) == before
    box(opened, 2).fill("cats")
    expect(struck).to_have_count(0)


def test_texts_of_any_script(opened):
    box(opened, 2).fill("<img src=x onerror=alert(1)><b>bold</b>")
    wait_for_score(opened, 2, most=0.5)
    assert opened.locator("li img, li b:has-text('bold'), svg img").count() == 0
    for text in ("我喜欢猫。", "أحب القطط", "אני אוהב חתולים", "🐈‍⬛ 🐾", "e\u0301 \u0000 x"):
        box(opened, 2).fill(text)
        expect(row(opened, 2)).to_contain_text("unrelated pairs")
    assert alert(opened).inner_text() == ""


def test_a_server_that_is_gone_is_told_and_tried_again(opened, complaints):
    complaints.expect("Failed to load resource: net::ERR_FAILED")
    opened.route("**/api/compare", lambda route: route.abort())
    box(opened, 2).fill("I love kittens.")
    told = alert(opened)
    expect(told).to_contain_text("The server does not answer.")
    expect(told).to_contain_text("likewise play")
    # stale numbers look stale
    expect(row(opened, 2).locator(".score")).to_have_class(re.compile("stale"))
    expect(opened.locator("figure .sheet").first).to_have_class(re.compile("stale"))
    before = score(opened, 2)
    opened.unroute("**/api/compare")
    told.get_by_role("button", name="Try again").click()
    expect(told).to_be_empty()
    opened.wait_for_function(
        "before => !document.querySelectorAll('ol > li')[1].innerText.includes(before)",
        arg=f"{before:.3f}",
    )


def test_the_server_s_own_error_is_shown_with_its_remedy(opened, complaints):
    complaints.expect("status of 404")

    def ask_for_another(route):
        route.continue_(post_data=json.dumps({"texts": ["a", "b"], "encoder": "nobody"}))

    opened.route("**/api/compare", ask_for_another)
    box(opened, 2).fill("I love kittens.")
    told = alert(opened)
    expect(told).to_contain_text("This server has no encoder 'nobody'.")
    expect(told).to_contain_text("It has minilm, sha256")
    opened.unroute("**/api/compare")
    box(opened, 2).fill("I love kittens!")
    expect(told).to_be_empty()
