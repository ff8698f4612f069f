"""Awkward input, row by row: a right result, or one sentence with a remedy; never a traceback.

Each row is tried through the library and through the command line; tests/http tries them
through the server.
"""

import json
import resource
import shutil
import socket
from pathlib import Path
from socketserver import StreamRequestHandler

import numpy as np
import pytest

import likewise
from likewise.encoders.cached import CachedEncoder
from likewise.encoders.catalogue import model
from likewise.encoders.local import weights
from likewise.encoders.vector_cache import VectorCache
from likewise.errors import (
    FileMissing,
    InvalidText,
    LikewiseError,
    PortInUse,
    TooFewTexts,
    TooManyTexts,
    UnknownEncoder,
    WeightsCorrupt,
    WeightsMissing,
)
from likewise.settings import settings
from tests.cli.conftest import one_sentence_error, texts_file
from tests.encoders.fake_hub import serving_model
from tests.files.test_write import FORBIDDEN

NOWHERE = "http://127.0.0.1:9"
"""Nothing listens on the discard port."""


@pytest.fixture
def vectors(cli, tmp_path):
    """Return a function that embeds a file on the command line: its vectors, and what was said."""

    def embed(name: str, *arguments: str):
        ran = cli("embed", name, "-o", "out.npz", *arguments)
        assert ran.code == 0, ran
        with np.load(tmp_path / "out.npz") as arrays:
            return dict(arrays), ran.err

    return embed


@pytest.fixture
def first_run(tmp_path):
    """Settings of a machine that has nothing yet, and reaches nothing."""
    (tmp_path / "fresh").mkdir()
    return {
        "LIKEWISE_CACHE": str(tmp_path / "fresh"),
        "LIKEWISE_MODELS": str(tmp_path / "none"),
        "LIKEWISE_OFFLINE": "0",
        "LIKEWISE_HUB": NOWHERE,
        "HF_HOME": str(tmp_path / "fresh-hub"),
        "PIP_INDEX_URL": f"{NOWHERE}/simple",
        "PIP_EXTRA_INDEX_URL": "",
        "PIP_FIND_LINKS": "",
        "PIP_RETRIES": "0",
        "PIP_CONFIG_FILE": "/dev/null",
    }


def is_right(encoding, count, dims=384):
    """Whether an encoding is what the contract says, whatever the texts."""
    return (
        encoding.vectors.shape == (count, dims)
        and bool(np.isfinite(encoding.vectors).all())
        and np.allclose(np.linalg.norm(encoding.vectors, axis=1), 1, atol=1e-5)
    )


def test_no_text(minilm, cli, tmp_path):
    assert minilm.encode([]).vectors.shape == (0, 384)
    with pytest.raises(TooFewTexts):
        likewise.compare([], minilm)
    one_sentence_error(cli("compare"), 2, "There are no texts to compare. Give at least one")
    (tmp_path / "none.txt").touch()
    one_sentence_error(cli("embed", "none.txt", "-o", "out.npy"), 4, "'none.txt' is empty.")
    one_sentence_error(cli("embed", "-", "-o", "out.npy"), 4, "Standard input is empty.")


def test_one_text(minilm, cli):
    comparison = likewise.compare(["alone"], minilm)
    assert comparison.best == []
    assert comparison.similarities.tolist() == [1.0]
    said = json.loads(cli("compare", "alone", "--json").out)
    assert (said["best"], said["matrix"], said["kept"]) == ([], [[1.0]], 1.0)
    assert cli("compare", "alone").out.splitlines()[1].split() == ["first", "alone"]


@pytest.mark.slow
def test_ten_thousand_texts(minilm, cli, vectors, tmp_path):
    texts = [f"number {number}" for number in range(10_000)]
    assert is_right(minilm.encode(texts[:500]), 500)
    with pytest.raises(TooManyTexts, match="10,000 texts are too many"):
        likewise.compare(texts, minilm)
    texts_file(tmp_path / "many.txt", texts)
    ran = cli("compare", "-f", "many.txt")
    one_sentence_error(ran, 2, "10,000 texts are too many", "`likewise embed`")
    arrays, said = vectors("many.txt", "-e", "sha256")
    assert arrays["vectors"].shape == (10_000, 256)
    assert "10,000 texts embedded by sha256" in said


