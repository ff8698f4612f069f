"""What the instruments of the page show, against what is computed here."""

import re

import numpy as np
from playwright.sync_api import expect

import likewise
from likewise.server.app import create_app
from likewise.server.workbench.opening import OPENING_TEXTS
from likewise.settings import Settings
from tests.browser.steps import (
    box,
    choose,
    exported,
    row,
    texts,
    use_my_texts,
    vector,
    wait_for_score,
)
from tests.encoders.fake_hub import serving_model
from tests.encoders.models import write_model
from tests.http.serving import serving


def test_undo_and_redo_go_through_all_kinds_of_changes(opened):
    box(opened, 2).press_sequentially(" Yes.", delay=10)
    opened.get_by_role("button", name="Remove text 4").click()
    opened.get_by_role("button", name="Duplicate text 1").click()
    assert texts(opened)[:2] == [OPENING_TEXTS[0]] * 2
    changed = texts(opened)
    for _ in range(3):
        opened.get_by_role("button", name="Undo").click()
    assert texts(opened) == list(OPENING_TEXTS)
    expect(opened.get_by_role("button", name="Undo")).to_be_disabled()
    for _ in range(3):
        opened.keyboard.press("Control+Shift+z")
    assert texts(opened) == changed
    opened.get_by_role("button", name="Clear").click()
    assert texts(opened) == ["", ""]
    opened.keyboard.press("Control+z")
    assert texts(opened) == changed


def test_texts_are_moved_by_keyboard_and_by_dragging(opened):
    opened.get_by_role("button", name="Move text 2: up and down arrow keys").press("ArrowUp")
    assert texts(opened)[:2] == [OPENING_TEXTS[1], OPENING_TEXTS[0]]
    expect(row(opened, 1).get_by_text("the reference", exact=True)).to_be_visible()
    expect(opened.locator(":focus")).to_have_attribute("aria-label", re.compile("Move text 1"))
    for place in (2, 3):  # the focus follows within a frame, which no finger is quicker than
        opened.keyboard.press("ArrowDown")
        focused = re.compile(f"Move text {place}:")
        expect(opened.locator(":focus")).to_have_attribute("aria-label", focused)
    assert texts(opened)[2] == OPENING_TEXTS[1]
    box(opened, 3).press("Alt+ArrowUp")
    assert texts(opened) == list(OPENING_TEXTS)
    expect(box(opened, 2)).to_be_focused()
    # and by dragging
    handle = opened.get_by_role("button", name="Move text 1: up and down arrow keys")
    handle.hover()
    opened.mouse.down()
    target = row(opened, 3).bounding_box()
    opened.mouse.move(target["x"] + 50, target["y"] + target["height"] - 4, steps=12)
    opened.mouse.up()
    assert texts(opened) == [*OPENING_TEXTS[1:3], OPENING_TEXTS[0], OPENING_TEXTS[3]]
    opened.keyboard.press("Control+z")
    assert texts(opened) == list(OPENING_TEXTS)


def test_cells_are_read_out_by_arrow_keys_and_pointer(opened):
    vector = likewise.compare(list(OPENING_TEXTS)).encoding.vectors[0]
    opened.get_by_label("sort the strips by the first text").uncheck()
    cells = opened.get_by_role("slider", name="Fingerprint of text 1")
    cells.focus()
    for _ in range(3):
        cells.press("ArrowRight")
    cells.press("ArrowDown")
    said = cells.get_attribute("aria-valuetext")
    number, value = re.match(r"number (\d+): (.+)", said).groups()
    assert int(number) > 4
    shown = float(value.replace("\u2212", "-"))
    assert abs(shown - vector[int(number) - 1]) < 0.0006
    cells.press("End")
    assert cells.get_attribute("aria-valuetext").startswith("number 384:")
    size = cells.bounding_box()
    cells.hover(position={"x": size["width"] - 2, "y": 2})
    expect(cells.locator(".bubble")).to_contain_text("number 96:")


