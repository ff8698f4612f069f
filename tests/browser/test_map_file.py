"""The one file of `likewise map --html`, opened from disk with the network off."""

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from likewise.maps import make_map
from likewise.maps.html import as_html
from tests.maps.test_map import IDENTITY, islands, texts_of

WICKED = "<img src=x onerror=\"document.title='broken in'\"> penguin"


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    vectors, group = islands(400)
    texts = [WICKED, *texts_of(group)[1:]]
    made = make_map(vectors, texts, IDENTITY, layout="pca")
    path = tmp_path_factory.mktemp("map") / "map.html"
    columns = {"year": (2000 + np.arange(400) % 20).tolist()}
    path.write_text(as_html(made, texts, title="Animals", columns=columns), encoding="utf-8")
    return path.as_uri()


@pytest.fixture
def opened(page: Page, file: str) -> Page:
    page.context.set_offline(True)
    page.goto(file)
    expect(page.locator(".map-names span").first).to_be_visible()
    yield page
    page.context.set_offline(False)


def colours(page: Page) -> int:
    """Return how many colours the canvas shows."""
    return page.evaluate(
        """() => {
          const c = document.querySelector('#map canvas');
          const { data } = c.getContext('2d').getImageData(0, 0, c.width, c.height);
          return new Set(new Uint32Array(data.buffer)).size;
        }"""
    )


def test_it_draws_and_says_where_it_lies(opened):
    expect(opened).to_have_title("Animals")
    assert colours(opened) >= 6  # five groups and the paper
    expect(opened.locator("#honest")).to_contain_text("Of the 15 true neighbours of each text")
    opened.get_by_label("Colour by").select_option("where it lies")
    expect(opened.locator("#legend li")).to_have_text(["0 %", "50 %", "100 %"])
    opened.get_by_label("Colour by").select_option("year")
    expect(opened.locator("#legend li").last).to_have_text("2019")


def test_words_find_texts_and_light_them(opened):
    opened.get_by_label("Search by words").fill("NUMBER giraffe")
    expect(opened.locator("#count")).to_contain_text("80 of 400 texts")
    expect(opened.locator("#found li")).to_have_count(80)
    opened.locator("#found button").nth(3).click()
    expect(opened.locator("#point .text")).to_contain_text("giraffe")
    expect(opened.locator("#point li")).to_have_count(15)


def test_the_keyboard_goes_from_text_to_text(opened):
    canvas = opened.locator("#map canvas")
    canvas.focus()
    opened.keyboard.press("+")
    opened.keyboard.press("n")
    first = opened.locator("#point .text").inner_text()
    opened.keyboard.press("n")
    expect(opened.locator("#point .text")).not_to_have_text(first)
    expect(opened.locator(".map-lines line")).to_have_count(15)
    # the picture tears some of the neighbours away, and says which
    torn = opened.locator(".map-lines .torn").count()
    assert torn == opened.locator("#point li .torn").count() > 0
    opened.keyboard.press("0")


def test_a_lasso_selects(opened):
    box = opened.locator("#map canvas").bounding_box()
    opened.keyboard.down("Shift")
    opened.mouse.move(box["x"] + 5, box["y"] + 5)
    opened.mouse.down()
    for x, y in ((0.99, 0.01), (0.99, 0.99), (0.01, 0.99)):
        opened.mouse.move(box["x"] + box["width"] * x, box["y"] + box["height"] * y)
    opened.mouse.up()
    opened.keyboard.up("Shift")
    expect(opened.locator("#count")).to_contain_text("texts selected")


def test_a_finger_selects_as_well(opened, axe):
    opened.get_by_role("button", name="Draw around texts").click()
    box = opened.locator("#map canvas").bounding_box()
    session = opened.context.new_cdp_session(opened)
    for kind, x, y in (
        ("touchStart", 0.01, 0.01),
        ("touchMove", 0.99, 0.01),
        ("touchMove", 0.99, 0.99),
        ("touchMove", 0.01, 0.99),
    ):
        place = {"x": box["x"] + box["width"] * x, "y": box["y"] + box["height"] * y}
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [place]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(opened.locator("#count")).to_contain_text("400 of 400 texts selected")
    expect(opened.locator(".map-lines polygon")).to_have_count(1)
    # the next finger moves the map again
    expect(opened.locator("#lasso")).to_have_attribute("aria-pressed", "false")
    axe(opened)


def test_texts_stay_texts(opened):
    opened.get_by_label("Search by words").fill("onerror")
    expect(opened.locator("#found button")).to_have_text([WICKED])
    expect(opened).to_have_title("Animals")
    assert opened.locator("img").count() == 0
