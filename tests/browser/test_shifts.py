"""Nothing moves under the reader's eyes."""

from tests.browser.steps import box, open_everything, wait_for_score

WATCH = """watched => {
    const tops = () => [...document.querySelectorAll(watched)]
        .map(it => Math.round(it.getBoundingClientRect().top + scrollY));
    const before = tops();
    window.moved = [];
    const look = () => {
        tops().forEach((top, i) => top === before[i] || window.moved.push([i, before[i], top]));
        window.looking = requestAnimationFrame(look);
    };
    look();
}"""
"""Compares places with those at the start, at each frame."""

MOVED = """() => new Promise(done => requestAnimationFrame(() => {
    cancelAnimationFrame(window.looking);
    done(window.moved);
}))"""


def test_results_shift_nothing_while_typing(opened):
    opened.evaluate(
        """() => {
            window.shifts = [];
            new PerformanceObserver(list => {
                for (const { value, sources } of list.getEntries())
                    window.shifts.push([value, sources.map(it => it.node?.className)]);
            }).observe({ type: 'layout-shift', buffered: false });
        }"""
    )
    box(opened, 2).click()
    opened.keyboard.press("End")
    opened.keyboard.type(" Really, I do.", delay=40)
    wait_for_score(opened, 2)
    # a browser leaves out what follows a keystroke within half a second; so also compare places
    opened.evaluate(WATCH, "ol > li")
    opened.keyboard.type("!")
    wait_for_score(opened, 2)
    assert opened.evaluate(MOVED) == []
    shifts = opened.evaluate("window.shifts")
    assert sum(value for value, _ in shifts) < 0.0001, shifts  # less than a pixel of a line


def test_nothing_shifts_while_typing_on_a_telephone_with_everything_open(opened):
    opened.set_viewport_size({"width": 390, "height": 844})
    open_everything(opened)
    box(opened, 4).click()  # none of the pair whose words are shown
    opened.keyboard.press("End")
    wait_for_score(opened, 4)
    opened.evaluate(WATCH, "main > *, main > section .live > *, ol > li")
    with opened.expect_response(lambda it: "passage: " in (it.request.post_data or "")):
        opened.keyboard.type("?")
    wait_for_score(opened, 4)
    assert opened.evaluate(MOVED) == []
