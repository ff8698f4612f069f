"""The article around the instruments, its head and its foot."""

import re
from itertools import pairwise

from playwright.sync_api import expect

import likewise
from likewise.server.workbench.opening import OPENING_TEXTS
from tests.browser.steps import box, choose, texts, wait_for_score

IDEAS = {
    "numbers": ["vector", "embedding", "this paragraph has its own"],
    "strangers": ["SHA-256", "random numbers", "training"],
    "close": ["four sentences", "picture", "cosine"],
    "scale": ["unrelated", "same subject", "same meaning"],
    "words": ["take a word out", "mean of the vectors of its"],
    "pairs": ["squeezes 384 dimensions into two", "dotted line", "trust the table"],
    "game": ["fool it", "when not to trust"],
    "traps": ["Deny a sentence", "change its number", "swap who did what"],
    "sums": ["added", "king minus man plus woman"],
    "concepts": ["A concept is a text too", "poor judge", "labelled examples"],
    "budget": ["fewer bits", "one and a half gigabytes"],
    "labels": ["classifier on top", "that it never saw"],
}


def test_the_article_says_what_it_has_to_in_five_minutes(opened):
    words = 0
    for chapter, ideas in IDEAS.items():
        prose = opened.locator(f"#{chapter} .prose")
        for idea in ideas:
            expect(prose).to_contain_text(idea)
        words += len(prose.inner_text().split())
        # each idea has its live part beside it
        expect(opened.locator(f"#{chapter} .live")).to_have_count(1)
    assert 650 <= words <= 1_000
    assert opened.locator("main > section[id]").count() == len(IDEAS)
    # headings have their order
    levels = opened.locator("h1, h2, h3").evaluate_all(
        "headings => headings.map(it => Number(it.tagName[1]))"
    )
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    # what it says of the opening is so
    similarities = likewise.compare(list(OPENING_TEXTS)).similarities
    assert similarities[1] > similarities[2] > similarities[3]  # other words; a cat; a command
    assert set(OPENING_TEXTS[0].lower().split()).isdisjoint(OPENING_TEXTS[1].lower().split())
    assert texts(opened) == list(OPENING_TEXTS)


def test_the_paragraph_names_the_colours_that_are_shown(opened):
    paragraph = opened.locator("#numbers .prose p").first
    expect(paragraph).to_contain_text("orange above zero, blue below")
    numbers = opened.locator("#numbers .numbers")
    paragraph.scroll_into_view_if_needed()
    expect(numbers).to_contain_text("374 more")
    before = numbers.inner_text()
    opened.get_by_label("red–green").check()
    expect(paragraph).to_contain_text("green above zero, red below")
    expect(numbers).not_to_have_text(before)  # another paragraph has other numbers


def test_the_way_home_and_into_every_chapter(opened):
    home = opened.get_by_role("link", name="Likewise, home")
    expect(home).to_have_attribute("href", "./")
    links = opened.get_by_role("navigation", name="Contents").get_by_role("link")
    targets = links.evaluate_all("links => links.map(link => link.getAttribute('href'))")
    sections = opened.locator("main > section[id]:has(h2)")
    chapters = sections.evaluate_all("sections => sections.map(it => it.id)")
    assert targets == [f"#{chapter}" for chapter in chapters]
    for target in (targets[-1], targets[0], "#game"):  # down, up, and over figures that fill
        opened.locator(f"nav a[href='{target}']").click()
        opened.wait_for_function(
            """target => {
                const { top } = document.querySelector(target).getBoundingClientRect();
                const left = document.body.scrollHeight - scrollY - innerHeight;
                return (top > -2 && top < 120) || left < 2;
            }""",
            arg=target,
        )
    home.click()
    expect(box(opened, 1)).to_have_value(OPENING_TEXTS[0])


def test_every_chapter_is_in_reach_on_a_telephone(opened, axe):
    opened.set_viewport_size({"width": 390, "height": 844})
    menu = opened.get_by_role("navigation", name="Contents")
    button = opened.get_by_role("button", name="Contents")
    expect(button).to_be_in_viewport()
    expect(menu).not_to_be_visible()
    button.press("Enter")
    for link in menu.get_by_role("link").all():
        expect(link).to_be_in_viewport(ratio=1)
    axe(opened, within="nav[popover]")
    opened.keyboard.press("Escape")
    expect(menu).not_to_be_visible()
    expect(button).to_be_focused()
    button.click()
    menu.get_by_role("link", name="When not to trust it").click()
    expect(menu).not_to_be_visible()
    expect(opened.locator("#traps h2")).to_be_in_viewport()


def test_concepts_lead_to_what_is_better(opened):
    opened.locator("#concepts").get_by_role("link", name="labelled examples").click()
    opened.wait_for_url(re.compile("#labels$"))
    expect(opened.locator("#labels").get_by_role("heading")).to_be_in_viewport()
    expect(opened.locator("#labels").get_by_role("link")).to_have_attribute(
        "href", "./classify.html"
    )


def test_the_foot_says_model_licence_what_is_stored_and_where_the_code_is(opened):
    foot = opened.get_by_role("contentinfo")
    expect(foot).to_contain_text(
        "all-MiniLM-L6-v2 by the sentence-transformers authors, Apache-2.0"
    )
    expect(foot).to_contain_text("Stored: nothing outside this tab.")
    expect(foot).to_contain_text("and nowhere else")
    expect(foot.get_by_role("link", name="code")).to_have_attribute(
        "href", re.compile("github.com")
    )
    response = opened.request.get("/licences.txt")
    assert response.ok
    assert "svelte" in response.text()
    expect(foot.get_by_role("link", name="licences")).to_have_attribute("href", "./licences.txt")
    choose(opened, "SHA-256")
    wait_for_score(opened, 2, most=0.5)
    expect(foot).to_contain_text("Encoder: sha256.")


def test_texts_are_stored_in_the_tab_alone(opened):
    box(opened, 2).fill("A secret.")
    wait_for_score(opened, 2, most=0.5)
    opened.get_by_label("red–green").check()
    kept = opened.evaluate(
        "async () => [localStorage.length, document.cookie,"
        " (await indexedDB.databases()).length, location.href]"
    )
    assert kept[:3] == [0, "", 0]
    assert kept[3].endswith("/")
    assert opened.context.cookies() == []
    other = opened.context.new_page()
    other.goto("/")
    assert texts(other) == list(OPENING_TEXTS)
    other.close()
