"""Explore with 100,000 texts: found exactly, lit on the map, selected, filtered, taken out.

Answers are compared with NumPy, and what is on the screen with the places of the points.
"""

import csv
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from likewise.server.app import create_app
from tests.browser import islands
from tests.http.serving import make_settings, serving
from tests.waiting import wait_for

PATIENCE = 60_000


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The address of a server that has the collection, and its map."""
    folder = tmp_path_factory.mktemp("many")
    settings = make_settings(folder, collections=folder / "collections")
    drawn = islands.make("islands", settings)
    with serving(create_app(settings, islands.IslandEncoder()), settings) as url:
        yield url, drawn


def on_screen(page: Page, points: np.ndarray) -> list[list[float]]:
    """Where points of the map are on the screen, as the whole of it is shown."""
    box = page.locator(".map canvas").bounding_box()
    scale = min(box["width"], box["height"]) * 0.88 / 2
    left = box["x"] + box["width"] / 2 + points[:, 0] * scale
    top = box["y"] + box["height"] / 2 - points[:, 1] * scale
    return np.stack([left, top], axis=1).astype(float).tolist()


def colours(page: Page) -> int:
    """How many colours the map shows."""
    return page.evaluate(
        """() => {
          const c = document.querySelector('.map canvas');
          const { data } = c.getContext('2d').getImageData(0, 0, c.width, c.height);
          return new Set(new Uint32Array(data.buffer)).size;
        }"""
    )


def drag(page: Page, points: list[list[float]]) -> None:
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point)
    page.mouse.up()


def test_a_hundred_thousand_texts(made, page: Page):
    url, drawn = made
    page.goto(f"{url}/explore.html#collection=islands")
    expect(page.locator(".map-names span").first).to_be_visible(timeout=PATIENCE)
    assert colours(page) >= 10  # eight subjects, the others, the paper
    finds_exactly(page)
    shows_what_the_map_tears_away(page, drawn)
    selects_with_a_lasso(page, drawn)
    sorts_and_filters(page)
    takes_out(page)


@pytest.fixture
def phone(browser, made, complaints):
    """The map on a phone, dark."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844},
        device_scale_factor=3,
        has_touch=True,
        color_scheme="dark",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.seen.append(str(error)))
    page.goto(f"{made[0]}/explore.html#collection=islands")
    expect(page.locator(".map-names span").first).to_be_visible(timeout=PATIENCE)
    page.locator(".map").scroll_into_view_if_needed()
    yield page
    context.close()
    assert complaints.unexpected() == []


def touch(page: Page, *fingers: list[list[float]]) -> None:
    """Put fingers down, move each along its places, and lift them."""
    session = page.context.new_cdp_session(page)
    for step in range(len(fingers[0])):
        points = [{"x": way[step][0], "y": way[step][1], "id": i} for i, way in enumerate(fingers)]
        kind = "touchMove" if step else "touchStart"
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_a_phone_is_enough(made, phone: Page, axe):
    drawn = made[1]
    canvas = phone.locator(".map canvas")
    # as sharp as an eye sees, and no wider than the screen
    assert canvas.evaluate("canvas => canvas.width / canvas.clientWidth") == 2
    assert phone.evaluate("document.documentElement.scrollWidth") == 390
    alone = int(np.argmax(drawn.points[:, 0]))
    phone.touchscreen.tap(*on_screen(phone, drawn.points[[alone]])[0])
    expect(phone.locator(".frame .caption")).to_have_text(islands.TEXTS[alone])
    expect(phone.locator(".map-lines line")).to_have_count(15)
    axe(phone)
    center = np.array(on_screen(phone, np.zeros((1, 2)))[0])
    phone.get_by_text("Box", exact=True).tap()
    touch(phone, [(center + far).tolist() for far in (-80, 0, 80)])
    selection = phone.get_by_label("The selection")
    expect(selection).to_contain_text("texts selected")
    # two fingers come closer, and the box stays where it was on the map
    outline = phone.locator(".map-lines polygon")
    wide = outline.bounding_box()["width"]
    x, y = center.tolist()
    touch(phone, [[x - 40, y], [x - 80, y]], [[x + 40, y], [x + 80, y]])
    wait_for(lambda: outline.bounding_box()["width"] == pytest.approx(2 * wide, rel=0.1))
    assert phone.evaluate("document.documentElement.scrollWidth") == 390
    axe(phone)


