"""Labelling on the page, as `likewise label --page` opens it."""

import re
from pathlib import Path

import pytest

from likewise.classify.label.answer_log import AnswerLog
from likewise.classify.label.session import Labelling
from likewise.encoders.sha256 import Sha256Encoder
from likewise.server.app import create_app
from likewise.server.classify.labelling import LabellingSession
from tests.http.serving import make_settings, serving

TEXTS = [f"text number {number}" + " and on and on" * 9 for number in range(6)]


@pytest.fixture
def offered():
    return ["first", "<b>second</b>"]


@pytest.fixture
def labelling(tmp_path, offered):
    encoder = Sha256Encoder()
    journal = AnswerLog(tmp_path / "answers", TEXTS)
    session = Labelling(journal, encoder, encoder.encode(TEXTS).vectors)
    sitting = LabellingSession(session, TEXTS, "texts.csv", offered)
    with serving(create_app(make_settings(tmp_path), encoder, labelling=sitting)) as url:
        yield url, journal


def test_a_file_is_labelled_by_keyboard_alone(page, labelling):
    url, journal = labelling
    page.goto(f"{url}/label")
    text = page.locator("p.text")
    text.wait_for()
    shown = text.inner_text()
    page.keyboard.press("2")
    page.wait_for_function("t => document.querySelector('p.text').innerText !== t", arg=shown)
    assert list(journal.answers.values()) == ["<b>second</b>"]
    assert journal.texts[journal.order[0]] == shown
    page.keyboard.press("-")
    page.wait_for_function("t => document.querySelector('p.text').innerText === t", arg=shown)
    assert journal.answers == {}
    page.keyboard.press("n")
    page.keyboard.type("third 1")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="third 1").wait_for()
    assert list(journal.answers.values()) == ["third 1"]


@pytest.mark.parametrize("offered", [["0", "1"]])
def test_the_key_of_a_number_gives_that_number(page, labelling, axe):
    url, journal = labelling
    page.goto(f"{url}/label")
    page.locator("p.text").wait_for()
    assert page.locator(".labels kbd").all_inner_texts() == ["0", "1"]
    assert page.locator(".labels button").all_inner_texts() == ["0", "1"]
    axe(page)
    for place, key in enumerate("101", 1):
        page.keyboard.press(key)
        page.locator("header b", has_text=re.compile(f"^{place}$")).wait_for()
    assert list(journal.answers.values()) == ["1", "0", "1"]
    page.keyboard.press("2")  # no label: nothing is recorded
    page.keyboard.press("n")
    page.keyboard.type("10")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="10", exact=True).wait_for()
    assert list(journal.answers.values()) == ["1", "0", "1", "10"]
    assert page.locator(".labels kbd").count() == 0  # 1 might be the beginning of 10


def test_it_is_accessible_and_fits(page, labelling, axe):
    url, _ = labelling
    page.goto(f"{url}/label")
    page.locator("p.text").wait_for()
    page.keyboard.press("1")
    page.get_by_role("button", name="Undo").wait_for()
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            axe(page)
            assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_what_is_labelled_is_downloaded_and_goes_on_to_a_training(page, labelling):
    url, journal = labelling
    page.goto(f"{url}/label")
    text = page.locator("p.text")
    text.wait_for()
    train = page.get_by_role("button", name="Train on")
    assert train.is_disabled()
    for labelled, key in enumerate("1212", 1):
        page.keyboard.press(key)
        page.get_by_role("button", name=f"Train on {labelled} text").wait_for()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the table").click()
    lines = Path(download.value.path()).read_text(encoding="utf-8").splitlines()
    assert lines[0] == "text,label"
    assert len(lines) == 5
    assert all(journal.texts[row] in "\n".join(lines) for row in journal.answers)
    train.click()
    page.wait_for_url("**/classify.html#table=*")
    page.get_by_text("4 texts, 2 labels").wait_for()


def test_without_a_file_it_says_where_to_choose_one(page, base_url, complaints, axe):
    complaints.expect("Failed to load resource")
    page.goto("/label.html")
    page.get_by_text("No file is being labelled here.").wait_for()
    axe(page)
    page.get_by_role("link", name="Choose a file").click()
    page.get_by_role("button", name="Choose a file").wait_for()
