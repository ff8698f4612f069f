"""How it looks and whom it serves: sizes, schemes, keyboard, screen readers."""

import gzip
from pathlib import Path

import pytest
from playwright.sync_api import expect

from likewise.server.page import PAGE
from tests.browser.steps import alert, box, choose, row, wait_for_score

SCREENSHOTS = Path(__file__).parent / "screenshots"


def no_overflow(page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("width", [320, 390, 768, 1280, 2560])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_width_and_scheme(page, axe, width, scheme):
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    page.goto("/")
    expect(box(page, 1)).to_be_visible()
    assert no_overflow(page)
    axe(page)
    page.wait_for_timeout(400)  # movements have ended
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"first-{width}-{scheme}.png", full_page=True)


def test_axe_finds_nothing_in_any_state(opened, axe, complaints):
    box(opened, 3).fill("")
    box(opened, 4).fill("cats and dogs " * 200)
    expect(row(opened, 4)).to_contain_text("cut off")
    axe(opened)
    choose(opened, "SHA-256")
    axe(opened)
    opened.get_by_role("button", name="Paste many lines").click()
    axe(opened)
    opened.keyboard.press("Escape")
    complaints.expect("ERR_FAILED")
    opened.route("**/api/compare", lambda route: route.abort())
    box(opened, 2).fill("gone")
    expect(alert(opened)).to_contain_text("does not answer")
    axe(opened)


def test_a_word_without_end_does_not_widen_the_page(opened):
    opened.set_viewport_size({"width": 390, "height": 844})
    box(opened, 2).fill("Donaudampfschifffahrts" * 40)
    wait_for_score(opened, 2, most=0.5)
    assert no_overflow(opened)


def test_results_shift_nothing_while_typing(opened):
    opened.evaluate(
        """() => {
            window.shifts = 0;
            new PerformanceObserver(list => {
                for (const entry of list.getEntries()) window.shifts += entry.value;
            }).observe({ type: 'layout-shift', buffered: false });
        }"""
    )
    box(opened, 2).click()
    opened.keyboard.press("End")
    opened.keyboard.type(" Really, I do.", delay=40)
    opened.wait_for_timeout(800)
    # a browser leaves out what follows a keystroke within half a second; so also compare places
    tops = "document.querySelectorAll('ol > li').values().map(li => li.offsetTop).toArray()"
    before = opened.evaluate(tops)
    opened.keyboard.type("!")
    opened.wait_for_timeout(600)
    assert opened.evaluate(tops) == before
    assert opened.evaluate("window.shifts") < 0.0001  # less than a pixel of a line


def test_everything_is_reached_by_keyboard(opened):
    reached = []
    opened.locator("body").press("Tab")
    for _ in range(120):
        reached.append(
            opened.evaluate(
                """() => {
                    const it = document.activeElement;
                    const name = it.getAttribute('aria-label')
                        ?? it.labels?.[0]?.innerText ?? it.innerText;
                    return name.replace(/\\s+/g, ' ');
                }"""
            )
        )
        opened.keyboard.press("Tab")
    for name in (
        "Likewise, home",
        "MiniLM",
        "Text 1",
        "Remove text 4",
        "+ Add a text",
        "Paste many lines",
        "Export JSON",
    ):
        assert name in reached, reached


def test_ctrl_enter_adds_a_text_below(opened):
    box(opened, 1).press("Control+Enter")
    expect(box(opened, 2)).to_be_focused()
    assert box(opened, 2).input_value() == ""


def test_the_best_is_announced_once_typing_rests(opened):
    status = opened.locator("p[role=status]")
    expect(status).to_contain_text("Most similar to the first: text 2, similarity 0.7")
    box(opened, 4).press_sequentially("I love cats.", delay=30)
    assert "text 2" in status.inner_text()  # not between keystrokes
    box(opened, 4).fill("I love cats!")
    expect(status).to_contain_text("text 4")


def test_reduced_motion_moves_nothing(opened):
    opened.emulate_media(reduced_motion="reduce")
    durations = opened.evaluate(
        "[...document.querySelectorAll('li, .point, .fill')]"
        ".map(it => getComputedStyle(it).transitionDuration)"
    )
    assert set(",".join(durations).replace(" ", "").split(",")) == {"0s"}


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
    assert seen.count("of unrelated pairs, general English") == 3
    assert "most similar" in seen


def test_the_page_weighs_little():
    files = [file for file in PAGE.rglob("*") if file.suffix in {".html", ".js", ".css", ".svg"}]
    fonts = list(PAGE.rglob("*.woff2"))
    assert files
    assert fonts
    packed = sum(len(gzip.compress(file.read_bytes(), 9)) for file in files)
    assert packed + sum(file.stat().st_size for file in fonts) <= 150_000


def test_forced_colours_keep_the_bars(opened):
    opened.emulate_media(forced_colors="active")
    fills = opened.locator("ol .fill")
    colours = fills.evaluate_all("fills => fills.map(f => getComputedStyle(f).backgroundColor)")
    assert set(colours) == {"rgb(0, 0, 0)"}
    opened.screenshot(path=SCREENSHOTS / "forced-colours.png")


def test_print_leaves_the_buttons_out(opened):
    opened.emulate_media(media="print")
    for name in ("+ Add a text", "Remove text 1", "Negation"):
        expect(opened.get_by_role("button", name=name)).to_be_hidden()
    expect(row(opened, 2)).to_contain_text("of unrelated pairs")