def test_a_text_of_five_megabytes(minilm, cli, vectors, tmp_path):
    huge = "a long story, told at length; " * 175_000
    assert len(huge) > 5_000_000
    encoding = minilm.encode([huge, "short"])
    assert is_right(encoding, 2)
    assert encoding.truncated.tolist() == [True, False]
    (tmp_path / "huge.csv").write_text(f'text,n\n"{huge}",1\nshort,2\n')
    arrays, said = vectors("huge.csv")
    assert arrays["truncated"].tolist() == [True, False]
    assert "1 of 2 texts was cut off: minilm reads 256 tokens." in said
    ran = cli("compare", "-f", "huge.csv")
    assert ran.code == 0
    assert len(ran.out) < 2_000


@pytest.mark.parametrize(
    "text",
    [
        "a\0b",
        "\0",
        "bell \x07 escape \x1b[31m",
        "🐈‍⬛ 👩🏽‍🚀",
        "שלום עולם مرحبا",
        "a\u202eb",
        "\ufeffx",
    ],
    ids=["nul", "only nul", "control", "emoji", "right-to-left", "override", "mark"],
)
def test_unusual_characters(minilm, cli, vectors, tmp_path, text):
    assert is_right(minilm.encode([text, "plain"]), 2)
    assert is_right(likewise.load("sha256").encode([text]), 1, 256)
    (tmp_path / "t.txt").write_text(f"plain\n{text}\n", encoding="utf-8")
    arrays, _ = vectors("t.txt", "-e", "sha256")
    expected = likewise.load("sha256").encode(["plain", text]).vectors
    assert arrays["vectors"].tobytes() == expected.tobytes()
    ran = cli("compare", "-f", "t.txt", "-e", "sha256")
    assert ran.code == 0
    assert not any(character in ran.out for character in "\0\x07\x1b\u202e")
    said = json.loads(cli("compare", "-f", "t.txt", "-e", "sha256", "--json").out)
    assert said["texts"][1]["text"] == text


def test_lone_surrogates(minilm, cli, tmp_path):
    for texts in (["ok", "half \ud83d"], ["ok", "\udc00"]):
        with pytest.raises(InvalidText, match="Text 2 holds a lone surrogate"):
            minilm.encode(texts)
        with pytest.raises(InvalidText, match="Text 2 holds a lone surrogate"):
            likewise.compare(texts, minilm)
    # a byte that is not UTF-8 reaches Python's arguments as one
    one_sentence_error(cli("compare", "ok", b"\xff".decode(errors="surrogateescape")), 2, "Text 2")
    (tmp_path / "half.jsonl").write_text('{"text": "ok"}\n{"text": "\\ud83d"}\n')
    ran = cli("embed", "half.jsonl", "-o", "out.npy", "--strict")
    one_sentence_error(ran, 4, "Line 2 of 'half.jsonl' is not JSON")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["half.jsonl"]


@pytest.mark.parametrize("blank", ["", "   ", "\t\n", "\u00a0\u2003"])
def test_only_spaces(minilm, cli, vectors, tmp_path, blank):
    assert is_right(minilm.encode([blank, "a"]), 2)
    with pytest.raises(InvalidText, match="Text 2 is blank"):
        likewise.compare(["a", blank], minilm)
    one_sentence_error(cli("compare", "a", blank), 2, "Text 2 is blank. Write something in it")
    (tmp_path / "t.jsonl").write_text("".join(json.dumps({"text": t}) + "\n" for t in ("a", blank)))
    arrays, said = vectors("t.jsonl", "-e", "sha256")
    assert arrays["id"].tolist() == [1]
    assert "1 row without text left out." in said


