"""POST /api/tables, /api/trainings and /api/classify, on a really running server."""

import gzip
import io
import zipfile

import httpx
import openpyxl
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from likewise.classify.classifier import Classifier
from likewise.classify.data.moods import moods
from likewise.encoders import load
from likewise.server.app import create_app
from likewise.server.classify.predicting_schemas import ClassifiersAnswer, PredictAnswer
from likewise.server.classify.table_schemas import ChecksAnswer, TableAnswer, TextsAnswer
from likewise.server.classify.training_schemas import CellAnswer, TrainingAnswer
from tests.files.odd import cases, others
from tests.http.serving import check_envelope, make_page, make_settings, serving, upload
from tests.waiting import wait_for

CSV = "sentence,kind,stars\n" + "".join(
    f"the {a} {b},{'pet' if a in 'cat dog' else 'car'},{len(b)}\n"
    for a in ("cat", "dog", "truck", "wagon")
    for b in ("sleeps", "eats", "waits here", "is old", "is lost", "came back")
)


@pytest.fixture(scope="module")
def studio(tmp_path_factory, few_everyday_sentences):
    """A server with minilm and a folder of one model."""
    folder = tmp_path_factory.mktemp("studio")
    (folder / "models").mkdir()
    texts, labels = moods()
    some = slice(0, 80)
    Classifier("minilm", candidates=["embeddings"]).fit(texts[some], labels[some]).save(
        folder / "models" / "mood.likewise"
    )
    (folder / "models" / "broken.likewise").write_bytes(b"PK not a model")
    settings = make_settings(folder, classifiers=folder / "models", encoder="minilm")
    app = create_app(settings, load("minilm"), page=make_page(folder / "page"))
    with serving(app) as url, httpx.Client(base_url=url, timeout=60) as client:
        yield client


def test_the_texts_of_a_file(studio):
    kind = {"content-type": "application/octet-stream"}

    def texts(raw, name="t.csv", **more):
        return studio.post("/api/texts", params={"name": name, **more}, content=raw, headers=kind)

    answer = texts(CSV.encode("utf-16"), most=2)
    assert answer.status_code == 200
    found = TextsAnswer.model_validate(answer.json())
    assert (found.texts, found.of) == (["the cat sleeps", "the cat eats"], 24)
    assert (found.name, found.column) == ("t.csv", "sentence")
    check_envelope(texts(b"n,m\n1,2\n"), 400, "column_missing", "text")
    check_envelope(texts(b"one\n", most=0), 400, "invalid_type", "most")
    plain = studio.post("/api/texts", content=b"one", headers={"content-type": "text/plain"})
    check_envelope(plain, 415, "unsupported_media_type", None)


def train(client, table, **columns):
    body = {"table": table, "text": "sentence", "label": "kind", **columns}
    answer = client.post("/api/trainings", json=body)
    assert answer.status_code == 200, answer.text
    return wait(client, answer.json()["id"])


def wait(client, key):
    answer = {}

    def ended():
        content = client.get(f"/api/trainings/{key}").content
        TrainingAnswer.model_validate_json(content, strict=True)
        answer.update(orjson.loads(content))
        return answer["state"] not in {"waiting", "running"}

    wait_for(ended, 200)
    return answer


def test_a_table_is_read_and_its_columns_are_guessed(studio):
    answer = upload(studio, CSV)
    TableAnswer.model_validate_json(answer.content, strict=True)
    table = answer.json()
    assert table["columns"] == ["sentence", "kind", "stars"]
    assert (table["rows"], table["text"], table["label"]) == (24, "sentence", "kind")
    assert table["numeric"] == ["stars"]
    assert table["sample"][0] == ["the cat sleeps", "pet", "6"]
    assert studio.get(f"/api/tables/{table['id']}").json() == table


@pytest.mark.parametrize(
    ("table", "text", "why"),
    [
        ("remark\nso good\nso bad\n", "remark", "only one column, 'remark'"),
        ("remark,id\nso good,1\nso bad,2\n", "remark", "No column beside 'remark' looks like"),
        ("a,b\n1,2\n3,4\n", None, "no column that looks like text"),
        (CSV, "sentence", None),
    ],
)
def test_why_no_column_was_taken_for_labels(studio, table, text, why):
    said = upload(studio, table).json()
    assert said["text"] == text
    assert (said["why"] is None) == (said["label"] is not None) == (why is None)
    assert why is None or why in said["why"]


