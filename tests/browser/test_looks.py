"""How it looks and whom it serves: sizes, schemes, keyboard, screen readers."""

import gzip
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from likewise.server.static import PAGE
from tests.browser.steps import (
    alert,
    box,
    choose,
    open_everything,
    row,
    use_my_texts,
    wait_for_score,
)


def no_overflow(page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("width", [320, 390, 768, 1280, 2560])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_width_and_scheme(page, axe, screenshots, width, scheme):
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    page.goto("/")
    expect(box(page, 1)).to_be_visible()
    assert no_overflow(page)
    axe(page)
    page.screenshot(path=screenshots / f"first-{width}-{scheme}.png", full_page=True)


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
    status = opened.locator("p.unseen[role=status]").first
    expect(status).to_contain_text("Most similar to the first: text 2, similarity 0.7")
    box(opened, 4).press_sequentially("I love cats.", delay=30)
    assert "text 2" in status.inner_text()  # not between keystrokes
    box(opened, 4).fill("I love cats!")
    expect(status).to_contain_text("text 4")


def test_reduced_motion_moves_nothing(opened):
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
    assert seen.count("nearly all unrelated pairs") == 3
    assert "most similar" in seen


def loaded(page: str) -> set[Path]:
    """The files that a page needs before it can be used."""
    found = {PAGE / page}
    waiting = list(found)
    while waiting:
        text = waiting.pop().read_text(encoding="utf-8")
        named = re.findall(r'(?:from|import)\s*"\./([^"]+\.js)"', text)
        named += re.findall(r'"\./assets/([^"]+)"', text)
        named += re.findall(r"url\(\.?/?([^)]+\.woff2)\)", text)
        for name in named:
            file = PAGE / "assets" / name
            if file not in found:
                found.add(file)
                if file.suffix in {".js", ".css"}:
                    waiting.append(file)
    return found


@pytest.mark.parametrize("name", ["index.html", "classify.html", "docs.html"])
def test_the_page_weighs_little(name):
    files = loaded(name)
    assert len([file for file in files if file.suffix == ".js"]) >= 2
    assert len([file for file in files if file.suffix == ".woff2"]) == 2
    fonts = sum(file.stat().st_size for file in files if file.suffix == ".woff2")
    texts = [file for file in files if file.suffix != ".woff2"]
    packed = sum(len(gzip.compress(file.read_bytes(), 9)) for file in texts)
    assert packed + fonts <= 170_000


def test_forced_colours_keep_the_bars(opened, screenshots):
    opened.emulate_media(forced_colors="active")
    colours = opened.locator("ol .ruler .mark").evaluate_all(
        "marks => marks.map(mark => getComputedStyle(mark).backgroundColor)"
    )
    ground = opened.evaluate("getComputedStyle(document.body).backgroundColor")
    assert len(colours) == 3
    assert ground not in set(colours)
    opened.screenshot(path=screenshots / "forced-colours.png")


def test_print_leaves_the_buttons_out(opened):
    opened.emulate_media(media="print")
    for name in ("+ Add a text", "Remove text 1", "Negation"):
        expect(opened.get_by_role("button", name=name)).to_be_hidden()
    expect(row(opened, 2)).to_contain_text("like two ways to say one thing")


@pytest.mark.parametrize("width", [390, 768, 1280, 2560])
def test_everything_open_fits_every_width(opened, axe, width):
    opened.set_viewport_size({"width": width, "height": 900})
    open_everything(opened)
    assert no_overflow(opened)
    axe(opened)
    opened.emulate_media(color_scheme="dark")
    axe(opened)
    opened.emulate_media(forced_colors="active")
    assert no_overflow(opened)


def test_print_has_the_article_and_its_results(opened):
    open_everything(opened)
    opened.emulate_media(media="print")
    opened.set_viewport_size({"width": 720, "height": 1000})  # a sheet of A4
    assert no_overflow(opened)
    for region in ("#words .word", "#strangers tbody tr", "#concepts tbody tr", "#pairs td"):
        expect(opened.locator(region).first).to_be_visible()
    # a long text is whole on paper, an empty box and what one presses are not on it
    area = box(opened, 5)
    assert area.evaluate("area => area.scrollHeight <= area.clientHeight + 1")
    expect(box(opened, 6)).to_be_hidden()
    expect(opened.get_by_role("button", name="Open another…")).to_be_hidden()
    assert opened.pdf(format="A4").startswith(b"%PDF")


def test_forced_colours_keep_what_colours_say(opened):
    open_everything(opened)
    opened.emulate_media(forced_colors="active")
    # cells and shades are the message: they keep their colours, and their ink
    for shaded in ("#words .shade", "#pairs tbody td"):
        looks = opened.locator(shaded).first.evaluate(
            "it => [getComputedStyle(it).backgroundColor, getComputedStyle(it).color]"
        )
        assert looks[0] not in {"rgb(255, 255, 255)", "rgba(0, 0, 0, 0)"}
        assert looks[1] in {"rgb(0, 0, 0)", "rgb(255, 255, 255)"}
    # what is chosen is told by more than a colour that is gone
    checked = opened.get_by_role("radio", name="MiniLM").locator("+ span")
    assert checked.evaluate("it => getComputedStyle(it).outlineStyle") == "solid"
    for pressed in opened.locator("#sums [aria-pressed=true]").all():
        other = opened.locator("#sums [aria-pressed=false]").first
        looks = "it => { const s = getComputedStyle(it); return [s.borderColor, s.outlineStyle]; }"
        assert pressed.evaluate(looks) != other.evaluate(looks)


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


def test_live_regions_are_silent_while_one_types(opened):
    open_everything(opened)
    opened.wait_for_timeout(2500)  # what there was to say is said
    opened.evaluate(LISTEN)
    box(opened, 2).press_sequentially(" It was a long and happy evening for us.", delay=60)
    assert opened.evaluate("window.heard") == []
    opened.wait_for_timeout(3000)
    heard = opened.evaluate("window.heard")
    assert len(heard) <= 2, heard  # the most similar, and how many ranks a prefix moved


def test_nothing_shifts_while_typing_on_a_telephone_with_everything_open(opened):
    opened.set_viewport_size({"width": 390, "height": 844})
    open_everything(opened)
    box(opened, 4).click()  # none of the pair whose words are shown
    opened.keyboard.press("End")
    opened.wait_for_timeout(500)
    tops = """() => [...document.querySelectorAll('main > *, main > section .live > *, ol > li')]
        .map(it => Math.round(it.getBoundingClientRect().top + scrollY))"""
    before = opened.evaluate(tops)
    opened.keyboard.type("?", delay=40)
    seen = []
    for _ in range(10):
        opened.wait_for_timeout(80)
        seen.append(opened.evaluate(tops))
    moved = [
        (i, now, then)
        for places in seen
        for i, (now, then) in enumerate(zip(places, before, strict=True))
        if now != then
    ]
    assert moved == []


MARK = """() => {
    const stops = [...document.querySelectorAll(
        'a[href], button, input, select, textarea, summary, [tabindex="0"]',
    )].filter(it => !it.disabled && it.tabIndex >= 0 && it.checkVisibility()
        && !it.closest('dialog:not([open])'));
    let groups = new Set();
    window.stops = stops.filter(it => {
        if (it.type !== 'radio') return true;
        if (groups.has(it.name)) return false;  // a group is one stop, at what is chosen
        return groups.add(it.name);
    });
    return window.stops.length;
}"""

REACHED = """() => {
    const it = document.activeElement;
    const same = other => other === it || (it.type === 'radio' && other.name === it.name);
    return window.stops.findIndex(same);
}"""


def test_every_control_is_reached_by_tab_in_the_order_of_the_page(opened):
    open_everything(opened)
    stops = opened.evaluate(MARK)
    assert stops > 60
    opened.evaluate("document.activeElement.blur()")
    opened.locator("body").press("Home")
    opened.get_by_role("link", name="Likewise, home").focus()
    reached = [opened.evaluate(REACHED)]
    for _ in range(stops - 1):
        opened.keyboard.press("Tab")
        reached.append(opened.evaluate(REACHED))
    assert reached == list(range(stops))


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


def test_with_no_texts_every_instrument_says_what_it_waits_for(opened, axe):
    opened.locator("#strangers .live").scroll_into_view_if_needed()
    expect(opened.locator("#strangers tbody tr")).to_have_count(3)
    for chapter in ("sums", "concepts"):
        use_my_texts(opened, chapter)
    opened.get_by_role("button", name="Clear").click()
    for chapter, says in (
        ("strangers", "Write two texts above."),
        ("close", "Write two texts above"),
        ("words", "Write two texts above"),
        ("pairs", "Write two texts above"),
        ("sums", "Write two texts above"),
        ("concepts", "Write two texts above"),
    ):
        expect(opened.locator(f"#{chapter} .live")).to_contain_text(says)
    expect(opened.locator("#budget .cost")).not_to_contain_text("0 of 0")
    expect(opened.locator("#strangers select")).to_have_value("sha256")
    axe(opened)
    opened.keyboard.press("Control+z")
    expect(opened.locator("#pairs tbody tr")).to_have_count(4)
