"""The pictures: where their points are, what they hide, and how they move."""

import re

import numpy as np
import pytest
from playwright.sync_api import Locator, expect

import likewise
from likewise.server.workbench.opening import OPENING_TEXTS
from tests.browser.steps import box, texts, use_my_texts, wait_for_score

CONCEPTS = ["happy", "sad", "formal"]
OTHERS = [
    "We won the final in the last minute!",
    "My grandmother died in the spring.",
    "The board hereby approves the annual report.",
    "The meeting starts at ten.",
]

PLACES = """points => points.map(point => {
    const [, x, y] = point.style.transform.match(/translate\\(([-\\d.]+)px, ([-\\d.]+)px\\)/);
    return [Number(x), Number(y)];
})"""


def places(picture: Locator) -> np.ndarray:
    """Where the points of a picture come to rest, in pixels; `(n, 2)`."""
    return np.array(picture.locator(".point").evaluate_all(PLACES))


def fill(page, written: list[str]) -> None:
    """Put these texts in the place of all."""
    page.get_by_role("button", name="Clear").click()
    page.get_by_role("button", name="Paste many lines").click()
    page.get_by_role("dialog").get_by_role("textbox").fill("\n".join(written))
    page.get_by_role("button", name=f"Add {len(written)} texts").click()
    wait_for_score(page, len(written))
    assert texts(page) == written


@pytest.fixture
def concepts(opened):
    """The chapter about concepts, with three of them."""
    fill(opened, CONCEPTS + OTHERS)
    chapter = use_my_texts(opened, "concepts")
    for number in range(1, len(CONCEPTS) + 1):
        chapter.get_by_label(f"Text {number} names a concept").check()
    expect(chapter.locator("tbody tr")).to_have_count(len(OTHERS))
    return chapter


def check_axes(chapter: Locator, right: int, up: int) -> None:
    """Assert that the picture's places are the similarities to these two concepts."""
    matrix = likewise.compare(CONCEPTS + OTHERS).matrix
    along = np.stack([matrix[3:, right], matrix[3:, up]], axis=1)
    found = places(chapter) * [1, -1]  # upwards on the page is downwards in pixels
    # one scale for both directions, and the rest is only where zero lies
    scale = np.sum((found - found.mean(0)) * (along - along.mean(0))) / np.sum(
        (along - along.mean(0)) ** 2
    )
    zero = found.mean(0) - scale * along.mean(0)
    assert scale > 100
    assert np.abs(found - (zero + scale * along)).max() < 0.002 * scale
    # the numbers at the axes say the same
    for anchor, side, attribute in (("middle", 0, "x"), ("end", 1, "y")):
        ticks = chapter.locator(f".tick.{anchor}")
        assert ticks.count() >= 2
        for tick in ticks.all():
            value = float(tick.text_content().replace("\u2212", "-"))
            place = float(tick.get_attribute(attribute))
            place = place if side == 0 else -(place - 4)
            assert abs(place - (zero[side] + scale * value)) < 0.002 * scale + 0.6
    names = chapter.locator("svg .axis").all_text_contents()
    assert names == [f"{CONCEPTS[right]} \u2192", f"\u2191 {CONCEPTS[up]}"]
    expect(
        chapter.get_by_role(
            "img",
            name=f"to the right the more similar to “{CONCEPTS[right]}”, "
            f"upwards to “{CONCEPTS[up]}”",
        )
    ).to_be_visible()


def test_two_concepts_are_the_axes_of_a_picture(concepts):
    check_axes(concepts, 0, 1)
    # the dashed line parts those that are nearer to the one from those nearer to the other
    x1, y1, x2, y2 = (
        float(number)
        for number in re.findall(r"-?[\d.]+", concepts.locator("path.even").get_attribute("d"))
    )
    assert abs(abs(x2 - x1) - abs(y2 - y1)) < 1e-6  # both directions have one scale
    matrix = likewise.compare(CONCEPTS + OTHERS).matrix[3:]
    for (x, y), similarities in zip(places(concepts), matrix, strict=True):
        below = y > y1 + (x - x1) * (y2 - y1) / (x2 - x1)
        assert below == (similarities[0] > similarities[1])
    # any two of the concepts can be the axes
    right = concepts.get_by_role("combobox", name="Horizontal")
    up = concepts.get_by_role("combobox", name="Vertical")
    right.select_option(label="3 formal")
    check_axes(concepts, 2, 1)
    up.select_option(label="1 happy")
    check_axes(concepts, 2, 0)
    right.select_option(label="1 happy")  # what was at the other axis changes places with it
    check_axes(concepts, 0, 2)
    concepts.get_by_role("checkbox", name="Text 3 names a concept").uncheck()
    names = concepts.locator("svg .axis").all_text_contents()
    assert names == ["happy \u2192", "\u2191 sad"]