def test_rows_are_those_of_the_file_where_some_were_left_out(studio):
    lines = "text,label\n,a\ngood day,a\n,b\nGood  day,b\ngood night,b\n"
    key = upload(studio, lines).json()["id"]
    answer = studio.post(f"/api/tables/{key}/checks", json={"text": "text", "label": "label"})
    found = {one["kind"]: one["rows"] for one in answer.json()["findings"]}
    assert found["contradiction"] == [2, 4]


def test_too_few_numbers_are_known_before_training(studio):
    key = upload(studio, "text,stars\na b,1\nc d,2\n").json()["id"]
    body = {"text": "text", "label": "stars", "kind": "numbers"}
    answer = studio.post(f"/api/tables/{key}/checks", json=body)
    error = check_envelope(answer, 400, "too_few_texts", "y")
    assert error["problem"] == "2 numbers are too few to learn from."


def test_checks_count_labels_and_find_what_is_odd(studio):
    key = upload(studio, CSV + "the cat sleeps,car,1\n,pet,2\n").json()["id"]
    answer = studio.post(f"/api/tables/{key}/checks", json={"text": "sentence", "label": "kind"})
    ChecksAnswer.model_validate_json(answer.content, strict=True)
    said = answer.json()
    assert said["texts"] == 25
    assert said["labels"] == [{"label": "car", "count": 13}, {"label": "pet", "count": 12}]
    assert [(one["kind"], one["rows"]) for one in said["findings"]] == [
        ("contradiction", [1, 25]),
        ("few", []),
    ]
    assert said["notes"] == ["1 row without text left out."]


def test_training_on_a_table_tells_all_that_a_person_needs(studio):
    ended = train(studio, upload(studio, CSV).json()["id"])
    assert ended["state"] == "done", ended
    result, key = ended["result"], ended["id"]
    assert result["classes"] == ["car", "pet"]
    assert sum(map(sum, result["confusion"])) == result["leaderboard"]["texts"] == 24
    assert {"always the most frequent label", "nearest label words"} < {
        entry["name"] for entry in result["leaderboard"]["entries"]
    }
    sizes = [point["size"] for point in result["coverage"]]
    assert sizes == sorted(sizes)
    cell = studio.get(f"/api/trainings/{key}/cell", params={"true": 1, "predicted": 1})
    CellAnswer.model_validate_json(cell.content, strict=True)
    assert len(cell.json()["texts"]) == result["confusion"][1][1]
    assert all("cat" in t["text"] or "dog" in t["text"] for t in cell.json()["texts"])
    body = {"texts": ["my kitten is asleep", "the lorry"], "explain": True}
    answer = studio.post(f"/api/trainings/{key}/predict", json=body)
    PredictAnswer.model_validate_json(answer.content, strict=True)
    said = answer.json()["predictions"]
    assert [one["label"] for one in said] == ["pet", "car"]
    assert [one["demo"]["label"] for one in said] == ["pet", "car"]
    assert said[0]["explanation"]["same"][0]["label"] == "pet"
    report = studio.get(f"/api/trainings/{key}/report")
    assert "attachment" in report.headers["content-disposition"]
    assert "<!doctype html>" in report.text


def test_the_downloaded_model_predicts_what_the_server_predicts(studio, tmp_path):
    key = train(studio, upload(studio, CSV).json()["id"])["id"]
    raw = studio.get(f"/api/trainings/{key}/model").content
    assert zipfile.ZipFile(io.BytesIO(raw)).testzip() is None
    (tmp_path / "m.likewise").write_bytes(raw)
    loaded = Classifier.load(tmp_path / "m.likewise")
    assert loaded.model_.text_column == "sentence"
    local = loaded.predict_proba(["an old tractor"])[0]
    said = studio.post(f"/api/trainings/{key}/predict", json={"texts": ["an old tractor"]}).json()
    by_label = {p["label"]: p["probability"] for p in said["predictions"][0]["probabilities"]}
    assert [by_label["car"], by_label["pet"]] == pytest.approx(local.tolist(), abs=1e-3)


def test_numbers_are_learnt_too(studio):
    ended = train(studio, upload(studio, CSV).json()["id"], label="stars", kind="numbers")
    assert ended["state"] == "done", ended
    assert ended["result"]["kind"] == "numbers"
    assert len(ended["result"]["residuals"]) == 24
    off = [abs(one["true"] - one["predicted"]) for one in ended["result"]["worst"]]
    assert off == sorted(off, reverse=True)
    assert "Worst predictions" in studio.get(f"/api/trainings/{ended['id']}/report").text
    said = studio.post(f"/api/trainings/{ended['id']}/predict", json={"texts": ["the dog eats"]})
    PredictAnswer.model_validate_json(said.content, strict=True)
    assert 3 < said.json()["predictions"][0]["number"] < 9