def test_the_strip_adds_up_to_the_similarity(opened):
    vectors = likewise.compare(list(OPENING_TEXTS)).encoding.vectors
    chapter = opened.locator("#close")
    total = float(chapter.locator("p.sum").inner_text().split()[0])
    assert abs(total - float(vectors[0] @ vectors[1])) < 2e-4  # precisions of two runs
    shown = exported(opened)
    assert abs(total - shown["matrix"][0][1]) < 1e-6 + 5e-7  # it is written with six decimals
    strip = chapter.get_by_role("slider", name="What each number adds to the similarity")
    strip.press("Home")
    said = strip.get_attribute("aria-valuetext")
    number, adds = re.match(r"number (\d+) adds (\S+), together", said).groups()
    products = vectors[0] * vectors[1]
    assert abs(float(adds) - products.max()) < 3e-4
    assert abs(products[int(number) - 1] - products.max()) < 3e-4
    strip.press("End")
    together = float(strip.get_attribute("aria-valuetext").split("together ")[1])
    assert abs(together - total) < 0.0006
    chapter.get_by_label("largest first").uncheck()
    strip.press("Home")
    assert strip.get_attribute("aria-valuetext").startswith("number 1 adds")
    # the line is the sum so far, number by number
    line = chapter.locator("path.sum").get_attribute("d")
    heights = np.array([float(y) for _, y in re.findall(r"[ML](\S+) ([-\d.]+)", line)])
    one, other = (vector(text["embedding"]) for text in shown["texts"][:2])
    sums = np.cumsum(one.astype(float) * other)
    assert len(heights) == 384
    assert np.corrcoef(-heights, sums)[0, 1] > 0.99999
    # any pair can be looked at
    chapter.get_by_label("One text").select_option(label=f"3 {OPENING_TEXTS[2]}")
    chapter.get_by_label("The other").select_option(label=f"4 {OPENING_TEXTS[3][:47]}…")
    total = float(chapter.locator("p.sum").inner_text().split()[0])
    assert abs(total - float(vectors[2] @ vectors[3])) < 3e-4
    chapter.get_by_label("One text").select_option(label=f"4 {OPENING_TEXTS[3][:47]}…")
    assert chapter.get_by_label("The other").locator("option:checked").inner_text().startswith("3")


def test_all_pairs_as_a_table_and_in_an_order_of_likeness(opened):
    box(opened, 2).fill("Printing files in a Unix shell.")
    wait_for_score(opened, 2, most=0.4)
    cosines = likewise.compare(
        [OPENING_TEXTS[0], "Printing files in a Unix shell.", *OPENING_TEXTS[2:]]
    ).matrix
    table = opened.locator("#pairs table")
    shown = [
        [float(cell.replace("\u2212", "-")) for cell in line.locator("td").all_inner_texts()]
        for line in table.locator("tbody tr").all()
    ]
    assert np.abs(np.array(shown) - cosines).max() < 0.0055
    opened.locator("#pairs").get_by_label("group similar texts").check()
    order = [int(text.split()[0]) for text in table.locator("tbody th").all_inner_texts()]
    assert sorted(order) == [1, 2, 3, 4]
    assert abs(order.index(2) - order.index(4)) == 1
    assert abs(order.index(1) - order.index(3)) == 1


def test_many_pairs_are_a_heat_map_that_can_be_read(opened):
    opened.get_by_role("button", name="Paste many lines").click()
    opened.get_by_role("dialog").get_by_role("textbox").fill(
        "\n".join(f"There are {n} apples." for n in range(20))
    )
    opened.get_by_role("button", name="Add 20 texts").click()
    wait_for_score(opened, 24)
    heat = opened.get_by_role("slider", name="Similarity of all pairs")
    heat.press("Home")
    assert heat.get_attribute("aria-valuetext") == "1.000: 1 “I love cats.” and 1 “I love cats.”"
    heat.press("ArrowDown")
    said = heat.get_attribute("aria-valuetext")
    assert re.match(r"0\.70\d: 2 “Felines are .+ and 1 “I love cats", said)
    chapter = opened.locator("#pairs")
    chapter.get_by_label("show the numbers").check()
    expect(chapter.locator("tbody tr")).to_have_count(24)
    cosines = likewise.compare(texts(opened)).matrix
    shown = chapter.locator("tbody td").all_text_contents()
    written = np.array([float(text.replace("\u2212", "-")) for text in shown]).reshape(24, 24)
    assert np.abs(written - cosines).max() < 0.0055
    expect(heat).to_have_count(0)