def test_few_colours_and_keys_alone(made, page: Page, axe):
    page.emulate_media(forced_colors="active")
    page.goto(f"{made[0]}/explore.html#collection=islands&colour=trust")
    expect(page.locator(".map-names span").first).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text("Blue places can be trusted")).to_be_visible()
    page.get_by_role("button", name="Select what is in sight").press("Enter")
    expect(page.get_by_label("The selection").locator("b")).to_have_text("100,000 texts")
    page.locator(".map canvas").focus()
    for key in ("+", "+", "+", "n"):
        page.keyboard.press(key)
    said = page.get_by_label("The text under the pointer")
    first = said.locator(".text").inner_text()
    page.keyboard.press("n")
    expect(said.locator(".text")).not_to_have_text(first)
    page.keyboard.press("Enter")
    expect(said.get_by_role("button", name="Unpin it")).to_be_visible()
    said.get_by_role("button", name="Search by this text").press("Enter")
    found = page.get_by_label("What was found")
    expect(found).to_contain_text("50 nearest of 100,000 texts")
    axe(page)
    page.emulate_media(forced_colors="none")


def finds_exactly(page: Page) -> None:
    page.get_by_label("Search by meaning").fill("group 1234")
    query = islands.unit(islands.CENTRES[[1234]])[0]
    cosines = islands.VECTORS @ query
    best = np.argsort(-cosines, kind="stable")[:50]
    hits = page.get_by_label("What was found").get_by_role("listitem")
    expect(hits).to_have_count(50)
    shown = [text.split("\n") for text in hits.all_inner_texts()]
    assert [text for text, _ in shown[:16]] == [islands.TEXTS[row] for row in best[:16]]
    assert [score.split(",")[0] for _, score in shown] == [f"{cosines[row]:.3f}" for row in best]
    # the list, the map and the table say the same
    page.locator("#texts").scroll_into_view_if_needed()
    table = page.get_by_role("grid")
    expect(table.get_by_role("row").nth(1)).to_contain_text(islands.TEXTS[best[0]])
    expect(table).to_have_attribute("aria-rowcount", "100001")
    table.focus()
    page.keyboard.press("End")
    worst = islands.TEXTS[int(np.argmin(cosines))]
    expect(table.locator(".active")).to_contain_text(worst)
    expect(table.locator(".active")).to_have_attribute("aria-rowindex", "100001")
    assert table.get_by_role("row").count() < 40
    page.evaluate("scrollTo(0, 0)")
    page.get_by_label("Search by meaning").fill("")
    expect(hits).to_have_count(0)


def shows_what_the_map_tears_away(page: Page, drawn) -> None:
    alone = int(np.argmax(drawn.points[:, 0]))
    page.mouse.move(*on_screen(page, drawn.points[[alone]])[0])
    said = page.get_by_label("The text under the pointer")
    expect(said).to_contain_text(islands.TEXTS[alone])
    expect(page.locator(".map-lines line")).to_have_count(15)
    near = said.get_by_role("listitem")
    expected = [islands.TEXTS[row] for row in drawn.neighbours.indices[alone]]
    assert [re.sub(r"^\S+\s+", "", text) for text in near.all_text_contents()] == [
        text + (", torn away" if torn else "")
        for text, torn in zip(expected, torn_of(drawn, alone), strict=True)
    ]
    expect(page.locator(".map-lines .torn")).to_have_count(int(torn_of(drawn, alone).sum()))


