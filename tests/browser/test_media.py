"""What print, forced colours and reduced motion make of the page."""

from playwright.sync_api import expect

from tests.browser.steps import box, no_overflow, open_everything


def test_reduced_motion_moves_nothing(opened):
    durations = opened.evaluate(
        "[...document.querySelectorAll('li, .point, .fill')]"
        ".map(it => getComputedStyle(it).transitionDuration)"
    )
    assert set(",".join(durations).replace(" ", "").split(",")) == {"0s"}


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
    pairs = opened.get_by_role("region", name="Fifty contradicting pairs")
    assert pairs.evaluate("it => it.scrollHeight <= it.clientHeight + 1")
    expect(box(opened, 6)).to_be_hidden()
    expect(opened.get_by_role("button", name="Open another…")).to_be_hidden()
    assert opened.pdf(format="A4").startswith(b"%PDF")
    for name in ("+ Add a text", "Remove text 1", "Negation"):
        expect(opened.get_by_role("button", name=name)).to_be_hidden()


def test_forced_colours_keep_what_colours_say(opened, look):
    open_everything(opened)
    opened.emulate_media(forced_colors="active")
    colours = opened.locator("ol .ruler .mark").evaluate_all(
        "marks => marks.map(mark => getComputedStyle(mark).backgroundColor)"
    )
    ground = opened.evaluate("getComputedStyle(document.body).backgroundColor")
    assert len(colours) >= 3
    assert ground not in set(colours)
    look(opened, "forced-colours")
    # cells and shades are the message: they keep their colours, and their ink
    for shaded in ("#words .shade", "#pairs tbody td"):
        looks = opened.locator(shaded).first.evaluate(
            "it => [getComputedStyle(it).backgroundColor, getComputedStyle(it).color]"
        )
        assert looks[0] not in {"rgb(255, 255, 255)", "rgba(0, 0, 0, 0)"}
        assert looks[1] in {"rgb(0, 0, 0)", "rgb(255, 255, 255)"}
    # only a word on which the two ways disagree is outlined
    borders = "words => words.map(word => getComputedStyle(word).borderTopColor)"
    plain = opened.locator("#words .word:not(.disagrees)").evaluate_all(borders)
    under = "it => getComputedStyle(it).backgroundColor"
    assert set(plain) == {opened.locator("#words .live").evaluate(under)}
    # what is chosen is told by more than a colour that is gone
    checked = opened.get_by_role("radio", name="MiniLM").locator("+ span")
    assert checked.evaluate("it => getComputedStyle(it).outlineStyle") == "solid"
    for pressed in opened.locator("#sums [aria-pressed=true]").all():
        other = opened.locator("#sums [aria-pressed=false]").first
        looks = "it => { const s = getComputedStyle(it); return [s.borderColor, s.outlineStyle]; }"
        assert pressed.evaluate(looks) != other.evaluate(looks)