def test_the_difference_of_two_fingerprints_is_read_out(opened):
    vectors = likewise.compare(texts(opened)).encoding.vectors
    chapter = opened.locator("#close")
    opened.get_by_label("sort the strips by the first text").uncheck()
    cells = chapter.get_by_role("slider", name="Difference of the two fingerprints")

    def said() -> tuple[int, float]:
        number, value = re.match(
            r"number (\d+): (\S+)$", cells.get_attribute("aria-valuetext")
        ).groups()
        return int(number), float(value.replace("\u2212", "-"))

    for pair in ((0, 1), (3, 2)):
        for label, text in zip(("One text", "The other"), pair, strict=True):
            chapter.get_by_label(label).select_option(index=text)
        difference = vectors[pair[0]] - vectors[pair[1]]
        cells.press("Home")
        seen = [said()]
        for _ in range(15):
            cells.press("ArrowRight")
            seen.append(said())
        cells.press("End")
        seen.append(said())
        assert [number for number, _ in seen] == [*range(1, 17), 384]
        shown = np.array([value for _, value in seen])
        expected = difference[[*range(16), 383]]
        assert np.abs(shown - expected).max() < 3e-3
        assert np.corrcoef(shown, expected)[0, 1] > 0.999


HIDING = [
    "The cat sleeps on the sofa.",
    "A kitten naps on the couch.",
    "Dogs like to run in the park.",
    "The stock market fell by three percent.",
    "Shares lost value on Monday.",
    "I would like a cup of coffee.",
    "Tea is served at four.",
    "Python is a programming language.",
    "The snake is a python.",
    "It rained all week.",
    "The train to Berlin is late.",
    "My flight was cancelled.",
]


FEW = [HIDING[i] for i in (0, 2, 4, 6, 9)]
"""Texts of which two dimensions keep more than half, and hide most nearest neighbours."""


def test_dotted_lines_are_exactly_the_nearest_neighbours_that_the_picture_hides(opened):
    fill(opened, FEW)
    picture = opened.get_by_role("figure")
    at = places(picture)
    matrix = likewise.compare(FEW).matrix.copy()
    np.fill_diagonal(matrix, -2)
    true = matrix.argmax(1)
    apart = np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1))
    np.fill_diagonal(apart, np.inf)
    in_picture = apart.argmin(1)
    expected = {frozenset((i, int(true[i]))) for i in range(len(FEW)) if true[i] != in_picture[i]}
    assert 0 < len(expected) < len(FEW)  # some are hidden, some are not
    lines = picture.locator(".hidden-neighbour").evaluate_all(
        "lines => lines.map(line => line.getAttribute('d').match(/[-\\d.]+/g).map(Number))"
    )
    found = set()
    for x1, y1, x2, y2 in lines:
        ends = [int(np.hypot(*(at - end).T).argmin()) for end in ((x1, y1), (x2, y2))]
        assert np.abs(at[ends] - [(x1, y1), (x2, y2)]).max() < 0.01
        found.add(frozenset(ends))
    assert found == expected
    assert len(lines) == len(found)
    expect(picture).to_contain_text("A dotted line points to a text’s true")
    told = picture.locator("figcaption b").inner_text()
    assert abs(float(told.split()[0]) - 100 * likewise.compare(FEW).plane.kept) <= 1


