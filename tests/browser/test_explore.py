"""The page Explore: from a file to search, map, selection and Classify; a link shows the same."""

import base64
import csv
import re
import threading

import pytest
from playwright.sync_api import Page, expect

from likewise.collections import Collection
from likewise.encoders.sha256 import Sha256Encoder
from likewise.maps.layouts import LAYOUTS, MapLayout, principal_components
from tests.files.readers.test_sheets import book

PATIENCE = 180_000
ANIMALS = ("penguin", "giraffe", "lobster")
WICKED = "<img src=x onerror=\"document.title='broken in'\"> penguin"
WICKED_NAME = "<b onclick=alert(1)>note</b>"


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("explore") / "zoo.csv"
    with path.open("w", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["body", "kind", "year", WICKED_NAME])
        rows.writerow([WICKED, "odd", 1999, 0])
        for i in range(60):
            kind = ANIMALS[i % 3]
            rows.writerow([f"The {kind} eats at {i} o'clock.", kind, 2000 + i, i % 2])
    return path


@pytest.fixture
def zoo(page: Page, file):
    """The collection, opened; made by the first test that asks for it."""
    page.goto("/explore.html")
    expect(page.get_by_role("heading", name="Or start with one")).to_be_visible()
    if not page.get_by_role("button", name=re.compile("^zoo ")).count():
        page.get_by_label("File with the texts").set_input_files(file)
        page.get_by_role("button", name="Embed 61 rows").click()
    else:
        page.get_by_role("button", name=re.compile("^zoo ")).click()
    expect(page.locator(".map canvas")).to_be_visible(timeout=PATIENCE)
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
    expect(zoo.get_by_label("What was found")).to_be_visible(timeout=PATIENCE)


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
    zoo.get_by_role("button", name="Label 20 texts here").click()
    expect(zoo.get_by_role("heading", name="Label these texts")).to_be_visible()
    expect(zoo.locator("p.text")).to_contain_text("giraffe")


def test_texts_stay_texts(zoo):
    zoo.get_by_label("Only where").fill("kind = 'odd'")
    zoo.get_by_label("Search by meaning").fill("penguin")
    expect(zoo.get_by_label("What was found").get_by_role("button")).to_contain_text(WICKED)
    assert zoo.locator("main img, main [onclick]").count() == 0
    table = zoo.get_by_role("grid")
    expect(table.get_by_role("columnheader").last).to_have_text(WICKED_NAME)
    expect(table.get_by_role("gridcell", name=WICKED)).to_be_visible()
    zoo.get_by_label("Colour by").select_option(WICKED_NAME)
    expect(zoo.get_by_label("Colours")).to_contain_text("0.5")
    assert "broken" not in zoo.title()


def test_what_is_there_twice_is_reviewed(zoo, axe):
    zoo.get_by_text("Near-duplicates").click()
    review = zoo.get_by_role("group").filter(has_text="Near-duplicates")
    review.get_by_label("How similar").select_option(label="alike: 1 random pair in 1,000 is")
    expect(review.get_by_role("status")).to_contain_text("need not be kept")
    extra = int(re.search(r"(\d+) texts? of 61", review.get_by_role("status").inner_text())[1])
    review.get_by_role("button", name="Select what to keep").click()
    selection = zoo.get_by_label("The selection")
    expect(selection.locator("b")).to_have_text(f"{61 - extra} texts")
    review.get_by_role("button", name="Select what can go").click()
    expect(selection.locator("b")).to_have_text(f"{extra} text{'s' * (extra > 1)}")
    axe(zoo)


def test_another_encoder_sees_it_differently(zoo, axe):
    zoo.get_by_text("Compare with another encoder").click()
    zoo.get_by_label("Compare minilm with").select_option("sha256")
    zoo.get_by_role("button", name="Compare", exact=True).click()
    told = zoo.get_by_text(re.compile("Of the 10 nearest texts of each text, "))
    expect(told).to_contain_text("are the same for minilm and sha256", timeout=PATIENCE)
    expect(zoo.get_by_role("heading", name="sha256").first).to_be_visible()
    zoo.get_by_role("button", name="Colour the map by it").click()
    expect(zoo.get_by_label("Colour by")).to_have_value("measured")
    axe(zoo)


