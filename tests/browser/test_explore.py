"""The page Explore: from a file to search, map, selection and Classify; a link shows the same."""

import csv
import re

import pytest
from playwright.sync_api import Page, expect

ANIMALS = ("penguin", "giraffe", "lobster")
WICKED = "<img src=x onerror=\"document.title='broken in'\"> penguin"


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("explore") / "zoo.csv"
    with path.open("w", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["body", "kind", "year"])
        rows.writerow([WICKED, "odd", 1999])
        for i in range(60):
            rows.writerow([f"The {ANIMALS[i % 3]} eats at {i} o'clock.", ANIMALS[i % 3], 2000 + i])
    return path


@pytest.fixture
def zoo(page: Page, file):
    """The collection, opened; made by the first test that asks for it."""
    page.goto("/explore.html")
    expect(page.get_by_role("heading", name="Or try what is")).to_be_visible()
    if not page.get_by_role("button", name=re.compile("^zoo ")).count():
        page.get_by_label("File with the texts").set_input_files(file)
        page.get_by_role("button", name="Embed 61 rows").click()
    else:
        page.get_by_role("button", name=re.compile("^zoo ")).click()
    expect(page.locator(".map canvas")).to_be_visible(timeout=180_000)
    return page


def test_a_file_becomes_a_map_that_says_where_it_lies(zoo, axe):
    expect(zoo.get_by_role("heading", name="zoo")).to_be_visible()
    expect(zoo.locator("figcaption")).to_contain_text("of the 15 true neighbours of each text")
    axe(zoo)


def test_a_query_lights_texts_and_a_filter_bounds_them(zoo, complaints):
    complaints.expect("status of 400")  # of the filter that is not finished
    zoo.get_by_label("Search by meaning").fill("a bird of the ice")
    hits = zoo.get_by_label("What was found").get_by_role("button")
    expect(hits.first).to_contain_text("penguin")
    expect(zoo.get_by_label("What was found")).to_contain_text("every one compared")
    zoo.get_by_label("Only where").fill("kind = 'lobster' and year >= 2030")
    expect(hits.first).to_contain_text("lobster")
    expect(zoo.get_by_label("What was found")).to_contain_text("10 nearest of 10 texts")
    zoo.get_by_label("Only where").fill("kind = ")
    expect(zoo.get_by_text("The filter can't be understood at its end.")).to_be_visible()


def test_the_keyboard_reads_the_map_and_a_link_shows_the_same(zoo):
    canvas = zoo.locator(".map canvas")
    canvas.focus()
    zoo.keyboard.press("+")
    zoo.keyboard.press("n")
    expect(zoo.get_by_label("The text under the pointer")).to_contain_text("true neighbours")
    expect(zoo.locator(".map-lines line")).to_have_count(15)
    zoo.get_by_label("Colour by").select_option("kind")
    expect(zoo.get_by_label("Colours")).to_contain_text("giraffe")
    zoo.get_by_label("Search by meaning").fill("claws")
    expect(zoo.get_by_label("What was found")).to_be_visible()
    zoo.goto("/classify.html")
    zoo.go_back()
    expect(zoo.get_by_label("Search by meaning")).to_have_value("claws")
    expect(zoo.get_by_label("Colour by")).to_have_value("column:kind")
    expect(zoo.get_by_label("What was found")).to_be_visible(timeout=180_000)


def test_a_selection_is_described_and_goes_to_classify(zoo):
    zoo.get_by_label("Only where").fill("kind = 'giraffe'")
    selection = zoo.get_by_label("The selection")
    expect(selection).to_contain_text("20 texts passing the filter")
    selection.get_by_role("button", name="What are they about?").click()
    expect(selection).to_contain_text("giraffe")
    with zoo.expect_download() as waited:
        selection.get_by_role("button", name="Download csv").click()
    assert waited.value.suggested_filename == "zoo-selection.csv"
    selection.get_by_role("button", name="Label them").click()
    expect(zoo).to_have_url(re.compile(r"/classify\.html#table="))
    expect(zoo.get_by_text("20 rows")).to_be_visible()


def test_texts_stay_texts(zoo):
    zoo.get_by_label("Only where").fill("kind = 'odd'")
    zoo.get_by_label("Search by meaning").fill("penguin")
    expect(zoo.get_by_label("What was found").get_by_role("button")).to_contain_text(WICKED)
    assert zoo.locator("main img").count() == 0
    assert "broken" not in zoo.title()


def test_it_can_be_removed_but_only_when_meant(zoo):
    zoo.get_by_role("button", name="Other collections").click()
    zoo.get_by_role("button", name="Remove zoo").click()
    zoo.get_by_role("group", name="Remove zoo?").get_by_role("button", name="Keep").click()
    expect(zoo.get_by_role("button", name=re.compile("^zoo "))).to_be_visible()
    zoo.get_by_role("button", name="Remove zoo").click()
    zoo.get_by_role("group", name="Remove zoo?").get_by_role("button", name="Remove").click()
    expect(zoo.get_by_role("button", name=re.compile("^zoo "))).to_have_count(0)