def test_labels_collide_with_nothing(opened):
    fill(opened, HIDING)
    for size in ((390, 844), (1280, 900)):
        opened.set_viewport_size({"width": size[0], "height": size[1]})
        opened.evaluate(RESTED)
        boxes = (
            opened.get_by_role("figure")
            .locator(".point text")
            .evaluate_all(
                """labels => labels.map(label => {
                const { left, top, right, bottom } = label.getBoundingClientRect();
                return [left, top, right, bottom];
            })"""
            )
        )
        assert len(boxes) >= 4
        for i, one in enumerate(boxes):
            for other in boxes[:i]:
                apart = (
                    one[2] <= other[0]
                    or other[2] <= one[0]
                    or one[3] <= other[1] + 2
                    or other[3] <= one[1] + 2
                )
                assert apart, (one, other)
    # two dimensions keep little of these: the picture keeps neighbours, and says so
    assert likewise.compare(HIDING).plane.kept < 0.5
    picture = opened.get_by_role("figure")
    expect(picture).to_contain_text("this picture keeps neighbours instead")
    expect(picture).not_to_contain_text("Close together means similar")
    matrix = likewise.compare(HIDING).matrix.copy()
    np.fill_diagonal(matrix, -2)
    at = places(picture)
    apart = np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1))
    np.fill_diagonal(apart, np.inf)
    beside = sum(
        int(true in row.argsort()[:2]) for true, row in zip(matrix.argmax(1), apart, strict=True)
    )
    told = picture.locator("figcaption b").inner_text()
    assert told == f"{beside} of {len(HIDING)}"
    assert beside >= 9  # of 12: classical scaling keeps fewer


def test_no_label_is_nearer_to_the_point_of_another_text(opened):
    for chosen in (list(OPENING_TEXTS), FEW, HIDING):
        fill(opened, chosen)
        found = (
            opened.get_by_role("figure")
            .locator(".point")
            .evaluate_all(
                """points => points.map(point => {
                const rect = it => {
                    const { left, top, right, bottom } = it.getBoundingClientRect();
                    return [left, top, right, bottom];
                };
                const label = point.querySelector('text');
                return {
                    dot: rect(point.querySelector('.dot')),
                    label: label && rect(label),
                    led: point.querySelector('.lead') !== null,
                };
            })"""
            )
        )
        dots = np.array([[(a + c) / 2, (b + d) / 2] for a, b, c, d in (it["dot"] for it in found)])
        assert any(it["label"] for it in found)
        for i, it in enumerate(found):
            if it["label"] is None or it["led"]:
                continue
            left, top, right, bottom = it["label"]
            away = np.hypot(
                np.maximum(np.maximum(left - dots[:, 0], dots[:, 0] - right), 0),
                np.maximum(np.maximum(top - dots[:, 1], dots[:, 1] - bottom), 0),
            )
            assert away.argmin() == i


def test_points_and_boxes_are_tied_both_ways(opened, axe):
    points = opened.get_by_role("figure").locator(".point")
    points.nth(2).locator(".dot").hover()
    expect(opened.get_by_role("article", name="Text 3")).to_have_class(re.compile("pointed"))
    opened.get_by_role("article", name="Text 4").hover()
    expect(points.nth(3)).to_have_class(re.compile("pointed"))
    points.nth(1).locator(".dot").click()
    told = opened.get_by_role("group", name="Text 2 and its neighbours")
    matrix = likewise.compare(list(OPENING_TEXTS)).matrix[1]
    shown = [float(text) for text in told.locator("li b").all_inner_texts()]
    assert np.allclose(shown, np.sort(np.delete(matrix, 1))[::-1], atol=0.006)
    axe(opened)
    told.get_by_role("button", name="Make it the reference").click()
    assert texts(opened)[0] == OPENING_TEXTS[1]
    # the picture is that of the new first text
    expect(opened.get_by_role("article", name="Text 3")).to_contain_text("first: 0.3")
    expect(opened.locator("main")).to_have_attribute("data-state", "settled")
    # by keyboard: one stop, arrows go on, Enter chooses
    points.first.focus()
    opened.keyboard.press("ArrowRight")
    expect(points.nth(1)).to_be_focused()
    opened.keyboard.press("Enter")
    told = opened.get_by_role("group", name=re.compile("and its neighbours"))
    told.get_by_role("button", name="Close").press("Enter")
    expect(told).to_have_count(0)


