"""The page by keyboard alone."""

from playwright.sync_api import expect

from tests.browser.steps import box, open_everything, wait_for_score

WATCH = """() => {
    window.reached = [];
    const stops = [...document.querySelectorAll(
        'a[href], button, input, select, textarea, summary, [tabindex="0"]',
    )].filter(it => !it.disabled && it.tabIndex >= 0
        && it.checkVisibility({ visibilityProperty: true }) && !it.closest('dialog:not([open])'));
    const groups = new Set();
    window.stops = stops.filter(it => {
        if (it.type !== 'radio') return true;
        if (groups.has(it.name)) return false;  // a group is one stop, at what is chosen
        return groups.add(it.name);
    });
    document.addEventListener('focusin', ({ target }) => {
        const same = it => it === target || (it.type === 'radio' && it.name === target.name);
        const name = target.getAttribute('aria-label')
            ?? target.labels?.[0]?.innerText ?? target.innerText;
        window.reached.push([window.stops.findIndex(same), name.replace(/\\s+/g, ' ')]);
    });
    return window.stops.length;
}"""
"""Notes what gets the focus: its place among all that can have it, and its name."""


def test_every_control_is_reached_by_tab_in_the_order_of_the_page(opened):
    open_everything(opened)
    stops = opened.evaluate(WATCH)
    assert stops > 60
    opened.evaluate("document.activeElement.blur()")
    opened.locator("body").press("Home")
    opened.get_by_role("link", name="Skip to the content").focus()
    for _ in range(stops - 1):
        opened.keyboard.press("Tab")
    reached = opened.evaluate("window.reached")
    assert [place for place, _ in reached] == list(range(stops))
    assert {
        "Likewise, home",
        "MiniLM",
        "Text 1",
        "Remove text 4",
        "+ Add a text",
        "Paste many lines",
        "Export JSON",
    } <= {name for _, name in reached}


def test_the_first_stop_leads_past_the_navigation(opened):
    opened.locator("body").press("Tab")
    skip = opened.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    opened.keyboard.press("Enter")
    expect(opened.locator("main")).to_be_focused()
    opened.keyboard.press("Tab")
    expect(opened.get_by_role("radio", name="MiniLM")).to_be_focused()
    assert not opened.url.endswith("#app")  # an address may hold a state


def test_ctrl_enter_adds_a_text_below(opened):
    box(opened, 1).press("Control+Enter")
    expect(box(opened, 2)).to_be_focused()
    assert box(opened, 2).input_value() == ""


def test_the_instruments_are_worked_by_keyboard_alone(opened):
    page = opened
    page.get_by_role("button", name="Negation").press("Enter")
    expect(page.locator(".option").first).to_be_focused()  # the question is where one is
    page.keyboard.press("Space")
    expect(page.get_by_text("Not what you expected?")).to_be_visible()
    wait_for_score(page, 3, least=0.7)
    concepts = page.locator("#concepts")
    concepts.get_by_role("radio", name="an example").press("ArrowRight")
    concepts.get_by_role("checkbox", name="Text 2 ").press("Space")
    concepts.get_by_role("checkbox", name="Text 4 ").press("Space")
    expect(page.locator("#concepts tbody tr")).to_have_count(2)
    page.locator("#concepts").get_by_role("combobox", name="Horizontal").press("ArrowDown")
    expect(page.locator("#concepts svg .axis").first).to_have_text("The film was long. \u2192")
    page.locator("#sums").get_by_role("radio", name="an example").press("ArrowRight")
    page.get_by_role("button", name="Plus text 1").press("Space")
    expect(page.locator("#sums .formula")).to_have_text("The film was good. =")
    page.locator("#budget").get_by_role("slider").press("ArrowLeft")
    expect(page.locator("#budget .cost")).to_contain_text("1,504 bytes")
    page.locator("#budget").get_by_label("32 bits each").press("ArrowDown")
    expect(page.locator("#budget .cost")).to_contain_text("376 bytes")
    page.get_by_role("radio", name="MiniLM").press("ArrowRight")
    expect(page.get_by_role("radio", name="SHA-256")).to_be_checked()
    page.get_by_role("button", name="Share and keep").press("Enter")
    expect(page.get_by_role("button", name="Copy link")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Share and keep")).to_be_focused()