def torn_of(drawn, row: int) -> np.ndarray:
    """Which true neighbours of a row are not among its nearest on the map."""
    apart = ((drawn.points - drawn.points[row]) ** 2).sum(axis=1)
    apart[row] = np.inf
    return ~np.isin(drawn.neighbours.indices[row], np.argsort(apart, kind="stable")[:15])


def selects_with_a_lasso(page: Page, drawn) -> None:
    corners = np.array([[-0.2, -0.2], [0.2, -0.2], [0.2, 0.2], [-0.2, 0.2]])
    page.get_by_text("Lasso", exact=True).click()
    drag(page, on_screen(page, corners))
    selection = page.get_by_label("The selection")
    expect(selection.get_by_role("status")).to_contain_text("texts selected")
    expect(page.locator(".map-lines polygon")).to_have_count(1)
    page.wait_for_function("() => location.hash.includes('lasso')")
    page.reload()  # what is selected now is what the address says
    drawn_around = np.array(parse_qs(urlsplit(page.url).fragment)["lasso"][0].split(","), float)
    np.testing.assert_allclose(drawn_around.reshape(-1, 2), corners, atol=0.01)
    count = int(inside(drawn_around.reshape(-1, 2), drawn.points).sum())
    expect(selection.locator("b")).to_have_text(f"{count:,} texts", timeout=PATIENCE)
    selection.get_by_role("button", name="Clear the selection").click()
    expect(selection).to_have_count(0)


def inside(polygon: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Which points are inside a polygon, by the even-odd rule."""
    x, y = points.astype(float).T
    odd = np.zeros(len(points), bool)
    for (ax, ay), (bx, by) in zip(polygon, np.roll(polygon, 1, axis=0), strict=True):
        with np.errstate(divide="ignore", invalid="ignore"):
            odd ^= ((ay > y) != (by > y)) & (x < (bx - ax) * (y - ay) / (by - ay) + ax)
    return odd


def sorts_and_filters(page: Page) -> None:
    page.get_by_text("Put a condition together").click()
    page.get_by_label("Column", exact=True).select_option("lang")
    page.get_by_label("Value").fill("de")
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_label("Only where")).to_have_value('lang = "de"')
    page.get_by_label("Only where").fill('lang = "de" and year >= 2023')
    years, rows = np.array(islands.YEARS), np.arange(islands.ROWS)
    passing = rows[(rows % 3 == 1) & (years >= 2023)]
    expect(page.get_by_label("The selection").locator("b")).to_have_text(f"{len(passing):,} texts")
    table = page.get_by_role("grid")
    table.get_by_role("button", name="year").click()
    table.get_by_role("button", name="year").click()
    expect(table.get_by_role("columnheader", name="year")).to_have_attribute(
        "aria-sort", "descending"
    )
    newest = passing[np.argsort(-years[passing], kind="stable")]
    expect(table.get_by_role("row").nth(1)).to_contain_text(islands.TEXTS[newest[0]])
    expect(table.get_by_role("row").nth(5)).to_contain_text(islands.TEXTS[newest[4]])


def takes_out(page: Page) -> None:
    page.get_by_label("Only where").fill('lang = "de" and year = 2024 and text contains "opal"')
    rows = [
        [str(i), text, str(islands.YEARS[i]), "de"]
        for i, text in enumerate(islands.TEXTS)
        if i % 3 == 1 and islands.YEARS[i] == 2024 and "opal" in text
    ]
    selection = page.get_by_label("The selection")
    expect(selection.locator("b")).to_have_text(f"{len(rows):,} texts")
    with page.expect_download() as waited:
        selection.get_by_role("button", name="Download csv").click()
    with Path(waited.value.path()).open(encoding="utf-8-sig", newline="") as file:
        header, *found = csv.reader(file)
    assert header == ["id", "text", "year", "lang"]
    assert found == rows
