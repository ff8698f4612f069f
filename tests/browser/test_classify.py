"""The page Classify: from a table to a trained model that is looked at, tried and taken along."""

import re
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from likewise import Classifier
from likewise.server.app import create_app
from tests.http.serving import make_settings, serving
from tests.waiting import wait_for

JOY = ("I am so happy today", "What a wonderful gift", "We laughed all evening", "I love this song")
GRIEF = (
    "I miss her so much",
    "The funeral was hard",
    "I cried all night",
    "Everything feels empty",
)
MINUTES = 180_000
REFUSED = "Failed to load resource"
"""What the console says about a request that the server refuses."""


def small_table(rows: int = 5) -> str:
    """Return a csv with `rows` variations of each sentence."""
    lines = ["text,mood"]
    for row in range(rows):
        lines += [f"{text} for the {row}. time,joy" for text in JOY]
        lines += [f"{text} for the {row}. time,grief" for text in GRIEF]
    return "\n".join(lines)


def give(page: Page, raw: bytes, name: str = "moods.csv") -> None:
    page.goto("/classify.html")
    choose(page, raw, name)


def choose(page: Page, raw: bytes, name: str) -> None:
    page.get_by_label("File with the table").set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": raw}
    )


def train(page: Page, table: bytes, texts: str = "40 texts, 2 labels") -> None:
    give(page, table)
    expect(page.get_by_text(texts)).to_be_visible()
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.locator("main")).to_have_attribute("data-state", "done", timeout=MINUTES)


@pytest.fixture(scope="module")
def trained(base_url):
    """The address of a training that has ended well."""
    with httpx.Client(base_url=base_url, timeout=60) as client:
        kind = {"content-type": "application/octet-stream"}
        raw = small_table().encode()
        table = client.post("/api/tables", params={"name": "t.csv"}, content=raw, headers=kind)
        body = {"table": table.json()["id"], "text": "text", "label": "mood"}
        key = client.post("/api/trainings", json=body).json()["id"]
        wait_for(lambda: client.get(f"/api/trainings/{key}").json()["state"] == "done", 180)
    return f"/classify.html#training={key}"


def copied(page: Page, name: str) -> str:
    """Return what the copy button of a language puts on the clipboard."""
    page.get_by_role("button", name=f"Copy {name}").click()
    expect(page.get_by_text(f"{name} copied.")).to_be_visible()
    return page.evaluate("navigator.clipboard.readText()")


def test_a_table_becomes_a_model_that_can_be_tried(
    page: Page, context, axe, tmp_path, monkeypatch, capsys
):
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    train(page, small_table().encode())
    expect(page.get_by_role("region", name="What the training found")).to_be_focused()
    expect(page.locator(".headline")).to_be_in_viewport()  # reading goes on at its top
    expect(page.locator(".headline")).to_contain_text("of 100 times; guessing gets")
    assert "#training=" in page.url
    expect(page.get_by_text("★ saved", exact=True)).to_be_visible()

    cell = page.get_by_role("button", name="of joy, found")
    page.get_by_role("button", name="of grief, found").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    expect(cell).to_be_focused()
    page.keyboard.press("Enter")
    texts = page.get_by_label("Texts of the cell")
    expect(texts.get_by_role("listitem").first).to_contain_text("time")

    learned = page.get_by_role("region", name="The trained model")
    page.get_by_label("A sentence of your own").fill("I love this song so much, we laughed")
    expect(learned.get_by_role("listitem").first).to_contain_text("joy")
    expect(page.get_by_role("region", name="Nearest label word, no training")).to_be_visible()
    slider = page.get_by_label("The set should contain the true label")
    slider.fill("0.8")
    expect(slider).to_have_attribute("aria-valuetext", "80 %")

    with page.expect_download() as download:
        page.get_by_role("link", name="Download the model").click()
    download.value.save_as(tmp_path / "model.likewise")
    assert list(Classifier.load(tmp_path / "model.likewise").classes_) == ["grief", "joy"]
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the report").click()
    download.value.save_as(tmp_path / "report.html")
    opened = context.new_page()  # offline, from the disk
    context.set_offline(True)
    opened.goto((tmp_path / "report.html").as_uri())
    expect(opened.get_by_role("heading", name="Most confused")).to_be_visible()
    expect(opened.get_by_role("img")).to_have_count(3)
    axe(opened)
    opened.set_viewport_size({"width": 390, "height": 844})
    axe(opened)
    context.set_offline(False)
    opened.close()

    monkeypatch.chdir(tmp_path)
    exec(copied(page, "Python"), {})
    assert capsys.readouterr().out.startswith(("['grief']", "['joy']"))
    command = copied(page, "Command line").split()
    assert command[:3] == ["likewise", "predict", "model.likewise"]
    axe(page)


