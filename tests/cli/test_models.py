"""`likewise models`."""

import json
import re
import shutil

import pytest

from likewise.encoders.catalogue import SUGGESTED, model
from tests.cli.conftest import one_sentence_error


def test_list(cli, model_folder):
    listed = {row["name"]: row for row in json.loads(cli("models", "list", "--json").out)}
    assert listed["minilm"]["ready"] is True
    assert listed["minilm"]["folder"] == str(model_folder)
    assert listed["sha256"]["ready"] is True
    ran = cli("models")
    assert "✓  minilm" in ran.out
    assert re.search(r"–  BAAI/bge-small-en-v1\.5 .* English +MIT +134 MB", ran.out)


def test_there_is_a_suggestion_for_each_purpose(cli):
    listed = json.loads(cli("models", "list", "--json").out)
    suggested = [row for row in listed if row["name"] in SUGGESTED]
    assert len(suggested) == 5
    purposes = ["small", "better", "multilingual", "long texts", "static"]
    assert [row["purpose"] for row in suggested] == purposes
    for row in suggested:
        assert row["languages"]
        assert row["licence"] in {"MIT", "Apache-2.0"}
        assert row["dims"] >= 256
        assert row["download_bytes"] > 10_000_000
        assert row["ready"] is False


def test_list_says_what_is_not_here(process, tmp_path):
    empty = {"LIKEWISE_CACHE": str(tmp_path), "HF_HOME": str(tmp_path)}
    ran = process("models", env=empty | {"LIKEWISE_MODELS": str(tmp_path)})
    assert "–  minilm" in ran.out
    assert "`likewise models fetch NAME` gets it" in ran.err


def test_list_shows_what_was_fetched_from_the_hub(cli, tmp_path, model_folder):
    shutil.copytree(model_folder, tmp_path / "models" / "some--model" / "main")
    listed = json.loads(cli("models", "list", "--json", env={"LIKEWISE_CACHE": str(tmp_path)}).out)
    assert listed[-1] == {
        "name": "some/model",
        "ready": True,
        "description": "fetched from the hub",
        "folder": str(tmp_path / "models" / "some--model" / "main"),
        **dict.fromkeys(
            ("purpose", "languages", "licence", "dims", "max_tokens", "download_bytes")
        ),
    }


def test_fetch_prints_the_folder_of_what_is_here(cli, model_folder):
    ran = cli("models", "fetch")
    assert ran.out == f"{model_folder}\n"
    assert ran.err == ""


def test_verify(cli, model_folder):
    ran = cli("models", "verify")
    assert ran.code == 0
    wanted = model("minilm").digests
    assert sorted(ran.out.splitlines()) == sorted(f"✓ {model_folder / name}" for name in wanted)


def test_verify_finds_what_is_broken(cli, tmp_path, model_folder):
    broken = shutil.copytree(model_folder, tmp_path / "minilm")
    tokenizer = broken / "tokenizer.json"
    tokenizer.write_bytes(tokenizer.read_bytes()[:-1])
    ran = cli("models", "verify", env={"LIKEWISE_MODELS": str(tmp_path)})
    one_sentence_error(ran, 3, "has the SHA-256", "likewise models fetch minilm")


@pytest.mark.parametrize("command", ["fetch", "verify"])
def test_other_names(cli, tmp_path, command):
    assert "sha256 needs no model." in cli("models", command, "sha256").err
    ran = cli("models", command, str(tmp_path))
    assert ran.code == 0
    assert "is a folder of this machine" in ran.err
    one_sentence_error(cli("models", command, "nosuch"), 3, "no encoder named 'nosuch'")
