"""What the page keeps in its tab, takes in and explains."""

import contextlib
import io
import re

import numpy as np
from playwright.sync_api import expect

import likewise
from likewise.server.workbench.opening import OPENING_TEXTS
from tests.browser.steps import box, choose, row, texts, wait_for_score


def test_nothing_typed_is_lost_by_a_reload_or_a_visit_elsewhere(opened):
    box(opened, 2).fill("Kittens are lovely.")
    wait_for_score(opened, 2, least=0.4)
    opened.get_by_label("red–green").check()
    opened.get_by_label("Text 4 of the sum").fill("The princess sits on the throne.")
    opened.reload()
    assert texts(opened)[1] == "Kittens are lovely."
    expect(opened.get_by_label("red–green")).to_be_checked()
    expect(opened.get_by_label("Text 4 of the sum")).to_have_value(
        "The princess sits on the throne."
    )
    opened.get_by_role("link", name="Classify").click()
    opened.get_by_role("link", name="Play").click()
    assert texts(opened)[1] == "Kittens are lovely."
    box(opened, 2).fill("Dogs are lovely.")
    opened.goto("/classify.html")
    opened.go_back()
    assert texts(opened)[1] == "Dogs are lovely."


DROP = """([name, content]) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([content], name));
    for (const type of ['dragover', 'drop']) {
        const event = new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true });
        document.body.dispatchEvent(event);
        if (!event.defaultPrevented) throw new Error(type + ' would open the file');
    }
}"""


DROPPED = [
    ("lines.txt", "One text.\n\nAnother text.\r\n", ["One text.", "Another text."]),
    ("t.csv", 'id,text\n1,"A cat, asleep."\n2,A dog\n', ["A cat, asleep.", "A dog"]),
    ("s.csv", "id;Satz\n1;Es regnet, ja.\n2;Nein doch\n", ["Es regnet, ja.", "Nein doch"]),
]


def test_a_dropped_file_is_taken_or_refused(opened, complaints):
    for name, content, expected in DROPPED:
        opened.evaluate(DROP, [name, content])
        expect(opened.get_by_text(f"Added 2 texts ({name}")).to_be_visible()
        assert texts(opened) == [*OPENING_TEXTS, *expected]
        opened.get_by_role("button", name="Undo", exact=True).last.click()
        assert texts(opened) == list(OPENING_TEXTS)
    many = "\n".join(f"Line {n}." for n in range(120))
    opened.evaluate(DROP, ["many.txt", many])
    told = "The limit is 100 texts; 24 were left out (many.txt). Explore takes all of them."
    expect(opened.get_by_text(told)).to_be_visible()
    opened.get_by_role("button", name="Undo", exact=True).last.click()
    complaints.expect("400")
    opened.evaluate(DROP, ["a.png", "\x89PNG\x00\x01"])
    expect(opened.get_by_text("a.png holds no text.")).to_be_visible()
    assert texts(opened) == list(OPENING_TEXTS)


def test_a_word_and_a_number_are_explained_where_they_stand(opened, axe):
    opened.get_by_role("button", name="Fingerprint", exact=True).click()
    note = opened.get_by_text("A hash of the model’s weights")
    expect(note).to_be_visible()
    axe(opened, within="aside")
    opened.keyboard.press("Escape")
    expect(note).to_be_hidden()
    for word, said in (
        ("SHA-256", "It knows nothing of meaning"),
        ("variation", "squared distances"),
    ):
        opened.get_by_role("button", name=word, exact=True).click()
        expect(opened.get_by_text(said)).to_be_visible()
        opened.keyboard.press("Escape")
    opened.get_by_role("button", name="What 0.70").click()
    dialog = opened.get_by_role("dialog", name="What the number means")
    expect(dialog).to_contain_text("like two ways of saying one thing")
    pairs = dialog.locator(".pairs li")
    expect(pairs).to_have_count(4)
    for pair in pairs.all():
        one, other = pair.locator("p span").all_inner_texts()
        shown = float(pair.locator("b").inner_text())
        assert abs(shown - 0.70) < 0.03
        assert abs(shown - likewise.compare([one, other]).similarities[1]) < 0.012
    dialog.get_by_text("How 0.70").click()
    axe(opened, within="dialog[open]")
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(dialog.get_by_label("Compute it yourself").inner_text(), {})
    shown = float(row(opened, 2).locator(".number").inner_text().split(":")[-1])
    assert abs(float(said.getvalue()) - shown) < 6e-4
    slider = dialog.get_by_role("slider")
    slider.press("Home")
    expect(dialog).to_contain_text("like two unrelated sentences")
    # every term of it is one click away
    opened.locator("#close").get_by_label("The other").select_option(index=3)
    dialog.get_by_role("link", name="see every term").click()
    expect(dialog).to_be_hidden()
    opened.wait_for_url(re.compile("#close$"))
    expect(opened.locator("#close p.sum")).to_have_text(re.compile(r"^0\.70\d+"))
    choose(opened, "SHA-256")
    wait_for_score(opened, 2, most=0.3)
    expect(row(opened, 2)).to_contain_text("this encoder can’t tell what that means")


