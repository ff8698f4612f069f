"""What a screen reader says, and when."""

from playwright.sync_api import expect

from tests.browser.steps import box, open_everything, wait_for_score

REST = 2_500
"""Milliseconds after which all is said that is said once typing rests."""

HOUR = 3_600
"""Seconds, in which all is said and done."""


def test_the_best_is_announced_once_typing_rests(page):
    page.clock.install()
    page.goto("/")
    status = page.locator("p.unseen[role=status]").first
    page.clock.fast_forward(REST)
    expect(status).to_contain_text("Most similar to the first: text 2, similarity 0.7")
    box(page, 4).fill("I love cats!")
    wait_for_score(page, 4, least=0.9)
    assert "text 2" in status.inner_text()  # not between keystrokes
    page.clock.fast_forward(REST)
    expect(status).to_contain_text("text 4")


LISTEN = """() => {
    window.heard = [];
    const regions = '[role=status], [role=alert], [aria-live]';
    new MutationObserver(changes => {
        for (const { target, addedNodes } of changes) {
            const element = target.nodeType === 1 ? target : target.parentElement;
            const region = element?.closest(regions);
            const added = [...addedNodes].filter(node => node.nodeType === 1
                && (node.matches(regions) || node.querySelector(regions)));
            if (region || added.length > 0) {
                window.heard.push((region ?? added[0]).textContent.trim());
            }
        }
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""


def test_live_regions_are_silent_while_one_types(page):
    clock = page.clock
    clock.install(time=0)
    page.goto("/")
    open_everything(page)
    wait_for_score(page, 2)
    clock.pause_at(HOUR)  # what there was to say is said; time goes by where the test says so
    page.evaluate(LISTEN)
    box(page, 3).press("Control+Home")  # of the most similar
    for letter in "Look ":
        page.keyboard.press(letter)
        clock.run_for(400)  # a slow typist, who types for longer than one has to rest
    assert page.evaluate("window.heard") == []
    clock.resume()
    expect(page.locator("details tbody th").nth(1)).to_contain_text("Look The")
    wait_for_score(page, 3)
    clock.fast_forward(REST)
    page.wait_for_function("() => window.heard.length > 0")
    heard = page.evaluate("window.heard")
    assert 1 <= len(heard) <= 2, heard  # the most similar, and how many ranks a prefix moved
