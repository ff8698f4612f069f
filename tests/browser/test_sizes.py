"""Every width and scheme, and axe in every state."""

from playwright.sync_api import expect

from tests.browser.steps import (
    alert,
    box,
    choose,
    no_overflow,
    open_everything,
    row,
    use_my_texts,
    wait_for_score,
)


def test_every_width_and_scheme(opened, axe, look):
    for width in (320, 390, 768, 1280, 2560):
        opened.set_viewport_size({"width": width, "height": 900})
        assert no_overflow(opened), width
        look(opened, f"first-{width}-light")
        if width in {390, 1280}:  # a telephone's layout, and the wide one
            if width == 390:  # the other is looked at below, with its figures filled
                axe(opened)
            opened.emulate_media(color_scheme="dark")
            axe(opened, "color-contrast")  # a scheme changes nothing else
            look(opened, f"first-{width}-dark")
            opened.emulate_media(color_scheme="light")


def test_axe_finds_nothing_in_any_state(opened, axe, complaints):
    for chapter in ("strangers", "words", "traps", "sums", "concepts"):  # with their own examples
        opened.locator(f"#{chapter} .live").scroll_into_view_if_needed()
    for filled in (
        "#strangers .pictures",
        "#traps .result b",
        "#words .word",
        "#sums .way span",
        "#concepts tbody tr",
    ):
        expect(opened.locator(filled)).not_to_have_count(0)
    box(opened, 3).fill("")
    box(opened, 4).fill("cats and dogs " * 200)
    expect(row(opened, 4)).to_contain_text("cut off")
    axe(opened)
    choose(opened, "SHA-256")
    axe(opened)
    opened.get_by_role("button", name="Paste many lines").click()
    axe(opened, within="dialog[open]")
    opened.keyboard.press("Escape")
    complaints.expect("ERR_FAILED")
    opened.route("**/api/compare", lambda route: route.abort())
    box(opened, 2).fill("gone")
    expect(alert(opened)).to_contain_text("does not answer")
    axe(opened, within=".bench")
    opened.unroute("**/api/compare")
    # a word without end does not widen the page
    opened.set_viewport_size({"width": 390, "height": 844})
    choose(opened, "MiniLM")
    box(opened, 2).fill("Donaudampfschifffahrts" * 40)
    wait_for_score(opened, 2, most=0.5)
    assert no_overflow(opened)


def test_everything_open_fits_every_width(opened, axe, look):
    open_everything(opened)
    for width in (390, 768, 1280, 2560):
        opened.set_viewport_size({"width": width, "height": 900})
        assert no_overflow(opened), width
        if width in {390, 1280}:
            axe(opened)
        look(opened, f"open-{width}-light")
        opened.emulate_media(color_scheme="dark")
        if width == 1280:
            axe(opened, "color-contrast")  # a scheme changes nothing else
        look(opened, f"open-{width}-dark")
        opened.emulate_media(forced_colors="active")
        assert no_overflow(opened), width
        opened.emulate_media(color_scheme="light", forced_colors="none")


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