def test_the_paragraph_shows_its_own_numbers(opened):
    chapter = opened.locator("#numbers")
    chapter.scroll_into_view_if_needed()
    expect(chapter.get_by_text("… 374 more")).to_be_visible()
    paragraph = re.sub(r"\s+", " ", chapter.locator("p").first.inner_text()).strip()
    expected = likewise.load("minilm").encode([paragraph]).vectors[0]
    shown = chapter.locator(".numbers span").all_inner_texts()[:10]
    for value, number in zip(shown, expected, strict=False):
        assert abs(float(value.replace("\u2212", "-")) - number) < 0.0015
    canvas = row(opened, 1).locator("canvas")
    before = canvas.evaluate("canvas => canvas.toDataURL()")
    opened.get_by_label("red–green").check()
    assert canvas.evaluate("canvas => canvas.toDataURL()") != before
    opened.get_by_label("blue–orange").check()
    assert canvas.evaluate("canvas => canvas.toDataURL()") == before
    choose(opened, "SHA-256")
    expect(chapter.get_by_text("… 246 more")).to_be_visible()


PRESETS = [
    "Paraphrase",
    "Double meanings",
    "Negation",
    "Languages",
    "Style",
    "Length",
    "Numbers",
    "Typos",
]


def test_a_preset_asks_before_it_shows(opened):
    opened.get_by_role("button", name="Negation").click()
    expect(opened.get_by_text("Choose before you see")).to_be_visible()
    assert texts(opened) == list(OPENING_TEXTS)  # nothing is shown before the prediction
    opened.get_by_role("button", name="I enjoyed that movie a lot.").click()
    expect(opened.get_by_text("Not what you expected?")).to_be_visible()
    expect(opened.get_by_text("The opposite is closest.")).to_be_visible()
    expect(row(opened, 3).get_by_text("most similar")).to_be_visible()
    box(opened, 3).fill("The film was not bad.")
    expect(opened.get_by_text("The opposite is closest.")).to_be_visible()
    opened.get_by_role("button", name="Close the question").click()
    expect(opened.get_by_text("The opposite is closest.")).to_have_count(0)
    opened.keyboard.press("Control+z")
    opened.keyboard.press("Control+z")
    assert texts(opened) == list(OPENING_TEXTS)


def test_the_lessons_are_what_the_model_does(opened):
    closest = {}
    for name in PRESETS:
        opened.get_by_role("button", name=name, exact=True).click()
        opened.locator(".option").first.click()
        expect(opened.locator(".option b")).to_have_count(3)
        closest[name] = opened.locator(".option.best span").inner_text()
    assert closest == {
        "Paraphrase": "An aircraft came down close to the runway.",
        "Double meanings": "A small mammal left its roost as night fell.",
        "Negation": "The film was not good.",
        "Languages": "The dog barks at the postman.",
        "Style": "sorry mate, ur flight’s off",
        "Length": "Tea keeps me awake.",
        "Numbers": "You pay twenty euros for a ticket.",
        "Typos": "I would like to book a flight for two.",
    }