def test_the_classifier_beats_the_demo_on_the_moods(studio):
    ended = train(studio, "moods", text="text", label="mood", quick=True)
    entries = {entry["name"]: entry for entry in ended["result"]["leaderboard"]["entries"]}
    demo, trained = entries["nearest label words"], entries["embeddings + logistic regression"]
    assert entries["always the most frequent label"]["accuracy"] <= 0.25
    assert trained["accuracy"] > demo["accuracy"] + 0.05
    assert demo["interval"][1] < 0, "the gap must not be chance"


def test_a_training_can_be_stopped(studio):
    body = {"table": "moods", "text": "text", "label": "mood"}
    key = studio.post("/api/trainings", json=body).json()["id"]
    assert studio.delete(f"/api/trainings/{key}").status_code == 200
    assert wait(studio, key)["state"] == "stopped"
    check_envelope(studio.get(f"/api/trainings/{key}/model"), 404, "not_found")


def test_the_operators_models(studio):
    answer = studio.get("/api/classify")
    ClassifiersAnswer.model_validate_json(answer.content, strict=True)
    assert [model["name"] for model in answer.json()["models"]] == ["mood"]
    body = {"texts": ["What a wonderful morning!"], "coverage": 0.9}
    answer = studio.post("/api/classify/mood", json=body).json()
    assert answer["notes"] == []
    said = answer["predictions"][0]
    assert said["label"] == "happy"
    assert said["set"][0] == "happy"
    assert sum(p["probability"] for p in said["probabilities"]) == pytest.approx(1)
    unknown = studio.post("/api/classify/mood", json={"texts": ["🙂", "good"]}).json()["notes"]
    assert unknown == [
        "1 of 2 texts has tokens that minilm does not know, 1 of 3: it reads them all as one and "
        "the same."
    ]


@pytest.mark.parametrize(
    ("path", "body", "status", "code", "param"),
    [
        ("classify/nobody", {"texts": ["a"]}, 404, "not_found", "model"),
        ("classify/..%2Fmood", {"texts": ["a"]}, 404, "not_found", None),
        ("classify/broken", {"texts": ["a"]}, 400, "unreadable_file", "model"),
        ("classify/mood", {"texts": []}, 400, "invalid_type", "texts"),
        ("classify/mood", {"texts": ["a"] * 101}, 400, "invalid_type", "texts"),
        ("classify/mood", {"texts": [1]}, 400, "invalid_type", "texts[0]"),
        ("classify/mood", {"texts": ["a"], "coverage": 1}, 400, "invalid_type", "coverage"),
        ("classify/mood", {"texts": ["a"], "base_url": "x"}, 400, "unknown_parameter", "base_url"),
        ("trainings/none/predict", {"texts": ["a"]}, 404, "not_found", None),
        ("trainings", {"table": "none", "text": "a", "label": "b"}, 404, "not_found", "table"),
        ("trainings", {"table": "moods", "text": "a", "label": "mood"}, 400, "column_missing",
         "column"),
        ("trainings", {"table": "moods", "text": "mood", "label": "mood"}, 400, "invalid_option",
         "label"),
        ("trainings", {"table": "moods", "text": "text", "label": "mood", "kind": "numbers"}, 400,
         "invalid_labels", "target"),
    ],
)  # fmt: skip
def test_bad_requests(studio, path, body, status, code, param):
    check_envelope(studio.post(f"/api/{path}", json=body), status, code, param)


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b"", "t.csv"),
        (b"\x1f\x8b\x08\x00bomb", "t.csv.gz"),
        (b"PK\x03\x04sheet", "t.xlsx"),
        (b"\xff\xfe\x00", "t.csv"),
        (b"\x00" * 1_000, "../../etc/passwd"),
    ],
)
def test_bad_tables(studio, raw, name):
    answer = upload(studio, raw, name)
    told = answer.json()["error"]
    error = check_envelope(answer, answer.status_code, told["code"], told["param"])
    assert 400 <= answer.status_code < 500
    assert "tmp" not in error["message"]