def test_a_training_can_be_stopped_and_begun_again(page: Page, axe):
    give(page, small_table(rows=40).encode())
    with page.expect_response("**/api/trainings") as started:
        page.get_by_role("button", name="Train", exact=True).click()
    key = started.value.json()["id"]
    expect(page.get_by_role("progressbar", name="Progress of the training")).to_be_visible()
    axe(page)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("main")).to_have_attribute("data-state", "columns")
    expect(page.get_by_role("region", name="What the training found")).to_have_count(0)
    page.wait_for_function(
        "async key => (await (await fetch(`api/trainings/${key}`)).json()).state === 'stopped'",
        arg=key,
    )
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_enabled()


def test_a_file_is_dropped(page: Page):
    page.goto("/classify.html")
    page.evaluate(
        """table => {
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File([table], 'dropped.csv', { type: 'text/csv' }));
            const target = document.querySelector('section[aria-label="The table"]');
            for (const name of ['dragover', 'drop']) {
                const how = { dataTransfer, bubbles: true, cancelable: true };
                const event = new DragEvent(name, how);
                if (target.dispatchEvent(event)) throw new Error(`${name} opens the file`);
            }
        }""",
        small_table(rows=2),
    )
    expect(page.get_by_text("dropped.csv: 16 rows")).to_be_visible()
    expect(page.get_by_text("16 texts, 2 labels")).to_be_visible()
    expect(page.get_by_role("combobox", name="Texts")).to_have_value("text")
    expect(page.get_by_role("combobox", name="Labels")).to_have_value("mood")


def test_numbers_are_learnt_on_the_page(page: Page, axe):
    rows = [
        f"{text} for the {row}. time,{number + (row + 1) / 100}"
        for row in range(3)
        for texts, number in ((JOY, 5), (GRIEF, 1))
        for text in texts
    ]
    give(page, "\n".join(["text,warmth", *rows]).encode())
    page.get_by_role("combobox", name="Labels").select_option("warmth")
    expect(page.get_by_role("radio", name="numbers")).to_be_checked()
    expect(page.get_by_text("24 texts.")).to_be_visible()
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.locator("main")).to_have_attribute("data-state", "done", timeout=MINUTES)
    expect(
        page.get_by_role("img", name="Predicted against true numbers of 24 texts")
    ).to_be_visible()
    expect(page.get_by_text("always the mean")).to_be_visible()
    said = page.get_by_role("status").filter(has_text="between")
    page.get_by_label("A sentence of your own").fill("I love this song and what a gift")
    number = r"\d(?:\.\d{1,3})?"
    expect(said).to_have_text(re.compile(rf"^{number}, between {number} and {number}\.\s*$"))
    assert 3 < float(re.findall(number, said.inner_text())[0]) < 7

    def width() -> float:
        low, high = re.findall(number, said.inner_text())[1:]
        return float(high) - float(low)

    wide = width()
    page.get_by_label("The interval should contain the true number").fill("0.5")
    # a smaller promise, a narrower interval, once the answer has come
    wait_for(lambda: width() < wide - 0.005)
    axe(page)


def test_the_page_says_why_it_chose_no_labels(page: Page, axe):
    give(page, b"remark,id\n" + b"".join(b"so good %d,%d\n" % (n, n) for n in range(12)))
    labels = page.get_by_role("combobox", name="Labels")
    expect(labels).to_have_value("")
    expect(labels).to_have_accessible_description(
        "No column beside 'remark' looks like labels, which are few and repeat. Choose a column."
    )
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_disabled()
    axe(page)
    labels.select_option("id")
    expect(page.get_by_text("12 texts, 12 labels")).to_be_visible()
    expect(labels).to_have_accessible_description("")


BAD_FILES = [
    (b"", "empty.csv", "'empty.csv' is empty."),
    (b"\x00\x01\x02" * 99, "a.csv", "'a.csv'"),
    (b"PK\x03\x04 sheet", "a.xlsx", "a zip archive that can't be read"),
    (b"text,label\n", "b.csv", "no row"),
]