def test_concepts_name_a_winner_and_say_when_it_may_be_chance(opened):
    chapter = opened.locator("#concepts")
    chapter.scroll_into_view_if_needed()
    lines = chapter.locator("tbody tr")
    expect(lines).to_have_count(4)
    expect(lines.first.get_by_text("chance")).to_be_visible()
    assert texts(opened) == list(OPENING_TEXTS)  # the figure has texts of its own
    comparison = likewise.compare(
        [field.input_value() for field in chapter.get_by_label(re.compile("to sort")).all()]
    )
    for index, line in enumerate(lines.all(), start=2):
        happy, sad = comparison.matrix[index, 0], comparison.matrix[index, 1]
        cells = line.locator("td").all_inner_texts()
        assert abs(float(cells[0].replace("\u2212", "-")) - happy) < 0.0012
        assert abs(float(cells[1].replace("\u2212", "-")) - sad) < 0.0012
        assert abs(float(cells[2].split()[0]) - abs(happy - sad)) < 0.0018
        assert "winner" in line.locator("td").nth(0 if happy > sad else 1).get_attribute("class")
    expect(lines.nth(1)).to_contain_text("above chance")  # the death of a grandmother is sad
    expect(lines.nth(2)).to_contain_text("may be chance")  # a meeting is neither
    expect(
        chapter.get_by_role("img", name="to the right the more similar to “happy”")
    ).to_be_visible()
    chapter.get_by_label("Text 5 to sort").fill("What a wonderful day!")
    expect(lines.nth(2)).to_contain_text("above chance")
    # any text of the reader's can be ticked as a concept
    chapter = use_my_texts(opened, "concepts")
    chapter.get_by_label("Text 1 names a concept").check()
    expect(chapter.get_by_text("two or more, so that there is something")).to_be_visible()
    chapter.get_by_label("Text 4 names a concept").check()
    chapter.get_by_label("Text 3 names a concept").check()
    expect(chapter.locator("tbody tr")).to_have_count(1)
    expect(chapter.locator("tbody tr")).to_contain_text("Felines")
    assert chapter.locator("thead th").count() == 5


def test_which_words_did_it_is_what_taking_them_out_does(opened, complaints):
    chapter = opened.locator("#words")
    asked: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    chapter.scroll_into_view_if_needed()
    words = chapter.locator(".text").first.locator(".word")
    expect(words).to_have_count(3)
    assert [url.endswith("/why") for url in asked].count(True) == 1  # all of it in one call
    encoder = likewise.load("minilm")
    for word, without in zip(words.all(), ("love cats.", "I cats.", "I love ."), strict=True):
        whole, other, left = encoder.encode([*OPENING_TEXTS[:2], without]).vectors
        effect = float(whole @ other - left @ other)
        shown = float(word.locator(".effect").inner_text().replace("\u2212", "-"))
        assert abs(shown - effect) < 2e-3
    box(opened, 1).fill("I love dogs.")
    expect(words.last).to_contain_text("dogs")  # it follows
    # too many words are told with a remedy
    complaints.expect("status of 413")
    box(opened, 2).fill("cats " * 70)
    expect(chapter.get_by_role("alert")).to_contain_text("70 words; the most is 64")


def test_a_word_under_the_mouse_says_what_is_left_without_it(opened):
    place = box(opened, 2).evaluate(
        """area => {
            const { left, top } = area.getBoundingClientRect();
            const { paddingLeft, paddingTop, lineHeight } = getComputedStyle(area);
            return [left + parseFloat(paddingLeft) + 12,
                    top + parseFloat(paddingTop) + parseFloat(lineHeight) / 2];
        }"""
    )
    encoder = likewise.load("minilm")
    first, left = encoder.encode([OPENING_TEXTS[0], "are my favourite animals."]).vectors
    opened.mouse.move(*place)
    told = opened.get_by_text("without “Felines”:")
    expect(told).to_be_visible()
    assert abs(float(told.inner_text().split()[-1]) - float(first @ left)) < 2e-3
    box(opened, 2).press("End")
    opened.keyboard.type("!")
    expect(told).to_have_count(0)