def test_thirty_texts_are_a_list_that_is_sorted_searched_and_led(opened, axe):
    lines = [
        f"Sentence {n} is about {thing}." for n, thing in enumerate(["cats", "rain", "tax"] * 9)
    ]
    opened.get_by_role("button", name="Paste many lines").click()
    opened.get_by_role("dialog").get_by_role("textbox").fill("\n".join(lines))
    opened.get_by_role("button", name="Add 27 texts").click()
    wait_for_score(opened, 31)
    expect(opened.get_by_role("radio", name="a list")).to_be_checked()
    order = opened.get_by_label("Order")
    order.select_option("most similar first")
    shown = opened.locator("ol .number").all_inner_texts()[1:]
    numbers = [float(text.split(":")[-1].replace("\u2212", "-")) for text in shown]
    assert len(numbers) == 30
    assert numbers == sorted(numbers, reverse=True)
    order.select_option("similar ones together")
    axe(opened)
    opened.get_by_label("Search").fill("RAIN")
    expect(opened.locator("ol > li")).to_have_count(9)
    expect(opened.get_by_text("9 texts of 31")).to_be_visible()
    opened.get_by_role("button", name="Make text 6 the reference").click()
    assert opened.evaluate("document.activeElement !== null")
    opened.get_by_label("Search").fill("")
    expect(row(opened, 1)).to_contain_text("reference")
    assert box(opened, 1).input_value() == lines[1]
    opened.set_viewport_size({"width": 390, "height": 844})
    assert opened.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_text_falls_into_its_tokens(opened):
    box(opened, 2).fill("i wuold liek tea")
    wait_for_score(opened, 2, most=0.5)
    row(opened, 2).get_by_role("button", name=re.compile("of 256 tokens")).click()
    pieces = row(opened, 2).get_by_label("Tokens of the text").locator("span")
    expect(pieces.last).to_have_text("end")
    shown = pieces.all_inner_texts()
    assert shown[0] == "start"
    assert shown[-1] == "end"
    assert "tea" in shown
    assert any(piece.startswith("##") for piece in shown)  # a misspelt word shatters
    said = row(opened, 2).get_by_role("button", name=re.compile("of 256 tokens")).inner_text()
    assert int(said.split()[0]) == len(shown)
    box(opened, 2).fill("i would like tea")
    expect(row(opened, 2).get_by_label("Tokens of the text")).to_have_count(0)


def test_the_game_is_won_shared_and_goes_on(opened):
    game = opened.locator("#game")
    game.scroll_into_view_if_needed()
    mine = game.get_by_label("Your version")
    mine.fill("The medicine is unsafe for children.")
    expect(game.get_by_role("status")).to_contain_text("2 letters changed")
    similarity = likewise.compare(
        ["The medicine is safe for children.", "The medicine is unsafe for children."]
    ).similarities[1]
    shown = game.locator(".score .number")
    expect(shown).to_have_text(re.compile(f"^{np.floor(similarity * 100) / 100:.2f}"))
    won = similarity >= 0.9
    expect(game.get_by_role("status")).to_contain_text("Broken" if won else "it has noticed")
    opened.set_viewport_size({"width": 390, "height": 844})
    mine.fill("The medicine is safe for children, and for their parents.")
    mine.press("Enter")  # it is one line, which is seen whole
    assert mine.evaluate("it => [it.scrollLeft, it.scrollTop]") == [0, 0]
    assert mine.evaluate("it => it.scrollHeight <= it.clientHeight")
    expect(mine).to_have_value("The medicine is safe for children, and for their parents.")
    opened.set_viewport_size({"width": 1280, "height": 900})
    mine.fill("The medicine is safe for childrem.")
    game.get_by_role("button", name="Next").click()
    expect(mine).to_have_value("She left before he arrived.")
    mine.fill("He left before she arrived.")
    expect(game.get_by_role("status")).to_contain_text("Broken")
    game.get_by_role("button", name="Copy a link to this").click()
    expect(opened.get_by_text("It opens this page with your sentence.")).to_be_visible()
    other = opened.context.new_page()
    other.goto(opened.evaluate("navigator.clipboard.readText()"))
    expect(other.locator("#game").get_by_label("Your version")).to_have_value(
        "He left before she arrived."
    )


def test_the_quiz_keeps_count(opened):
    opened.get_by_role("button", name="Negation").click()
    opened.locator(".option").nth(1).click()
    expect(opened.get_by_text("As you expected.")).to_be_visible()
    opened.get_by_role("button", name="Next: Paraphrase").click()
    opened.locator(".option").first.click()
    expect(opened.get_by_text("You think like MiniLM: 1 of 2")).to_be_visible()
    opened.get_by_role("button", name="Negation").click()
    opened.locator(".option").first.click()  # the first guess counts
    expect(opened.get_by_text("You think like MiniLM: 1 of 2")).to_be_visible()