def test_a_bad_file_is_one_sentence_beside_the_field(page, complaints, axe):
    complaints.expect(REFUSED)
    page.goto("/classify.html")
    for raw, name, said in BAD_FILES:  # each after the other, which may leave nothing behind
        choose(page, raw, name)
        expect(page.get_by_role("alert").filter(has_text=said)).to_be_visible()
        expect(page.get_by_role("alert").filter(visible=True)).to_have_count(1)
        expect(page.get_by_role("button", name=re.compile("file"))).to_be_enabled()
    axe(page)


def test_a_file_of_another_encoding_is_refused_and_then_read(page: Page, complaints, axe):
    complaints.expect(REFUSED)
    rows = "text,label\n" + "café für zwei,Süß\nça va bien,Süß\nün jour,bitter\nà bientôt,bitter\n"
    give(page, rows.encode("cp1252"))
    alert = page.get_by_role("alert").filter(has_text="'moods.csv' is not UTF-8: line 2")
    expect(alert).to_contain_text("Save it as UTF-8, or name its encoding")
    axe(page)
    page.get_by_role("button", name="Read it as Western European").click()
    expect(page.get_by_role("cell", name="café für zwei")).to_be_visible()
    expect(page.get_by_text("4 texts, 2 labels")).to_be_visible()


def test_columns_of_one_name_are_told_apart(page: Page):
    give(page, b"text,label,label\n" + b"so good,a,x\nso bad,b,y\n" * 3)
    expect(page.get_by_text("it is read as 'label 2'")).to_be_visible()
    expect(page.get_by_role("combobox", name="Labels")).to_have_value("label")


BAD_COLUMNS = [
    (b"so good,x\nso bad,x\n", None, "There is only one label, 'x'."),
    (b"so good,1.5\nso bad,2.5\n", "numbers", "2 numbers are too few to learn from."),
    (b"so good,1.5\nso bad,many\n" * 9, "numbers", "has 'many' in column 'label'"),
]


def test_bad_columns_are_one_sentence_beside_the_field(page, complaints, axe):
    complaints.expect(REFUSED)
    for rows, kind, said in BAD_COLUMNS:
        give(page, b"text,label\n" + rows)
        labels = page.get_by_role("combobox", name="Labels")
        labels.select_option("label")
        if kind:
            page.get_by_role("radio", name=kind).check()
        expect(page.get_by_role("alert").filter(has_text=said)).to_be_visible()
        expect(labels).to_have_attribute("aria-invalid", "true")
        described = labels.evaluate(
            "e => document.getElementById(e.getAttribute('aria-describedby').split(' ')[1])"
            ".innerText"
        )
        assert said in described
        expect(page.get_by_role("button", name="Train", exact=True)).to_be_disabled()
    axe(page)


def test_of_many_labels_the_cells_with_texts_are_drawn(page: Page, axe):
    names = [
        f"{a} {b}"
        for a in ("red", "blue", "green", "old")
        for b in ("car", "hat", "cup", "dog", "key")
    ]
    rows = [f"my {name} {way},{name}" for name in names for way in ("is lost", "broke")]
    train(page, "\n".join(["text,label", *rows]).encode(), "40 texts, 20 labels")
    matrix = page.get_by_role("group", name="Confusion matrix")
    cells = matrix.get_by_role("button")
    assert 20 <= cells.count() <= 40  # not 400
    first = cells.first
    first.focus()
    page.keyboard.press("ArrowDown")
    expect(first).not_to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Texts of the cell").get_by_role("listitem").first).to_contain_text(
        "my"
    )
    axe(page)


def test_two_rows_are_trained_on_and_promise_nothing(page: Page):
    give(page, b"text,label\nI am glad,happy\nI am sad,unhappy\n")
    expect(page.get_by_text("2 labels have one example only")).to_be_visible()
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.locator("main")).to_have_attribute("data-state", "done", timeout=MINUTES)
    expect(page.get_by_text("Set for this sentence: ")).to_contain_text("happy, unhappy")


@pytest.fixture
def strangers(tmp_path):
    """The address of a server as `likewise serve` makes it, with one model."""
    (tmp_path / "models").mkdir()
    texts, labels = zip(*[(t, "joy") for t in JOY] + [(t, "grief") for t in GRIEF], strict=True)
    Classifier("sha256", candidates=["words"]).fit(texts, labels).save(
        tmp_path / "models" / "tone.likewise"
    )
    settings = make_settings(tmp_path, public=True, classifiers=tmp_path / "models")
    with serving(create_app(settings)) as url:
        yield url