def test_shares_of_words_add_up_and_disagreements_are_marked(opened):
    box(opened, 1).fill("The film was not good at all, honestly.")
    box(opened, 2).fill("The film was really good, honestly.")
    wait_for_score(opened, 2, least=0.7)
    chapter = opened.locator("#words")
    chapter.scroll_into_view_if_needed()
    expect(chapter.locator(".word")).to_have_count(14)
    for text, line in zip(
        chapter.locator(".text").all(), chapter.locator(".sum").all(), strict=True
    ):
        shares = [
            float(share.replace("\u2212", "-"))
            for share in text.locator(".share .shade").all_inner_texts()
        ]
        words, special, between, total = (
            float(number.replace("\u2212", "-"))
            for number in re.findall(r"\u2212?\d\.\d+", line.inner_text())
        )
        assert abs(sum(shares) - words) < 5e-3
        assert abs(words + special + between - total) < 2e-3
    assert abs(total - wait_for_score(opened, 2)) < 6e-3
    shaded = chapter.locator(".disagrees .shade").first
    expect(shaded).to_have_text("not")
    red, _, blue = re.findall(r"\d+", shaded.evaluate("it => getComputedStyle(it).backgroundColor"))
    assert int(blue) > int(red)  # it holds them apart: the colour of what is below zero
    told = chapter.locator(".disagrees .effect").first.inner_text()
    assert told.startswith("\u2212")
    for name, says in (
        ("Without it", "is lost when the word is taken out"),
        (
            "Its share",
            "the mean of its tokens’ vectors, so the similarity divides among them exactly",
        ),
        ("Outlined", "neither number alone tells what it is worth"),
    ):
        explained = chapter.locator("dl div").filter(has=opened.get_by_text(name, exact=True))
        expect(explained).to_contain_text(says)
    choose(opened, "SHA-256")
    wait_for_score(opened, 2, most=0.5)
    expect(chapter.get_by_text("taking words out is all there is")).to_be_visible()
    expect(chapter.locator(".share")).to_have_count(0)


def test_traps_are_measured_where_they_stand(opened):
    chapter = opened.locator("#traps")
    chapter.scroll_into_view_if_needed()
    result = chapter.locator(".result")
    expect(result).to_contain_text("are closer than 99 % of unrelated ones")
    assert int(re.search(r"(\d+) of 50", result.inner_text())[1]) >= 45
    pairs = chapter.locator(".pairs li")
    assert pairs.count() == 50
    one, other = pairs.first.locator("p span").all_inner_texts()
    shown = float(pairs.first.locator("b").inner_text())
    assert abs(shown - likewise.compare([one, other]).similarities[1]) < 0.0062
    variants = chapter.locator(".variants li")
    expect(variants.nth(0)).to_contain_text("It is not true that the dog bit the man.")
    expect(variants.nth(1)).to_contain_text("This rule does not fit the sentence.")
    expect(variants.nth(2).locator("b")).to_have_text(re.compile(r"0\.9\d\d"))
    chapter.get_by_label("A sentence of your own").fill("My uncle sold 2 cars.")
    expect(variants.nth(1)).to_contain_text("My uncle sold 20 cars.")
    expect(variants.nth(1).locator("b")).to_have_text(re.compile(r"0\.\d{3}"))
    chapter.get_by_role("button", name="Use my first text").click()
    expect(variants.nth(0)).to_contain_text("It is not true that I love cats.")
    assert texts(opened) == list(OPENING_TEXTS)  # nothing was added to them


WALK = [
    "She baked an apple pie.",
    "The company sold a million phones.",
    "An apple fell from the tree.",
    "Apple opened a new shop.",
    "Shares of the phone maker rose.",
    "The bakery raised its prices.",
    "The engineers tested the battery.",
    "The fruit farm was sold to a company.",
]