@pytest.mark.parametrize("where", ["/api/tables", "/api/uploads"])
def test_odd_tables_are_read_as_on_the_command_line(studio, where):
    """A row that is set aside is shown, whatever its bytes are."""
    odd = [*others.CASES[::3], *(case for case in cases.CASES if case.aside and not case.options)]
    for case in odd:
        answer = studio.post(where, params={"name": case.name}, content=case.content,
                             headers={"content-type": "application/octet-stream"})  # fmt: skip
        if case.refused:
            assert answer.status_code == 400, case.name
            assert case.refused in answer.json()["error"]["problem"], case.name
            continue
        table = answer.json()
        assert (tuple(table["columns"]), table["rows"]) == (case.columns, len(case.rows)), case.name
        assert table["aside"] == len(case.aside), case.name
        assert [one["line"] for one in table["rejected"]] == list(case.aside), case.name
        assert case.said in " ".join(table["notes"]), case.name
        assert not any(" --" in note for note in table["notes"]), case.name


def test_a_table_in_another_encoding(studio):
    raw = "text,label\ncafé,a\nthé,b\n".encode("cp1252")
    error = check_envelope(upload(studio, raw), 400, "unreadable_file", "encoding")
    assert error["problem"] == "'t.csv' is not UTF-8: line 2, byte 15 is 0xE9."
    kind = {"content-type": "application/octet-stream"}
    asked = {"name": "t.csv", "encoding": "cp1252"}
    answer = studio.post("/api/tables", params=asked, content=raw, headers=kind)
    assert answer.json()["sample"] == [["café", "a"], ["thé", "b"]]
    asked["encoding"] = "morse"
    answer = studio.post("/api/tables", params=asked, content=raw, headers=kind)
    check_envelope(answer, 400, "invalid_option", "encoding")


def test_a_note_is_told_once(studio):
    table = upload(studio, "text,label,label\na b,x,1\nc d,y,2\n,y,3\n").json()
    assert len(table["notes"]) == 1
    assert "it is read as 'label 2'" in table["notes"][0]
    body = {"text": "text", "label": "label"}
    checks = studio.post(f"/api/tables/{table['id']}/checks", json=body).json()
    assert checks["notes"] == ["1 row without text left out."]


def test_unbalanced_labels_are_told_before_training(studio):
    rows = "".join(f"good {n},a\n" for n in range(99))
    key = upload(studio, f"text,label\n{rows}bad,b\n").json()["id"]
    body = {"text": "text", "label": "label"}
    said = studio.post(f"/api/tables/{key}/checks", json=body).json()
    assert said["labels"] == [{"label": "a", "count": 99}, {"label": "b", "count": 1}]
    found = {one["kind"]: one for one in said["findings"]}
    assert found["rare"]["rows"] == [100]
    assert "'a' has 99 examples and the rarest label 1" in found["imbalance"]["message"]


def test_one_label_is_refused_before_training(studio):
    key = upload(studio, "text,label\na b,x\nc d,x\n").json()["id"]
    body = {"table": key, "text": "text", "label": "label"}
    check_envelope(studio.post("/api/trainings", json=body), 400, "invalid_labels", "labels")


def test_a_table_of_too_many_rows_is_sent_to_the_command_line(studio):
    error = check_envelope(upload(studio, "text,label\n" + "a,b\n" * 50_001), 413, "body_too_large")
    assert "likewise train" in error["remedy"]


def test_strangers_do_not_train(tmp_path):
    settings = make_settings(tmp_path, public=True)
    app = create_app(settings, page=make_page(tmp_path / "page"))
    with serving(app) as url, httpx.Client(base_url=url) as client:
        check_envelope(upload(client, CSV), 404, "not_found")
        assert client.get("/api/encoders").json()["trains"] is False


def test_strangers_try_the_operators_models(tmp_path):
    (tmp_path / "models").mkdir()
    Classifier("sha256", candidates=["words"]).fit(
        ["so good", "so bad"] * 5, ["up", "down"] * 5
    ).save(tmp_path / "models" / "tone.likewise")
    settings = make_settings(tmp_path, public=True, classifiers=tmp_path / "models")
    with serving(create_app(settings)) as url, httpx.Client(base_url=url) as client:
        assert [model["name"] for model in client.get("/api/classify").json()["models"]] == ["tone"]
        answer = client.post("/api/classify/tone", json={"texts": ["so good"]})
        assert answer.json()["predictions"][0]["label"] == "up"


