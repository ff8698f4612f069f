"""What nobody wishes for comes through the page: the same files as through the other doors."""

import re

import pytest
from playwright.sync_api import Page, expect

from likewise.collections import Collection
from likewise.collections.storage.writer import Writer
from likewise.encoders.sha256 import Sha256Encoder
from likewise.server.app import create_app
from tests.collections.bad_input import FILES, KEPT, kept
from tests.http.serving import make_settings, serving

REFUSED = [name for name, file in FILES.items() if file.said and "nope" not in file.said]
TAKEN = ["one row", "all the same"]


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """The address of a server with an encoder that is quick, and its settings."""
    folder = tmp_path_factory.mktemp("bad")
    settings = make_settings(folder, collections=folder / "collections")
    with serving(create_app(settings, Sha256Encoder()), settings) as url:
        yield url, settings


def choose(page: Page, name: str) -> None:
    """Give the page a file of the table."""
    raw = {"name": "a.csv", "mimeType": "text/csv", "buffer": FILES[name].content}
    page.get_by_label("File with the texts").set_input_files(raw)


def embed(page: Page, name: str, collection: str) -> None:
    """Have a file that was read go into a collection."""
    button = page.get_by_role("button", name=re.compile("^Embed "))
    expect(button).to_be_visible()
    page.get_by_label("Name").fill(collection)
    page.get_by_role("combobox", name="Texts").select_option("body")
    if FILES[name].id:
        page.get_by_role("combobox", name="Ids").select_option(FILES[name].id)
    button.click()


def test_what_can_not_be_taken_is_refused_in_a_sentence(page: Page, own, complaints):
    complaints.expect("status of 4")
    url, settings = own
    notes = kept("kept", settings)
    page.goto(f"{url}/explore.html")
    assert len(REFUSED) >= 5
    for name in REFUSED:
        choose(page, name)
        refusal = page.get_by_role("alert").filter(has_text=FILES[name].said)
        form = page.get_by_role("button", name=re.compile("^Embed "))
        expect(refusal.or_(form)).to_be_visible()
        if form.count():
            embed(page, name, "kept")
        expect(refusal).to_be_visible()
    notes.refresh()
    assert notes.texts() == [KEPT[1]]
    with Writer(notes.path), pytest.MonkeyPatch.context() as patch:
        patch.setattr("likewise.collections.collection.WAIT_SECONDS", 0.0)
        choose(page, "two rows")
        embed(page, "two rows", "kept")
        refusal = page.get_by_role("alert").filter(has_text="Another process is changing")
        expect(refusal).to_be_visible()
    notes.refresh()
    assert notes.texts() == [KEPT[1]]


def test_few_texts_and_equal_ones_have_a_map(page: Page, own, complaints):
    url, settings = own
    for name in TAKEN:
        page.goto(f"{url}/explore.html")
        choose(page, name)
        made = name.replace(" ", "-")
        embed(page, name, made)
        expect(page.locator(".map canvas")).to_be_visible()
        expect(page.get_by_role("heading", name=made)).to_be_visible()
        found = [(one, text) for one, text in FILES[name].texts]
        opened = Collection.open(made, settings=settings)
        assert list(zip(opened.ids, opened.texts(), strict=True)) == found
        page.get_by_label("Search by meaning").fill(found[0][1])
        hits = page.get_by_label("What was found").get_by_role("button")
        expect(hits.first).to_contain_text(found[0][1])
        if len(found) > 1:
            page.get_by_text("Near-duplicates").click()
            review = page.get_by_role("group").filter(has_text="Near-duplicates")
            expect(review.get_by_role("status")).to_contain_text(f"of {len(found)} need not be")
        page.goto("about:blank")