def test_sums_of_texts_find_the_nearest_other(opened):
    chapter = opened.locator("#sums")
    chapter.scroll_into_view_if_needed()
    best = chapter.locator("ol li").first
    expect(best).to_contain_text("The queen sits on the throne.")
    assert texts(opened) == list(OPENING_TEXTS)
    own = [field.input_value() for field in chapter.get_by_label(re.compile("of the sum")).all()]
    vectors = likewise.compare(own).encoding.vectors
    stays = "it => Math.round(it.getBoundingClientRect().top)"
    before = chapter.evaluate(stays)
    total = vectors[0] - vectors[1] + vectors[2]
    total /= np.linalg.norm(total)
    assert abs(float(best.locator("b").inner_text()) - float(total @ vectors[3])) < 2e-3
    chapter.get_by_role("button", name="Plus text 4").click()
    expect(best).not_to_contain_text("queen")
    for number in (1, 2, 3):
        chapter.get_by_role(
            "button", name=f"{'Minus' if number == 2 else 'Plus'} text {number}"
        ).click()
    expect(chapter.locator(".formula")).to_have_text("The queen sits on the thron… =")
    walk = chapter.get_by_role("slider", name="Place between the two texts")
    met = chapter.locator(".way span")
    expect(met).to_have_count(3)
    walked = [span.split(" ", 1)[1] for span in met.all_inner_texts()]
    assert walked == [WALK[2], WALK[3], WALK[4]]  # the apple turns into a shop
    walk.fill("0.6")
    way = likewise.compare(WALK).encoding.vectors
    at = 0.4 * way[0] + 0.6 * way[1]
    similarities = way[2:] @ (at / np.linalg.norm(at))
    nearest = chapter.locator(".nearest")
    expect(nearest).to_contain_text(WALK[2 + int(similarities.argmax())])
    assert abs(float(nearest.inner_text().split()[-1]) - similarities.max()) < 2e-3
    chapter.get_by_label("To this text").fill("Grandmother picked ripe apples in the orchard.")
    expect(met.last).not_to_contain_text("Shares")
    use_my_texts(opened, "sums")
    expect(nearest).to_contain_text(re.compile("A cat sleeps|The Unix"))
    chapter.get_by_role("button", name="Plus text 2").click()
    expect(best).to_contain_text("I love cats.")
    assert chapter.evaluate(stays) == before  # no click moves the reader


PLACES = """points => points.map(point => {
    const { e, f } = new DOMMatrix(getComputedStyle(point).transform);
    return [e, f];
})"""


def distances(points: np.ndarray) -> np.ndarray:
    return np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))


def test_two_encoders_side_by_side(opened):
    chapter = opened.locator("#strangers")
    chapter.scroll_into_view_if_needed()
    lines = chapter.locator("tbody tr")
    expect(lines).to_have_count(3)
    mine = likewise.compare(list(OPENING_TEXTS))
    theirs = likewise.compare(list(OPENING_TEXTS), "sha256")
    for index, line in enumerate(lines.all(), start=1):
        cells = [
            cell.replace("\u2212", "-").split() for cell in line.locator("td").all_inner_texts()
        ]
        assert abs(float(cells[0][0]) - mine.similarities[index]) < 6e-4
        assert abs(float(cells[1][0]) - theirs.similarities[index]) < 6e-4
        assert abs(float(cells[1][1]) - theirs.percentiles[index]) < 1
    ranks = [np.argsort(np.argsort(-c.similarities[1:])) + 1 for c in (mine, theirs)]
    expected = [str(a) if a == b else f"{a} → {b}" for a, b in zip(*ranks, strict=True)]
    assert lines.locator("td:last-child").all_inner_texts() == expected
    for comparison, told in zip((mine, theirs), chapter.locator("dd").all(), strict=True):
        expect(told).to_contain_text(f"{comparison.identity.dims} numbers")
        expect(told).to_contain_text(comparison.runtime.precision)
        expect(told).to_contain_text(f"scale of {comparison.to_dict()['background']['name']}")
        expect(told).to_contain_text(comparison.identity.digest[:12])
        if comparison.runtime.parity is not None:
            expect(told).to_contain_text(
                f"matches the original model (cosine {comparison.runtime.parity:.4f})"
            )
    # the dots travel from the one picture to the other; lines lead from where ranks have changed
    pictures = chapter.locator(".pictures")
    for comparison, trails in (
        (mine, 0),
        (theirs, int((ranks[0] != ranks[1]).sum())),
    ):
        shown = np.array(pictures.locator(".point").evaluate_all(PLACES))
        apart = distances(shown) / distances(shown).max()
        true = distances(comparison.plane.points)
        assert np.abs(apart - true / true.max()).max() < 0.02
        expect(pictures.locator(".trail")).to_have_count(trails)
        expect(pictures).to_contain_text(f"{comparison.plane.kept:.0%}".replace("%", " %"))
        pictures.get_by_role("button").click()
    box(opened, 2).fill("Kittens!")
    expect(lines.first).to_contain_text("Kittens!")
    choose(opened, "SHA-256")
    expect(chapter.get_by_role("combobox")).to_have_value("minilm")