@pytest.mark.parametrize(
    ("changes", "trains"),
    [({}, True), ({"public": True}, False), ({"public": True, "training": True}, True),
     ({"training": False}, False)],
)  # fmt: skip
def test_whether_visitors_train_is_told(tmp_path, changes, trains):
    app = create_app(make_settings(tmp_path, **changes), page=make_page(tmp_path / "page"))
    with serving(app) as url, httpx.Client(base_url=url) as client:
        assert client.get("/api/encoders").json()["trains"] is trains
        assert (upload(client, CSV).status_code == 200) is trains


def test_models_want_the_key(tmp_path):
    app = create_app(make_settings(tmp_path, api_keys=("secret",)))
    with serving(app) as url, httpx.Client(base_url=url) as client:
        answer = client.post("/api/classify/mood", json={"texts": ["a"]})
        check_envelope(answer, 401, "invalid_api_key")


def test_a_table_is_looked_at(studio):
    table = upload(studio, "text;label\ngood day;up\nbad day;down\nbad  DAY;down\nx\n").json()
    assert table["aside"] == 1
    assert table["rejected"] == [
        {"line": 5, "reason": "has 1 cell, but there are 2 columns", "row": "x"}
    ]
    said = studio.get(f"/api/tables/{table['id']}/look").json()
    assert (said["separator"], said["rows"], said["duplicates"]) == (";", 3, 1)
    assert said["tokens"] == {
        "encoder": "minilm", "texts": 3, "median": 4, "longest": 4, "limit": 256, "cut_off": 0,
        "with_unknown": 0,
    }  # fmt: skip
    assert [column["kind"] for column in said["columns"]] == ["text", "text"]
    assert sum("set aside" in note for note in said["notes"]) == 1


def test_rows_keep_their_numbers_where_others_are_set_aside(studio):
    table = upload(studio, "text,label\ngood,up\nx\ngood,up\nbad,down\n").json()
    body = {"text": "text", "label": "label"}
    said = studio.post(f"/api/tables/{table['id']}/checks", json=body).json()
    assert next(f["rows"] for f in said["findings"] if f["kind"] == "duplicate") == [3]
    assert said["notes"] == []


def test_what_is_said_of_a_table_can_be_decided(studio):
    raw = "one two three,up\nfour five six,up\nseven eight nine,down\n".encode("utf-16")
    kind = {"content-type": "application/octet-stream"}
    asked = {"name": "t.csv", "header": "true", "separator": ","}
    found = studio.post("/api/tables", params=asked, content=raw, headers=kind).json()
    assert found["columns"] == ["one two three", "up"]
    asked["separator"] = "ab"
    answer = studio.post("/api/tables", params=asked, content=raw, headers=kind)
    check_envelope(answer, 400, "invalid_option", "separator")


def test_a_spreadsheet_and_a_packed_table(studio, tmp_path):
    book = openpyxl.Workbook()
    for row in (("text", "label"), ("good day", "up"), ("bad day", "down")):
        book.active.append(row)
    book.save(tmp_path / "t.xlsx")
    found = upload(studio, (tmp_path / "t.xlsx").read_bytes(), "t.xlsx").json()
    assert found["sample"] == [["good day", "up"], ["bad day", "down"]]
    found = upload(studio, gzip.compress(b"text,label\na b,x\n"), "t.csv.gz").json()
    assert found["sample"] == [["a b", "x"]]


def dictionary_bomb():
    entry = pa.DictionaryArray.from_arrays(pa.array([0] * 1024, pa.int32()), ["a" * 3_000_000])
    out = io.BytesIO()
    pq.write_table(pa.table({"text": entry}), out, compression="zstd", store_schema=False,
                   dictionary_pagesize_limit=100_000_000)  # fmt: skip
    return out.getvalue()


@pytest.mark.parametrize(
    ("make", "name", "status"),
    [
        (dictionary_bomb, "t.parquet", 400),
        (lambda: b"a," * 60_000 + b"a\n" + b"x\n" * 49_000, "t.csv", 400),
        (lambda: b"\n".join(b'{"k%d":1}' % n for n in range(60_000)) + b"\n{}" * 9, "t.jsonl", 400),
        (lambda: gzip.compress(b"text\n" + b"a" * 300_000_000), "t.csv.gz", 400),
        (lambda: b"[" + b"{}," * 3_000_000 + b"{}]", "t.json", 400),
        (lambda: b",".join([b"c"] * 130) + (b"\n" + b"x," * 129 + b"x") * 49_000, "t.csv", 413),
    ],
    ids=["dictionary", "columns", "members", "line", "objects", "cells"],
)  # fmt: skip
def test_what_unfolds_into_too_much_is_refused(studio, make, name, status):
    answer = upload(studio, make(), name)
    told = answer.json()["error"]
    check_envelope(answer, answer.status_code, told["code"], told["param"])
    assert answer.status_code == status
    assert "/" not in told["problem"].replace("'t.", "")
    assert "--" not in told["message"]