def test_the_picture_stays_in_view_while_one_types_on_a_telephone_or_a_tablet(opened):
    for width in (390, 768, 1024):
        opened.set_viewport_size({"width": width, "height": 844})
        box(opened, 4).click()
        expect(opened.get_by_role("figure").locator(".sheet")).to_be_in_viewport()
        expect(box(opened, 4)).to_be_in_viewport()


WATCH = """() => {
    window.way = [];
    const look = () => {
        const points = document.querySelectorAll('figure .point');
        window.way.push([...points].map(point => {
            const { e, f } = new DOMMatrix(getComputedStyle(point).transform);
            return [e, f];
        }));
        window.watching = requestAnimationFrame(look);
    };
    look();
}"""


RESTED = """() => new Promise(resolve => {
    // once nothing has moved for ten frames
    const places = () => JSON.stringify([...document.querySelectorAll('figure .point')]
        .map(it => { const { x, y } = it.getBoundingClientRect(); return [x, y]; }));
    let [before, still] = [places(), 0];
    const look = () => {
        const now = places();
        still = now === before ? still + 1 : 0;
        before = now;
        if (still >= 10) resolve(); else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
})"""


def way_of_the_points(page) -> np.ndarray:
    """Every place of every point while a text changes; `(frames, points, 2)`."""
    page.evaluate(RESTED)
    page.evaluate(WATCH)
    box(page, 2).fill("The shell prints a file to the terminal.")
    wait_for_score(page, 2, most=0.4)
    page.evaluate(RESTED)
    return np.array(page.evaluate("(cancelAnimationFrame(window.watching), window.way)"))


def test_points_move_smoothly_to_where_they_come_to_rest(opened):
    opened.emulate_media(reduced_motion="no-preference")
    way = way_of_the_points(opened)
    begin, end = way[0], way[-1]
    assert np.abs(end - places(opened.get_by_role("figure"))).max() < 0.01
    lengths = np.hypot(*(end - begin).T)
    moved = lengths > 20
    assert moved.any()
    # shares of the way that lie behind a point
    on_the_way = np.einsum("fpd,pd->fp", way - begin, end - begin)[:, moved] / lengths[moved] ** 2
    assert on_the_way.min() > -0.01
    assert on_the_way.max() < 1.01
    between = (on_the_way > 0.02) & (on_the_way < 0.98)
    assert between.any(axis=0).all()
    assert np.all(np.diff(on_the_way, axis=0) > -0.01)  # never back


def test_with_reduced_motion_points_jump(opened):
    way = way_of_the_points(opened)
    begin, end = way[0], way[-1]
    assert np.hypot(*(end - begin).T).max() > 20
    for frame in way:
        assert np.abs(frame - begin).max() < 0.01 or np.abs(frame - end).max() < 0.01


ENDS = """() => {
    window.off = [];
    const look = () => {
        const points = [...document.querySelectorAll('figure .point')].map(point => {
            const { e, f } = new DOMMatrix(getComputedStyle(point).transform);
            return [e, f];
        });
        const away = ([x, y]) => Math.min(...points.map(([a, b]) => Math.hypot(a - x, b - y)));
        for (const line of document.querySelectorAll('figure .hidden-neighbour')) {
            // one that is new fades in where it will be
            if (line.getAnimations().some(it => it.animationName)) continue;
            const numbers = getComputedStyle(line).d.match(/[-\\d.]+/g).map(Number);
            window.off.push(Math.max(away(numbers.slice(0, 2)), away(numbers.slice(2))));
        }
        window.watching = requestAnimationFrame(look);
    };
    look();
}"""


def test_dotted_lines_go_with_their_points(opened):
    opened.emulate_media(reduced_motion="no-preference")
    fill(opened, FEW)
    opened.evaluate(RESTED)
    opened.evaluate(ENDS)
    box(opened, 5).fill("It rained all day long.")
    wait_for_score(opened, 5, most=0.99)
    opened.evaluate(RESTED)
    off = opened.evaluate("(cancelAnimationFrame(window.watching), window.off)")
    assert len(off) > 20
    assert max(off) < 1