def test_the_budget_slider_shows_ranks_and_bytes(opened):
    chapter = opened.locator("#budget")
    chapter.scroll_into_view_if_needed()
    expect(chapter.locator(".cost")).to_contain_text("1,536 bytes")
    expect(chapter.locator(".lost")).to_contain_text("3 of 3 keep their rank")
    answer = opened.request.get("/api/sizes", params={"encoder": "minilm"}).json()
    dims, recall = answer["dims"], answer["recall"]
    expect(chapter.locator(".lost b")).to_have_text("10.0")
    vectors = likewise.compare(list(OPENING_TEXTS)).encoding.vectors
    chapter.get_by_label("1 bit").check()
    expect(chapter.locator(".cost")).to_contain_text("48 bytes")
    expect(chapter.locator(".lost b")).to_have_text(f"{10 * recall['bit'][-1]:.1f}")
    # what the chapter says: eight bits do as well, and of as few bytes more bits than numbers go
    assert recall["int8"][-1] > 0.98
    assert recall["bit"][-1] > recall["int8"][dims.index(56)]
    signs = np.where(vectors < 0, -1.0, 1.0)
    small = [float(text) for text in chapter.locator("tbody td:nth-child(3)").all_inner_texts()]
    assert np.allclose(small, signs[1:] @ signs[0] / 384, atol=0.012)  # a sign near zero may differ
    chapter.get_by_role("slider").press("Home")
    expect(chapter.locator(".cost")).to_contain_text("1 byte per text")
    chapter.get_by_label("32 bits each").check()
    short = vectors[:, :8] / np.linalg.norm(vectors[:, :8], axis=1, keepdims=True)
    small = [
        float(text.replace("\u2212", "-"))
        for text in chapter.locator("tbody td:nth-child(3)").all_inner_texts()
    ]
    assert np.allclose(small, short[1:] @ short[0], atol=0.02)


def test_any_folder_can_be_opened_and_stands_beside(opened, tmp_path, complaints):
    complaints.expect("status of 404")
    write_model(tmp_path / "own", prompts={"query": "w7 "})
    opened.get_by_role("button", name="Open another…").click()
    dialog = opened.get_by_role("dialog", name="Open another encoder")
    dialog.get_by_role("textbox").fill(str(tmp_path / "nothing"))
    dialog.get_by_role("button", name="Open", exact=True).click()
    expect(dialog.get_by_role("alert")).to_contain_text("There is no folder")
    dialog.get_by_role("textbox").fill(str(tmp_path / "own"))
    dialog.get_by_role("textbox").press("Enter")
    expect(opened.get_by_role("radio", name="own")).to_be_checked()
    expect(dialog).not_to_be_visible()
    opened.locator("#strangers").scroll_into_view_if_needed()
    opened.locator("#strangers select").select_option("minilm")
    expect(opened.locator("#strangers tbody tr")).to_have_count(3)
    expect(opened.locator("#strangers dl")).to_contain_text("32 numbers")
    opened.set_viewport_size({"width": 320, "height": 844})
    assert opened.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_models_of_the_hub_are_fetched_and_suggested(page, tmp_path, monkeypatch, complaints, axe):
    complaints.expect("status of (404|503)")
    write_model(tmp_path / "served")
    write_model(tmp_path / "models" / "BAAI/bge-small-en-v1.5")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub-cache"))
    with serving_model(tmp_path / "served", "someone/tiny") as hub:
        settings = Settings(
            encoder="sha256",  # no model is loaded but those that are opened
            cache=tmp_path / "cache",
            models=tmp_path / "models",
            offline=False,
            hub=hub,
        )
        with serving(create_app(settings)) as url:
            page.goto(url)
            page.get_by_role("button", name="Open another…").click()
            dialog = page.get_by_role("dialog", name="Open another encoder")
            dialog.get_by_role("textbox").fill("someone/else")
            dialog.get_by_role("textbox").press("Enter")
            expect(dialog.get_by_role("alert")).to_contain_text("someone/else")
            dialog.get_by_role("textbox").fill("someone/tiny")
            dialog.get_by_role("textbox").press("Enter")
            expect(page.get_by_role("radio", name="tiny")).to_be_checked()
            page.get_by_role("button", name="Open another…").click()
            expect(dialog.get_by_role("listitem")).to_have_count(5)
            expect(dialog).to_contain_text("over 50 languages · Apache-2.0 · download of 480 MB")
            axe(page, within="dialog[open]")
            small = dialog.get_by_role("button", name="BAAI/bge-small-en-v1.5")
            expect(small).to_contain_text("on this machine")
            small.click()
            expect(page.get_by_role("radio", name="bge-small-en-v1.5")).to_be_checked()
            answer = page.request.get(f"{url}/v1/models/someone/tiny").json()
    digest = likewise.load(str(tmp_path / "served")).identity.digest
    assert answer["likewise"]["identity"]["digest"] == digest