def test_where_training_is_off_the_page_says_so_and_models_are_tried(page: Page, strangers, axe):
    page.goto(f"{strangers}/classify")
    expect(page.get_by_text("Training is off on this server.")).to_be_visible()
    expect(page.get_by_role("button", name="Choose a file")).to_have_count(0)
    expect(page.get_by_label("Model", exact=True)).to_have_value("tone")
    expect(page.get_by_text("trained on 8 texts. It predicts grief, joy.")).to_be_visible()
    page.get_by_label("A sentence of your own").fill("I love this wonderful song, what a gift")
    learned = page.get_by_role("region", name="The trained model")
    expect(learned.get_by_role("listitem").first).to_contain_text("joy")
    axe(page)
    page.goto(f"{strangers}/#labels")
    chapter = page.locator("#labels")
    expect(chapter.get_by_text("Training is off on this server.")).to_be_visible()
    expect(page.get_by_role("button", name="Train on the moods")).to_have_count(0)


def test_classify_fits_a_telephone(page: Page, trained, axe):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(trained)
    expect(page.locator(".headline")).to_be_visible()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        axe(page)
    # code is whole, and the difference has room in the table
    assert page.locator("pre").evaluate_all(
        "all => all.length > 1 && all.every((one) => one.scrollWidth <= one.clientWidth)"
    )
    board = page.get_by_role("region", name="Candidates")
    difference = board.get_by_role("columnheader", name="Difference from the saved one, points")
    right = "one => one.getBoundingClientRect().right"
    assert difference.evaluate(right) <= board.evaluate(right)


def test_the_last_chapter_shows_the_gap(page: Page, axe):
    page.goto("/")
    page.get_by_role("button", name="Train on the moods").click()
    chapter = page.locator("#labels")
    expect(chapter.get_by_text("a classifier on the vectors")).to_be_visible(timeout=MINUTES)
    demo, trained = (
        float(text.split()[0]) for text in chapter.locator("li b").all_inner_texts()[:2]
    )
    assert trained >= demo + 5
    learned = chapter.get_by_role("region", name="The trained model")
    expect(learned).to_be_visible()
    chapter.get_by_label("A sentence of your own").fill("SELECT id FROM users WHERE age > 30;")
    expect(learned.get_by_text("The trained model says: none of these")).to_be_visible()
    expect(learned.get_by_text("The text is unlike anything it was trained on.")).to_be_visible()
    # a set stands below it nevertheless: it is said how both are true
    unlike = chapter.get_by_text("If it were, its set would be:")
    expect(unlike).to_be_visible()
    chapter.get_by_label("A sentence of your own").fill("I am so happy today!")
    expect(learned.get_by_text("The trained model says: happy")).to_be_visible()
    expect(unlike).to_have_count(0)
    # a sentence that it gets wrong is learnt where it stands, and asked again
    sentence = chapter.get_by_label("A sentence of your own")
    sentence.fill("SELECT id FROM users WHERE age > 30;")
    expect(learned.get_by_text("The trained model says: none of these")).to_be_visible()
    chapter.locator(".teach").get_by_role("button", name="afraid").click()
    told = chapter.locator(".teach").get_by_role("status")
    expect(told).to_contain_text("It has learnt from 1 sentence of yours.", timeout=MINUTES)
    now = re.search(r"now it says (\w+)|still says ([\w ]+):", told.inner_text())
    assert now is not None, told.inner_text()
    expect(learned.get_by_role("heading")).to_contain_text(now[1] or now[2])
    expect(sentence).to_have_value("SELECT id FROM users WHERE age > 30;")
    axe(page)


def test_a_training_survives_a_reload_by_its_address(page: Page, trained):
    page.goto(trained)
    expect(page.locator(".headline")).to_be_visible()
    told = page.locator(".headline").inner_text()
    page.reload()
    expect(page.locator(".headline")).to_have_text(re.compile(re.escape(told.split(" ")[0])))
    expect(page.get_by_role("link", name="Download the model")).to_be_visible()


