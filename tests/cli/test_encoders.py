"""--encoder, --prefix, --dims and --max-cost: which encoder a command works with, and how."""

import json
import re

import click
import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

import likewise
from likewise.cli.run import likewise as program
from tests.encoders.models import write_model
from tests.http.provider import providing

ROWS = "".join(f"w{n % 3} w{4 + n % 2} w{n % 5},{'up' if n % 2 else 'down'}\n" for n in range(24))
TRAIN = ("train", "a.csv", "-o", "m.likewise", "-e", "./tiny", "--quick")


@pytest.fixture
def folder(tmp_path):
    write_model(tmp_path / "tiny", prompts={"query": "w7 "})
    (tmp_path / "a.csv").write_text(f"text,label\n{ROWS}")
    return tmp_path


def identity(path) -> dict:
    import zipfile

    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read("model.json"))["identity"]


@pytest.mark.parametrize(("prefix", "text"), [("query", "w7 "), ("w9: ", "w9: ")])
def test_train_keeps_the_prefix_and_predict_puts_it_before_each_text(cli, folder, prefix, text):
    done = cli(*TRAIN, "--prefix", prefix)
    assert done.code == 0, done.err
    assert identity(folder / "m.likewise")["prefix"] == text
    other = cli("predict", "m.likewise", "a.csv", "-e", "sha256")
    assert (other.code, "'sha256' is not the encoder" in other.err) == (2, True), other.err
    said = cli("predict", "m.likewise", "a.csv")
    assert said.code == 0, said.err
    assert said.out.count("\n") == 25


def test_predict_takes_the_folder_where_it_lies_now(cli, folder):
    assert cli(*TRAIN).code == 0
    assert identity(folder / "m.likewise")["name"] == str((folder / "tiny").resolve())
    before = cli("predict", "m.likewise", "a.csv")
    (folder / "tiny").rename(folder / "moved")
    lost = cli("predict", "m.likewise", "a.csv")
    assert lost.code == 4
    assert "there is no such folder" in lost.err
    assert "--encoder FOLDER" in lost.err
    found = cli("predict", "m.likewise", "a.csv", "-e", "./moved")
    assert (found.code, found.out) == (0, before.out)
    write_model(folder / "other", seed=1)
    wrong = cli("predict", "m.likewise", "a.csv", "--encoder", "./other")
    assert wrong.code == 2
    assert "their weights is" in wrong.err
    assert wrong.out == ""


def test_compare_takes_a_prefix(cli, folder):
    plain = cli("compare", "w1", "w2", "-e", "./tiny", "--json")
    asked = cli("compare", "w1", "w2", "-e", "./tiny", "--prefix", "query", "--json")
    assert json.loads(plain.out)["encoder"]["prefix"] == ""
    assert json.loads(asked.out)["encoder"]["prefix"] == "w7 "
    assert json.loads(plain.out)["matrix"] != json.loads(asked.out)["matrix"]


def test_label_takes_a_prefix(cli, folder):
    done = cli(
        *("label", "a.csv", "-o", "b.csv", "-e", "./tiny", "--prefix", "query"),
        *("--labels", "yes,no"),
        stdin="yes\nno\n.\n",
    )
    assert done.code == 0, done.err
    assert "2 of 24 texts are labelled" in done.err


def test_embed_train_and_predict_say_what_is_unknown(cli, folder):
    (folder / "b.csv").write_text("text,label\n" + ROWS + "hello w1,up\n")
    embedded = cli("embed", "b.csv", "-o", "b.npy", "-e", "./tiny")
    assert "1 of 25 texts has tokens that" in embedded.err
    assert "does not know, 1 of 4: it reads them all as one and the same." in embedded.err
    trained = cli("train", "b.csv", *TRAIN[2:])
    assert "1 of 25 texts has tokens that" in trained.err
    assert "1 of 25 texts has tokens that" in cli("predict", "m.likewise", "b.csv").err
    assert "does not know" not in cli("predict", "m.likewise", "a.csv").err


UNREAD = "w1 hello\nw1 bonjour\n" + "w2 " * 30 + "w3\n" + "w2 " * 30 + "w4\nw5 w6\n"

SAYS = {
    "compare": ("compare", "--file", "u.txt", "-e", "./tiny"),
    "compare json": ("compare", "--file", "u.txt", "-e", "./tiny", "--json"),
    "embed": ("embed", "u.txt", "-o", "u.npy", "-e", "./tiny"),
    "add": ("add", "u.txt", "-c", "./u", "-e", "./tiny"),
    "duplicates": ("duplicates", "-c", "./u", "--cosine", "0.9"),
    "map": ("map", "-c", "./u", "--layout", "pca"),
    "map json": ("map", "-c", "./u", "--layout", "pca", "--json"),
    "label": ("label", "u.txt", "-o", "l.csv", "-e", "./tiny"),
    "scale": ("scale", "embed", "./out"),
}