def test_a_prefix_is_told_and_its_rank_moves_are_those_of_prefixed_texts(opened, axe):
    opened.get_by_text("Prefix: none").click()
    expect(opened.get_by_text("This encoder needs no prefix")).to_be_visible()
    panel = opened.locator("details", has_text="Before the first text")
    panel.get_by_label("Before the first text").fill("Unix command: ")
    panel.get_by_label("Before the others").fill("passage: ")
    expect(panel.locator("tbody tr")).to_have_count(3)
    encoder = likewise.load("minilm")
    plain = encoder.encode(list(OPENING_TEXTS)).vectors
    prefixes = ["Unix command: ", *["passage: "] * 3]
    put = [prefix + text for prefix, text in zip(prefixes, OPENING_TEXTS, strict=True)]
    with_prefix = encoder.encode(put).vectors
    ranks = []
    for column, vectors in ((2, plain), (3, with_prefix)):
        similarities = vectors[1:] @ vectors[0]
        shown = [
            float(text.replace("\u2212", "-"))
            for text in panel.locator(f"tbody td:nth-child({column})").all_inner_texts()
        ]
        assert np.abs(np.array(shown) - similarities).max() < 3e-3
        ranks.append((-similarities).argsort().argsort() + 1)
    assert not np.array_equal(*ranks)
    told = panel.locator("tbody td:last-child").all_inner_texts()
    assert told == [f"{a}" if a == b else f"{a} → {b}" for a, b in zip(*ranks, strict=True)]
    expect(panel.get_by_role("status")).to_contain_text("of 3 changed rank")
    axe(opened, within="main details")
    panel.get_by_role("button", name="No prefix").click()
    expect(panel.locator("tbody tr")).to_have_count(0)


def test_the_prefixes_of_an_encoder_are_offered(opened, tmp_path):
    write_model(tmp_path / "prompted", prompts={"query": "w7 ", "passage": "w8 "})
    opened.get_by_role("button", name="Open another…").click()
    opened.get_by_role("dialog").get_by_role("textbox").fill(str(tmp_path / "prompted"))
    opened.get_by_role("dialog").get_by_role("textbox").press("Enter")
    expect(opened.get_by_role("radio", name="prompted")).to_be_checked()
    opened.get_by_text("Prefix: none").click()
    expect(opened.get_by_text("query “w7 ”, passage “w8 ”")).to_be_visible()
    panel = opened.locator("details", has_text="Before the first text")
    panel.get_by_role("button", name="query", exact=True).click()
    expect(panel.get_by_label("Before the others")).to_have_value("w7 ")
    expect(panel.locator("tbody tr")).to_have_count(3)