def test_texts_without_labels_are_labelled_trained_on_and_tried(page: Page, axe):
    page.goto("/classify.html")
    lines = [f"I feel {mood} about number {n}" for n in range(8) for mood in ("glad", "awful")]
    page.get_by_text("Or paste it").click()
    page.get_by_label("Rows of a table").fill("\n".join(["text", *lines]))
    page.get_by_role("button", name="Read it").click()
    page.get_by_role("button", name="Label 16 texts here").click()
    expect(page.get_by_label("Its label")).to_be_focused()  # the first keystroke counts
    shown = page.locator("p.text")
    keys: dict[str, str] = {}
    for done in range(12):
        text = shown.inner_text()
        label = "good" if "glad" in text else "bad"
        if label in keys:
            page.keyboard.press(keys[label])
        else:
            if done:
                page.keyboard.press("n")
            page.keyboard.type(label)
            page.keyboard.press("Enter")
            keys[label] = str(len(keys) + 1)
        expect(page.get_by_text(f"{done + 1} of 16 texts")).to_be_visible()
        expect(shown).not_to_have_text(text)
    axe(page)
    expect(page.get_by_text("of the time with 10 labels")).to_be_visible(timeout=120_000)
    page.reload()
    page.get_by_role("button", name="Go on labelling").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the table").click()
    table = Path(download.value.path()).read_text(encoding="utf-8")
    assert len(table.splitlines()) == 13
    page.get_by_role("button", name="Train on 12 texts").click()
    expect(page.locator(".headline")).to_be_visible(timeout=120_000)
    page.get_by_label("A sentence of your own").fill("I feel glad about it")
    learned = page.get_by_role("region", name="The trained model")
    expect(learned.get_by_role("listitem").first).to_contain_text("good")


def test_several_labels_are_learnt_and_shown_for_a_sentence(page: Page, axe):
    haste = f"haste{'e' * 70}"  # one long word, which a telephone has no room for
    rows = [
        f"{' and '.join(said)} for the {row}. time,{'; '.join(labels)}"
        for row in range(5)
        for said, labels in (
            ([JOY[0]], ["joy"]),
            ([JOY[1], GRIEF[0]], ["joy", "grief"]),
            ([GRIEF[1]], ["grief"]),
            ([JOY[2], "please answer today"], ["joy", haste]),
            (["please answer today"], [haste]),
        )
    ]
    give(page, "\n".join(["text,labels", *rows]).encode())
    expect(page.get_by_text("25 texts, 3 labels")).to_be_visible()
    assert page.get_by_role("radio", name="several per text").is_checked()
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.locator("main")).to_have_attribute("data-state", "done", timeout=MINUTES)
    expect(page.locator(".headline")).to_contain_text("All labels right")
    page.get_by_label("A sentence of your own").fill(
        "We laughed all evening and please answer today for the 9. time"
    )
    said = page.get_by_role("region", name="The trained model")
    expect(said.get_by_role("heading")).to_contain_text("haste")
    expect(said.get_by_role("heading")).to_contain_text("joy")
    axe(page)
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_a_wrong_label_is_put_right_and_learnt_from_again(page: Page, axe):
    table = small_table(rows=4).replace(
        "happy today for the 3. time,joy", "happy today for the 3. time,grief"
    )
    train(page, table.encode(), "32 texts, 2 labels")
    suspects = page.get_by_role("region", name="Labels to look at again")
    suspects.get_by_role("button", name="Make it joy").first.click()
    axe(page)
    suspects.get_by_role("button", name="Train again with 1 corrected label").click()
    expect(page.locator("main")).to_have_attribute("data-state", "training")
    expect(page.locator("main")).to_have_attribute("data-state", "done", timeout=MINUTES)
    expect(suspects.get_by_role("button", name="Make it joy")).to_have_count(0)
    # what was put right can be taken away, also where no label looks wrong any more
    expect(suspects.get_by_role("button", name="Download the corrections")).to_be_visible()


def test_rows_that_were_set_aside_are_shown(page: Page):
    give(page, b"text,label\none,a\ntwo,b,c,d\nthree,b\n")
    expect(page.get_by_text("1 row of moods.csv set aside")).to_be_visible()
    page.get_by_text("See what was set aside").click()
    expect(page.locator(".aside li")).to_contain_text(
        "has 4 cells, but there are 2 columns: two,b,c,d"
    )
    page.get_by_text("How the table was read").click()
    expect(page.get_by_text("commas between cells, utf-8")).to_be_visible()
    expect(page.get_by_role("columnheader", name="longest")).to_be_visible()
