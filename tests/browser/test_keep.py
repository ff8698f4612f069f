"""What a reader takes along, and brings back."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

import likewise
from likewise.server.page import OPENING_TEXTS
from tests.browser.steps import box, choose, exported, row, score, texts, wait_for_score


@pytest.fixture
def browser_context_args(browser_context_args):
    permissions = ["clipboard-read", "clipboard-write"]
    return {**browser_context_args, "permissions": permissions}


@pytest.fixture
def keep(opened):
    """The page with its dialog open."""
    opened.get_by_role("button", name="Share and keep").click()
    return opened


def saved(page, name: str) -> Path:
    with page.expect_download() as download:
        page.get_by_role("dialog").get_by_role("button", name=name, exact=True).click()
    return Path(download.value.path())


def clipboard(page) -> str:
    return page.evaluate("navigator.clipboard.readText()")


def test_a_link_carries_everything_and_no_server_sees_it(opened, context):
    box(opened, 2).fill("Ein Satz mit Ümläuten & <b>\U0001f408</b>")
    choose(opened, "SHA-256")
    opened.locator("#concepts").get_by_label("3 A cat sleeps").check()
    opened.get_by_text("Prefix: none").click()
    opened.get_by_label("Before the others").fill("passage: ")
    opened.get_by_role("button", name="Share and keep").click()
    opened.get_by_role("button", name="Copy link").click()
    expect(opened.get_by_text("The link is in the clipboard.")).to_be_visible()
    link = clipboard(opened)
    assert "#s=" in link
    asked = []
    other = context.new_page()
    other.on("request", lambda request: asked.append(request.url))
    other.goto(link)
    expect(box(other, 2)).to_have_value("Ein Satz mit Ümläuten & <b>\U0001f408</b>")
    expect(other.get_by_role("radio", name="SHA-256")).to_be_checked()
    expect(other.locator("#concepts").get_by_label("3 A cat sleeps")).to_be_checked()
    expect(other.get_by_label("Before the others")).to_have_value("passage: ")
    assert texts(other) == texts(opened)
    assert not any(link.split("#s=")[1] in url for url in asked)
    assert other.evaluate("location.hash") == ""


def test_a_damaged_link_is_told(page):
    page.goto("/#s=bm90IGEgbGluaw")
    expect(page.get_by_text("The link was damaged on its way")).to_be_visible()
    assert texts(page) == list(OPENING_TEXTS)


def test_csv(keep):
    content = saved(keep, "CSV").read_bytes().decode()
    rows = list(csv.DictReader(io.StringIO(content)))
    assert [line["text"] for line in rows] == list(OPENING_TEXTS)
    similarities = likewise.compare(list(OPENING_TEXTS)).similarities
    assert np.allclose([float(line["similarity"]) for line in rows], similarities, atol=5e-4)
    assert {line["digest"] for line in rows} == {likewise.load("minilm").identity.digest}


def test_npy(keep):
    vectors = np.load(saved(keep, "NPY"), allow_pickle=False)
    expected = likewise.compare(list(OPENING_TEXTS)).encoding.vectors
    assert vectors.dtype == np.float32
    assert vectors.shape == (4, 384)
    assert np.sum(vectors * expected, axis=1).min() > 0.9995


def test_copied_python_computes_the_same_numbers(keep):
    shown = [score(keep, number) for number in (2, 3, 4)]
    keep.get_by_role("button", name="Copy as Python").click()
    expect(keep.get_by_text("The program is in the clipboard.")).to_be_visible()
    done = subprocess.run(
        [sys.executable, "-c", clipboard(keep)],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    printed = json.loads(done.stdout.strip().splitlines()[-1])
    assert np.allclose(printed[1:], shown, atol=6e-4)


def test_json_goes_out_and_comes_in(opened, tmp_path):
    box(opened, 2).fill("Kittens purr.")
    similarity = wait_for_score(opened, 2, most=0.69)
    comparison = exported(opened)
    file = tmp_path / "likewise.json"
    file.write_text(json.dumps(comparison), encoding="utf-8")
    opened.get_by_role("button", name="Clear").click()
    opened.get_by_role("button", name="Share and keep").click()
    opened.get_by_label("A JSON file of Likewise").set_input_files(file)
    expect(opened.get_by_role("dialog")).to_be_hidden()
    assert texts(opened)[1] == "Kittens purr."
    assert score(opened, 2) == similarity


def test_vectors_of_another_identity_are_refused_with_the_reason(opened, tmp_path):
    comparison = exported(opened)
    comparison["encoder"]["digest"] = "0" * 64
    file = tmp_path / "other.json"
    file.write_text(json.dumps(comparison), encoding="utf-8")
    opened.get_by_role("button", name="Share and keep").click()
    opened.get_by_label("A JSON file of Likewise").set_input_files(file)
    dialog = opened.get_by_role("dialog")
    expect(dialog).to_contain_text("made by minilm 000000000000, which is another encoder")
    expect(dialog).to_contain_text("paste its texts to embed them again")
    file.write_text("no json", encoding="utf-8")
    opened.get_by_label("A JSON file of Likewise").set_input_files(file)
    expect(dialog).to_contain_text("The file is not a comparison of Likewise.")
    assert texts(opened) == list(OPENING_TEXTS)


def test_the_picture_as_svg_and_png(keep, context):
    svg = saved(keep, "SVG").read_text(encoding="utf-8")
    assert svg.count("<circle") == 5  # four points and the ring of the first
    assert "class=" not in svg
    assert "Felines are my favour" in svg
    png = saved(keep, "PNG").read_bytes()
    assert png.startswith(b"\x89PNG")
    width = keep.locator("figure .sheet svg").bounding_box()["width"]
    assert int.from_bytes(png[16:20], "big") == 3 * round(width)
    assert len(png) > 10_000  # not an empty sheet


def test_a_capsule_opens_offline_and_ranks_the_same(opened, context, tmp_path, complaints):
    box(opened, 3).fill("</script><script>document.title='broken'</script> cats")
    wait_for_score(opened, 3, most=0.69)
    shown = {number: score(opened, number) for number in (2, 3, 4)}
    ranked = sorted(shown, key=shown.get, reverse=True)
    expected = [texts(opened)[number - 1] for number in [1, *ranked]]
    opened.get_by_role("button", name="Share and keep").click()
    file = tmp_path / "capsule.html"
    file.write_bytes(saved(opened, "Capsule").read_bytes())
    other = context.new_page()
    other.on("console", lambda message: complaints.seen.append(message.text))
    context.set_offline(True)
    other.goto(file.as_uri())
    assert other.locator("li span").all_inner_texts() == expected
    numbers = [float(text) for text in other.locator("li b").all_inner_texts()[1:]]
    assert np.allclose(numbers, sorted(shown.values(), reverse=True), atol=0.01)
    assert other.title() == "A comparison of texts"
    other.get_by_role("button", name="The Unix command").click()
    expect(other.locator("li").first).to_contain_text("The Unix command")
    context.set_offline(False)


def test_the_dialog_has_nothing_for_axe(keep, axe):
    axe(keep)
    keep.keyboard.press("Escape")
    expect(keep.get_by_role("dialog")).to_be_hidden()
    expect(row(keep, 1)).to_be_visible()