def test_smaller_vectors_lose_what_is_said(zoo, axe):
    zoo.get_by_text("What smaller vectors would lose").click()
    table = zoo.get_by_role("region", name="Forms of the vectors")
    first = table.get_by_role("row").nth(1)
    expect(first).to_contain_text("384", timeout=PATIENCE)
    expect(first).to_contain_text("100.0 %")
    expect(first).to_contain_text(f"{61 * 384 * 4 / 1000:.1f} kB")
    axe(zoo)


def test_a_sheet_is_dropped_on_the_page(zoo, tmp_path):
    rows = [("body", "year"), ("One penguin", 1), ("Two penguins", 2)]
    path = book(tmp_path / "sheet.xlsx", {"Zoo": rows})
    zoo.evaluate(
        """(raw) => {
          const bytes = Uint8Array.from(atob(raw), (c) => c.charCodeAt(0));
          const dataTransfer = new DataTransfer();
          dataTransfer.items.add(new File([bytes], 'sheet.xlsx'));
          const drop = { dataTransfer, bubbles: true, cancelable: true };
          document.body.dispatchEvent(new DragEvent('drop', drop));
        }""",
        base64.b64encode(path.read_bytes()).decode(),
    )
    expect(zoo.get_by_role("button", name="Embed 2 rows")).to_be_visible()
    expect(zoo.get_by_label("Name")).to_have_value("sheet")
    expect(zoo.get_by_text("Two penguins")).to_be_visible()


def test_a_map_is_seen_while_it_is_drawn(page: Page, monkeypatch):
    seen = threading.Event()

    def draw(vectors, _neighbours, _threads, _progress, shown):
        shown(principal_components(vectors))
        assert seen.wait(60)
        return principal_components(vectors)

    monkeypatch.setitem(LAYOUTS, "tsne", MapLayout("tsne", "", draw))
    Collection.create("slow", Sha256Encoder()).add(["one", "two", "three"])
    page.goto("/explore.html#collection=slow")
    sketch = page.get_by_role("img", name="The map so far")
    expect(sketch).to_be_visible()
    pixels = """(canvas) => {
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      return new Set(new Uint32Array(data.buffer)).size;
    }"""
    assert sketch.locator("canvas").evaluate(pixels) == 2  # the paper and the texts
    seen.set()
    expect(page.locator(".map canvas")).to_be_visible()
    expect(sketch).to_have_count(0)


def test_one_that_is_damaged_can_be_removed(page: Page):
    spoilt = Collection.create("spoilt", Sha256Encoder())
    (spoilt.path / "manifest.json").write_text("{")
    page.goto("/explore.html")
    damaged = page.get_by_role("region", name="Can’t be opened")
    expect(damaged).to_contain_text("can't be understood")
    damaged.get_by_role("button", name="Remove spoilt").click()
    damaged.get_by_role("group", name="Remove spoilt?").get_by_role("button", name="Remove").click()
    expect(damaged).to_have_count(0)
    assert not spoilt.path.exists()


def test_it_can_be_removed_but_only_when_meant(zoo):
    zoo.get_by_role("button", name="Other collections").click()
    zoo.get_by_role("button", name="Remove zoo").click()
    zoo.get_by_role("group", name="Remove zoo?").get_by_role("button", name="Keep").click()
    expect(zoo.get_by_role("button", name=re.compile("^zoo "))).to_be_visible()
    zoo.get_by_role("button", name="Remove zoo").click()
    zoo.get_by_role("group", name="Remove zoo?").get_by_role("button", name="Remove").click()
    expect(zoo.get_by_role("button", name=re.compile("^zoo "))).to_have_count(0)