def test_every_command_says_what_is_not_read_and_not_known(cli, folder):
    (folder / "u.txt").write_text(UNREAD)
    cut, unknown = "texts were cut off: ", "texts have tokens that "
    assert cli("scale", "plan", "u.txt", "out", "-e", "./tiny").code == 0
    for name, command in SAYS.items():
        said = cli(*command, stdin=".\n")
        assert said.code == 0, (name, said.err)
        assert f"2 of 5 {cut}" in said.err, name
        assert f"2 of 5 {unknown}" in said.err, name
    looked = cli("look", "u.txt", "-e", "./tiny").out
    assert "so 2 will be cut off." in looked
    assert f"2 of 5 {unknown}" in looked
    asked = cli("search", "hello", "--minus", "w2 " * 30, "-c", "./u", "--json")
    assert "1 of 2 texts was cut off" in asked.err
    assert "1 of 2 texts has tokens" in asked.err


def test_it_is_said_what_is_put_before_texts_and_queries(cli, folder):
    none = cli("embed", "a.csv", "-o", "a.npy", "-e", "./tiny")
    assert "declares prompts ('query'); none is put before the texts" in none.err
    asked = cli("compare", "w1", "w2", "-e", "./tiny", "--prefix", "query")
    assert "'w7 ' is put before each text" in asked.err
    asked = cli("compare", "w1", "w2", "-e", "./tiny", "--prefix", "")
    assert "put before" not in asked.err
    write_model(folder / "both", prompts={"query": "w7 ", "document": "w9 "})
    added = cli("add", "a.csv", "-c", "./b", "-e", "./both")
    assert "'w9 ' is put before each text" in added.err
    assert "none is put" not in added.err
    assert "'w7 ' is put before the query." in cli("search", "w1", "-c", "./b").err
    # the collection's own encoder is meant, not the default one
    assert cli("add", "a.csv", "-c", "./b", "--prefix", "document").code == 0
    other = cli("add", "a.csv", "-c", "./b", "--prefix", "query")
    assert (other.code, "their prefix is 'w9 ' and 'w7 '" in other.err) == (2, True)


@pytest.mark.parametrize("command", ["compare", "embed", "train"])
def test_fewer_numbers(cli, folder, command):
    arguments = {
        "compare": ("w1", "w2", "--json"),
        "embed": ("a.csv", "-o", "a.npy"),
        "train": ("a.csv", "-o", "m.likewise", "--quick"),
    }[command]
    done = cli(command, *arguments, "-e", "./tiny", "--dims", "16")
    assert done.code == 0, done.err
    assert "does not say that it was trained for 16 numbers (it declares none)" in done.err
    if command == "embed":
        assert np.load(folder / "a.npy").shape == (24, 16)
    if command == "train":
        assert identity(folder / "m.likewise")["dims"] == 16
        assert cli("predict", "m.likewise", "a.csv").code == 0
    too_many = cli(command, *arguments, "-e", "./tiny", "--dims", "33")
    assert too_many.code == 2
    assert "gives 32 dimensions, not 33" in too_many.err
    same = cli(command, *arguments, "-e", "./tiny", "--dims", "32")
    assert "does not say" not in same.err


def test_a_prompt_for_queries_alone_that_is_not_pooled(cli, folder):
    (folder / "tiny" / "1_Pooling" / "config.json").write_text(
        '{"pooling_mode": "mean", "include_prompt": false}'
    )
    added = cli("add", "a.csv", "-c", "./c", "-e", "./tiny")
    assert added.code == 0, added.err
    found = cli("search", "w1 w4 w1", "-c", "./c")
    assert found.code == 0, found.err
    assert "'w7 ' is put before the query." in found.err


MADE_WITH_ONE = {"predict", "export", "search", "scale embed", "scale predict"}
"""Commands whose --encoder says where the encoder is with which something was made."""

PAGES = {"play", "serve"}


def commands(group=program, words=()):
    for name in group.list_commands(None):
        command = group.get_command(None, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*words, name))
        else:
            yield " ".join((*words, name)), {o for p in command.params for o in p.opts}


def test_commands_that_choose_an_encoder_take_the_same_options():
    choosing = {
        name: options
        for name, options in commands()
        if options & {"--encoder", "--prefix"} and name not in MADE_WITH_ONE | PAGES
    }
    assert set(choosing) == {
        *("add", "compare", "embed", "label", "look", "train"),
        *("collections compare", "scale plan"),
    }
    for name, options in choosing.items():
        assert {"--encoder", "-e", "--prefix", "--dims"} <= options, name


def test_commands_that_send_texts_to_a_provider_take_a_limit():
    spending = {name for name, options in commands() if "--max-cost" in options}
    assert spending == {
        *("add", "compare", "embed", "label", "predict", "serve", "train"),
        *("scale embed", "scale predict"),
    }