SEVERAL = "text,topics\n" + "".join(
    f"{' and '.join(names)} {row},{'; '.join(names)}\n"
    for row in range(16)
    for names in (["cats"], ["cats", "cars"], ["cars"], ["trees", "cats"], ["trees"])
)


def test_several_labels_a_text_are_learnt_and_said(studio):
    table = upload(studio, SEVERAL).json()
    assert (table["several"], table["label"]) == (["topics"], "topics")
    columns = {"text": "text", "label": "topics", "kind": "multi-label"}
    checks = studio.post(f"/api/tables/{table['id']}/checks", json=columns)
    ChecksAnswer.model_validate_json(checks.content, strict=True)
    counts = {one["label"]: one["count"] for one in checks.json()["labels"]}
    assert counts == {"cats": 48, "cars": 32, "trees": 32}
    done = train(studio, table["id"], **columns)
    assert done["state"] == "done", done["error"]
    result = done["result"]
    assert (result["kind"], result["classes"]) == ("multi-label", ["cars", "cats", "trees"])
    procedure = result["leaderboard"]["entries"][-1]
    assert result["estimate"]["micro_f1"] == procedure["micro_f1"] > 0.95
    asked = {"texts": ["a cat beside some trees", "asdf qwer zxcv"]}
    answer = studio.post(f"/api/trainings/{done['id']}/predict", json=asked)
    PredictAnswer.model_validate_json(answer.content, strict=True)
    first, foreign = answer.json()["predictions"]
    assert set(first["labels"]) <= {"cars", "cats", "trees"}
    assert len(first["probabilities"]) == 3
    assert not foreign["fits"]
    assert len(foreign["rejection"]["nearest"]) == 3
    cell = studio.get(f"/api/trainings/{done['id']}/cell?true=0&predicted=0")
    check_envelope(cell, 404, "not_found")
    report = studio.get(f"/api/trainings/{done['id']}/report")
    assert "several labels per text" in report.text


def test_labels_that_were_put_right_are_learnt(studio):
    wrong = CSV.replace("the cat sleeps,pet", "the cat sleeps,car")
    table = upload(studio, wrong).json()["id"]
    row = [{"row": 1, "label": "pet"}, {"row": 999, "label": "car"}]
    right = train(studio, table, corrections=row, quick=True)["result"]
    same = train(studio, upload(studio, CSV).json()["id"], quick=True)["result"]
    assert right["fingerprint"] == same["fingerprint"]
    several = upload(studio, SEVERAL).json()["id"]
    body = {"table": several, "text": "text", "label": "topics", "kind": "multi-label"}
    refused = studio.post("/api/trainings", json={**body, "corrections": row})
    check_envelope(refused, 400, "invalid_option", "corrections")


def test_texts_that_a_visitor_adds_are_learnt(studio):
    table = upload(studio, CSV).json()["id"]
    before = train(studio, table, quick=True)["result"]
    more = [{"text": "an eel swims up the river", "label": "pet"}]
    learnt = train(studio, table, quick=True, added=more)["result"]
    assert learnt["texts"] == before["texts"] + 1
    assert learnt["fingerprint"] != before["fingerprint"]
    wrong, right = [{**more[0], "label": "car"}], [{"row": learnt["texts"], "label": "pet"}]
    again = train(studio, table, quick=True, added=wrong, corrections=right)["result"]
    assert again["fingerprint"] == learnt["fingerprint"]  # what was added can be put right
    body = {"table": table, "text": "sentence", "label": "kind"}
    blank = [{"text": " ", "label": "pet"}]
    refused = studio.post("/api/trainings", json={**body, "added": blank})
    check_envelope(refused, 400, "invalid_type", "added[0].text")
    several = upload(studio, SEVERAL).json()["id"]
    body = {"table": several, "text": "text", "label": "topics", "kind": "multi-label"}
    refused = studio.post("/api/trainings", json={**body, "added": more})
    check_envelope(refused, 400, "invalid_option", "added")