def test_identical_texts(minilm, cli):
    comparison = likewise.compare(["same", "same", "other", "same"], minilm)
    assert comparison.best == [1, 3]
    assert comparison.similarities[[0, 1, 3]].tolist() == [1.0, 1.0, 1.0]
    assert np.isfinite(comparison.plane.points).all()
    everywhere = likewise.compare(["same"] * 5, minilm)
    assert everywhere.matrix.tolist() == [[1.0] * 5] * 5
    marked = cli("compare", "same", "same", "other", "same").out.splitlines()
    assert ["★" in line for line in marked[1:]] == [False, True, False, True]
    assert marked[2].split()[1] == "1.0000"


def test_an_unknown_encoder(cli):
    with pytest.raises(UnknownEncoder, match=r"no encoder named 'nosuch'\. Choose one of minilm"):
        likewise.load("nosuch")
    one_sentence_error(cli("compare", "a", "b", "-e", "nosuch"), 3, "no encoder named 'nosuch'")
    with pytest.raises(FileMissing, match=r"There is no folder './nosuch'"):
        likewise.load("./nosuch")
    one_sentence_error(cli("compare", "a", "b", "-e", "./nosuch"), 4, "no folder './nosuch'")


def test_a_folder_without_weights(cli, tmp_path, model_folder):
    folder = tmp_path / "my-model"
    shutil.copytree(model_folder, folder, ignore=shutil.ignore_patterns("model.safetensors"))
    with pytest.raises(WeightsMissing, match=r"has no model\.safetensors"):
        likewise.load(str(folder))
    ran = cli("compare", "a", "b", "-e", "./my-model")
    one_sentence_error(ran, 3, "has no model.safetensors. Copy the whole folder of the model")


def test_a_digest_that_does_not_match(cli, tmp_path, model_folder, configure):
    broken = shutil.copytree(model_folder, tmp_path / "minilm") / "model.safetensors"
    with broken.open("rb+") as file:
        file.seek(50_000_000)
        byte = file.read(1)
        file.seek(50_000_000)
        file.write(bytes([byte[0] ^ 1]))
    configure(models=tmp_path)
    with pytest.raises(WeightsCorrupt, match="SHA-256"):
        weights.fetch(model("minilm"), settings())
    ran = cli("compare", "a", "b", env={"LIKEWISE_MODELS": str(tmp_path)})
    one_sentence_error(ran, 3, "has the SHA-256", "where minilm must have 53aa51172d14")


def test_a_full_disk(process, tmp_path, first_run, model_folder):
    limit = 1_000_000
    with serving_model(model_folder, model("minilm").repository) as hub:
        ran = process(
            *("models", "fetch"),
            env=first_run | {"LIKEWISE_HUB": hub},
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
        )
    assert ran.code in (3, 4)
    assert "Traceback" not in ran.err
    assert ran.err.splitlines()[-1].startswith("Error: The model minilm")
    assert list((tmp_path / "fresh").rglob("*.safetensors")) == []
    # a vector cache that has no room is a miss; tests/cli/test_embed.py fills up outputs
    encoder = likewise.load("sha256")
    full = CachedEncoder(encoder, VectorCache(Path("/dev/full")))
    assert full.encode(["a", "b"]).vectors.tobytes() == encoder.encode(["a", "b"]).vectors.tobytes()


def test_a_read_only_cache(cli, process, model_folder):
    encoder = likewise.load("sha256")
    cached = CachedEncoder(encoder, VectorCache(FORBIDDEN / "likewise" / "vectors.sqlite3"))
    for _ in range(2):
        assert cached.encode(["a"]).vectors.tobytes() == encoder.encode(["a"]).vectors.tobytes()
    env = {"LIKEWISE_CACHE": str(FORBIDDEN / "likewise")}
    ran = cli("compare", "a", "a", "-e", "sha256", env=env)
    assert ran.code == 0
    assert "1.0000" in ran.out
    with_model = env | {"LIKEWISE_MODELS": str(model_folder.parent)}
    ran = cli("compare", "a", "b", "-e", str(model_folder), env=with_model)
    assert ran.code == 0
    assert "★" in ran.out
    nothing = {
        "LIKEWISE_MODELS": "/nonexistent",
        "LIKEWISE_OFFLINE": "0",
        "HF_HOME": "/nonexistent",
    }
    ran = process("models", "fetch", env=env | nothing)
    one_sentence_error(ran, 4, "The model minilm can't be kept in", "LIKEWISE_CACHE")