def test_a_collection_of_fewer_numbers(cli, folder):
    made = cli("add", "a.csv", "-c", "./short", "-e", "./tiny", "--dims", "16")
    assert made.code == 0, made.err
    assert "does not say that it was trained for 16 numbers" in made.err
    assert likewise.Collection.open(str(folder / "short")).identity.dims == 16
    found = json.loads(cli("search", "w1", "-c", "./short", "--json").out)
    assert len(found["hits"]) > 0
    assert "0 new" in cli("add", "a.csv", "-c", "./short", "--dims", "16").err
    same = cli("add", "a.csv", "-c", "./short", "-e", "./tiny", "--prefix", "")
    assert (same.code, "0 new" in same.err) == (0, True), same.err
    for dims in ("8", "32"):
        other = cli("add", "a.csv", "-c", "./short", "--dims", dims)
        assert (other.code, f"their dims is 16 and {dims}" in other.err) == (2, True), other.err


def test_a_collection_is_compared_with_its_encoder_cut_short(cli, folder):
    assert cli("add", "a.csv", "-c", "./whole", "-e", "./tiny").code == 0
    cut = cli("collections", "compare", "./whole", "-e", "./tiny", "--dims", "8", "--json")
    assert cut.code == 0, cut.err
    assert [one["dims"] for one in json.loads(cut.out)["encoders"]] == [32, 8]


@pytest.mark.parametrize("command", ["compare", "label", "predict", "train"])
def test_a_limit_on_what_is_spent(cli, folder, command):
    with providing() as provider:
        name = f"{provider.url}/model"
        env = {
            "LIKEWISE_OFFLINE": "0",
            "LIKEWISE_CACHE": str(folder / "cache"),
            "LIKEWISE_REMOTE_PRICE": "1000",
        }
        train = ("train", "a.csv", "-o", "m.likewise", "-e", name, "--quick")
        if command == "predict":
            trained = cli(*train, env=env)
            assert trained.code == 0, trained.err
            assert "tokens, about $" in trained.err
        arguments = {
            "compare": ("compare", "one", "two", "-e", name),
            "label": ("label", "a.csv", "-o", "b.csv", "-e", name),
            "predict": ("predict", "m.likewise", "b.txt", "-e", name),
            "train": train,
        }[command]
        (folder / "b.txt").write_text("a text of which nobody has a vector\n")
        said = cli(*arguments, "--max-cost", "0.0001", env=env)
        assert said.code == 3, said.err
        assert "--max-cost is $0.0001" in said.err
        assert "more than the $0.0001 that may be spent" in said.err


def test_declared_widths_are_taken_without_a_word(cli, folder):
    path = folder / "tiny" / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"matryoshka_dimensions": [8, 16]}))
    assert likewise.load(str(folder / "tiny")).capabilities.widths == (8, 16)
    assert "does not say" not in cli("compare", "w1", "w2", "-e", "./tiny", "--dims", "16").err
    other = cli("compare", "w1", "w2", "-e", "./tiny", "--dims", "12")
    assert "(it declares 8, 16)" in other.err


def test_the_price_of_a_scale_is_said_before_it_is_made(cli, tmp_path):
    with providing() as provider:
        env = {
            "LIKEWISE_OFFLINE": "0",
            "LIKEWISE_CACHE": str(tmp_path / "cache"),
            "LIKEWISE_REMOTE_PRICE": "0.02",
        }
        compare = ("compare", "one", "two", "-e", f"{provider.url}/model")
        first = cli(*compare, env=env)
        assert first.code == 0, first.err
        assert re.search(
            r"which is then kept, \d{3} sentences of Likewise's own are embedded too, for about "
            r"\$0\.000\d",
            first.err,
        )
        assert "sentences of Likewise" not in cli(*compare, env=env).err
        free = cli(
            "compare",
            "one",
            "two",
            "-e",
            f"{provider.url}/other",
            env=env | {"LIKEWISE_REMOTE_PRICE": "0"},
        )
        assert "sentences of Likewise" not in free.err


def test_predict_leaves_blank_what_the_encoder_can_not_compute_and_ends(cli, folder):
    assert cli(*TRAIN).code == 0
    weights = load_file(folder / "tiny" / "model.safetensors")
    name = "embeddings.word_embeddings.weight"
    rows = ["w1", "", "w7", "w2", "w7 w1", "w3"]
    (folder / "c.csv").write_text("n,text\n" + "".join(f"{n},{t}\n" for n, t in enumerate(rows)))
    broken = weights | {name: weights[name].copy()}
    broken[name][7 + 4] = np.nan
    save_file(broken, folder / "tiny" / "model.safetensors")
    done = cli("train", "a.csv", "-o", "n.likewise", "-e", "./tiny", "--quick")
    assert done.code == 0, done.err
    done = cli("predict", "n.likewise", "c.csv")
    assert done.code == 0, done.err
    lines = done.out.splitlines()[1:]
    assert [line.endswith(",,,") for line in lines] == [False, True, True, False, True, False]
    assert (
        "Left blank, because the encoder can't compute them: row 3 of 'c.csv' (line 4), row 5."
        in done.err
    )
    said = cli("compare", "w1", "w7", "-e", "./tiny")
    assert said.code == 3
    assert "Error: Text 2: " in said.err


def test_a_folder_that_is_named_as_a_model_would_be(cli, folder):
    said = cli("compare", "w1", "w2", "-e", "tiny")
    assert said.code == 3
    assert "If you mean the folder of that name, write ./tiny." in said.err