def test_no_network_at_first_run(cli, tmp_path, first_run):
    for command in (("compare", "a", "b"), ("models", "fetch"), ("play", "--no-browser")):
        ran = cli(*command, env=first_run)
        assert ran.code == 3, ran
        last = ran.err.splitlines()[-1]
        assert last.startswith("Error: The model minilm could not be fetched.")
        assert "Connect to a network" in last
        assert "Traceback" not in ran.err
    ran = cli("compare", "a", "b", env=first_run | {"LIKEWISE_OFFLINE": "1"})
    assert ran.code == 3
    assert "LIKEWISE_OFFLINE is set" in ran.err
    # what needs no model works all the same
    assert cli("compare", "a", "b", "-e", "sha256", env=first_run).code == 0
    assert list((tmp_path / "fresh").rglob("*.safetensors")) == []


def test_a_download_cut_in_the_middle(process, tmp_path, first_run, model_folder, monkeypatch):
    name = model("minilm").repository
    set_up = StreamRequestHandler.setup
    network = ["up"]

    def breaking(handler):
        """The network goes down after a third of the large file."""
        set_up(handler)
        send = handler.wfile.write

        def write(data):
            if len(data) > 1_000_000:
                network[:] = ["down"]
                data = data[: len(data) // 3]
            return send(data)

        handler.wfile.write = write
        if network == ["down"]:
            handler.request.shutdown(socket.SHUT_RDWR)

    monkeypatch.setattr(StreamRequestHandler, "setup", breaking)
    with serving_model(model_folder, name) as hub:
        ran = process("models", "fetch", env=first_run | {"LIKEWISE_HUB": hub})
    assert network == ["down"]
    monkeypatch.undo()
    assert ran.code == 3
    last = ran.err.splitlines()[-1]
    assert last.startswith("Error: The model minilm could not be fetched. From the hub:")
    assert "Traceback" not in ran.err
    assert list((tmp_path / "fresh").rglob("*.safetensors")) == []
    with serving_model(model_folder, name) as hub:
        ran = process("models", "fetch", env=first_run | {"LIKEWISE_HUB": hub})
    assert ran.code == 0, ran
    arrived = Path(ran.out.strip())
    assert arrived.is_relative_to(tmp_path / "fresh")
    assert weights.sha256_of(arrived / "model.safetensors") == weights.sha256_of(
        model_folder / "model.safetensors"
    )
    assert process("models", "verify", env=first_run).code == 0


def test_a_port_in_use(cli):
    from likewise.server import run

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        with pytest.raises(PortInUse) as raised:
            run(port=port, encoder=likewise.load("sha256"))
        ran = cli("play", "--no-browser", "--port", str(port))
    assert "--port 0" in raised.value.remedy
    one_sentence_error(ran, 5, str(raised.value))


def test_a_csv_without_that_column(cli, tmp_path):
    from likewise.files.read import open_texts

    (tmp_path / "t.csv").write_text("id,review\n1,good\n")
    for column in ("text", "Review", ""):
        with pytest.raises(LikewiseError, match="Its columns are 'id', 'review'"):
            open_texts(tmp_path / "t.csv", column=column)
        ran = cli("embed", "t.csv", "--text-column", column, "-o", "out.npy")
        one_sentence_error(ran, 4, f"'t.csv' has no column '{column}'.", "'id', 'review'")
    ran = cli("compare", "-f", "t.csv", "--text-column", "text")
    one_sentence_error(ran, 4, "'t.csv' has no column 'text'.")
